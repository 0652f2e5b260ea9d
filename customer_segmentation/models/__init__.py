# Configuration
from . import (
    customer_segmentation_limits,
    customer_segmentation_criteria,
    customer_segmentation_dimension,
    customer_segmentation_segment,
)

# Layers: L0 facts, L1 measures and L2 segments, L3 history, and what conducts them
from . import (
    customer_segmentation_fact,
    customer_segmentation_profile,
    customer_segmentation_history,
    customer_segmentation_engine,
    customer_segmentation_run,
    customer_segmentation_queue,
)

# Odoo's own documents: what wakes the run, and what shows its results
from . import (
    customer_segmentation_source,
    customer_segmentation_mixin,
    res_company,
    res_config_settings,
    res_partner,
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
