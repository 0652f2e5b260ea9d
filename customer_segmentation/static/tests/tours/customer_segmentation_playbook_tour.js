/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const card = '.o_kanban_record:contains("At Risk")';
const cell = '.modal-content .o_field_widget[name="line_ids"] .o_data_row:contains("Tour Sleeper")';

/** A manager looks at what a playbook would do, switches it on, sees it and pauses it again. */
registry.category("web_tour.tours").add("customer_segmentation_playbook", {
    steps: () => [
        look(`${card} .badge:contains("Paused")`),
        click(`${card} strong`),
        // the customer was at risk before, so it is not new
        click('.o_field_widget[name="only_new_members"] input'),
        look('.o_field_widget[name="only_new_members"] input:not(:checked)'),
        click('.o_form_statusbar button[name="action_dry_run"]'),
        look(`${cell}:contains("The usual order has not come")`),
        click(".modal-content footer button.btn-primary"),
        look("body:not(:has(.modal))"),
        click('.o_form_statusbar button[name="action_resume"]'),
        click(".modal-content footer button.btn-primary"),
        look('.o_field_widget[name="on_since_date"]'),
        click('.o_form_view a[name="events"]'),
        look('.tab-pane.active .o_data_row:contains("Tour Sleeper"):contains("Waiting")'),
        click('.o_form_statusbar button[name="action_pause"]'),
        look('.o_form_statusbar button[name="action_resume"]'),
    ],
});
