"""Steps that work in place on a value that something else still reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from skipgraph.diagnostics import Label, Report, Span
from skipgraph.graph import Edge, Graph, Network, Node, Ref
from skipgraph.ops import Op


@dataclass(frozen=True, slots=True)
class _Effects:
    """What a block does to what it is given."""

    overwrites: frozenset[int]
    """Its ports whose tensors it changes."""
    returns: tuple[frozenset[int], ...]
    """For each result, the ports whose memory it may share."""


class _Memory:
    """Which memory each value may share: a value's own, and that of the values it may be a view of."""

    def __init__(self) -> None:
        self.owners: dict[Ref, frozenset[Ref]] = {}
        self._views: dict[Ref, list[Ref]] = {}

    def new(self, ref: Ref, views: frozenset[Ref] = frozenset()) -> None:
        self.owners[ref] = views | {ref}
        for owner in views:
            self._views.setdefault(owner, []).append(ref)

    def touched(self, ref: Ref) -> Iterator[Ref]:
        """The values that a change of `ref` changes: what it is a view of, and the views of it."""
        yield from self.owners[ref]
        yield from self._views.get(ref, ())


def report_in_place(network: Network, report: Report) -> None:
    """Report every change in place of a value still read, in the network and in its blocks."""
    effects = _effects(network.graph, report, {})
    for port in sorted(effects.overwrites):
        name = network.graph.inputs[port].name
        node = _first_writer(network.graph, port)
        report.add(
            "SG309",
            f"`{node.local}` works in place on the input `{name}`, which belongs to the caller",
            node.span,
            help="leave `inplace` out",
        )


def _effects(graph: Graph, report: Report, known: dict[int, _Effects]) -> _Effects:
    if id(graph) in known:
        return known[id(graph)]
    memory = _Memory()
    ports = {Ref(port.name): index for index, port in enumerate(graph.inputs)}
    for ref in ports:
        memory.new(ref)
    last = _last_readers(graph)
    overwrites: set[int] = set()
    writes = _any_writes(graph, report, known)
    for position, node in enumerate(graph.nodes):
        if writes:
            for edge in _written(node, report, known):
                _judge(graph, memory, position, node, edge, last, report)
                overwrites.update(ports[ref] for ref in memory.owners[edge.source] if ref in ports)
        _place(memory, node, report, known)
    returns = tuple(frozenset(ports[owner] for owner in memory.owners[ref] if owner in ports) for ref in graph.returned)
    known[id(graph)] = _Effects(frozenset(overwrites), returns)
    return known[id(graph)]


def _any_writes(graph: Graph, report: Report, known: dict[int, _Effects]) -> bool:
    """Whether any step of the graph changes what it is given: most networks have none."""
    return any(True for node in graph.nodes for _ in _written(node, report, known))


def _written(node: Node, report: Report, known: dict[int, _Effects]) -> Iterator[Edge]:
    """The inputs that a node changes."""
    if isinstance(node.work, Graph):
        for port in _effects(node.work, report, known).overwrites:
            edge = node.inputs[port]
            if edge is not None:
                yield edge
    elif isinstance(node.work, Op) and node.work.in_place and node.edges:
        yield node.edges[0]


def _place(memory: _Memory, node: Node, report: Report, known: dict[int, _Effects]) -> None:
    """Note what memory a node's results may share."""
    for index in range(len(node.types)):
        views: frozenset[Ref] = frozenset()
        if isinstance(node.work, Graph):
            for port in _effects(node.work, report, known).returns[index]:
                edge = node.inputs[port]
                views |= memory.owners[edge.source] if edge is not None else frozenset()
        elif isinstance(node.work, Op) and node.edges and (node.work.is_view or node.work.in_place):
            views = memory.owners[node.edges[0].source]
        memory.new(Ref(node.name, index), views)


def _last_readers(graph: Graph) -> dict[Ref, list[tuple[int, Node | None]]]:
    """Who reads each value, by position; None at the end is the graph's own result."""
    found: dict[Ref, list[tuple[int, Node | None]]] = {}
    for position, node in enumerate(graph.nodes):
        for edge in node.edges:
            found.setdefault(edge.source, []).append((position, node))
    for ref in graph.returned:
        found.setdefault(ref, []).append((len(graph.nodes), None))
    return found


def _judge(
    graph: Graph,
    memory: _Memory,
    position: int,
    node: Node,
    edge: Edge,
    last: dict[Ref, list[tuple[int, Node | None]]],
    report: Report,
) -> None:
    """Report the first that reads, after the change or beside it, what the change overwrites."""
    weight = next((ref for ref in memory.owners[edge.source] if _is_weight(graph, ref)), None)
    if weight is not None:
        report.add(
            "SG309",
            f"`{node.local}` works in place on the weight `{_name(graph, weight)}`, and would change it every time",
            node.span,
            related=(Label(graph.by_name[weight.node].span, f"`{_name(graph, weight)}` is learned"),),
            help="leave `inplace` out",
        )
        return
    for ref in memory.touched(edge.source):
        for when, reader in last.get(ref, ()):
            if when > position or (reader is node and _twice(node, edge)):
                _report(graph, node, edge, ref, reader, report)
                return


def _is_weight(graph: Graph, ref: Ref) -> bool:
    """Whether a value is a tensor that the network keeps: that of a step that takes no input."""
    node = graph.by_name.get(ref.node)
    return node is not None and isinstance(node.work, Op) and not node.work.ports


def _twice(node: Node, edge: Edge) -> bool:
    """Whether the node reads the value at another port as well."""
    return sum(each.source == edge.source for each in node.edges) > 1


def _report(graph: Graph, node: Node, edge: Edge, ref: Ref, reader: Node | None, report: Report) -> None:
    changed = _name(graph, ref)
    span, who = _reader(graph, ref, reader)
    related = (Label(span, f"{who} still reads `{changed}`"),) if span else ()
    cure = f"leave `inplace` out, or read `{node.local}` instead, as torch would"
    report.add(
        "SG309",
        f"`{node.local}` works in place on `{_name(graph, edge.source)}`, which {who} still reads",
        node.span,
        related=related,
        help=cure,
    )


def _reader(graph: Graph, ref: Ref, reader: Node | None) -> tuple[Span | None, str]:
    if reader is None:
        return graph.span, f"the result of `{graph.name}`"
    edge = next(edge for edge in reader.edges if edge.source == ref)
    if edge.skip:
        return edge.span, f"the skip `{edge.skip}`"
    return reader.span, f"`{reader.local}`"


def _name(graph: Graph, ref: Ref) -> str:
    node = graph.by_name.get(ref.node)
    if node is None:
        return ref.node
    return f"{node.local}.{node.results[ref.result]}" if node.results else node.local


def _first_writer(graph: Graph, port: int) -> Node:
    """The first step that changes a port of the graph, itself or a view of it."""
    name = graph.inputs[port].name
    reached = {Ref(name)}
    for node in graph.nodes:
        if any(edge.source in reached for edge in node.edges):
            work = node.work
            if isinstance(work, Graph) or (isinstance(work, Op) and work.in_place):
                return node
            reached.update(Ref(node.name, index) for index in range(len(node.types)))
    return graph.nodes[0]
