"""Smooth activations and those that saturate, each of a number by itself, and GLU, which gates an axis by its half."""

from typing import Literal

from skipgraph.ops.base import Example, Reject
from skipgraph.ops.fields import FiniteFloat, NonNegativeFloat
from skipgraph.ops.modules import Activation, axis_of, exactly_divided
from skipgraph.ops.rules import floating
from skipgraph.types import TensorType


class ELU(Activation):
    """`x` where positive, `alpha * (exp(x) - 1)` elsewhere.

    Shape: any, kept. Source: torch.nn.ELU; Clevert et al., 2016.
    """

    leading = "alpha"

    alpha: FiniteFloat = 1.0
    inplace: bool = False


class CELU(Activation):
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


class SELU(Activation):
    """ELU with the scale and slope that keep mean and variance.

    Shape: any, kept. Source: torch.nn.SELU; Klambauer et al., 2017.
    """

    leading = "inplace"

    inplace: bool = False


class GELU(Activation):
    """`x` times the share of a normal distribution that lies below it; `approximate` as `none` or `tanh`.

    Shape: any, kept. Source: torch.nn.GELU; Hendrycks and Gimpel, 2016.
    """

    leading = "approximate"
    examples = (Example(), Example(approximate="tanh"))

    approximate: Literal["none", "tanh"] = "none"


class SiLU(Activation):
    """`x * sigmoid(x)`, also known as swish.

    Shape: any, kept. Source: torch.nn.SiLU; Elfwing et al., 2018.
    """

    leading = "inplace"

    inplace: bool = False


class Mish(Activation):
    """`x * tanh(softplus(x))`.

    Shape: any, kept. Source: torch.nn.Mish; Misra, 2019.
    """

    leading = "inplace"

    inplace: bool = False


class Hardswish(Activation):
    """`x * min(max(x + 3, 0), 6) / 6`.

    Shape: any, kept. Source: torch.nn.Hardswish; Howard et al., 2019.
    """

    leading = "inplace"

    inplace: bool = False


class Hardsigmoid(Activation):
    """`min(max(x + 3, 0), 6) / 6`.

    Shape: any, kept. Source: torch.nn.Hardsigmoid; Howard et al., 2019.
    """

    leading = "inplace"

    inplace: bool = False


class Hardtanh(Activation):
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


class Hardshrink(Activation):
    """`x`, but 0 between `-lambd` and `lambd`.

    Shape: any, kept. Source: torch.nn.Hardshrink.
    """

    leading = "lambd"

    lambd: FiniteFloat = 0.5


class Softshrink(Activation):
    """`x` moved by `lambd` towards 0, and 0 where it would pass it.

    Shape: any, kept. Source: torch.nn.Softshrink.
    """

    leading = "lambd"

    lambd: NonNegativeFloat = 0.5


class Tanhshrink(Activation):
    """`x - tanh(x)`.

    Shape: any, kept. Source: torch.nn.Tanhshrink.
    """


class Sigmoid(Activation):
    """`1 / (1 + exp(-x))`.

    Shape: any, kept. Source: torch.nn.Sigmoid.
    """


class LogSigmoid(Activation):
    """`log(1 / (1 + exp(-x)))`.

    Shape: any, kept. Source: torch.nn.LogSigmoid.
    """


class Tanh(Activation):
    """The hyperbolic tangent.

    Shape: any, kept. Source: torch.nn.Tanh.
    """


class Softplus(Activation):
    """`log(1 + exp(beta * x)) / beta`; `x` itself where `beta * x` is above `threshold`.

    Shape: any, kept. Source: torch.nn.Softplus.
    """

    leading = "beta"

    beta: FiniteFloat = 1.0
    threshold: FiniteFloat = 20.0


class Softsign(Activation):
    """`x / (1 + |x|)`.

    Shape: any, kept. Source: torch.nn.Softsign.
    """


class GLU(Activation):
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
