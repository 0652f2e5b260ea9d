from . import engine, draft, draft_line, draft_move
