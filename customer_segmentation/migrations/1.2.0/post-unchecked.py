from odoo.tools import sql

TABLE = "customer_segmentation_history"
COLUMNS = ("company_id", "dimension_id", "from_segment_id", "to_segment_id", "run_id")


def migrate(cr, version):
    """Take away what Odoo keeps: the foreign keys and the index the fields no longer ask for."""
    for column in COLUMNS:
        name = f"{TABLE}_{column}_fkey"
        cr.execute(
            sql.SQL(
                "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
                sql.SQL.identifier(TABLE),
                sql.SQL.identifier(name),
            )
        )
        cr.execute("DELETE FROM ir_model_constraint WHERE name = %s AND type = 'f'", [name])
    sql.drop_index(
        cr, "customer_segmentation_profile__partner_id_index", "customer_segmentation_profile"
    )
