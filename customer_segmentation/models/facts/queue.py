from odoo import api, fields, models
from odoo.tools import SQL


class CustomerSegmentationQueue(models.Model):
    """Contacts whose documents changed since the last run.

    Rows are only ever inserted, in the transaction of the sale, and deleted by the run: a sale
    waits for nobody. The contact is a plain number without foreign key, for the same reason,
    and because a deleted contact is a change too.
    """

    _name = "customer.segmentation.queue"
    _description = "Changed Customers"
    _log_access = False

    partner_ref = fields.Integer("Contact ID", required=True)

    @api.model
    def _add(self, partner_ids):
        """Ask the next incremental run for these contacts."""
        partner_ids = sorted({partner_id for partner_id in partner_ids if partner_id})
        if partner_ids:
            self.sudo().create([{"partner_ref": partner_id} for partner_id in partner_ids])

    @api.model
    def _take(self, limit=5000):
        """Remove up to ``limit`` rows and return their contacts and commercial partners, sorted.

        The contact too: it may have been a customer itself until it got a company.
        As an array, because a subquery may be run once per row, each time with other rows.
        Rows another run is taking are passed over, rows of open transactions are not seen.
        A contact that is gone has left its profile with the foreign key.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH taken AS (
                    DELETE FROM customer_segmentation_queue
                     WHERE id = ANY(ARRAY(SELECT id FROM customer_segmentation_queue
                                           ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))
                 RETURNING partner_ref
                )
                SELECT contact.id
                  FROM taken
                  JOIN res_partner contact ON contact.id = taken.partner_ref
                 UNION
                SELECT contact.commercial_partner_id
                  FROM taken
                  JOIN res_partner contact ON contact.id = taken.partner_ref
              ORDER BY 1
                """,
                limit,
            )
        )
        self.invalidate_model()
        return [row[0] for row in self.env.cr.fetchall()]
