"""The tables in ``data/``: a record a line, told in English and, where it differs, in Chinese.

Columns are named after the fields they fill; days count back from the day of installation.
"""

import csv
from pathlib import Path
from types import SimpleNamespace

FOLDER = Path(__file__).parent / "data"
CHINESE = "_zh"


def read(name, chinese=False):
    """Return the rows of a table, one attribute (str) for each column; an empty cell is "".

    ``line`` (int) is the row's number, from 1.

    :param bool chinese: the texts of the columns ``…_zh`` in the place of the English ones
    """
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [SimpleNamespace(line=n, **_cells(row, chinese)) for n, row in enumerate(rows, 1)]


def _cells(row, chinese):
    return {
        name: chinese and row.get(name + CHINESE) or cell
        for name, cell in row.items()
        if not name.endswith(CHINESE)
    }
