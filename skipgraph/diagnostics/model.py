"""Where a finding is, what it says, and the report that collects findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from skipgraph.diagnostics.codes import CODES


class Severity(StrEnum):
    """How much a finding weighs: an error stops the pipeline, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Source:
    """A text and the name that messages call it by.

    `name` is what a person sees (the path as given, `<string>`, `--set base`); `path` is the file it was read
    from, absolute, or None for text that came from elsewhere.
    """

    name: str
    text: str = field(repr=False)
    path: str | None = None

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends, broken where YAML breaks them."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def line(self, number: int) -> str:
        """Line `number`, counted from 1; empty past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source. Lines and columns count characters from 1; the end is exclusive."""

    source: Source = field(repr=False)
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def place(self) -> str:
        """`file:line:column`."""
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Label:
    """A span and what is to be said beneath it."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code, one sentence, its place, related places, and the next keystroke."""

    code: str
    severity: Severity
    message: str
    primary: Label
    related: tuple[Label, ...] = ()
    help: str | None = None

    @property
    def span(self) -> Span:
        return self.primary.span


class Report:
    """The findings of one run, in the order of the file, one for each mistake.

    A stage takes the report, adds what it finds, and returns its product or None. Two findings with the same code
    at the same place are one mistake seen twice (a block called from ten places): the first is kept.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Diagnostic] = {}

    def add(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        related: tuple[Label, ...] = (),
        help: str | None = None,
    ) -> None:
        """Add a finding with the severity that its code has."""
        severity = Severity.WARNING if CODES[code].warning else Severity.ERROR
        found = Diagnostic(code, severity, message, Label(span, label), related, help)
        self._found.setdefault((code, span.source.name, span.line, span.column, span.end_column), found)

    def extend(self, found: Iterable[Diagnostic]) -> None:
        """Add findings of another run, those that are told already left out."""
        for each in found:
            span = each.span
            place = (span.source.name, span.line, span.column, span.end_column)
            self._found.setdefault((each.code, *place, each.message), each)

    def strict(self) -> Report:
        """The same findings, every warning an error."""
        report = Report()
        report.extend(replace(found, severity=Severity.ERROR) for found in self)
        return report

    def __iter__(self) -> Iterator[Diagnostic]:
        """The findings, those of one source together, by line and column."""
        names = {found.span.source.name: None for found in self._found.values()}
        rank = {name: index for index, name in enumerate(names)}
        return iter(
            sorted(
                self._found.values(),
                key=lambda found: (rank[found.span.source.name], found.span.line, found.span.column),
            )
        )

    def __len__(self) -> int:
        return len(self._found)

    @property
    def errors(self) -> list[Diagnostic]:
        return [found for found in self if found.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Diagnostic]:
        return [found for found in self if found.severity is Severity.WARNING]

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return any(found.severity is Severity.ERROR for found in self._found.values())
