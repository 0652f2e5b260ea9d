from odoo import fields, models
from odoo.tools import SQL

from ..shared.rows import row_id


class CustomerSegmentationFact(models.Model):
    _name = "customer.segmentation.fact"
    _description = "Customer Fact"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "reference"

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(readonly=True, help="Calendar day in the company's time zone.")
    kind = fields.Selection(
        [
            ("order", "Sale"),
            ("refund", "Refund"),
            ("quotation", "Open quotation"),
            ("opportunity", "Open opportunity"),
        ],
        readonly=True,
    )
    amount = fields.Monetary(
        readonly=True,
        help="Untaxed, in the company's currency at the document's date. Refunds are negative.",
    )
    probability = fields.Float(readonly=True, group_operator="avg")
    reference = fields.Char(readonly=True)
    res_model = fields.Char("Document Model", readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="res_model", readonly=True)

    _depends = {
        "sale.order": [
            "name", "partner_id", "company_id", "date_order", "state", "amount_untaxed",
            "currency_rate",
        ],
        "account.move": [
            "name", "partner_id", "company_id", "invoice_date", "state", "move_type",
            "amount_untaxed_signed", "reversed_entry_id",
        ],
        "crm.lead": [
            "name", "partner_id", "company_id", "team_id", "user_id", "active", "probability",
            "expected_revenue",
        ],
        "sale.order.line": ["invoice_lines", "state"],
        "crm.team": ["company_id"],
        "res.users": ["company_id"],
        "res.partner": ["commercial_partner_id", "company_id"],
        "customer.segmentation.criteria": ["company_id", "sales_source", "tz"],
    }

    @property
    def _table_query(self):
        return SQL("(%s)", SQL(" UNION ALL ").join(self._fact_queries()))

    def _fact_queries(self):
        """The sources of facts: a list of ``SQL``; the hook for other applications.

        Each selects the columns of the first one in their order: the id (by ``row_id``, which
        gives each document model its range), commercial partner, company, day in the company's
        time zone, kind, untaxed amount in the company's currency (a refund's is negative),
        probability, reference, model and id of the document. The document's model inherits
        ``customer.segmentation.source``, so that its changes wake the run; ``_depends`` names
        what is read.

        Amounts are cast to double precision: sums of a million numerics cost twice as much, and
        the profile rounds to the currency's decimals, so that equal sums stay equal.
        """
        return [self._query_sale_orders(), self._query_invoices(), self._query_leads()]

    def _query_sale_orders(self):
        """Confirmed orders (where the company counts orders) and open quotations.

        The rate is the one kept on the order, that of its date: never today's.
        """
        return SQL(
            """
            SELECT %(id)s AS id,
                   contact.commercial_partner_id AS partner_id,
                   so.company_id AS company_id,
                   (so.date_order AT TIME ZONE 'UTC' AT TIME ZONE criteria.tz)::date AS date,
                   CASE WHEN so.state <> 'sale' THEN 'quotation'
                        WHEN so.amount_untaxed < 0 THEN 'refund'
                        ELSE 'order' END AS kind,
                   (so.amount_untaxed / COALESCE(NULLIF(so.currency_rate, 0), 1))::float8 AS amount,
                   NULL::float8 AS probability,
                   so.name AS reference,
                   'sale.order' AS res_model,
                   so.id AS res_id
              FROM sale_order so
              JOIN customer_segmentation_criteria criteria ON criteria.company_id = so.company_id
              JOIN res_partner contact ON contact.id = so.partner_id
             WHERE so.state IN ('draft', 'sent')
                OR (so.state = 'sale' AND criteria.sales_source = 'order')
            """,
            id=row_id(self.env, "sale.order", SQL("so.id")),
        )

    def _query_invoices(self):
        """Posted credit notes, and posted invoices where the company counts invoices.

        The live commercial partner of the contact is used, not the copy on the invoice. Where
        orders count, a credit note counts only for a sale that counted.
        """
        return SQL(
            """
            SELECT %(id)s,
                   contact.commercial_partner_id,
                   move.company_id,
                   move.invoice_date,
                   CASE WHEN move.move_type = 'out_refund' THEN 'refund' ELSE 'order' END,
                   move.amount_untaxed_signed::float8,
                   NULL::float8,
                   move.name,
                   'account.move',
                   move.id
              FROM account_move move
              JOIN customer_segmentation_criteria criteria ON criteria.company_id = move.company_id
              JOIN res_partner contact ON contact.id = move.partner_id
             WHERE move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
               AND CASE WHEN criteria.sales_source = 'invoice' THEN TRUE
                        ELSE move.move_type = 'out_refund' AND %(takes_back_a_sale)s END
            """,
            id=row_id(self.env, "account.move", SQL("move.id")),
            takes_back_a_sale=self._query_takes_back_a_sale(),
        )

    def _query_takes_back_a_sale(self):
        """Condition on the credit note ``move`` of ``contact``: an order that counts is behind it.

        Its lines or those of the invoice it reverses come from a confirmed order; or it stands
        loose and the customer has a confirmed order of that day or before. Both are looked up by
        Odoo's indexes, the order through the customer's contacts.
        """
        return SQL(
            """
            COALESCE(
                (SELECT bool_or(sold.state = 'sale')
                   FROM account_move_line line
                   JOIN sale_order_line_invoice_rel ordered ON ordered.invoice_line_id = line.id
                   JOIN sale_order_line sold ON sold.id = ordered.order_line_id
                  WHERE line.move_id IN (move.id, move.reversed_entry_id)),
                move.reversed_entry_id IS NULL
                AND EXISTS (SELECT 1
                              FROM res_partner buyer
                              JOIN sale_order so ON so.partner_id = buyer.id
                             WHERE buyer.commercial_partner_id = contact.commercial_partner_id
                               AND so.company_id = move.company_id
                               AND so.state = 'sale'
                               AND so.amount_untaxed >= 0
                               AND (so.date_order AT TIME ZONE 'UTC' AT TIME ZONE criteria.tz)::date
                                   <= move.invoice_date))
            """
        )

    def _query_leads(self):
        """Open leads and opportunities.

        A lead often names no company; then that of its team, salesperson or contact counts, and
        in the end the first one, so that an opportunity is counted once and never lost.
        """
        return SQL(
            """
            SELECT %(id)s,
                   contact.commercial_partner_id,
                   criteria.company_id,
                   (lead.create_date AT TIME ZONE 'UTC' AT TIME ZONE criteria.tz)::date,
                   'opportunity',
                   lead.expected_revenue::float8,
                   lead.probability::float8,
                   lead.name,
                   'crm.lead',
                   lead.id
              FROM crm_lead lead
              JOIN res_partner contact ON contact.id = lead.partner_id
         LEFT JOIN crm_team team ON team.id = lead.team_id
         LEFT JOIN res_users salesperson ON salesperson.id = lead.user_id
              JOIN customer_segmentation_criteria criteria
                ON criteria.company_id = COALESCE(
                       lead.company_id, team.company_id, salesperson.company_id, contact.company_id,
                       (SELECT min(company.id) FROM res_company company))
             WHERE lead.active
               AND COALESCE(lead.probability, 0) < 100
            """,
            id=row_id(self.env, "crm.lead", SQL("lead.id")),
        )

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
