from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request


class FeedbackStop(http.Controller):
    """The link in a question by mail with which a customer says: do not ask me again.

    Opening it asks for a click more, because mail programs open links to look behind them.
    """

    @http.route(
        "/segmentation/feedback/stop/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def stop(self, token, **_kwargs):
        asked = request.env["customer.segmentation.feedback.request"].sudo()
        asked = asked._by_token(token)
        if not asked:
            raise NotFound()
        if request.httprequest.method == "POST":
            asked._stop_asking()
        contact = asked.contact_id
        lang = contact.lang or request.env.lang
        view = request.env["ir.ui.view"].with_context(lang=lang)
        return view._render_template(
            "customer_segmentation.feedback_stop_page",
            {
                "token": token,
                "is_stopped": asked._is_stopped(),
                "company": asked.company_id,
            },
        )
