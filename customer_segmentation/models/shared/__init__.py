from . import guarded, partner_button, mixin, banner
