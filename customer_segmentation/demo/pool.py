"""The public pool in use: some customers in it, some warned, one claimed.

Without demo data it is off.
"""

DATES = {False: "%m/%d/%Y", True: "%Y-%m-%d"}


def open_pool(factory):
    """Take salespeople off the customers of the pool, and load its rules and moves."""
    rows = factory.rows("pool")
    _take_off(factory, rows)
    rules = "customer.segmentation.pool.rule"
    factory.load_table("pool_rules", rules, "{key}", lambda row: {"condition": "all"})
    for row in rows:
        if row.kind == "warning":
            activity = [(f"demo_pool_activity_{row.partner_id}", _activity(factory, row))]
            factory.add("mail.activity", activity)
    # one by one: a release names the claim that ended it
    for row in rows:
        move = [(f"demo_pool_{row.kind}_{row.partner_id}", _move(factory, row))]
        factory.add("customer.segmentation.pool.move", move)


def _take_off(factory, rows):
    """Before there is a rule, for then a change of salesperson is a move of the pool."""
    partners = factory.env["res.partner"]
    for row in rows:
        partner = partners.browse(factory.partner(row.partner_id))
        partner.user_id = factory.user(row.new_user_id)
        partners |= partner
    # their orders are invoiced: an open one would protect them
    factory.env["sale.order"].search(
        [("partner_id", "in", partners.ids), ("state", "=", "sale")]
    ).invoice_status = "invoiced"


def _activity(factory, row):
    day = _write_day(factory, row.release_date)
    return {
        "res_model_id": factory.ref("base.model_res_partner"),
        "res_id": factory.partner(row.partner_id),
        "activity_type_id": factory.ref("mail.mail_activity_data_call"),
        "user_id": factory.user(row.new_user_id),
        "date_deadline": factory.day(int(row.release_date) + 1),
        "summary": factory.say(f"Goes to the public pool on {day}", f"将于 {day} 进入公海"),
        "note": _reason(factory, row),
    }


def _move(factory, row):
    by_kind = {}
    if row.kind == "warning":
        by_kind = {"activity_id": factory.ref(f"demo_pool_activity_{row.partner_id}")}
    elif row.kind == "claim":
        by_kind = {"user_id": factory.user(row.new_user_id), "claim_number": 1}
    elif row.new_user_id:  # released, and claimed since
        claim = factory.ref(f"demo_pool_claim_{row.partner_id}")
        by_kind = {"new_user_id": False, "closed_by_id": claim, "is_open": False}
    return {
        **factory.values("customer.segmentation.pool.move", row),
        "company_id": factory.company.id,
        "rule_id": factory.ref("demo_pool_rule"),
        "reason": _reason(factory, row),
        "is_open": True,
        **by_kind,
    }


def _reason(factory, row):
    """Why a customer was released, or is to be: the days as of the move."""
    if row.kind == "claim":
        return factory.say("Claimed from the public pool.", "从公海领取。")
    contact = factory.say("Last contact on %s, %s days ago.", "最近联系 %s，%s 天前。")
    sale = factory.say("Last sale on %s, %s days ago.", "最近成交 %s，%s 天前。")
    texts = ((row.contact_age, contact), (row.sale_age, sale))
    sentences = [
        text % (_write_day(factory, age), int(age) - int(row.date)) for age, text in texts if age
    ]
    return factory.say(" ", "").join(sentences)


def _write_day(factory, age):
    return factory.day(age).strftime(DATES[factory.chinese])
