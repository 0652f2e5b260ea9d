# The order is the order of the layers, and of the overrides: who comes later calls super().
from . import shared  # mixins
from . import standards  # what counts: criteria, dimensions, segments, versions
from . import facts  # L0 what Odoo's documents say, and what wakes a run
from . import res_company, res_config_settings, res_users  # Odoo's own
from . import res_partner, sale_order, sale_order_line, account_move, crm_lead
from . import profile  # L1 all that is known of a customer
from . import engine  # L1 measures, L2 scores and segments, L3 history; the run
from . import replay, what_if  # the same tables on other days, with other rules
from . import override  # what people set over the rules
from . import explanation  # why, and what would change it
from . import feedback  # what customers say (L0 answers)
from . import digest_digest
from . import playbook, pool, call  # L4: what is done about the results
from . import privacy  # objections: every feature has its say
