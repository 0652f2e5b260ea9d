"""The records of the demo factory, in batches; English, or Chinese where Chinese is spoken."""

from datetime import datetime, time, timedelta
from functools import cached_property

from odoo import Command, fields

from . import orders
from .tables import read

ADDON = "customer_segmentation"
ARCHIVED = {"ferrum", "bellweather"}
PARENTS = {"huarui_vn": "huarui"}
YUAN = 7  # what a unit of money of the tables is worth in yuan
MONEY = {"list_price", "price_unit", "expected_revenue", "yearly_amount", "segmentation_turnover"}
LARGE_LEAD = 40000
KNOWN_BEFORE_DAYS = 25  # a customer's contact is older than its first document
QUESTION_DAYS = 60
USERS = {"sales": "demo_user_sales", "manager": "demo_user_manager", "demo": "base.user_demo"}
# What stands before a cell to make it an external id, by the model it refers to
PREFIXES = {
    "crm.stage": "crm.stage_lead",
    "customer.segmentation.override.reason": "override_reason_",
    "customer.segmentation.segment": "segment_",
    "product.category": "demo_category_",
    "res.country": "base.",
    "res.country.state": "base.state_",
    "res.currency": "base.",
    "res.partner": "demo_partner_",
    "res.partner.industry": "industry_",
}
# No mail, no chatter message, no follower for a document that is three years old
QUIET = {
    "tracking_disable": True,
    "no_reset_password": True,
    "sale_no_log_for_new_lines": True,
    "mail_activity_quick_update": True,
}


def complete(xmlid):
    return xmlid if "." in xmlid else f"{ADDON}.{xmlid}"


class Factory:
    """What the documents say; the days of the tables count back from ``today``."""

    def __init__(self, env):
        self.company = env.ref("base.main_company")
        owners = self.company.partner_id | env.ref("base.partner_admin")
        self.chinese = "zh_CN" in owners.mapped("lang")
        language = {"lang": "zh_CN"} if self.chinese else {}
        self.env = env(context={**env.context, **QUIET, **language})
        self.today = fields.Date.today()
        self.customers = {row.key: row for row in self.rows("customers")}
        self.orders = orders.build()

    def load(self):
        if self.chinese:
            self._settle_in_china()
        self.load_table("products", "product.product", "demo_product_{key}")
        self._load_customers()
        self._load_orders()
        self.load_table("leads", "crm.lead", "demo_lead_{partner_id}", self._lead)
        self._load_feedback()

    # Tools

    def rows(self, name):
        return read(name, self.chinese)

    def say(self, english, chinese):
        return chinese if self.chinese else english

    def money(self, amount):
        return amount * YUAN if self.chinese else amount

    def ref(self, xmlid):
        """The id of a record; False of none."""
        if not xmlid:
            return False
        data = self.env["ir.model.data"]
        return data._xmlid_to_res_id(complete(xmlid), raise_if_not_found=True)

    def partner(self, key):
        return self.ref(f"demo_partner_{key}")

    def user(self, key):
        """The id of a user of the tables; False = nobody."""
        return self.ref(key and USERS[key])

    def day(self, age):
        return self.today - timedelta(days=int(age))

    def moment(self, age, hour=10):
        """Around noon in Europe: the same day in nearly every time zone."""
        return datetime.combine(self.day(age), time(hour))

    def add(self, model, records):
        """Create records of a model at once.

        :param records: pairs of external id and values
        """
        return self.env[model]._load_records(
            [
                {"xml_id": complete(xmlid), "noupdate": True, "values": values}
                for xmlid, values in records
            ]
        )

    def load_table(self, table, model, xmlid, more=lambda row: {}):
        """Create the records of a table.

        :param str xmlid: format of the external ids: by columns, or by the row's ``line``
        :param more: function of a row that returns values beside those of its cells
        """
        owned = {"company_id": self.company.id} if model.startswith("customer.") else {}
        values = [
            (xmlid.format(**vars(row)), {**owned, **self.values(model, row), **more(row)})
            for row in self.rows(table)
        ]
        return self.add(model, values)

    def values(self, model, row):
        """What the cells of a row say of the fields that their columns are named after."""
        known = self.env[model]._fields
        return {
            name: self._convert(known[name], cell)
            for name, cell in vars(row).items()
            if cell and name in known
        }

    def _convert(self, field, cell):
        if field.type == "date":
            return self.day(cell)
        if field.type == "datetime":
            return self.moment(cell)
        if field.name in MONEY:
            return self.money(float(cell))
        if field.comodel_name == "res.users":
            return self.user(cell)
        if field.type == "many2one":
            return self.ref(PREFIXES[field.comodel_name] + cell)
        if field.type == "many2many":
            prefix = PREFIXES[field.comodel_name]
            return [Command.set([self.ref(prefix + word) for word in cell.split()])]
        return int(cell) if field.type in ("integer", "float") else cell

    # Where it stands

    def _settle_in_china(self):
        """Money in yuan where nothing is booked yet, days of China, words in Chinese."""
        # the addon's own translations come after its demo data, which speaks of segments
        self.env["ir.module.module"]._load_module_terms([ADDON], ["zh_CN"])
        yuan = self.env.ref("base.CNY")
        booked = self.env["account.move.line"].search_count(
            [("company_id", "=", self.company.id)], limit=1
        )
        if self.company.currency_id != yuan and not booked:
            yuan.active = True
            self.company.currency_id = yuan
            self.env["product.pricelist"].search([]).currency_id = yuan
        self.company.segmentation_criteria_id.tz = "Asia/Shanghai"
        users = self.env["res.users"].browse(map(self.user, USERS))
        users.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        for row in read("chinese"):
            self.env.ref(row.record)[row.field] = row.text
        for user in users:
            user.image_1920 = user.partner_id._avatar_generate_svg()  # of the name

    # To whom it sells

    def _load_customers(self):
        places = {row.key: row for row in read("places_zh" if self.chinese else "places")}
        rows = self.customers.values()
        customers = {row.key: self._customer(row, places[row.place]) for row in rows}
        self.add("res.partner", [(f"demo_partner_{key}", customers[key]) for key in customers])
        for key, parent in PARENTS.items():
            self.env.ref(complete(f"demo_partner_{key}")).parent_id = self.partner(parent)
        contacts = {row.key: self._contact(row) for row in rows if row.contact_name}
        self.add("res.partner", [(f"demo_contact_{key}", contacts[key]) for key in contacts])

    def _customer(self, row, place):
        is_company = bool(row.industry_id)
        person = row.key if self.chinese else row.name.split()[0].lower()
        mailbox = f"purchasing@{self._domain(row)}" if is_company else f"{person}@example.com"
        year = {"segmentation_turnover_year": self.today.year - 1}
        return {
            **self.values("res.partner", place),
            **self.values("res.partner", row),
            **(year if row.segmentation_turnover else {}),
            "is_company": is_company,
            "active": row.key not in ARCHIVED,
            "phone": f"{place.phone}{row.line - 1:02}",
            "email": mailbox,
            "create_date": self.moment(self.known_since[row.key]),
        }

    def _contact(self, row):
        words = [word for word in row.contact_name.lower().split() if not word.endswith(".")]
        mailbox = "contact" if self.chinese else ".".join(words)
        return {
            "name": row.contact_name,
            "parent_id": self.partner(row.key),
            "function": row.contact_function,
            "email": f"{mailbox}@{self._domain(row)}",
        }

    def _domain(self, row):
        return f"{row.key.replace('_', '-')}.example.com"

    @cached_property
    def known_since(self):
        """{customer: age of its contact in days}"""
        oldest = {order.customer: order.age for order in reversed(self.orders)}
        return {
            key: oldest.get(key, 20 + number % 9 * 15) + KNOWN_BEFORE_DAYS
            for number, key in enumerate(self.customers)
        }

    def _load_orders(self):
        notes = {row.kind: row.note for row in self.rows("documents")}
        self.add(
            "sale.order",
            [(order.key, self._order(order, notes.get(order.kind))) for order in self.orders],
        )

    def _order(self, order, note):
        person = "contact" if order.by_contact else "partner"
        return {
            "partner_id": self.ref(f"demo_{person}_{order.customer}"),
            "user_id": self.user(self.customers[order.customer].user_id),
            "state": order.state,
            "date_order": self.moment(order.age),
            "create_date": self.moment(order.age, hour=9),
            "client_order_ref": note or False,
            "order_line": [self._line(order, *line) for line in order.lines],
        }

    def _line(self, order, product, quantity, price):
        values = {
            "product_id": self.ref(f"demo_product_{product}"),
            "product_uom_qty": quantity,
            "price_unit": self.money(price),
        }
        return Command.create({**values, "discount": order.discount} if order.discount else values)

    def _lead(self, row):
        age = int(row.create_date)
        return {
            "type": "opportunity",
            "user_id": self.user(self.customers[row.partner_id].user_id),
            "priority": "2" if int(row.expected_revenue) >= LARGE_LEAD else "1",
            "active": row.outcome != "lost",
            **({"date_closed": self.moment(age // 2)} if row.outcome == "won" else {}),
            **({"date_deadline": self.day(-30 - age)} if row.outcome == "open" else {}),
        }

    # What they say

    def _load_feedback(self):
        """Rules are not in use, so that a demonstration sends no mail by itself."""
        name = "customer.segmentation.feedback"
        self.load_table(
            "feedback_rules", f"{name}.rule", "demo_feedback_rule_{line}",
            lambda row: {"active": False},
        )
        self.load_table("feedback", name, "demo_feedback_{line:02}", self._said)
        ratings = self.load_table(
            "ratings", "rating.rating", "demo_rating_{line:02}", self._rating
        )
        self._load_questions(ratings)
        self.load_table(
            "improvements", "customer.segmentation.action", "demo_action_{line:02}", self._action
        )
        self.load_table("categories", "product.category", "demo_category_{key}")
        self.load_table(
            "needs", "customer.segmentation.need.request", "demo_need_request_{line:02}",
            self._heard,
        )

    def _heard(self, row):
        """Whom a customer told it: the manager where it has no salesperson."""
        return {"user_id": self.user(self.customers[row.partner_id].user_id or "manager")}

    def _said(self, row):
        by_contact = row.line % 2 and self.customers[row.partner_id].contact_name
        contact = {"contact_id": self.ref(f"demo_contact_{row.partner_id}")} if by_contact else {}
        return {**self._heard(row), **contact}

    def _rating(self, row):
        order = self._order_before(row.partner_id, int(row.segmentation_rated_on))
        model = self.ref("sale.model_sale_order")
        return {"res_model_id": model, "res_id": order, "consumed": True}

    def _load_questions(self, ratings):
        """Questions sent by mail: those answered by a rating, and those without an answer."""
        questions = [
            {
                **self._question(row.partner_id, int(row.segmentation_rated_on), days=1),
                "state": "answered",
                "rating_id": rating.id,
            }
            for row, rating in zip(self.rows("ratings"), ratings, strict=True)
        ]
        model = "customer.segmentation.feedback.request"
        questions += [
            {**self.values(model, row), **self._question(row.partner_id, int(row.date))}
            for row in self.rows("questions")
        ]
        self.add(
            model,
            [(f"demo_feedback_request_{i:02}", values) for i, values in enumerate(questions, 1)],
        )

    def _question(self, customer, age, days=0):
        """Values of a question about the last order, sent so many days before ``age``."""
        return {
            "partner_id": self.partner(customer),
            "contact_id": self.partner(customer),
            "company_id": self.company.id,
            "rule_id": self.ref("demo_feedback_rule_1"),
            "order_id": self._order_before(customer, age),
            "date": self.day(age + days),
            "expire_date": self.day(age + days - QUESTION_DAYS),
        }

    def _order_before(self, customer, age):
        """The id of the customer's last confirmed order on that day."""
        before = [
            order
            for order in self.orders
            if order.customer == customer and order.state == "sale" and order.age >= age
        ]
        return self.ref(min(before, key=lambda order: order.age).key)

    def _action(self, row):
        heard = [said.partner_id for said in self.rows("feedback")]
        return {"feedback_id": self.ref(f"demo_feedback_{heard.index(row.partner_id) + 1:02}")}
