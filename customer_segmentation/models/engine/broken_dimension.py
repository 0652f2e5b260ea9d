class BrokenDimension(str):
    """A warning that a dimension could not be classified anew; it knows which one."""

    dimension_id = None
