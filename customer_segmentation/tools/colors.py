"""Odoo's colour numbers as CSS, for pages that the style sheet of the web client does not reach."""

NO_COLOR = "background-color: #e9ecef; color: #495057"
LETTERS = "#212529"
COLORS = (
    None, "#ee2d2d", "#dc8534", "#e8bb1d", "#5794dd", "#9f628f", "#db8865",
    "#41a9a2", "#304be0", "#ee2f8a", "#61c36e", "#9872e6",
)


def badge_style(color):
    """The CSS of a badge with an Odoo colour number: half colour, half white, dark letters.

    >>> badge_style(4)
    'background-color: #abcaee; color: #212529'
    >>> badge_style(0) == badge_style(99) == NO_COLOR
    True
    """
    if not 0 < color < len(COLORS):
        return NO_COLOR
    channels = (int(COLORS[color][start : start + 2], 16) for start in (1, 3, 5))
    pale = "".join(f"{(channel + 256) // 2:02x}" for channel in channels)
    return f"background-color: #{pale}; color: {LETTERS}"
