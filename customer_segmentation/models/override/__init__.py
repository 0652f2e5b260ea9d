from . import override_reason, override, profile
