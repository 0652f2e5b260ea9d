from . import foresight, explanation, phrases
