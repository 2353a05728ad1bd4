"""How many numbers a network keeps, counted in integers before any of them exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from skipgraph.diagnostics import Report
from skipgraph.graph import Graph, Network, Node, own_weights
from skipgraph.limits import Limits


@dataclass(frozen=True, slots=True)
class Count:
    """Numbers in the weights that are trained, and in the buffers. A weight in several places counts once."""

    trained: int = 0
    buffers: int = 0

    @property
    def total(self) -> int:
        return self.trained + self.buffers


class Counts:
    """The counts of graphs and their nodes. Equal calls share one graph, which is counted once."""

    def __init__(self) -> None:
        self._graphs: dict[int, Count] = {}
        self._nodes: dict[tuple[int, int], Count] = {}

    def graph(self, graph: Graph) -> Count:
        """What a network, or one call of a block, keeps."""
        if id(graph) not in self._graphs:
            counts = [self.node(graph, node) for node in graph.nodes]
            trained = sum(count.trained for count in counts)
            self._graphs[id(graph)] = Count(trained, sum(count.buffers for count in counts))
        return self._graphs[id(graph)]

    def node(self, graph: Graph, node: Node) -> Count:
        """What one node of a graph keeps; nothing where it runs another's module again."""
        if node.reuses is not None:
            return Count()
        if isinstance(node.work, Graph):
            return self.graph(node.work)
        key = id(graph), id(node)
        if key not in self._nodes:
            counted = [0, 0]
            for _, weight in own_weights(graph, node):
                counted[not weight.trained] += weight.elements
            self._nodes[key] = Count(*counted)
        return self._nodes[key]


def report_weights(network: Network, limits: Limits, report: Report) -> None:
    """Report a network that keeps more numbers than the limits allow, at the step that keeps most."""
    counts = Counts()
    total = counts.graph(network.graph).total
    if total <= limits.weights:
        return
    *outer, (graph, node) = _heaviest(network.graph, counts)
    name = ".".join([*(call.name for _, call in outer), node.name])
    report.add(
        "SG502",
        f"the weights hold {total:,} numbers; the limit is {limits.weights:,}",
        node.span,
        f"`{name}` alone holds {counts.node(graph, node).total:,}",
        help=f"`--limit weights={total}`, or `limits=Limits(weights={total})` from Python, where that is meant",
    )


def _heaviest(graph: Graph, counts: Counts) -> Iterator[tuple[Graph, Node]]:
    """The way to the op that keeps most: the heaviest node of each graph, down through the blocks."""
    while True:
        node = max(graph.nodes, key=lambda node: counts.node(graph, node).total)
        yield graph, node
        if not isinstance(node.work, Graph):
            return
        graph = node.work
