from . import guarded, partner_button, mixin, base, banner, stake
