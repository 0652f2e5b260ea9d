"""What the browser tests and the printed pages need: a browser, and HTML to PDF to text."""

import os
import shutil

from programs import Programs

_FONTS = ["fonts-noto-cjk", "fonts-dejavu-core"]
_BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
_BROWSER = Programs(
    "browser",
    "Chromium and a Chinese font (Debian's, about 260 MB)",
    ["chromium", *_FONTS],
    {"chromium": "usr/lib/chromium/chromium"},
)
_PRINTERS = ("wkhtmltopdf", "pdftotext")
_PRINTER = Programs(
    "pdf",
    "wkhtmltopdf, pdftotext and a Chinese font (Debian's, about 90 MB)",
    ["wkhtmltopdf", "poppler-utils", *_FONTS],
    {name: f"usr/bin/{name}" for name in _PRINTERS},
    {"QT_QPA_PLATFORM": "offscreen", "QT_PLUGIN_PATH": '"$(echo "$root"/usr/lib/*/qt5/plugins)"'},
)


def folders_for_path():
    """Return the folders to put first on PATH: those of what is not on PATH already."""
    folders = []
    if not any(map(shutil.which, _BROWSERS)):
        folders.append(_BROWSER.folder())
    if not all(map(shutil.which, _PRINTERS)):
        folders.append(_PRINTER.folder())
    return folders


def env():
    """Return the variables that let Odoo's tests find the programs."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": os.pathsep.join([*map(str, folders_for_path()), path])}
