from . import (
    history,
    pending,
    engine,
    measures,
    scores,
    rules,
    moves,
    settle,
    run,
    notice,
)
