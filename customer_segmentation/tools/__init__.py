"""Pure Python: nothing here imports odoo."""
