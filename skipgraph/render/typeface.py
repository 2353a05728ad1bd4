"""The typeface of PNG and PDF: it comes along, so that they do not hang on the fonts of the machine."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FAMILY = "Arimo"
_FOLDER = Path(__file__).parent / "fonts"
REGULAR, BOLD = _FOLDER / "Arimo-Regular.ttf", _FOLDER / "Arimo-Bold.ttf"

LACKING = "\ufffd"
"""What stands in place of a character that the typeface lacks."""


def drawable(text: str) -> str:
    """The text, with a sign in place of each character that the typeface lacks: nothing is left out without a word."""
    have = frozenset() if text.isascii() else _characters()
    # line breaks are of the markup, not of a text
    return re.sub(r"[^\n\x20-\x7e]", lambda found: found[0] if found[0] in have else LACKING, text)


@cache
def _characters() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(REGULAR) as font:
        return frozenset(map(chr, font.getBestCmap()))
