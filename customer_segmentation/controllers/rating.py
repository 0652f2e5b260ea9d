from werkzeug.exceptions import HTTPException

from odoo.addons.rating.controllers.main import Rating
from odoo.http import request


class SegmentationRating(Rating):
    """Odoo's route answers without login and knows no end; our own questions expire."""

    def _get_rating_and_record(self, token):
        rating, record = super()._get_rating_and_record(token)
        asked = request.env["customer.segmentation.feedback.request"].sudo()
        if asked._is_expired(rating):
            page = request.render(
                "customer_segmentation.feedback_link_expired",
                {"web_base_url": rating.get_base_url()},
            )
            page.flatten()
            page.status_code = 410  # gone
            raise HTTPException(response=page)
        return rating, record
