"""Graph -> scene."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from skipgraph.graph import Edge, Graph, Network, Node, Ref, named_leaves
from skipgraph.ops import Op, Style
from skipgraph.render.axes import Axes, Axis, axis_of_input
from skipgraph.render.counting import Counts, Detail, levels_of
from skipgraph.render.scene import SIGNS, Box, Frame, Kind, Part, Scene, Skip, Symbol, Wire, frames_around
from skipgraph.render.words import Shapes, arguments, count, cut, essentials, sum_of, tally
from skipgraph.types import TensorType

_SYMBOLS: Mapping[str, Symbol] = {"Add": Symbol.ADD, "Sub": Symbol.SUB, "Mul": Symbol.MUL}


def compose(network: Network, detail: Detail = "auto", sizes: Mapping[str, int] | None = None) -> Scene:
    """The scene of a network: `blocks` folds every block, `ops` opens all, `auto` as many levels as stay readable.

    `sizes` are numbers to write in place of open axes.
    """
    return compose_levels(network, levels_of(network.graph, detail), sizes)


def compose_levels(network: Network, levels: int, sizes: Mapping[str, int] | None = None) -> Scene:
    """The scene of a network whose blocks are opened so many levels deep."""
    return _Composer(network, levels, sizes).scene()


def compose_opened(network: Network, opened: Collection[str], sizes: Mapping[str, int] | None = None) -> Scene:
    """The scene of a network in which the blocks at these paths are open, and no others."""
    return _Composer(network, 0, sizes, opened).scene()


class _Origin(NamedTuple):
    """Where a value comes from on the page, and the skip it rides on into a block."""

    box: str
    result: int
    type: TensorType
    axis: Axis
    """Of its channels."""
    skip: str | None = None


class _Face(NamedTuple):
    """What is seen of a node, by its sort."""

    lines: tuple[str, ...]
    style: Style = Style.OTHER
    kind: Kind = Kind.STEP
    symbol: Symbol | None = None
    parts: tuple[Part, ...] = ()
    hidden: tuple[str, ...] = ()


class _Composer:
    def __init__(
        self, network: Network, levels: int, sizes: Mapping[str, int] | None, opened: Collection[str] = ()
    ) -> None:
        self._network = network
        self._levels = levels
        self._opened = opened
        self._shapes = Shapes(network, sizes)
        self._counts = Counts()
        self._axes = Axes()
        self._boxes: dict[str, Box] = {}
        self._frames: dict[str, Frame] = {}
        self._wires: list[Wire] = []
        self._named: set[int] = set()
        """The wires on which the name of a skip stands."""
        self._landings: dict[str, str] = {}
        """What is said of where a skip lands, by its id."""
        self._homes: dict[str, str] = {}
        self._ways: dict[int, Mapping[tuple[str, ...], Ref | None]] = {}
        self._again = 0
        """Open blocks around that are reused: their weights are told where they are first."""
        self._news: dict[str, bool] = {}
        """Whether a box gives another shape than it takes."""

    def scene(self) -> Scene:
        graph = self._network.graph
        places: dict[Ref, _Origin] = {}
        for port in graph.inputs:
            shape = self._shapes.brief(port.type)
            about = f"input {port.name}: {self._shapes.full(port.type)}"
            lines = port.name, shape
            self._add(Box(port.name, Kind.INPUT, Style.OTHER, lines, about, (port.type,), shape=shape, span=port.span))
            places[Ref(port.name)] = _Origin(port.name, 0, port.type, axis_of_input(port.type))
        self._walk(graph, "", None, places, self._levels)
        self._finish(graph, places)
        skips = tuple(self._skips())
        weights, ops = graph.count.trained, self._counts.ops(graph)
        summary = f"{count(weights)} weights, {ops} op{'s' * (ops != 1)}"
        contract = str(self._network.contract)
        return Scene(
            title=graph.name,
            description=graph.description,
            summary=summary if contract == "any size" else f"{summary}; {cut(contract, 120)}",
            boxes=tuple(self._boxes.values()),
            frames=tuple(self._frames.values()),
            wires=tuple(self._finished()),
            skips=skips,
            resolutions=self._shapes.resolutions(type_ for box in self._boxes.values() for type_ in box.types),
        )

    def _add(self, box: Box, news: bool = False) -> None:
        self._boxes[box.id] = box
        self._news[box.id] = news

    def _walk(self, graph: Graph, scope: str, frame: str | None, places: dict[Ref, _Origin], levels: int) -> None:
        for node in graph.nodes:
            path = f"{scope}{node.name}"
            around = self._group(graph, scope, frame, node)
            if (levels or path in self._opened) and isinstance(node.work, Graph):
                self._open(graph, node, path, scope, around, places, levels)
                continue
            into = graph.types_into(node)
            arriving = [None if edge is None else places[edge.source].axis for edge in node.inputs]
            axes = self._axes.after(node, into, arriving)
            self._add(
                self._box(graph, node, path, scope, around, axes[0]),
                news=isinstance(node.work, Graph) or not into or into[0] is None or into[0].shape != node.type.shape,
            )
            self._wire(graph, node, path, scope, places)
            for result, type_ in enumerate(node.types):
                places[Ref(node.name, result)] = _Origin(path, result, type_, axes[result])

    def _open(
        self,
        graph: Graph,
        node: Node,
        path: str,
        scope: str,
        around: str | None,
        places: dict[Ref, _Origin],
        levels: int,
    ) -> None:
        """The inside of a block, in a frame; what flows through it keeps its origin."""
        inner = node.work
        assert isinstance(inner, Graph)
        box = self._box(graph, node, path, scope, around)
        label = _sentence(_name(node), self._called(node, inner), box.weights)
        self._frames[path] = Frame(path, around, label, block=True, weights=box.weights, folded=box)
        within: dict[Ref, _Origin] = {}
        for port, edge in zip(inner.inputs, node.inputs, strict=False):
            if edge is not None:
                origin = places[edge.source]
                within[Ref(port.name)] = origin._replace(skip=self._rides(graph, node, scope, edge) or origin.skip)
        self._again += node.reuses is not None
        self._walk(inner, f"{path}.", path, within, max(levels - 1, 0))
        self._again -= node.reuses is not None
        for result, ref in enumerate(inner.returned):
            places[Ref(node.name, result)] = within[ref]

    def _group(self, graph: Graph, scope: str, frame: str | None, node: Node) -> str | None:
        """The innermost frame around a node; the ones that are new are made."""
        path = scope.rstrip(".")
        for depth, name in enumerate(node.frames):
            path = f"{path}/{name}"
            if path not in self._frames:
                # the wire says which skip it is
                label = "via" if node.frames[: depth + 1] in self._vias(graph) else cut(name, 40)
                self._frames[path] = Frame(path, frame, label, block=False)
            frame = path
        return frame

    def _vias(self, graph: Graph) -> Mapping[tuple[str, ...], Ref | None]:
        """The frames of the skips' `via`s, and what arrives on the main path where each ends."""
        if id(graph) not in self._ways:
            self._ways[id(graph)] = {
                (*node.frames, skip): self._main(node)
                for node in graph.nodes
                if node.merge is not None
                for skip in node.merge.skips
            }
        return self._ways[id(graph)]

    def _main(self, node: Node) -> Ref | None:
        assert node.merge is not None
        main = None if node.merge.main is None else node.inputs[node.merge.main]
        return None if main is None else main.source

    def _rides(self, graph: Graph, node: Node, scope: str, edge: Edge) -> str | None:
        """The skip that an edge is a part of: named on it, or the one whose `via` it enters or runs in."""
        if edge.skip is not None:
            return self._skip(scope, node.frames, edge.skip)
        ways = self._vias(graph)
        for depth in range(len(node.frames), 0, -1):
            frames = node.frames[:depth]
            if frames not in ways:
                continue
            source = graph.by_name.get(edge.source.node)
            inside = source is not None and source.frames[:depth] == frames
            # a gate also reads the main path, which is no part of the skip
            return None if not inside and edge.source == ways[frames] else self._skip(scope, frames[:-1], frames[-1])
        return None

    def _box(self, graph: Graph, node: Node, path: str, scope: str, frame: str | None, axis: Axis = None) -> Box:
        weights = self._weights(graph, node)
        shapes = self._shapes
        types = " and ".join([shapes.full(type_) for type_ in node.types])
        given = shapes.given(node.work.given() if isinstance(node.work, Op) else node.work.arguments)
        call = f"{node.kind}({cut(arguments(given), 400)})"
        about = f"{path}: {call} gives {types}"
        about += f", {weights:,} weights" if weights else ""
        reuses = f"{scope}{node.reuses}" if node.reuses is not None else None
        about += f", the weights of {reuses}" if reuses else ""
        face = self._face(graph, node, scope, given, weights)
        return Box(
            path,
            face.kind,
            face.style,
            face.lines,
            about,
            node.types,
            frame,
            node.kind,
            node.results,
            symbol=face.symbol,
            weights=weights,
            parts=face.parts,
            hidden=face.hidden,
            reuses=reuses,
            name=_name(node) if node.named and not node.merge else "",
            shape=", ".join([shapes.brief(type_) for type_ in node.types]),
            span=node.span,
            call=call,
            axis=axis,
        )

    def _face(self, graph: Graph, node: Node, scope: str, given: Mapping[str, Any], weights: int) -> _Face:
        """What is seen of a node."""
        if isinstance(node.work, Graph):
            hidden = tuple(_skips_in(node.work))
            inside = (cut(tally(hidden)),) if hidden else ()
            lines = (_name(node), _sentence("", self._called(node, node.work), weights), *inside)
            return _Face(lines, kind=Kind.BLOCK, hidden=hidden)
        if not isinstance(node.work, Op):
            return _Face((cut(f"{node.kind} {arguments(given)}"), _name(node)))
        op = type(node.work).__name__
        if node.kind == "Concat" or op == "Concat":
            parts = self._parts(graph, node, scope)
            head = cut(f"concat {sum_of([part.size for part in parts])}")
            return _Face((head,) if node.merge else (head, _name(node)), Style.MERGE, parts=parts)
        if op in _SYMBOLS:
            symbol = _SYMBOLS[op]
            named = (f"{SIGNS[symbol]} {_name(node)}",) if node.named and not node.merge else ()
            return _Face(named, Style.MERGE, symbol=symbol)
        head = cut(f"{node.kind} {essentials(node.work, given, graph.types_into(node))}".strip())
        again = f"again {node.reuses}" if node.reuses is not None else ""
        return _Face((head, _sentence(_name(node), again, weights)), node.work.style)

    def _called(self, node: Node, block: Graph) -> str:
        """`double_conv out=64`, or `again first` where its weights are another call's."""
        given = self._shapes.given(block.arguments)
        return f"again {node.reuses}" if node.reuses is not None else f"{node.kind} {arguments(given)}"

    def _weights(self, graph: Graph, node: Node) -> int:
        return 0 if self._again else graph.counts[node.name].trained

    def _parts(self, graph: Graph, node: Node, scope: str) -> tuple[Part, ...]:
        axis = getattr(node.work, "dim", 1)
        return tuple(
            Part(
                self._shapes.size(graph.type_of(edge.source).shape[axis]),
                self._skip(scope, node.frames, edge.skip) if edge.skip else None,
            )
            for edge in node.edges
        )

    def _wire(self, graph: Graph, node: Node, path: str, scope: str, places: Mapping[Ref, _Origin]) -> None:
        ports = node.work.ports if isinstance(node.work, Op) else ()
        for index, edge in enumerate(node.inputs):
            if edge is not None:
                origin = places[edge.source]
                like = ports[index : index + 1] in (("like",), ("like?",))
                self._connect(origin, path, self._rides(graph, node, scope, edge) or origin.skip, size_only=like)
        if node.sizes:
            arriving = {edge.source for edge in node.edges}
            for ref in dict.fromkeys(node.sizes):
                if ref not in arriving:
                    self._connect(places[ref], path, None, size_only=True)
        if node.merge is not None:
            for name in node.merge.skips:
                landing = f"{scope}{node.merge.target}, {node.kind.lower()}"
                self._landings[self._skip(scope, node.frames, name)] = landing

    def _connect(self, origin: _Origin, target: str, skip: str | None, size_only: bool = False) -> None:
        source = self._boxes[origin.box]
        several = source.results if len(source.types) > 1 else ()
        result = several[origin.result] if origin.result < len(several) else ""
        wire = Wire(f"w{len(self._wires)}", origin.box, target, origin.type, result, skip, size_only=size_only)
        self._wires.append(wire)

    def _skips(self) -> Iterator[Skip]:
        """The skips, in the order of their first wires; a name stands on the first wire that carries it."""
        ways: dict[str, list[int]] = {}
        for index, wire in enumerate(self._wires):
            if wire.skip is not None:
                ways.setdefault(wire.skip, []).append(index)
        for number, (skip, carriers) in enumerate(ways.items()):
            # a wire that is read for its size alone carries no value
            carriers = [index for index in carriers if not self._wires[index].size_only] or carriers
            first, last = self._wires[carriers[0]], self._wires[carriers[-1]]
            self._named.add(carriers[0])
            landing, shape = self._landings.get(skip, last.target), self._shapes.brief(last.type)
            about = f"{skip} from {first.source} to {landing}, {shape}"
            name = re.split(r"[./]", skip)[-1]
            yield Skip(skip, name, number, first.source, last.target, about, landing, shape)

    def _finish(self, graph: Graph, places: Mapping[Ref, _Origin]) -> None:
        for name, ref in named_leaves(graph.outputs):
            origin = places[ref]
            path = f"output.{name}" if name else "output"
            shape = self._shapes.brief(origin.type)
            lines = name or "output", shape
            about = f"output {name}: {self._shapes.full(origin.type)}".replace(" :", ":")
            self._add(Box(path, Kind.OUTPUT, Style.OTHER, lines, about, (origin.type,), shape=shape, axis=origin.axis))
            self._connect(origin, path, None)

    def _finished(self) -> Iterator[Wire]:
        """The wires, with what stands on them, and where."""
        for index, (wire, label) in enumerate(zip(self._wires, self._labels(), strict=True)):
            home = self._homes.get(wire.skip) if wire.skip else None
            frame = home if home in self._frames else self._common(self._boxes[wire.source], self._boxes[wire.target])
            named = index in self._named
            yield wire._replace(named=named, label=label, frame=frame) if named or label or frame else wire

    def _common(self, source: Box, target: Box) -> str | None:
        """The innermost frame around both."""
        if source.frame == target.frame:
            return source.frame
        of_source = {frame.id for frame in frames_around(self._frames, source.frame)}
        return next((frame.id for frame in frames_around(self._frames, target.frame) if frame.id in of_source), None)

    def _labels(self) -> Iterator[str]:
        """What each wire tells: the shape of a value, once, where it has changed or crosses a block's border."""
        told: set[tuple[str, str]] = set()
        for wire in self._wires:
            source, target = self._boxes[wire.source], self._boxes[wire.target]
            value = wire.source, wire.result
            # inputs, outputs and concats say it themselves
            silent = (
                wire.skip or wire.size_only or target.parts or Kind.INPUT is source.kind or Kind.OUTPUT is target.kind
            )
            if silent or value in told or not (self._news[wire.source] or wire.result or self._parted(source, target)):
                yield ""
                continue
            told.add(value)
            yield self._shapes.brief(wire.type)

    def _parted(self, source: Box, target: Box) -> bool:
        """Whether a block's border stands between two boxes."""
        return source.frame != target.frame and self._block_of(source.frame) != self._block_of(target.frame)

    def _block_of(self, frame: str | None) -> str | None:
        return next((each.id for each in frames_around(self._frames, frame) if each.block), None)

    def _skip(self, scope: str, frames: tuple[str, ...], name: str) -> str:
        """A skip's id; its home is the frame of the block, or the path, that declares it."""
        skip = f"{scope}{'/'.join((*frames, name))}"
        self._homes[skip] = "/".join((scope.rstrip("."), *frames))
        return skip


def _sentence(name: str, what: str, weights: int) -> str:
    return " · ".join(word for word in (name, cut(what.strip(), 32), count(weights) if weights else "") if word)


def _name(node: Node) -> str:
    return cut(node.local or node.name)


def _skips_in(graph: Graph) -> Iterator[str]:
    """The skips inside a block and the blocks in it, by their paths."""
    for node in graph.nodes:
        if node.merge is not None:
            yield from node.merge.skips
        if isinstance(node.work, Graph):
            yield from (f"{node.name}.{skip}" for skip in _skips_in(node.work))
