"""Installing, updating and uninstalling our addon, and what must hold after it."""

import hashlib
import re
import subprocess
import sys

import databases
import paths

_BAD_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ")
# (series, pattern, reason) of lines that a fresh install of Odoo itself writes
KNOWN_LINES = []

_UNINSTALL = f"""
env["ir.module.module"].search([("name", "=", "{paths.ADDON}")]).button_immediate_uninstall()
env.cr.commit()
"""
# Demo data in use: playbooks on and their steps done, a favourite and activities of our types.
_USE = """
company = env.ref("base.main_company")
env["customer.segmentation.playbook"].search([]).action_resume()
env.cr.commit()
for _time in range(2):
    assert env["customer.segmentation.run"]._recompute(company).state != "failed"
profile = env["customer.segmentation.profile"].search([], limit=1)
env["ir.filters"].create({"name": "Mine", "model_id": profile._name})
dimension = env["customer.segmentation.dimension"].create({"name": "Own", "code": "own"})
env["customer.segmentation.segment"].create({"dimension_id": dimension.id, "name": "All"})
types = env["mail.activity.type"].search([])
for type_id in types.get_external_id().values():
    if type_id.startswith("customer_segmentation."):
        profile.partner_id.activity_schedule(type_id, user_id=env.uid)
env.cr.commit()
for table in ("override", "playbook_event", "history", "call", "pool_move"):
    env.cr.execute(f"SELECT count(*) FROM customer_segmentation_{table}")
    assert env.cr.fetchone()[0], f"the demo data uses no {table}"
"""
# What an uninstall must not leave, as rows of text.
_LEFT_BEHIND = f"""
SELECT 'table or view ' || table_name FROM information_schema.tables
 WHERE table_schema = 'public' AND table_name LIKE 'customer\\_segmentation%'
UNION ALL
SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
 WHERE table_schema = 'public' AND column_name LIKE '%segmentation\\_%'
UNION ALL
SELECT 'external id ' || name FROM ir_model_data WHERE module = '{paths.ADDON}'
UNION ALL
SELECT 'model ' || model FROM ir_model WHERE model LIKE 'customer.segmentation%'
UNION ALL
SELECT 'field ' || model || '.' || name FROM ir_model_fields
 WHERE name LIKE '%segmentation\\_%'
UNION ALL
SELECT 'parameter ' || key FROM ir_config_parameter
 WHERE key LIKE '{paths.ADDON}.%'
UNION ALL
SELECT 'index ' || indexname FROM pg_indexes
 WHERE schemaname = 'public' AND indexname LIKE '%segmentation%'
UNION ALL
SELECT 'constraint ' || conname FROM pg_constraint WHERE conname LIKE '%segmentation%'
UNION ALL
SELECT 'reflected constraint ' || name FROM ir_model_constraint
 WHERE name LIKE 'customer\\_segmentation%'
UNION ALL
SELECT 'favourite ' || name FROM ir_filters WHERE model_id LIKE 'customer.segmentation%'
UNION ALL
SELECT 'activity of ' || res_model FROM mail_activity
 WHERE res_model LIKE 'customer.segmentation%'
    OR activity_type_id NOT IN (SELECT id FROM mail_activity_type)
UNION ALL
SELECT 'message of ' || model FROM mail_message WHERE model LIKE 'customer.segmentation%'
UNION ALL
SELECT 'file of ' || res_model FROM ir_attachment
 WHERE res_model LIKE 'customer.segmentation%'
UNION ALL
SELECT 'function ' || proname FROM pg_proc WHERE proname LIKE '%segmentation%'
UNION ALL
SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE '%segmentation%'
ORDER BY 1
"""


def build(tree):
    """Make the addon's form for the series of ``tree`` and return its folder."""
    if tree.series != paths.SOURCE_SERIES:
        _port(paths.REPO / paths.ADDON, tree.series, paths.BUILD / tree.series)
    folder = tree.addon_parent / paths.ADDON
    if not (folder / "__manifest__.py").exists():
        raise paths.ToolError(f"There is no addon in {folder}: no __manifest__.py.")
    return folder


def build_example(tree):
    """Make the example's form for the series of ``tree`` and return the folder it stands in."""
    if tree.series == paths.SOURCE_SERIES:
        return paths.EXAMPLE_PARENT
    target = paths.BUILD / "example" / tree.series
    _port(paths.EXAMPLE_PARENT / paths.EXAMPLE, tree.series, target)
    return target


def _port(source, series, target):
    script = paths.REPO / "dev" / "port.py"
    if not script.exists():
        raise paths.ToolError("dev/port.py is missing: 17.0 can be used only.")
    done = subprocess.run(
        [sys.executable, script, "--series", series, "--source", source, "--out", target],
        capture_output=True,
        text=True,
        check=False,
        cwd=paths.REPO,
    )
    if done.returncode:
        raise paths.ToolError(
            f"{source.name} cannot be built for Odoo {series}:\n"
            + (done.stdout + done.stderr).strip()
        )


def install(odoo, name, demo=False, module=paths.ADDON):
    """Install the addon, or another, into the database ``name``; return the log."""
    log = databases.log_file(odoo, f"{name}.install")
    options = databases.demo_option(odoo.tree.series, demo)
    odoo.run(log, "-d", name, "-i", module, "--stop-after-init", *options)
    return log


def update(odoo, name, module=paths.ADDON):
    log = databases.log_file(odoo, f"{name}.update")
    odoo.run(log, "-d", name, "-u", module, "--stop-after-init")
    return log


def use(odoo, name):
    """Put the demo data to use, so that everything of ours is referred to from somewhere."""
    odoo.run(databases.log_file(odoo, f"{name}.use"), "shell", "-d", name, stdin=_USE)


def uninstall(odoo, name):
    """Uninstall the addon as the Apps menu does; return the log."""
    log = databases.log_file(odoo, f"{name}.uninstall")
    odoo.run(log, "shell", "-d", name, stdin=_UNINSTALL)
    return log


def state(odoo, name, module=paths.ADDON):
    """Return the state of the module, "" when Odoo does not know it.

    Odoo exits with 0 when a module was not installable.
    """
    return odoo.server.psql(f"SELECT state FROM ir_module_module WHERE name = '{module}'", name)


def left_behind(odoo, name):
    """Return what is left of the addon in a database it was uninstalled from."""
    return odoo.server.psql(_LEFT_BEHIND, name).splitlines()


def bad_lines(log, series):
    """Return the warnings and errors of a log, without Odoo's own known ones."""
    lines = log.read_text(errors="replace").splitlines()
    known = [re.compile(pattern) for of, pattern, _why in KNOWN_LINES if of == series]
    return [
        line
        for line in lines
        if _BAD_LINE.match(line) and not any(p.search(line) for p in known)
    ]


def source_digest(folder):
    """Return a digest of all files of a folder, to see whether it changed."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(folder)).encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
