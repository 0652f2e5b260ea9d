/** @odoo-module **/

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, useState } from "@odoo/owl";
import { useExplanation } from "../badge/segmentation_explanation";

const REMEMBERED = "customer_segmentation.banner";

/**
 * The customer at a glance, on orders and opportunities. The server has put everything into words.
 * What is urgent is always shown; advice and the rest fold away, on a phone from the start.
 */
export class SegmentationBanner extends Component {
    static template = "customer_segmentation.Banner";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.explanation = useExplanation();
        const remembered = browser.localStorage.getItem(REMEMBERED);
        const { isSmall } = useService("ui");
        this.state = useState({ isOpen: remembered ? remembered === "open" : !isSmall });
    }

    get banner() {
        return this.props.record.data[this.props.name] || null;
    }

    segments(first) {
        return this.banner.segments.filter((segment) => segment.first === first);
    }

    get hasDetails() {
        const { advice, needs } = this.banner;
        return Boolean(advice.length || needs.length || this.segments(false).length);
    }

    toggle() {
        this.state.isOpen = !this.state.isOpen;
        browser.localStorage.setItem(REMEMBERED, this.state.isOpen ? "open" : "closed");
    }

    explain(ev, segment) {
        this.explanation.open(
            ev.currentTarget,
            "customer.segmentation.profile",
            this.banner.profile_id,
            segment.field
        );
    }

    openComplaints() {
        const { partner_id, company_id } = this.banner;
        this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Open Complaints"),
            res_model: "customer.segmentation.feedback",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [
                ["partner_id", "=", partner_id],
                ["company_id", "=", company_id],
                ["is_open_complaint", "=", true],
            ],
        });
    }
}

registry.category("fields").add("segmentation_banner", {
    component: SegmentationBanner,
    displayName: _t("Customer at a glance"),
    supportedTypes: ["json"],
});
