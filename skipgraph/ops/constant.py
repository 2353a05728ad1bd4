"""Tensors of numbers that are neither learned nor in the state_dict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skipgraph.ops.base import Example, Op, Reject, SizeField, Style
from skipgraph.ops.fields import DType, Numbers, PositiveInt, shape_of
from skipgraph.ops.lowering import (
    Argument,
    Attribute,
    Call,
    Computed,
    Expr,
    Name,
    Own,
    SizeOf,
    Tensor,
    Value,
    code_of,
    size_of,
)
from skipgraph.ops.numbers import is_of
from skipgraph.ops.rules import at_least
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType


class Constant(Op):
    """A tensor of one number, or of those in a list, which is neither learned nor in the state_dict.

    Shape: nothing -> `shape`; a list, and lists in it, say the shape themselves. An infinity is written `.inf` or
    `-.inf`. Source: torch.full, torch.tensor.
    """

    style = Style.WEIGHT
    ports = ()
    leading = "value"
    examples = (
        Example((), value=0.5),
        Example((), value=2, shape=(1, 4), dtype="int64"),
        Example((), value=((1.0, 0.5), (0, float("-inf")))),
    )

    value: Numbers
    shape: tuple[PositiveInt, ...] | None = None
    dtype: DType = "float32"

    def infer(self) -> TensorType:
        for number in _flat(self.value):
            if not is_of(number, self.dtype):
                raise Reject(f"`value` of {number} is not a number of {self.dtype}", code="SG209", argument="value")
        if not isinstance(self.value, tuple):
            return TensorType(self.shape or (), self.dtype)
        shape = shape_of(self.value)
        if self.shape is not None and self.shape != shape:
            raise Reject(f"`value` has the shape {list(shape)}, not {list(self.shape)}", code="SG209", argument="shape")
        return TensorType(shape, self.dtype)

    def lower(self) -> Expr:
        return Own()

    def own(self, *inputs: TensorType | None) -> Tensor:
        dtype = Name(f"torch.{self.dtype}")
        if isinstance(self.value, tuple):
            return Tensor("constant", Call("torch.tensor", _lists(self.value), dtype=dtype))
        return Tensor("constant", Call("torch.full", self.shape or (), self.value, dtype=dtype))


class Arange(Op):
    """The numbers from `start` up to but without `end`, every `step`: positions.

    Shape: nothing -> `[(end - start) / step]`, rounded up. Source: torch.arange.
    """

    style = Style.WEIGHT
    ports = ()
    leading = "end"
    examples = (Example((), end=7), Example((), start=1, end=10, step=2, dtype="float32"))

    start: SizeField = 0
    end: SizeField
    step: int = 1
    dtype: DType = "int64"

    def infer(self) -> TensorType:
        if not self.step:
            raise Reject("`step` of 0 leads nowhere", code="SG209", argument="step")
        if self.dtype == "bool":
            raise Reject("has more than two numbers to give, not bool", code="SG209", argument="dtype")
        start, end = size_of(self.start), size_of(self.end)
        span: Dim = end - start if self.step > 0 else start - end
        step = abs(self.step)
        count = (span + step - 1) // step
        nothing = f"nothing stands from {show(start)} to {show(end)} by steps of {self.step}"
        return TensorType((at_least(count, 1, nothing),), self.dtype)

    def lower(self) -> Expr:
        # an open one is made in forward, where the value is whose size it asks for
        value = next(_measured((code_of(self.start), code_of(self.end))), None)
        return Own() if value is None else self._made(device=Attribute(value, "device"))

    def own(self, *inputs: TensorType | None) -> Tensor | None:
        is_open = isinstance(self.start, Computed) or isinstance(self.end, Computed)
        return None if is_open else Tensor("constant", self._made())

    def _made(self, **more: Argument) -> Call:
        dtype: dict[str, Argument] = {} if self.dtype == "int64" else {"dtype": Name(f"torch.{self.dtype}")}
        start, step = code_of(self.start), () if self.step == 1 else (self.step,)
        before = (start,) if step or start != 0 else ()
        return Call("torch.arange", *before, code_of(self.end), *step, **dtype, **more)


def _measured(parts: Any) -> Iterator[Value]:
    """The values whose sizes are asked for."""
    for part in parts:
        if isinstance(part, SizeOf) and isinstance(part.value, Value):
            yield part.value
        elif isinstance(part, Expr):
            yield from _measured(part.parts)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _lists(value: Any) -> Any:
    return [_lists(item) for item in value] if isinstance(value, tuple) else value
