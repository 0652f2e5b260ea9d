"""Ids of the views that put rows of several models together."""

from odoo.tools import SQL

SOURCE = "customer.segmentation.source"
SOURCES = 32  # ids stay below 2**31, XML-RPC's limit, up to 67 million documents


def row_id(env, model, res_id, number=0, rows=1):
    """The id of a row that tells of a document: no other source has it.

    The documents' models are numbered by Odoo's own registry: those that wake the run, in the
    order in which Odoo came to know them. So another addon's get the next numbers.

    :param str model: name of the document's model, which inherits ``customer.segmentation.source``
    :param SQL res_id: the column of the document's id
    :param number: which row of the document it is, below ``rows``: an int, or ``SQL`` of a column
    :param int rows: so many rows a document may have; the same in all queries of a view
    :return: SQL, a bigint
    """
    names = {
        name
        for name in env.registry.descendants([SOURCE], "_inherit")
        if not env[name]._abstract
    }
    order = sorted(names, key=env["ir.model"]._get_id)
    return SQL(
        "((%s::bigint * %s + %s) * %s + %s)",
        res_id,
        SOURCES,
        order.index(model),
        rows,
        number,
    )
