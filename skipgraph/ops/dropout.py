"""Dropout, by number and by channel, and Identity."""

from typing import ClassVar

from skipgraph.ops.base import Example, Op, Reject, Style
from skipgraph.ops.fields import Probability
from skipgraph.ops.lowering import Arithmetic, Call, Expr, Method, Module, Name, SizeOf, Value
from skipgraph.ops.modules import SameShape, made
from skipgraph.ops.rules import floating, ranked
from skipgraph.types import TensorType


class _Dropout(SameShape):
    style = Style.DROPOUT
    leading = "p"
    examples: ClassVar[tuple[Example, ...]] = (Example(), Example(p=0.1, inplace=True))
    # outside training the input itself comes out
    is_view = True

    p: Probability = 0.5
    inplace: bool = False


class _ChannelDropout(_Dropout):
    layout: ClassVar[str]

    def infer(self, x: TensorType) -> TensorType:
        return ranked(floating(x), self.layout.count(",") + 1, layout=self.layout)


class Dropout(_Dropout):
    """In training, numbers set to 0 with probability `p`, the others divided by `1 - p`.

    Shape: any, kept. Source: torch.nn.Dropout; Srivastava et al., 2014.
    """


class Dropout1d(_ChannelDropout):
    """Dropout of whole channels.

    Shape: `[N, C, L]`, kept. Source: torch.nn.Dropout1d; Tompson et al., 2015.
    """

    layout = "[N, C, L]"
    examples = (Example(("N, 4, 8",)), Example(("N, 4, 8",), p=0.1, inplace=True))


class Dropout2d(_ChannelDropout):
    """Dropout of whole channels.

    Shape: `[N, C, H, W]`, kept. Source: torch.nn.Dropout2d; Tompson et al., 2015.
    """

    layout = "[N, C, H, W]"


class Dropout3d(_ChannelDropout):
    """Dropout of whole channels.

    Shape: `[N, C, D, H, W]`, kept. Source: torch.nn.Dropout3d; Tompson et al., 2015.
    """

    layout = "[N, C, D, H, W]"
    examples = (Example(("N, 4, 4, 8, 8",)), Example(("N, 4, 4, 8, 8",), p=0.1, inplace=True))


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance, for networks of SELU.

    Shape: any, kept. Source: torch.nn.AlphaDropout; Klambauer et al., 2017.
    """


class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels.

    Shape: `[N, C, ...]`, kept. Source: torch.nn.FeatureAlphaDropout; Klambauer et al., 2017.
    """

    def infer(self, x: TensorType) -> TensorType:
        if floating(x).rank < 2:
            raise Reject(f"needs an input with an axis of channels, got {x}", input=0)
        return x


class DropPath(Op):
    """In training, whole samples set to 0 with probability `p`, the others divided by `1 - p`: stochastic depth.

    Shape: `[N, ...]`, kept. Source: `x * dropout(ones, p)`, one number a sample; Huang et al., 2016.
    """

    style = Style.DROPOUT
    leading = "p"
    examples = (Example(p=0.1), Example(("N, L, 4",), p=0.2))

    p: Probability

    def infer(self, x: TensorType) -> TensorType:
        if floating(x).rank < 1:
            raise Reject(f"needs an input with an axis of samples, got {x}", input=0)
        return x

    def lower(self, x: TensorType) -> Expr:
        ones = Method(Value(0), "new_ones", SizeOf(Value(0), 0), *(1,) * (x.rank - 1))
        dropped = Call("torch.nn.functional.dropout", ones, self.p, training=Name("self.training"))
        return Arithmetic("*", Value(0), dropped)


class Identity(Op):
    """The input, as it is.

    Shape: any, kept. Source: torch.nn.Identity.
    """

    style = Style.OTHER
    examples = (Example(), Example(("N int64",)))
    is_module = True
    is_view = True

    def infer(self, x: TensorType) -> TensorType:
        return x

    def lower(self, x: TensorType) -> Module:
        return made(self)
