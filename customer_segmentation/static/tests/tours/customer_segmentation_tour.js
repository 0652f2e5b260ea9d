/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const app = '.o_app[data-menu-xmlid="customer_segmentation.customer_segmentation_menu_root"]';
const menu = (xmlid) => `[data-menu-xmlid="customer_segmentation.${xmlid}"]`;
// the call list is the app's home
const apps = () => [
    click(".o_navbar_apps_menu button"),
    click(app),
    click(menu("customer_segmentation_profile_menu")),
];
const reporting = () => click(menu("customer_segmentation_menu_reporting"));

/** A salesperson looks the customers up: list, card, profile, contact. */
registry.category("web_tour.tours").add("customer_segmentation_salesman", {
    url: "/web",
    steps: () => [
        ...apps(),
        look('.o_list_view .o_data_row .o_segmentation_badge:contains("Active")'),
        look('.o_search_panel:contains("Lifecycle") .o_search_panel_counter'),
        click(".o_switch_view.o_kanban"),
        look('.o_kanban_record .o_segmentation_badge:contains("Active")'),
        click('.o_kanban_record:contains("Tour Motors")'),
        look(".o_form_view .o_segmentation_score .fa-circle"),
        look('.o_form_view .o_data_row:contains("Lifecycle") .o_segmentation_badge'),
        click('button[name="action_open_partner"]'),
        look('button[name="action_segmentation_profile"]:contains("Segmentation")'),
        click('.o_form_view a[name="segmentation"]'),
        look('.tab-pane.active .o_data_row:contains("Lifecycle") .o_segmentation_badge'),
        look(".o-mail-Chatter"),
    ],
});

/** A manager recomputes, reads the segments and opens the criteria. */
registry.category("web_tour.tours").add("customer_segmentation_manager", {
    url: "/web",
    steps: () => [
        ...apps(),
        look(".o_list_view .o_data_row"),
        click('button[name="action_recompute"]'),
        look('.o_notification:contains("customers read")'),
        look(".o_list_view .o_data_row"),
        reporting(),
        click(menu("customer_segmentation_segment_menu")),
        look('.o_list_view .o_group_header:contains("Lifecycle")'),
        click('.o_data_row td[name="name"]:contains("At Risk")'),
        look('.o_form_view .o_field_domain:contains("Overdue Ratio")'),
        click(menu("customer_segmentation_menu_configuration")),
        click(menu("customer_segmentation_criteria_menu")),
        look('.o_form_view div[name="recency_days_5"]'),
        click(menu("customer_segmentation_menu_configuration")),
        click(menu("customer_segmentation_run_menu")),
        look('.o_list_view .o_data_row:contains("All customers")'),
    ],
});
