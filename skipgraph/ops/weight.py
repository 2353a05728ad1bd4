"""Tensors of the state_dict: learned ones, tables, a learned factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from skipgraph.ops.base import Example, Op, Reject, Style, Weight
from skipgraph.ops.fields import DType, PositiveInt
from skipgraph.ops.lowering import Argument, Arithmetic, Call, Expr, Name, Own, Tensor, Value
from skipgraph.ops.modules import axis_of
from skipgraph.ops.numbers import LARGEST, is_of
from skipgraph.ops.rules import floating, number
from skipgraph.types import FLOATS, INTEGERS, TensorType

Float32: TypeAlias = Annotated[float, Field(ge=-LARGEST["float32"], le=LARGEST["float32"])]

Init: TypeAlias = (
    Literal["zeros", "ones", "normal", "trunc_normal"]
    | Annotated[
        dict[Literal["constant", "normal", "trunc_normal", "uniform"], Float32], Field(min_length=1, max_length=1)
    ]
)
"""How a weight starts: `normal` and `trunc_normal` with a standard deviation (default 1), `uniform` with a bound."""

_RANDOM = ("normal", "trunc_normal", "uniform")

OWN_KEY = ""
"""The key of an op's own tensor among its weights: it stands at the step's key itself."""


def _filled(shape: tuple[int, ...], value: float, **options: Argument) -> Call:
    if value in (0, 1):
        return Call("torch.ones" if value else "torch.zeros", shape, **options)
    return Call("torch.full", shape, value, **options)


class _Weight(Op):
    style = Style.WEIGHT


class _Started(_Weight):
    """A tensor of a shape, which starts in some way."""

    ports = ()
    leading = "shape"

    shape: tuple[PositiveInt, ...]
    init: Init = "zeros"

    def infer(self) -> TensorType:
        way, amount = self._start
        if way in _RANDOM and amount <= 0:
            raise Reject(f"`init: {{{way}: {amount}}}` needs a number above 0", code="SG209", argument="init")
        return TensorType(self.shape)

    def lower(self) -> Expr:
        return Own()

    def _made(self, **options: Argument) -> Call:
        """How torch makes it."""
        way, amount = self._start
        empty = Call("torch.empty", self.shape, **options)
        match way:
            case "normal":
                return Call("torch.nn.init.normal_", empty, std=amount)
            case "trunc_normal":
                return Call("torch.nn.init.trunc_normal_", empty, std=amount)
            case "uniform":
                return Call("torch.nn.init.uniform_", empty, -amount, amount)
        return _filled(self.shape, amount, **options)

    @property
    def _start(self) -> tuple[str, bool | float]:
        """How it starts, and with what number."""
        if isinstance(self.init, str):
            return self.init, 0.0 if self.init == "zeros" else 1.0
        ((way, amount),) = self.init.items()
        return way, amount


class Parameter(_Started):
    """A learned tensor.

    `init` is `zeros`, `ones`, `normal`, `trunc_normal`, or one of `{constant: value}`, `{normal: std}`,
    `{trunc_normal: std}`, `{uniform: bound}`. Shape: nothing -> `shape`. Source: torch.nn.Parameter.
    """

    examples = (
        Example((), shape=(1, 4, 8)),
        Example((), shape=(), init="ones"),
        Example((), shape=(4,), init={"trunc_normal": 0.02}),
        Example((), shape=(4, 2), init={"uniform": 0.5}),
    )

    def weights(self, *inputs: TensorType | None) -> Mapping[str, Weight]:
        return {OWN_KEY: Weight(self.shape)}

    def own(self, *inputs: TensorType | None) -> Tensor:
        return Tensor("parameter", self._made())


class Buffer(_Started):
    """A tensor of the state_dict that is not learned: a table that comes with a checkpoint.

    `init` as in Parameter; what is not of floats starts as `zeros`, `ones` or a constant.
    Shape: nothing -> `shape`. Source: torch.nn.Buffer.
    """

    examples = (
        Example((), shape=(1, 4, 8)),
        Example((), shape=(4,), init={"normal": 0.02}),
        Example((), shape=(4, 4), dtype="int64"),
        Example((), shape=(), init="ones", dtype="bool"),
    )

    dtype: DType = "float32"

    def infer(self) -> TensorType:
        way, amount = self._start
        if self.dtype not in FLOATS and way in _RANDOM:
            raise Reject(f"`init: {way}` draws floats, not {self.dtype}", code="SG209", argument="init")
        if way not in _RANDOM and not is_of(amount, self.dtype):
            raise Reject(f"{amount} is not a number of {self.dtype}", code="SG209", argument="init")
        return super().infer().with_dtype(self.dtype)

    def weights(self, *inputs: TensorType | None) -> Mapping[str, Weight]:
        return {OWN_KEY: Weight(self.shape, trained=False)}

    def own(self, *inputs: TensorType | None) -> Tensor:
        options = {} if self.dtype == "float32" else {"dtype": Name(f"torch.{self.dtype}")}
        return Tensor("buffer", self._made(**options))

    @property
    def _start(self) -> tuple[str, bool | float]:
        way, amount = super()._start
        if self.dtype == "bool" and amount in (0, 1):
            return way, bool(amount)
        return way, int(amount) if self.dtype in INTEGERS and float(amount).is_integer() else amount


class Scale(_Weight):
    """The input times a learned factor: one for all, or with `dim` one for each place of that axis.

    Shape: any, kept; the factor is `[]`, for `dim: 1` of `[N, C, H, W]` it is `[C, 1, 1]`.
    Source: `x * scale`; Touvron et al., 2021 (LayerScale).
    """

    leading = "init"
    examples = (Example(), Example(init=1e-6, dim=1), Example(("N, L, 4",), init=0.0, dim=-1))

    init: Float32 = 1.0
    dim: int | None = None

    def infer(self, x: TensorType) -> TensorType:
        self._factor(floating(x))
        return x

    def lower(self, x: TensorType) -> Expr:
        return Arithmetic("*", Value(0), Own())

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        return {OWN_KEY: Weight(self._factor(x))}

    def own(self, x: TensorType) -> Tensor:
        return Tensor("parameter", _filled(self._factor(x), self.init))

    def _factor(self, x: TensorType) -> tuple[int, ...]:
        """The factor's shape."""
        if self.dim is None:
            return ()
        axis = axis_of(x, self.dim)
        return (number(x.shape[axis], f"axis {axis}"), *(1,) * (x.rank - axis - 1))
