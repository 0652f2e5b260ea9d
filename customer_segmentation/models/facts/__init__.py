from . import fact, source, queue
