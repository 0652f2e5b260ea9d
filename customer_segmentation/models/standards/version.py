from odoo import _, api, fields, models
from odoo.exceptions import AccessError

SEGMENT_FIELDS = (
    "name", "domain", "reached_by", "sequence", "rank", "color", "meaning", "parent_id", "active",
)
DIMENSION_FIELDS = ("name", "sequence", "grace_days", "active")


class CustomerSegmentationVersion(models.Model):
    """The classification standards as they were after a change: who changed what, and when.

    One row per transaction that changed a dimension, a segment or a company's limits. The
    snapshot holds everything that a rule stands on, so a former version can be put back.
    """

    _name = "customer.segmentation.version"
    _description = "Version of the Standards"
    _order = "id desc"

    summary = fields.Text("Changes", compute="_compute_summary")
    snapshot = fields.Json(readonly=True)
    user_id = fields.Many2one(
        "res.users", "Changed By", readonly=True, ondelete="set null",
    )
    is_current = fields.Boolean(compute="_compute_is_current")

    @api.depends("user_id")
    @api.depends_context("tz", "lang")
    def _compute_display_name(self):
        for version in self:
            moment = fields.Datetime.context_timestamp(version, version.create_date)
            version.display_name = f"{moment:%Y-%m-%d %H:%M}, {version.user_id.name}"

    @api.depends("snapshot")
    @api.depends_context("lang")
    def _compute_summary(self):
        """What changed against the version before, in the reader's language."""
        for version in self:
            former = self.sudo().search([("id", "<", version._origin.id)], limit=1)
            version.summary = (
                "\n".join(self._differences(former.snapshot, version.snapshot))
                if former
                else _("First version")
            )

    def _compute_is_current(self):
        current = self._current()
        for version in self:
            version.is_current = version == current

    @api.model
    def _current(self):
        return self.sudo().search([], limit=1)

    @api.model
    def _take_first(self):
        """Keep what the standards were before they are changed for the first time."""
        if not self.env.context.get("install_mode") and not self._current():
            self._take(self.env.ref("base.user_root"))

    @api.model
    def _take_later(self):
        """Have a version taken when the transaction commits, once for all its changes.

        What an installation or an update of the addon brings is no change of the standards: it
        is in the first version, or in that of the next change.
        """
        if self.env.context.get("install_mode"):
            return
        data = self.env.cr.precommit.data
        if not data.get("customer_segmentation_version"):
            data["customer_segmentation_version"] = True
            user = self.env.user
            versions = self.sudo().with_context(lang=self.env.lang or user.lang or "en_US")
            self.env.cr.precommit.add(lambda: versions._take(user))

    @api.model
    def _take(self, user=None):
        """Keep a version if the standards differ from the last one; return the current one."""
        self.env.cr.precommit.data.pop("customer_segmentation_version", None)
        current = self._current()
        snapshot = self._snapshot()
        if current and current.snapshot == snapshot:
            return current
        return self.sudo().create(
            {
                "snapshot": snapshot,
                "user_id": (user or self.env.user).id,
            }
        )

    @api.model
    def _snapshot(self):
        """Everything the rules stand on, by model and record id, as JSON would hold it."""
        env = self.sudo().with_context(active_test=False, lang="en_US").env
        limits = env["customer.segmentation.criteria"]
        return {
            "segments": {
                str(segment.id): {
                    "dimension_id": segment.dimension_id.id,
                    **{name: self._kept(segment, name) for name in SEGMENT_FIELDS},
                }
                for segment in env["customer.segmentation.segment"].search([])
            },
            "dimensions": {
                str(dimension.id): {name: dimension[name] for name in DIMENSION_FIELDS}
                for dimension in env["customer.segmentation.dimension"].search([])
            },
            "limits": {
                str(criteria.id): {
                    name: criteria[name]
                    for name in (*limits._limit_names(), "sales_source", "tz")
                }
                for criteria in limits.search([])
            },
        }

    @api.model
    def _kept(self, record, name):
        """The value of a field as a snapshot holds it: records by their id."""
        value = record[name]
        return value.id if record._fields[name].type == "many2one" else value

    @api.model
    def _shown(self, model, name, value):
        """A kept value for people: choices by their label, records by their name as long as they
        exist."""
        field = self.env[model]._fields.get(name)
        if value and field and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if not value or not field or field.type != "many2one":
            return value
        return self.env[field.comodel_name].browse(value).exists().display_name or value

    @api.model
    def _differences(self, before, after):
        """What changed between two snapshots, a line each."""
        models_by_part = {
            "segments": "customer.segmentation.segment",
            "dimensions": "customer.segmentation.dimension",
            "limits": "customer.segmentation.criteria",
        }
        lines = []
        for part, model in models_by_part.items():
            former, present = before.get(part, {}), after.get(part, {})
            labels = self.env[model].fields_get()
            for key in sorted({*former, *present}, key=int):
                old, new = former.get(key), present.get(key)
                if old == new:
                    continue
                # as people call it today, in the reader's language
                name = self.env[model].sudo().browse(int(key)).exists().display_name or (
                    new or old
                ).get("name", key)
                if old is None:
                    lines.append(_("%(name)s: added", name=name))
                elif new is None:
                    lines.append(_("%(name)s: removed", name=name))
                else:
                    lines += [
                        _(
                            "%(name)s, %(field)s: %(old)s → %(new)s",
                            name=name,
                            field=labels.get(field, {}).get("string", field),
                            old=self._shown(model, field, old[field]),
                            new=self._shown(model, field, new[field]),
                        )
                        for field in new
                        # versions of an older release keep fewer fields
                        if field in old and old[field] != new[field]
                    ]
        return lines

    def action_restore(self):
        """Put the standards back to this version; that is a new version itself.

        What was added since is archived, what is gone for good is left out.
        """
        if not self.env.user.has_group("customer_segmentation.group_manager"):
            raise AccessError(_("Only a segmentation manager can go back to a former version."))
        self.ensure_one()
        env = self.with_context(active_test=False, lang="en_US").env
        for part, model, names in (
            ("dimensions", "customer.segmentation.dimension", DIMENSION_FIELDS),
            ("segments", "customer.segmentation.segment", SEGMENT_FIELDS),
            ("limits", "customer.segmentation.criteria", None),
        ):
            kept = self.snapshot.get(part, {})
            for record in env[model].search([]):
                values = kept.get(str(record.id))
                if values is None:
                    values = {"active": False} if "active" in record._fields else {}
                names_here = names or values.keys()
                changed = {
                    name: values[name]
                    for name in names_here
                    if name in values and self._kept(record, name) != values[name]
                }
                parent_id = changed.get("parent_id")
                if parent_id and not record.browse(parent_id).exists():
                    del changed["parent_id"]  # gone for good
                if changed:
                    record.write(changed)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
