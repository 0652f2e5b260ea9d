"""Debian packages into the cache, without touching the system.

A private apt has its own lists, cache, state and sources; the mirror is the one
the machine is configured for. Packages are unpacked, never installed.
"""

import os
import shutil
import subprocess
from pathlib import Path

import paths

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_INSTALLED = Path("/var/lib/dpkg/status")


class PrivateApt:
    """An apt of our own in ``<cache>/apt/<name>``.

    :param list sources: (URI, suites) pairs
    :param architectures: e.g. "all"; None = the machine's own
    :param bool system_status: resolve dependencies as if beside what is installed
    """

    def __init__(self, name, sources, architectures=None, system_status=False):
        self._home = paths.cache_sub("apt", name)
        for folder in ("lists/partial", "archives/partial", "state"):
            (self._home / folder).mkdir(parents=True, exist_ok=True)
        self._write_status(system_status)
        self._write_sources(sources, architectures)
        self._write_config()

    @property
    def archives(self):
        return self._home / "archives"

    def update(self):
        self._apt("update", hint="The machine's Debian mirror does not answer.")

    def download(self, packages):
        """Fetch exactly these packages; return the files."""
        shutil.rmtree(self.archives)
        (self.archives / "partial").mkdir(parents=True)
        self._apt("download", *packages, cwd=self.archives)
        return sorted(self.archives.glob("*.deb"))

    def download_with_dependencies(self, packages):
        """Fetch these packages and what they need and the machine lacks."""
        shutil.rmtree(self.archives)
        (self.archives / "partial").mkdir(parents=True)
        self._apt(
            *["install", "--download-only", "--yes", "--no-install-recommends"],
            *packages,
        )
        return sorted(self.archives.glob("*.deb"))

    def remove(self):
        shutil.rmtree(self._home, ignore_errors=True)

    def _apt(self, *arguments, cwd=None, hint="The package may be gone."):
        done = subprocess.run(
            ["apt-get", "-q", *arguments],
            cwd=cwd or self._home,
            env={**os.environ, "APT_CONFIG": str(self._config), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            output = (done.stdout + done.stderr).strip()
            raise paths.ToolError(
                f"apt-get {' '.join(arguments)} failed. {hint}\n{output[-2000:]}"
            )

    @property
    def _config(self):
        return self._home / "apt.conf"

    def _write_status(self, system_status):
        status = self._home / "status"
        if system_status:
            shutil.copyfile(_INSTALLED, status)
        else:
            status.write_text("")

    def _write_sources(self, sources, architectures):
        text = ""
        for uri, suites in sources:
            text += f"Types: deb\nURIs: {uri}\nSuites: {' '.join(suites)}\n"
            text += f"Components: main\nSigned-By: {KEYRING}\n"
            # a mirror may lag behind; the signature is checked all the same
            text += "Check-Valid-Until: no\n"
            if architectures:
                text += f"Architectures: {architectures}\n"
            text += "\n"
        (self._home / "debian.sources").write_text(text)

    def _write_config(self):
        home = self._home
        options = {
            "Dir::State": home / "state",
            "Dir::State::lists": home / "lists",
            "Dir::State::status": home / "status",
            "Dir::Cache": home,
            "Dir::Cache::archives": self.archives,
            "Dir::Etc::sourcelist": home / "debian.sources",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Debug::NoLocking": "true",
            "APT::Sandbox::User": "root",
            "APT::Install-Recommends": "false",
            "APT::Keep-Downloaded-Packages": "true",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        lines = [f'{name} "{value}";' for name, value in options.items()]
        self._config.write_text("\n".join([*_network_settings(), *lines]) + "\n")


def unpack(files, target):
    """Unpack .deb files into the folder ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    for file in files:
        done = subprocess.run(
            ["dpkg", "-x", file, target], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise paths.ToolError(f"dpkg -x {file} failed: {done.stderr.strip()}")


def mirrors():
    """Return the machine's Debian mirrors: {suite: URI}, its own release only."""
    if not KEYRING.exists() or not shutil.which("apt-get"):
        raise paths.ToolError(
            "This machine is no Debian (apt-get and debian-archive-keyring are "
            "needed to fetch Odoo or a browser): set ODOO_HOME to an Odoo source "
            "tree and have chromium on PATH."
        )
    codename = _codename()
    wanted = {codename, f"{codename}-updates", f"{codename}-security"}
    output = subprocess.run(
        ["apt-get", "indextargets", "--no-release-info"]
        + ["--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    rows = [line.split() for line in output.splitlines()]
    found = {row[1]: row[0] for row in rows if row[1] in wanted and row[2] == "main"}
    if codename not in found:
        raise paths.ToolError(
            f"apt's sources name no mirror of Debian {codename} main; "
            "set ODOO_HOME to an Odoo source tree and have chromium on PATH."
        )
    return found


def main_mirror():
    return mirrors()[_codename()]


def _codename():
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return "none"


def _network_settings():
    """Return the machine's Acquire settings (proxies, certificates), no hooks."""
    dump = subprocess.run(
        ["apt-config", "dump"], capture_output=True, text=True, check=False
    ).stdout
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::socks")
    return [line for line in dump.splitlines() if line.startswith(wanted)]
