/** @odoo-module **/

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/**
 * A phone number of a call as a big button: it dials, has the call noted, and asks how it went.
 */
export class SegmentationCall extends Component {
    static template = "customer_segmentation.Call";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get number() {
        return this.props.record.data[this.props.name];
    }

    /** What a phone can dial: the digits, and the plus in front of them. */
    get href() {
        return `tel:${this.number.replace(/[^\d+*#]/g, "")}`;
    }

    /** Nor does the click open the row or the card. The link itself dials. */
    async onClick(ev) {
        ev.stopPropagation();
        const { record } = this.props;
        const action = await this.orm.call(record.resModel, "action_called", [[record.resId]]);
        await this.action.doAction(action, { onClose: () => record.model.root.load() });
    }
}

registry.category("fields").add("segmentation_call", {
    component: SegmentationCall,
    displayName: _t("Call button"),
    supportedTypes: ["char"],
});
