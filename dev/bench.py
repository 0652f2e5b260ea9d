"""``make bench``: how fast the addon is, against bare SQL that does the same work.

A private PostgreSQL that waits for the disk (fsync), a database with the addon for each size,
generated orders, and medians of five or more runs. Ends with status 1 when a bar is missed.

Settings: SIZES=10000,100000,1000000  SERIES  ODOO_HOME  CACHE
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import addon
import bench_data
import databases
import instance
import locks
import paths
import postgres

SIZES = (10_000, 100_000, 1_000_000)
CONCURRENT_SECONDS = 15
_GROUPS = {"17.0": "groups_id", "18.0": "groups_id"}


@dataclass
class Row:
    """A line of the table; ``limit`` None: for information."""

    what: str
    value: float
    limit: float = None
    unit: str = ""
    note: str = ""

    @property
    def missed(self):
        return self.limit is not None and not self.value <= self.limit

    def cells(self):
        verdict = "" if self.limit is None else "MISSED" if self.missed else "ok"
        bar = "" if self.limit is None else f"≤ {_number(self.limit)}{self.unit}"
        return self.what, f"{_number(self.value)}{self.unit}", bar, verdict, self.note


class Measured:
    """What the worker measured on one size."""

    def __init__(self, size, measured):
        self.size = size
        self.load = os.getloadavg()[0]
        self.samples, self.facts = measured["samples"], measured["facts"]

    def __getitem__(self, name):
        return statistics.median(self.samples[name])

    def ratio(self, name, to):
        return self[name] / self[to]

    def all(self, name):
        return self.samples[name]


def main():
    sizes = _sizes()
    alone = locks.locked("bench", waiting="waiting for another benchmark")
    with postgres.Server(durable=True) as server, alone:
        odoo = instance.Odoo(_tree(), server)
        paths.say(f"Odoo {odoo.tree.version}: {odoo.tree.home}")
        paths.say(f"PostgreSQL's shared_buffers: {server.psql('SHOW shared_buffers')}")
        addon.build(odoo.tree)
        _prepare(odoo)
        measured = [_measure(odoo, size, size == sizes[-1]) for size in sizes]
        databases.drop(odoo, _name(odoo, "addon"))
    rows = _bars([one for one, _concurrent in measured])
    rows += _concurrency(measured[-1][1])
    _print_times([one for one, _concurrent in measured])
    _print_table(rows)
    _warn_of_load(measured)
    missed = sum(row.missed for row in rows)
    paths.say(f"{missed} bars missed" if missed else "every bar is met")
    return 1 if missed else 0


def _tree():
    """The tree of ODOO_HOME or SERIES, else the source's series where the cache has it."""
    series = os.environ.get("SERIES") or None
    if not series and not instance.named_tree():
        kept = instance.read_tree(paths.cache_dir() / "odoo" / paths.SOURCE_SERIES)
        if kept:
            return kept
    return instance.find(series)


def _sizes():
    wanted = os.environ.get("SIZES")
    try:
        sizes = [int(size) for size in wanted.split(",")] if wanted else list(SIZES)
    except ValueError:
        raise paths.ToolError(f"SIZES={wanted}: write SIZES=10000,100000") from None
    if min(sizes) < 5000:
        raise paths.ToolError("SIZES: 5000 orders are the least that mean something.")
    return sorted(sizes)


# Databases


def _name(odoo, what):
    return f"bench_{odoo.tree.series}_{what}"


def _prepare(odoo):
    """Make the database with Odoo (kept) and from it the one with the addon."""
    base = f"{databases.template_name(odoo.tree, False)}_bench"
    if not databases.exists(odoo.server, base):
        paths.say("installing Odoo")
        fresh = _name(odoo, "base")
        databases.drop(odoo, fresh)
        odoo.run(
            databases.log_file(odoo, fresh),
            *["-d", fresh, "-i", ",".join(databases.BASE_MODULES), "--stop-after-init"],
            *databases.demo_option(odoo.tree.series, demo=False),
        )
        groups = f"GROUPS = {_GROUPS.get(odoo.tree.series, 'group_ids')!r}\n"
        setup = groups + bench_data.SETUP
        odoo.run(databases.log_file(odoo, f"{fresh}.setup"), "shell", "-d", fresh, stdin=setup)
        odoo.server.psql(f'ALTER DATABASE "{fresh}" RENAME TO "{base}"')
    name = _name(odoo, "addon")
    paths.say("installing the addon")
    _copy(odoo, base, name)
    addon.install(odoo, name)
    if addon.state(odoo, name) != "installed":
        raise paths.ToolError("The addon is not installed; see the log of the installation.")


def _copy(odoo, source, name):
    databases.drop(odoo, name)
    odoo.server.psql(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')


def _measure(odoo, size, with_concurrency):
    """Generate, measure, drop; (Measured, result of the concurrency check or None)."""
    name = _name(odoo, size)
    paths.say(f"generating {size:,} orders")
    _copy(odoo, _name(odoo, "addon"), name)
    try:
        bench_data.generate(odoo.server, name, size)
        paths.say(f"measuring with {size:,} orders")
        measured = Measured(size, _worker(odoo, "bench_worker.py", name))
        concurrent = None
        if with_concurrency:
            paths.say("salespeople at work during the runs")
            concurrent = _worker(odoo, "bench_concurrency.py", name, CONCURRENT_SECONDS)
    finally:
        databases.drop(odoo, name)
    return measured, concurrent


def _worker(odoo, script, database, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "result.json"
        words = [odoo.tree.python, Path(__file__).with_name(script), odoo.config, database, target]
        done = subprocess.run(
            [str(word) for word in (*words, *arguments)],
            env=odoo.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise paths.ToolError(f"{script} failed:\n{done.stderr.strip()[-3000:]}")
        return json.loads(target.read_text())


def _warn_of_load(measured):
    """Tell whether others were at work: then the times say little, and the ratios less."""
    load, cores = max(one.load for one, _concurrent in measured), os.cpu_count()
    if load > cores:
        paths.say(f"load average {load:.1f} on {cores} cores: others were at work, measure again")


# The bars


def _bars(measured):
    last, first = measured[-1], measured[0]
    rows = [
        Row(
            f"full run, {name}",
            last.ratio(f"full run, {name}", f"T + U, {name}"),
            1.5,
            " × (T + U)",
            f"{last[f'full run, {name}']:.2f} s; T {last[f'T, {name}']:.2f} s, "
            f"U {last[f'U, {name}']:.2f} s",
        )
        for name in ("no change", "5 % changed")
    ]
    rows += [
        Row("  rows updated without change", max(last.all("rows changed, no change")), 0),
        Row("  history rows without change", max(last.all("history rows, no change")), 0),
        Row(
            "first fill",
            last.ratio("first fill", "I"),
            1.5,
            " × I",
            f"{last['first fill']:.2f} s; I {last['I']:.2f} s",
        ),
        Row(
            "  against a table without foreign keys",
            last.ratio("first fill", "I without foreign keys"),
            None,
            " × I",
            f"I {last['I without foreign keys']:.2f} s",
        ),
        _statements(measured),
    ]
    for small, large in itertools.pairwise(measured):
        name = "full run, no change"
        factor = large.size / small.size
        rows.append(
            Row(
                f"{factor:g} × orders ({small.size:,} to {large.size:,})",
                large[name] / small[name],
                1.2 * factor,
                " × time",
            )
        )
    rows.append(
        Row(
            "100 changed customers",
            1000 * last["partial run"],
            60,
            " ms",
            f"{last['partial history rows']:.0f} history rows in each",
        )
    )
    if first is not last:
        rows.append(
            Row(
                f"  time({last.size:,}) / time({first.size:,})",
                last["partial run"] / first["partial run"],
                1.5,
            )
        )
    plain, ours = "contact list, standard", "contact list, with segments"
    statements = "contact list statements, {}"
    return rows + [
        Row("rows of res_partner updated", last.facts["contacts updated"], 0),
        Row("Python memory grows", last.facts["memory MB"], 50, " MB"),
        Row(
            "contact list of 80 with 15 fields",
            last.ratio(ours, plain),
            1.7,
            " × standard",
            f"{1000 * last[plain]:.1f} and {1000 * last[ours]:.1f} ms",
        ),
        Row(
            "  extra queries",
            last[statements.format("with segments")] - last[statements.format("standard")],
            1,
        ),
        Row(
            f"group-by of {last.facts['profiles']:,} profiles", 1000 * last["group-by"], 100, " ms"
        ),
        Row(f"pivot of {last.facts['profiles']:,} profiles", 1000 * last["pivot"], 250, " ms"),
        *_standards(last),
        *_playbooks(last),
    ]


def _standards(last):
    """What-if, why and the replay of past months."""
    once, again = "rows, replay", "rows, replay again"
    return [
        Row(
            "what-if",
            last.ratio("what-if", "full run, what-if"),
            2,
            " × full run",
            f"{last['what-if']:.2f} s; {last.facts['what-if moves']:,} moves",
        ),
        Row(
            "why",
            1000 * last["why"],
            100,
            " ms",
            f"slowest {1000 * max(last.all('why')):.1f} ms",
        ),
        Row("  queries", max(last.all("why statements")), 20),
        Row(
            "replay of 36 months",
            last.ratio("replay", "T, replay"),
            40 if last.size >= 1_000_000 else None,  # each month costs Python its share
            " × T",
            f"{last['replay']:.1f} s; {last.facts[once]:,} rows of history",
        ),
        Row(
            "  again",
            last.ratio("replay again", "T, replay again"),
            None,
            " × T",
            f"{last['replay again']:.1f} s",
        ),
        Row("  rows written again", last.facts[again], 0),
        Row("  Python memory grows", last.facts["replay memory MB"], 50, " MB"),
    ]


def _playbooks(last):
    """Customers that enter a playbook in one run, with the run itself."""
    rows = []
    for kind, what in (("activity", "an activity"), ("message", "a mail")):
        entered = last.facts[f"entered, {kind}"]
        rows.append(
            Row(
                f"{what} for each of {entered:,} customers",
                last.facts[f"playbook seconds, {kind}"],
                60 if kind == "activity" else None,
                " s",
            )
        )
        each = [
            last.facts[f"playbook statements, {kind}{part}"] / last.facts[f"entered, {kind}{part}"]
            for part in (", a tenth", "")
        ]
        rows.append(
            Row(
                "  statements for each, against a tenth of them",
                each[1] / each[0],
                1,
                " ×",
                f"{each[1]:.2f} and {each[0]:.2f}",
            )
        )
    return rows


def _statements(measured):
    counts = {one.size: max(one.all("statements, no change")) for one in measured}
    return Row(
        "SQL statements of a full run, most less fewest",
        max(counts.values()) - min(counts.values()),
        0,
        "",
        ", ".join(f"{count} at {size:,}" for size, count in counts.items()),
    )


def _concurrency(result):
    failures = [*result["failures"], *sum((one["failures"] for one in result["sales"]), [])]
    for failure in failures[:3]:
        print(failure, file=sys.stderr)
    sold = sum(one["transactions"] for one in result["sales"])
    return [
        Row(
            "failures of salespeople during runs",
            sum(len(one["failures"]) for one in result["sales"]),
            0,
            "",
            f"{sold} transactions",
        ),
        Row(
            "failures of runs meanwhile",
            len(result["failures"]),
            0,
            "",
            f"{result['full']} full, {result['partial']} partial",
        ),
    ]


# The table


def _print_times(measured):
    names = ["first fill", "I", "full run, no change", "T, no change", "U, no change"]
    names += ["full run, 5 % changed", "T, 5 % changed", "U, 5 % changed", "partial run"]
    head = ["seconds, medians", *(f"{one.size:,} orders" for one in measured)]
    lines = [[name, *(f"{one[name]:.3f}" for one in measured)] for name in names]
    counted = ["rows changed, 5 % changed", "history rows, 5 % changed"]
    lines += [[name, *(f"{one[name]:.0f}" for one in measured)] for name in counted]
    lines.append(["profiles", *(f"{one.facts['profiles']:,}" for one in measured)])
    _print_columns([head, *lines])


def _print_table(rows):
    _print_columns([("bar", "measured", "must", "", ""), *(row.cells() for row in rows)])


def _print_columns(lines):
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print()
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    print(flush=True)


def _number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


if __name__ == "__main__":
    paths.main(main)
