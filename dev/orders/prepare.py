"""What the documents refer to: the company, its customers and products, by the ORM."""

from odoo import SUPERUSER_ID

from .errors import NotEmptyError

CURRENCY = "GBP"
TIME_ZONE = "Europe/London"
RECORDS_PER_CREATE = 1000
# Names of the file that are not the English names of res.country.
COUNTRY_CODES = {
    "EIRE": "IE",
    "RSA": "ZA",
    "USA": "US",
    "Czech Republic": "CZ",
    "Channel Islands": None,  # Jersey and Guernsey are two countries
    "European Community": None,
    "Unspecified": None,
    "": None,
}


def prepare(env, order_file, progress):
    """Make the company the wholesaler of the file, with its customers and products.

    :return: (the loading environment, {CustomerID: id}, {StockCode: id})
    :raise NotEmptyError: the company has orders or journal entries
    """
    env = _loading_env(env)
    _check_fresh(env)
    _prepare_company(env)
    _prepare_precision(env, order_file)
    partners = _create_partners(env, order_file, progress)
    products = _create_products(env, order_file, progress)
    return env, partners, products


def _loading_env(env):
    """The documents belong to the administrator, not to OdooBot, who is no salesman."""
    if env.uid == SUPERUSER_ID:
        env = env(user=env.ref("base.user_admin").id, su=True)
    quiet = {
        "allowed_company_ids": env.company.ids,
        "tracking_disable": True,
        "mail_create_nosubscribe": True,
        "mail_create_nolog": True,
        "lang": "en_US",
    }
    return env(context={**env.context, **quiet})


def _check_fresh(env):
    """A second history would mix with the first, and the totals with both."""
    for model in ("sale.order", "account.move"):
        if env[model].search_count([("company_id", "=", env.company.id)]):
            raise NotEmptyError(
                f"Company {env.company.id} has records of {model}: "
                "an order history is loaded into a company without documents."
            )


def _prepare_company(env):
    """Accounts, currency, country and time zone of the wholesaler of the file."""
    company = env.company
    if not company.chart_template:
        chart = env["account.chart.template"]
        chart.try_loading("generic_coa", company, install_demo=False)
    currency = env.ref(f"base.{CURRENCY}")
    currency.active = True
    company.write({"currency_id": currency.id, "country_id": env.ref("base.uk").id})
    # The prices of the file are all there is to pay.
    company.account_sale_tax_id = False
    company.partner_id.tz = TIME_ZONE
    if "customer.segmentation.criteria" in env:
        company.segmentation_criteria_id.tz = TIME_ZONE


def _prepare_precision(env, order_file):
    precision = env.ref("product.decimal_price")
    digits = order_file.price_digits()
    if precision.digits < digits:
        precision.digits = digits


def _create_partners(env, order_file, progress):
    """:return: {CustomerID: id}"""
    progress(f"Creating {len(order_file.countries):,} customers")
    country_ids = _find_countries(env, set(order_file.countries.values()), progress)
    vals_list = [
        {
            "name": f"Customer {customer}",
            "ref": customer,
            "is_company": True,
            "customer_rank": 1,
            "country_id": country_ids[country],
        }
        for customer, country in sorted(order_file.countries.items())
    ]
    partners = _create(env["res.partner"], vals_list)
    return {partner.ref: partner.id for partner in partners}


def _create_products(env, order_file, progress):
    """:return: {StockCode: id}"""
    progress(f"Creating {len(order_file.products):,} products")
    vals_list = [
        {
            "default_code": code,
            "name": name,
            "list_price": float(price),
            "taxes_id": [(5,)],
            "supplier_taxes_id": [(5,)],
        }
        for code, (name, price) in sorted(order_file.products.items())
    ]
    products = _create(env["product.product"], vals_list)
    return {product.default_code: product.id for product in products}


def _create(model, vals_list):
    records = model
    for start in range(0, len(vals_list), RECORDS_PER_CREATE):
        records += model.create(vals_list[start : start + RECORDS_PER_CREATE])
    return records


def _find_countries(env, names, progress):
    """:return: {name in the file: country id or False}"""
    by_name = {country.name.lower(): country.id for country in env["res.country"].search([])}
    by_code = {country.code: country.id for country in env["res.country"].search([])}
    found = {}
    for name in sorted(names):
        if name in COUNTRY_CODES:
            found[name] = by_code.get(COUNTRY_CODES[name], False)
        else:
            found[name] = by_name.get(name.lower(), False)
    unknown = [name for name, country_id in found.items() if name and not country_id]
    if unknown:
        progress(f"  not a country in Odoo, left empty: {', '.join(unknown)}")
    return found
