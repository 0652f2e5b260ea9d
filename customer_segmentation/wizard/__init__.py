from . import (
    base_partner_merge,
    customer_segmentation_call_wizard,
    customer_segmentation_migration_wizard,
    customer_segmentation_override_wizard,
    customer_segmentation_playbook_dry_run,
    customer_segmentation_playbook_effect_summary,
    customer_segmentation_pool_assign,
    customer_segmentation_pool_preview,
    customer_segmentation_replay_wizard,
)
