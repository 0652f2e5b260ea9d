/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const app = '.o_app[data-menu-xmlid="customer_segmentation.customer_segmentation_menu_root"]';
const customers = '[data-menu-xmlid="customer_segmentation.customer_segmentation_profile_menu"]';
const column = (name) => `.o_kanban_group:contains("${name}")`;
const card = '.o_kanban_record:contains("Tour Override")';
const drag = (trigger, target) => ({
    trigger,
    timeout,
    run: (helpers) =>
        helpers.drag_and_drop_native
            ? helpers.drag_and_drop_native(target)
            : helpers.drag_and_drop(target),
});

/** A salesperson drags a card to another segment, gives the reason, sees it and ends it. */
registry.category("web_tour.tours").add("customer_segmentation_override", {
    url: "/web",
    steps: () => [
        click(".o_navbar_apps_menu button"),
        click(app),
        click(customers),
        look(".o_list_view .o_data_row"),
        click(".o_switch_view.o_kanban"),
        // not grouped: nothing to drag
        look('.o_kanban_record:not(.o_draggable):contains("Tour Override")'),
        click(".o_searchview_dropdown_toggler"),
        click('.o_menu_item:contains("Lifecycle")'),
        look(`${column("Prospect")} .o_draggable:contains("Tour Override")`),
        drag(`${column("Prospect")} ${card}`, column("Active")),
        // cancelled: the card stays
        look('.modal-content .o_field_widget[name="customers"]:contains("Tour Override")'),
        click(".modal-content footer button.btn-secondary"),
        look(`body:not(:has(.modal)) ${column("Prospect")} ${card}`),
        drag(`${column("Prospect")} ${card}`, column("Active")),
        click('.modal-content .o_field_widget[name="reason_id"] input'),
        click('.ui-autocomplete a:contains("Strategic customer")'),
        click('.modal-content button[name="action_set"]'),
        look(`body:not(:has(.modal)) ${column("Active")} ${card}`),
        look('.o_notification:contains("Lifecycle of Tour Override: Active.")'),
        // on the name: a badge answers a click with its reasons
        click(`${column("Active")} ${card} strong`),
        look('.o_form_view .oe_title .o_segmentation_badge:contains("Active")'),
        click('.o_form_view a[name="history"]'),
        look('.tab-pane.active .o_data_row:contains("Active"):contains("Prospect")'),
        click('.o_form_view a[name="overrides"]'),
        look('.tab-pane.active .o_data_row:contains("Strategic customer"):contains("Prospect")'),
        click('.tab-pane.active .o_data_row button[name="action_end"]'),
        look('.o_form_view .oe_title .o_segmentation_badge:contains("Prospect")'),
        look('.tab-pane.active .o_data_row:not(:has(button[name="action_end"]))'),
    ],
});
