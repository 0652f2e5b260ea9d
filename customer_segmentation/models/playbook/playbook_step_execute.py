from collections import defaultdict
from datetime import timedelta

from odoo import Command, _, models
from odoo.tools import is_html_empty

MAIL_FIELDS = (
    "attachment_ids", "auto_delete", "body_html", "email_cc", "email_from", "mail_server_id",
    "model", "reply_to", "res_id", "scheduled_date", "subject",
)


class CustomerSegmentationPlaybookStep(models.Model):
    """How each kind of step is executed, for many customers at once."""

    _inherit = "customer.segmentation.playbook.step"

    def _execute(self, events, run, dry=False):
        """Do this step for the customers of ``events`` and settle the events.

        :param bool dry: everything is prepared, and nothing made
        :raise Exception: whatever goes wrong; the caller keeps the others going
        """
        self.ensure_one()
        execute = self._step_kinds()[self.kind].execute
        if execute:
            execute(events, run, dry)

    # Activities

    def _execute_activity(self, events, run, dry):
        self._make_activities(events, run, "_prepare_activity", dry)

    def _execute_plan(self, events, run, dry):
        self._make_activities(events, run, "_prepare_plan", dry)

    def _execute_pricelist(self, events, run, dry):
        has_it = events.filtered(
            lambda event: event.user_id
            and event._pricelist(event.company_id) == self.pricelist_id
        )
        has_it._settle("skipped", run.as_of, "has_pricelist")
        self._make_activities(events - has_it, run, "_prepare_proposal", dry)

    def _make_activities(self, events, run, prepare, dry):
        """Give the responsible of each event its activities.

        :param str prepare: the method ``(user, as_of)`` that returns what the activities of every
            customer have in common, a list of dict, in the language of the step
        """
        nobodys = events.filtered(lambda event: not event.user_id)
        nobodys._settle("failed", run.as_of, "no_responsible")
        events -= nobodys
        # one reading of all names: the activity asks for them one by one
        (events.contact_id | events.partner_id).mapped("display_name")
        # a batch for each line of a plan: Odoo subscribes a responsible once for each activity
        batches = defaultdict(list)
        for user, group in events.grouped("user_id").items():
            step = self.with_context(lang=user.lang or self.env.lang)
            for number, vals in enumerate(getattr(step, prepare)(user, run.as_of)):
                batches[number] += group._prepare_activities(vals)
        if not dry:
            # no mail for each of them: the salesperson finds them in the list of activities
            activities = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
            for vals_list in batches.values():
                activities.create(vals_list)
        events._settle("done", run.as_of)

    def _prepare_plan(self, user, as_of):
        return [self._prepare_of_plan(line, user, as_of) for line in self.plan_id.template_ids]

    def _prepare_proposal(self, user, as_of):
        proposal = _("Propose the pricelist %(name)s", name=self.pricelist_id.name)
        return [
            {**vals, "summary": vals["summary"] or proposal}
            for vals in self._prepare_activity(user, as_of)
        ]

    def _prepare_activity(self, user, as_of):
        return [
            {
                "activity_type_id": self.activity_type_id.id
                or self.env.ref("mail.mail_activity_data_todo").id,
                "summary": self.summary,
                "note": False if is_html_empty(self.note) else self.note,
                "date_deadline": as_of + timedelta(days=self.delay_days),
                "user_id": user.id,
            }
        ]

    def _prepare_of_plan(self, line, user, as_of):
        """The values of a line of an activity plan; "ask at launch" means our responsible."""
        day = as_of + timedelta(days=self.delay_days)
        named = line.responsible_id
        kind = line.activity_type_id
        summary = line.summary
        if not summary or summary == kind.with_context(lang="en_US").summary:
            summary = kind.summary  # the plan keeps one language, the type has all
        return {
            "activity_type_id": kind.id,
            "summary": summary,
            "note": line.note,
            "date_deadline": self.env["mail.activity"]._calculate_date_deadline(
                line.activity_type_id, force_base_date=day
            ),
            "user_id": (named if named._segmentation_works_in(self.env.company) else user).id,
        }

    # Messages

    def _execute_message(self, events, run, dry):
        recipients = events._find_recipients()
        for reason, group in events.grouped(
            lambda event: recipients[event] if isinstance(recipients[event], str) else None
        ).items():
            if reason:
                group._settle("skipped", run.as_of, reason)
        written = events.filtered(lambda event: not isinstance(recipients[event], str))
        if not written:
            return
        mails = self._write_mails([recipients[event] for event in written], run, dry)
        written._settle("done", run.as_of)
        if not dry:
            written._keep_mails(mails, [recipients[event].id for event in written])

    def _write_mails(self, recipients, run, dry):
        """Render the template for each recipient and queue the mails; the sender is the company.

        :param list recipients: contacts
        :return: mails in the same order; None in a dry run
        """
        template = self.template_id
        partners = self.env["res.partner"].union(*recipients)
        values_by_id = template._generate_template(partners.ids, MAIL_FIELDS)
        layout = template.email_layout_xmlid
        vals_list = []
        for partner in recipients:
            values = dict(values_by_id[partner.id])
            if layout:
                values["body_html"] = template._render_encapsulate(
                    layout,
                    values["body_html"],
                    add_context={"company": run.company_id},
                    context_record=partner,
                )
            values.update(
                email_from=values.get("email_from") or run.company_id.email_formatted,
                recipient_ids=[Command.link(partner.id)],
                attachment_ids=[Command.link(id_) for id_ in values.get("attachment_ids") or []],
                body=values["body_html"],
            )
            vals_list.append(values)
        if dry:
            return None
        return self.env["mail.mail"].create(vals_list)

    # Tags

    def _execute_tag(self, events, run, dry):
        leaving = events.filtered(
            lambda event: event.moment == "leave" and self.moment != "leave"
        )
        self._take_tag(leaving, run, dry)
        self._give_tag(events - leaving, run, dry)

    def _give_tag(self, events, run, dry):
        tagged = events.filtered(lambda event: self.category_id in event._subject().category_id)
        tagged._settle("skipped", run.as_of, "has_tag")
        events -= tagged
        if not dry:
            events._subjects().write({"category_id": [Command.link(self.category_id.id)]})
        events._settle("done", run.as_of)

    def _take_tag(self, events, run, dry):
        """Take the tag off again where this step gave it, and not a person before it."""
        groups = self.env["customer.segmentation.playbook.event"]._read_group(
            [
                ("step_id", "=", self.id),
                ("partner_id", "in", events.partner_id.ids),
                ("company_id", "=", run.company_id.id),
                ("moment", "=", self.moment),
                ("state", "=", "done"),
            ],
            ["partner_id"],
        )
        ours = {partner for [partner] in groups}
        taken = events.filtered(
            lambda event: event.partner_id in ours
            and self.category_id in event.partner_id.category_id
        )
        (events - taken)._settle("skipped", run.as_of, "no_tag")
        if not dry:
            taken.partner_id.write({"category_id": [Command.unlink(self.category_id.id)]})
        taken._settle("done", run.as_of)
