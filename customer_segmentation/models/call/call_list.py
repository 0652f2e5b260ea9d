from odoo import _, api, models
from odoo.tools import SQL

from .call import Reason

# Columns of the profile that a call keeps
KEPT = (
    "first_order_date", "last_order_date", "due_date", "order_interval_days", "order_day_count",
    "usual_sales", "usual_sales_until",
)
RHYTHM_ORDER_DAYS = 3  # with fewer there is no rhythm of one's own


class CustomerSegmentationCall(models.Model):
    """Who comes onto the list and who leaves it: L4 of a run.

    The same statement for a full and for a partial run: who is wanted, and for what reason; who
    leaves; what has changed of those who stay; who comes.
    Only rows that differ are written: a second run of the day writes none.

    The ORM will not do: it would read and write customer by customer.
    """

    _inherit = "customer.segmentation.call"

    @api.model
    def _act_on(self, run, partner_ids):
        """Open and close the calls of the run's customers."""
        calls = self.with_context(segmentation_as_of=run.as_of)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                # all four see the list as it was
                "WITH wanted AS MATERIALIZED (%s), leave AS (%s), stay AS (%s) %s",
                calls._query_wanted(run, partner_ids),
                calls._query_leave(run, partner_ids),
                calls._query_stay(run),
                calls._query_come(run),
            )
        )
        self.invalidate_model()
        return []

    # Reasons

    @api.model
    def _reasons(self):
        return [
            *super()._reasons(),
            Reason(
                30, "overdue", _("Order is due"), self._query_overdue,
                lambda calls: dict.fromkeys(calls, ""),  # the customer's rhythm says it all
            ),
            Reason(
                40, "activity", _("Activity is due"), self._query_due_activities,
                self._activities_words,
            ),
        ]

    def _query_overdue(self, company, as_of, partner_ids):
        """Customers overdue by their own rhythm, or by fixed days where they have none; not lost.

        The rhythm begins anew with each order: from the day after it, the next one is waited for.
        """
        criteria = company.sudo().segmentation_criteria_id
        return SQL(
            """
            SELECT profile.partner_id, profile.last_order_date + 1, NULL::int
              FROM customer_segmentation_profile profile
             WHERE profile.company_id = %(company)s
               AND CASE WHEN profile.order_day_count >= %(rhythm)s
                        -- rounded: exactly so many intervals are not over it
                        THEN %(as_of)s - profile.last_order_date
                             > round((%(ratio)s * profile.order_interval_days)::numeric, 6)
                        ELSE profile.order_day_count > 0
                         AND %(as_of)s - profile.last_order_date > %(days)s END
               AND NOT %(lost)s
               AND %(ours)s
            """,
            company=company.id,
            as_of=as_of,
            rhythm=RHYTHM_ORDER_DAYS,
            ratio=criteria.call_overdue_ratio,
            days=criteria.call_overdue_days,
            lost=self.env["customer.segmentation.profile"]._has_meaning("profile", "lost"),
            ours=self._among("profile", partner_ids),
        )

    def _query_due_activities(self, company, as_of, partner_ids):
        return SQL(
            "SELECT partner_id, since, user_id FROM (%s) due (partner_id, since, user_id, id)",
            self._query_activities(company, as_of, partner_ids),
        )

    def _query_activities(self, company, as_of, partner_ids):
        """Activities due, and their ids: the salesperson's; of anybody where there is none.

        An activity on a contact belongs to the company its user works in.
        """
        profiles = self.env["customer.segmentation.profile"]
        return SQL(
            """
            SELECT contact.commercial_partner_id, activity.date_deadline, activity.user_id,
                   activity.id
              FROM %(due)s activity
         LEFT JOIN sale_order quotation
                ON activity.res_model = 'sale.order' AND quotation.id = activity.res_id
         LEFT JOIN crm_lead lead
                ON activity.res_model = 'crm.lead' AND lead.id = activity.res_id
              JOIN res_partner contact
                ON contact.id = CASE activity.res_model
                                WHEN 'sale.order' THEN quotation.partner_id
                                WHEN 'crm.lead' THEN lead.partner_id
                                ELSE activity.res_id END
              JOIN customer_segmentation_profile profile
                ON profile.partner_id = contact.commercial_partner_id
               AND profile.company_id = %(company)s
         LEFT JOIN res_users employee ON employee.id = activity.user_id
             WHERE (activity.user_id = profile.user_id
                    OR activity.user_id IS NULL OR profile.user_id IS NULL)
               AND COALESCE(quotation.company_id, lead.company_id, employee.company_id, %(company)s)
                   = %(company)s
               AND %(ours)s
            """,
            company=company.id,
            due=profiles._query_open_activities([("date_deadline", "<=", as_of)]),
            ours=self._among("profile", partner_ids),
        )

    @api.model
    def _among(self, alias, partner_ids):
        return self.env["customer.segmentation.profile"]._among(alias, "partner_id", partner_ids)

    # Coming, staying, leaving

    def _query_wanted(self, run, partner_ids):
        """Who belongs on the list: one row per customer, with its reason.

        Left out is what a person has answered: each reason that held already when the last call
        was done, until its day has come.
        """
        reasons = SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s, %s, reason.* FROM (%s) reason (partner_id, since, user_id)",
                reason.number,
                reason.code,
                reason.query(run.company_id, run.as_of, partner_ids),
            )
            for reason in self._sorted_reasons()
        )
        return SQL(
            """
            SELECT DISTINCT ON (profile.partner_id)
                   profile.partner_id,
                   COALESCE(profile.user_id, reason.user_id) AS user_id,
                   reason.code AS reason,
                   %(kept)s,
                   CASE WHEN profile.average_order > 0 THEN profile.average_order
                        WHEN profile.order_count > 0
                        THEN GREATEST(
                            round(profile.net_sales / profile.order_count, %(decimals)s), 0)
                        ELSE 0 END AS usual_order
              FROM (%(reasons)s) reason (rank, code, partner_id, since, user_id)
              JOIN customer_segmentation_profile profile
                ON profile.partner_id = reason.partner_id
               AND profile.company_id = %(company)s
               AND profile.active
             WHERE NOT EXISTS (SELECT 1
                                 FROM customer_segmentation_call answered
                                WHERE answered.partner_id = profile.partner_id
                                  AND answered.company_id = %(company)s
                                  AND answered.quiet_until > %(as_of)s
                                  AND answered.closed_date >= reason.since)
          ORDER BY profile.partner_id, reason.rank, reason.since, reason.user_id
            """,
            reasons=reasons,
            company=run.company_id.id,
            as_of=run.as_of,
            kept=SQL(", ").join(SQL.identifier("profile", name) for name in KEPT),
            decimals=run.company_id.currency_id.decimal_places,
        )

    def _query_leave(self, run, partner_ids):
        """Close the live calls of who does not belong on the list any more.

        What they were opened with is kept; an order since then tells why they left.
        """
        return SQL(
            """
            UPDATE customer_segmentation_call call
               SET state = CASE WHEN leaving.has_ordered THEN 'ordered' ELSE 'obsolete' END,
                   closed_date = %(as_of)s, snoozed_until = NULL,
                   write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
              FROM (
                   SELECT live.id,
                          profile.active AND (
                              profile.last_order_date > live.last_order_date
                              OR live.last_order_date IS NULL
                                 AND profile.last_order_date IS NOT NULL
                          ) AS has_ordered
                     FROM customer_segmentation_call live
                LEFT JOIN customer_segmentation_profile profile
                       ON profile.partner_id = live.partner_id
                      AND profile.company_id = live.company_id
                    WHERE live.company_id = %(company)s
                      AND live.state IN ('open', 'snoozed')
                      AND %(ours)s
                      AND NOT EXISTS (SELECT 1 FROM wanted
                                       WHERE wanted.partner_id = live.partner_id)
                   ) leaving
             WHERE call.id = leaving.id
            """,
            company=run.company_id.id,
            as_of=run.as_of,
            uid=self.env.uid,
            ours=self._among("live", partner_ids),
        )

    def _query_stay(self, run):
        """Write what has changed of the calls that stay, and wake those whose day has come.

        A reason that wakes does so before that day.
        """
        wakes = SQL(
            """(call.state = 'snoozed'
                AND (call.snoozed_until <= %s
                     OR wanted.reason = ANY(%s) AND wanted.reason <> call.reason))""",
            run.as_of,
            [reason.code for reason in self._sorted_reasons() if reason.wakes],
        )
        return SQL(
            """
            UPDATE customer_segmentation_call call
               SET (%(columns)s, state, write_uid, write_date)
                 = (%(wanted)s,
                    CASE WHEN %(wakes)s THEN 'open' ELSE call.state END,
                    %(uid)s, now() AT TIME ZONE 'UTC')
              FROM wanted
             WHERE call.partner_id = wanted.partner_id
               AND call.company_id = %(company)s
               AND call.state IN ('open', 'snoozed')
               AND ((%(present)s) IS DISTINCT FROM (%(wanted)s) OR %(wakes)s)
            """,
            columns=self._columns_kept(),
            wanted=self._columns_kept("wanted"),
            present=self._columns_kept("call"),
            company=run.company_id.id,
            wakes=wakes,
            uid=self.env.uid,
        )

    def _query_come(self, run):
        """Open a call for who has none."""
        return SQL(
            """
            INSERT INTO customer_segmentation_call (
                   partner_id, company_id, opened_date, state, attempt_count, %(columns)s,
                   create_uid, create_date, write_uid, write_date)
            SELECT partner_id, %(company)s, %(as_of)s, 'open', 0, %(columns)s,
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM wanted
             WHERE NOT EXISTS (SELECT 1
                                 FROM customer_segmentation_call live
                                WHERE live.partner_id = wanted.partner_id
                                  AND live.company_id = %(company)s
                                  AND live.state IN ('open', 'snoozed'))
            """,
            columns=self._columns_kept(),
            company=run.company_id.id,
            as_of=run.as_of,
            uid=self.env.uid,
        )

    @api.model
    def _columns_kept(self, alias=None):
        """What a call takes over from who is wanted."""
        path = [alias] if alias else []
        return SQL(", ").join(
            SQL.identifier(*path, name) for name in ("user_id", "reason", "usual_order", *KEPT)
        )

    @api.model
    def _keep_one(self, partner, merged_partners):
        """Of the live calls that a merge of contacts brings together, let one stay.

        It is the one of the contact that stays, else the oldest.
        """
        calls = self.sudo().search(
            [
                ("partner_id", "in", (partner | merged_partners).ids),
                ("state", "in", ("open", "snoozed")),
            ]
        )
        for live in calls.grouped("company_id").values():
            staying = min(live, key=lambda call: (call.partner_id != partner, call.id))
            (live - staying)._close_obsolete()
        self.flush_model()

    @api.model
    def _withdraw(self, partners):
        """Take customers off the list at once, without waiting for a run."""
        self.search(
            [("partner_id", "in", partners.ids), ("state", "in", ("open", "snoozed"))]
        )._close_obsolete()

    def _close_obsolete(self):
        for company, calls in self.grouped("company_id").items():
            calls.write(
                {
                    "state": "obsolete",
                    "closed_date": company._segmentation_today(),
                    "snoozed_until": False,
                }
            )
