from collections.abc import Iterable

from odoo import api, models

from .mixin import PREFIX


class Base(models.AbstractModel):
    """What a user may not read is not searched or grouped by either, on whatever way there.

    17.0 looks at the groups of every field a domain names. 18.0 looks where it writes a field's
    column into a statement: lists of records have none, so everybody could count by them. 19.0
    looks at lists too, and as 18.0 not at fields with a search of their own. Here it is asked for
    the fields that this addon gives to models of Odoo. Every model asks, because a path can lead
    from any of them to a contact without a search of contacts (``auto_join``).
    """

    _inherit = "base"

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su:
            self._segmentation_check_domain(domain)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _read_group(self, domain, groupby=(), *args, **kwargs):
        if not self.env.su:
            for spec in groupby:
                self._segmentation_check_path(spec.partition(":")[0])
        return super()._read_group(domain, groupby, *args, **kwargs)

    @api.model
    def _segmentation_check_domain(self, domain):
        """Refuse a domain on fields of this addon that the user may not read.

        :raise AccessError: naming the first such field
        """
        for leaf in domain if isinstance(domain, Iterable) else ():
            if not isinstance(leaf, (list, tuple)) or len(leaf) != 3:
                continue
            path, operator, value = leaf
            comodel = self._segmentation_check_path(path) if isinstance(path, str) else None
            is_domain = str(operator).lower() in ("any", "not any")
            if comodel is not None and is_domain and isinstance(value, (list, tuple)):
                comodel._segmentation_check_domain(value)

    @api.model
    def _segmentation_check_path(self, path):
        """Refuse a path as above; return the model at its end, None for a plain value."""
        model = self
        for name in path.split("."):
            field = model._fields.get(name)
            if field is None:
                return None  # Odoo will say so
            if name.startswith(PREFIX):
                model.browse().read([name])  # of no record: refused for the field alone
            if not field.relational:
                return None
            model = self.env[field.comodel_name]
        return model
