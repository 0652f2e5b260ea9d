"""Ids of the views that put rows of several models together."""

from odoo.tools import SQL

ROWS = 16  # so many rows of a document
MODELS = 2**16  # a browser counts exactly to 2**53: ids of documents may go up to 2**33


def row_id(model, res_id, number=0):
    """The id of a row that tells of a document: no other source has it, and it stays.

    Each model has its range, given out by Odoo's own registry of models.

    :param str model: name of the document's model
    :param SQL res_id: the column of the document's id
    :param number: which row of the document it is, 0 to 15: an int, or ``SQL`` of a column
    :return: SQL, a bigint
    """
    return SQL(
        """(%(res_id)s::bigint * %(models)s
            + (SELECT known.id FROM ir_model known WHERE known.model = %(model)s)) * %(rows)s
            + %(number)s""",
        model=model,
        models=MODELS,
        number=number,
        res_id=res_id,
        rows=ROWS,
    )
