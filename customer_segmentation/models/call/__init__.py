from . import call_reason, call, call_words, call_list, call_buttons, run, profile, mail_activity
from . import res_partner
