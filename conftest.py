"""Settings of the test runs; ``make test`` runs them (see dev/run_tests.py)."""

import sys
from pathlib import Path

# Appended, so that no tool can hide a module of Odoo.
sys.path.append(str(Path(__file__).parent / "dev"))
