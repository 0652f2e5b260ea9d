from . import (
    base_partner_merge,
    call_wizard,
    migration_wizard,
    override_wizard,
    playbook_dry_run,
    playbook_effect_summary,
    pool_assign,
    pool_preview,
    replay_wizard,
)
