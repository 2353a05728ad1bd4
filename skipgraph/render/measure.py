"""How wide a text is: a table, so that a page does not depend on the fonts of the machine that lays it out."""

from __future__ import annotations

import unicodedata

# Thousandths of an em of Helvetica, which Arial, Liberation Sans and Arimo share (Adobe's font metrics).
_BY_WIDTH = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[]\\ft·",
    333: "()-`r°",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "ckszvxyJ",
    556: "#$?0123456789_abdeghnopquL–",
    584: "+<=>~×÷",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…—",
    1015: "@",
}
_WIDTH = {character: width for width, characters in _BY_WIDTH.items() for character in characters}
_OTHER = 667
_WIDE = 1000

SLACK = 1.16
"""Room for a fallback font that runs wider, such as DejaVu Sans, and for bold."""


def width_of(text: str, size: float) -> float:
    """The width of a line of text, a little generous, in the unit of `size`."""
    return sum(_width(character) for character in text) * size * SLACK / 1000


def wrapped(text: str, size: float, width: float, most: int) -> list[str]:
    """The text in lines no wider than `width`, at most so many; the last one ends in an ellipsis where more follows."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] += " …"
            break
    return [fitted(line, size, width) for line in lines]


def fitted(text: str, size: float, width: float) -> str:
    """The text, or as much of its beginning as fits, and an ellipsis."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _width(character: str) -> int:
    found = _WIDTH.get(character)
    if found is not None:
        return found
    if unicodedata.combining(character):
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF else _OTHER
