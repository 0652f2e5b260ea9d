"""What ``make demo`` does inside Odoo's shell: move to China, load a history, classify, report."""

import orders

REPLAY_MONTHS = 24
REPORT_KEY = "customer_segmentation.demo_report"
HISTORY_END_KEY = "customer_segmentation.demo_history_end"


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


def load(env, path):
    """Load the order history; all or nothing."""
    try:
        result = orders.load(env, path, progress=_progress)
    except orders.LoadError as error:
        env.cr.rollback()
        raise DemoError(f"{path} was not loaded.\n{error}") from None
    env["ir.config_parameter"].set_param(HISTORY_END_KEY, str(result["last_day"]))
    env.cr.commit()


def move_to_china(env):
    """Make the database a Chinese factory's, before the addon comes: its language, no documents.

    Odoo's own demo data speaks English and keeps its books in dollars; the addon's demo data
    counts yuan where nothing is booked.
    """
    for model in ("account.bank.statement", "account.bank.statement.line"):
        env[model].search([]).unlink()
    moves = env["account.move"].search([])
    moves.filtered(lambda move: move.state == "posted").button_draft()
    moves.with_context(force_delete=True).unlink()
    orders = env["sale.order"].search([])
    orders._action_cancel()
    orders.unlink()
    env["crm.lead"].with_context(active_test=False).search([]).unlink()
    known = env["ir.model.data"].search(
        [("module", "=", "base"), ("model", "=", "res.partner"), ("name", "like", "res_partner_")]
    )
    env["res.partner"].browse(known.mapped("res_id")).active = False
    company = env.ref("base.main_company")
    company.write({"name": "苏州恒动传动设备有限公司", "country_id": env.ref("base.cn").id})
    company.partner_id.lang = "zh_CN"
    env.ref("base.user_admin").write({"name": "管理员", "lang": "zh_CN", "tz": "Asia/Shanghai"})
    env["ir.default"].set("res.partner", "lang", "zh_CN")
    env.cr.commit()


def classify(env):
    """Classify every company's customers and keep the table of the result.

    A loaded history is classified as of its last day; today it would be too old.
    """
    from odoo import fields

    end = env["ir.config_parameter"].get_param(HISTORY_END_KEY)
    as_of = fields.Date.to_date(end) if end else None
    texts = []
    for company in env["res.company"].search([]):
        run = env["customer.segmentation.run"]._recompute(company, as_of=as_of)
        if run.state == "failed":
            raise DemoError(f"{company.name}: the classification failed: {run.message}")
        _progress(f"{company.name}: {run.customers_read:,} customers in {run.seconds:.2f} s")
        if _has_orders(env, company):
            if end:  # the demo data tells its past by itself
                replay = env["customer.segmentation.run"]._replay(company, REPLAY_MONTHS)
                seconds = f"{replay.seconds:.1f} s"
                _progress(f"{company.name}: {REPLAY_MONTHS} months replayed in {seconds}")
            texts.append(report(env, company, run))
    parameters = env["ir.config_parameter"]
    parameters.search([("key", "=", HISTORY_END_KEY)]).unlink()
    parameters.set_param(REPORT_KEY, "\n\n".join(texts))
    env.cr.commit()


def _has_orders(env, company):
    """Companies of Odoo's own demo data without an order need no table."""
    domain = [("company_id", "=", company.id), ("order_count", ">", 0)]
    return env["customer.segmentation.profile"].search_count(domain, limit=1)


def report(env, company, run):
    """Return the table of a company: dimension, segment, customers, net sales."""
    profiles = env["customer.segmentation.profile"].search([("company_id", "=", company.id)])
    net = sum(profiles.mapped("net_sales"))
    lines = [
        f"{company.name}, {run.as_of}: {len(profiles):,} customers, "
        f"net sales {net:,.2f} {company.currency_id.name}",
        f"{'Dimension':<24}{'Segment':<30}{'Customers':>10}{'Net sales':>18}",
    ]
    # of the others, a customer may stand in several segments
    for dimension in env["customer.segmentation.dimension"].search([("kind", "!=", "multiple")]):
        lines += _dimension_lines(env, company, dimension)
    return "\n".join(lines)


def _dimension_lines(env, company, dimension):
    """One line per segment, none left out; a segment without customers shows 0."""
    column = f"{dimension.code}_segment_id"
    groups = env["customer.segmentation.profile"]._read_group(
        [("company_id", "=", company.id)], [column], ["__count", "net_sales:sum"]
    )
    found = {segment: (count, net) for segment, count, net in groups}
    name = dimension.name
    lines = []
    segments = env["customer.segmentation.segment"].search([("dimension_id", "=", dimension.id)])
    for segment in [*segments, *(s for s in found if s not in segments)]:
        count, net = found.get(segment, (0, 0.0))
        label = segment.name or "(none)"
        lines.append(f"{name:<24}{label:<30}{count:>10,}{net:>18,.2f}")
        name = ""
    return lines


def _progress(text):
    print(text, flush=True)
