"""Databases made in a second by copying a template.

A template holds Odoo with the modules our addon needs, without the addon, in both
languages. It is built under another name and renamed when it is complete.
"""

import hashlib
import os
import re
import shutil

import locks
import paths
import venvs

BASE_MODULES = ["sale", "crm", "rating"]
LANGUAGES = "en_US,zh_CN"
_PREGENERATE = "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n"
_LAYOUT = "1"  # raise it when the recipe below changes


def check_name(name):
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,62}", name):
        raise paths.ToolError(
            f"{name!r} is no database name for these tools: use lower-case letters, "
            "digits, and . _ - (at most 63 in all)."
        )


def template(odoo, demo=False):
    """Return the name of the template database, built when there is none."""
    name = template_name(odoo.tree, demo)
    with locks.locked(name, waiting="waiting for another command to build a template"):
        if not exists(odoo.server, name):
            _build_template(odoo, name, demo)
    return name


def exists(server, name):
    return server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"


def create(odoo, name, demo=False):
    """(Re)create the database ``name`` as a copy of the template."""
    check_name(name)
    copy(odoo, template(odoo, demo), name)


def copy(odoo, source, name):
    """(Re)create the database ``name`` as a copy of ``source``."""
    drop(odoo, name)
    odoo.server.psql(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
    # files of a filestore are named by their content and never rewritten
    _copy_links(filestore(odoo, source), filestore(odoo, name))


def drop(odoo, name):
    check_name(name)
    odoo.server.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(filestore(odoo, name), ignore_errors=True)


def drop_like(odoo, start):
    """Drop every database whose name begins with ``start``."""
    names = odoo.server.psql("SELECT datname FROM pg_database").split()
    for name in names:
        if name.startswith(start):
            drop(odoo, name)


def rename(odoo, old, new):
    """Give a finished database its name, its files first."""
    target = filestore(odoo, new)
    shutil.rmtree(target, ignore_errors=True)
    if filestore(odoo, old).is_dir():
        filestore(odoo, old).rename(target)
    odoo.server.psql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')


def filestore(odoo, name):
    return odoo.data_dir / "filestore" / name


def log_file(odoo, name):
    return paths.cache_sub("log") / f"{odoo.tree.series}-{name}.log"


def template_name(tree, demo):
    parts = [_LAYOUT, str(tree.home), tree.version, LANGUAGES, ",".join(BASE_MODULES)]
    parts.append((venvs.REQUIREMENTS / f"{tree.series}.txt").read_text())
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
    return f"template_{tree.series}_{'demo' if demo else 'empty'}_{digest}"


def _build_template(odoo, name, demo):
    kind = "with" if demo else "without"
    venvs.python(odoo.tree.series)  # its progress lines come first
    paths.say(f"building a template: Odoo {odoo.tree.version} {kind} demo data")
    fresh = f"{name}_new"
    drop(odoo, fresh)
    log = log_file(odoo, name)
    odoo.run(
        log,
        *["-d", fresh, "-i", ",".join(BASE_MODULES), "--stop-after-init"],
        *["--load-language", LANGUAGES, *demo_option(odoo.tree.series, demo)],
    )
    paths.say("building its web assets")
    odoo.run(log.with_suffix(".assets.log"), "shell", "-d", fresh, stdin=_PREGENERATE)
    rename(odoo, fresh, name)


def demo_option(series, demo):
    """Demo data is on by default until 18.0, off from 19.0 on."""
    if float(series) >= 19:
        return ["--with-demo"] if demo else []
    return [] if demo else ["--without-demo=all"]


def _copy_links(source, target):
    """Copy a folder with hard links instead of copies of the files."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=os.link, dirs_exist_ok=True)
