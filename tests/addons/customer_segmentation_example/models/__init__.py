from . import (
    answer,
    banner,
    call,
    engine,
    explanation,
    fact,
    playbook_step,
    profile,
    res_partner,
    run,
    visit,
)
