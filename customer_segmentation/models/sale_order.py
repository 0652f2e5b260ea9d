from odoo import fields, models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = [
        "sale.order",
        "customer.segmentation.guarded",
        "customer.segmentation.source",
        "customer.segmentation.mixin",
        "customer.segmentation.banner",
    ]

    # What the customer was on the day of the sale: past sales are read by the segment of then.
    segmentation_confirmed_value_segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Value at Confirmation",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="customer_segmentation.group_user",
    )
    segmentation_confirmed_lifecycle_segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Lifecycle at Confirmation",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="customer_segmentation.group_user",
    )

    def _segmentation_triggers(self):
        """Without the lines: they queue by themselves, and only those of a confirmed order."""
        return {"partner_id", "company_id", "state", "date_order", "currency_id", "pricelist_id"}

    def _segmentation_company_field(self):
        return "company_id"

    def _action_confirm(self):
        self._segmentation_keep_segments()
        return super()._action_confirm()

    def _segmentation_keep_segments(self):
        """Write on the orders the segments their customers have now, one write per pair."""
        orders = self.sudo()
        profiles = {
            (profile.partner_id, profile.company_id): profile
            for profile in orders.env["customer.segmentation.profile"].search(
                [
                    ("partner_id", "in", orders.partner_id.commercial_partner_id.ids),
                    ("company_id", "in", orders.company_id.ids),
                ]
            )
        }
        by_segments = {}
        nothing = orders.env["customer.segmentation.profile"]
        for order in orders:
            key = (order.partner_id.commercial_partner_id, order.company_id)
            profile = profiles.get(key, nothing)
            segments = (
                profile._segment_telling("value"),
                profile._segment_telling("lifecycle"),
            )
            kept = (
                order.segmentation_confirmed_value_segment_id,
                order.segmentation_confirmed_lifecycle_segment_id,
            )
            if segments != kept:  # of a former confirmation, or none
                by_segments.setdefault(segments, orders.browse())
                by_segments[segments] |= order
        for (value, lifecycle), confirmed in by_segments.items():
            confirmed.write(
                {
                    "segmentation_confirmed_value_segment_id": value.id,
                    "segmentation_confirmed_lifecycle_segment_id": lifecycle.id,
                }
            )
