"""Programs that the tests call: those on PATH, or Debian's, unpacked into the cache.

Nothing is installed: a private apt fetches the packages and what they need and the machine lacks.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import debian
import locks
import paths

_WRAPPER = """#!/bin/sh
# Debian's {name}, unpacked beside the system
root="{root}"
LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
FONTCONFIG_FILE="$root/fonts.conf"
export LD_LIBRARY_PATH FONTCONFIG_FILE
{settings}exec "$root/{program}" "$@"
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


@dataclass
class Programs:
    """What is fetched together.

    :param str name: folder of the cache
    :param dict programs: {name: path in the packages}
    :param dict settings: environment variables of the programs
    """

    name: str
    what: str
    packages: list
    programs: dict
    settings: dict = field(default_factory=dict)

    def folder(self):
        """Return the folder with the programs, fetched where it is missing."""
        target = paths.cache_sub(self.name) / "debian"
        with locks.locked(self.name, waiting=f"waiting for another command's {self.name}"):
            if not all((target / "bin" / program).exists() for program in self.programs):
                self._fetch(target)
        return target / "bin"

    def _fetch(self, target):
        paths.say(f"fetching {self.what}")
        sources = {}
        for suite, uri in debian.mirrors().items():
            sources.setdefault(uri, []).append(suite)
        apt = debian.PrivateApt(self.name, sources.items(), system_status=True)
        apt.update()
        files = apt.download_with_dependencies(self.packages)
        paths.say("unpacking it")
        fresh = target.with_name("debian.new")
        shutil.rmtree(fresh, ignore_errors=True)
        debian.unpack(files, fresh)
        self._write_wrappers(fresh, target)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
        apt.remove()

    def _write_wrappers(self, fresh, target):
        """Write the programs for the folder's final place ``target``."""
        found = {file.parent for file in fresh.glob("**/*.so*")}
        libraries = [target / folder.relative_to(fresh) for folder in sorted(found)]
        # a program's own plug-in folders do not belong on the library path
        libraries = [f for f in libraries if _is_library_folder(f.relative_to(target))]
        (fresh / "fonts.conf").write_text(_FONTS.format(root=target))
        (fresh / "bin").mkdir(exist_ok=True)
        settings = "".join(f"export {name}={value}\n" for name, value in self.settings.items())
        for name, program in self.programs.items():
            wrapper = fresh / "bin" / name
            wrapper.write_text(
                _WRAPPER.format(
                    name=name,
                    root=target,
                    libraries=":".join(map(str, libraries)),
                    settings=settings,
                    program=program,
                )
            )
            wrapper.chmod(0o755)


def _is_library_folder(folder):
    """``usr/lib/<triplet>`` and the private folders libraries are loaded from."""
    parts = Path(folder).parts
    return parts[:2] == ("usr", "lib") and len(parts) <= 4 or parts[:1] == ("lib",)
