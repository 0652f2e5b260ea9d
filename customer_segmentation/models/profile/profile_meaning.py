from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.domain import FALSE_DOMAIN, TRUE_DOMAIN, any_of, flags_wanted, negation

#: Meanings of the segments of who has stopped buying
STOPPED = ("dormant", "lost")


class CustomerSegmentationProfile(models.Model):
    """What the customer's segments mean, of whatever dimension they are.

    A customer is lost, say, where one of its segments means that. What is in use is known from
    the cache: no statement is executed here.
    """

    _inherit = "customer.segmentation.profile"

    is_dormant_or_lost = fields.Boolean(
        "Dormant or Lost",
        compute="_compute_is_dormant_or_lost",
        search="_search_is_dormant_or_lost",
        help="In a segment of the lifecycle that means so.",
    )

    @api.depends("lifecycle_segment_id")
    def _compute_is_dormant_or_lost(self):
        for profile in self:
            profile.is_dormant_or_lost = bool(profile._segments_with_meaning(*STOPPED))

    @api.model
    def _search_is_dormant_or_lost(self, operator, value):
        wanted = flags_wanted(operator, value)
        if len(wanted) != 1:
            return TRUE_DOMAIN if wanted else FALSE_DOMAIN
        domain = self._domain_with_meaning(*STOPPED)
        return domain if True in wanted else negation(domain)

    @api.model
    def _columns_behind(self, names):
        """The columns of segments that these fields of a rule stand for.

        :param names: of fields that are named in rules
        :return: set of names of columns: their dimensions are evaluated first
        """
        if "is_dormant_or_lost" not in names:
            return set()
        segments = self.env["customer.segmentation.segment"]
        return {*segments._columns_with_meaning(*STOPPED)}

    def _segments_with_meaning(self, *meanings):
        """The customer's segments that mean one of these, in the order of their dimensions."""
        self.ensure_one()
        segments = self.env["customer.segmentation.segment"]
        for column, segment_ids in segments._columns_with_meaning(*meanings).items():
            segments |= self[column].filtered(lambda segment, ids=segment_ids: segment.id in ids)
        return segments

    def _segment_telling(self, subject):
        """The customer's segment in the dimension that tells the value or the lifecycle."""
        segments = self.env["customer.segmentation.segment"]
        column = self.env["customer.segmentation.dimension"]._column_telling(subject)
        return self[column] if column else segments

    @api.model
    def _domain_with_meaning(self, *meanings):
        """The profiles of customers in a segment that means one of these."""
        columns = self.env["customer.segmentation.segment"]._columns_with_meaning(*meanings)
        return any_of([(column, "in", ids)] for column, ids in columns.items())

    @api.model
    def _has_meaning(self, alias, *meanings):
        """Whether the profile ``alias`` is in a segment that means one of these, never NULL."""
        columns = self.env["customer.segmentation.segment"]._columns_with_meaning(*meanings)
        return SQL(
            "(%s)",
            SQL(" OR ").join(
                SQL("COALESCE(%s = ANY(%s), FALSE)", SQL.identifier(alias, column), ids)
                for column, ids in columns.items()
            )
            if columns
            else SQL("FALSE"),
        )
