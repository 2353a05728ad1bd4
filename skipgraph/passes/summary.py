"""What a network is made of, step by step: shapes, weights, multiply-accumulates, and where its skips land."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skipgraph.graph import Count, Edge, Graph, Network, Node
from skipgraph.ops import Op
from skipgraph.passes.signature import shape
from skipgraph.sizes import Contract, Dim, Size, show, substitute
from skipgraph.types import TensorType


@dataclass(frozen=True, slots=True)
class Carried:
    """A skip: its name, the step whose result it carries, and the step it lands at."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Row:
    """One step: its name below the network (`enc0.conv2d_1`), what it is, and what it costs."""

    name: str
    depth: int
    """How many blocks it stands in."""
    kind: str
    types: tuple[TensorType, ...]
    count: Count
    macs: Dim | None
    """Multiply-accumulates of one sample; None where a class from outside hides them."""
    skips: tuple[Carried, ...]
    reuses: str | None
    is_block: bool


@dataclass(frozen=True)
class Summary:
    """The rows in order of execution, each block before what it is made of, and the totals."""

    name: str
    inputs: Mapping[str, TensorType]
    rows: tuple[Row, ...]
    count: Count
    macs: Dim
    is_partial: bool
    """Whether `macs` leaves out classes from outside."""
    contract: Contract
    sizes: Mapping[str, int]

    def shape(self, kind: TensorType) -> str:
        """A type as short as the contract allows: `[N, 64, H/2, W/2]`."""
        return shape(kind, self.contract, self.sizes)


def summary(network: Network, sizes: Mapping[str, int] | None = None) -> Summary:
    """The summary of a network; where `sizes` gives an axis a number, in numbers.

    Multiply-accumulates are those of one sample: the batch, the first axis of the first input, counts as 1.
    """
    graph, sizes = network.graph, dict(sizes or {})
    inner = _Walk({**_batch(graph), **sizes})
    rows = tuple(inner.rows(graph, "", 0))
    inputs = {port.name: port.type for port in graph.inputs}
    macs, partial = inner.macs(graph)
    return Summary(graph.name, inputs, rows, graph.count, macs, partial, network.contract, sizes)


def _batch(graph: Graph) -> dict[str, int]:
    """The axis that counts samples, as one sample has it."""
    first = graph.inputs[0].type
    batch = first.shape[0] if first.rank > 1 else 1
    return dict.fromkeys(batch.symbols, 1) if isinstance(batch, Size) else {}


class _Walk:
    """One walk over a network and its blocks. Equal calls share one graph, whose sums are made once."""

    def __init__(self, env: Mapping[str, int]) -> None:
        self.env = env
        self._macs: dict[int, tuple[Dim, bool]] = {}

    def rows(self, graph: Graph, prefix: str, depth: int) -> Iterator[Row]:
        for node in graph.nodes:
            macs, partial = self._node_macs(graph, node)
            yield Row(
                prefix + node.name,
                depth,
                node.kind,
                node.types,
                graph.counts[node.name],
                None if partial and not isinstance(node.work, Graph) else macs,
                carried(graph, node),
                prefix + node.reuses if node.reuses else None,
                isinstance(node.work, Graph),
            )
            if isinstance(node.work, Graph):
                yield from self.rows(node.work, f"{prefix}{node.name}.", depth + 1)

    def macs(self, graph: Graph) -> tuple[Dim, bool]:
        """The sum over a graph, and whether something in it hides its share."""
        if id(graph) not in self._macs:
            total: Dim = 0
            partial = False
            for node in graph.nodes:
                macs, hidden = self._node_macs(graph, node)
                total, partial = total + macs, partial or hidden
            self._macs[id(graph)] = total, partial
        return self._macs[id(graph)]

    def _node_macs(self, graph: Graph, node: Node) -> tuple[Dim, bool]:
        if isinstance(node.work, Graph):
            return self.macs(node.work)
        if not isinstance(node.work, Op):
            return 0, True
        macs: Dim = node.work.macs(node.type, *graph.types_into(node))
        return substitute(macs, self.env), False


def carried(graph: Graph, node: Node) -> tuple[Carried, ...]:
    """The skips that land at a merge, each with the step it comes from."""
    if node.merge is None:
        return ()
    edges = {edge.skip: edge for edge in node.edges if edge.skip}
    target = node.merge.target if node.merge.target != "output" else "the output"
    return tuple(Carried(name, _origin(graph, name, edges[name]), target) for name in node.merge.skips if name in edges)


def _origin(graph: Graph, skip: str, edge: Edge) -> str:
    """The step that a skip comes from, behind what fits it and its `via`."""
    while True:
        node = graph.by_name.get(edge.source.node)
        before = None if node is None else next((each for each in node.edges if each.skip == skip), None)
        if node is not None and before is None and skip in node.frames:
            before = next(iter(node.edges), None)
        if before is None:
            return edge.source.node
        edge = before


_EVEN = 2**12 * 3**3 * 5 * 7
"""Of sizes that are multiples of it, the floors that occur come out even."""


def leading(size: Size, contract: Contract) -> tuple[list[tuple[float, tuple[str, ...]]], bool]:
    """The terms of a size that count when its axes are large, each a factor and axes, and whether these are all."""
    from skipgraph.sizes.exact import exact_polynomial

    allowed = {name: contract.allowed(name).step() for name in size.symbols if name in contract.symbols}
    exactly = exact_polynomial(size, allowed)
    terms, constant, denominator = exact_polynomial(size, dict.fromkeys(size.symbols, (_EVEN, _EVEN)))
    degree = max((len(monomial) for monomial, _ in terms), default=0)
    most = [
        (factor / denominator, tuple(map(_text, monomial))) for monomial, factor in terms if len(monomial) == degree
    ]
    return most, exactly == (terms, constant, denominator) and len(most) == len(terms) and not constant


def _text(atom: Any) -> str:
    from skipgraph.sizes.size import of_atom

    return show(of_atom(atom))
