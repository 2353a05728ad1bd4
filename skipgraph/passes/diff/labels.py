"""What a step is, apart from its name: its own work, and that with all that leads to it, or all that hangs on it.

Labels are numbers, equal where what they stand for is, within one `Labels`. Names are in none of them.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from skipgraph.graph import Graph, Node, Outputs, Ref
from skipgraph.ops import Op, Style


def is_given(node: Node) -> bool:
    """Whether the author gave the step its name, perhaps with a copy's number behind; else it was counted."""
    stem = node.kind.rpartition(".")[2].lower()
    return node.named or not re.fullmatch(rf"{re.escape(stem)}_\d+", node.local or node.name)


def named_outputs(outputs: Outputs, name: str = "") -> dict[str, Ref]:
    """What a graph returns, by its place there: `logits`, `aux.0`; a single value has no name."""
    if isinstance(outputs, Ref):
        return {name: outputs}
    items = outputs.items() if isinstance(outputs, Mapping) else ((str(at), each) for at, each in enumerate(outputs))
    found: dict[str, Ref] = {}
    for key, inner in items:
        found |= named_outputs(inner, f"{name}.{key}" if name else key)
    return found


@dataclass(frozen=True)
class Marks:
    """The labels of one graph's steps, by name."""

    own: Mapping[str, int]
    kind: Mapping[str, int]
    """What it is, its arguments aside."""
    style: Mapping[str, int]
    """What sort of thing it is: an activation, a norm, a block."""
    above: Mapping[str, int]
    """Its work, and all that leads to it."""
    below: Mapping[str, int]
    """Its work, and all that hangs on it."""


class Labels:
    """Labels for the steps of any number of graphs."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._digests: dict[int, tuple[Graph, int]] = {}
        self._works: dict[int, tuple[Node, str]] = {}

    def marks(self, graph: Graph, ports: Mapping[str, int], outputs: Mapping[str, int]) -> Marks:
        """The labels of a graph's steps. `ports` and `outputs` number those by name, alike in the graphs to compare."""
        own = {node.name: self._number("own", self.work(node), self._digest_of(node)) for node in graph.nodes}
        return Marks(
            own,
            {node.name: self._number("kind", node.kind) for node in graph.nodes},
            {node.name: self._number("style", _style(node)) for node in graph.nodes},
            self._above(graph, own, ports),
            self._below(graph, own, outputs),
        )

    def work(self, node: Node) -> str:
        """What a step is told to do, as text: an op and its arguments; a block's inside is no part of it."""
        known = self._works.get(id(node))
        if known is None:
            known = self._works[id(node)] = node, _work(node)
        return known[1]

    def _number(self, *what: Hashable) -> int:
        return self._numbers.setdefault(what, len(self._numbers))

    def _digest_of(self, node: Node) -> int | None:
        return self._digest(node.work) if isinstance(node.work, Graph) else None

    def _digest(self, graph: Graph) -> int:
        """The number of what a block does, whatever it and its steps are called."""
        known = self._digests.get(id(graph))
        if known is None:
            ports = {port.name: at for at, port in enumerate(graph.inputs)}
            own = {node.name: self._number("own", self.work(node), self._digest_of(node)) for node in graph.nodes}
            above = self._above(graph, own, ports)
            every = {**above, **ports}
            returned = tuple((every[ref.node], ref.node in ports, ref.result) for ref in graph.returned)
            number = self._number("block", len(ports), tuple(sorted(above.values())), returned)
            # the graph is kept so that its id stays its own
            known = self._digests[id(graph)] = graph, number
        return known[1]

    def _above(self, graph: Graph, own: Mapping[str, int], ports: Mapping[str, int]) -> dict[str, int]:
        found = {name: self._number("port", at) for name, at in ports.items()}
        for node in graph.nodes:
            reads = tuple(
                None if edge is None else (found[edge.source.node], edge.source.result) for edge in node.inputs
            )
            sizes = tuple((found[ref.node], ref.result) for ref in node.sizes)
            reused = None if node.reuses is None else found[node.reuses]
            found[node.name] = self._number("above", own[node.name], reads, sizes, reused)
        return {node.name: found[node.name] for node in graph.nodes}

    def _below(self, graph: Graph, own: Mapping[str, int], outputs: Mapping[str, int]) -> dict[str, int]:
        hanging: dict[str, list[tuple[int, int, int]]] = {node.name: [] for node in graph.nodes}
        for name, ref in named_outputs(graph.outputs).items():
            if ref.node in hanging:
                hanging[ref.node].append((self._number("output", outputs[name]), -1, ref.result))
        found: dict[str, int] = {}
        for node in reversed(graph.nodes):
            number = found[node.name] = self._number("below", own[node.name], tuple(sorted(hanging[node.name])))
            for slot, ref in slots(node):
                if ref.node in hanging:
                    hanging[ref.node].append((number, slot, ref.result))
        return found


def slots(node: Node) -> list[tuple[int, Ref]]:
    """Every value a step needs, with the number of the input it fills; sizes behind."""
    found = [(slot, edge.source) for slot, edge in enumerate(node.inputs) if edge is not None]
    return found + [(len(node.inputs) + slot, ref) for slot, ref in enumerate(node.sizes)]


def _work(node: Node) -> str:
    if isinstance(node.work, Graph):
        return "block"
    if isinstance(node.work, Op):
        given = node.work.given(*node.work.inferred)
        return f"{type(node.work).__name__} {given!r} {node.parametrize}"
    return f"extern {node.work.name} {dict(node.work.arguments)!r}"


def _style(node: Node) -> str:
    if isinstance(node.work, Graph):
        return "block"
    sort = node.work.style if isinstance(node.work, Op) else Style.OTHER
    return node.kind if sort is Style.OTHER else str(sort)
