"""A printed module, and which step of the spec each of its statements stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeAlias

from skipgraph.diagnostics import Span

Stretch: TypeAlias = tuple[int, int, int, int]
"""First line and column, last line and column behind: counted from 1, as in `Span`."""
CHAINED = "input"
"""What goes through an nn.Sequential, as torch calls it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a statement of forward stands for."""

    place: Stretch | None
    name: str = ""
    """The node that it runs."""
    child: tuple[str, ...] = ()
    """Where the module stands that it calls."""
    taps: tuple[tuple[str, str], ...] = ()
    """The values that can be read behind it: public names, and the variables that hold them."""
    chain: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of a container that it runs as one: the name of each node, and where its module stands."""


@dataclass(frozen=True, slots=True)
class ClassMarks:
    """A class of the printed module: its name, the number of its spec, the places of its statements in order."""

    name: str
    source: int
    place: Stretch
    init: tuple[Stretch | None, ...]
    forward: tuple[Mark, ...]
    chains: tuple[tuple[Stretch, ...], ...]
    """For each nn.Sequential of `__init__`, in the order they are written, the places of its children."""
    is_chain: bool = False
    """Whether the class is an nn.Sequential, which has no forward of its own; then `chains` has its one, and `forward`
    a mark for each child."""
    tensors: tuple[tuple[str, str], ...] = ()
    """The steps that no statement runs, because they are a tensor of the module's own: how each is read."""


@dataclass(frozen=True)
class Program:
    """A printed module as text, with the specs it came from. Plain data: it goes into pickles."""

    text: str
    root: str
    classes: tuple[ClassMarks, ...]
    sources: tuple[tuple[str, str], ...]
    """File name and text of each spec."""
    externs: Mapping[str, Any]
    """The classes from outside, by the name that the text calls them."""

    @cached_property
    def digest(self) -> str:
        """The same for programs that are the same."""
        parts = repr((self.text, self.root, self.classes, self.sources, list(self.externs.items())))
        return sha256(parts.encode()).hexdigest()

    def __deepcopy__(self, memo: dict[int, Any]) -> Program:
        return self


def stretch(span: Span) -> Stretch:
    return span.line, span.column, span.end_line, span.end_column
