from . import (
    profile,
    profile_clock,
    profile_population,
    profile_contact,
    profile_meaning,
    completeness,
    profile_completeness,
    res_partner,
)
