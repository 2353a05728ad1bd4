"""How findings and results reach the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from skipgraph.api import Settings, examine
from skipgraph.diagnostics import Diagnostic, Label, Report, Severity, Source, Span, writers
from skipgraph.graph import Network


def colored(stream: TextIO) -> bool:
    """Whether to use colour: on a terminal that can, unless NO_COLOR is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_findings(report: Report, stream: TextIO) -> None:
    """The findings as text."""
    stream.write(writers.text(report, color=colored(stream)))


def checked(file: str, settings: Settings) -> Network | None:
    """The network of a spec's file, or None; findings go to stderr, so that stdout has the result alone."""
    network, report = examine(Path(file), settings)
    print_findings(report, sys.stderr)
    return network


def width(stream: TextIO) -> int | None:
    """The columns of a terminal; None where the stream is none, so that no line need be broken."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if stream.isatty() else None


def failure(code: str, message: str, place: str, help: str | None, severity: Severity = Severity.ERROR) -> Diagnostic:
    """A finding about a file as a whole."""
    return Diagnostic(code, severity, message, Label(Span(Source(place, ""), 1, 1, 1, 1)), (), help)


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Within it, a person who watches sees that something is done."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{doing} ..."):
        yield
