/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const app = '.o_app[data-menu-xmlid="customer_segmentation.customer_segmentation_menu_root"]';
const card = (name) => `.o_kanban_record:contains("${name}")`;
const gone = (name) => look(`.o_kanban_view:not(:has(${card(name)}))`);
const inDialog = (trigger) => `.modal-content ${trigger}`;
const facet = (name) => `.o_searchview_facet:contains("${name}") .o_facet_remove`;
const filter = (name) => [
    click(".o_searchview_dropdown_toggler"),
    click(`.o_menu_item:contains("${name}")`),
];

/** The same on both screens: three customers leave the list by call, snooze and not interested. */
const handling = () => [
    look(`${card("Call Tour One")} strong:contains("240")`),
    look(`${card("Call Tour One")}:contains("Usually every 20 days, last 40 days ago")`),
    look(`${card("Call Tour One")} a.o_segmentation_call[href="tel:+49301234"]`),
    // the greatest stake comes first
    look('.o_kanban_record:eq(0):contains("Call Tour Three")'),
    click(`${card("Call Tour One")} a.o_segmentation_call`),
    click(inDialog('label:contains("Will order")')),
    click(inDialog('button[name="action_done"]')),
    gone("Call Tour One"),
    click(`${card("Call Tour Two")} button[name="action_snooze"]`),
    click(inDialog('label:contains("On holiday")')),
    click(inDialog('button[name="action_snooze_days"]:contains("1 Week")')),
    gone("Call Tour Two"),
    click(`${card("Call Tour Three")} button[name="action_not_interested"]`),
    click(inDialog('label:contains("Buys elsewhere")')),
    click(inDialog('button[name="action_not_interested"]')),
    gone("Call Tour Three"),
];

registry.category("web_tour.tours").add("customer_segmentation_call_list", {
    url: "/web",
    steps: () => [
        click(".o_navbar_apps_menu button"),
        click(app),
        ...handling(),
        // what was done today, and back again
        click(facet("To Do")),
        look(card("Call Tour Two")), // the snoozed one
        ...filter("Done Today"),
        gone("Call Tour Two"),
        click(`${card("Call Tour Three")} button[name="action_reopen"]`),
        gone("Call Tour Three"),
        click(facet("Done Today")),
        look(card("Call Tour Two")),
        ...filter("To Do"),
        gone("Call Tour Two"),
        look(card("Call Tour Three")),
        click(".o_switch_view.o_list"),
        look('.o_data_row:contains("Call Tour Three"):contains("Usually every 20 days")'),
        click('.o_data_row:contains("Call Tour Three") button[name="action_done"]'),
        look('.o_list_view:not(:has(.o_data_row:contains("Call Tour Three")))'),
    ],
});

registry.category("web_tour.tours").add("customer_segmentation_call_list_phone", {
    url: "/web",
    steps: () => [...handling()],
});

/** A manager reads who handled what. */
registry.category("web_tour.tours").add("customer_segmentation_call_analysis", {
    url: "/web",
    steps: () => [
        click(".o_navbar_apps_menu button"),
        click(app),
        click('[data-menu-xmlid="customer_segmentation.customer_segmentation_menu_reporting"]'),
        click('[data-menu-xmlid="customer_segmentation.customer_segmentation_call_report_menu"]'),
        look('.o_pivot th:contains("At Stake")'),
        look('.o_pivot th:contains("Share Handled")'),
        click(".o_switch_view.o_graph"),
        look(".o_graph_renderer canvas"),
        click(".o_switch_view.o_list"),
        look('.o_data_row:contains("Call Tour One")'),
    ],
});
