"""``make demo``: a real Odoo with the addon and data, served until Ctrl-C.

Settings: SERIES, ODOO_HOME, PORT, ORDERS (an order history instead of demo data), DEMO_LANG
(zh_CN: a Chinese factory).
"""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

import addon
import databases
import instance
import locks
import paths
import postgres

DEFAULT_PORT = 8069
_LOGINS = ("admin", "manager", "sales", "demo")  # each with its name as password
_LANGUAGES = ("en_US", "zh_CN")
_START_SECONDS = 180
_SCRIPTS = paths.REPO / "dev" / "demo_scripts.py"


def main():
    tree = instance.find(os.environ.get("SERIES") or None)
    orders, language = _orders_file(), _language()
    port = _choose_port()
    addon.build(tree)
    with postgres.Server() as server:
        odoo = instance.Odoo(tree, server)
        name = f"demo_{tree.series}_{port}"
        try:
            databases.copy(odoo, _ready_database(odoo, orders, language), name)
            return _serve(odoo, name, port)
        finally:
            databases.drop(odoo, name)


def _orders_file():
    named = os.environ.get("ORDERS")
    if not named:
        return None
    path = Path(named).expanduser().resolve()
    if not path.is_file():
        raise paths.ToolError(f"ORDERS={named}: there is no such file.")
    return path


def _language():
    named = os.environ.get("DEMO_LANG") or _LANGUAGES[0]
    if named not in _LANGUAGES:
        raise paths.ToolError(f"DEMO_LANG={named}: choose one of {', '.join(_LANGUAGES)}.")
    return named


def _choose_port():
    """Return PORT, or the default port, or a free one when that is taken."""
    named = os.environ.get("PORT")
    if named and not (named.isdigit() and 0 < int(named) < 65536):
        raise paths.ToolError(f"PORT={named} is no port number (1 to 65535).")
    port = int(named or DEFAULT_PORT)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return port
        except OSError as error:
            if named:
                raise paths.ToolError(
                    f"PORT={named} cannot be used: {error.strerror}. Choose another."
                ) from error
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# -- the database ------------------------------------------------------------------


def _ready_database(odoo, orders, language):
    """Return the name of a database with the addon, data and segments.

    It is kept until the addon, the data or the day changes: demo data is dated
    relative to today.
    """
    kind = f"ready_{odoo.tree.series}_{'orders' if orders else f'demo_{language.lower()}'}"
    name = f"{kind}_{_digest(odoo, orders)}"
    with locks.locked(kind, waiting="waiting for another make demo"):
        if not databases.exists(odoo.server, name):
            databases.drop_like(odoo, f"{kind}_")
            fresh = f"{name}_new"
            _build(odoo, fresh, orders, language)
            databases.rename(odoo, fresh, name)
    return name


def _digest(odoo, orders):
    parts = [
        databases.template_name(odoo.tree, demo=not orders),
        addon.source_digest(odoo.tree.addon_parent / paths.ADDON),
        str(paths.REPO),
        _SCRIPTS.read_text(),
    ]
    if orders:
        loader = sorted((paths.REPO / "dev" / "orders").glob("*.py"))
        parts.append(hashlib.sha256(orders.read_bytes()).hexdigest())
        parts += [file.read_text() for file in loader]
    else:
        parts.append(str(date.today()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


def _build(odoo, name, orders, language):
    demo = not orders
    databases.create(odoo, name, demo)
    if demo and language == "zh_CN":
        paths.say("moving to China")
        _script(odoo, name, "move_to_china")
    paths.say("installing the addon" + (" and its demo data" if demo else ""))
    addon.install(odoo, name, demo)
    state = addon.state(odoo, name)
    if state != "installed":
        raise paths.ToolError(f"The addon is not installed: its state is {state!r}.")
    if orders:
        paths.say(f"loading {orders}")
        _script(odoo, name, "load", orders)
    paths.say("classifying the customers")
    _script(odoo, name, "classify")


def _script(odoo, name, *arguments):
    """Run a function of demo_scripts.py in Odoo's shell, its output as progress."""
    log = databases.log_file(odoo, f"{name}.{arguments[0]}")
    log.unlink(missing_ok=True)
    words = ", ".join(["env", *(repr(str(word)) for word in arguments[1:])])
    code = f"import sys\nsys.path.append({str(_SCRIPTS.parent)!r})\nimport {_SCRIPTS.stem}\n"
    code += f"{_SCRIPTS.stem}.{arguments[0]}({words})\n"
    errors = log.with_suffix(".stderr")
    with errors.open("w+") as stderr:
        process = subprocess.Popen(
            odoo.command("shell", "-d", name, "--no-http", f"--logfile={log}"),
            env={**odoo.env, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        try:
            process.stdin.write(code)
            process.stdin.close()
            for line in process.stdout:
                paths.say(f"  {line.rstrip()}")
            process.wait()
        finally:
            _stop(process)
        if process.returncode:
            stderr.seek(0)
            raise paths.ToolError(_plain_error(stderr.read(), log))


def _plain_error(output, log):
    """Return the message of demo_scripts' own errors, else the whole output."""
    _before, mark, message = output.partition("demo_scripts.DemoError: ")
    return message.strip() if mark else f"{output[-4000:]}\nThe log is {log}."


# -- serving -----------------------------------------------------------------------


def _serve(odoo, name, port):
    """Serve until Ctrl-C or TERM; return the exit status."""
    log = databases.log_file(odoo, f"demo_{port}.server")
    log.unlink(missing_ok=True)
    paths.say("starting Odoo")
    stopped = _StopSignals()
    process = subprocess.Popen(
        odoo.command("-d", name, f"--http-port={port}", f"--db-filter=^{name}$")
        + ["--no-database-list", "--max-cron-threads=1", f"--logfile={log}"],
        env=odoo.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C reaches us only, and we stop Odoo once
        start_new_session=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        if _wait_until_up(process, address, stopped, log):
            _show(odoo, name, address)
            while not stopped and process.poll() is None:
                time.sleep(0.2)
        if not stopped:
            raise paths.ToolError(f"Odoo ended by itself; its log is {log}.")
        paths.say("stopping")
    finally:
        _stop(process)
    return 0


class _StopSignals:
    """Is true once Ctrl-C or TERM has arrived."""

    def __init__(self):
        self._arrived = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def __bool__(self):
        return self._arrived

    def _note(self, _number, _frame):
        self._arrived = True


def _stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(process, address, stopped, log):
    """Wait for the login page; False when Odoo ended or we are to stop."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if stopped or process.poll() is not None:
            return False
        try:
            with urllib.request.urlopen(f"{address}/web/login", timeout=60) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            raise paths.ToolError(
                f"The login page answers {error.code}; the log is {log}."
            ) from error
        except OSError:
            time.sleep(0.1)
    raise paths.ToolError(f"Odoo does not answer on {address}; the log is {log}.")


def _show(odoo, name, address):
    report = odoo.server.psql(
        "SELECT value FROM ir_config_parameter "
        "WHERE key = 'customer_segmentation.demo_report'",
        name,
    )
    known = odoo.server.psql("SELECT login FROM res_users WHERE active", name).split("\n")
    logins = ", ".join(f"{login}/{login}" for login in _LOGINS if login in known)
    print(f"\n{report}\n\nOdoo {odoo.tree.version}: {address}\nLogin:  {logins}")
    print("Ctrl-C stops it.", flush=True)


if __name__ == "__main__":
    # a TERM during the preparation ends it as Ctrl-C does
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated."))
    paths.main(main)
