from . import (
    profile,
    profile_clock,
    profile_population,
    profile_contact,
    completeness,
    profile_completeness,
    res_partner,
)
