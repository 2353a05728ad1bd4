"""Softmax and its kin: numbers along an axis that add to 1."""

from skipgraph.ops.base import Example, Style
from skipgraph.ops.modules import SameShape, axis_of
from skipgraph.ops.rules import floating, ranked
from skipgraph.types import TensorType


class _Softmax(SameShape):
    style = Style.ACTIVATION
    leading = "dim"
    examples = (Example(dim=1), Example(("N, 4",), dim=-1))

    # torch's default of None guesses the axis, and warns that it does
    dim: int

    def infer(self, x: TensorType) -> TensorType:
        axis_of(floating(x), self.dim)
        return x


class Softmax(_Softmax):
    """`exp(x)` over its sum along `dim`.

    Shape: any, kept. Source: torch.nn.Softmax.
    """


class Softmin(_Softmax):
    """`exp(-x)` over its sum along `dim`.

    Shape: any, kept. Source: torch.nn.Softmin.
    """


class LogSoftmax(_Softmax):
    """The logarithm of Softmax, computed in one.

    Shape: any, kept. Source: torch.nn.LogSoftmax.
    """


class Softmax2d(SameShape):
    """Softmax over the channels at each place.

    Shape: `[N, C, H, W]`, kept. Source: torch.nn.Softmax2d.
    """

    style = Style.ACTIVATION

    def infer(self, x: TensorType) -> TensorType:
        return ranked(floating(x), 4, layout="[N, C, H, W]")
