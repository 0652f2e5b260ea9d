/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const app = '.o_app[data-menu-xmlid="customer_segmentation.customer_segmentation_menu_root"]';
const customers = '[data-menu-xmlid="customer_segmentation.customer_segmentation_profile_menu"]';
const apps = () => [click(".o_navbar_apps_menu button"), click(app), click(customers)];
const badge = '.o_segmentation_badge:contains("At Risk")';
const why = ".o_segmentation_explanation";
const sentence = () => look(`${why}_sentence:contains("last order 74 days ago, 2.4 × the usual 31 days")`);

/** A salesperson asks of a badge why it is there, in the list and on the form. */
registry.category("web_tour.tours").add("customer_segmentation_why", {
    url: "/web",
    steps: () => [
        ...apps(),
        click(`.o_list_view .o_data_row:contains("Why Motors") ${badge}`),
        sentence(),
        look(`${why}:contains("Overdue Ratio > 2")`),
        look(`${why} .o_segmentation_note_later:contains("becomes Dormant on")`),
        look(`${why} .o_segmentation_note_order:contains("makes it Active")`),
        click(`${why} button:contains("Open the profile")`),
        click(`.o_form_view .oe_title ${badge}`),
        sentence(),
    ],
});

/** The same on a phone, in a dialog, on a card that does not open. */
registry.category("web_tour.tours").add("customer_segmentation_why_phone", {
    url: "/web",
    steps: () => [
        click(`.o_kanban_record:contains("Why Motors") ${badge}`),
        look(`.modal-title:contains("Why this segment?")`),
        sentence(),
        look(`${why} .o_segmentation_note_later:contains("becomes Dormant on")`),
    ],
});
