/** @odoo-module **/

import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/**
 * The form of a dimension. A dimension that is made, renamed or deleted changes the screens of the
 * profile, and the web client keeps the screens it has loaded. It forgets them whenever a filter is
 * changed; so no filter at all is deleted here.
 */
export class DimensionFormController extends FormController {
    setup() {
        super.setup();
        // not through useService: a button may have replaced this form before it is called
        this.ormOfDimension = this.env.services.orm;
    }

    forgetLoadedViews() {
        return this.ormOfDimension.call("ir.filters", "unlink", [[]]);
    }

    async onRecordSaved() {
        await super.onRecordSaved(...arguments);
        await this.forgetLoadedViews();
    }

    async afterExecuteActionButton() {
        await super.afterExecuteActionButton(...arguments);
        await this.forgetLoadedViews();
    }
}

registry.category("views").add("segmentation_dimension_form", {
    ...formView,
    Controller: DimensionFormController,
});
