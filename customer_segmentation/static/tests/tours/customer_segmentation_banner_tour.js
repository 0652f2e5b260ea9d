/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const type = (trigger, value) => ({
    trigger,
    timeout,
    run: (helpers) => (helpers.edit ? helpers.edit(value) : helpers.text(value)),
});
const banner = ".o_segmentation_banner";

/** A salesperson chooses the customer of a new quotation and reads who that is. */
registry.category("web_tour.tours").add("customer_segmentation_banner", {
    steps: () => [
        look(`.o_form_view:not(:has(${banner})) .o_field_widget[name="partner_id"]`),
        type('.o_field_widget[name="partner_id"] input', "Tour Banner"),
        click('.ui-autocomplete a:contains("Tour Banner")'),
        look(`${banner} .o_segmentation_badge:contains("Prospect")`),
        look(`${banner}_satisfaction:contains("No answers yet")`),
        look(`${banner}_complaints:contains("Open complaints: 1")`),
        look(`${banner}_advice:contains("Send the catalogue.")`),
        click(`${banner}_toggle`),
        look(`${banner}:not(:has(${banner}_advice))`),
        click(`${banner}_toggle`),
        look(`${banner}_advice`),
        // before the order is saved
        click(`${banner} .o_segmentation_badge:contains("Prospect")`),
        look('.o_segmentation_explanation:contains("Tour Banner")'),
        click(".o_form_button_cancel"),
        look(".o_list_view, .o_form_status_indicator_buttons.invisible"),
    ],
});
