from odoo import models
from odoo.tools import SQL


class CustomerSegmentationPlaybook(models.Model):
    """What becomes of the events that wait: dropped, given to somebody, or their turn.

    In SQL as the planning is, and for the same reason: the number of statements depends neither
    on the customers nor on the playbooks.
    """

    _inherit = "customer.segmentation.playbook"

    def _drop_outdated(self, run):
        """Settle what waits and is not needed any more: one statement."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_segmentation_playbook_event event
                   SET state = 'skipped', done_date = %(as_of)s,
                       reason = CASE WHEN event.moment = 'leave' THEN 'returned' ELSE 'left' END,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM customer_segmentation_playbook playbook
                 WHERE event.state = 'queued'
                   AND event.company_id = %(company)s
                   AND event.playbook_id = playbook.id
                   AND playbook.id = ANY(%(playbooks)s)
                   AND (event.moment = 'leave') = ((playbook.id, event.partner_id) IN (
                       SELECT member.playbook_id, member.partner_id FROM (%(members)s) member))
                """,
                as_of=run.as_of,
                company=run.company_id.id,
                playbooks=self.filtered(lambda playbook: playbook._has_members()).ids,
                members=self._query_members(self.ids, run.company_id, run.as_of),
            )
        )

    def _drop_contacted(self, run):
        """Settle waiting steps "without contact" of customers somebody was in contact with."""
        self.env.cr.execute(
            SQL(
                """
                WITH contact AS MATERIALIZED (%(contacts)s)
                UPDATE customer_segmentation_playbook_event event
                   SET state = 'skipped', done_date = %(as_of)s, reason = 'contacted',
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM customer_segmentation_playbook_step step, contact
                 WHERE event.state = 'queued'
                   AND event.company_id = %(company)s
                   AND event.moment = 'stay'
                   AND event.playbook_id = ANY(%(playbooks)s)
                   AND step.id = event.step_id
                   AND contact.partner_id = event.partner_id
                   AND contact.date + step.cadence_days > %(as_of)s
                """,
                as_of=run.as_of,
                company=run.company_id.id,
                playbooks=self.ids,
                contacts=self._query_last_contact(run),
            )
        )

    def _name_responsibles(self, run):
        """Write on what waits who would have to do it, by today's salespeople and teams.

        Where these and the playbook name nobody who works in the company it is who answers for
        its criteria; so neither the robot, whom Odoo keeps archived, nor who has left gets a task.
        """
        self.env.cr.execute(self._query_name_responsibles(run))
        [nobodys] = self.env.cr.fetchone()
        if nobodys:
            criteria = self.env["customer.segmentation.criteria"]._get(run.company_id)
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE customer_segmentation_playbook_event
                       SET user_id = %(manager)s
                     WHERE id = ANY(%(nobodys)s) AND user_id IS DISTINCT FROM %(manager)s
                    """,
                    manager=criteria._get_responsible().id or None,
                    nobodys=nobodys,
                )
            )

    def _query_name_responsibles(self, run):
        """Write whom salespeople, teams and playbooks name; tell the ids of what nobody has."""
        return SQL(
            """
            WITH worker AS (
                SELECT employee.id
                  FROM res_users employee
                  JOIN res_company_users_rel works
                    ON works.user_id = employee.id AND works.cid = %(company)s
                 WHERE employee.active AND employee.share IS NOT TRUE
            ), found AS (
                SELECT event.id,
                       CASE step.responsible
                            WHEN 'user' THEN COALESCE(named.id, fallback.id)
                            WHEN 'team_leader'
                            THEN COALESCE(leader.id, salesperson.id, fallback.id)
                            ELSE COALESCE(salesperson.id, leader.id, fallback.id)
                       END AS user_id
                  FROM customer_segmentation_playbook_event event
                  JOIN customer_segmentation_playbook_step step ON step.id = event.step_id
                  JOIN customer_segmentation_playbook playbook ON playbook.id = event.playbook_id
                  JOIN res_partner customer ON customer.id = event.partner_id
             LEFT JOIN worker salesperson ON salesperson.id = customer.user_id
             LEFT JOIN res_users owner ON owner.id = customer.user_id
             LEFT JOIN crm_team team ON team.id = owner.sale_team_id AND team.active
             LEFT JOIN worker leader ON leader.id = team.user_id
             LEFT JOIN worker named ON named.id = step.user_id
             LEFT JOIN worker fallback ON fallback.id = playbook.user_id
                 WHERE event.state = 'queued' AND event.company_id = %(company)s
                   AND step.kind IN %(kinds)s
            ), written AS (
                UPDATE customer_segmentation_playbook_event event
                   SET user_id = found.user_id
                  FROM found
                 WHERE found.id = event.id
                   AND found.user_id IS NOT NULL
                   AND event.user_id IS DISTINCT FROM found.user_id
            )
            SELECT array_agg(found.id) FROM found WHERE found.user_id IS NULL
            """,
            company=run.company_id.id,
            kinds=self.env["customer.segmentation.playbook.step"]._activity_kinds(),
        )

    def _query_due(self, run):
        """Ids of the waiting events whose turn it is: the oldest first, then the most valuable.

        A salesperson gets no more activities a day than the company's limit; 0 is no limit.
        """
        return SQL(
            """
            WITH today AS MATERIALIZED (
                SELECT event.user_id, count(*) AS done
                  FROM customer_segmentation_playbook_event event
                  JOIN customer_segmentation_playbook_step step ON step.id = event.step_id
                 WHERE event.company_id = %(company)s
                   AND event.done_date = %(as_of)s
                   AND event.state = 'done'
                   AND step.kind IN %(kinds)s
              GROUP BY event.user_id
            )
            SELECT waiting.id
              FROM (
                   SELECT event.id, event.user_id, step.kind IN %(kinds)s AS is_activity,
                          row_number() OVER (
                              PARTITION BY event.user_id, step.kind IN %(kinds)s
                              ORDER BY event.date, profile.net_sales_12m DESC NULLS LAST, event.id
                          ) AS place
                     FROM customer_segmentation_playbook_event event
                     JOIN customer_segmentation_playbook_step step ON step.id = event.step_id
                LEFT JOIN customer_segmentation_profile profile
                       ON profile.partner_id = event.partner_id
                      AND profile.company_id = event.company_id
                    WHERE event.state = 'queued'
                      AND event.company_id = %(company)s
                      AND event.playbook_id = ANY(%(playbooks)s)
                   ) waiting
         LEFT JOIN today ON today.user_id = waiting.user_id
             WHERE NOT waiting.is_activity
                OR waiting.user_id IS NULL
                OR %(limit)s = 0
                OR waiting.place + COALESCE(today.done, 0) <= %(limit)s
          ORDER BY waiting.place
            """,
            company=run.company_id.id,
            as_of=run.as_of,
            playbooks=self.ids,
            kinds=self.env["customer.segmentation.playbook.step"]._activity_kinds(),
            limit=run.company_id.segmentation_playbook_limit,
        )
