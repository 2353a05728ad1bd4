"""Which axis of a value holds its channels: the second, until a step moves it to another place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from skipgraph.graph import Graph, Node, Ref
from skipgraph.ops import Op, Style
from skipgraph.types import TensorType

Types: TypeAlias = Sequence[TensorType | None]
Axis: TypeAlias = int | None
"""None where no step has told yet: of a sequence, or a weight."""

_FIRST = frozenset({Style.CONV, Style.POOL, Style.RESAMPLE})
_LAST = frozenset({Style.ATTENTION, Style.RECURRENT})
_NORMS = ("BatchNorm", "InstanceNorm", "GroupNorm")


def axis_of_input(type_: TensorType) -> Axis:
    """An image or a volume has its channels in the second; of a sequence it is not said."""
    return 1 if type_.rank > 3 else None


def channels_first(type_: TensorType, axis: Axis) -> TensorType:
    """The type as it were with its channels in the second axis."""
    if axis is None or axis == 1 or axis >= type_.rank:
        return type_
    return type_.with_shape((type_.shape[0], type_.shape[axis], *type_.shape[1:axis], *type_.shape[axis + 1 :]))


class Axes:
    """The axes of channels in a network. Equal calls share one graph, so each is walked once for what arrives alike."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, tuple[Axis, ...]], tuple[Axis, ...]] = {}

    def after(self, node: Node, into: Types, arriving: Sequence[Axis]) -> tuple[Axis, ...]:
        """Of each result of a node, where the values of these types that arrive have theirs there."""
        if isinstance(node.work, Graph):
            return self._through(node.work, tuple(arriving))
        told = [(type_, axis) for type_, axis in zip(into, arriving, strict=False) if type_ is not None]
        # of several, the first of which it is known
        taken, axis = next((each for each in told if each[1] is not None), told[0] if told else (None, None))
        return tuple([_after(node, taken, axis, given) for given in node.types])

    def _through(self, graph: Graph, arriving: tuple[Axis, ...]) -> tuple[Axis, ...]:
        key = id(graph), arriving
        if key not in self._known:
            at: dict[Ref, Axis] = {Ref(port.name): axis for port, axis in zip(graph.inputs, arriving, strict=False)}
            for node in graph.nodes:
                axes = [None if edge is None else at.get(edge.source) for edge in node.inputs]
                after = self.after(node, graph.types_into(node), axes)
                at.update({Ref(node.name, n): axis for n, axis in enumerate(after)})
            self._known[key] = tuple(at.get(ref) for ref in graph.returned)
        return self._known[key]


def _after(node: Node, taken: TensorType | None, axis: Axis, given: TensorType) -> Axis:
    """Of a result of an op or an extern."""
    work = node.work
    if not isinstance(work, Op):
        return axis if taken is not None and taken.rank == given.rank else None
    name = type(work).__name__
    if work.style is Style.EMBEDDING:
        return given.rank - 1
    if taken is None or work.style is Style.WEIGHT:
        return None
    if axis is None and (work.style in _FIRST or name.startswith(_NORMS)):
        axis = 1
    if axis is None and (work.style in _LAST or name in ("Linear", "LayerNorm", "RMSNorm")):
        axis = taken.rank - 1
    return None if axis is None else _moved(work, name, taken, axis, given)


def _moved(op: Op, name: str, taken: TensorType, axis: int, given: TensorType) -> Axis:
    """Where an op leaves the axis of the channels."""
    if name == "Permute":
        dims: Sequence[int] = vars(op)["dims"]
        return [dim % taken.rank for dim in dims].index(axis)
    if name == "Transpose":
        one, other = _axes(op, taken, "dim0", "dim1")
        return {one: other, other: one}.get(axis, axis)
    if name == "Flatten":
        start, end = _axes(op, taken, "start_dim", "end_dim")
        return min(axis, start) if axis <= end else axis - (end - start)
    if taken.rank == given.rank:
        return axis
    # an axis more or less: it is where the size still is
    size, last = taken.shape[axis], given.rank - 1
    if axis == taken.rank - 1 and given.shape[last:] == (size,):
        return last
    return axis if given.shape[axis : axis + 1] == (size,) else None


def _axes(op: Op, taken: TensorType, *names: str) -> list[int]:
    """Arguments of an op that name axes, counted from the front."""
    return [int(vars(op)[name]) % taken.rank for name in names]
