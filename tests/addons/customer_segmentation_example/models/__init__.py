from . import answer, banner, call, fact, playbook_step, profile, res_partner, run, visit
