from typing import NamedTuple

from odoo.tools import SQL


class Measure(NamedTuple):
    """A column of the profile that the run writes: a stored field of the same name.

    ``value`` is read from the rows ``customer``, ``usual`` and ``median`` of the engine's
    statement, and from what ``_measure_joins`` adds. ``evidence`` says whether the history keeps
    it with each move: True, or an expression on the row ``result``.
    """

    value: SQL
    evidence: bool | SQL = False
