from . import engine, run
