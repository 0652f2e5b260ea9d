# What several of the models share
from . import customer_segmentation_guarded, customer_segmentation_partner_button

# Configuration
from . import (
    customer_segmentation_version,
    customer_segmentation_versioned,
    customer_segmentation_limits,
    customer_segmentation_criteria,
    customer_segmentation_dimension,
    customer_segmentation_segment,
    customer_segmentation_policy,
    customer_segmentation_rule_check,
)

# Layers: L0 facts, L1 measures and L2 segments, L3 history, and what conducts them
from . import (
    customer_segmentation_fact,
    customer_segmentation_profile,
    customer_segmentation_history,
    customer_segmentation_pending,
    customer_segmentation_engine,
    customer_segmentation_engine_settle,
    customer_segmentation_engine_draft,
    customer_segmentation_engine_replay,
    customer_segmentation_engine_satisfaction,
    customer_segmentation_run,
    customer_segmentation_run_replay,
    customer_segmentation_queue,
)

# What-if
from . import (
    customer_segmentation_draft,
    customer_segmentation_draft_line,
    customer_segmentation_draft_move,
)

# What people set over the rules
from . import (
    customer_segmentation_override_reason,
    customer_segmentation_notice,
    customer_segmentation_override,
    customer_segmentation_profile_override,
)

# Odoo's own documents: what wakes the run, and what shows its results
from . import (
    customer_segmentation_source,
    customer_segmentation_mixin,
    res_company,
    res_config_settings,
    res_users,
    res_partner,
    res_partner_declared,
    sale_order,
    sale_order_line,
    account_move,
    crm_lead,
)

# Why a customer stands where it does, and what would change it
from . import (
    customer_segmentation_foresight,
    customer_segmentation_explanation,
)

# What customers say
from . import (
    customer_segmentation_low_answer,
    customer_segmentation_feedback,
    customer_segmentation_feedback_outcome,
    customer_segmentation_action,
    customer_segmentation_need_request,
    customer_segmentation_feedback_improve,
    customer_segmentation_feedback_opt_out,
    customer_segmentation_feedback_rule,
    customer_segmentation_feedback_request,
    customer_segmentation_feedback_mixin,
    customer_segmentation_profile_feedback,
    res_partner_feedback,
    res_partner_feedback_opt_out,
    sale_order_feedback,
    crm_lead_feedback,
    ir_http,
    rating_rating,
    customer_segmentation_answer,
)

# Contact with the customer
from . import customer_segmentation_profile_contact

# How complete the contact is
from . import customer_segmentation_completeness, customer_segmentation_profile_completeness

# The mail that managers get
from . import digest_digest

# L4: what playbooks do for the customers of a segment
from . import (
    customer_segmentation_playbook,
    customer_segmentation_playbook_step,
    customer_segmentation_playbook_event,
    customer_segmentation_playbook_member,
    customer_segmentation_playbook_plan,
    customer_segmentation_playbook_act,
    customer_segmentation_playbook_execute,
    customer_segmentation_playbook_shown,
    mail_activity,
    res_partner_playbook,
    sale_order_priority,
)

# Customers nobody follows up: the public pool
from . import (
    customer_segmentation_pool_rule,
    customer_segmentation_pool,
    customer_segmentation_pool_move,
    ir_ui_menu,
    res_partner_pool,
)

# The call list: it acts after the others, for their activities count
from . import (
    customer_segmentation_call_reason,
    customer_segmentation_criteria_call,
    customer_segmentation_call,
    customer_segmentation_call_words,
    customer_segmentation_call_list,
    customer_segmentation_call_buttons,
    customer_segmentation_run_call,
    mail_activity_call,
)

# On orders and opportunities, and who objects to all this
from . import (
    res_partner_objection,
    customer_segmentation_banner,
)
