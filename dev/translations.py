"""Complete translations: the terms of a database against ``i18n/*.po``.

``check`` names what is missing or fuzzy; ``update`` rewrites the .pot file and
adds new terms, empty, to the .po file for somebody to translate.
"""

import json
import subprocess

import paths

I18N = paths.REPO / paths.ADDON / "i18n"
LANGUAGE = "zh_CN"

# What Odoo logs of a file whose terms it could not read; it goes on without them.
_UNREAD = "Failed to extract terms"
# Runs in Odoo's shell. 19.0 wants the environment where 17.0 wants the cursor.
_EXPORT = """
import io, odoo
from odoo.tools.translate import trans_export
source = env.cr if odoo.release.version_info < (18, 3) else env
buffer = io.BytesIO()
trans_export(None, ["{addon}"], buffer, "po", source)
open("{target}", "wb").write(buffer.getvalue())
"""
# Both run in the series' Python, which has polib. Odoo translates a record or a term of a view only
# where the file names its place. A record's name has one translation, a view many terms.
_PLACES = """
import json, sys, polib
wanted = polib.pofile(sys.argv[1])
target = polib.pofile(sys.argv[2])
taken = {place for e in target if not e.obsolete for place, _line in e.occurrences}
def unnamed(entry, known):
    named = {place for place, _line in known.occurrences}
    return [
        (place, line) for place, line in entry.occurrences
        if not place.startswith("code:") and place not in named
        and (place.startswith("model_terms:") or place not in taken)
    ]
"""
_COMPARE = f"""{_PLACES}
have = {{(e.msgctxt, e.msgid): e for e in target if not e.obsolete}}
problems = []
for entry in wanted:
    found = have.get((entry.msgctxt, entry.msgid))
    if found is None or not found.msgstr:
        problems.append("not translated: " + entry.msgid)
    elif found.fuzzy:
        problems.append("fuzzy: " + entry.msgid)
    else:
        problems += [
            f"not translated in {{place}}: {{entry.msgid}}" for place, _ in unnamed(entry, found)
        ]
print(json.dumps(problems))
"""
_MERGE = f"""{_PLACES}
target.merge(wanted) if sys.argv[3] == "all" else None
have = {{e.msgid: e for e in target}}
for entry in wanted:
    known = have.get(entry.msgid)
    if known and known.obsolete:  # another series' term, set aside by the source series
        entry.msgstr = known.msgstr
        target.remove(known)
    if known and not known.obsolete:
        known.occurrences += unnamed(entry, known)
    else:
        # one record, one translation: a name that differs between series keeps the source's
        entry.occurrences = [
            (place, line) for place, line in entry.occurrences
            if place.startswith(("code:", "model_terms:")) or place not in taken
        ]
        target.append(entry)
target.sort(key=lambda entry: (entry.obsolete, entry.msgid))
target.save()
"""


def export(odoo, name):
    """Write the addon's terms of the database into a .pot file; return it."""
    target = paths.cache_sub("log") / f"{odoo.tree.series}-{name}.pot"
    script = _EXPORT.format(addon=paths.ADDON, target=target)
    log = target.with_suffix(".export.log")
    odoo.run(log, "shell", "-d", name, stdin=script)
    unread = [line for line in log.read_text().splitlines() if _UNREAD in line]
    if unread:  # its terms would be missing, and nobody would miss them
        raise paths.ToolError("\n".join([*unread, f"An f-string inside _()? See {log}."]))
    return target


def check(odoo, name):
    """Return what the Chinese translation lacks of the database's terms."""
    translation = I18N / f"{LANGUAGE}.po"
    if not translation.exists():
        return [f"{translation.relative_to(paths.REPO)} is missing"]
    terms = export(odoo, name)
    return json.loads(_polib(odoo, _COMPARE, terms, translation))


def update(odoo, name):
    """Bring the .pot and the .po file up to date with the database's terms.

    The 17.0 terms are the file's; another series only adds what it alone has.
    """
    I18N.mkdir(exist_ok=True)
    terms = export(odoo, name)
    translation = I18N / f"{LANGUAGE}.po"
    source = odoo.tree.series == paths.SOURCE_SERIES
    if source:
        (I18N / f"{paths.ADDON}.pot").write_text(terms.read_text())
    if not translation.exists():
        translation.write_text(terms.read_text())
    _polib(odoo, _MERGE, terms, translation, "all" if source else "new")
    return check(odoo, name)


def _polib(odoo, script, *arguments):
    done = subprocess.run(
        [odoo.tree.python, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise paths.ToolError(f"The translations cannot be read:\n{done.stderr}")
    return done.stdout
