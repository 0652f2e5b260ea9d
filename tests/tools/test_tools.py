"""The tools of dev/ that can be tried without an Odoo."""

import subprocess
import sys

import addon
import databases
import demo
import instance
import lint
import locks
import paths
import pytest
import run_tests


@pytest.fixture(name="cache")
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def make_tree(folder, major):
    release = folder / "odoo" / "release.py"
    release.parent.mkdir(parents=True)
    release.write_text(f'series = "{major}.0"\nversion = "{major}.0-20240101"\n')
    return folder


def test_tree_when_checkout_then_series_is_read_from_its_release(tmp_path):
    tree = instance.read_tree(make_tree(tmp_path / "checkout", 17))
    assert (tree.series, tree.version) == ("17.0", "17.0-20240101")


def test_tree_when_debian_package_then_its_partial_copy_of_addons_is_left_out(tmp_path):
    packages = make_tree(tmp_path / "usr/lib/python3/dist-packages", 19)
    (packages / "addons" / "web").mkdir(parents=True)
    assert instance.read_tree(tmp_path).core_addons == [packages / "odoo" / "addons"]


def test_tree_when_checkout_then_both_addons_folders_are_used(tmp_path):
    (make_tree(tmp_path, 17) / "addons" / "web").mkdir(parents=True)
    folders = instance.read_tree(tmp_path).core_addons
    assert folders == [tmp_path / "addons", tmp_path / "odoo" / "addons"]


def test_find_when_odoo_home_is_no_tree_then_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(paths.ToolError, match="odoo/release.py is missing"):
        instance.find()


def test_find_when_no_17_0_anywhere_then_asks_for_odoo_home(cache, monkeypatch):
    monkeypatch.delenv("ODOO_HOME", raising=False)
    with pytest.raises(paths.ToolError, match="Set ODOO_HOME"):
        instance.find("17.0")


def test_find_when_odoo_home_and_cache_have_the_series_then_odoo_home_wins(
    cache, tmp_path, monkeypatch
):
    make_tree(cache / "odoo" / "17.0", 17)
    named = make_tree(tmp_path / "named", 17)
    monkeypatch.setenv("ODOO_HOME", str(named))
    assert instance.find("17.0").home == named


@pytest.mark.parametrize("name", ["", "Upper", 'a"b', "-d", "a;b", "x" * 64])
def test_database_name_when_unsafe_then_refused(name):
    with pytest.raises(paths.ToolError, match="no database name"):
        databases.check_name(name)


def test_log_when_it_has_warnings_and_tracebacks_then_their_first_lines_are_found(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(
        "2026-01-31 10:00:00,123 77 INFO db odoo.modules: an ERROR in a message\n"
        "2026-01-31 10:00:00,124 77 WARNING db odoo.models: no access rules\n"
        "2026-01-31 10:00:00,125 77 ERROR db odoo.sql_db: bad query\n"
        "Traceback (most recent call last):\n"
    )
    found = [line.split(" db ")[1] for line in addon.bad_lines(log, "17.0")]
    assert found == ["odoo.models: no access rules", "odoo.sql_db: bad query"]


def test_source_digest_when_a_file_changes_or_moves_then_differs(tmp_path):
    first = tmp_path / "a.py"
    first.write_text("x = 1\n")
    digests = {addon.source_digest(tmp_path)}
    first.write_text("x = 2\n")
    digests.add(addon.source_digest(tmp_path))
    first.rename(tmp_path / "b.py")
    digests.add(addon.source_digest(tmp_path))
    assert len(digests) == 3


def test_report_when_a_test_errors_at_setup_then_it_counts_as_failed(tmp_path):
    report = tmp_path / "tests.xml"
    report.write_text(
        "<testsuites><testsuite><testcase/><testcase><error/></testcase>"
        "<testcase><failure/></testcase><testcase><skipped/></testcase></testsuite></testsuites>"
    )
    counts = {"passed": 1, "failed": 2, "skipped": 1}
    assert run_tests._read_report(report) == counts


def test_lock_when_another_process_has_it_then_not_taken(cache):
    holder = (
        "import sys; sys.path.append(sys.argv[1]); import locks\n"
        "lock = locks.FileLock('x'); lock.acquire(); print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(paths.REPO / "dev")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        lock = locks.FileLock("x")
        assert not lock.acquire(wait=False)
        process.stdin.close()
        process.wait()
        assert lock.acquire(wait=False)
        lock.release()


def test_machine_paths_when_in_a_line_then_found():
    # put together here, else lint would find this file
    for words in (("/", "root/x"), ("/", "tmp/y"), ("files.python", "hosted.org")):
        assert lint._MACHINE.search("see " + "".join(words))
    assert not lint._MACHINE.search("/var/cache/customer_segmentation, /usr/share/fonts")


def test_port_when_named_and_no_number_then_refused(monkeypatch):
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(paths.ToolError, match="no port number"):
        demo._choose_port()


def test_orders_when_file_is_missing_then_refused_before_anything(monkeypatch, tmp_path):
    monkeypatch.setenv("ORDERS", str(tmp_path / "none.csv"))
    with pytest.raises(paths.ToolError, match="no such file"):
        demo._orders_file()
