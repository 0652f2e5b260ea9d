from . import feedback_stop, rating
