"""``make test`` and ``make test-all``: everything that must hold, on real Odoo.

For each series: the addon is built, installed on an empty database and on one with
demo data, its log, state and translations are checked, the tests run, the example
addon is installed and tested on top, and the uninstall is checked, also of demo data
in use. ``TESTS`` runs a part on databases that are kept.

Settings: SERIES, ODOO_HOME, TESTS, ARGS, FRESH=1, ALLOW_SKIPS=1.
"""

import os
import shlex
import sys
import xml.etree.ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import addon
import browser
import databases
import instance
import locks
import paths
import postgres
import translations
import upgrade
import venvs

_NOTHING_COLLECTED = 5  # pytest's exit status
_ORDINARY = ["-m", "not demo and not example"]


def main():
    trees = _all_trees() if "--all" in sys.argv[1:] else [_one_tree()]
    allow_skips = os.environ.get("ALLOW_SKIPS") == "1"
    total = Counter()
    with postgres.Server() as server:
        for tree in trees:
            total += _run_series(instance.Odoo(tree, server), allow_skips)
    print(f"{total['passed']} passed, {total['failed']} failed", flush=True)
    return 1 if total["failed"] or not total["passed"] else 0


def _one_tree():
    return instance.find(os.environ.get("SERIES") or None)


def _all_trees():
    """Return every tree found: ODOO_HOME's, those in the cache, the default's."""
    found = {}
    named = instance.named_tree()
    if named:
        found[named.series] = named
    for series in instance.known_series():
        tree = instance.read_tree(paths.cache_dir() / "odoo" / series)
        if tree:
            found.setdefault(tree.series, tree)
    default = paths.DEFAULT_SERIES
    if default not in found:
        found[default] = instance.find(default)
    for series in instance.known_series():
        if series not in found:
            paths.say(f"no Odoo {series} here (ODOO_HOME names none): not tested on it")
    return [found[series] for series in sorted(found)]


def _run_series(odoo, allow_skips):
    series = odoo.tree.series
    paths.say(f"Odoo {odoo.tree.version}: {odoo.tree.home}")
    addon.build(odoo.tree)
    run = SeriesRun(odoo, allow_skips)
    chosen = shlex.split(os.environ.get("TESTS", ""))
    is_part = bool(chosen or os.environ.get("ARGS"))
    lock = f"test-{series}{paths.TREE if is_part else ''}"
    with locks.locked(lock, waiting=f"waiting for another {series} test"):
        if is_part:
            run.part(chosen)
        else:
            run.everything()
    count = run.count
    paths.say(
        f"Odoo {series}: {count['passed']} passed, {count['failed']} failed, "
        f"{count['skipped']} skipped"
    )
    return count


class SeriesRun:
    """One series' checks and tests; ``count`` holds passed, failed, skipped."""

    def __init__(self, odoo, allow_skips):
        self.odoo = odoo
        self.series = odoo.tree.series
        self.count = Counter()
        self._allow_skips = allow_skips
        self._environment = odoo.env

    def prepare(self, kinds):
        """Fetch and build what is missing, side by side.

        :param kinds: the templates needed: False without, True with demo data
        """
        with ThreadPoolExecutor() as pool:
            looking_for_programs = pool.submit(browser.env)
            venvs.python(self.series)
            list(pool.map(lambda demo: databases.template(self.odoo, demo), kinds))
            self._environment = {**self.odoo.env, **looking_for_programs.result()}

    def everything(self):
        self.prepare([False, True])
        empty, demo = f"test_{self.series}", f"test_{self.series}_demo"
        tests = Counter()
        if self._install(empty, demo=False):
            self.check("translations are complete", translations.check(self.odoo, empty))
            tests += self._pytest(empty, _ORDINARY)
            if self._install_example(empty):
                tests += self._pytest(empty, ["-m", "example"])
            self._uninstall(empty)
        if self._install(demo, demo=True) and _has_tests("demo", []):
            tests += self._pytest(demo, ["-m", "demo"])
            self._uninstall_in_use(demo)
        if not tests["passed"] + tests["failed"]:
            self.check("tests ran", ["no test ran"])
        self._upgrade()
        for name in (empty, demo):
            databases.drop(self.odoo, name)

    def part(self, chosen):
        """Run some test files on databases that are kept between runs.

        The addon is updated when a file of it changed; FRESH=1 starts anew.
        """
        arguments = [*shlex.split(os.environ.get("ARGS", "")), *chosen]
        name = f"dev_{self.series}{paths.TREE}"
        self.prepare([])
        if self._prepare_kept(name, demo=False):
            self._pytest(name, [*_ORDINARY, *arguments], may_be_empty=True)
        if _has_tests("demo", chosen) and self._prepare_kept(f"{name}_demo", demo=True):
            demo_arguments = ["-m", "demo", *arguments]
            self._pytest(f"{name}_demo", demo_arguments, may_be_empty=True)
        if _has_tests("example", chosen):
            self._know_example()
            name = f"{name}_example"
            if self._prepare_kept(name, demo=False) and self._install_example(name):
                self._pytest(name, ["-m", "example", *arguments], may_be_empty=True)

    def check(self, what, problems):
        """Count one check of ours, and say what is wrong."""
        self.count["failed" if problems else "passed"] += 1
        paths.say(f"{'FAILED' if problems else 'ok'}: {what}")
        for problem in problems[:40]:
            print(f"    {problem}", flush=True)
        if len(problems) > 40:
            print(f"    … and {len(problems) - 40} more", flush=True)
        return not problems

    def _install(self, name, demo):
        """Install the addon on a fresh database; True when it is installed."""
        kind = "with demo data" if demo else "without demo data"
        paths.say(f"installing the addon {kind}")
        databases.create(self.odoo, name, demo)
        try:
            log = addon.install(self.odoo, name, demo)
        except paths.ToolError as error:
            return self.check(f"installs {kind}", str(error).splitlines())
        state = addon.state(self.odoo, name)
        wrong = [] if state == "installed" else [f"its state is {state or 'unknown'}"]
        bad = addon.bad_lines(log, self.series)
        self.check(f"install {kind} logs no warning and no error", bad)
        return self.check(f"is installed {kind}", wrong)

    def _know_example(self):
        """Put the example's folder on the addons path from here on: the uninstall needs it too."""
        folder = addon.build_example(self.odoo.tree)
        self.odoo = instance.Odoo(self.odoo.tree, self.odoo.server, extra_addons=[folder])

    def _install_example(self, name):
        """Install the addon that uses every hook; True when it is installed."""
        paths.say("installing the example of the hooks")
        self._know_example()
        is_there = addon.state(self.odoo, name, paths.EXAMPLE) == "installed"
        bring = addon.update if is_there else addon.install
        log = bring(self.odoo, name, module=paths.EXAMPLE)
        state = addon.state(self.odoo, name, paths.EXAMPLE)
        wrong = [] if state == "installed" else [f"its state is {state or 'unknown'}"]
        self.check("the example logs no warning and no error", addon.bad_lines(log, self.series))
        return self.check("the example is installed", wrong)

    def _uninstall(self, name):
        paths.say("uninstalling the addon")
        try:
            log = addon.uninstall(self.odoo, name)
        except paths.ToolError as error:
            self.check("uninstalls", str(error).splitlines())
            return
        bad = addon.bad_lines(log, self.series)
        self.check("uninstall logs no warning and no error", bad)
        left = addon.left_behind(self.odoo, name)
        state = addon.state(self.odoo, name)
        if state != "uninstalled":
            left.append(f"its state is {state}")
        self.check("uninstall leaves nothing behind", left)

    def _uninstall_in_use(self, name):
        """With playbooks, activities, overrides and an own dimension in use."""
        try:
            addon.use(self.odoo, name)
        except paths.ToolError as error:
            self.check("the demo data can be put to use", str(error).splitlines())
            return
        self._uninstall(name)

    def _upgrade(self):
        paths.say("upgrading from the former version")
        if not upgrade.versions():
            self.check("there is a former version to upgrade from", ["tests/data has none"])
        try:
            for what, problems in upgrade.checks(self.odoo.tree, self.odoo.server):
                self.check(what, problems)
        except paths.ToolError as error:
            self.check("upgrades", str(error).splitlines())

    def _prepare_kept(self, name, demo):
        digest = addon.source_digest(self.odoo.tree.addon_parent / paths.ADDON)
        template = databases.template_name(self.odoo.tree, demo)
        wanted = [str(paths.REPO), template, digest]
        stamp = paths.cache_sub("log") / f"{name}.made-from"
        made_from = stamp.read_text().splitlines() if stamp.exists() else []
        usable = (
            os.environ.get("FRESH") != "1"
            and made_from[:2] == wanted[:2]
            and databases.exists(self.odoo.server, name)
            and addon.state(self.odoo, name) == "installed"
        )
        if not usable:
            stamp.unlink(missing_ok=True)
            if not self._install(name, demo):
                return False
        elif made_from != wanted:
            paths.say("updating the addon (its files changed)")
            bad = addon.bad_lines(addon.update(self.odoo, name), self.series)
            self.check("update logs no warning and no error", bad)
        stamp.write_text("\n".join(wanted))
        return True

    def _pytest(self, name, arguments, may_be_empty=False):
        """Run pytest-odoo on the database; return and count its results."""
        paths.say(f"running the tests on {name}")
        report = paths.cache_sub("log") / f"{self.series}-{name}.tests.xml"
        report.unlink(missing_ok=True)
        command = [
            *[self.odoo.tree.python, "-m", "pytest", "-q", "-ra", "--odoo-http"],
            *["-c", paths.REPO / "pyproject.toml", "--rootdir", paths.REPO],
            *[f"--odoo-config={self.odoo.config}", f"--odoo-database={name}"],
            *[f"--odoo-extra=db-filter=^{name}$", f"--junitxml={report}"],
            *arguments,
        ]
        status = instance.foreground(
            [str(word) for word in command], env=self._environment, cwd=paths.REPO
        )
        if status < 0 or status == 2 and not report.exists():
            raise KeyboardInterrupt
        result = _read_report(report)
        empty_part = may_be_empty and status == _NOTHING_COLLECTED
        if status and not result["failed"] and not empty_part:
            self.check("pytest ends well", [f"its exit status is {status}"])
        if result["skipped"] and not self._allow_skips:
            self.check("no test is skipped", [f"{result['skipped']} (ALLOW_SKIPS=1 …)"])
        self.count += result
        return result


def _has_tests(mark, chosen):
    """Tell whether one of the test files is marked ``mark``."""
    files = [paths.REPO / word.partition("::")[0] for word in chosen]
    files = [f for f in files if f.exists()] or [paths.REPO / "tests"]
    files = [g for f in files for g in (f.rglob("test_*.py") if f.is_dir() else [f])]
    return any(f"mark.{mark}" in file.read_text() for file in files)


def _read_report(report):
    """Count the results in pytest's XML report."""
    count = Counter()
    if not report.exists():
        return count
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            count["failed"] += 1
        elif "skipped" in kinds:
            count["skipped"] += 1
        else:
            count["passed"] += 1
    return count


if __name__ == "__main__":
    paths.main(main)
