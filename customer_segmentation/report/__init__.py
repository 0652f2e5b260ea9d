from . import (
    customer_segmentation_call_report,
    customer_segmentation_membership,
    customer_segmentation_migration,
    customer_segmentation_playbook_effect,
    customer_segmentation_playbook_effect_report,
    customer_segmentation_satisfaction,
    customer_segmentation_standards,
)
