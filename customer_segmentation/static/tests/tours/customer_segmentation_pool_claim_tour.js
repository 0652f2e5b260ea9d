/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const app = '.o_app[data-menu-xmlid="customer_segmentation.customer_segmentation_menu_root"]';
const pool = '[data-menu-xmlid="customer_segmentation.customer_segmentation_pool_menu"]';
const entry = (name) => `[data-menu-xmlid="customer_segmentation.customer_segmentation_pool_${name}"]`;
const card = '.o_kanban_record:contains("Tour Pool")';

/** A salesperson claims a customer of the public pool, finds it in the history, gives it back. */
registry.category("web_tour.tours").add("customer_segmentation_pool_claim", {
    url: "/web",
    steps: () => [
        click(".o_navbar_apps_menu button"),
        click(app),
        click(`.o_menu_sections ${pool}`),
        click(`.o-dropdown--menu ${entry("move_menu")}, .dropdown-menu ${entry("move_menu")}`),
        look(`${card}:contains("Former: Alice"):contains("No contact since")`),
        click(`${card} button[name="action_claim"]`),
        look('.o_notification:contains("Tour Pool is yours now.")'),
        look(`.o_kanban_renderer:not(:has(${card}))`),
        click(`.o_menu_sections ${pool}`),
        click(
            `.o-dropdown--menu ${entry("move_menu_history")}, .dropdown-menu ${entry("move_menu_history")}`
        ),
        look('.o_list_view .o_data_row:contains("Tour Pool"):contains("Claimed")'),
        click('.o_data_row:contains("Tour Pool") button[name="action_give_back"]'),
        look('.o_list_view .o_data_row:contains("Tour Pool"):contains("Given back")'),
    ],
});
