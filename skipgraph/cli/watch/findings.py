"""Findings for the page: the text that `check` prints, in runs by their colour, and the lines it is about, marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from skipgraph.diagnostics import Diagnostic, Label, Report, Source, Span
from skipgraph.diagnostics.snippets import MOST, counted, one, visible

_PAINTS = {"1;31": "error", "1;33": "warning", "1;34": "frame", "1": "strong", "0": ""}
"""By the numbers of their escape sequences. A spec's own never get as far: they are shown as `\\x1b`."""
_ESCAPE = re.compile("\x1b\\[([0-9;]*)m")
_WHOLE = 800
"""Lines of a file that is shown from its first to its last."""
_AROUND = 12
"""Lines about a mark in a longer one."""
_LONGEST = 400
"""Characters of a line."""

Runs: TypeAlias = list[tuple[str, str]]
"""Pieces of text, each with the name of how it is shown."""


@dataclass(frozen=True, slots=True)
class Told:
    """Findings as data for the page's script."""

    failed: bool = False
    data: dict[str, Any] = field(default_factory=lambda: {"findings": [], "more": 0, "count": "", "sources": []})


def told(report: Report) -> Told:
    """The findings of a run, at most so many as `check` tells."""
    found = list(report)
    shown = found[:MOST]
    marks = _Marks()
    findings = [_finding(each, marks) for each in shown]
    data = {"findings": findings, "more": len(found) - len(shown), "count": counted(report)}
    return Told(report.failed, data | {"sources": marks.sources()})


def _finding(found: Diagnostic, marks: _Marks) -> dict[str, Any]:
    marks.add(found.primary, str(found.severity))
    for label in found.related:
        marks.add(label, "related")
    return {"code": found.code, "severity": str(found.severity), "at": marks.place(found.span), "text": runs(found)}


def runs(found: Diagnostic) -> Runs:
    """A finding as `check` prints it on a terminal with colours."""
    text, *painted = _ESCAPE.split(one(found, color=True).rstrip("\n"))
    pieces = [("", text), *((_PAINTS[paint], piece) for paint, piece in zip(painted[::2], painted[1::2], strict=True))]
    return [piece for piece in pieces if piece[1]]


class _Marks:
    """The places that findings point at, by source and line."""

    def __init__(self) -> None:
        self._sources: list[Source] = []
        self._lines: list[dict[int, list[tuple[int, int, str]]]] = []

    def place(self, span: Span) -> tuple[int, int] | None:
        """The source's number, and the line; None for what has no text."""
        return (self._number(span.source), span.line) if span.source.text else None

    def add(self, label: Label, kind: str) -> None:
        span = label.span
        if not span.source.text:
            return
        line = span.source.line(span.line)
        end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
        start = min(span.column - 1, len(line))
        lines = self._lines[self._number(span.source)]
        lines.setdefault(span.line, []).append((start, max(end, start + 1), kind))

    def _number(self, source: Source) -> int:
        if source not in self._sources:
            self._sources.append(source)
            self._lines.append({})
        return self._sources.index(source)

    def sources(self) -> list[dict[str, Any]]:
        """Each with its lines: number, how it is shown, runs."""
        return [
            {"name": visible(source.name), "lines": list(_listing(source, marked))}
            for source, marked in zip(self._sources, self._lines, strict=True)
        ]


def _listing(source: Source, marked: dict[int, list[tuple[int, int, str]]]) -> Iterator[tuple[int, str, Runs]]:
    # what ends with a line's end has no line after it
    count = len(source.lines) - source.text.endswith("\n")
    if count <= _WHOLE:
        shown = set(range(1, count + 1))
    else:
        shown = {near for line in marked for near in range(line - _AROUND, line + _AROUND + 1) if 0 < near <= count}
    for number in sorted(shown | marked.keys()):
        marks = marked.get(number, [])
        kinds = {kind for _, _, kind in marks}
        loudest = next((kind for kind in ("error", "warning", "related") if kind in kinds), "")
        yield number, loudest, _marked(source.line(number), marks)


def _marked(line: str, marks: list[tuple[int, int, str]]) -> Runs:
    """The line in runs; where marks meet, the first holds."""
    first = max(0, min((start for start, _, _ in marks), default=0) - _LONGEST // 2) if len(line) > _LONGEST else 0
    last = min(len(line), first + _LONGEST)
    pieces: Runs = [("", "...")] if first else []
    at = first
    for start, end, kind in sorted(marks):
        start, end = max(at, start), min(last, end)
        if start < end:
            pieces += [("", visible(line[at:start])), (kind, visible(line[start:end]))]
            at = end
    pieces.append(("", visible(line[at:last]) + ("..." if last < len(line) else "")))
    return [piece for piece in pieces if piece[1]]
