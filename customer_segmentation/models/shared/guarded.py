from odoo import _, api, models, tools
from odoo.exceptions import AccessError


class CustomerSegmentationGuarded(models.AbstractModel):
    """A record some of whose fields the addon alone fills: the computed and the readonly ones.

    Odoo keeps people from them on its screens only: by a remote call, whoever may write the
    record could write a score, or the day on which something was closed. Here they are refused,
    but to code with all rights (``sudo``): a method that fills such a field asks for the rights
    first, and then writes with all.
    """

    _name = "customer.segmentation.guarded"
    _description = "Record with Fields Filled by the Application"

    @api.model
    @tools.ormcache()
    def _guarded_fields(self):
        """Names of the stored fields of this addon that people do not write."""
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.store
            and field.readonly
            and not field.inverse
            and name not in models.MAGIC_COLUMNS
            and "customer_segmentation" in field._modules
        )

    @api.model
    def _refuse_guarded(self, vals):
        """Refuse values of guarded fields.

        :raise AccessError: naming the first such field
        """
        refused = () if self.env.su else sorted(self._guarded_fields().intersection(vals))
        if refused:
            raise AccessError(
                _(
                    "%(field)s (%(model)s) is filled by the application and cannot be set.",
                    field=self._fields[refused[0]]._description_string(self.env),
                    model=self.env["ir.model"]._get(self._name).name,
                )
            )

    @api.model
    def default_get(self, fields_list):
        """Of guarded fields the model's own default, neither the caller's nor the user's."""
        guarded = () if self.env.su else self._guarded_fields().intersection(fields_list)
        defaults = super().default_get([name for name in fields_list if name not in guarded])
        for name in guarded:
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(field.default(self), self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if not self.env.su:
            for vals in vals_list or ():
                for name in self._guarded_fields().intersection(vals):
                    del vals[name]
        return vals_list

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_guarded(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_guarded(vals)
        return super().write(vals)
