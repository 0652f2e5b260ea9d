from . import (
    call_report,
    membership,
    migration,
    playbook_effect,
    playbook_effect_report,
    satisfaction,
    standards,
)
