"""Functions of each number by itself, or of those before it, that a forward calls."""

from __future__ import annotations

from typing import ClassVar

from skipgraph.ops.base import Example, Op, Reject, Style
from skipgraph.ops.fields import DType, FiniteFloat
from skipgraph.ops.lowering import Argument, Arithmetic, Call, Expr, Method, Name, Value
from skipgraph.ops.modules import axis_of
from skipgraph.ops.rules import floating
from skipgraph.types import INTEGERS, TensorType


class _Unary(Op):
    function: ClassVar[str]
    style = Style.OTHER
    examples: ClassVar[tuple[Example, ...]] = (Example(),)

    def infer(self, x: TensorType) -> TensorType:
        return floating(x)

    def lower(self, x: TensorType) -> Expr:
        return Call(f"torch.{self.function}", Value(0))


class _Signed(_Unary):
    examples = (Example(), Example(("N, 4 int64",)))

    def infer(self, x: TensorType) -> TensorType:
        return x if x.dtype in INTEGERS else floating(x)


class Abs(_Signed):
    """`|x|`.

    Shape: any, kept. Source: torch.abs.
    """

    function = "abs"


class Neg(_Signed):
    """`-x`.

    Shape: any, kept. Source: torch.neg.
    """

    function = "neg"


class Exp(_Unary):
    """`e**x`.

    Shape: any, kept. Source: torch.exp.
    """

    function = "exp"


class Log(_Unary):
    """The natural logarithm.

    Shape: any, kept. Source: torch.log.
    """

    function = "log"


class Sqrt(_Unary):
    """The square root.

    Shape: any, kept. Source: torch.sqrt.
    """

    function = "sqrt"


class Rsqrt(_Unary):
    """One over the square root.

    Shape: any, kept. Source: torch.rsqrt.
    """

    function = "rsqrt"


class Sin(_Unary):
    """The sine.

    Shape: any, kept. Source: torch.sin.
    """

    function = "sin"


class Cos(_Unary):
    """The cosine.

    Shape: any, kept. Source: torch.cos.
    """

    function = "cos"


class Clamp(_Unary):
    """`x`, kept at or above `min` and at or below `max`, of which one may be left out.

    Shape: any, kept. Source: torch.clamp.
    """

    function = "clamp"
    examples = (Example(min=0.0), Example(min=-1.0, max=1.0))

    min: FiniteFloat | None = None
    max: FiniteFloat | None = None

    def infer(self, x: TensorType) -> TensorType:
        if self.min is None and self.max is None:
            raise Reject("needs `min` or `max`", code="SG207")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise Reject(f"`min` of {self.min} is above `max` of {self.max}", code="SG209", argument="min")
        return floating(x)

    def lower(self, x: TensorType) -> Expr:
        options: dict[str, Argument] = self.given()
        return Call("torch.clamp", Value(0), **options)


class Pow(_Unary):
    """`x**exponent`, or with a `base` in its place `base**x`.

    Shape: any, kept. Source: torch.pow.
    """

    leading = "exponent"
    examples = (Example(exponent=2), Example(exponent=0.5), Example(base=2))

    exponent: FiniteFloat | None = None
    base: FiniteFloat | None = None

    def infer(self, x: TensorType) -> TensorType:
        if (self.exponent is None) == (self.base is None):
            code = "SG207" if self.base is None else "SG209"
            raise Reject("needs an `exponent` or a `base`, one of them", code=code)
        return floating(x)

    def lower(self, x: TensorType) -> Expr:
        return Call("torch.pow", *((Value(0), self.exponent) if self.base is None else (self.base, Value(0))))


class Rescale(_Unary):
    """`x * scale + offset`, both numbers that are not learned; a `scale` of -1 and an `offset` of 1 give `1 - x`.

    Shape: any, kept. Source: `x * scale`, as res_scale of Lim et al., 2017 (EDSR); keras.layers.Rescaling.
    """

    leading = "scale"
    examples = (Example(scale=0.2), Example(scale=-1, offset=1), Example(scale=2, offset=-1))

    scale: FiniteFloat = 1.0
    offset: FiniteFloat = 0.0

    def lower(self, x: TensorType) -> Expr:
        if self.offset and self.scale == -1:
            return Arithmetic("-", self.offset, Value(0))
        scaled = Value(0) if self.scale == 1 and self.offset else Arithmetic("*", Value(0), self.scale)
        return Arithmetic("+", scaled, self.offset) if self.offset else scaled


class Cast(Op):
    """The same numbers in another dtype.

    Shape: any, kept. Source: torch.Tensor.to.
    """

    leading = "dtype"
    is_view = True
    examples = (Example(dtype="float16"), Example(("N, 4 int64",), dtype="float32"))

    dtype: DType

    def infer(self, x: TensorType) -> TensorType:
        if x.dtype.startswith("complex"):
            raise Reject(f"would drop the imaginary part of {x.dtype}", code="SG409", input=0)
        return x.with_dtype(self.dtype)

    def lower(self, x: TensorType) -> Expr:
        return Method(Value(0), "to", Name(f"torch.{self.dtype}"))


class Detach(Op):
    """The same, through which no gradient goes.

    Shape: any, kept. Source: torch.Tensor.detach.
    """

    is_view = True
    examples = (Example(), Example(("N, 4 int64",)))

    def infer(self, x: TensorType) -> TensorType:
        return x

    def lower(self, x: TensorType) -> Expr:
        return Method(Value(0), "detach")


class CumSum(Op):
    """The sum along `dim` so far; of integers in int64.

    Shape: any, kept. Source: torch.cumsum.
    """

    leading = "dim"
    examples = (Example(dim=1), Example(("N, 4 int32",), dim=-1))

    dim: int

    def infer(self, x: TensorType) -> TensorType:
        axis_of(x, self.dim)
        return x if x.is_float or x.dtype.startswith("complex") else x.with_dtype("int64")

    def lower(self, x: TensorType) -> Expr:
        return Call("torch.cumsum", Value(0), dim=self.dim)
