from . import override_reason, override, profile, res_partner
