"""Reductions: one number for all that stands along an axis."""

from __future__ import annotations

from typing import ClassVar

from skipgraph.ops.base import Example, Op, Style
from skipgraph.ops.fields import FiniteFloat, NonNegativeInt
from skipgraph.ops.lowering import Argument, Call, Expr, Value
from skipgraph.ops.modules import axes_of
from skipgraph.ops.rules import at_least, floating
from skipgraph.sizes import show
from skipgraph.types import TensorType


class _Reduce(Op):
    function: ClassVar[str]
    style = Style.POOL
    leading = "dim"
    examples = (Example(dim=1), Example(dim=(2, 3), keepdim=True), Example(("N, 4",), dim=-1))

    dim: int | tuple[int, ...]
    keepdim: bool = False

    def infer(self, x: TensorType) -> TensorType:
        axes = axes_of(x, self.dim)
        kept = ((1 if axis in axes else size) for axis, size in enumerate(x.shape) if self.keepdim or axis not in axes)
        return x.with_shape(kept)

    def lower(self, x: TensorType) -> Expr:
        options: dict[str, Argument] = {"keepdim": True} if self.keepdim else {}
        return Call(f"torch.{self.function}", Value(0), dim=self.dim, **options)


class ReduceSum(_Reduce):
    """The sum along `dim`; of integers in int64.

    Shape: `[N, C, H, W]` -> `[N, C]` for dims of `[2, 3]`, with `keepdim` `[N, C, 1, 1]`. Source: torch.sum.
    """

    function = "sum"

    def infer(self, x: TensorType) -> TensorType:
        y = super().infer(x)
        return y if x.is_float or x.dtype.startswith("complex") else y.with_dtype("int64")


class ReduceMean(_Reduce):
    """The mean along `dim`.

    Shape: `[N, C, H, W]` -> `[N, C]` for dims of `[2, 3]`, with `keepdim` `[N, C, 1, 1]`. Source: torch.mean.
    """

    function = "mean"

    def infer(self, x: TensorType) -> TensorType:
        return super().infer(floating(x))


class _Extreme(_Reduce):
    def infer(self, x: TensorType) -> TensorType:
        if x.dtype.startswith("complex"):
            floating(x)
        return super().infer(x)


class ReduceMax(_Extreme):
    """The largest along `dim`.

    Shape: `[N, C, H, W]` -> `[N, C]` for dims of `[2, 3]`, with `keepdim` `[N, C, 1, 1]`. Source: torch.amax.
    """

    function = "amax"


class ReduceMin(_Extreme):
    """The smallest along `dim`.

    Shape: `[N, C, H, W]` -> `[N, C]` for dims of `[2, 3]`, with `keepdim` `[N, C, 1, 1]`. Source: torch.amin.
    """

    function = "amin"


class ReduceVar(_Reduce):
    """The variance along `dim`: the squares' sum over their number less `correction`.

    Shape: `[N, C, H, W]` -> `[N, C]` for dims of `[2, 3]`, with `keepdim` `[N, C, 1, 1]`. Source: torch.var.
    """

    function = "var"
    examples = (Example(dim=1), Example(dim=(2, 3), correction=0, keepdim=True), Example(("N, 4",), dim=-1))

    correction: NonNegativeInt = 1

    def infer(self, x: TensorType) -> TensorType:
        y = super().infer(floating(x))
        axes = axes_of(x, self.dim)
        count = TensorType(tuple(x.shape[axis] for axis in axes)).elements
        at_least(count, self.correction + 1, f"needs more than {self.correction} numbers, got {show(count)}")
        return y

    def lower(self, x: TensorType) -> Expr:
        options: dict[str, Argument] = self.given("dim")
        return Call(f"torch.{self.function}", Value(0), dim=self.dim, **options)


class ReduceStd(ReduceVar):
    """The standard deviation along `dim`: the root of ReduceVar.

    Shape: `[N, C, H, W]` -> `[N, C]` for dims of `[2, 3]`, with `keepdim` `[N, C, 1, 1]`. Source: torch.std.
    """

    function = "std"


class ReduceNorm(_Reduce):
    """The length of the vector along `dim`: its `ord`-norm.

    Shape: `[N, C, H, W]` -> `[N, C]` for dims of `[2, 3]`, with `keepdim` `[N, C, 1, 1]`.
    Source: torch.linalg.vector_norm.
    """

    function = "linalg.vector_norm"
    examples = (Example(dim=1), Example(dim=(2, 3), ord=1, keepdim=True), Example(("N, 4",), dim=-1))

    ord: FiniteFloat = 2

    def infer(self, x: TensorType) -> TensorType:
        return super().infer(floating(x))

    def lower(self, x: TensorType) -> Expr:
        options: dict[str, Argument] = self.given("dim")
        return Call(f"torch.{self.function}", Value(0), dim=self.dim, **options)
