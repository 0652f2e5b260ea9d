"""Write the 17.0 addon in the spelling of a later Odoo series.

    python3 dev/port.py --series 19.0 [--source customer_segmentation] [--out build/19.0]
    python3 dev/port.py --check         # every series, nothing written; tests/ too
    python3 dev/port.py --list          # the rules and checks as tables

The glue addons beside the source (``customer_segmentation_*``) come along. The exit
status is 1 when a 17.0 spelling survives or when the source uses a spelling that one
series alone understands; each place is named as file:line.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from port_checks import CHECKS, find_uncommon
from port_rules import RULES, TARGET_SERIES, File, find_leftovers, port_text
from port_text import SourceError

DEFAULT_SOURCE = "customer_segmentation"
TEXT_SUFFIXES = {".py", ".xml", ".js", ".csv", ".po", ".pot", ".scss", ".css"}
SKIPPED_FOLDERS = {"__pycache__", ".git"}
SKIPPED_SUFFIXES = {".pyc", ".pyo", ".orig", ".rej", ".swp"}
# These name every spelling on purpose.
UNCHECKED_TESTS = {"test_port.py"}
TEST_ADDONS = "addons"  # below tests/: addons that are translated as ours


@dataclass(frozen=True, order=True)
class Problem:
    """A place that keeps the addon from running on a series."""

    path: str
    line: int
    name: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.name}] {self.message}"


def main(argv=None):
    arguments = _parser().parse_args(argv)
    if arguments.list:
        print(tables())
        return 0
    addons = find_addons(Path(arguments.source))
    if not addons:
        print(f"{arguments.source}: no addon here (no __manifest__.py)", file=sys.stderr)
        return 2
    if arguments.check:
        problems = check(addons)
    else:
        out = Path(arguments.out or f"build/{arguments.series}")
        if out.resolve() == addons[0].parent.resolve():
            print(f"{out}: the addon itself stands here", file=sys.stderr)
            return 2
        problems = build(addons, arguments.series, out)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _parser():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--series", choices=TARGET_SERIES)
    action.add_argument("--check", action="store_true", help="write nothing")
    action.add_argument("--list", action="store_true", help="print rules and checks")
    parser.add_argument("--source", default=DEFAULT_SOURCE, help="folder of the addon")
    parser.add_argument("--out", help="folder to write to (build/SERIES)")
    return parser


def find_addons(source):
    """Return the folders of the addon and of its glue addons."""
    folders = [source, *sorted(source.parent.glob(f"{source.name}_*"))]
    return [folder for folder in folders if (folder / "__manifest__.py").is_file()]


def build(addons, series, out):
    """Write ``addons`` for ``series`` below ``out`` and return the problems."""
    problems = []
    for folder in addons:
        files = read_addon(folder)
        problems += check_source(folder, files)
        ported, found = port_addon(folder, files, series)
        target = out / folder.name
        write_addon(target, ported)
        problems += [_moved(problem, folder, target) for problem in found]
        print(f"{target}: {len(ported)} files for Odoo {series}")
    return sorted(problems)


def check(addons):
    """Return the problems of every series, and of the tests beside the addons."""
    tests = addons[0].parent / "tests"
    problems = set(check_tests(tests))
    manifests = sorted(tests.glob(f"{TEST_ADDONS}/*/__manifest__.py"))
    for folder in [*addons, *(manifest.parent for manifest in manifests)]:
        files = read_addon(folder)
        problems.update(check_source(folder, files))
        for series in TARGET_SERIES:
            problems.update(port_addon(folder, files, series)[1])
    return sorted(problems)


def _moved(problem, source, target):
    """Name a problem of the output by the output's path."""
    path = target / Path(problem.path).relative_to(source)
    return Problem(path.as_posix(), problem.line, problem.name, problem.message)


def read_addon(folder):
    """Return {path inside the addon: str of a text file, bytes of another}."""
    files = {}
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        skipped = SKIPPED_FOLDERS & set(inner.parts) or path.suffix in SKIPPED_SUFFIXES
        if path.is_file() and not skipped:
            content = path.read_bytes()
            text = path.suffix in TEXT_SUFFIXES
            files[inner.as_posix()] = content.decode() if text else content
    return files


def check_source(folder, files):
    """Return the problems that the untranslated files have by themselves."""
    return [
        Problem((folder / path).as_posix(), line, name, message)
        for path, text in files.items()
        if isinstance(text, str)
        for line, name, message in _guarded(find_uncommon, File(path, text))
    ]


def check_tests(folder):
    """Return the problems of the tests, which run unported on every series."""
    problems = []
    for path in sorted(folder.rglob("*.py")):
        if path.name in UNCHECKED_TESTS or TEST_ADDONS in path.relative_to(folder).parts[:1]:
            continue
        file = File(path.name, path.read_text(encoding="utf-8"))
        for line, name, message in _guarded(find_uncommon, file):
            problems.append(Problem(path.as_posix(), line, name, message))
        for line, name, _message in _guarded(find_leftovers, file):
            message = "no rule is applied to tests: use a spelling of every series"
            problems.append(Problem(path.as_posix(), line, name, message))
    return problems


def port_addon(folder, files, series):
    """Return the translated files, and the problems by the source's paths."""
    texts = {path: text for path, text in files.items() if isinstance(text, str)}
    ported, problems = dict(files), []
    for path, text in texts.items():
        file = File(path, text, series, folder.name, texts)
        try:
            ported[path] = port_text(file)
        except SourceError as error:
            problem = Problem(f"{folder}/{path}", error.line, "syntax", str(error))
            problems.append(problem)
            continue
        for finding in _guarded(find_leftovers, file.with_text(ported[path])):
            problems.append(Problem((folder / path).as_posix(), *finding))
    return ported, problems


def _guarded(find, file):
    """Return what ``find`` finds; a file that cannot be read is a finding too."""
    try:
        return list(find(file))
    except SourceError as error:
        return [(error.line, "syntax", str(error))]


def write_addon(target, files):
    """Make ``target`` hold exactly ``files``, touching only what differs."""
    for path in sorted(target.rglob("*"), reverse=True):
        inner = path.relative_to(target).as_posix()
        if path.is_file() and inner not in files:
            path.unlink()
        elif path.is_dir() and not any(name.startswith(f"{inner}/") for name in files):
            path.rmdir()
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        path = target / name
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def tables():
    """Return the rules and checks as two Markdown tables."""
    rules = [(rule.name, rule.since, rule.before, rule.after) for rule in RULES]
    checks = [(check.name, check.only, check.write) for check in CHECKS]
    return "\n\n".join(
        [
            _table(("rule", "since", "17.0", "later"), rules),
            _table(("checked in the source", "only in", "write"), checks),
        ]
    )


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


if __name__ == "__main__":
    sys.exit(main())
