"""How a step's shape came to be: edge by edge, back to the inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skipgraph.diagnostics import Span
from skipgraph.diagnostics.suggest import closest
from skipgraph.graph import Edge, Graph, Network, Node, Ref
from skipgraph.ops import Computed, Op
from skipgraph.passes.signature import shape
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType

_DECIDING = ("out_channels", "out_features", "embedding_dim", "hidden_size", "num_embeddings")
"""Arguments whose value is a size of the result."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some axes are as they are, and where that is written, if elsewhere than the step."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A value on the way back: what it is called, what makes it, its shape, and the reasons for that."""

    name: str
    kind: str
    shape: str
    span: Span
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A graph on the way down to a step: the step's node, and what stands before its name."""

    graph: Graph
    node: Node
    prefix: str


def why(network: Network, name: str) -> tuple[Stop, ...] | None:
    """The step and all that its shape hangs on, the nearest first; None where there is no such step.

    Steps that only pass a shape on are left out, and named where their value is read.
    """
    port = network.graph.ports.get(name)
    if port is not None:
        return tuple(_inputs(network, {name}))
    levels = _find(network, name)
    return tuple(_Story(network).told(levels)) if levels else None


def nearest(network: Network, name: str) -> str | None:
    """The step that was most likely meant, for "did you mean"."""
    levels = [network.graph]
    *outer, last = name.split(".")
    prefix = ""
    for part in outer:
        node = levels[-1].by_name.get(part)
        if node is None or not isinstance(node.work, Graph):
            break
        levels.append(node.work)
        prefix += f"{part}."
    here = levels[-1]
    near = closest(last, [*here.by_name, *(here.ports if len(levels) == 1 else ())])
    if near is not None:
        return prefix + near
    inside = {
        f"{node.name}.{inner}" for node in here.nodes if isinstance(node.work, Graph) for inner in node.work.by_name
    }
    return next((prefix + full for full in sorted(inside) if full.endswith(f".{last}")), None)


def _find(network: Network, name: str) -> list[Level]:
    """The way down to a step, outermost first; empty where there is none. A result may be named behind it."""
    graph: Graph | None = network.graph
    levels: list[Level] = []
    prefix = ""
    for part in name.split("."):
        node = None if graph is None else graph.by_name.get(part)
        if graph is None or node is None:
            named = levels[-1].node.results if levels else ()
            return levels if part in named else []
        levels.append(Level(graph, node, prefix))
        graph = node.work if isinstance(node.work, Graph) else None
        prefix += f"{part}."
    return levels


def _inputs(network: Network, names: set[str]) -> Iterator[Stop]:
    for port in network.graph.inputs:
        if port.name in names:
            kind = shape(port.type, network.contract, {})
            yield Stop(port.name, "input", kind, port.span, ())


class _Story:
    """One telling."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.contract = network.contract

    def told(self, levels: Sequence[Level]) -> Iterator[Stop]:
        """The stops: through the innermost graph, then what flows into the call of it, and so on out."""
        wanted: list[Ref] | None = None
        for level in reversed(levels):
            graph, node, prefix = level.graph, level.node, level.prefix
            if wanted is None:
                yield self._stop(graph, node, prefix)
            else:
                yield self._call(graph, node, prefix)
            wanted = list(node.reads)
            for back in self._behind(graph, wanted):
                if not self._passes_on(graph, back):
                    yield self._stop(graph, back, prefix)
        outermost = levels[0].graph
        reached = {ref.node for ref in wanted or ()}
        for back in self._behind(outermost, wanted or []):
            reached |= {ref.node for ref in back.reads}
        yield from _inputs(self.network, reached)

    def _behind(self, graph: Graph, refs: Sequence[Ref]) -> list[Node]:
        """The nodes that values hang on, the last to run first."""
        found: set[str] = set()
        waiting = [ref.node for ref in refs]
        while waiting:
            node = graph.by_name.get(waiting.pop())
            if node is not None and node.name not in found:
                found.add(node.name)
                waiting += [ref.node for ref in node.reads]
        return [node for node in reversed(graph.nodes) if node.name in found]

    def _passes_on(self, graph: Graph, node: Node) -> bool:
        """Whether a node gives the shape of its one input."""
        if isinstance(node.work, Graph) or len(node.edges) != 1 or len(node.types) != 1 or node.sizes:
            return False
        decided = isinstance(node.work, Op) and any(getattr(node.work, name, None) is not None for name in _DECIDING)
        return not decided and graph.type_of(node.edges[0].source).shape == node.type.shape

    def _stop(self, graph: Graph, node: Node, prefix: str) -> Stop:
        reasons = tuple(self._reasons(graph, node, prefix))
        return Stop(prefix + node.name, node.kind, self._shapes(node), node.span, reasons)

    def _call(self, graph: Graph, node: Node, prefix: str) -> Stop:
        """A block, from within: only what flows in counts."""
        incoming = (
            f"{self._shape(graph.type_of(edge.source))} {self._from(graph, edge, prefix)}" for edge in node.edges
        )
        return Stop(
            prefix + node.name, node.kind, self._shapes(node), node.span, (Reason(f"takes {', '.join(incoming)}"),)
        )

    def _reasons(self, graph: Graph, node: Node, prefix: str) -> Iterator[Reason]:
        if isinstance(node.work, Graph):
            yield from self._block(graph, node, node.work, prefix)
        elif not isinstance(node.work, Op):
            yield Reason("as the class from outside says")
        elif not node.edges:
            yield Reason(f"as `{node.kind}{self._arguments(node.work)}` has it")
        elif node.kind == "Concat":
            yield from self._concat(graph, node, node.work, prefix)
        else:
            yield from self._op(graph, node, node.work, prefix)

    def _concat(self, graph: Graph, node: Node, op: Op, prefix: str) -> Iterator[Reason]:
        rank = node.type.rank
        axis = getattr(op, "dim", 1) % rank
        parts = [
            f"{self._size(graph.type_of(edge.source).shape[axis])} {self._from(graph, edge, prefix)}"
            for edge in node.edges
        ]
        yield Reason(f"{self._size(node.type.shape[axis])} = {' + '.join(parts)}")
        differing = [text for index in range(rank) if index != axis for text in self._differing(graph, node, index)]
        if differing:
            yield Reason(f"{', '.join(differing)} by the size contract")

    def _differing(self, graph: Graph, node: Node, axis: int) -> Iterator[str]:
        """Sizes that are written differently on the sides of a merge, and are the same."""
        sizes = dict.fromkeys(show(graph.type_of(edge.source).shape[axis]) for edge in node.edges)
        if len(sizes) > 1:
            yield " = ".join(sizes)

    def _op(self, graph: Graph, node: Node, op: Op, prefix: str) -> Iterator[Reason]:
        sources = [graph.type_of(edge.source) for edge in node.edges]
        first = sources[0]
        made = f"{node.kind}{self._arguments(op)}"
        if first.rank != node.type.rank:
            yield Reason(
                f"{self._shape(node.type)} = {made} of {self._shape(first)} {self._from(graph, node.edges[0], prefix)}"
            )
            return
        kept, changed = [], []
        for axis, size in enumerate(node.type.shape):
            argument = self._argument(op, size) if axis in (1, node.type.rank - 1) else None
            if argument is not None:
                yield Reason(f"{self._size(size)} is its `{argument}`")
            elif size == first.shape[axis]:
                kept.append(self._size(size))
            else:
                changed.append((size, first.shape[axis]))
        if changed:
            short, full = (", ".join(write(size) for size, _ in changed) for write in (self._size, show))
            before = ", ".join(self._size(size) for _, size in changed)
            both = short if short == full else f"{short} = {full}"
            yield Reason(f"{both} = {made} of {before} {self._from(graph, node.edges[0], prefix)}")
        alike = all(source.shape == first.shape for source in sources)
        if len(kept) > 1 or not changed:
            names = " and ".join(self._name(graph, edge, prefix) for edge in (node.edges if alike else node.edges[:1]))
            yield Reason(f"{', '.join(kept)} as in {names}")

    def _block(self, graph: Graph, node: Node, inner: Graph, prefix: str) -> Iterator[Reason]:
        """Of each axis of a block's first result, the step inside that decides it."""
        if not inner.returned:
            return
        found: dict[str, tuple[_Origin, list[Dim]]] = {}
        kept: dict[str, list[str]] = {}
        for axis, size in enumerate(node.type.shape):
            origin = _origin(inner, inner.returned[0], axis, f"{prefix}{node.name}.")
            if isinstance(origin, str):
                kept.setdefault(origin, []).append(self._size(size))
            else:
                # out_channels and the sizes of one convolution are told apart
                key = origin.name if self._argument(origin.node.work, size) is None else f"{origin.name} {axis}"
                found.setdefault(key, (origin, []))[1].append(size)
        for origin, made in found.values():
            yield Reason(self._made_inside(origin, made), origin.node.span)
        for port, sizes in kept.items():
            index = [each.name for each in inner.inputs].index(port)
            if index < len(node.edges) and (len(sizes) > 1 or not found):
                yield Reason(f"{', '.join(sizes)} as in {self._name(graph, node.edges[index], prefix)}")

    def _made_inside(self, origin: _Origin, sizes: Sequence[Dim]) -> str:
        """What a step inside a block decides."""
        text, node = ", ".join(map(self._size, sizes)), origin.node
        argument = self._argument(node.work, sizes[0])
        if argument is not None:
            return f"{text} is the `{argument}` of `{origin.name}`"
        if node.kind == "Concat":
            parts = (self._size(origin.graph.type_of(edge.source).shape[origin.axis]) for edge in node.edges)
            return f"{text} = {' + '.join(parts)}, joined by `{origin.name}`"
        before = origin.graph.type_of(node.edges[0].source).shape if node.edges else ()
        of = f" of {self._size(before[origin.axis])}" if origin.axis < len(before) and len(sizes) == 1 else ""
        return f"{text} by `{origin.name}`, {node.kind}{self._arguments(node.work)}{of}"

    def _argument(self, op: object, size: Dim) -> str | None:
        return next((name for name in _DECIDING if isinstance(size, int) and getattr(op, name, None) == size), None)

    def _arguments(self, work: object) -> str:
        """`(2, stride 2)`: what an op was given, but for sizes that arrive and switches."""
        if not isinstance(work, Op):
            return ""
        given = {
            name: value
            for name, value in work.given(*work.inferred, *_DECIDING[:2]).items()
            if not isinstance(value, bool)
        }
        if not given:
            return ""
        return f"({', '.join(f'{name} {_plain(value)}' for name, value in given.items())})"

    def _from(self, graph: Graph, edge: Edge, prefix: str) -> str:
        by = f" by `{edge.skip}`" if edge.skip else ""
        return f"from {self._name(graph, edge, prefix)}{by}"

    def _name(self, graph: Graph, edge: Edge, prefix: str) -> str:
        """The value that an edge brings, by the last step that changed its shape."""
        ref, through = edge.source, []
        node = graph.by_name.get(ref.node)
        while node is not None and self._passes_on(graph, node):
            through.append(node.name)
            ref = node.edges[0].source
            node = graph.by_name.get(ref.node)
        name = f"{prefix}{ref.node}" + (f".{node.results[ref.result]}" if node is not None and node.results else "")
        if not through:
            return f"`{name}`"
        passed = f"`{through[-1]}`" if len(through) == 1 else f"{len(through)} steps to `{through[0]}`"
        return f"`{name}` (through {passed})"

    def _size(self, size: Dim) -> str:
        return show(size, self.contract)

    def _shape(self, kind: TensorType) -> str:
        return shape(kind, self.contract, {})

    def _shapes(self, node: Node) -> str:
        return ", ".join(map(self._shape, node.types))


@dataclass(frozen=True, slots=True)
class _Origin:
    """The step inside a block that decides an axis."""

    name: str
    axis: int
    graph: Graph
    node: Node


def _origin(graph: Graph, ref: Ref, axis: int, prefix: str) -> str | _Origin:
    """The step that decides an axis of a value, or the graph's input that brings it."""
    while True:
        node = graph.by_name.get(ref.node)
        if node is None:
            return ref.node
        if isinstance(node.work, Graph):
            inner = _origin(node.work, node.work.returned[ref.result], axis, f"{prefix}{node.name}.")
            if isinstance(inner, _Origin):
                return inner
            ref = node.edges[[port.name for port in node.work.inputs].index(inner)].source
            continue
        before = _undecided(graph, node, node.types[ref.result], axis)
        if before is None:
            return _Origin(f"{prefix}{node.name}", axis, graph, node)
        ref = before


def _undecided(graph: Graph, node: Node, kind: TensorType, axis: int) -> Ref | None:
    """The value from which a step takes an axis as it is; None where the step decides it."""
    if not node.edges:
        return None
    first = node.edges[0].source
    source, size = graph.type_of(first), kind.shape[axis]
    if axis in (1, kind.rank - 1) and any(getattr(node.work, name, None) == size for name in _DECIDING):
        return None
    if node.kind == "Concat" and getattr(node.work, "dim", 1) % kind.rank == axis:
        return None
    alike = source.rank == kind.rank or axis == 0
    return first if alike and axis < source.rank and source.shape[axis] == size else None


def _plain(value: object) -> str:
    if isinstance(value, Computed):
        return show(value.size)
    return str(list(value) if isinstance(value, tuple) else value)
