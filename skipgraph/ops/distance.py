"""Lengths of vectors, and how far they lie apart."""

from typing import ClassVar

from skipgraph.ops.base import Example, Op, Reject, Style
from skipgraph.ops.fields import FiniteFloat, NonNegativeFloat, PositiveFloat
from skipgraph.ops.lowering import Argument, Call, Expr, Module, Value
from skipgraph.ops.modules import axis_of, made
from skipgraph.ops.rules import broadcast_shapes, floating, one_dtype
from skipgraph.types import Shape, TensorType


class _Pair(Op):
    ports: ClassVar[tuple[str, ...]] = ("x1", "x2")
    style = Style.MERGE
    is_module = True

    def lower(self, x1: TensorType, x2: TensorType) -> Module:
        return Module(made(self).make, (Value(0), Value(1)))

    def _joined(self, x1: TensorType, x2: TensorType) -> Shape:
        """The shape of both, axes written as 1 stretched."""
        one_dtype(floating(x1), floating(x2, input=1))
        return broadcast_shapes([x1.shape, x2.shape])


class CosineSimilarity(_Pair):
    """The cosine of the angle between two vectors along `dim`.

    Shape: `[N, C, ...]` twice -> `[N, ...]` for 1; axes written as 1 stretch. Source: torch.nn.CosineSimilarity.
    """

    leading = "dim"
    examples = (Example(("N, 4, 6", "N, 4, 6")), Example(("N, 1, 4", "N, 6, 4"), dim=-1))

    dim: int = 1
    eps: NonNegativeFloat = 1e-08

    def infer(self, x1: TensorType, x2: TensorType) -> TensorType:
        joined = x1.with_shape(self._joined(x1, x2))
        axis = axis_of(joined, self.dim)
        return joined.with_shape(size for at, size in enumerate(joined.shape) if at != axis)


class PairwiseDistance(_Pair):
    """The distance between two vectors along the last axis: the `p`-norm of `x1 - x2 + eps`.

    Shape: `[N, C]` twice -> `[N]`, with `keepdim` `[N, 1]`; axes written as 1 stretch.
    Source: torch.nn.PairwiseDistance.
    """

    leading = "p"
    examples = (Example(("N, 4", "N, 4")), Example(("N, 6, 4", "N, 1, 4"), p=1.0, keepdim=True))

    p: FiniteFloat = 2.0
    eps: FiniteFloat = 1e-06
    keepdim: bool = False

    def infer(self, x1: TensorType, x2: TensorType) -> TensorType:
        shape = self._joined(x1, x2)
        if not shape:
            raise Reject(f"needs inputs of at least 1 axis, got {x1}", input=0)
        return x1.with_shape((*shape[:-1], 1) if self.keepdim else shape[:-1])


class Normalize(Op):
    """The input over its `p`-norm along `dim`: vectors of length 1.

    Shape: any, kept. Source: torch.nn.functional.normalize.
    """

    leading = "dim"
    style = Style.NORM
    examples = (Example(), Example(("N, 6, 4",), p=1.0, dim=-1))

    p: FiniteFloat = 2.0
    dim: int = 1
    eps: PositiveFloat = 1e-12

    def infer(self, x: TensorType) -> TensorType:
        axis_of(floating(x), self.dim)
        return x

    def lower(self, x: TensorType) -> Expr:
        options: dict[str, Argument] = self.given()
        return Call("torch.nn.functional.normalize", Value(0), **options)
