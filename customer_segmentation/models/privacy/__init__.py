from . import res_partner, banner
