from . import (
    criteria,
    call_reason,
    call,
    call_words,
    call_list,
    call_feedback,
    call_buttons,
    run,
    profile,
    mail_activity,
    res_partner,
)
