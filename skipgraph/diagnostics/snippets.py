"""Findings as text for a terminal: the line of each place, what is meant underlined, and what to do."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from skipgraph.diagnostics.model import Diagnostic, Label, Report, Severity, Span

MOST = 50
"""Findings that are told."""
_WIDTH = 160
_LEAD = 60
"""How much of a clipped line is shown before the place."""
_LONGEST = 600
"""Of a message, which may quote what a stranger wrote."""
_TAB = "    "

# What a terminal would act on or hide: controls, line separators, bidirectional and zero-width characters, surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """The text with what a terminal would act on or hide written as an escape."""
    return _UNSEEN.sub(lambda found: _escape(found[0]), text)


def text(report: Report, color: bool) -> str:
    """The findings in the order of the file, at most 50, and their count; empty where there are none."""
    found = list(report)
    if not found:
        return ""
    parts = [one(item, color) for item in found[:MOST]]
    if len(found) > MOST:
        parts.append(f"and {len(found) - MOST} more\n")
    parts.append(counted(report) + "\n")
    return "\n".join(parts)


def one(found: Diagnostic, color: bool) -> str:
    """A finding as it stands among the others."""
    return _finding(found, _COLOR if color else _PLAIN)


@dataclass(frozen=True, slots=True)
class _Paint:
    """The escape sequences for each kind of text."""

    error: str
    warning: str
    frame: str
    strong: str
    off: str


_PLAIN = _Paint("", "", "", "", "")
_COLOR = _Paint("\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m")


def _finding(found: Diagnostic, paint: _Paint) -> str:
    loud = paint.error if found.severity is Severity.ERROR else paint.warning
    labels = (found.primary, *found.related)
    gutter = max(len(str(label.span.line)) for label in labels)
    head = f"{loud}{found.severity}[{found.code}]{paint.off}"
    lines = [f"{head}{paint.strong}: {_one_line(found.message)}{paint.off}"]
    lines += _snippet(found.primary, gutter, "-->", "^", loud, paint)
    for label in found.related:
        lines += _snippet(label, gutter, ":::", "-", paint.frame, paint)
    if found.help:
        first, *rest = found.help.split("\n")
        lines.append(f"{' ' * gutter} {paint.frame}={paint.off} {paint.strong}help{paint.off}: {_one_line(first)}")
        lines += [f"{' ' * gutter}         {_one_line(line)}" for line in rest]
    return "\n".join(lines) + "\n"


def _snippet(label: Label, gutter: int, arrow: str, mark: str, loud: str, paint: _Paint) -> list[str]:
    """The place, and its line with the span underlined. A text of no line gives only its name."""
    span = label.span
    pad = " " * gutter
    if not span.source.text:
        note = [f"{pad} {paint.frame}={paint.off} {_one_line(label.text)}"] if label.text else []
        return [f"{pad}{paint.frame}{arrow}{paint.off} {_one_line(span.source.name)}", *note]
    shown, before, width = _window(span)
    under = " " * before + loud + mark * width
    tail = f" {_one_line(label.text)}" if label.text else ""
    bar = f"{paint.frame}|{paint.off}"
    number = f"{paint.frame}{span.line:>{gutter}}{paint.off}"
    return [
        f"{pad}{paint.frame}{arrow}{paint.off} {_one_line(span.place)}",
        f"{pad} {bar}",
        f"{number} {bar} {shown}".rstrip(),
        f"{pad} {bar} {under}{tail}{paint.off}",
    ]


def _window(span: Span) -> tuple[str, int, int]:
    """What is shown of the line, and in terminal columns how far in the underlining starts and how long it is."""
    line = span.source.line(span.line)
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line.rstrip())
    first = max(0, start - _LEAD) if len(line) > _WIDTH else 0
    cells = [_cell(character) for character in line[first : first + _WIDTH]]
    before = sum(map(_columns, cells[: start - first]))
    while before > _WIDTH * 3 // 4 and first < start:
        before -= _columns(cells.pop(0))
        first += 1
    lead = "..." if first else ""
    last, total = 0, len(lead)
    while last < len(cells) and total + _columns(cells[last]) <= _WIDTH:
        total += _columns(cells[last])
        last += 1
    width = sum(map(_columns, cells[start - first : min(end - first, last)]))
    tail = "..." if first + last < len(line) else ""
    return lead + "".join(cells[:last]) + tail, len(lead) + before, max(1, width)


def _cell(character: str) -> str:
    """How a character of a source line is shown."""
    if " " <= character <= "~":
        return character
    return _TAB if character == "\t" else visible(character)


def _columns(cell: str) -> int:
    """How many terminal columns a cell takes."""
    if cell.isascii():
        return len(cell)
    if unicodedata.category(cell) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(cell) in "WF" else 1


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _one_line(text: str) -> str:
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def counted(report: Report) -> str:
    """`1 error, 2 warnings`."""
    counts = ((len(report.errors), "error"), (len(report.warnings), "warning"))
    return ", ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts if count)
