"""Virtual environments in the cache, one per purpose, rebuilt when needed.

A finished environment carries a stamp with the requirements it was made from and
the interpreter; any difference makes it anew.
"""

import hashlib
import os
import shutil
import subprocess
import sys

import locks
import paths

REQUIREMENTS = paths.REPO / "dev" / "requirements"


def pycache_env():
    """Keep compiled modules in the cache, none in the user's Odoo tree.

    pip compiles what it installs there too, which keeps the syntax warnings of old
    packages out of Odoo's log.
    """
    return {"PYTHONPYCACHEPREFIX": str(paths.cache_sub("pycache"))}


def python(name):
    """Return the interpreter of the environment ``name``, made if needed.

    ``dev/requirements/<name>.txt`` lists its packages.
    """
    wanted = (REQUIREMENTS / f"{name}.txt").read_text()
    digest = hashlib.sha256(f"{sys.version}\n{sys.prefix}\n{wanted}".encode())
    folder = paths.cache_sub("venv") / name
    stamp = folder / "made-from"
    interpreter = folder / "bin" / "python"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return interpreter
    with locks.locked(f"venv-{name}", waiting=f"waiting for the packages of {name}"):
        if not (stamp.exists() and stamp.read_text() == digest.hexdigest()):
            paths.say(f"installing Python packages ({name})")
            _make(folder, name)
            stamp.write_text(digest.hexdigest())
    return interpreter


def _make(folder, name):
    shutil.rmtree(folder, ignore_errors=True)
    _run(
        [sys.executable, "-m", "venv", folder],
        "Python's venv module does not work here; on Debian install python3-venv.",
    )
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    _run(
        [*pip, "install", "--quiet", "--prefer-binary"]
        + ["-r", REQUIREMENTS / f"{name}.txt"],
        f"pip could not install dev/requirements/{name}.txt; is PyPI reachable?",
    )


def _run(command, hint):
    done = subprocess.run(
        command,
        env={**os.environ, **pycache_env()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = (done.stdout + done.stderr).strip()
        raise paths.ToolError(f"{hint}\n{output[-3000:]}")
