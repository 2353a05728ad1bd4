"""The typed graph: nodes in the order they run, the edges that feed them, and the type of every value.

A block is a `Graph` in a `Node`. Everything is frozen and complete: the order of `nodes` is the order of execution,
every value has its type, a skip is a merge node that bears the skip's name and place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeAlias, Union

from skipgraph.diagnostics import Span
from skipgraph.graph.parametrized import parametrized
from skipgraph.ops import Op, Weight
from skipgraph.sizes import Contract
from skipgraph.types import TensorType


@dataclass(frozen=True, slots=True)
class Ref:
    """A value: result number `result` of the node, or of the graph's input, that is called `node`."""

    node: str
    result: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A value on its way into a node: where it comes from, where that is written, and the skip it rides on."""

    source: Ref
    span: Span = field(repr=False, compare=False)
    skip: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Numbers in the weights that are trained, and in the buffers. A weight in several places counts once."""

    trained: int = 0
    buffers: int = 0

    @property
    def total(self) -> int:
        return self.trained + self.buffers


@dataclass(frozen=True, slots=True)
class Port:
    """An input of a graph."""

    name: str
    type: TensorType
    span: Span = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Merge:
    """What makes a node the landing of skips: their names, and the step and port they were aimed at."""

    skips: tuple[str, ...]
    target: str
    port: str
    main: int | None
    """Which input is the main path; None where nothing else arrives."""


class Extern(Protocol):
    """A class that the caller handed over, as the compiler sees it."""

    name: str
    arguments: Mapping[str, Any]

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of its result; raises `Reject`."""


Work: TypeAlias = Union[Op, "Graph", Extern]


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that runs: an op, a block, or a class from outside."""

    name: str
    """Its name in its graph: an identifier, unique among the graph's nodes and inputs."""
    work: Work
    kind: str
    """What the spec calls it: `Conv2d`, `double_conv`."""
    inputs: tuple[Edge | None, ...]
    """By port, in order; None where an optional port is left out."""
    types: tuple[TensorType, ...]
    """Of its results."""
    span: Span = field(repr=False, compare=False)
    results: tuple[str, ...] = ()
    """Names of its results, where it has several."""
    sizes: tuple[Ref, ...] = ()
    """Values of which its arguments use a size: inputs behind the ports of its lowering."""
    keys: tuple[tuple[str, ...], ...] = ()
    """Places of its weights in the state_dict below its graph. A reuse has none of its own."""
    frames: tuple[str, ...] = ()
    """The `Branches`, paths, repeats and skips' `via` it stands in, outermost first: for drawings."""
    local: str = ""
    """Its name inside the innermost frame, as the author knows it."""
    named: bool = False
    """Whether the author named it."""
    merge: Merge | None = None
    reuses: str | None = None
    """The node whose module it runs again."""
    unused: bool = False
    """Whether it is meant to be read by nothing."""
    parametrize: str | None = None
    exact: bool = False
    """Whether nothing may be left over."""
    expected: tuple[str, ...] = ()
    """The sizes that its first result must have, as a spec writes them."""

    @property
    def type(self) -> TensorType:
        """Of its first result."""
        return self.types[0]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The inputs that are there."""
        return tuple(edge for edge in self.inputs if edge is not None)

    @property
    def reads(self) -> Iterator[Ref]:
        """Every value it needs, sizes included."""
        for edge in self.inputs:
            if edge is not None:
                yield edge.source
        yield from self.sizes


Outputs: TypeAlias = Ref | tuple["Outputs", ...] | Mapping[str, "Outputs"]
"""What a graph returns: a value, a list or a mapping of them."""


@dataclass(frozen=True)
class Graph:
    """A network, or a block as it is for one set of arguments and input types. Equal calls share one Graph."""

    name: str
    """The block's name, or the file's."""
    inputs: tuple[Port, ...]
    nodes: tuple[Node, ...]
    outputs: Outputs
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Its parameters' values, in the order declared."""
    span: Span | None = field(default=None, repr=False, compare=False)
    description: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def ports(self) -> Mapping[str, Port]:
        return {port.name: port for port in self.inputs}

    def type_of(self, ref: Ref) -> TensorType:
        port = self.ports.get(ref.node)
        return port.type if port else self.by_name[ref.node].types[ref.result]

    def types_into(self, node: Node) -> tuple[TensorType | None, ...]:
        """What arrives at each of the node's ports."""
        return tuple([None if edge is None else self.type_of(edge.source) for edge in node.inputs])

    @cached_property
    def returned(self) -> tuple[Ref, ...]:
        """The values it returns, in order, each as often as it stands in `outputs`."""
        return tuple(leaves(self.outputs))

    @cached_property
    def readers(self) -> Mapping[Ref, tuple[Node, ...]]:
        """Who reads each value, in order of execution."""
        found: dict[Ref, list[Node]] = {}
        for node in self.nodes:
            for ref in dict.fromkeys(node.reads):
                found.setdefault(ref, []).append(node)
        return {ref: tuple(nodes) for ref, nodes in found.items()}

    @property
    def result_types(self) -> tuple[TensorType, ...]:
        return tuple(self.type_of(ref) for ref in self.returned)

    @cached_property
    def counts(self) -> Mapping[str, Count]:
        """What each node keeps, by its name; one that runs another's module again keeps nothing."""
        return {node.name: Count() if node.reuses is not None else _count(self, node) for node in self.nodes}

    @cached_property
    def count(self) -> Count:
        """What a network, or one call of a block, keeps."""
        counts = self.counts.values()
        return Count(sum([count.trained for count in counts]), sum([count.buffers for count in counts]))

    def weights(self) -> Iterator[tuple[tuple[str, ...], Weight]]:
        """Every place of its state_dict and the weight there, in order; a weight with two places comes twice."""
        for node in self.nodes:
            for key in node.keys:
                for name, weight in own_weights(self, node):
                    yield (*key, *name), weight


def own_weights(graph: Graph, node: Node) -> Iterator[tuple[tuple[str, ...], Weight]]:
    """The weights of one node, by their place below the node's own key."""
    if isinstance(node.work, Graph):
        yield from node.work.weights()
    elif isinstance(node.work, Op):
        into = graph.types_into(node)
        weights, own = node.work.weights(*into), node.work.own(*into)
        if node.parametrize:
            yield from parametrized(weights, node.parametrize, transposed=node.kind.startswith("ConvTranspose"))
            return
        for name, weight in weights.items():
            # the name of a weight of a part has dots: `out_proj.weight`
            yield (() if own else tuple(name.split("."))), weight


def _count(graph: Graph, node: Node) -> Count:
    if isinstance(node.work, Graph):
        return node.work.count
    counted = [0, 0]
    for _, weight in own_weights(graph, node):
        counted[not weight.trained] += weight.elements
    return Count(*counted)


def leaves(outputs: Outputs) -> Iterator[Ref]:
    """The values in what a graph returns, in order."""
    if isinstance(outputs, Ref):
        yield outputs
    else:
        for item in outputs.values() if isinstance(outputs, Mapping) else outputs:
            yield from leaves(item)


def named_leaves(outputs: Outputs, name: str = "") -> Iterator[tuple[str, Ref]]:
    """The values in what a graph returns, each with its place: `logits`, `0`, `aux.1`."""
    if isinstance(outputs, Ref):
        yield name, outputs
        return
    for key, value in outputs.items() if isinstance(outputs, Mapping) else enumerate(outputs):
        yield from named_leaves(value, f"{name}.{key}" if name else str(key))


@dataclass(frozen=True)
class Network:
    """What `check` gives: the whole graph, and the input sizes for which it holds."""

    graph: Graph
    contract: Contract
    path: str | None = None
    """The spec's file, absolute."""

    drawn: ClassVar[Callable[[Network], str] | None] = None
    """What draws one as SVG where a notebook shows it; set from above, since drawing comes after graphs."""

    def _repr_svg_(self) -> str | None:
        draw = type(self).drawn
        return None if draw is None else draw(self)
