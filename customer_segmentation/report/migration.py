from odoo import fields, models
from odoo.tools import SQL


class CustomerSegmentationMigration(models.Model):
    """Which customers went from which segment to which between two days, in one dimension.

    A view of the history; the days and the dimension come with the context
    (``segmentation_period``: ``from``, ``until``, ``dimension_id``), as the wizard sets them. A
    customer stood on a day where its last change up to then put it; without one, where its next
    change came from; without any, where it stands now. What changed standards moved between the
    days is no move: who stood where they moved it from, stood by them where they moved it to.
    """

    _name = "customer.segmentation.migration"
    _description = "Segment Migration"
    _auto = False
    _order = "net_sales_12m desc, id"
    _rec_name = "partner_id"

    # Every source is written by the run, in SQL: nothing waits for a flush.
    _depends = {
        "customer.segmentation.history": ["partner_id", "date"],
        "customer.segmentation.profile": ["partner_id", "company_id", "active", "net_sales_12m"],
    }

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    from_segment_id = fields.Many2one("customer.segmentation.segment", "From", readonly=True)
    to_segment_id = fields.Many2one("customer.segmentation.segment", "To", readonly=True)
    moved = fields.Boolean(readonly=True)
    net_sales_12m = fields.Monetary("Net Sales (Window)", readonly=True)

    @property
    def _table_query(self):
        period = self.env.context.get("segmentation_period") or {}
        today = self.env.company._segmentation_today()
        dimensions = self.env["customer.segmentation.dimension"].sudo()
        dimension = dimensions.browse(period.get("dimension_id")).exists()
        dimension = dimension or dimensions.search([], limit=1)
        first_day = period.get("from") or today
        last_day = period.get("until") or today
        return SQL(
            """(
            SELECT moves.*, moves.from_segment_id IS DISTINCT FROM moves.to_segment_id AS moved
              FROM (
            SELECT profile.id,
                   profile.partner_id,
                   profile.company_id,
                   profile.user_id,
                   profile.industry_id,
                   profile.net_sales_12m,
                   CASE WHEN restated.from_id IS NOT DISTINCT FROM %(from_segment)s
                         AND restated.partner_id IS NOT NULL
                        THEN restated.to_id ELSE %(from_segment)s END AS from_segment_id,
                   %(to_segment)s AS to_segment_id
              FROM customer_segmentation_profile profile
                   %(from_joins)s
                   %(to_joins)s
                   %(restated_join)s
             WHERE profile.active
                   ) moves
            )""",
            from_segment=self._segment_on("first", dimension),
            to_segment=self._segment_on("last", dimension),
            from_joins=self._changes_around("first", dimension, first_day),
            to_joins=self._changes_around("last", dimension, last_day),
            restated_join=self._join_restated(dimension, first_day, last_day),
        )

    def _segment_on(self, name, dimension):
        return SQL(
            """CASE WHEN %(before)s.partner_id IS NOT NULL THEN %(before)s.segment_id
                    WHEN %(after)s.partner_id IS NOT NULL THEN %(after)s.segment_id
                    ELSE %(present)s END""",
            before=SQL.identifier(f"{name}_before"),
            after=SQL.identifier(f"{name}_after"),
            # none while the addon is being installed, or where a dimension was deleted
            present=SQL.identifier("profile", dimension.column_name)
            if dimension.column_name
            else SQL("NULL::int"),
        )

    def _changes_around(self, name, dimension, day):
        """Join each customer's last change up to ``day`` and its first one after it.

        On one day the replayed change comes first: it leads to what the first run found.
        """
        return SQL(
            """
            LEFT JOIN (
                 SELECT DISTINCT ON (company_id, partner_id)
                        company_id, partner_id, to_segment_id AS segment_id
                   FROM customer_segmentation_history
                  WHERE dimension_id = %(dimension)s AND date <= %(day)s
               ORDER BY company_id, partner_id, date DESC, reason = 'replay', id DESC
            ) %(before)s ON %(before)s.partner_id = profile.partner_id
                        AND %(before)s.company_id = profile.company_id
            LEFT JOIN (
                 SELECT DISTINCT ON (company_id, partner_id)
                        company_id, partner_id, from_segment_id AS segment_id
                   FROM customer_segmentation_history
                  WHERE dimension_id = %(dimension)s AND date > %(day)s
               ORDER BY company_id, partner_id, date, reason <> 'replay', id
            ) %(after)s ON %(after)s.partner_id = profile.partner_id
                       AND %(after)s.company_id = profile.company_id
            """,
            dimension=dimension.id or None,
            day=day,
            before=SQL.identifier(f"{name}_before"),
            after=SQL.identifier(f"{name}_after"),
        )

    def _join_restated(self, dimension, first_day, last_day):
        """Join what the last change of standards between the days did to each customer."""
        return SQL(
            """
            LEFT JOIN (
                 SELECT DISTINCT ON (company_id, partner_id)
                        company_id, partner_id, from_segment_id AS from_id,
                        to_segment_id AS to_id
                   FROM customer_segmentation_history
                  WHERE dimension_id = %s AND reason = 'standards' AND date > %s AND date <= %s
               ORDER BY company_id, partner_id, date DESC, id DESC
            ) restated ON restated.partner_id = profile.partner_id
                      AND restated.company_id = profile.company_id
            """,
            dimension.id or None,
            first_day,
            last_day,
        )
