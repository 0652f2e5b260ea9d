from odoo import _, api, models
from odoo.tools import SQL
from odoo.tools.misc import format_date


class CustomerSegmentationPool(models.AbstractModel):
    """L4: warns salespeople of customers nobody follows up, and releases these customers.

    A contact has one salesperson for all companies. So one company's rules decide over a
    customer: that of the contact or, where all companies share it, the salesperson's own. What
    keeps a customer counts in whatever company it is: the last sale, open orders, quotations and
    opportunities.

    The day of the release is the day after the last one the rule allows without contact or sale,
    reckoned from the last contact or sale, from the day the salesperson got the customer, or
    from the day the rule counts from, whatever is latest. Nobody is released who was not warned
    as long before as the rule says.
    """

    _name = "customer.segmentation.pool"
    _description = "Public Pool"

    @api.model
    def _act_on(self, run, partner_ids):
        """Warn and release by the rules of the run's company, as of its date."""
        self.sudo()._apply(run.company_id, run.as_of)

    @api.model
    def _apply(self, company, as_of):
        """Withdraw, release and warn; what is done already is not done again.

        :return: (moves of released customers, moves of warnings)
        """
        rules = self.env["customer.segmentation.pool.rule"].search(
            [("company_id", "=", company.id)]
        )
        moves = self.env["customer.segmentation.pool.move"]
        rows = self._candidates(company, as_of, rules) if rules else []
        by_outcome = {}
        for row in rows:
            by_outcome.setdefault(row["outcome"], []).append(row)
        moves._withdraw_warnings(
            company, by_outcome.get("waiting", []) + by_outcome.get("release", [])
        )
        return (
            moves._release(company, as_of, by_outcome.get("release", [])),
            moves._warn(company, as_of, by_outcome.get("warn", [])),
        )

    @api.model
    def _candidates(self, company, as_of, rules, partner_ids=None, with_held=False):
        """What the rules say of the customers of a company, as of a day.

        :param rules: the rules taken to be in force
        :param list[int] partner_ids: all of these customers; None = those whose warning or
            release is due
        :param bool with_held: also those who would be due if the days before ``from_date`` counted
        :return: list of dicts: partner_id, user_id, rule_id, contact_date, sale_date, start_date
            (since when the salesperson has the customer), from_date (from when the rule counts; of
            one that is off: from ``as_of``), release_date, warning_id, and
            ``outcome``: "release", "warn", "waiting" (warned already), "protected", or "kept"
            (nothing due); protected_by, document and document_id say what protects
        Cost: two statements.
        """
        self.env.flush_all()
        self.env.cr.execute(
            self._query_candidates(company, as_of, rules, partner_ids, with_held)
        )
        rows = self.env.cr.dictfetchall()
        documents = self._documents([row["partner_id"] for row in rows])
        for row in rows:
            row["protected_by"], row["document"], row["document_id"] = (
                ("locked", False, False)
                if row["is_locked"]
                else documents.get(row["partner_id"], (False, False, False))
            )
            row["outcome"] = self._outcome(row, as_of)
        return rows

    @api.model
    def _documents(self, partner_ids):
        """{customer's id: (kind, name, id) of the open document that protects it}"""
        if not partner_ids:
            return {}
        self.env.cr.execute(self._query_documents(partner_ids))
        return {partner_id: tuple(document) for partner_id, *document in self.env.cr.fetchall()}

    @api.model
    def _outcome(self, row, as_of):
        if row["warning_date"] > as_of:
            return "kept"
        if row["protected_by"]:
            return "protected"
        if row["release_date"] <= as_of:
            return "release"
        return "waiting" if row["warning_id"] else "warn"

    def _query_candidates(self, company, as_of, rules, partner_ids, with_held):
        """One row per customer with a salesperson: its dates, and what protects it.

        In SQL, for it reads all customers of the company.
        """
        return SQL(
            """
            WITH customer AS (%(customers)s), silence AS (
                SELECT customer.*, %(due)s AS due_date, %(due_without)s AS due_without
                  FROM customer
            )
            SELECT silence.*,
                   due_date - warning_days AS warning_date,
                   warning.id AS warning_id,
                   CASE WHEN warning_days = 0 THEN due_date
                        ELSE GREATEST(due_date, warning_days + COALESCE(
                                 warning.date, GREATEST(due_date - warning_days, %(as_of)s)))
                        END AS release_date
              FROM silence
         LEFT JOIN customer_segmentation_pool_move warning
                ON warning.partner_id = silence.partner_id
               AND warning.kind = 'warning'
               AND warning.is_open
             WHERE %(everybody)s
                OR CASE WHEN %(with_held)s THEN due_without ELSE due_date END - warning_days
                   <= %(as_of)s
          ORDER BY release_date, silence.partner_id
            """,
            customers=self._query_customers(company, as_of, rules, partner_ids),
            as_of=as_of,
            due=self._due(SQL("from_date")),
            due_without=self._due(SQL("NULL")),
            with_held=with_held,
            everybody=partner_ids is not None,
        )

    def _query_customers(self, company, as_of, rules, partner_ids):
        """The customers that a rule is about, each with its rule and the days that count."""
        return SQL(
            """
            SELECT contact.id AS partner_id,
                   contact.user_id,
                   contact.segmentation_pool_locked AS is_locked,
                   rule.id AS rule_id,
                   rule.condition, rule.contact_days, rule.sale_days, rule.warning_days,
                   COALESCE(rule.from_date, CASE WHEN rule.active THEN NULL
                                                 ELSE %(as_of)s::date END) AS from_date,
                   touched.date AS contact_date,
                   sold.date AS sale_date,
                   GREATEST(
                       (contact.create_date AT TIME ZONE 'UTC' AT TIME ZONE criteria.tz)::date,
                       (tracked.moment AT TIME ZONE 'UTC' AT TIME ZONE criteria.tz)::date,
                       assigned.date
                   ) AS start_date
              FROM customer_segmentation_profile profile
              JOIN customer_segmentation_criteria criteria
                ON criteria.company_id = profile.company_id
              JOIN res_partner contact ON contact.id = profile.partner_id
              JOIN res_users salesperson ON salesperson.id = contact.user_id
              JOIN LATERAL (%(rule)s) rule ON TRUE
         LEFT JOIN (%(contacts)s) touched ON touched.partner_id = contact.id
        -- A freshly filled table is taken to be small: this is quick then too, by the index on
        -- the customer; "+ 0" keeps the planner from the one on the date.
        CROSS JOIN LATERAL (
                   SELECT max(anywhere.last_order_date + 0) AS date
                     FROM customer_segmentation_profile anywhere
                    WHERE anywhere.partner_id = contact.id
                   ) sold
         LEFT JOIN (%(tracked)s) tracked
                ON tracked.partner_id = contact.id AND tracked.user_id = contact.user_id
         LEFT JOIN (
                   SELECT partner_id, max(date) AS date
                     FROM customer_segmentation_pool_move
                    WHERE kind IN ('claim', 'assign', 'undo')
                 GROUP BY partner_id
                   ) assigned ON assigned.partner_id = contact.id
             WHERE profile.company_id = %(company)s
               AND profile.active
               AND contact.active
               AND COALESCE(contact.company_id, salesperson.company_id) = %(company)s
               AND %(wanted)s
            """,
            company=company.id,
            as_of=as_of,
            rule=self._query_rule(rules),
            contacts=self._query_contacts(partner_ids),
            tracked=self._query_tracked(partner_ids),
            wanted=SQL("TRUE")
            if partner_ids is None
            else SQL("contact.id = ANY(%s)", list(partner_ids)),
        )

    def _classes(self, alias, rules):
        """The customer's segments in the dimensions that the rules' value segments are of."""
        columns = {
            dimension.column_name
            for dimension in rules.value_segment_id.dimension_id
            if dimension.active and dimension.column_name
        }
        return SQL(", ").join(
            [SQL("NULL"), *(SQL.identifier(alias, column) for column in sorted(columns))]
        )

    def _query_rule(self, rules):
        """The rule of ``rules`` that a profile goes by: that of its value before the one of all."""
        return SQL(
            """
            SELECT *
              FROM customer_segmentation_pool_rule rule
             WHERE rule.id = ANY(%s)
               AND (rule.value_segment_id IS NULL OR rule.value_segment_id IN (%s))
          ORDER BY rule.value_segment_id IS NULL, rule.active, rule.id
             LIMIT 1
            """,
            rules.ids,
            self._classes("profile", rules),
        )

    def _due(self, bound):
        """The first day on which a customer is too long without contact or sale."""
        return SQL(
            """
            CASE condition
                 WHEN 'contact' THEN %(contact)s
                 WHEN 'sale' THEN %(sale)s
                 WHEN 'any' THEN LEAST(%(contact)s, %(sale)s)
                 ELSE GREATEST(%(contact)s, %(sale)s) END
            """,
            contact=SQL("GREATEST(contact_date, start_date, %s) + contact_days + 1", bound),
            sale=SQL("GREATEST(sale_date, start_date, %s) + sale_days + 1", bound),
        )

    def _query_tracked(self, partner_ids):
        """When contacts got a salesperson, by Odoo's tracking: partner_id, user_id, moment.

        The pool knows of it itself only since it is in use.
        """
        return SQL(
            """
            SELECT message.res_id AS partner_id, value.new_value_integer AS user_id,
                   max(message.date) AS moment
              FROM mail_tracking_value value
              JOIN mail_message message ON message.id = value.mail_message_id
             WHERE value.field_id = %(field)s
               AND message.model = 'res.partner'
               AND %(wanted)s
          GROUP BY message.res_id, value.new_value_integer
            """,
            field=self.env["ir.model.fields"]._get("res.partner", "user_id").id,
            wanted=SQL("TRUE")
            if partner_ids is None
            else SQL("message.res_id = ANY(%s)", list(partner_ids)),
        )

    def _query_documents(self, partner_ids):
        """The first open order, else quotation, else opportunity of these customers.

        An order is open as long as it is not fully invoiced, by Odoo's own invoice status: "to
        invoice", or "no" where nothing can be invoiced before it is delivered. An order without
        a product to sell is none.
        """
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, kind, name, id
              FROM (
                   SELECT contact.commercial_partner_id AS partner_id,
                          CASE WHEN so.state = 'sale' THEN 'order' ELSE 'quotation' END AS kind,
                          CASE WHEN so.state = 'sale' THEN 1 ELSE 2 END AS rank,
                          so.name, so.id
                     FROM res_partner contact
                     JOIN sale_order so ON so.partner_id = contact.id
                    WHERE contact.commercial_partner_id = ANY(%(partners)s)
                      AND (so.state IN ('draft', 'sent')
                           OR (so.state = 'sale'
                               AND so.invoice_status IN ('no', 'to invoice')
                               AND EXISTS (SELECT 1
                                             FROM sale_order_line line
                                            WHERE line.order_id = so.id
                                              AND line.display_type IS NULL
                                              AND line.product_uom_qty > 0)))
                    UNION ALL
                   SELECT contact.commercial_partner_id, 'opportunity', 3, lead.name, lead.id
                     FROM res_partner contact
                     JOIN crm_lead lead ON lead.partner_id = contact.id
                    WHERE contact.commercial_partner_id = ANY(%(partners)s)
                      AND lead.active
                      AND COALESCE(lead.probability, 0) < 100
                   ) document
          ORDER BY partner_id, rank, name, id
            """,
            partners=partner_ids,
        )

    def _query_contacts(self, partner_ids):
        """The day of the last contact per customer, in any company: partner_id, date."""
        return SQL(
            """
            SELECT profile.partner_id, max(known.day) AS date
              FROM (%s) known (id, day)
              JOIN customer_segmentation_profile profile ON profile.id = known.id
          GROUP BY profile.partner_id
            """,
            self.env["customer.segmentation.profile"]._query_last_contacts(partner_ids),
        )

    # Words

    @api.model
    def _say_protection(self, row):
        """Why the customer stays, as a sentence."""
        document = row["document"] or ""
        return {
            "locked": _("Locked by a manager."),
            "order": _("Open order %(document)s.", document=document),
            "quotation": _("Open quotation %(document)s.", document=document),
            "opportunity": _("Open opportunity %(document)s.", document=document),
        }[row["protected_by"]]

    @api.model
    def _say_silence(self, row, as_of):
        """Since when nothing happened, as a sentence, by the periods the rule looks at."""
        sentences = []
        if row["condition"] != "sale":
            sentences.append(self._say_since(row, "contact_date", as_of))
        if row["condition"] != "contact":
            sentences.append(self._say_since(row, "sale_date", as_of))
        if row["from_date"] and row["from_date"] > row["start_date"]:
            sentences.append(
                _("The days count from %(day)s on.", day=format_date(self.env, row["from_date"]))
            )
        return " ".join(sentences)

    def _say_since(self, row, field, as_of):
        day, start = row[field], row["start_date"]
        last = max(filter(None, (day, start)))
        values = {"day": format_date(self.env, last), "days": (as_of - last).days}
        if day == last:
            return (
                _("Last contact on %(day)s, %(days)s days ago.", **values)
                if field == "contact_date"
                else _("Last sale on %(day)s, %(days)s days ago.", **values)
            )
        return (
            _("No contact since %(day)s, %(days)s days ago.", **values)
            if field == "contact_date"
            else _("No sale since %(day)s, %(days)s days ago.", **values)
        )
