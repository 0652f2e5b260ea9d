from odoo import _, api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from .call_list import RHYTHM_ORDER_DAYS


class CustomerSegmentationCall(models.Model):
    """What a salesperson wants to know before the call; looked up for the calls shown, only."""

    _inherit = "customer.segmentation.call"

    reason_words = fields.Text("Why", compute="_compute_reason_words")
    phone = fields.Char(
        compute="_compute_phone", help="Of the customer, else of its first contact with a number."
    )
    last_contact_date = fields.Date("Last Contact", compute="_compute_dates")
    next_activity_date = fields.Date("Next Activity", compute="_compute_dates")
    quotation_count = fields.Integer("Open Quotations", compute="_compute_quotations")
    quotation_amount = fields.Monetary(
        "Quoted", compute="_compute_quotations", help="Untaxed, at the rate of the quotation."
    )
    next_product_id = fields.Many2one(
        "product.product",
        "What It Usually Buys",
        compute="_compute_next_product",
        help="Of the products it ordered on two days or more, those whose own rhythm makes them "
        "due come first; then the one ordered on most days, then the one not bought for longest.",
    )
    next_product_words = fields.Char(compute="_compute_next_product")

    # Why

    @api.depends("reason", "stake", "state", "closed_date")
    @api.depends_context("lang", "segmentation_as_of", "uid")
    def _compute_reason_words(self):
        """The reason first, the customer's rhythm after it."""
        said = self._words_of_reasons()
        for call in self:
            words = [said[call]] if said.get(call) else []
            if call.last_order_date and call.order_interval_days:
                words.append(call._rhythm_words())
            call.reason_words = "\n".join(words)

    def _words_of_reasons(self):
        """{call: what its reason says of it}; none of a reason that is gone."""
        by_code = self.grouped("reason")
        said = {}
        for reason in self._sorted_reasons():
            calls = by_code.get(reason.code)
            if calls:
                words = reason.words(calls) if reason.words else {}
                said.update((call, words.get(call, reason.label)) for call in calls)
        return said

    def _rhythm_words(self):
        self.ensure_one()
        if self.order_day_count < RHYTHM_ORDER_DAYS:
            return _(
                "Last ordered %(when)s; usually buys %(amount)s a quarter",
                when=self._ago_words(self.days_since_order),
                amount=self._amount_words(self.stake),
            )
        interval = round(self.order_interval_days)
        return _(
            "Usually %(rhythm)s, last %(when)s; usually buys %(amount)s a quarter",
            rhythm=_("every %(days)s days", days=interval) if interval > 1 else _("every day"),
            when=self._ago_words(self.days_since_order),
            amount=self._amount_words(self.stake),
        )

    @api.model
    def _ago_words(self, days):
        if days > 1:
            return _("%(days)s days ago", days=days)
        return _("yesterday") if days else _("today")

    def _amount_words(self, amount):
        """An amount in whole units of the currency: nobody reads cents before a call."""
        currency = self.currency_id
        text = formatLang(self.env, amount, digits=0)
        words = (
            [currency.symbol, text] if currency.position == "before" else [text, currency.symbol]
        )
        return "\N{NO-BREAK SPACE}".join(words)

    @api.model
    def _activities_words(self, calls):
        """{call: its activity longest due, in words}."""
        activities = calls._due_activities()
        return {call: self._activity_words(activities.get(call)) for call in calls}

    @api.model
    def _activity_words(self, activity):
        """An activity of the customer; a word in general of one the user may not see."""
        if not activity:
            return _("An activity is due")
        return _(
            "%(activity)s: due %(date)s",
            activity=activity.summary or activity.activity_type_id.name,
            date=format_date(self.env, activity.date_deadline),
        )

    def _due_activities(self):
        """{call: its activity longest due}; of those the user may see on their documents."""
        due = {}
        for company, calls in self.grouped("company_id").items():
            self.env["mail.activity"].flush_model()
            self.env.cr.execute(
                self._query_activities(company, self._as_of(company), calls.partner_id.ids)
            )
            by_partner = {call.partner_id.id: call for call in calls}
            due.update(
                (activity_id, by_partner[partner_id])
                for partner_id, _since, _user_id, activity_id in self.env.cr.fetchall()
            )
        activities = due and self.env["mail.activity"].search(
            [("id", "in", [*due])], order="date_deadline desc, id desc"
        )
        return {due[activity.id]: activity for activity in activities}

    # Whom and when

    def _compute_phone(self):
        """The customer's number, else the first one among its contacts."""
        people = self.env["res.partner"].search(
            [("commercial_partner_id", "in", self.partner_id.ids), ("phone", "!=", False)],
            order="id desc",
        )
        numbers = {person.commercial_partner_id: person.phone for person in people}
        for call in self:
            call.phone = call.partner_id.phone or numbers.get(call.partner_id, False)

    def _compute_dates(self):
        for call in self:
            profile = call.segmentation_profile_id
            call.last_contact_date = profile.last_contact_date
            call.next_activity_date = profile.next_activity_date

    # What it could buy

    def _compute_quotations(self):
        """Open quotations the user may see, in the company's currency."""
        quotations = self.env["sale.order"]
        if self.env["ir.model.access"].check("sale.order", "read", False):
            quotations = quotations.search_fetch(
                self._open_quotations_domain(),
                ["partner_id", "company_id", "amount_untaxed", "currency_rate"],
            )
        by_key = quotations.grouped(
            lambda order: (order.partner_id.commercial_partner_id, order.company_id)
        )
        for call in self:
            found = by_key.get((call.partner_id, call.company_id), quotations[:0])
            call.quotation_count = len(found)
            call.quotation_amount = sum(
                order.amount_untaxed / (order.currency_rate or 1) for order in found
            )

    def _open_quotations_domain(self):
        return [
            ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
            ("company_id", "in", self.company_id.ids),
            ("state", "in", ("draft", "sent")),
        ]

    @api.depends_context("lang", "segmentation_as_of")
    def _compute_next_product(self):
        """One statement for the calls of a company."""
        found = {}
        for name in ("sale.order", "sale.order.line", "product.product", "product.template"):
            self.env[name].flush_model()
        for company, calls in self.grouped("company_id").items():
            self.env.cr.execute(
                self._query_next_products(company, self._as_of(company), calls.partner_id.ids)
            )
            found.update(
                ((company.id, partner_id), row) for partner_id, *row in self.env.cr.fetchall()
            )
        # read together, not one by one
        products = self.env["product.product"].browse({row[0] for row in found.values()})
        names = {product.id: product.display_name for product in products}
        for call in self:
            product_id, times, days_ago = found.get(
                (call.company_id.id, call.partner_id.id), (False, 0, 0)
            )
            call.next_product_id = product_id
            call.next_product_words = product_id and self._product_words(
                names[product_id], times, days_ago
            )

    @api.model
    def _product_words(self, product, times, days_ago):
        words = {"product": product, "times": times, "when": self._ago_words(days_ago)}
        if times == 1:
            return _("%(product)s: ordered once, %(when)s", **words)
        return _("%(product)s: ordered %(times)s times, last %(when)s", **words)

    @api.model
    def _query_next_products(self, company, as_of, partner_ids):
        """Select partner, product, its order days and the days since the last, one per partner.

        Confirmed orders of the company up to ``as_of``; services, down payments and what is not
        sold any more are left out. In SQL: the ORM cannot pick the first row of each customer.
        """
        return SQL(
            """
            WITH bought AS MATERIALIZED (
                   -- first by the customers: all lines of all products would be the longer way
                   SELECT contact.commercial_partner_id AS partner_id,
                          line.product_id,
                          count(DISTINCT day.date) AS days,
                          min(day.date) AS first_day,
                          max(day.date) AS last_day
                     FROM res_partner contact
                     JOIN sale_order sale ON sale.partner_id = contact.id
                     JOIN customer_segmentation_criteria criteria
                       ON criteria.company_id = sale.company_id
               CROSS JOIN LATERAL (
                          SELECT (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE criteria.tz)::date
                                 AS date
                          ) day
                     JOIN sale_order_line line ON line.order_id = sale.id
                    WHERE contact.commercial_partner_id = ANY(%(partners)s)
                      AND sale.company_id = %(company)s
                      AND sale.state = 'sale'
                      AND day.date <= %(as_of)s
                      AND line.product_uom_qty > 0
                      AND line.is_downpayment IS NOT TRUE
                 GROUP BY contact.commercial_partner_id, line.product_id
            )
            SELECT DISTINCT ON (bought.partner_id)
                   bought.partner_id, bought.product_id, bought.days, %(as_of)s - bought.last_day
              FROM bought
              JOIN product_product product ON product.id = bought.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE product.active AND template.sale_ok AND template.type <> 'service'
               AND COALESCE(template.company_id, %(company)s) = %(company)s
          ORDER BY bought.partner_id,
                   bought.days > 1
                   AND bought.last_day - bought.first_day
                       <= (%(as_of)s - bought.last_day) * (bought.days - 1) DESC,
                   bought.days DESC,
                   bought.last_day,
                   bought.product_id
            """,
            as_of=as_of,
            company=company.id,
            partners=partner_ids,
        )
