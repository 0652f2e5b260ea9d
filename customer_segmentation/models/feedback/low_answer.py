from collections import namedtuple
from datetime import timedelta

from odoo import _, api, models
from odoo.tools import plaintext2html

MANAGER = "customer_segmentation.group_manager"
NEWS_DAYS = 30  # an older answer, as of an import, is nothing to act on at once

#: A low answer: of whom, and to which company. ``user`` is whom it was given to, or who noted it;
#: ``words`` is a function of nothing that tells the answer in the language of its environment.
LowAnswer = namedtuple("LowAnswer", "partner company user date words remark")


class CustomerSegmentationLowAnswer(models.AbstractModel):
    """A low answer becomes an activity at once: for the customer's salesperson, and for the
    manager too when it is a key customer. Nobody has two of them open for one customer.
    """

    _name = "customer.segmentation.low.answer"
    _description = "Follow-Up of Low Answers"

    @api.model
    def _follow_up(self, answers):
        """Make the activities of these low answers.

        :param list answers: of LowAnswer, the records with all rights
        :return: the new activities
        Cost: constant, but for what Odoo does for each activity and for each person asked.
        """
        today = {
            company: company._segmentation_today()
            for company in {answer.company for answer in answers}
        }
        news = timedelta(days=NEWS_DAYS)
        answers = [answer for answer in answers if today[answer.company] - answer.date <= news]
        if not answers:
            return self.env["mail.activity"]
        activity_type = self.env.ref(
            "customer_segmentation.mail_activity_low_answer", raise_if_not_found=False
        )
        if not activity_type:  # a manager has deleted it: nobody wants these activities
            return self.env["mail.activity"]
        key_customers = self._key_customers(answers)
        wanted = {}
        for answer in answers:
            is_key = (answer.partner, answer.company) in key_customers
            for user in self._responsible(answer, is_key):
                wanted.setdefault((answer.partner, user), answer)
        wanted = self._visible(self._without_open(wanted, activity_type))
        return self.env["mail.activity"].sudo().create(
            [
                self._prepare_activity_vals(
                    activity_type, partner, user, answer, today[answer.company]
                )
                for (partner, user), answer in wanted.items()
            ]
        )

    # Who

    @api.model
    def _key_customers(self, answers):
        """{(partner, company)} of those in a segment that means key customers."""
        profiles = self.env["customer.segmentation.profile"].sudo()
        found = profiles.search(
            [
                ("partner_id", "in", [answer.partner.id for answer in answers]),
                ("company_id", "in", [answer.company.id for answer in answers]),
                *profiles._domain_with_meaning("key"),
            ]
        )
        return {(profile.partner_id, profile.company_id) for profile in found}

    @api.model
    def _responsible(self, answer, is_key):
        """The customer's salesperson, else who got or noted the answer, else the manager.

        For a key customer the manager too.
        """
        company = answer.company
        salesperson = next(
            (
                user
                for user in (answer.partner.user_id, answer.user)
                if user._segmentation_works_in(company)
            ),
            answer.user.browse(),
        )
        if salesperson and not is_key:
            return salesperson
        return salesperson | self._manager_of(salesperson, company)

    @api.model
    def _manager_of(self, salesperson, company):
        """The leader of the salesperson's team, else the first manager of the company."""
        leader = salesperson.sale_team_id.user_id
        if leader != salesperson and leader._segmentation_works_in(company):
            return leader
        return self.env["res.users"].sudo().search(
            [
                ("groups_id", "in", self.env.ref(MANAGER).ids),
                ("company_ids", "in", company.ids),
                ("share", "=", False),
                ("id", "!=", salesperson.id),
            ],
            order="id",
            limit=1,
        )

    # What is left to do

    @api.model
    def _without_open(self, wanted, activity_type):
        open_activities = self.env["mail.activity"].sudo().search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", [partner.id for partner, _user in wanted]),
                ("activity_type_id", "=", activity_type.id),
            ]
        )
        taken = {(activity.res_id, activity.user_id) for activity in open_activities}
        return {
            (partner, user): answer
            for (partner, user), answer in wanted.items()
            if (partner.id, user) not in taken
        }

    @api.model
    def _visible(self, wanted):
        """Those whose customer the person may see: Odoo refuses an activity of what is hidden."""
        partner_ids = {partner.id for partner, _user in wanted}
        seen = {
            user: set(
                self.env["res.partner"]
                .with_user(user)
                .with_context(active_test=False, allowed_company_ids=user.company_ids.ids)
                .search([("id", "in", list(partner_ids))])
                .ids
            )
            for user in {user for _partner, user in wanted}
        }
        return {
            (partner, user): answer
            for (partner, user), answer in wanted.items()
            if partner.id in seen[user]
        }

    @api.model
    def _prepare_activity_vals(self, activity_type, partner, user, answer, today):
        """The activity, in the language of who is to do it."""
        speaking = self.with_context(lang=user.lang or "en_US")
        return {
            "activity_type_id": activity_type.id,
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": partner.id,
            "user_id": user.id,
            "date_deadline": today,
            "automated": True,
            "summary": speaking._summary(answer),
            "note": plaintext2html(answer.remark or ""),
        }

    @api.model
    def _summary(self, answer):
        return _("Low answer: %(answers)s", answers=answer.words(self.env.lang))
