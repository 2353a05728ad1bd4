"""How wide a text is: a table, so that a page does not depend on the fonts of the machine that lays it out."""

from __future__ import annotations

import unicodedata

# Thousandths of an em of Arimo, which comes along; Helvetica, Arial and Liberation Sans have the same, accents or not.
_BY_WIDTH = {
    162: "ⁱ",
    167: "⁄",
    188: "′",
    191: "'",
    217: "⁽⁾₍₎",
    222: "ijlłſιіј‘’‚‛",
    260: "|¦",
    274: "∫",
    278: " !,./:;I[\\]ft\xa0ìíîïĩīĭıŧ·ΙІї∙",
    292: "ľ",
    323: "ℓ",
    333: "()-`r¡¨\xad²³´·¸¹‐‑“”„‹›⁰⁴⁵⁶⁷⁸⁹⁺⁻⁼₀₁₂₃₄₅₆₇₈₉₊₋₌",
    334: "{}ŀ",
    350: "•",
    354: "″▪▫",
    355: '"',
    365: "ºгⁿ",
    370: "ª",
    375: "ť",
    384: "Ί",
    389: "*",
    395: "τ",
    400: "°",
    411: "ґ",
    438: "к",
    441: "ζ",
    442: "ϵ",
    444: "ĳ",
    446: "ε",
    448: "ξ",
    458: "зт",
    469: "^",
    482: "ς",
    489: "Ґ",
    494: "∂◊",
    500: "JcksvxyzĸγκλνЈсухѕ↑↓↕",
    510: "эє",
    521: "чь",
    525: "χ",
    531: "в",
    537: "¶",
    542: "Гпя",
    547: "υ",
    549: "±÷√≈≠≤≥",
    551: "Γ",
    552: "¯нџ",
    556: "#$0123456789?L_abdeghnopqu¢£¤¥§«»ðþđħĿŁŋηθοаеорђћ‒–†‡€",
    557: "δ",
    559: "и",
    560: "ϕ",
    569: "ρ",
    573: "бц",
    575: "β",
    576: "µμ",
    578: "α",
    583: "Кдл≡",
    584: "+<=>~¬×−",
    604: "ŉЗ■□○●",
    611: "FTZ¿ßøŦΖΤТ",
    612: "∆",
    615: "ď",
    617: "σ",
    618: "Σ",
    625: "ъ",
    635: "У",
    648: "φ",
    650: "Ξ",
    656: "БЛЬ",
    667: "&ABEKPSVXYÞΑΒΕΚΡΥΧЅАВЕРХЧ",
    668: "ΔΛ",
    669: "ж",
    677: "Д",
    688: "м",
    690: "π",
    703: "ẞ",
    713: "ψ∑∞",
    714: "ℝ",
    719: "ЄЏИПЭы∩",
    722: "CDHNRUwÐĐĦΗΝΠНСЯ",
    723: "Ŋ",
    735: "Ĳ",
    737: "©®",
    740: "Ц",
    748: "Ω",
    750: "ю",
    752: "Ώ",
    760: "Ф",
    768: "Ω",
    774: "Ό",
    778: "GOQØΘΟОℕ",
    781: "ω",
    784: "Έ",
    792: "Ъ",
    798: "Φ",
    802: "ш",
    812: "њ",
    823: "фщ∏",
    833: "MmΜМ",
    834: "¼½¾⅛⅜⅝⅞",
    835: "Ψ",
    838: "Ή",
    840: "�",
    854: "Ћ",
    855: "Ύ",
    865: "Ђ",
    885: "Ы",
    889: "%æ",
    906: "љ",
    917: "Ш",
    923: "Ж",
    938: "Щ",
    944: "Wœ",
    990: "▲►▼◄",
    1000: "ÆŒ—―…‰™←→↔",
    1010: "ЊЮ",
    1015: "@",
    1057: "Љ",
    1073: "№",
}


class _Widths(dict[str, int]):
    """The width of each character; of one that the table lacks, about."""

    def __missing__(self, character: str) -> int:
        if _UNICODE.combining(character):
            return 0
        base = _UNICODE.normalize("NFD", character)[0]
        if base in self:
            return self[base]
        # what it does not know is taken for wide
        known = ord(character) <= 0xFFFF and _UNICODE.category(character) != "Cn"
        return _OTHER if known and _UNICODE.east_asian_width(character) not in "WF" else _WIDE


_WIDTH = _Widths({character: width for width, characters in _BY_WIDTH.items() for character in characters})
_OTHER = 667
_WIDE = 1000
_UNICODE = unicodedata.ucd_3_2_0
"""The version that every Python has; of newer ones each has another."""

BOLD = 1.08
"""How much wider bold type runs."""
SLACK = 1.16
"""Room for a fallback font that runs wider, such as DejaVu Sans, and for bold."""


def width_of(text: str, size: float) -> float:
    """The width of a line of text, a little generous, in the unit of `size`."""
    return sum(map(_WIDTH.__getitem__, text)) * size * SLACK / 1000


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
