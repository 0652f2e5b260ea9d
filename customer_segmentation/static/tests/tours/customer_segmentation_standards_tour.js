/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const type = (trigger, text) => ({
    trigger,
    timeout,
    run: (helpers) => (helpers.edit ? helpers.edit(text) : helpers.text(text)),
});
const menu = (xmlid) => `[data-menu-xmlid="customer_segmentation.${xmlid}"]`;
const app = `.o_app${menu("customer_segmentation_menu_root")}`;
const configuration = (xmlid) => [
    click(menu("customer_segmentation_menu_configuration")),
    click(menu(xmlid)),
];
const newLine = ".o_field_x2many_list_row_add a";

const inDialog = (trigger) => `.modal-content ${trigger}`;
const closed = look("body:not(:has(.modal))");

/** A manager makes a dimension with two segments and sees customers in it. */
registry.category("web_tour.tours").add("customer_segmentation_own_dimension", {
    url: "/web",
    steps: () => [
        click(".o_navbar_apps_menu button"),
        click(app),
        look(menu("customer_segmentation_call_menu")),
        ...configuration("customer_segmentation_dimension_menu"),
        click(".o_list_button_add"),
        type('.o_form_view .o_field_widget[name="name"] input', "Credit Risk"),
        click(newLine),
        type(inDialog('.o_field_widget[name="name"] input'), "High Risk"),
        click(inDialog('a:contains("New Rule")')),
        look(inDialog('.o_field_domain:contains("Country")')),
        click(inDialog(".o_form_button_save")),
        closed,
        look('.o_data_row:contains("High Risk")'),
        click(newLine),
        type(inDialog('.o_field_widget[name="name"] input'), "Low Risk"),
        click(inDialog(".o_form_button_save")),
        closed,
        look('.o_data_row:contains("Low Risk")'),
        click(".o_form_button_save"),
        look('button[name="action_delete"]'),
        click('button[name="action_check_rules"]'),
        look('.o_notification:contains("Rule check")'),
        click(menu("customer_segmentation_profile_menu")),
        click('button[name="action_recompute"]'),
        look('.o_notification:contains("customers read")'),
        // the search panel keeps its sections as long as the screen is open
        click(menu("customer_segmentation_profile_menu")),
        look('.o_search_panel:contains("Credit Risk"):contains("Low Risk")'),
        click('.o_data_row td[name="partner_id"]:contains("Tour Motors")'),
        look('.o_form_view .o_data_row:contains("Credit Risk"):contains("Low Risk")'),
    ],
});

/** A manager tries another limit, sees who would move, and applies it. */
registry.category("web_tour.tours").add("customer_segmentation_what_if", {
    url: "/web",
    steps: () => [
        click(".o_navbar_apps_menu button"),
        click(app),
        look(menu("customer_segmentation_call_menu")),
        ...configuration("customer_segmentation_draft_menu"),
        click(".o_list_button_add"),
        click('a[name="limits"]'),
        type('.o_field_widget[name="frequency_4"] input', "4"),
        click('button[name="action_run"]'),
        look('button[name="action_open_moves"] .o_stat_value:not(:contains("0"))'),
        click('button[name="action_open_moves"]'),
        look('.o_pivot th:contains("Champions")'),
        click(".o_back_button, .breadcrumb-item:last a"),
        click('button[name="action_apply"]'),
        click(inDialog("footer .btn-primary")),
        look('.o_form_view:not(:has(button[name="action_apply"])) .o_field_statusbar'),
        ...configuration("customer_segmentation_version_menu"),
        look('.o_data_row:contains("6 → 4")'),
    ],
});

/** A manager replays the past and sees how the customers moved. */
registry.category("web_tour.tours").add("customer_segmentation_replay", {
    url: "/web",
    steps: () => [
        click(".o_navbar_apps_menu button"),
        click(app),
        look(menu("customer_segmentation_call_menu")),
        ...configuration("customer_segmentation_replay_wizard_menu"),
        type(inDialog('.o_field_widget[name="months"] input'), "6"),
        click(inDialog('button[name="action_replay"]')),
        look('.o_form_view .o_field_widget[name="months_done"]:contains("6")'),
        click('button[name="action_open_moves"]'),
        look('.o_data_row:contains("Tour Motors"):contains("Replayed")'),
        click(menu("customer_segmentation_menu_reporting")),
        click(menu("customer_segmentation_migration_wizard_menu")),
        click(inDialog('button[name="action_open"]')),
        look('.o_pivot th:contains("Prospect")'),
    ],
});
