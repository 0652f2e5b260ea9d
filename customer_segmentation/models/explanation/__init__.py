from . import fact, foresight, explanation, phrases
