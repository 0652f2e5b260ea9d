"""Settings of the test runs; ``make test`` runs them (see dev/run_tests.py)."""

import sys
from pathlib import Path

import pytest

# Appended, so that no tool can hide a module of Odoo.
sys.path += [str(Path(__file__).parent / folder) for folder in ("dev", "tests")]


@pytest.fixture(scope="session", autouse=True)
def list_of_static_folders():
    """Have Odoo 17 list its static folders before the first browser comes.

    It reads all manifests at the first request. A browser sends several at once, and Python 3.11
    can fail to parse in two threads at a time ("AST constructor recursion depth mismatch"): then
    a tour would fail for a file that was answered with an error.
    """
    from odoo import http

    getattr(getattr(http, "root", None), "statics", None)
