"""The local variables of a forward: who is called `x`, who keeps a name of its own, and who is let go when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TypeAlias

from skipgraph.emit.names import Names
from skipgraph.emit.places import lowered
from skipgraph.graph import Graph, Node, Ref
from skipgraph.ops import Module, Op, SizeOf, Value
from skipgraph.ops.lowering import Argument, Expr, Returned

Unit: TypeAlias = tuple[Node, ...]
"""The nodes of one statement: one, or a whole chain."""

_NUMBERED_FRAMES = re.compile(r"\A(branches_\d+_)+", re.ASCII)

BEFORE = -1
"""The position of the inputs; statements count from 0, the return stands behind the last."""


@dataclass
class Life:
    """Where a value is made, and where it is read: whole, and only for a size."""

    made: int
    whole: list[int] = field(default_factory=list)
    sizes: dict[int, list[int]] = field(default_factory=dict)
    """By axis."""
    name: str | None = None
    """The variable of its own, where it has one."""
    flows: bool = False
    """Whether the next statement reads it from the main variable."""

    @property
    def last(self) -> int:
        return max(self.whole, default=self.made)


def size_reads(graph: Graph, node: Node) -> Iterator[tuple[int, int | None]]:
    """The inputs behind the ports whose sizes it asks for, and the axes; None where it reads all of it."""
    if not node.sizes or not isinstance(node.work, Op):
        return

    def walk(argument: Argument) -> Iterator[tuple[int, int | None]]:
        if isinstance(argument, SizeOf) and isinstance(argument.value, Value):
            yield argument.value.index, argument.axis
        elif isinstance(argument, Value):
            yield argument.index, None
        elif isinstance(argument, Expr):
            for part in argument.parts:
                yield from walk(part)
        elif isinstance(argument, tuple | list):
            for item in argument:
                yield from walk(item)

    lowering = lowered(graph, node)
    parts = [*lowering.args, *lowering.kwargs.values()] if isinstance(lowering, Module) else [lowering]
    for part in parts:
        assert isinstance(part, Expr | tuple | list | int | str | float | None)
        for index, axis in walk(part):
            if index >= len(node.inputs):
                yield index - len(node.inputs), axis


class Variables:
    """The variables of one graph's forward."""

    def __init__(self, graph: Graph, units: Sequence[Unit], fixed: Mapping[str, str]) -> None:
        self.fixed = fixed
        """Nodes that no statement runs, because they are a tensor of the module: how it is read."""
        self.graph = graph
        self.units = units
        self.names = Names()
        self.end = len(units)
        self.lives: dict[Ref, Life] = {}
        self.sizes: dict[tuple[Ref, int], str] = {}
        """Sizes that are taken when the value is made, because it is let go before they are needed."""
        self._ends = {node.frames: node.name for node in graph.nodes}
        """The last node within frames, which gives what they stand for."""
        self._flowing: set[int] = set()
        """The statements that leave their result in the main variable."""
        self._gather()
        self._name_inputs()
        for unit in units:
            self._name_results(unit)
        self._name_sizes()
        self._ending: dict[int, list[Life]] = {}
        """The values by the statement that reads them last."""
        for life in self.lives.values():
            self._ending.setdefault(life.last, []).append(life)
        self._sizes_at: dict[int, list[tuple[Ref, int, str]]] = {}
        for (ref, axis), name in self.sizes.items():
            self._sizes_at.setdefault(self.lives[ref].made, []).append((ref, axis, name))

    def read(self, ref: Ref, position: int) -> str:
        """The variable that holds a value at a statement."""
        if ref.node in self.fixed:
            return self.fixed[ref.node]
        life = self.lives[ref]
        if life.flows and position == life.made + 1:
            return self.main
        assert life.name is not None, ref
        return life.name

    def size(self, ref: Ref, axis: int, position: int) -> str:
        """How a statement asks for a size of a value."""
        taken = self.sizes.get((ref, axis))
        return taken or f"{self.read(ref, position)}.size({axis})"

    def taken_sizes(self, made: int) -> Sequence[tuple[Ref, int, str]]:
        """The sizes to be taken behind statement `made`: value, axis, variable."""
        return self._sizes_at.get(made, ())

    def let_go(self, position: int) -> list[str]:
        """The variables that nothing behind statement `position` reads, but that would still hold a value."""
        if position >= self.end - 1:
            return []
        names = [
            life.name
            for life in self._ending.get(position, ())
            if life.name and (life.made < position or not life.flows)
        ]
        held, replaced = position - 1 in self._flowing, position in self._flowing
        if held and not replaced and self.main not in names:
            names.insert(0, self.main)
        return [name for name in names if not (replaced and name == self.main)]

    def _gather(self) -> None:
        for port in self.graph.inputs:
            self.lives[Ref(port.name)] = Life(BEFORE)
        for position, unit in enumerate(self.units):
            first, last = unit[0], unit[-1]
            for edge in first.edges:
                self._reads(edge.source, position)
            for index, axis in size_reads(self.graph, first):
                if first.sizes[index].node in self.fixed:
                    continue
                if axis is None:
                    self._reads(first.sizes[index], position)
                else:
                    self.lives[first.sizes[index]].sizes.setdefault(axis, []).append(position)
            for result in range(len(last.types)):
                self.lives[Ref(last.name, result)] = Life(position)
        for ref in self.graph.returned:
            self._reads(ref, self.end)

    def _reads(self, ref: Ref, position: int) -> None:
        if ref.node in self.fixed:
            return
        reads = self.lives[ref].whole
        if not reads or reads[-1] != position:
            reads.append(position)

    def _name_inputs(self) -> None:
        for port in self.graph.inputs:
            life = self.lives[Ref(port.name)]
            life.name = self.names.take("x" if port.name == "input" else port.name, argument=True)
        holder = next((life for life in self.lives.values() if life.name == "x"), None)
        if holder is None or holder.last <= 0:
            self.main = "x"
            self.names.take("x") if holder is None else None
        else:
            self.main = self.names.take("out")

    def _name_results(self, unit: Unit) -> None:
        node = unit[-1]
        several = unpacks(self.graph, node)
        read = sum(bool(self.lives[Ref(node.name, result)].whole) for result in range(len(node.types)))
        # of several that are read none has another name than its own
        flowing = read > 1
        for result in range(len(node.types)):
            life = self.lives[Ref(node.name, result)]
            following = life.made + 1
            later = any(position > following for position in life.whole)
            # one that is read again later is read by its own name at once, unless the main variable is free for it:
            # then `kept = x = f(x)` spares a `del x`
            if (
                following in life.whole
                and not flowing
                and (not later or (life.made - 1 in self._flowing and not several))
            ):
                life.flows = flowing = True
                self._flowing.add(life.made)
            if later or (life.whole and not life.flows) or (life.sizes and not life.whole):
                life.name = self.names.take(self._called(unit, result))

    def _called(self, unit: Unit, result: int) -> str:
        """What a person would call it: as its child, as the path or skip that it ends, else by its name.

        By its name without the frames that no one named.
        """
        node = unit[-1]
        name = node.name
        if node.frames:
            parts = zip(*(one.keys[0] if one.keys else () for one in unit), strict=False)
            place = [part for part, *_ in takewhile(lambda each: len(set(each)) == 1, parts)]
            if len(place) == 1 and len(node.keys) == 1 and place[0].isidentifier():
                name = place[0]
            elif self._ends[node.frames] == node.name:
                name = self._path(node.frames)
            else:
                name = _NUMBERED_FRAMES.sub("", node.name)
        return name if is_bare(node, result) else f"{name}_{result_names(node)[result]}"

    def _path(self, frames: tuple[str, ...]) -> str:
        """The innermost frames that tell a path from all others."""
        inner = (frames[-count:] for count in range(1, len(frames)))
        unique = (each for each in inner if sum(other[-len(each) :] == each for other in self._ends) == 1)
        return _NUMBERED_FRAMES.sub("", "_".join(next(unique, frames)))

    def _name_sizes(self) -> None:
        for ref, life in self.lives.items():
            for axis, positions in sorted(life.sizes.items()):
                there = life.last if life.name else life.made + 1
                if max(positions) > there:
                    stem = life.name or self._called((self.graph.by_name[ref.node],), ref.result)
                    self.sizes[ref, axis] = self.names.take(f"{stem}_size_{axis}")


def result_names(node: Node) -> tuple[str, ...]:
    """Names of a node's results, numbers where it has none."""
    return node.results or tuple(map(str, range(len(node.types))))


def is_bare(node: Node, result: int) -> bool:
    """Whether the node's bare name means this result."""
    if result or not isinstance(node.work, Op):
        return not result and not node.results
    return node.work.has_first_result


def unpacks(graph: Graph, node: Node) -> bool:
    """Whether what it returns is taken apart, be it of one part only."""
    return has_parts(node) or isinstance(returned(graph, node), tuple)


def has_parts(node: Node) -> bool:
    """Whether its results have names of their own, or numbers."""
    if len(node.types) > 1 or node.results:
        return True
    return isinstance(node.work, Op) and not node.work.has_first_result


def returned(graph: Graph, node: Node) -> Returned:
    """How its results stand in what it returns: the one, or tuples of them."""
    if isinstance(node.work, Op) and node.work.is_module:
        lowering = lowered(graph, node)
        if isinstance(lowering, Module) and lowering.returned is not None:
            return lowering.returned
    return tuple(range(len(node.types))) if has_parts(node) else 0


def units_of(graph: Graph, running: Sequence[Node], chains: Sequence[Sequence[Node]]) -> list[Unit]:
    """The statements of forward: each node one, but for the nodes of a chain, which are one together."""
    chain_of = {node.name: tuple(chain) for chain in chains for node in chain}
    units: list[Unit] = []
    for node in running:
        unit = chain_of.get(node.name, (node,))
        if unit[0] is node:
            units.append(unit)
    return units
