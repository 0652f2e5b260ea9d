"""An upgrade from the last version: clean log, nothing lost, nothing recomputed otherwise.

``tests/data`` holds the source of each former version that is to be upgraded, without
pictures. A database is made with it, filled, updated with
the present source, and compared.
"""

import json
import shutil
import subprocess
import sys
import tarfile

import addon
import databases
import instance
import paths

_FOLDER = paths.REPO / "tests" / "data"
_NAME = f"{paths.ADDON}_*.tar.xz"

# Customers, orders of three years, an own dimension, an override: then the day's run.
_FILL = """
from datetime import date, timedelta
day = date(2024, 6, 30)
company = env.company
env["customer.segmentation.criteria"]._get(company).write({"tz": "UTC"})
product = env["product.product"].create({"name": "Bracket"})
customers = env["res.partner"].create([{"name": f"Customer {n}"} for n in range(12)])
for number, customer in enumerate(customers[1:], start=1):
    for ago in range(5 * number, 900, 40 * number):
        order = env["sale.order"].create({
            "partner_id": customer.id,
            "order_line": [(0, 0, {"product_id": product.id, "price_unit": 100 * number})],
        })
        order.action_confirm()
        order.date_order = day - timedelta(days=ago)
dimension = env["customer.segmentation.dimension"].create({"name": "Loyalty", "code": "loyalty"})
env["customer.segmentation.segment"].create([
    {"dimension_id": dimension.id, "name": "Many", "domain": "[('order_count', '>', 5)]"},
    {"dimension_id": dimension.id, "name": "Few", "sequence": 20},
])
env.cr.commit()
runs = env["customer.segmentation.run"]
for ago in (60, 0):
    runs._recompute(company, as_of=day - timedelta(days=ago))
env["customer.segmentation.override"].sudo().create({
    "partner_id": customers[2].id, "company_id": company.id,
    "dimension_id": env.ref("customer_segmentation.dimension_value").id,
    "segment_id": env.ref("customer_segmentation.segment_value_c").id,
    "reason_id": env["customer.segmentation.override.reason"].search([], limit=1).id,
    "from_date": day,
})
assert runs._recompute(company, as_of=day).state == "done"
env.cr.commit()
"""
_RECOMPUTE = """
from datetime import date
run = env["customer.segmentation.run"]._recompute(env.company, as_of=date(2024, 6, 30))
print("RUN", run.state, run.rows_changed, run.history_count, run.message)
env.cr.commit()
"""
# What the old version kept, by the columns that it had.
_KEPT_TABLES = ("profile", "history", "override", "segment", "dimension", "criteria")
# What a version renames on purpose: table, column, the former English text and the new one.
_RENAMED = {
    ("segment", "name", "New", "New Sales"),
    (
        "segment",
        "description",
        "First order just now: see that it goes well and plan the second one.",
        "One order in the window, just now: see that it goes well and plan the next one. "
        "Whether it is the first, lifecycle says.",
    ),
    (
        "segment",
        "description",
        "One order not long ago: remind them of what else there is.",
        "One order in the window, not long ago: remind them of what else there is. "
        "Whether it is the first, lifecycle says.",
    ),
}
_VOLATILE = ("write_date", "write_uid", "create_uid", "create_date", "last_run_date")


def versions():
    """Return the archives of former versions, the oldest first."""
    return sorted(_FOLDER.glob(_NAME))


def checks(tree, server):
    """Upgrade from each former version; yield (what was checked, problems)."""
    for archive in versions():
        yield from _checks_of(tree, server, archive)


def _checks_of(tree, server, archive):
    version = archive.name.removesuffix(".tar.xz").rpartition("_")[2]
    name = f"test_{tree.series}_upgrade"
    folder = _unpack(tree, archive)
    old = instance.Odoo(tree, server, with_addon=False, extra_addons=[folder])
    new = instance.Odoo(tree, server)
    databases.create(old, name)
    try:
        addon.install(old, name)
        old.run(databases.log_file(old, f"{name}.fill"), "shell", "-d", name, stdin=_FILL)
        before = _snapshot(server, name)
        log = addon.update(new, name)
        yield f"upgrade from {version} logs no warning and no error", addon.bad_lines(
            log, tree.series
        )
        state = addon.state(new, name)
        yield f"is installed after the upgrade from {version}", (
            [] if state == "installed" else [f"its state is {state}"]
        )
        yield f"upgrade from {version} keeps what was there", _differences(
            before, _snapshot(server, name, before)
        )
        run_log = databases.log_file(new, f"{name}.run")
        said = new.run(run_log, "shell", "-d", name, stdin=_RECOMPUTE)
        told = [line for line in said.splitlines() if line.startswith("RUN")]
        yield f"a run after the upgrade from {version} changes nothing", (
            [] if told == ["RUN done 0 0 False"] else told or ["the run said nothing"]
        )
    finally:
        databases.drop(new, name)


def _unpack(tree, archive):
    """Put the former version, in the spelling of the series, into the cache."""
    source = paths.cache_sub("upgrade") / f"{tree.series}-{archive.name.removesuffix('.tar.xz')}"
    shutil.rmtree(source, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(source, filter="data")
    if tree.series == paths.SOURCE_SERIES:
        return source
    ported = source / "ported"
    script = paths.REPO / "dev" / "port.py"
    words = ["--series", tree.series, "--source", source / paths.ADDON, "--out", ported]
    done = subprocess.run(
        [sys.executable, script, *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise paths.ToolError(f"{archive.name} cannot be ported:\n{done.stdout}{done.stderr}")
    return ported


def _snapshot(server, name, like=None):
    """Return {table: {id: row as a dict}}; ``like`` narrows to the columns of a former one."""
    found = {}
    for table in _KEPT_TABLES:
        query = f"SELECT json_agg(t ORDER BY id) FROM customer_segmentation_{table} t"
        rows = json.loads(server.psql(query, name) or "null") or []
        columns = like and next(iter(like[table].values()), {}).keys()
        found[table] = {
            row["id"]: {
                key: value
                for key, value in row.items()
                if key not in _VOLATILE and (not columns or key in columns)
            }
            for row in rows
        }
    return found


def _differences(before, after):
    """Return what a row of before no longer is; new rows (new shipped segments) are welcome."""
    if not all(before[table] for table in ("profile", "history", "override")):
        return ["the former version kept nothing: this check says nothing"]
    return [
        f"{table} {row_id}: {changed}"
        for table, rows in before.items()
        for row_id, row in rows.items()
        if (changed := _changed(table, row, after[table].get(row_id)))
    ]


def _changed(table, row, now):
    if now is None:
        return "gone"
    return {
        key: (value, now.get(key))
        for key, value in row.items()
        if value != now.get(key) and not _is_renamed(table, key, value, now.get(key))
    }


def _is_renamed(table, key, value, now):
    return (
        isinstance(value, dict)
        and isinstance(now, dict)
        and (table, key, value.get("en_US"), now.get("en_US")) in _RENAMED
    )
