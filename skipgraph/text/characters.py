"""Characters that may not stand in a spec: unseen, they make it mean something else than it shows."""

from __future__ import annotations

import re

from skipgraph.diagnostics import Report, Source, Span

# Controls but tab and line ends; YAML 1.1's other line ends, at which editors do not break; zero-width and
# bidirectional controls (Trojan Source, CVE-2021-42574); a byte order mark inside; halves of surrogate pairs;
# non-characters.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)

_LINE_END = re.compile(r"\r\n|\r|\n")

_NAMES = {
    "\x00": "a NUL character",
    "\x1b": "an escape character",
    "\x7f": "a delete character",
    "\u200b": "a zero-width space",
    "\u2028": "a line separator",
    "\u2029": "a paragraph separator",
    "\u2060": "a word joiner",
    "\ufeff": "a byte order mark",
}


def named(character: str) -> str:
    """What a message calls a forbidden character, with its code point."""
    if character in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        name = "a bidirectional control character"
    elif "\ud800" <= character <= "\udfff":
        name = "half of a surrogate pair"
    else:
        name = _NAMES.get(character, "a control character" if character < "\xa0" else "a non-character")
    return f"{name} (U+{ord(character):04X})"


def place(text: str, index: int) -> tuple[int, int]:
    """Line and column of a character, both from 1."""
    line, start = 1, 0
    for end in _LINE_END.finditer(text, 0, index):
        line, start = line + 1, end.end()
    return line, index - start + 1


def check_characters(source: Source, report: Report) -> bool:
    """Whether every character may stand in a spec. The first that may not is reported, with how many follow."""
    found = FORBIDDEN.search(source.text)
    if found is None:
        return True
    line, column = place(source.text, found.start())
    more = len(FORBIDDEN.findall(source.text)) - 1
    tail = f", and {more} more such characters" if more > 1 else ", and one more such character" if more else ""
    report.add(
        "SG107",
        f"{named(found[0])} may not stand in a spec{tail}",
        Span(source, line, column, line, column + 1),
        help="delete it" if found[0] != "\x00" else "save the file as UTF-8 text",
    )
    return False
