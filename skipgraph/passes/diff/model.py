"""What differs between two networks, as data: both graphs in one, each step, skip and weight with its mark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar

from skipgraph.graph import Count, Graph, Network, Node
from skipgraph.ops import Weight
from skipgraph.sizes import Dim


class Mark(StrEnum):
    """What became of a thing."""

    KEPT = "="
    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"
    RENAMED = ">"


class What(StrEnum):
    """What of a thing a field is about."""

    NAME = "name"
    KIND = "kind"
    ARGUMENT = "argument"
    READS = "reads"
    SIZES = "sizes"
    """The values of which its arguments use a size."""
    REUSES = "reuses"
    MERGE = "merge"
    PARAMETRIZE = "parametrize"
    EXACT = "exact"
    EXPECTED = "expect"
    UNUSED = "unused"
    KEY = "key"
    RESULTS = "results"
    TYPE = "type"
    WEIGHTS = "weights"
    SOURCE = "from"
    TARGET = "to"
    PORT = "port"
    DIM = "dim"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that differs. `follows` says that another difference brings it about, and nobody wrote it."""

    what: What
    before: Any
    after: Any
    name: str = ""
    """Which argument it is."""
    follows: bool = False


T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class _Pair(Generic[T]):
    fields: tuple[Field, ...]
    """What differs, where both networks have it."""
    before: T | None
    after: T | None

    @property
    def mark(self) -> Mark:
        if self.before is None or self.after is None:
            return Mark.ADDED if self.before is None else Mark.REMOVED
        edits = {each.what for each in self.fields if not each.follows}
        return Mark.CHANGED if edits - {What.NAME} else Mark.RENAMED if edits else Mark.KEPT

    def of(self, what: What) -> Field | None:
        """The field about one thing, if that differs."""
        return next((each for each in self.fields if each.what is what), None)


@dataclass(frozen=True, slots=True)
class Step(_Pair[Node]):
    """A step that both networks have, or one of them."""

    @property
    def node(self) -> Node:
        """The step as it is now, or as it was."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Landing:
    """One skip as a graph has it."""

    name: str
    source: str
    """The step or input whose value it carries."""
    target: str
    """The step it was aimed at, or `output`."""
    port: str
    kind: str
    """The op that merges it: `Concat`, `Add`."""
    dim: int | None
    is_first: bool
    node: Node = field(repr=False)
    """The step that merges it."""


@dataclass(frozen=True, slots=True)
class Skip(_Pair[Landing]):
    """A skip that both networks have, or one of them."""


@dataclass(frozen=True, slots=True)
class Item:
    """An input, output or parameter by name, with what it was and is, as text; None where it is not there."""

    before_name: str | None
    after_name: str | None
    before: str
    after: str
    follows: bool = False
    """Whether only what flows there differs."""

    @property
    def mark(self) -> Mark:
        if self.before_name is None or self.after_name is None:
            return Mark.ADDED if self.before_name is None else Mark.REMOVED
        if self.before != self.after:
            return Mark.CHANGED
        return Mark.KEPT if self.before_name == self.after_name else Mark.RENAMED


@dataclass(frozen=True, slots=True)
class Wire:
    """An edge of the union: steps by their index in `Scope.steps`; what comes from an input has none, but a name."""

    mark: Mark
    source: int | None
    input: str | None
    target: int
    skip: str | None


@dataclass(frozen=True)
class Scope:
    """The union of two graphs: of the files themselves, or of a block as it is called at the same places of both."""

    before: Graph
    after: Graph
    calls: tuple[tuple[str, str], ...]
    """Where both are called, by the steps' names from the top; one pair of empty names for the files themselves."""
    steps: tuple[Step, ...]
    """Every step of both, in order of execution; what is gone stands behind what it stood behind."""
    skips: tuple[Skip, ...]
    inputs: tuple[Item, ...]
    outputs: tuple[Item, ...]

    @property
    def is_same(self) -> bool:
        if any(item.mark is not Mark.KEPT for item in (*self.inputs, *self.outputs)):
            return False
        if any(step.fields or step.mark is not Mark.KEPT for step in self.steps):
            return False
        return all(skip.mark is Mark.KEPT for skip in self.skips)

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """Every edge of both graphs once: those that only one of them has are added or removed."""
        return tuple(_wires(self))


def _wires(scope: Scope) -> Iterator[Wire]:
    now = {step.after.name: index for index, step in enumerate(scope.steps) if step.after}
    was = {step.before.name: index for index, step in enumerate(scope.steps) if step.before}
    ports = {item.before_name: item.after_name or item.before_name for item in scope.inputs if item.before_name}
    for target, step in enumerate(scope.steps):
        sides = []
        for node, indices, names in ((step.before, was, ports), (step.after, now, {})):
            found: dict[tuple[int | None, str | None, int], str | None] = {}
            for edge in node.edges if node else ():
                name = edge.source.node
                at = indices.get(name)
                found[at, None if at is not None else names.get(name, name), edge.source.result] = edge.skip
            sides.append(found)
        before, after = sides
        for key, skip in (before | after).items():
            mark = Mark.REMOVED if key not in after else Mark.ADDED if key not in before else Mark.KEPT
            yield Wire(mark, key[0], key[1], target, skip)


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor's place in the state_dict of each network, and what is there; empty and None where it has none."""

    before: str
    after: str
    was: Weight | None
    now: Weight | None


@dataclass(frozen=True)
class Places:
    """What became of the state_dict. A step's weights are the same weights where the step is the same step."""

    kept: tuple[str, ...]
    """Places that hold what they held, in the same shape."""
    renamed: tuple[Place, ...]
    changed: tuple[Place, ...]
    """Of another shape, or no longer trained, perhaps at another place too."""
    new: tuple[Place, ...]
    dropped: tuple[Place, ...]
    misread: tuple[str, ...]
    """Places of both, of one shape, that hold the weight of another step now: a checkpoint would load unnoticed."""

    @property
    def rename(self) -> dict[str, str]:
        """The table with which `port_weights` puts the renamed ones in their new places."""
        return {each.before: each.after for each in (*self.renamed, *self.changed) if each.before != each.after}


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole network keeps and costs."""

    count: Count
    macs: Dim
    is_partial: bool
    """Whether `macs` leaves out classes from outside."""


@dataclass(frozen=True)
class Difference:
    """What differs between two networks. True where anything does; its `str` is for people, `as_data` for programs.

    The order in which steps are written that do not hang on one another is no difference, nor are the network's
    name and descriptions.
    """

    before: Network
    after: Network
    scopes: tuple[Scope, ...]
    """The files' own steps first, then each block as it is called, outer ones before inner ones."""
    params: tuple[Item, ...]
    places: Places
    totals: tuple[Totals, Totals]
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Of axes that are written as numbers."""

    def __bool__(self) -> bool:
        places = self.places
        return (
            self.before.contract != self.after.contract
            or any(not scope.is_same for scope in self.scopes)
            or any(item.mark is not Mark.KEPT for item in self.params)
            or bool(places.renamed or places.changed or places.new or places.dropped)
        )

    def __str__(self) -> str:
        return self.text()

    def text(self, *, detail: bool = False, color: bool = False) -> str:
        """The difference in lines; empty where there is none. `detail`: what only follows from other lines, too."""
        from skipgraph.passes.diff.text import text

        return text(self, detail=detail, color=color)

    def as_data(self) -> dict[str, Any]:
        """The difference as plain data, for JSON."""
        from skipgraph.passes.diff.data import data

        return data(self)
