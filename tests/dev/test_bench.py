"""Which Odoo the benchmark takes. Plain pytest: nothing here needs Odoo."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "dev"))

import bench  # noqa: E402


@pytest.fixture
def trees(tmp_path, monkeypatch):
    """17.0 in the cache, 18.0 elsewhere; the variables are as make exports them: empty."""
    for folder, series in (("cache/odoo/17.0", "17.0"), ("elsewhere", "18.0")):
        release = tmp_path / folder / "odoo/release.py"
        release.parent.mkdir(parents=True)
        release.write_text(f'series = "{series}"\nversion = "{series}-test"\n')
    monkeypatch.setenv("CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ODOO_HOME", "")
    monkeypatch.setenv("SERIES", "")
    return tmp_path


def test_tree_when_odoo_home_names_one_then_that(trees, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(trees / "elsewhere"))
    assert bench._tree().home == trees / "elsewhere"


def test_tree_when_a_series_is_named_too_then_the_series_decides(trees, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(trees / "elsewhere"))
    monkeypatch.setenv("SERIES", "17.0")
    assert bench._tree().home == trees / "cache/odoo/17.0"


def test_tree_when_nothing_is_named_then_the_series_of_the_source(trees):
    assert bench._tree().home == trees / "cache/odoo/17.0"
