"""Joins of several values."""

from functools import reduce
from typing import ClassVar

from skipgraph.ops.base import Example, Op, Reject, Style
from skipgraph.ops.lowering import Arithmetic, Call, Expr, Value
from skipgraph.ops.rules import broadcast_shapes, floating, one_dtype, same
from skipgraph.sizes import Dim
from skipgraph.types import TensorType


class _Merge(Op):
    style = Style.MERGE
    ports: ClassVar[tuple[str, ...]] = ("tensors*",)
    keeps_one = True


class Concat(_Merge):
    """Put values one behind the other along an axis.

    Shape: `[N, A, H, W]`, `[N, B, H, W]` -> `[N, A + B, H, W]`; all axes but `dim` agree. Source: torch.cat.
    """

    leading = "dim"
    examples = (Example(("N, 4, 8, 8", "N, 2, 8, 8")), Example(("N, 4, 8", "N, 4, 2"), dim=-1))

    dim: int = 1

    def infer(self, *xs: TensorType) -> TensorType:
        first = xs[0]
        one_dtype(*xs)
        if not -first.rank <= self.dim < first.rank:
            raise Reject(f"`dim` of {self.dim} is outside {first}", code="SG209", argument="dim")
        dim = self.dim % first.rank
        shape = list(first.shape)
        for index, x in enumerate(xs[1:], start=1):
            if x.rank != first.rank:
                raise Reject(f"joins {first} and {x}, which differ in rank", input=index)
            for axis, size in enumerate(x.shape):
                shape[axis] = shape[axis] + size if axis == dim else same(shape[axis], size, axis, index)
        return first.with_shape(shape)

    def lower(self, *xs: TensorType) -> Expr:
        return Call("torch.cat", tuple(Value(i) for i in range(len(xs))), dim=self.dim)


class Stack(_Merge):
    """Put values of one shape beside each other along a new axis.

    Shape: n times `[N, C, H, W]` -> `[n, N, C, H, W]` with the new axis at `dim`. Source: torch.stack.
    """

    keeps_one = False
    leading = "dim"
    examples = (Example(("N, 4, 8", "N, 4, 8")), Example(("N, 4", "N, 4", "N, 4"), dim=-1))

    dim: int = 0

    def infer(self, *xs: TensorType) -> TensorType:
        first = xs[0]
        one_dtype(*xs)
        if not -first.rank - 1 <= self.dim <= first.rank:
            raise Reject(f"`dim` of {self.dim} is outside {first}", code="SG209", argument="dim")
        shape = list(first.shape)
        for index, x in enumerate(xs[1:], start=1):
            if x.rank != first.rank:
                raise Reject(f"joins {first} and {x}, which differ in rank", input=index)
            shape = [same(a, b, axis, index) for axis, (a, b) in enumerate(zip(shape, x.shape, strict=True))]
        shape.insert(self.dim % (first.rank + 1), len(xs))
        return first.with_shape(shape)

    def lower(self, *xs: TensorType) -> Expr:
        return Call("torch.stack", tuple(Value(i) for i in range(len(xs))), dim=self.dim)


class _Elementwise(_Merge):
    """Values combined place by place; an axis written as 1 stretches."""

    examples = (Example(("N, 4, 8, 8", "N, 4, 8, 8")), Example(("N, 4, 8, 8", "N, 4, 1, 1", "N, 4, 8, 8")))

    def infer(self, *xs: TensorType) -> TensorType:
        one_dtype(*xs)
        return xs[0].with_shape(broadcast_shapes([x.shape for x in xs]))


def _chain(operator: str, count: int) -> Expr:
    return reduce(lambda left, index: Arithmetic(operator, left, Value(index)), range(1, count), Value(0))  # type: ignore[arg-type,return-value]


class Add(_Elementwise):
    """The sum of values, left to right.

    Shape: all of one shape, or with axes written as 1, which stretch. Source: `a + b`.
    """

    def lower(self, *xs: TensorType) -> Expr:
        return _chain("+", len(xs))


class Sub(_Elementwise):
    """The first value less the others.

    Shape: all of one shape, or with axes written as 1, which stretch. Source: `a - b`.
    """

    def infer(self, *xs: TensorType) -> TensorType:
        if xs[0].dtype == "bool":
            raise Reject("cannot take bool from bool", code="SG409", input=0)
        return super().infer(*xs)

    def lower(self, *xs: TensorType) -> Expr:
        return _chain("-", len(xs))


class Mul(_Elementwise):
    """The product of values, place by place; a gate.

    Shape: all of one shape, or with axes written as 1, which stretch. Source: `a * b`.
    """

    def lower(self, *xs: TensorType) -> Expr:
        return _chain("*", len(xs))


class Div(_Elementwise):
    """The first value divided by the others.

    Shape: all of one shape, or with axes written as 1, which stretch. Source: `a / b`.
    """

    def infer(self, *xs: TensorType) -> TensorType:
        # of integers it would not be one
        floating(xs[0])
        return super().infer(*xs)

    def lower(self, *xs: TensorType) -> Expr:
        return _chain("/", len(xs))


class Max(_Elementwise):
    """The largest of values, place by place.

    Shape: all of one shape, or with axes written as 1, which stretch. Source: torch.maximum.
    """

    def lower(self, *xs: TensorType) -> Expr:
        return reduce(lambda left, index: Call("torch.maximum", left, Value(index)), range(1, len(xs)), Value(0))  # type: ignore[arg-type,return-value]


class Min(_Elementwise):
    """The smallest of values, place by place.

    Shape: all of one shape, or with axes written as 1, which stretch. Source: torch.minimum.
    """

    def lower(self, *xs: TensorType) -> Expr:
        return reduce(lambda left, index: Call("torch.minimum", left, Value(index)), range(1, len(xs)), Value(0))  # type: ignore[arg-type,return-value]


class Mean(_Elementwise):
    """The mean of values, place by place: their sum, left to right, over their number.

    Shape: all of one shape, or with axes written as 1, which stretch. Source: `(a + b) / 2`.
    """

    def infer(self, *xs: TensorType) -> TensorType:
        # a mean of integers would not be one
        floating(xs[0])
        return super().infer(*xs)

    def lower(self, *xs: TensorType) -> Expr:
        return Arithmetic("/", _chain("+", len(xs)), len(xs))


class MatMul(_Merge):
    """The matrix product over the last two axes.

    Shape: `[..., L, C]`, `[..., C, M]` -> `[..., L, M]`; the axes before agree, or are written as 1.
    Source: torch.matmul.
    """

    ports = ("input", "other")
    examples = (Example(("N, 4, 8", "N, 8, 5")), Example(("N, 2, 4, 8", "N, 1, 8, 5")))

    def infer(self, a: TensorType, b: TensorType) -> TensorType:
        one_dtype(a, b)
        if a.dtype == "bool":
            raise Reject("multiplies no bool", code="SG409", input=0)
        for index, x in enumerate((a, b)):
            if x.rank < 2:
                raise Reject(f"needs matrices, got {x}", input=index)
        same(a.shape[-1], b.shape[-2], a.rank - 1)
        return a.with_shape((*broadcast_shapes([a.shape[:-2], b.shape[:-2]]), a.shape[-2], b.shape[-1]))

    def lower(self, a: TensorType, b: TensorType) -> Expr:
        return Call("torch.matmul", Value(0), Value(1))

    def macs(self, output: TensorType, a: TensorType, b: TensorType) -> Dim:
        return output.elements * a.shape[-1]
