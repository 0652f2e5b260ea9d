"""The browser of the browser tests: the one on PATH, or Debian's in the cache."""

import os
import shutil
from pathlib import Path

import debian
import locks
import paths

_NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
_WRAPPER = """#!/bin/sh
# Debian's Chromium, unpacked beside the system
root="{root}"
LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
FONTCONFIG_FILE="$root/fonts.conf"
export LD_LIBRARY_PATH FONTCONFIG_FILE
exec "$root/usr/lib/chromium/chromium" "$@"
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{root}/usr/share/fonts</dir>
  <cachedir>{root}/fontcache</cachedir>
  <alias><family>sans-serif</family>
    <prefer><family>DejaVu Sans</family><family>Noto Sans CJK SC</family></prefer>
  </alias>
</fontconfig>
"""


def folder_for_path():
    """Return a folder to put first on PATH that holds a browser, or None.

    None: a browser is on PATH already.
    """
    if any(shutil.which(name) for name in _NAMES):
        return None
    target = paths.cache_sub("browser") / "debian"
    with locks.locked("browser", waiting="waiting for another command's browser"):
        if not (target / "bin" / "chromium").exists():
            _fetch(target)
    return target / "bin"


def env():
    """Return the variables that let Odoo's tests find the browser."""
    folder = folder_for_path()
    if folder is None:
        return {}
    return {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _fetch(target):
    paths.say("fetching Chromium and a Chinese font (Debian's, about 260 MB)")
    sources = {}
    for suite, uri in debian.mirrors().items():
        sources.setdefault(uri, []).append(suite)
    apt = debian.PrivateApt("browser", sources.items(), system_status=True)
    apt.update()
    files = apt.download_with_dependencies(
        ["chromium", "fonts-noto-cjk", "fonts-dejavu-core"]
    )
    paths.say("unpacking Chromium")
    fresh = target.with_name("debian.new")
    shutil.rmtree(fresh, ignore_errors=True)
    debian.unpack(files, fresh)
    _write_wrapper(fresh, target)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    apt.remove()


def _write_wrapper(fresh, target):
    """Write the program ``chromium`` for the folder's final place ``target``."""
    found = {file.parent for file in fresh.glob("**/*.so*")}
    libraries = [target / folder.relative_to(fresh) for folder in sorted(found)]
    # the browser's own plug-in folders do not belong on the library path
    libraries = [f for f in libraries if _is_library_folder(f.relative_to(target))]
    (fresh / "fonts.conf").write_text(_FONTS.format(root=target))
    wrapper = fresh / "bin" / "chromium"
    wrapper.parent.mkdir(exist_ok=True)
    text = _WRAPPER.format(root=target, libraries=":".join(map(str, libraries)))
    wrapper.write_text(text)
    wrapper.chmod(0o755)


def _is_library_folder(folder):
    """``usr/lib/<triplet>`` and the private folders libraries are loaded from."""
    parts = Path(folder).parts
    return parts[:2] == ("usr", "lib") and len(parts) <= 4 or parts[:1] == ("lib",)
