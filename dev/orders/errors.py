"""Why a history is not loaded."""


class LoadError(Exception):
    """The history was not loaded; the message says why."""


class OrderFileError(LoadError):
    """The file cannot be loaded as it is; nothing was written.

    ``problems`` holds (row number or None, reason); the header is row 1.
    """

    def __init__(self, problems):
        self.problems = problems
        super().__init__("\n".join(_describe_problem(*problem) for problem in problems))


class NotEmptyError(LoadError):
    """The company has documents already."""


class OrderTotalsError(LoadError):
    """What was read back from the database is not what the file says."""


def _describe_problem(row_number, reason):
    return f"row {row_number}: {reason}" if row_number else reason
