"""The shape rules that ops share. A rule speaks for itself when it refuses.

Where a size is open, a rule cannot refuse: it states the condition (`skipgraph.sizes.require`), and the size
contract judges all conditions together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from skipgraph.ops.base import Reject
from skipgraph.sizes import AtLeast, Dim, Divides, Equal, Size, minimum, require, show
from skipgraph.types import Shape, TensorType

_EXACT: ContextVar[bool] = ContextVar("exact", default=False)


@contextmanager
def exactly(exact: bool) -> Iterator[None]:
    """Within it, a strided window that leaves a remainder and an odd crop are refused (`exact: true`)."""
    token = _EXACT.set(exact)
    try:
        yield
    finally:
        _EXACT.reset(token)


def ranked(x: TensorType, *ranks: int, input: int = 0, layout: str = "") -> TensorType:
    """`x`, when its rank is one of `ranks`."""
    if x.rank not in ranks:
        wanted = " or ".join(str(rank) for rank in ranks)
        form = f" {layout}" if layout else ""
        raise Reject(f"needs an input of {wanted} axes{form}, got {x}", input=input)
    return x


def floating(x: TensorType, input: int = 0) -> TensorType:
    """`x`, when its dtype is a floating one."""
    if not x.is_float:
        raise Reject(f"needs an input of floats, got {x.dtype}", code="SG409", input=input)
    return x


def one_dtype(*xs: TensorType) -> None:
    """All have the dtype of the first."""
    for index, x in enumerate(xs):
        if x.dtype != xs[0].dtype:
            raise Reject(f"joins {xs[0].dtype} and {x.dtype}", code="SG409", input=index)


def number(size: Dim, what: str, input: int = 0) -> int:
    """A size that has to be a number: weights are made from it."""
    if isinstance(size, int):
        return size
    raise Reject(f"needs {what} to be a number, but {show(size)} is open until run time", code="SG408", input=input)


def declared(written: int | None, arrives: Dim, argument: str, input: int = 0) -> int:
    """The size that arrives, as a number; a written one must agree with it."""
    size = number(arrives, f"`{argument}`", input)
    if written is not None and written != size:
        raise Reject(
            f"`{argument}` is written as {written}, but {size} arrive", code="SG404", argument=argument, input=input
        )
    return size


DimT = TypeVar("DimT", int, Dim)


def divided(
    channels: DimT, by: int, what: str = "channels", argument: str | None = None, input: int | None = 0
) -> DimT:
    """`channels / by`, when that is whole."""
    if isinstance(channels, Size):
        return channels / by
    if channels % by:
        raise Reject(f"{channels} {what} do not divide by {by}", code="SG405", input=input, argument=argument)
    return channels // by


def at_least(size: Dim, least: int, what: str, input: int = 0) -> Dim:
    """`size`, which must be `least` or more."""
    if isinstance(size, Size):
        require(AtLeast(size, least))
    elif size < least:
        raise Reject(what, code="SG406", input=input)
    return size


def same(a: Dim, b: Dim, axis: int, input: int = 1) -> Dim:
    """The size two axes must agree on: of two ways to write it, the simpler."""
    if a == b:
        return a
    if isinstance(a, int) and isinstance(b, int):
        raise Reject(f"sizes that differ on axis {axis}: {a} and {b}", code="SG402", input=input)
    require(Equal(a, b))
    return simpler(a, b)


def simpler(a: Dim, b: Dim) -> Dim:
    """Of two sizes known to be equal, the one that is easier to read."""
    if isinstance(a, int):
        return a
    if isinstance(b, int):
        return b
    return min(a, b, key=lambda size: (len(str(size)), str(size)))


def broadcast(a: Dim, b: Dim, axis: int, input: int = 1) -> Dim:
    """The size two axes agree on where a written 1 stretches, and only that."""
    if b == 1:
        return a
    if a == 1:
        return b
    return same(a, b, axis, input)


def broadcast_shapes(shapes: Sequence[Shape]) -> Shape:
    """The shape that all agree on, aligned at the last axis as torch does."""
    result = shapes[0]
    for index, shape in enumerate(shapes[1:], start=1):
        rank = max(len(result), len(shape))
        a = (1,) * (rank - len(result)) + tuple(result)
        b = (1,) * (rank - len(shape)) + tuple(shape)
        result = tuple(broadcast(x, y, axis, index) for axis, (x, y) in enumerate(zip(a, b, strict=True)))
    return result


def each(argument: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """An argument that is one number for all axes, or one for each."""
    return (argument,) * axes if isinstance(argument, int) else tuple(argument)


def windowed(
    size: Dim,
    *,
    kernel: int,
    stride: int = 1,
    before: int = 0,
    after: int | None = None,
    dilation: int = 1,
    ceil: bool = False,
) -> Dim:
    """How many positions a sliding window has: floor, as torch does, or ceil_mode of its pools.

    `before` and `after` are the padding; with `ceil` a last window must start inside the input or the padding
    before it (torch.nn.MaxPool2d).
    """
    after = before if after is None else after
    extent = dilation * (kernel - 1) + 1
    room = size + before + after - extent
    if isinstance(room, int) and room < 0 and not (ceil and room > -stride):
        raise Reject(
            f"needs a size of at least {extent - before - after} for a window of {extent}, got {show(size)}",
            code="SG406",
            input=0,
        )
    if stride == 1:
        count = room + 1
    elif not ceil:
        count = room // stride + 1
        _whole(room, stride)
    else:
        count = -((-room) // stride) + 1
        if after + stride > extent:
            # only then can a window start behind the input, where torch drops it
            count = minimum(count, (size + before - 1) // stride + 1)
    if isinstance(count, Size):
        require(AtLeast(count, 1))
    return count


def halved(total: Dim) -> None:
    """With `exact`, what is cut off in the middle has two equal halves."""
    if not _EXACT.get():
        return
    if isinstance(total, Size):
        require(Divides(total, 2))
    elif total % 2:
        raise Reject(f"cuts {total} off an axis, an odd number, and `exact` is asked", code="SG411", input=0)


def _whole(room: Dim, stride: int) -> None:
    """With `exact`, nothing may be left over behind the last window."""
    if not _EXACT.get():
        return
    if isinstance(room, Size):
        require(Divides(room, stride))
    elif room % stride:
        raise Reject(
            f"leaves {room % stride} over at a stride of {stride}, and `exact` is asked", code="SG411", input=0
        )


def padded_by(size: Dim, total: int, mode: str, each_side: int | None = None) -> None:
    """Padding by `mode` fits: reflection needs more than it mirrors, wrapping as much as it repeats."""
    side = (total + 1) // 2 if each_side is None else each_side
    if side == 0 or mode in ("zeros", "constant", "replicate"):
        return
    least = side + 1 if mode == "reflect" else side
    at_least(size, least, f"{mode} padding of {side} needs a size of at least {least}, got {show(size)}")
