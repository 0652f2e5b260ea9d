/** @odoo-module **/

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { useService } from "@web/core/utils/hooks";
import { Component } from "@odoo/owl";

const ICONS = {
    then: "fa-history",
    before: "fa-history",
    later: "fa-clock-o",
    order: "fa-shopping-cart",
    person: "fa-user",
    warning: "fa-exclamation-triangle",
};

/** Why a customer stands in a segment; the server has put everything into words. */
export class SegmentationExplanation extends Component {
    static template = "customer_segmentation.Explanation";
    static props = { explanation: Object, close: { type: Function, optional: true } };

    setup() {
        this.action = useService("action");
        this.icons = ICONS;
    }

    openProfile() {
        this.props.close?.();
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "customer.segmentation.profile",
            res_id: this.props.explanation.profile_id,
            views: [[false, "form"]],
        });
    }
}

/** The same on a phone, where a popover has no room. */
export class SegmentationExplanationDialog extends Component {
    static template = "customer_segmentation.ExplanationDialog";
    static components = { Dialog, SegmentationExplanation };
    static props = { explanation: Object, close: Function };

    get title() {
        return _t("Why this segment?");
    }
}

/**
 * For a component that shows segments: ``open`` asks the server and shows the answer beside the
 * element, or in a dialog on a small screen. What the user may not see is refused by the server.
 */
export function useExplanation() {
    const orm = useService("orm");
    const dialog = useService("dialog");
    const ui = useService("ui");
    const popover = usePopover(SegmentationExplanation, {
        popoverClass: "o_segmentation_explanation_popover",
        position: "bottom",
    });
    return {
        async open(target, resModel, resId, fieldName) {
            const explanation = await orm.call("customer.segmentation.explanation", "explain", [
                resModel,
                resId,
                fieldName,
            ]);
            if (ui.isSmall) {
                dialog.add(SegmentationExplanationDialog, { explanation });
            } else if (target.isConnected) {
                popover.open(target, { explanation });
            }
        },
    };
}
