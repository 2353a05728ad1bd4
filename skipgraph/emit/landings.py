"""Which merges of a graph can be said as skips again: those that stand right before the step they were aimed at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skipgraph.graph import Edge, Graph, Node, Ref
from skipgraph.ops import CATALOG, Op

_KINDS = {"Concat", "Add", "Sub", "Mul", "Max", "Mean"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One skip, as it is to be written."""

    name: str
    source: Ref
    to: str
    kind: str
    dim: int | None
    first: bool
    """Whether it stands before the main path."""


class Landings:
    """The skips of a graph. A merge that cannot be said as skips is a step like any other."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.merges: set[str] = set()
        """The merges that are written as skips."""
        self.at_output = False
        self._order: Sequence[Node] = graph.nodes
        self._main: dict[str, Ref] = {}
        """What each of those takes from the main path."""
        entries: list[tuple[int, Entry]] = []
        order = {node.name: index for index, node in enumerate(graph.nodes)}
        run: list[Node] = []
        for node in graph.nodes:
            if _may_be_skips(node):
                run.append(node)
                continue
            if run:
                self._take(run, node, entries, order)
            run = []
        if run:
            self._take(run, None, entries, order)
        self.entries = [entry for _, entry in entries]

    @property
    def steps(self) -> list[Node]:
        """What is written as steps, in the order to write it in."""
        return [node for node in self._order if node.name not in self.merges]

    def inputs(self, node: Node) -> tuple[Ref | None, ...]:
        """What flows into a step, before its skips land."""
        return tuple(None if edge is None else self._before(edge.source) for edge in node.inputs)

    def _before(self, ref: Ref) -> Ref:
        while ref.node in self._main:
            ref = self._main[ref.node]
        return ref

    def _take(
        self, run: list[Node], target: Node | None, entries: list[tuple[int, Entry]], order: dict[str, int]
    ) -> None:
        """Write a row of merges as skips to the step behind them, if every one leads there and nowhere else."""
        aims = dict(self._aims(run, target))
        if set(aims) != {node.name for node in run}:
            return
        names = {entry.name for _, entry in entries}
        written = [item for node in run for item in self._entries(node, aims[node.name], order)]
        if len(names | {entry.name for _, entry in written}) != len(names) + len(written):
            return
        if target is None:
            if not self._ends_last(run):
                return
            self.at_output = True
        entries += written
        for node in run:
            self.merges.add(node.name)
            assert node.merge is not None
            main = node.inputs[node.merge.main or 0]
            assert main is not None
            self._main[node.name] = main.source

    def _ends_last(self, run: list[Node]) -> bool:
        """Whether the main path of a row at the end comes from the last step before it.

        What stands between, such as steps on the skips' own edges, moves before that step if it does not hang on it.
        """
        before = self.graph.nodes[: -len(run)]
        first = run[0]
        main = first.inputs[first.merge.main or 0] if first.merge else None
        assert main is not None
        last = next((at for at, node in enumerate(before) if Ref(node.name) == main.source), -1)
        between = before[last + 1 :]
        if last < 0:
            return not between and main.source == Ref(self.graph.inputs[0].name)
        node = before[last]
        if any(node.name in (each.reuses, *(ref.node for ref in _reads(each))) for each in between):
            return False
        self._order = [*before[:last], *between, node, *run]
        return True

    def _aims(self, run: list[Node], target: Node | None) -> Iterator[tuple[str, str]]:
        """The merges of a row that lead to the step behind it alone, and how a skip is aimed there."""
        places = {node.name: node for node in run}
        for ref, aim, port in self._ends(target):
            chain = []
            while ref.node in places:
                node = places[ref.node]
                readers = self.graph.readers.get(ref, ())
                # one step may read it twice, as main path and as what a skip brings
                read = sum(each == ref for reader in readers for each in reader.reads)
                read += self.graph.returned.count(ref)
                main = node.inputs[node.merge.main] if node.merge and node.merge.main is not None else None
                if read != 1 or main is None or node.merge is None:
                    return
                # what ended a block without a level lands where its result flows
                if node.merge.port not in (port, "output"):
                    return
                chain.append(node)
                ref = main.source
            for node in chain:
                yield node.name, aim

    def _ends(self, target: Node | None) -> Iterator[tuple[Ref, str, str]]:
        """Where merges may end: the value that arrives, how a skip is aimed there, the port."""
        if target is None:
            outputs = self.graph.outputs
            if isinstance(outputs, Ref):
                yield outputs, "output", "output"
            return
        ports = _ports(target)
        for index, edge in enumerate(target.inputs[: len(ports)]):
            if edge is not None:
                port = ports[index].rstrip("?*")
                yield edge.source, target.name if index == 0 else f"{target.name}.{port}", port

    def _entries(self, node: Node, aim: str, order: dict[str, int]) -> Iterator[tuple[int, Entry]]:
        assert node.merge is not None
        assert node.merge.main is not None
        brought: dict[str, tuple[int, Edge]] = {}
        for index, edge in enumerate(node.inputs):
            if edge is not None and edge.skip is not None and index != node.merge.main:
                brought[edge.skip] = index, edge
        dim = getattr(node.work, "dim", None) if node.kind == "Concat" else None
        for number, name in enumerate(node.merge.skips):
            index, edge = brought[name]
            called = node.name if number == 0 else name
            yield order[node.name], Entry(called, edge.source, aim, node.kind, dim, index < node.merge.main)


def _reads(node: Node) -> Iterator[Ref]:
    yield from (edge.source for edge in node.edges)
    yield from node.sizes


def _may_be_skips(node: Node) -> bool:
    if node.merge is None or node.kind not in _KINDS or node.merge.main is None:
        return False
    names = [edge.skip for index, edge in enumerate(node.inputs) if edge and index != node.merge.main]
    return sorted(name or "" for name in names) == sorted(node.merge.skips)


def _ports(node: Node) -> tuple[str, ...]:
    if isinstance(node.work, Graph):
        return tuple(port.name for port in node.work.inputs)
    if isinstance(node.work, Op):
        return CATALOG[type(node.work).__name__].ports
    return ("tensors*",)
