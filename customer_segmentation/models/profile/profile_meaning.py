from odoo import api, models
from odoo.tools import SQL

from ...tools.domain import any_of


class CustomerSegmentationProfile(models.Model):
    """What the customer's segments mean, of whatever dimension they are.

    A customer is lost, say, where one of its segments means that. What is in use is known from
    the cache: no statement is executed here.
    """

    _inherit = "customer.segmentation.profile"

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
