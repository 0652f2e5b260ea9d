import calendar
from datetime import date, timedelta

from odoo import models
from odoo.tools import SQL

# A birthday that no run has seen (the server stood still) is made up for so many days later.
BIRTHDAY_CATCH_UP_DAYS = 3
# A birthday comes once a year; a corrected birth date brings no second one.
BIRTHDAY_APART_DAYS = 300


class CustomerSegmentationPlaybook(models.Model):
    """What playbooks have to do: causes become events, set-wise, in SQL.

    An event is written once for each step, customer, moment and day, so that the same run twice
    plans nothing twice. The number of statements depends neither on the customers nor on the
    playbooks. The ORM will not do: it would compare history, profile and former events customer
    by customer.
    """

    _inherit = "customer.segmentation.playbook"

    def _plan_moves(self, run):
        """Events of those who entered or left a segment in ``run``, or in one that failed us.

        No history tells who began to meet a condition: who did is noted from run to run. Moves
        of changed standards are nobody's entering or leaving.
        """
        company, as_of = run.company_id, run.as_of
        conditioned = self.filtered(lambda playbook: playbook._has_condition())
        self._insert_events(company, as_of, (self - conditioned)._query_moves(run), run)
        if not conditioned:
            return
        if not run.standards_changed:
            self._insert_events(
                company, as_of, conditioned._query_member_moves(company, as_of), run
            )
            conditioned._update_members(company, as_of)
            return
        # nobody has entered: who meets the condition by other standards counts as there before
        for_new = conditioned.filtered("only_new_members")
        for_new._update_members(company, as_of, since=None)
        (conditioned - for_new)._update_members(company, as_of)

    def _plan_day(self, run):
        """Events that the day brings: time without contact, and birthdays."""
        moments = set(self.step_ids.mapped("moment"))
        if "stay" in moments:
            self._insert_events(
                run.company_id, run.as_of, self._query_stays(run), run, only_due=True
            )
        if "birthday" in moments:
            self._insert_events(
                run.company_id, run.as_of, self._query_birthdays(run), run, only_due=True
            )

    def _enrol_members(self, company, as_of):
        """Events of those who are in the segment now, as if they had just entered."""
        self._insert_events(
            company,
            as_of,
            SQL(
                """
                SELECT step.playbook_id, step.id AS step_id, member.partner_id,
                       NULL::int AS contact_id, 'enter' AS moment
                  FROM (%(members)s) member
                  JOIN customer_segmentation_playbook_step step
                    ON step.playbook_id = member.playbook_id
                 WHERE step.active AND step.moment = 'enter'
                """,
                members=self._query_members(self.ids, company, as_of),
            ),
        )

    def _note_members(self, as_of=None):
        """Begin to note who is in playbooks with a condition: those of today entered before.

        :param date as_of: None = today
        """
        members = self.env["customer.segmentation.playbook.member"].sudo()
        members.search([("playbook_id", "in", self.ids)]).unlink()
        conditioned = self.filtered(lambda playbook: playbook._has_condition())
        for playbook in conditioned:
            for company in playbook._companies():
                today = company._segmentation_today()
                playbook._update_members(company, as_of or today, since=None)

    def _update_members(self, company, as_of, since=False):
        """Note who is in these playbooks, which have a condition: two statements.

        :param date since: written on those who are new; False = ``as_of``
        """
        members = self._query_members(self.ids, company, as_of)
        noted = self.env["customer.segmentation.playbook.member"]
        noted.flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM customer_segmentation_playbook_member noted
                 WHERE noted.playbook_id = ANY(%(playbooks)s)
                   AND noted.company_id = %(company)s
                   AND (noted.playbook_id, noted.partner_id) NOT IN (
                       SELECT member.playbook_id, member.partner_id FROM (%(members)s) member)
                """,
                playbooks=self.ids,
                company=company.id,
                members=members,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_segmentation_playbook_member (
                    playbook_id, company_id, partner_id, date,
                    create_uid, create_date, write_uid, write_date)
                SELECT member.playbook_id, %(company)s, member.partner_id, %(since)s::date,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM (%(members)s) member
                    ON CONFLICT DO NOTHING
                """,
                company=company.id,
                since=as_of if since is False else since,
                uid=self.env.uid,
                members=members,
            )
        )
        noted.invalidate_model()

    def _query_member_moves(self, company, as_of):
        """Who is in a playbook with a condition and was not noted, and the other way round.

        Who has no profile any more (an objection) leaves without a step.
        """
        return SQL(
            """
            SELECT step.playbook_id, step.id AS step_id, move.partner_id,
                   NULL::int AS contact_id, move.moment
              FROM (
                   SELECT COALESCE(member.playbook_id, noted.playbook_id) AS playbook_id,
                          COALESCE(member.partner_id, noted.partner_id) AS partner_id,
                          CASE WHEN noted.id IS NULL THEN 'enter' ELSE 'leave' END AS moment
                     FROM (%(members)s) member
                FULL JOIN (SELECT * FROM customer_segmentation_playbook_member
                            WHERE company_id = %(company)s
                              AND playbook_id = ANY(%(playbooks)s)) noted
                       ON noted.playbook_id = member.playbook_id
                      AND noted.partner_id = member.partner_id
                    WHERE noted.id IS NULL OR member.partner_id IS NULL
                   ) move
              JOIN customer_segmentation_profile profile
                ON profile.partner_id = move.partner_id AND profile.company_id = %(company)s
              JOIN customer_segmentation_playbook_step step
                ON step.playbook_id = move.playbook_id AND step.active
             WHERE %(wanted)s
            """,
            members=self._query_members(self.ids, company, as_of),
            company=company.id,
            playbooks=self.ids,
            wanted=self._wanted_steps(),
        )

    def _wanted_steps(self):
        """The steps that a move asks for; a tag that is meant for members is taken on leaving."""
        return SQL(
            """(step.moment = move.moment
                OR (step.kind = 'tag' AND step.moment = 'enter' AND step.remove_on_leave
                    AND move.moment = 'leave'))"""
        )

    def _insert_events(self, company, as_of, causes, run=None, only_due=False):
        """Write the events of ``causes``, with the reason where one is not needed.

        :param SQL causes: rows of playbook_id, step_id, partner_id, contact_id, moment
        :param bool only_due: write no event that is not needed; the cause comes again tomorrow
        """
        self.env["customer.segmentation.playbook.event"].flush_model()
        self.env["mail.activity"].flush_model(["segmentation_event_id", "active"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_segmentation_playbook_event (
                    playbook_id, step_id, partner_id, contact_id, company_id, moment, date, run_id,
                    state, reason, done_date, create_uid, create_date, write_uid, write_date)
                SELECT cause.playbook_id, cause.step_id, cause.partner_id, cause.contact_id,
                       %(company)s, cause.moment, %(as_of)s, %(run)s,
                       CASE WHEN cause.reason IS NULL THEN 'queued' ELSE 'skipped' END,
                       cause.reason,
                       CASE WHEN cause.reason IS NOT NULL THEN %(as_of)s::date END,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM (%(judged)s) cause
                 WHERE %(wanted)s
                    ON CONFLICT DO NOTHING
                """,
                company=company.id,
                as_of=as_of,
                run=run and run.id,
                uid=self.env.uid,
                judged=self._query_judged(company, as_of, causes),
                wanted=SQL("cause.reason IS NULL") if only_due else SQL("TRUE"),
            )
        )
        self.env["customer.segmentation.playbook.event"].invalidate_model()

    def _query_judged(self, company, as_of, causes):
        """The causes, each with the reason why nothing has to be done for it, or none."""
        return SQL(
            """
            SELECT cause.*,
                   CASE WHEN former.open THEN 'open'
                        WHEN cause.moment NOT IN ('enter', 'leave') OR step.kind = 'tag' THEN NULL
                        WHEN former.last_date IS NOT NULL AND NOT playbook.reentry THEN 'reentry'
                        WHEN former.last_date + playbook.cooldown_days > %(as_of)s THEN 'cooldown'
                   END AS reason
              FROM (%(causes)s) cause
              JOIN customer_segmentation_playbook_step step ON step.id = cause.step_id
              JOIN customer_segmentation_playbook playbook ON playbook.id = cause.playbook_id
        CROSS JOIN LATERAL (
                   SELECT max(event.done_date) FILTER (WHERE event.state = 'done') AS last_date,
                          bool_or(event.state = 'queued' OR EXISTS (
                              SELECT 1 FROM mail_activity activity
                               WHERE activity.segmentation_event_id = event.id
                                 AND activity.active)) AS open
                     FROM customer_segmentation_playbook_event event
                    WHERE event.partner_id = cause.partner_id
                      AND event.step_id = cause.step_id
                      AND event.company_id = %(company)s
                      AND event.moment = cause.moment
                      AND event.contact_id IS NOT DISTINCT FROM
                          CASE WHEN cause.moment = 'birthday' THEN cause.contact_id
                               ELSE event.contact_id END
                   ) former
            """,
            causes=causes,
            as_of=as_of,
            company=company.id,
        )

    # Causes

    def _query_moves(self, run):
        """Who entered or left; the same day in and out again are two moments."""
        return SQL(
            """
            SELECT DISTINCT step.playbook_id, step.id AS step_id, move.partner_id,
                   NULL::int AS contact_id, move.moment
              FROM (
                   SELECT history.id, history.partner_id, playbook.id AS playbook_id,
                          CASE WHEN history.to_segment_id = playbook.segment_id
                               THEN 'enter' ELSE 'leave' END AS moment
                     FROM customer_segmentation_history history
                     JOIN customer_segmentation_playbook playbook
                       ON playbook.segment_id IN (history.from_segment_id, history.to_segment_id)
                      AND history.id > playbook.since_history_id
                    WHERE history.run_id = ANY(%(runs)s)
                      AND history.reason <> 'standards'
                      AND playbook.id = ANY(%(playbooks)s)
                   ) move
              JOIN customer_segmentation_playbook_step step
                ON step.playbook_id = move.playbook_id AND step.active
             WHERE %(wanted)s
            """,
            wanted=self._wanted_steps(),
            runs=(run | run._unacted_runs()).ids,
            playbooks=self.ids,
        )

    def _query_stays(self, run):
        """Members without contact for as long as a step says.

        Counted from the last contact, the last time this step came, and the day of entering,
        whichever is latest; who was never contacted is due at once.

        The contacts are materialized, here and below: the planner does not know the rows that
        this transaction has written, and would look them up again for each of them.
        """
        return SQL(
            """
            WITH contact AS MATERIALIZED (%(contacts)s)
            SELECT step.playbook_id, step.id AS step_id, member.partner_id,
                   NULL::int AS contact_id, 'stay' AS moment
              FROM (%(members)s) member
              JOIN customer_segmentation_playbook playbook ON playbook.id = member.playbook_id
              JOIN customer_segmentation_playbook_step step
                ON step.playbook_id = playbook.id
               AND step.active AND step.moment = 'stay' AND step.kind NOT IN %(standing)s
         LEFT JOIN LATERAL (
                   SELECT max(history.date) AS date,
                          max(history.id) FILTER (WHERE history.reason <> 'standards')
                              > playbook.since_history_id AS is_new
                     FROM customer_segmentation_history history
                    WHERE history.partner_id = member.partner_id
                      AND history.company_id = %(company)s
                      AND history.to_segment_id = playbook.segment_id
                   ) entered ON TRUE
         LEFT JOIN customer_segmentation_playbook_member noted
                ON noted.playbook_id = playbook.id
               AND noted.partner_id = member.partner_id
               AND noted.company_id = %(company)s
         LEFT JOIN LATERAL (
                   SELECT max(GREATEST(event.date, event.done_date)) AS date
                     FROM customer_segmentation_playbook_event event
                    WHERE event.partner_id = member.partner_id
                      AND event.step_id = step.id
                      AND event.company_id = %(company)s
                   ) former ON TRUE
         LEFT JOIN contact ON contact.partner_id = member.partner_id
             WHERE (NOT playbook.only_new_members
                    OR CASE WHEN noted.id IS NULL THEN entered.is_new
                            ELSE noted.date IS NOT NULL END)
               AND COALESCE(GREATEST(CASE WHEN noted.id IS NULL THEN entered.date
                                          ELSE noted.date END, former.date, contact.date)
                            + step.cadence_days <= %(as_of)s, TRUE)
            """,
            standing=self.env["customer.segmentation.playbook.step"]._standing_kinds(),
            members=self._query_members(self.ids, run.company_id, run.as_of),
            contacts=self._query_last_contact(run),
            company=run.company_id.id,
            as_of=run.as_of,
        )

    def _query_last_contact(self, run):
        """When one of us was last in contact with each customer of the company, up to the day."""
        profiles = self.env["customer.segmentation.profile"]
        return SQL(
            """
            SELECT profile.partner_id, LEAST(contact.day, %s::date) AS date
              FROM (%s) contact (profile_id, day)
              JOIN customer_segmentation_profile profile
                ON profile.id = contact.profile_id AND profile.company_id = %s
            """,
            run.as_of,
            profiles._query_last_contacts(),
            run.company_id.id,
        )

    def _query_birthdays(self, run):
        """People with a recorded consent whose birthday it is, or was within the last days."""
        days = self._birthdays(run.as_of)
        return SQL(
            """
            SELECT step.playbook_id, step.id AS step_id, contact.commercial_partner_id
                   AS partner_id, contact.id AS contact_id, 'birthday' AS moment
              FROM res_partner contact
              JOIN (VALUES %(days)s) today (birthday, day)
                ON today.birthday = to_char(contact.segmentation_birth_date, 'MMDD')
              JOIN customer_segmentation_profile profile
                ON profile.partner_id = contact.commercial_partner_id
               AND profile.company_id = %(company)s AND profile.active
              JOIN customer_segmentation_playbook playbook
                ON playbook.id = ANY(%(playbooks)s) AND playbook.on_since_date <= today.day
              JOIN customer_segmentation_playbook_step step
                ON step.playbook_id = playbook.id AND step.active AND step.moment = 'birthday'
             WHERE contact.active
               AND contact.segmentation_objected IS NOT TRUE
               AND contact.segmentation_consent_date <= %(as_of)s
               AND (playbook.id <> ALL(%(with_members)s)
                    OR (playbook.id, contact.commercial_partner_id) IN (
                       SELECT member.playbook_id, member.partner_id FROM (%(members)s) member))
               AND NOT EXISTS (
                   SELECT 1 FROM customer_segmentation_playbook_event event
                    WHERE event.contact_id = contact.id AND event.step_id = step.id
                      AND event.company_id = %(company)s AND event.moment = 'birthday'
                      AND event.date > %(as_of)s::date - %(apart)s)
            """,
            days=SQL(", ").join(SQL("(%s, %s::date)", *day) for day in days),
            company=run.company_id.id,
            playbooks=self.ids,
            as_of=run.as_of,
            members=self._query_members(self.ids, run.company_id, run.as_of),
            with_members=self.filtered(lambda playbook: playbook._has_members()).ids,
            apart=BIRTHDAY_APART_DAYS,
        )

    def _birthdays(self, as_of):
        """[(month and day, day it is kept)]; 29 February is kept on the 28th in other years."""
        days = [as_of - timedelta(days=days) for days in range(BIRTHDAY_CATCH_UP_DAYS + 1)]
        birthdays = [(day.strftime("%m%d"), day) for day in days]
        for day in days:
            if day == date(day.year, 2, 28) and not calendar.isleap(day.year):
                birthdays.append(("0229", day))
        return birthdays
