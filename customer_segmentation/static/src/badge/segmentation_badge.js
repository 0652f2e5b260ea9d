/** @odoo-module **/

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, onWillStart, useState } from "@odoo/owl";
import { useExplanation } from "./segmentation_explanation";

/**
 * The colours of the segments, asked for once per page: {segment id: Odoo colour number}.
 * A segment made since then gets its colour with the next page.
 */
const colorService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        let colors;
        return {
            load() {
                colors =
                    colors ||
                    orm.silent.call("customer.segmentation.segment", "get_colors", []).catch(() => {
                        colors = undefined;
                        return {};
                    });
                return colors;
            },
        };
    },
};
registry.category("services").add("customer_segmentation.colors", colorService);

/**
 * A segment as a coloured badge, in lists, cards and forms. Read-only: the run writes segments.
 * A click tells why the customer stands there.
 */
export class SegmentationBadge extends Component {
    static template = "customer_segmentation.Badge";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ colors: {} });
        const service = useService("customer_segmentation.colors");
        this.explanation = useExplanation();
        onWillStart(async () => {
            this.state.colors = await service.load();
        });
    }

    get segment() {
        const value = this.props.record.data[this.props.name];
        if (!value) {
            return null;
        }
        const [id, name] = Array.isArray(value) ? value : [value.id, value.display_name];
        return { id, name, color: this.state.colors[id] || 0 };
    }

    /** Which dimension it is: two may have segments of the same name. */
    get title() {
        const { record, name } = this.props;
        return _t("%s: why this segment?", record.fields[name].string);
    }

    /** Nor does the click open the row or the card. */
    onClick(ev) {
        const { record, name } = this.props;
        if (record.resId) {
            ev.stopPropagation();
            ev.preventDefault();
            this.explanation.open(ev.currentTarget, record.resModel, record.resId, name);
        }
    }
}

registry.category("fields").add("segmentation_badge", {
    component: SegmentationBadge,
    displayName: _t("Segment badge"),
    supportedTypes: ["many2one"],
});

/** A score from 1 to 5 as so many filled dots. */
export class SegmentationScore extends Component {
    static template = "customer_segmentation.Score";
    static props = { ...standardFieldProps };

    get score() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("segmentation_score", {
    component: SegmentationScore,
    displayName: _t("Score from 1 to 5"),
    supportedTypes: ["integer"],
});
