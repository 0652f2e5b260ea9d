/** @odoo-module **/

import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";
import { ActivityMarkAsDone } from "@mail/core/web/activity_markasdone_popover";

const MODELS = ["res.partner", "sale.order", "crm.lead"];
const CHANNELS = { phonecall: "phone", meeting: "visit" };

/** After a call or a visit: what the customer said is logged in the same flow. */
patch(ActivityMarkAsDone.prototype, {
    get canLogSegmentationFeedback() {
        return session.segmentation_logs_feedback && MODELS.includes(this.props.activity.res_model);
    },

    async onClickDoneAndLogFeedback() {
        // the popover is gone when the activity is done
        const { action, orm } = this.env.services;
        const { res_id, res_model, activity_category } = this.props.activity;
        const channel = CHANNELS[activity_category];
        const dialog = await orm.call(res_model, "action_log_segmentation_feedback", [res_id], {
            context: channel ? { default_channel: channel } : {},
        });
        await this.onClickDone();
        if (this.props.close) {
            this.props.close();
        }
        await action.doAction(dialog);
    },
});
