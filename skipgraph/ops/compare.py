"""Questions: which is larger, which are equal, which is largest; answered in bool or by place."""

from __future__ import annotations

from functools import reduce
from typing import ClassVar

from skipgraph.ops.base import Example, Op, Reject, SizeField, Style
from skipgraph.ops.fields import FiniteFloat
from skipgraph.ops.lowering import Argument, Arithmetic, Call, Expr, Value, code_of, size_of
from skipgraph.ops.modules import axis_of
from skipgraph.ops.rules import at_least, broadcast_shapes, one_dtype
from skipgraph.sizes import show
from skipgraph.types import TensorType


class _Comparison(Op):
    operator: ClassVar[str]
    style = Style.MERGE
    ports = ("input", "other?")
    leading = "value"
    examples = (
        Example(value=0.5),
        Example(("N, 4, 8", "N, 1, 8")),
        Example(("N, 4 int64",), value=0),
    )

    value: int | FiniteFloat | None = None

    def infer(self, x: TensorType, other: TensorType | None = None) -> TensorType:
        if (self.value is None) == (other is None):
            raise Reject("needs another value or a `value`, one of them", code="SG207" if other is None else "SG209")
        if other is None:
            return x.with_dtype("bool")
        one_dtype(x, other)
        return x.with_shape(broadcast_shapes([x.shape, other.shape])).with_dtype("bool")

    def lower(self, x: TensorType, other: TensorType | None = None) -> Expr:
        assert self.value is not None or other is not None
        return Arithmetic(self.operator, Value(0), self.value if other is None else Value(1))


class _Order(_Comparison):
    def infer(self, x: TensorType, other: TensorType | None = None) -> TensorType:
        if x.dtype.startswith("complex"):
            raise Reject(f"cannot order {x.dtype}", code="SG409", input=0)
        return super().infer(x, other)


class Equal(_Comparison):
    """Where one value is equal to another, or to the number `value`.

    Shape: both of one shape, or with axes written as 1, which stretch; bool. Source: `a == b`.
    """

    operator = "=="


class NotEqual(_Comparison):
    """Where one value differs from another, or from the number `value`.

    Shape: both of one shape, or with axes written as 1, which stretch; bool. Source: `a != b`.
    """

    operator = "!="


class Greater(_Order):
    """Where one value is above another, or above the number `value`.

    Shape: both of one shape, or with axes written as 1, which stretch; bool. Source: `a > b`.
    """

    operator = ">"


class GreaterEqual(_Order):
    """Where one value is at or above another, or the number `value`.

    Shape: both of one shape, or with axes written as 1, which stretch; bool. Source: `a >= b`.
    """

    operator = ">="


class Less(_Order):
    """Where one value is below another, or below the number `value`.

    Shape: both of one shape, or with axes written as 1, which stretch; bool. Source: `a < b`.
    """

    operator = "<"


class LessEqual(_Order):
    """Where one value is at or below another, or the number `value`.

    Shape: both of one shape, or with axes written as 1, which stretch; bool. Source: `a <= b`.
    """

    operator = "<="


class _Logical(Op):
    function: ClassVar[str]
    style = Style.MERGE
    ports: ClassVar[tuple[str, ...]] = ("tensors*",)
    keeps_one = True
    examples: ClassVar[tuple[Example, ...]] = (Example(("N, 4, 8 bool", "N, 1, 8 bool")),)

    def infer(self, *xs: TensorType) -> TensorType:
        for index, x in enumerate(xs):
            if x.dtype != "bool":
                raise Reject(f"needs an input of bool, got {x.dtype}", code="SG409", input=index)
        return xs[0].with_shape(broadcast_shapes([x.shape for x in xs]))

    def lower(self, *xs: TensorType) -> Expr:
        values: list[Expr] = [Value(index) for index in range(len(xs))]
        return reduce(lambda left, right: Call(f"torch.{self.function}", left, right), values)


class LogicalAnd(_Logical):
    """Where all values hold.

    Shape: all of one shape, or with axes written as 1, which stretch; bool. Source: torch.logical_and.
    """

    function = "logical_and"


class LogicalOr(_Logical):
    """Where any of the values holds.

    Shape: all of one shape, or with axes written as 1, which stretch; bool. Source: torch.logical_or.
    """

    function = "logical_or"


class LogicalNot(_Logical):
    """Where the value does not hold.

    Shape: any, kept; bool. Source: torch.logical_not.
    """

    function = "logical_not"
    ports = ("input",)
    keeps_one = False
    examples = (Example(("N, 4, 8 bool",)),)

    def lower(self, *xs: TensorType) -> Expr:
        return Call("torch.logical_not", Value(0))


class _Place(Op):
    function: ClassVar[str]
    style = Style.POOL
    leading = "dim"
    examples = (Example(dim=1), Example(("N, 4, L",), dim=-1, keepdim=True))

    dim: int
    keepdim: bool = False

    def infer(self, x: TensorType) -> TensorType:
        _ordered(x)
        axis = axis_of(x, self.dim)
        kept = (1,) if self.keepdim else ()
        return x.with_shape((*x.shape[:axis], *kept, *x.shape[axis + 1 :])).with_dtype("int64")

    def lower(self, x: TensorType) -> Expr:
        return Call(f"torch.{self.function}", Value(0), **self.given())


class ArgMax(_Place):
    """The place of the largest along `dim`, in int64.

    Shape: `[N, C, H, W]` -> `[N, H, W]` for a dim of 1, with `keepdim` `[N, 1, H, W]`. Source: torch.argmax.
    """

    function = "argmax"


class ArgMin(_Place):
    """The place of the smallest along `dim`, in int64.

    Shape: `[N, C, H, W]` -> `[N, H, W]` for a dim of 1, with `keepdim` `[N, 1, H, W]`. Source: torch.argmin.
    """

    function = "argmin"


class TopK(Op):
    """The `k` largest along `dim`, or the smallest, and as a second result `indices` where they stand.

    Shape: `[N, C, L]` -> `[N, C, k]` for a dim of -1; the indices too, in int64. Source: torch.topk.
    """

    style = Style.SHAPE
    leading = "k"
    examples = (Example(k=2), Example(("N, 8",), k=3, dim=1, largest=False))

    k: SizeField
    dim: int = -1
    largest: bool = True
    sorted: bool = True

    @property
    def results(self) -> tuple[str, ...]:
        return ("values", "indices")

    def infer(self, x: TensorType) -> tuple[TensorType, TensorType]:
        _ordered(x)
        axis, count = axis_of(x, self.dim), size_of(self.k)
        at_least(count, 1, f"`k` of {show(count)} takes nothing")
        size = x.shape[axis]
        at_least(size - count, 0, f"`k` of {show(count)} is more than the {show(size)} on axis {axis}")
        y = x.with_axis(axis, count)
        return y, y.with_dtype("int64")

    def lower(self, x: TensorType) -> Expr:
        options: dict[str, Argument] = self.given("k")
        return Call("torch.topk", Value(0), code_of(self.k), **options)


def _ordered(x: TensorType) -> None:
    """What arrives has a largest."""
    if x.dtype == "bool" or x.dtype.startswith("complex"):
        raise Reject(f"needs an input of numbers in order, got {x.dtype}", code="SG409", input=0)
