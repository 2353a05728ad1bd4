"""Activations: functions of each number by itself, and GLU, which gates one half of an axis with the other."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from skipgraph.ops.base import Example, Reject, Style, Weight
from skipgraph.ops.fields import FiniteFloat, NonNegativeFloat, PositiveInt
from skipgraph.ops.modules import SameShape, axis_of, exactly_divided
from skipgraph.ops.rules import floating, number
from skipgraph.types import TensorType


class _Activation(SameShape):
    style = Style.ACTIVATION


class ReLU(_Activation):
    """`max(x, 0)`.

    Shape: any, kept. Source: torch.nn.ReLU.
    """

    leading = "inplace"
    examples = (Example(), Example(inplace=True))

    inplace: bool = False


class ReLU6(_Activation):
    """`min(max(x, 0), 6)`.

    Shape: any, kept. Source: torch.nn.ReLU6; Howard et al., 2017.
    """

    leading = "inplace"

    inplace: bool = False


class LeakyReLU(_Activation):
    """`x` where positive, `negative_slope * x` elsewhere.

    Shape: any, kept. Source: torch.nn.LeakyReLU; Maas et al., 2013.
    """

    leading = "negative_slope"
    examples = (Example(), Example(negative_slope=0.2, inplace=True))

    negative_slope: FiniteFloat = 0.01
    inplace: bool = False


class PReLU(_Activation):
    """`x` where positive, `a * x` elsewhere; `a` is learned: one for all, or `num_parameters`, one for each channel.

    Shape: any, kept; with several parameters `[N, num_parameters, ...]`. Source: torch.nn.PReLU; He et al., 2015.
    """

    leading = "num_parameters"
    examples = (Example(), Example(num_parameters=4, init=0.1))

    num_parameters: PositiveInt = 1
    init: FiniteFloat = 0.25

    def infer(self, x: TensorType) -> TensorType:
        floating(x)
        if self.num_parameters == 1:
            return x
        if x.rank < 2:
            raise Reject(f"needs an input with an axis of channels for {self.num_parameters} parameters", input=0)
        channels = number(x.channels, "the channels")
        if self.num_parameters != channels:
            raise Reject(
                f"`num_parameters` of {self.num_parameters} is neither 1 nor the {channels} channels that arrive",
                code="SG404",
                argument="num_parameters",
                input=0,
            )
        return x

    def weights(self, *inputs: TensorType | None) -> Mapping[str, Weight]:
        return {"weight": Weight((self.num_parameters,))}


class RReLU(_Activation):
    """`x` where positive, `a * x` elsewhere; `a` is drawn between `lower` and `upper` in training, else their mean.

    Shape: any, kept. Source: torch.nn.RReLU; Xu et al., 2015.
    """

    examples = (Example(), Example(lower=0.1, upper=0.2, inplace=True))

    # `lower` names the method that every op has
    lower_: FiniteFloat = Field(default=1 / 8, alias="lower")
    upper: FiniteFloat = 1 / 3
    inplace: bool = False

    def infer(self, x: TensorType) -> TensorType:
        if self.lower_ > self.upper:
            raise Reject(f"`lower` of {self.lower_} is above `upper` of {self.upper}", code="SG209", argument="lower")
        return floating(x)

    def given(self, *without: str) -> dict[str, Any]:
        return {name.rstrip("_"): value for name, value in super().given(*without).items()}


class ELU(_Activation):
    """`x` where positive, `alpha * (exp(x) - 1)` elsewhere.

    Shape: any, kept. Source: torch.nn.ELU; Clevert et al., 2016.
    """

    leading = "alpha"

    alpha: FiniteFloat = 1.0
    inplace: bool = False


class CELU(_Activation):
    """`x` where positive, `alpha * (exp(x / alpha) - 1)` elsewhere.

    Shape: any, kept. Source: torch.nn.CELU; Barron, 2017.
    """

    leading = "alpha"

    alpha: FiniteFloat = 1.0
    inplace: bool = False

    def infer(self, x: TensorType) -> TensorType:
        if self.alpha == 0:
            raise Reject("`alpha` must not be 0", code="SG209", argument="alpha")
        return floating(x)


class SELU(_Activation):
    """ELU with the scale and slope that keep mean and variance.

    Shape: any, kept. Source: torch.nn.SELU; Klambauer et al., 2017.
    """

    leading = "inplace"

    inplace: bool = False


class GELU(_Activation):
    """`x` times the share of a normal distribution that lies below it; `approximate` as `none` or `tanh`.

    Shape: any, kept. Source: torch.nn.GELU; Hendrycks and Gimpel, 2016.
    """

    leading = "approximate"
    examples = (Example(), Example(approximate="tanh"))

    approximate: Literal["none", "tanh"] = "none"


class SiLU(_Activation):
    """`x * sigmoid(x)`, also known as swish.

    Shape: any, kept. Source: torch.nn.SiLU; Elfwing et al., 2018.
    """

    leading = "inplace"

    inplace: bool = False


class Mish(_Activation):
    """`x * tanh(softplus(x))`.

    Shape: any, kept. Source: torch.nn.Mish; Misra, 2019.
    """

    leading = "inplace"

    inplace: bool = False


class Hardswish(_Activation):
    """`x * min(max(x + 3, 0), 6) / 6`.

    Shape: any, kept. Source: torch.nn.Hardswish; Howard et al., 2019.
    """

    leading = "inplace"

    inplace: bool = False


class Hardsigmoid(_Activation):
    """`min(max(x + 3, 0), 6) / 6`.

    Shape: any, kept. Source: torch.nn.Hardsigmoid; Howard et al., 2019.
    """

    leading = "inplace"

    inplace: bool = False


class Hardtanh(_Activation):
    """`x`, kept between `min_val` and `max_val`.

    Shape: any, kept. Source: torch.nn.Hardtanh.
    """

    examples = (Example(), Example(min_val=0.0, max_val=6.0))

    min_val: FiniteFloat = -1.0
    max_val: FiniteFloat = 1.0
    inplace: bool = False

    def infer(self, x: TensorType) -> TensorType:
        if self.min_val >= self.max_val:
            raise Reject(
                f"`min_val` of {self.min_val} is not below `max_val` of {self.max_val}",
                code="SG209",
                argument="min_val",
            )
        return floating(x)


class Hardshrink(_Activation):
    """`x`, but 0 between `-lambd` and `lambd`.

    Shape: any, kept. Source: torch.nn.Hardshrink.
    """

    leading = "lambd"

    lambd: FiniteFloat = 0.5


class Softshrink(_Activation):
    """`x` moved by `lambd` towards 0, and 0 where it would pass it.

    Shape: any, kept. Source: torch.nn.Softshrink.
    """

    leading = "lambd"

    lambd: NonNegativeFloat = 0.5


class Tanhshrink(_Activation):
    """`x - tanh(x)`.

    Shape: any, kept. Source: torch.nn.Tanhshrink.
    """


class Threshold(_Activation):
    """`x` where above `threshold`, `value` elsewhere.

    Shape: any, kept. Source: torch.nn.Threshold.
    """

    examples = (Example(threshold=0.1, value=20.0),)

    threshold: FiniteFloat
    value: FiniteFloat
    inplace: bool = False


class Sigmoid(_Activation):
    """`1 / (1 + exp(-x))`.

    Shape: any, kept. Source: torch.nn.Sigmoid.
    """


class LogSigmoid(_Activation):
    """`log(1 / (1 + exp(-x)))`.

    Shape: any, kept. Source: torch.nn.LogSigmoid.
    """


class Tanh(_Activation):
    """The hyperbolic tangent.

    Shape: any, kept. Source: torch.nn.Tanh.
    """


class Softplus(_Activation):
    """`log(1 + exp(beta * x)) / beta`; `x` itself where `beta * x` is above `threshold`.

    Shape: any, kept. Source: torch.nn.Softplus.
    """

    leading = "beta"

    beta: FiniteFloat = 1.0
    threshold: FiniteFloat = 20.0


class Softsign(_Activation):
    """`x / (1 + |x|)`.

    Shape: any, kept. Source: torch.nn.Softsign.
    """


class GLU(_Activation):
    """The first half of an axis, gated by the sigmoid of the second.

    Shape: `[..., 2 * C, ...]` -> `[..., C, ...]` at `dim`. Source: torch.nn.GLU; Dauphin et al., 2017.
    """

    leading = "dim"
    examples = (Example(), Example(dim=1))

    dim: int = -1

    def infer(self, x: TensorType) -> TensorType:
        floating(x)
        axis = axis_of(x, self.dim)
        return x.with_axis(axis, exactly_divided(x.shape[axis], 2, f"numbers on axis {axis}"))
