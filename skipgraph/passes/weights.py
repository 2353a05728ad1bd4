"""How many numbers a network keeps, counted in integers before any of them exists."""

from __future__ import annotations

from collections.abc import Iterator

from skipgraph.diagnostics import Report
from skipgraph.graph import Graph, Network, Node
from skipgraph.limits import Limits


def report_weights(network: Network, limits: Limits, report: Report) -> None:
    """Report a network that keeps more numbers than the limits allow, at the step that keeps most."""
    total = network.graph.count.total
    if total <= limits.weights:
        return
    *outer, (graph, node) = _heaviest(network.graph)
    name = ".".join([*(call.name for _, call in outer), node.name])
    report.add(
        "SG502",
        f"the weights hold {total:,} numbers; the limit is {limits.weights:,}",
        node.span,
        f"`{name}` alone holds {graph.counts[node.name].total:,}",
        help=f"`--limit weights={total}`, or `limits=Limits(weights={total})` from Python, where that is meant",
    )


def _heaviest(graph: Graph) -> Iterator[tuple[Graph, Node]]:
    """The way to the op that keeps most: the heaviest node of each graph, down through the blocks."""
    while True:
        node = max(graph.nodes, key=lambda node: graph.counts[node.name].total)
        yield graph, node
        if not isinstance(node.work, Graph):
            return
        graph = node.work
