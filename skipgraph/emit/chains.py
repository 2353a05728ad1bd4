"""Which containers run as nn.Sequential does: child after child, each fed by the one before, and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from skipgraph.emit.places import Place, Places, is_child, lowered
from skipgraph.emit.variables import unpacks
from skipgraph.graph import Graph, Node, Ref
from skipgraph.ops import Module, Op, Value


def alive(graph: Graph) -> tuple[Node, ...]:
    """The nodes that a result hangs on, in order: what forward runs."""
    wanted = {ref.node for ref in graph.returned}
    kept = []
    for node in reversed(graph.nodes):
        if node.name in wanted:
            kept.append(node)
            wanted |= {ref.node for ref in node.reads}
    return tuple(reversed(kept))


def mark_chains(places: Places, running: Sequence[Node]) -> None:
    """Mark the containers that are chains, the root too where the whole block is one."""
    graph = places.graph
    order = {node.name: index for index, node in enumerate(running)}
    for place in places.containers():
        place.is_chain = _is_chain(graph, places, place, order)
    root = places.root
    whole = len(running) == len(graph.nodes) > 0 and len(list(root.leaves)) == len(running)
    single = len(graph.inputs) == 1 and graph.inputs[0].name == "input"
    root.is_chain = bool(
        whole and single and graph.outputs == Ref(running[-1].name) and _is_chain(graph, places, root, order)
    )


def _is_chain(graph: Graph, places: Places, place: Place, order: dict[str, int]) -> bool:
    if not place.is_numbered or any(child.children and not child.is_chain for child in place.children.values()):
        return False
    nodes = list(place.leaves)
    first = order.get(nodes[0].name)
    if first is None or [order.get(node.name) for node in nodes] != list(range(first, first + len(nodes))):
        return False
    if not all(_is_plain_call(graph, places, node) for node in nodes):
        return False
    returned = set(graph.returned)
    for before, after in pairwise(nodes):
        edge = after.inputs[0]
        value = Ref(before.name)
        if edge is None or edge.source != value or value in returned or graph.readers.get(value) != (after,):
            return False
    return True


def _is_plain_call(graph: Graph, places: Places, node: Node) -> bool:
    """Whether it is a module with one input and one result, in one place."""
    if node.reuses or len(places.keys[node.name]) != 1 or len(node.edges) != 1 or node.sizes:
        return False
    if node.inputs[0] is None or not is_child(graph, node) or unpacks(graph, node):
        return False
    if isinstance(node.work, Graph):
        return isinstance(node.work.outputs, Ref)
    if not isinstance(node.work, Op):
        return True
    module = lowered(graph, node)
    return isinstance(module, Module) and module.args == (Value(0),) and not module.kwargs
