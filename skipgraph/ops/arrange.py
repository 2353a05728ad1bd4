"""Numbers put in another order, repeated, or chosen."""

from __future__ import annotations

from skipgraph.ops.base import Example, Op, Reject, SizeField, Style
from skipgraph.ops.lowering import Call, Expr, Method, Value, code_of, size_of
from skipgraph.ops.modules import axes_of, axis_of
from skipgraph.ops.rules import at_least, broadcast_shapes, one_dtype
from skipgraph.sizes import show
from skipgraph.types import TensorType


class _Arrangement(Op):
    style = Style.SHAPE


class Roll(_Arrangement):
    """The numbers moved on by `shifts` places along `dims`; what leaves at the end comes in at the front.

    Shape: any, kept. Source: torch.roll.
    """

    examples = (
        Example(shifts=3, dims=-1),
        Example(("N, 8, 8, 4",), shifts=(-2, -2), dims=(1, 2)),
    )

    shifts: SizeField | tuple[SizeField, ...]
    dims: int | tuple[int, ...]

    def infer(self, x: TensorType) -> TensorType:
        counts = [len(each) if isinstance(each, tuple) else 1 for each in (self.shifts, self.dims)]
        if counts[0] != counts[1] or not counts[0]:
            raise Reject(f"`shifts` has {counts[0]} numbers for {counts[1]} axes", code="SG209", argument="shifts")
        for dim in self.dims if isinstance(self.dims, tuple) else (self.dims,):
            axis_of(x, dim, "dims")
        return x

    def lower(self, x: TensorType) -> Expr:
        shifts = self.shifts
        code = tuple(map(code_of, shifts)) if isinstance(shifts, tuple) else code_of(shifts)
        return Call("torch.roll", Value(0), shifts=code, dims=self.dims)


class Flip(_Arrangement):
    """The numbers in reverse order along `dims`.

    Shape: any, kept. Source: torch.flip.
    """

    leading = "dims"
    examples = (Example(dims=-1), Example(dims=(2, 3)))

    dims: int | tuple[int, ...]

    def infer(self, x: TensorType) -> TensorType:
        axes_of(x, self.dims, "dims")
        return x

    def lower(self, x: TensorType) -> Expr:
        return Method(Value(0), "flip", self.dims)


class Tile(_Arrangement):
    """The whole repeated along each axis as often as `dims` says; fewer numbers than axes stand for the last ones.

    Shape: `[N, C, L]` -> `[N, C, 2 * L]` for dims of `[2]`. Source: torch.tile.
    """

    leading = "dims"
    examples = (Example(("N, 4, 8",), dims=(2,)), Example(("N, 4",), dims=(3, 1, 2)))

    dims: tuple[SizeField, ...]

    def infer(self, x: TensorType) -> TensorType:
        rank = max(x.rank, len(self.dims))
        counts = [1] * (rank - len(self.dims)) + [size_of(count) for count in self.dims]
        for count in counts:
            at_least(count, 1, f"cannot repeat {show(count)} times")
        shape = (1,) * (rank - x.rank) + x.shape
        return x.with_shape(size * count for size, count in zip(shape, counts, strict=True))

    def lower(self, x: TensorType) -> Expr:
        return Call("torch.tile", Value(0), tuple(map(code_of, self.dims)))


class RepeatInterleave(_Arrangement):
    """Each place of axis `dim` `repeats` times in a row.

    Shape: `[N, C, L]` -> `[N, C * repeats, L]` for 1. Source: torch.repeat_interleave.
    """

    leading = "repeats"
    examples = (Example(repeats=2), Example(("N, 4",), repeats=3, dim=-1))

    repeats: SizeField
    dim: int = 1

    def infer(self, x: TensorType) -> TensorType:
        axis, count = axis_of(x, self.dim), size_of(self.repeats)
        at_least(count, 1, f"cannot repeat {show(count)} times")
        return x.with_axis(axis, x.shape[axis] * count)

    def lower(self, x: TensorType) -> Expr:
        return Call("torch.repeat_interleave", Value(0), code_of(self.repeats), dim=self.dim)


class Gather(_Arrangement):
    """The numbers that `index` points to along axis `dim`.

    Shape: `[N, L, C]` and an index of int64 `[n, m, c]` -> `[n, m, c]`; but for `dim` the index is no larger.
    Source: torch.gather.
    """

    ports = ("input", "index")
    leading = "dim"
    examples = (Example(("N, 8, 4", "N, 3, 4 int64")), Example(("N, 8", "N, 2 int64"), dim=-1))

    dim: int = 1

    def infer(self, x: TensorType, index: TensorType) -> TensorType:
        if index.dtype != "int64":
            raise Reject(f"needs an index of int64, got {index.dtype}", code="SG409", input=1)
        if index.rank != x.rank:
            raise Reject(f"needs an index of {x.rank} axes, got {index}", input=1)
        along = axis_of(x, self.dim)
        for axis, (size, wanted) in enumerate(zip(x.shape, index.shape, strict=True)):
            if axis != along and size != wanted:
                at_least(size - wanted, 0, f"axis {axis} has {show(size)} places, the index {show(wanted)}", input=1)
        return x.with_shape(index.shape)

    def lower(self, x: TensorType, index: TensorType) -> Expr:
        return Call("torch.gather", Value(0), self.dim, Value(1))


class Where(_Arrangement):
    """The first value where the condition holds, the second elsewhere.

    Shape: all of one shape, or with axes written as 1, which stretch; the condition is of bool.
    Source: torch.where.
    """

    ports = ("condition", "input", "other")
    style = Style.MERGE
    examples = (
        Example(("N, 4, 8 bool", "N, 4, 8", "N, 4, 8")),
        Example(("N, 1, 8 bool", "N, 4, 8", "1, 1, 1")),
    )

    def infer(self, condition: TensorType, x: TensorType, other: TensorType) -> TensorType:
        if condition.dtype != "bool":
            raise Reject(f"needs a condition of bool, got {condition.dtype}", code="SG409", input=0)
        one_dtype(x, x, other)
        return x.with_shape(broadcast_shapes([condition.shape, x.shape, other.shape]))

    def lower(self, condition: TensorType, x: TensorType, other: TensorType) -> Expr:
        return Call("torch.where", Value(0), Value(1), Value(2))
