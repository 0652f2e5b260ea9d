/** @odoo-module **/

import { registry } from "@web/core/registry";

// a step may wait long: the machine that runs the tests may be a busy one
const timeout = 60000;
const look = (trigger) => ({ trigger, timeout, run() {} });
const click = (trigger) => ({ trigger, timeout, run: "click" });
const dialog = ".modal-content .o_segmentation_feedback_log";
const stars = (name, label) =>
    `${dialog} .o_field_widget[name="${name}"] a.o_priority_star[aria-label="${label}"]`;

/** Log feedback of the contact that is open: three clicks, the second one a star. */
const logInThreeClicks = [
    click('.o_form_view button[name="action_log_segmentation_feedback"]:not(.d-none)'),
    look(`${dialog} .o_field_widget[name="partner_id"]:contains("Tour Feedback")`),
    click(stars("service_rating", "Dissatisfied")),
    look(`${dialog} .o_field_widget[name="service_rating"] .fa-star:eq(1)`),
    click(".modal-content footer button.btn-primary"),
    look("body:not(:has(.modal))"),
];

registry.category("web_tour.tours").add("customer_segmentation_feedback", {
    steps: () => [
        ...logInThreeClicks,
        click('.o_form_view a[name="segmentation"]'),
        look('.o_field_widget[name="segmentation_feedback_ids"] .o_data_row:contains("25.0")'),
    ],
});

registry.category("web_tour.tours").add("customer_segmentation_feedback_phone", {
    steps: () => [
        ...logInThreeClicks,
        look('.o_form_view button[name="action_log_segmentation_feedback"]'),
    ],
});

/** After a call: done, and what the customer said, in one flow. */
registry.category("web_tour.tours").add("customer_segmentation_feedback_activity", {
    steps: () => [
        click(".o-mail-Activity .o-mail-Activity-markDone"),
        click(".o-mail-ActivityMarkAsDone .o_segmentation_log_feedback"),
        look(`${dialog} .o_field_widget[name="channel"] .o_selection_badge.active:contains("Phone")`),
        click(stars("product_rating", "Very satisfied")),
        click(".modal-content footer button.btn-primary"),
        look("body:not(:has(.modal)):not(:has(.o-mail-Activity))"),
    ],
});
