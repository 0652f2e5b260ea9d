"""Odoo 19.0 from Debian's package, unpacked into the cache.

The package leaves out or links to what other Debian packages carry; the web
client's bundles need those files.
"""

import hashlib
import shutil

import debian
import locks
import paths

# A newer version of the package is taken as it is, and said.
KNOWN_SHA256 = {
    "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf": "19.0.0+dfsg-1"
}
_PACKAGES = [
    *["odoo-19/sid", "fonts-montserrat/sid", "fonts-font-awesome/bookworm"],
    *["fonts-roboto-unhinted/bookworm", "fonts-inconsolata/bookworm"],
    *["fonts-ocr-b/bookworm", "libjs-jquery/bookworm", "libjs-jquery-form/bookworm"],
    "libjs-underscore/bookworm",
]
# cut out of the package, yet still named in a bundle of mail
_STUB = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
MARK = "fetched-by-tools"  # a file that tells such a tree from the user's own
_KEPT_LANGUAGES = ("zh_CN.po", "zh_CN.pot")


def fetch(series):
    """Return the folder of the unpacked package, fetched if needed."""
    target = paths.cache_sub("odoo") / series
    with locks.locked(f"odoo-{series}", waiting=f"waiting for Odoo {series}"):
        if not target.exists():
            _fetch(series, target)
    return target


def _fetch(series, target):
    paths.say(f"fetching Odoo {series} (Debian's package, about 130 MB)")
    sources = [(debian.main_mirror(), ["sid", "bookworm"])]
    apt = debian.PrivateApt("odoo", sources, architectures="all")
    apt.update()
    files = apt.download(_PACKAGES)
    _check_version(next(file for file in files if file.name.startswith("odoo-")))
    paths.say("unpacking Odoo")
    fresh = target.with_name(f"{series}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    debian.unpack(files, fresh)
    addons = fresh / "usr/lib/python3/dist-packages/odoo/addons"
    _drop_other_languages(addons)
    stub = addons / _STUB
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text("/* not part of Debian's package */\n")
    (fresh / MARK).write_text("Debian's packages, unpacked; make clean removes it.\n")
    fresh.rename(target)
    apt.remove()


def _check_version(file):
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest not in KNOWN_SHA256:
        paths.say(
            f"Debian has another version than the one tested: {file.name} is used"
        )


def _drop_other_languages(addons):
    """Keep English and Chinese: 0.4 instead of 1.3 GB."""
    for file in addons.glob("*/i18n*/*.po"):
        if file.name not in _KEPT_LANGUAGES:
            file.unlink()
