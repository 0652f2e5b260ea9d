from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.query import Query

from ...tools.domain import any_of, negation
from ...tools.meanings import MEANINGS

PREFIX = "segmentation_"
GROUPS = "customer_segmentation.group_user"


class _Amount(fields.Monetary):
    """An amount of the profile, which the run has rounded: no currency is read to do it again."""

    def convert_to_cache(self, value, record, validate=True):
        return super().convert_to_cache(value, record, validate=False)


def _read_through(field_class, column, label, **kwargs):
    """A field that shows ``column`` of the customer's profile; the field must be named
    ``segmentation_<column>``."""
    return field_class(
        string=label,
        compute="_compute_segmentation",
        search=lambda self, operator, value: self._search_segmentation(
            self._segmentation_telling(column), operator, value
        ),
        groups=GROUPS,
        **kwargs,
    )


def _segment(column, label):
    return _read_through(
        fields.Many2one, column, label, comodel_name="customer.segmentation.segment"
    )


class CustomerSegmentationMixin(models.AbstractModel):
    """The customer's profile, read through from a contact, an order or an opportunity.

    Nothing is stored: the fields show, search, sort and group by the columns of the profile,
    joined in SQL. So a run never rewrites a contact or an order, and a list of them costs one
    query more. What the user may not see of the profiles stays empty.
    """

    _name = "customer.segmentation.mixin"
    _description = "Customer's Segments"

    segmentation_profile_id = _read_through(
        fields.Many2one, "id", "Customer Profile", comodel_name="customer.segmentation.profile"
    )
    segmentation_rfm_segment_id = _segment("rfm_segment_id", "RFM")
    segmentation_rfm8_segment_id = _segment("rfm8_segment_id", "RFM Eight")
    segmentation_value_segment_id = _segment("value_segment_id", "Value")
    segmentation_frequency_amount_segment_id = _segment(
        "frequency_amount_segment_id", "Frequency × Amount"
    )
    segmentation_lifecycle_segment_id = _segment("lifecycle_segment_id", "Lifecycle")
    segmentation_trend_segment_id = _segment("trend_segment_id", "Trend")
    segmentation_stage_segment_id = _segment("stage_segment_id", "Purchase Stage")
    segmentation_satisfaction_segment_id = _segment("satisfaction_segment_id", "Satisfaction")
    segmentation_type_segment_id = _segment("type_segment_id", "Customer Type")
    segmentation_size_segment_id = _segment("size_segment_id", "Company Size")
    segmentation_currency_id = fields.Many2one(
        "res.currency", compute="_compute_segmentation_currency_id"
    )
    segmentation_net_sales_12m = _read_through(
        _Amount,
        "net_sales_12m",
        "Net Sales (Window)",
        currency_field="segmentation_currency_id",
        group_operator="sum",
    )
    segmentation_order_count_12m = _read_through(
        fields.Integer, "order_count_12m", "Orders (Window)", group_operator="sum"
    )
    segmentation_last_order_date = _read_through(fields.Date, "last_order_date", "Last Order")
    segmentation_due_date = _read_through(fields.Date, "due_date", "Next Order Due")
    segmentation_trend_ratio = _read_through(
        fields.Float, "trend_ratio", "Sales Trend", group_operator="avg"
    )
    segmentation_satisfaction_score = _read_through(
        fields.Float, "satisfaction_score", "Satisfaction Score", digits=(16, 1),
        group_operator="avg",
    )
    segmentation_satisfaction_count = _read_through(
        fields.Integer, "satisfaction_count", "Satisfaction Answers", group_operator="sum"
    )

    # What a model says of itself

    def _segmentation_partner_path(self):
        """Path from the record to its commercial partner."""
        return "partner_id.commercial_partner_id"

    def _segmentation_company_field(self):
        """The field that names the record's company; None: the current company counts."""
        return None

    # Compute and search

    @api.model
    def _segmentation_column(self, fname):
        """The profile's column behind a field of this mixin; None for any other field."""
        field = self._fields.get(fname)
        if not field or field.compute != "_compute_segmentation":
            return None
        column = "id" if fname == "segmentation_profile_id" else fname[len(PREFIX) :]
        return self._segmentation_telling(column)

    @api.model
    def _segmentation_telling(self, column):
        """For value and lifecycle the column of the dimension which tells them, if there is one.

        That goes by the meanings of its segments. Any other column is the one it is.
        """
        subject = column.removesuffix("_segment_id")
        if subject not in MEANINGS:
            return column
        return self.env["customer.segmentation.dimension"]._column_telling(subject) or column

    def _segmentation_company(self):
        company_field = self._segmentation_company_field()
        return (company_field and self[company_field]) or self.env.company

    @api.depends_context("company")
    def _compute_segmentation_currency_id(self):
        for record in self:
            record.segmentation_currency_id = record._segmentation_company().currency_id

    @api.depends(lambda self: (self._segmentation_partner_path(),))
    @api.depends_context("company", "uid")
    def _compute_segmentation(self):
        """One query for all records and all fields."""
        path = self._segmentation_partner_path()
        columns = {
            fname: column for fname in self._fields if (column := self._segmentation_column(fname))
        }
        keys = {
            record: (record.mapped(path)._origin.id, record._segmentation_company().id)
            for record in self
        }
        Profile = self.env["customer.segmentation.profile"].with_context(active_test=True)
        partner_ids = [partner_id for partner_id, _company_id in keys.values() if partner_id]
        profiles = partner_ids and Profile.search_fetch(
            [
                ("partner_id", "in", partner_ids),
                ("company_id", "in", [company_id for _partner_id, company_id in keys.values()]),
            ],
            [
                "partner_id",
                "company_id",
                *(column for column in columns.values() if column != "id"),
            ],
        )
        by_key = {(profile.partner_id.id, profile.company_id.id): profile for profile in profiles}
        # assigned value by value, for each assignment costs more than the reading
        for fname, column in columns.items():
            ids_by_value = {}
            for record, key in keys.items():
                profile = by_key.get(key, Profile)
                value = profile if column == "id" else profile[column]
                ids_by_value.setdefault(value, []).append(record.id)
            for value, ids in ids_by_value.items():
                self.browse(ids)[fname] = value

    @api.model
    def _search_segmentation(self, column, operator, value):
        """A domain over the profiles the user may see.

        "Is not" and "is not set" are complements, so a record without a profile answers to them.
        """
        if operator == "!=" or operator.startswith("not "):
            positive = "=" if operator == "!=" else operator[len("not ") :]
            return negation(self._search_segmentation(column, positive, value))
        if operator == "in" and isinstance(value, Query):
            return self._segmentation_profile_leaf([(column, "in", value)])
        if operator in ("=", "in"):
            values = [value] if operator == "=" or not hasattr(value, "__iter__") else list(value)
            known = [item for item in values if item is not False and item is not None]
            domain = self._segmentation_profile_leaf([(column, "in", known)])
            if len(known) < len(values):
                is_set = self._segmentation_profile_leaf([(column, "!=", False)])
                domain = any_of([domain, negation(is_set)])
            return domain
        if column == "id" and operator == "any":
            return self._segmentation_profile_leaf(value)
        return self._segmentation_profile_leaf([(column, operator, value)])

    def _segmentation_profile_leaf(self, domain):
        """The records whose customer's profile, in the right company, meets ``domain``."""
        company_field = self._segmentation_company_field()
        if not company_field:
            return self._segmentation_customer_leaf(self.env.company, domain)
        return any_of(
            [
                [
                    (company_field, "=", company.id),
                    *self._segmentation_customer_leaf(company, domain),
                ]
                for company in self.env.companies
            ]
        )

    def _segmentation_customer_leaf(self, company, domain):
        """The profiles are searched with the rights of the user; which contacts they belong to
        is then no secret, but the way there is closed to everybody else."""
        profiles = self.env["customer.segmentation.profile"].with_context(active_test=True)
        visible = profiles._search([("company_id", "=", company.id), *domain])
        contacts = self.env["res.partner"].sudo().with_context(active_test=False)
        customers = contacts._search([("segmentation_profile_ids", "in", visible)])
        return [(self._segmentation_partner_path(), "in", customers)]

    # Sort and group

    def _segmentation_join(self, alias, query):
        """Join the profile to the query and return its alias."""
        profiles = self.env["customer.segmentation.profile"]
        contact_alias = alias
        if self._name != "res.partner":
            contact_alias = query.make_alias(alias, "segmentation_contact")
            query.add_join(
                "LEFT JOIN",
                contact_alias,
                "res_partner",
                SQL(
                    "%s = %s",
                    SQL.identifier(alias, "partner_id"),
                    SQL.identifier(contact_alias, "id"),
                ),
            )
        company_field = self._segmentation_company_field()
        company = (
            SQL.identifier(alias, company_field)
            if company_field
            else SQL("%s", self.env.company.id)
        )
        profile_alias = query.make_alias(alias, "segmentation_profile")
        condition = SQL(
            "%(profile)s = %(partner)s AND %(profile_company)s = %(company)s AND %(active)s",
            profile=SQL.identifier(profile_alias, "partner_id"),
            partner=SQL.identifier(contact_alias, "commercial_partner_id"),
            profile_company=SQL.identifier(profile_alias, "company_id"),
            company=company,
            active=SQL.identifier(profile_alias, "active"),
        )
        if not profiles._user_sees_all():
            visible = profiles._search([])
            condition = SQL(
                "%s AND %s IN %s",
                condition,
                SQL.identifier(profile_alias, "id"),
                visible.subselect(),
            )
        query.add_join("LEFT JOIN", profile_alias, profiles._table, condition)
        return profile_alias

    def _field_to_sql(self, alias, fname, query=None, *args, **kwargs):
        column = self._segmentation_column(fname)
        if not column or query is None:
            return super()._field_to_sql(alias, fname, query, *args, **kwargs)
        return SQL.identifier(self._segmentation_join(alias, query), column)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        column = self._segmentation_column(field_name)
        if not column:
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        return self.env["customer.segmentation.profile"]._order_field_to_sql(
            self._segmentation_join(alias, query), column, direction, nulls, query
        )
