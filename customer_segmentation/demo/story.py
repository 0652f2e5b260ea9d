"""The factory's last three months with the addon, lived through day by day.

Runs as of days in the past, people who set segments and call customers, playbooks switched on:
what the screens show comes from the addon's own methods. The public pool is told by its table.
"""

import random
from datetime import timedelta

from .orders import SEED
from .pool import open_pool

FIRST_AGE = 90  # of the first run, in days
STEP_DAYS = 3  # between runs; a multiple of it is a day of the story
REPLAY_MONTHS = 24
SOON_DAYS = 21  # an order within these was promised on the phone
GRACE_DAYS = 14
LEFT_AGES = {"bellweather": 69}
# Playbooks and the age at which they are switched on
SWITCHED_ON = {
    60: ("playbook_core", "playbook_at_risk", "playbook_birthday"),
    36: ("demo_playbook_bonus",),
}
PAUSED = {33: ("demo_playbook_bonus",)}
# Rules of the draft: segment, what it says, what it would say
WHAT_IF = [
    ("segment_value_a", "('accumulated_share', '<', 70)", "('accumulated_share', '<', 60)"),
    ("segment_lifecycle_at_risk", "('overdue_ratio', '>', 2)", "('overdue_ratio', '>', 1.3)"),
]
# Shares of the open calls, each day of the story
DONE, NOT_INTERESTED, TRIED = 0.25, 0.3, 0.5
ACTIVITIES_DONE = 0.8
SNOOZED = {"later": 2, "not_reached": 5, "waiting": 12}  # why, and for how many days


class Story:
    def __init__(self, factory):
        self.factory = factory
        self.env = factory.env
        self.company = factory.company
        self.random = random.Random(SEED)
        self.notes = {}
        for row in factory.rows("notes"):
            self.notes.setdefault((row.kind, row.code), []).append(row.note)
        # nobody works on the customers that go to the pool
        self.neglected = [factory.partner(row.partner_id) for row in factory.rows("pool")]
        self.users = self.env["res.users"].browse(map(factory.user, ("manager", "sales")))
        self.keys = {factory.partner(key): key for key in factory.customers}

    def tell(self):
        self._begin()
        for age in range(FIRST_AGE, 0, -STEP_DAYS):
            self._change_contacts(age)
            self._end_overrides(age)
            self._switch_playbooks(age)
            self._run(self.factory.day(age))
            self._do_activities(age)
            self._make_calls(age)
        open_pool(self.factory)
        self.env.ref("sales_team.team_sales_department").member_ids |= self.users
        self._run()
        self._snooze()
        self._try_draft()
        self.env["customer.segmentation.run"]._replay(self.company, REPLAY_MONTHS)

    # Before the first run

    def _begin(self):
        self.env.ref("customer_segmentation.dimension_rfm").grace_days = GRACE_DAYS
        later = [key for key, age in self.factory.known_since.items() if age < FIRST_AGE]
        self._partners(later).active = False
        self._partners(LEFT_AGES).active = True
        self._load_overrides()

    def _partners(self, keys):
        return self.env["res.partner"].browse(map(self.factory.partner, keys))

    def _load_overrides(self):
        """What people know better than the rules; what ended in these months ends in them."""
        overrides = self.factory.load_table(
            "overrides", "customer.segmentation.override", "demo_override_{partner_id}",
            self._override,
        )
        self.ended = {
            override: (override.ended_by_id, override.ended_date)
            for override in overrides
            if override.ended_date and override.ended_date > self.factory.day(FIRST_AGE)
        }
        for override in self.ended:
            override.write({"active": True, "ended_date": False, "ended_by_id": False})

    def _override(self, row):
        return {
            "dimension_id": self.factory.ref(f"dimension_{row.segment_id.split('_')[0]}"),
            "overruled_segment_id": self.factory.ref(f"segment_{row.rule_segment_id}"),
            "active": not row.ended_date,
        }

    # What a day brings

    def _change_contacts(self, age):
        """Contacts that are known by now come, others are archived."""
        known = self.factory.known_since
        came = [key for key in known if age <= known[key] < age + STEP_DAYS]
        self._partners(came).active = True
        self._partners(key for key, left in LEFT_AGES.items() if left == age).active = False

    def _end_overrides(self, age):
        for override, (user, day) in self.ended.items():
            if override.active and day <= self.factory.day(age):
                override._end(user, day)

    def _switch_playbooks(self, age):
        on, off = self._playbooks(SWITCHED_ON, age), self._playbooks(PAUSED, age)
        on.user_id = self.users[0]
        on._switch_on(self.factory.day(age))
        off.action_pause()

    def _playbooks(self, table, age):
        ids = map(self.factory.ref, table.get(age, ()))
        return self.env["customer.segmentation.playbook"].browse(ids)

    def _run(self, as_of=None):
        run = self.env["customer.segmentation.run"]._recompute(self.company, as_of=as_of)
        if run.state == "failed":
            raise ValueError(run.message)

    # What people do

    def _do_activities(self, age):
        """Do what playbooks planned for these days, most of it; the chatter tells the day."""
        due = self.env["mail.activity"].search(
            [
                ("segmentation_event_id", "!=", False),
                ("date_deadline", "<", self.factory.day(age - STEP_DAYS)),
                ("res_id", "not in", self.neglected),
            ],
            order="id",
        )
        for activity in due:
            if self.random.random() < ACTIVITIES_DONE:
                note = self.random.choice(self.notes["activity", ""])
                own = activity.with_user(activity.user_id)
                message = self.env["mail.message"].browse(own.action_feedback(feedback=note))
                message.date = self.factory.moment(age - 1)

    def _make_calls(self, age):
        """Handle some of the open calls; the others order by themselves, or wait."""
        open_calls = self.env["customer.segmentation.call"].search(
            [("state", "=", "open"), ("partner_id", "not in", self.neglected)], order="id"
        )
        for call in open_calls:
            drawn = self.random.random()
            if drawn < TRIED:
                call.attempt_count += 1
                call.attempt_date = self.factory.day(age)
            if drawn < DONE:
                self._close(call, age, "done", "outcome", self._outcome(call, age))
            elif drawn < NOT_INTERESTED:
                self._close(call, age, "not_interested", "answer", self._draw("answer"))

    def _close(self, call, age, state, kind, code):
        """Close a call as the buttons do, on a day in the past."""
        day, days = self.factory.day(age), f"call_{state}_days"
        quiet = timedelta(days=self.company.segmentation_criteria_id[days])
        answer_id = kind == "answer" and self.factory.ref(f"call_reason_{code}")
        call.with_user(call.user_id or self.users[0])._close(
            state,
            days,
            outcome=not answer_id and code,
            answer_id=answer_id,
            note=self.random.choice(self.notes[kind, code]),
            closed_date=day,
            quiet_until=day + quiet,
        )

    def _draw(self, kind):
        return self.random.choice(sorted({code for of, code in self.notes if of == kind}))

    def _outcome(self, call, age):
        """What the customer said: who ordered soon after had promised it."""
        key = self.keys.get(call.partner_id.id)
        ordered = any(
            order.customer == key and 0 < age - order.age <= SOON_DAYS
            for order in self.factory.orders
        )
        return "will_order" if ordered else self._draw("outcome")

    # Today

    def _snooze(self):
        """Some calls of today were tried and come back."""
        calls = self.env["customer.segmentation.call"].search(
            [
                ("state", "=", "open"),
                ("user_id", "!=", False),
                ("partner_id", "in", [*self.keys]),
                ("partner_id", "not in", self.neglected),
            ],
            order="id desc",
        )
        for call, (code, days) in zip(calls[::2], SNOOZED.items(), strict=False):
            call.with_user(call.user_id)._snooze(
                self.company._segmentation_today() + timedelta(days=days),
                self.env.ref(f"customer_segmentation.call_reason_{code}"),
                self.notes["later", code][0],
            )

    def _try_draft(self):
        """What if: fewer core customers, and a warning before a customer is at risk."""
        name = self.factory.say(
            "Core customers by 60 % of sales, at risk sooner",
            "核心客户按 60% 销售额，提前预警流失",
        )
        draft = self.factory.add(
            "customer.segmentation.draft",
            [("demo_draft", {"name": name, "company_id": self.company.id})],
        )
        for line in draft.line_ids:
            for segment, rule, other in WHAT_IF:
                if line.segment_id.id == self.factory.ref(segment):
                    line.domain = line.domain.replace(rule, other)
        draft.action_run()
