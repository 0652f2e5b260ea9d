"""What Odoo does not do by itself when the addon is taken away."""

from odoo.tools import SQL

# What people keep of a model and Odoo does not delete with it: table, column with the model's name.
KEPT_OF_MODELS = (("ir_filters", "model_id"), ("ir_exports", "resource"))


def uninstall_hook(env):
    """Empty the addon's tables, and let go of what would outlive them.

    Odoo would delete the records one model after the other; each that another one still points
    at is an error in its log. Of empty tables, and of columns without a foreign key, it drops
    what is left.
    """
    env.flush_all()
    _drop_foreign_keys(env.cr)
    _empty_tables(env.cr)
    _delete_what_would_stay(env.cr)
    env.registry.clear_cache()
    env.invalidate_all(flush=False)


def _drop_foreign_keys(cr):
    """Those that point at the addon's tables, from whatever table: their columns go anyway."""
    cr.execute(
        """
        SELECT pointing.relname, conname
          FROM pg_constraint
          JOIN pg_class pointing ON pointing.oid = conrelid
          JOIN pg_class target ON target.oid = confrelid
         WHERE contype = 'f'
           AND target.relname LIKE 'customer\\_segmentation\\_%'
           AND target.relnamespace = current_schema::regnamespace
        """
    )
    for table, name in cr.fetchall():
        cr.execute(
            SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(name))
        )


def _empty_tables(cr):
    """All rows of the addon's tables, and the names that Odoo knows them by."""
    cr.execute(
        """
        SELECT relname
          FROM pg_class
         WHERE relkind = 'r'
           AND relname LIKE 'customer\\_segmentation\\_%'
           AND relnamespace = current_schema::regnamespace
        """
    )
    tables = [SQL.identifier(table) for (table,) in cr.fetchall()]
    if tables:
        cr.execute(SQL("TRUNCATE %s", SQL(", ").join(tables)))
    cr.execute("DELETE FROM ir_model_data WHERE model LIKE 'customer.segmentation.%'")


def _delete_what_would_stay(cr):
    """Activities of the addon's types, what people keep of its models, and what has no owner."""
    cr.execute(
        """
        DELETE FROM mail_activity activity
         USING ir_model_data data
         WHERE data.module = 'customer_segmentation'
           AND data.model = 'mail.activity.type'
           AND data.res_id = activity.activity_type_id
        """
    )
    for table, column in KEPT_OF_MODELS:
        cr.execute(
            SQL(
                "DELETE FROM %s WHERE %s LIKE 'customer.segmentation.%%'",
                SQL.identifier(table),
                SQL.identifier(column),
            )
        )
    cr.execute(
        """
        WITH forgotten AS (
            DELETE FROM ir_model_constraint
             WHERE type = 'f' AND name LIKE 'customer\\_segmentation\\_%'
         RETURNING id
        )
        DELETE FROM ir_model_data
         USING forgotten
         WHERE model = 'ir.model.constraint' AND res_id = forgotten.id
        """
    )
    cr.execute("DELETE FROM ir_config_parameter WHERE key LIKE 'customer\\_segmentation.%'")
    cr.execute("DROP INDEX IF EXISTS customer_segmentation_rating_partner_index")
