/** @odoo-module **/

import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onWillUnmount, xml } from "@odoo/owl";

const INTERVAL = 3000; // milliseconds

/** Shows a run that is under way as it goes on. */
export class SegmentationRefresh extends Component {
    static template = xml``;
    static props = { ...standardWidgetProps };

    setup() {
        const timer = setInterval(() => this.refresh(), INTERVAL);
        onWillUnmount(() => clearInterval(timer));
    }

    async refresh() {
        const { record } = this.props;
        if (["waiting", "running"].includes(record.data.state) && !document.hidden) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("segmentation_refresh", { component: SegmentationRefresh });
