"""Settings of the test runs; ``make test`` runs them (see dev/run_tests.py)."""

import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
# Appended, so that no tool can hide a module of Odoo. Tests build on cases of other folders too
# (feedback_case, …).
sys.path += [str(_HERE / "dev"), str(_HERE / "tests")]
sys.path += sorted({str(case.parent) for case in (_HERE / "tests").glob("*/*_case.py")})


@pytest.fixture(scope="session", autouse=True)
def list_of_static_folders():
    """Have Odoo 17 list its static folders before the first browser comes.

    It reads all manifests at the first request. A browser sends several at once, and Python 3.11
    can fail to parse in two threads at a time ("AST constructor recursion depth mismatch"): then
    a tour would fail for a file that was answered with an error.
    """
    from odoo import http

    getattr(getattr(http, "root", None), "statics", None)
