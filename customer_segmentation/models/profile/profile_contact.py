from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.domain import any_of, negation

COMPARISONS = {
    "=": SQL("="), "<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">="),
}
# Odoo's documents that belong to a customer, and on which people write and plan.
DOCUMENTS = ("res.partner", "sale.order", "crm.lead")


class CustomerSegmentationProfile(models.Model):
    """When somebody last was in touch with the customer, and when somebody will be.

    Both come from Odoo's chatter, which every message changes: they are looked up when shown and
    when searched, and stored nowhere.
    """

    _inherit = "customer.segmentation.profile"

    last_contact_date = fields.Date(
        "Last Contact",
        compute="_compute_last_contact_date",
        search="_search_last_contact_date",
        help="The last day on which an employee wrote to the customer, did a planned activity, "
        "logged feedback or called from the call list. Notes for colleagues do not count.",
    )
    next_activity_date = fields.Date(
        "Next Activity",
        compute="_compute_next_activity_date",
        search="_search_next_activity_date",
        help="The earliest planned activity on the customer, its contacts, orders and "
        "opportunities.",
    )

    def _compute_last_contact_date(self):
        """One statement for all profiles."""
        self._assign_dates("last_contact_date", self._query_last_contacts(self.partner_id.ids))

    def _compute_next_activity_date(self):
        """One statement for all profiles."""
        self._assign_dates("next_activity_date", self._query_next_activities(self.partner_id.ids))

    def _search_last_contact_date(self, operator, value):
        return self._search_dates(operator, value, self._query_last_contacts())

    def _search_next_activity_date(self, operator, value):
        return self._search_dates(operator, value, self._query_next_activities())

    def _assign_dates(self, name, query):
        """Assign the day that ``query`` (profile's id, day) tells of each profile."""
        self.env.cr.execute(query)
        dates = dict(self.env.cr.fetchall())
        for profile in self:
            profile[name] = dates.get(profile._origin.id, False)

    @api.model
    def _search_dates(self, operator, value, query):
        """Translate a condition on a day that ``query`` (profile's id, day) tells.

        A customer without the day answers to "is not set" only.
        """
        if operator == "!=" or operator == "not in":
            positive = "=" if operator == "!=" else "in"
            return negation(self._search_dates(positive, value, query))
        days = SQL("SELECT id FROM (%s) known (id, day)", query)
        values = list(value) if operator == "in" else [value]
        if operator in ("=", "in") and not all(values):
            known = [day for day in values if day]
            return any_of(
                [self._search_dates("in", known, query), negation(self._with_id_in(days))]
            )
        if operator == "in":
            return self._with_id_in(SQL("%s WHERE day = ANY(%s::date[])", days, values))
        if operator not in COMPARISONS:
            raise UserError(_("Compare a day with =, ≠, <, ≤, > or ≥."))
        return self._with_id_in(SQL("%s WHERE day %s %s", days, COMPARISONS[operator], value))

    @api.model
    def _with_id_in(self, ids):
        """A domain of the profiles whose ids a statement selects."""
        query = self.sudo().with_context(active_test=False)._search([])
        query.add_where(SQL("%s IN (%s)", SQL.identifier(self._table, "id"), ids))
        return [("id", "in", query)]

    # Queries

    @api.model
    def _query_last_contacts(self, partner_ids=None):
        """Select the id of each profile somebody was in touch with, and the last day of it.

        :param list[int] partner_ids: commercial partners; None = all
        """
        self._flush_documents()
        return SQL(
            """
            SELECT profile.id,
                   max(COALESCE(
                       contact.day,
                       (contact.moment AT TIME ZONE 'UTC' AT TIME ZONE criteria.tz)::date
                   )) AS day
              FROM customer_segmentation_profile profile
              JOIN customer_segmentation_criteria criteria
                ON criteria.company_id = profile.company_id
              JOIN (%(contacts)s) contact (partner_id, company_id, moment, day)
                ON contact.partner_id = profile.partner_id
               AND COALESCE(contact.company_id, profile.company_id) = profile.company_id
             WHERE %(ours)s
          GROUP BY profile.id
            """,
            contacts=SQL(" UNION ALL ").join(self._contact_queries(partner_ids)),
            ours=self._among("profile", "partner_id", partner_ids),
        )

    @api.model
    def _contact_queries(self, partner_ids=None):
        """The sources of contacts: a list of ``SQL``; the hook for more.

        Each selects commercial partner, company (NULL: of any), the moment in UTC and the
        company's day (one of both is enough). Name the models it reads in ``_contact_models``.

        :param list[int] partner_ids: commercial partners; None = all
        """
        return [self._query_messages(partner_ids)]

    @api.model
    def _contact_models(self):
        """Names of the models that ``_contact_queries`` read: they are written out before."""
        return [*DOCUMENTS, "mail.message", "mail.activity", "customer.segmentation.criteria"]

    @api.model
    def _query_messages(self, partner_ids=None):
        """Messages of employees to the outside, and the traces of activities that were done."""
        return SQL(
            """
            SELECT document.partner_id, document.company_id, message.date, NULL::date
              FROM (%(documents)s) document (model, res_id, partner_id, company_id)
              JOIN mail_message message
                ON message.model = document.model AND message.res_id = document.res_id
             WHERE (message.mail_activity_type_id IS NOT NULL
                    OR message.message_type IN ('comment', 'email_outgoing')
                   AND message.subtype_id = %(comment)s)
               AND EXISTS (SELECT 1
                             FROM res_users employee
                            WHERE employee.partner_id = message.author_id
                              AND employee.share IS NOT TRUE
                              AND employee.id <> %(robot)s)
            """,
            documents=self._query_documents(partner_ids),
            comment=self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
            robot=SUPERUSER_ID,
        )

    @api.model
    def _query_next_activities(self, partner_ids=None):
        """Select the id of each profile with an open activity, and its first deadline."""
        self._flush_documents()
        return SQL(
            """
            SELECT profile.id, min(activity.date_deadline) AS day
              FROM customer_segmentation_profile profile
              JOIN (%(documents)s) document (model, res_id, partner_id, company_id)
                ON document.partner_id = profile.partner_id
               AND COALESCE(document.company_id, profile.company_id) = profile.company_id
              JOIN %(activities)s activity
                ON activity.res_model = document.model AND activity.res_id = document.res_id
             WHERE %(ours)s
          GROUP BY profile.id
            """,
            documents=self._query_documents(partner_ids),
            ours=self._among("profile", "partner_id", partner_ids),
            activities=self._query_open_activities(),
        )

    @api.model
    def _query_open_activities(self, domain=()):
        """Select id, res_model, res_id, user_id and date_deadline of the open activities on
        documents of customers; in parentheses.

        :param list domain: a further condition on the activities
        """
        activities = self.env["mail.activity"].sudo().with_context(active_test=True)
        # asked of the ORM, because later series of Odoo keep the done ones, archived
        query = activities._search([("res_model", "in", DOCUMENTS), *domain])
        names = ("id", "res_model", "res_id", "user_id", "date_deadline")
        return query.subselect(*(SQL.identifier(query.table, name) for name in names))

    @api.model
    def _query_documents(self, partner_ids=None):
        """Select model, id, commercial partner and company (NULL: of any) of the documents."""
        ours = self._among("contact", "commercial_partner_id", partner_ids)
        return SQL(
            """
            SELECT 'res.partner', contact.id, contact.commercial_partner_id, NULL::int
              FROM res_partner contact
             WHERE %(ours)s
         UNION ALL
            SELECT 'sale.order', quotation.id, contact.commercial_partner_id, quotation.company_id
              FROM sale_order quotation
              JOIN res_partner contact ON contact.id = quotation.partner_id
             WHERE %(ours)s
         UNION ALL
            SELECT 'crm.lead', lead.id, contact.commercial_partner_id, lead.company_id
              FROM crm_lead lead
              JOIN res_partner contact ON contact.id = lead.partner_id
             WHERE %(ours)s
            """,
            ours=ours,
        )

    @api.model
    def _among(self, alias, column, ids):
        """The condition that a column is one of ``ids``; None = any."""
        return self.env["customer.segmentation.engine"]._partner_condition(alias, column, ids)

    @api.model
    def _flush_documents(self):
        for name in self._contact_models():
            self.env[name].flush_model()
