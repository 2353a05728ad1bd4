"""Rectifiers: activations that let one side of zero through."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from skipgraph.ops.base import Example, Reject, Weight
from skipgraph.ops.fields import FiniteFloat, PositiveInt
from skipgraph.ops.modules import Activation
from skipgraph.ops.rules import floating, number
from skipgraph.types import TensorType


class ReLU(Activation):
    """`max(x, 0)`.

    Shape: any, kept. Source: torch.nn.ReLU.
    """

    leading = "inplace"
    examples = (Example(), Example(inplace=True))

    inplace: bool = False


class ReLU6(Activation):
    """`min(max(x, 0), 6)`.

    Shape: any, kept. Source: torch.nn.ReLU6; Howard et al., 2017.
    """

    leading = "inplace"

    inplace: bool = False


class LeakyReLU(Activation):
    """`x` where positive, `negative_slope * x` elsewhere.

    Shape: any, kept. Source: torch.nn.LeakyReLU; Maas et al., 2013.
    """

    leading = "negative_slope"
    examples = (Example(), Example(negative_slope=0.2, inplace=True))

    negative_slope: FiniteFloat = 0.01
    inplace: bool = False


class PReLU(Activation):
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


class RReLU(Activation):
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


class Threshold(Activation):
    """`x` where above `threshold`, `value` elsewhere.

    Shape: any, kept. Source: torch.nn.Threshold.
    """

    examples = (Example(threshold=0.1, value=20.0),)

    threshold: FiniteFloat
    value: FiniteFloat
    inplace: bool = False
