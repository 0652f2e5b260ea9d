"""An Odoo source tree and how to run it.

``ODOO_HOME`` names the user's tree; else ``<cache>/odoo/<series>/``. A tree is a
checkout, an unpacked release or an unpacked Debian package.
"""

import hashlib
import os
import runpy
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import paths
import venvs

_DEBIAN = Path("usr/lib/python3/dist-packages")


@dataclass(frozen=True)
class Tree:
    """``home`` holds the Python package ``odoo`` of ``series`` (e.g. "17.0")."""

    home: Path
    series: str
    version: str

    @property
    def core_addons(self):
        """Folders of Odoo's own addons.

        Debian's dist-packages/addons is a partial copy of odoo/addons.
        """
        folders = [self.home / "odoo" / "addons"]
        if self.home.name != _DEBIAN.name and (self.home / "addons" / "web").is_dir():
            folders.insert(0, self.home / "addons")
        return folders

    @property
    def python(self):
        return venvs.python(self.series)

    @property
    def addon_parent(self):
        """The folder our addon stands in for this series."""
        if self.series == paths.SOURCE_SERIES:
            return paths.REPO
        return paths.BUILD / self.series


def read_tree(folder):
    """Return the Tree in ``folder``, or None when there is none."""
    for home in (folder, folder / _DEBIAN):
        release = home / "odoo" / "release.py"
        if release.is_file():
            known = runpy.run_path(str(release))
            return Tree(home.resolve(), known["series"], known["version"])
    return None


def named_tree():
    """Return the tree of ODOO_HOME, or None when it is not set."""
    named = os.environ.get("ODOO_HOME")
    if not named:
        return None
    tree = read_tree(Path(named).expanduser())
    if tree is None:
        raise paths.ToolError(
            f"ODOO_HOME={named} is no Odoo source tree: odoo/release.py is missing."
        )
    if tree.series not in known_series():
        raise paths.ToolError(
            f"ODOO_HOME={named} is Odoo {tree.series}; "
            f"these tools know {', '.join(known_series())}."
        )
    return tree


def known_series():
    """Return the series the tools have Python requirements for."""
    return sorted(file.stem for file in venvs.REQUIREMENTS.glob("[0-9]*.txt"))


def find(series=None):
    """Return the tree of ``series``; None: that of ODOO_HOME, else the default."""
    named = named_tree()
    if named and series in (None, named.series):
        return named
    series = series or paths.DEFAULT_SERIES
    if series not in known_series():
        raise paths.ToolError(
            f"SERIES={series} is unknown: choose one of {', '.join(known_series())}."
        )
    tree = read_tree(paths.cache_dir() / "odoo" / series)
    if tree is None and series == paths.DEFAULT_SERIES:
        import debian_odoo

        tree = read_tree(debian_odoo.fetch(series))
    if tree is None:
        raise paths.ToolError(
            f"Odoo {series} is in no package registry. Set ODOO_HOME to its source "
            "tree (a checkout or an unpacked release), or unpack one into "
            f"{paths.cache_dir() / 'odoo' / series}."
        )
    return tree


class Odoo:
    """One Odoo of a tree on a running PostgreSQL server.

    :param list extra_addons: further folders of the addons path
    :param bool with_addon: put our addon's folder on the path when it is there
    """

    def __init__(self, tree, server, with_addon=True, extra_addons=()):
        self.tree = tree
        self.server = server
        self._extra = [Path(folder).resolve() for folder in extra_addons]
        self._with_addon = with_addon

    @property
    def data_dir(self):
        """Folder of the filestores; each server has its own databases."""
        server = "" if self.server.name == "fast" else f"-{self.server.name}"
        return paths.cache_sub(f"data{server}", self.tree.series)

    @property
    def addons_path(self):
        folders = [*self.tree.core_addons, *self._extra]
        parent = self.tree.addon_parent
        if self._with_addon and (parent / paths.ADDON / "__manifest__.py").exists():
            folders.append(parent)
        return folders

    @property
    def config(self):
        """Write the configuration file of this Odoo and return its path."""
        lines = ["[options]"]
        lines += [f"{name} = {value}" for name, value in self._options().items()]
        text = "\n".join(lines) + "\n"
        name = f"{self.tree.series}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
        path = paths.cache_sub("conf") / f"{name}.conf"
        if not path.exists():
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.write_text(text)
            fresh.replace(path)
        return path

    def _options(self):
        options = {
            "addons_path": ",".join(str(folder) for folder in self.addons_path),
            "data_dir": self.data_dir,
            "db_host": self.server.env["PGHOST"],
            "db_port": self.server.env["PGPORT"],
            "db_user": self.server.env["PGUSER"],
            "http_interface": "127.0.0.1",
            "max_cron_threads": 0,
            # of failed browser tests
            "screenshots": paths.cache_dir() / "screenshots",
        }
        if os.environ.get("PGPASSWORD"):
            options["db_password"] = os.environ["PGPASSWORD"]
        return options

    @property
    def env(self):
        """Environment of Odoo's processes."""
        env = {**os.environ, **self.server.env, **venvs.pycache_env(), "TZ": "UTC"}
        env["PYTHONPATH"] = str(self.tree.home)
        return env

    def command(self, *arguments):
        """Return the command line of ``odoo <arguments>`` with our configuration.

        A leading word without a dash is Odoo's subcommand and stays first.
        """
        words = [str(word) for word in arguments]
        first = [words.pop(0)] if words and not words[0].startswith("-") else []
        return [str(self.tree.python), "-m", "odoo", *first, "-c", str(self.config), *words]

    def call(self, *arguments, **options):
        """Run Odoo in the foreground and return its exit status."""
        return foreground(self.command(*arguments), env=self.env, **options)

    def run(self, log, *arguments, stdin=None, http=False):
        """Run Odoo quietly with its log in the file ``log``; raise when it fails."""
        if not http:
            arguments = (*arguments, "--no-http")
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        done = subprocess.run(
            self.command(*arguments, "--logfile", log),
            env=self.env,
            input=stdin or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            known = log.read_text(errors="replace") if log.exists() else ""
            output = (known + done.stdout + done.stderr).strip().splitlines()
            raise paths.ToolError(
                f"Odoo ended with status {done.returncode}; the end of {log}:\n"
                + "\n".join(output[-40:])
            )
        return done.stdout


def foreground(command, **options):
    """Run a command on the terminal; Ctrl-C and TERM end it, then us.

    The terminal sends Ctrl-C to the command too; a second one would make Odoo
    leave without cleaning up.
    """
    process = subprocess.Popen(command, **options)

    def pass_on(number, _frame):
        if process.poll() is None:
            process.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
    }
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
