/** @odoo-module **/

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { onWillStart } from "@odoo/owl";

/**
 * Cards can be dragged where the columns are the segments of a dimension, and nowhere else.
 * Segments are read-only for people: a drop does not write, it opens the dialog that sets a
 * segment with a reason. The card stays in its column until a run has moved it.
 */
export class SegmentationKanbanRenderer extends KanbanRenderer {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.action = useService("action");
        this.segmentColumns = new Set();
        onWillStart(async () => {
            const dimensions = await this.orm.searchRead(
                "customer.segmentation.dimension",
                [],
                ["column_name"]
            );
            this.segmentColumns = new Set(dimensions.map((dimension) => dimension.column_name));
        });
    }

    get canResequenceRecords() {
        const { isGrouped, groupByField } = this.props.list;
        return Boolean(isGrouped && groupByField && this.segmentColumns.has(groupByField.name));
    }

    get canMoveRecords() {
        return this.canResequenceRecords;
    }

    async sortRecordDrop(dataRecordId, dataGroupId, { parent }) {
        const isOver = parent?.classList.contains("o_kanban_hover");
        parent?.classList.remove("o_kanban_hover");
        const { groups, groupByField, model } = this.props.list;
        const source = groups.find((group) => group.id === dataGroupId);
        const target = groups.find((group) => group.id === parent?.dataset.id);
        const record = source?.list.records.find(({ id }) => id === dataRecordId);
        if (!isOver || !record || !target?.value || target === source) {
            return;
        }
        const action = await this.orm.call(
            "customer.segmentation.profile",
            "action_move_to_segment",
            [[record.resId], groupByField.name, target.value]
        );
        await this.action.doAction(action, {
            onClose: (infos) => infos?.segment_was_set && model.load(),
        });
    }
}

registry.category("views").add("segmentation_kanban", {
    ...kanbanView,
    Renderer: SegmentationKanbanRenderer,
});
