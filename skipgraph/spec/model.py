"""A spec as it is written: steps, skips, blocks, files, with their places. Nothing is evaluated yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from skipgraph.diagnostics import Source, Span
from skipgraph.text import Node, Scalar

Entry: TypeAlias = tuple[Scalar, Node]
Entries: TypeAlias = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Call:
    """A step that calls an op or a block. `leading` is a bare argument (`MaxPool2d: 2`)."""

    op: Scalar
    keys: Entries
    arguments: Entries
    leading: Node | None
    span: Span


@dataclass(frozen=True, slots=True)
class Loop:
    """`for ... do`: one header for each loop, outermost first."""

    headers: tuple[Scalar, ...]
    let: Entries
    when: Node | None
    body: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`when ... do ... else`."""

    when: Node
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unread:
    """Steps that could not be read, which is reported: what names and values they would bring nobody knows."""

    span: Span


Step: TypeAlias = Call | Loop | Conditional | Unread


@dataclass(frozen=True, slots=True)
class Skip:
    """A skip, or one for each round of its loop."""

    name: Scalar
    headers: tuple[Scalar, ...]
    entries: Entries
    via: tuple[Step, ...]
    broken: bool = False
    """Whether a key of it is missing or unknown, which is reported: what arrives where it lands nobody knows."""

    @property
    def span(self) -> Span:
        return self.name.span


@dataclass(frozen=True, slots=True)
class Numbered:
    """`keys: numbered`, and the level below which the numbers stand."""

    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A block, as written."""

    name: str
    params: Entries
    ports: tuple[Scalar, ...] | None
    """None: the one port `input`."""
    layers: tuple[Step, ...]
    skips: tuple[Skip, ...]
    outputs: Node | None
    numbered: Numbered | None
    description: str
    span: Span
    choices: Mapping[str, Node] = field(default_factory=dict)
    """The values that a parameter takes, where it takes no others."""


@dataclass(frozen=True)
class File:
    """A spec file, as written, with the files that it uses."""

    source: Source
    name: str
    description: str
    params: Entries
    inputs: Entries
    blocks: Mapping[str, Block]
    layers: tuple[Step, ...]
    skips: tuple[Skip, ...]
    outputs: Node | None
    numbered: Numbered | None
    span: Span
    document: Node
    uses: Mapping[str, File] = field(default_factory=dict)
    externs: Mapping[str, Scalar] = field(default_factory=dict)
    choices: Mapping[str, Node] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    """Blocks and files that are declared but could not be read: whoever calls one fails without a word."""
