from . import pool_rule, run, pool, pool_move, pool_move_claim, ir_ui_menu, res_partner
