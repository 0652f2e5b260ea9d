"""``make lint``: ruff, pylint with OCA's plug-in, OCA's checks, and our own."""

import re
import subprocess

import paths
import venvs

# Messages of pylint-odoo that do not fit here, with the reason.
PYLINT_OFF = {
    "missing-readme": "OCA builds its README from fragments; ours is at the root",
    "no-search-all": "dimensions, segments and companies are few",
    "prefer-env-translation": "17.0 has no env._",
    "consider-merging-classes-inherited": "the engine has a file for each of its jobs",
    "super-method-mismatch": "a formatter's special cases end in the general one",
}
# The same for oca-checks-odoo-module.
OCA_OFF = {
    "prefer-readme-rst": "as missing-readme",
    "weblate-component-too-long": "OCA's translation server",
    "xml-duplicate-record-id": "demo data adds to records of its own; see _duplicate_ids",
    "xml-header-wrong": "about blanks and upper case in the XML header",
    "xml-field-numeric-without-eval": "Odoo reads a number as the field's type",
    "xml-deprecated-oe-chatter": "17.0's spelling; dev/port.py translates it",
    "xml-deprecated-res-groups-category-id": "17.0's spelling; as above",
}
# The same for oca-checks-po.
PO_OFF = {
    "po-pretty-format": "empties a translation that equals its source; ours are complete",
}
# A machine's path or a registry's host has no business in the repository.
_MACHINE = re.compile(
    r"/home/\w+/|/root/|/work/|/tmp/\w"  # lint: allow-machine
    r"|\b(?:pypi|pythonhosted|npmjs|debian|snapshot\.debian|docker)\.(?:org|io|com)\b",
    re.IGNORECASE,
)
_ALLOW_MACHINE = "lint: allow-machine"
_BINARY = {".png", ".jpg", ".gif", ".ico", ".gz", ".zip", ".woff2", ".pdf"}


def main():
    python = venvs.python("lint")
    found = 0
    for name, command in _commands(python.parent):
        paths.say(name)
        found += bool(subprocess.run(command, cwd=paths.REPO, check=False).returncode)
    for name, problems in (
        ("machine paths and registry hosts", _machine_names()),
        ("translations", _translation_problems(python)),
        ("external ids", _duplicate_ids()),
    ):
        paths.say(name)
        print("".join(f"{problem}\n" for problem in problems), end="", flush=True)
        found += bool(problems)
    paths.say(f"{found} of the checks found something" if found else "clean")
    return 1 if found else 0


def _commands(bin_folder):
    """Return (name, command) of the checkers from PyPI."""
    yield "ruff", [bin_folder / "ruff", "check", "--no-cache", paths.REPO]
    manifest = paths.REPO / paths.ADDON / "__manifest__.py"
    if not manifest.exists():
        raise paths.ToolError(f"{manifest} is missing: there is no addon to check.")
    yield (
        "pylint-odoo",
        [bin_folder / "pylint", f"--rcfile={paths.REPO / 'pyproject.toml'}"]
        + [f"--disable={','.join(PYLINT_OFF)}", paths.ADDON],
    )
    yield (
        "oca-checks-odoo-module",
        [bin_folder / "oca-checks-odoo-module", f"--disable={','.join(OCA_OFF)}"]
        + [paths.ADDON],
    )
    translations = sorted((paths.REPO / paths.ADDON / "i18n").glob("*.po"))
    if translations:
        yield (
            "oca-checks-po",
            [bin_folder / "oca-checks-po", f"--disable={','.join(PO_OFF)}", *translations],
        )


def _duplicate_ids():
    """Return external ids that two records of the addon have, demo data left aside."""
    places = {}
    for file in sorted((paths.REPO / paths.ADDON).rglob("*.xml")):
        if file.parent.name in ("demo", "src", "badge", "kanban"):
            continue
        for match in re.finditer(r'<(?:record|menuitem|template)\b[^>]*?\bid="([\w.]+)"',
                                 file.read_text("utf-8")):
            places.setdefault(match[1], []).append(file.name)
    return [f"{name}: {', '.join(files)}" for name, files in places.items() if len(files) > 1]


def _machine_names():
    """Return where tracked or new files name a machine's path or a registry."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=paths.REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        return [f"git ls-files failed: {listed.stderr.strip()}"]
    problems = []
    for name in listed.stdout.splitlines():
        path = paths.REPO / name
        if path.suffix in _BINARY or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = _MACHINE.search(line)
            if match and _ALLOW_MACHINE not in line:
                problems.append(f"{name}:{number}: {match.group()}")
    return problems


def _translation_problems(python):
    """Return the empty and fuzzy entries of the Chinese translation.

    Whether a term is missing needs a database: ``make test`` checks that.
    """
    file = paths.REPO / paths.ADDON / "i18n" / "zh_CN.po"
    if not file.exists():
        return [f"{file.relative_to(paths.REPO)} is missing"]
    script = (
        "import sys, polib\n"
        "for e in polib.pofile(sys.argv[1]):\n"
        "    if not e.obsolete and (e.fuzzy or not e.translated()):\n"
        "        print(f'{sys.argv[1]}:{e.linenum}: {e.msgid!r}')\n"
    )
    done = subprocess.run(
        [python, "-c", script, file.relative_to(paths.REPO)],
        cwd=paths.REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).splitlines()


if __name__ == "__main__":
    paths.main(main)
