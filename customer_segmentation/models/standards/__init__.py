from . import version, versioned, limits, criteria, dimension, segment, policy, dimension_rule_check
