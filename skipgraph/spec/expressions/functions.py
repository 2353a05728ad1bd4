"""The functions that an expression may call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from skipgraph.ops.lowering import larger, smaller
from skipgraph.spec.expressions.arithmetic import NUMBERS, add, bounded, held, too_large
from skipgraph.spec.expressions.values import (
    LENGTH,
    WEIGHT,
    ExpressionError,
    Meter,
    Value,
    describe,
    is_open,
    still_open,
    too_long,
)

_DIGITS = 400
_OPEN = 256


@dataclass(frozen=True, slots=True)
class Function:
    """A function, how many arguments it takes, and which may be given by name."""

    call: Callable[..., Value]
    least: int
    most: int | None = None
    keywords: tuple[str, ...] = ()

    @property
    def arity(self) -> str:
        """How many arguments it takes, in words."""
        if self.most is None:
            return f"at least {self.least} argument{'s' * (self.least != 1)}"
        if self.least == self.most:
            return f"{self.least} argument{'s' * (self.least != 1)}"
        return f"{self.least} to {self.most} arguments"


def make_divisible(v: float, divisor: int = 8, min_value: int | None = None) -> int:
    """The multiple of `divisor` nearest to `v`, not below 90 % of it: MobileNet's rounding of channels.

    Source: tensorflow/models, research/slim/nets/mobilenet; torchvision.models._utils._make_divisible.
    """
    least = divisor if min_value is None else min_value
    rounded = max(least, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * v else rounded


def _divisible(meter: Meter, v: Value, divisor: Value = 8, min_value: Value = None) -> Value:
    _number(v)
    _integer(divisor)
    if divisor < 1:
        raise ExpressionError(f"the divisor must be at least 1, not {divisor}")
    if min_value is not None:
        _integer(min_value)
    return _computed(lambda: make_divisible(v, divisor, min_value))


def _extreme(python: Callable[..., Value], open_size: Callable[..., Value]) -> Callable[..., Value]:
    def call(meter: Meter, *values: Value) -> Value:
        if len(values) == 1:
            values = tuple(_items(values[0], meter))
        if not values:
            raise ExpressionError("an empty list has no least and no largest item")
        if not any(map(is_open, values)):
            for value in values:
                _number(value)
            return python(values)
        if len(values) > _OPEN:
            raise ExpressionError(f"more than {_OPEN} sizes that are open until run time are over the limits")
        for value in values:
            if type(value) is not int and not is_open(value):
                raise ExpressionError(f"cannot compare {describe(value)} with a size that is open until run time")
        return reduce(open_size, values)

    return call


def _whole(python: Callable[[Value], Value]) -> Callable[..., Value]:
    def call(meter: Meter, value: Value) -> Value:
        # A size is a whole number whatever the tensor is.
        if is_open(value):
            return value
        _number(value)
        return python(value)

    return call


def _round(meter: Meter, value: Value, digits: Value = None) -> Value:
    if is_open(value):
        return value
    _number(value)
    if digits is None:
        return round(value)
    _integer(digits)
    # round(5, -10**9) would compute 10**10**9.
    if abs(digits) > _DIGITS:
        raise ExpressionError(f"`round` to more than {_DIGITS} digits is over the limits")
    return _computed(lambda: bounded(round(value, digits)))


def _abs(meter: Meter, value: Value) -> Value:
    _number(value)
    return abs(value)


def _len(meter: Meter, value: Value) -> Value:
    if not isinstance(value, list | tuple | str):
        raise ExpressionError(f"{describe(value)} has no length")
    return len(value)


def _sum(meter: Meter, values: Value, start: Value = 0) -> Value:
    total = start
    for value in _items(values, meter):
        total = add(total, value, meter)
    return total


def _range(meter: Meter, *bounds: Value) -> Value:
    for value in bounds:
        _integer(value)
    if len(bounds) == 3 and bounds[2] == 0:
        raise ExpressionError("the step of a range cannot be 0")
    numbers = range(*bounds)
    start, stop, step = numbers.start, numbers.stop, numbers.step
    # Not len(): it cannot count beyond 2**63.
    count = max(0, -((start - stop) // step))
    if count > LENGTH:
        raise too_long(count)
    meter.spend(count)
    return list(numbers)


def _reversed(meter: Meter, values: Value) -> Value:
    return list(_items(values, meter))[::-1]


def _zip(meter: Meter, *lists: Value) -> Value:
    columns = [_items(values, meter) for values in lists]
    if columns and min(map(len, columns)) * (len(columns) + 1) > WEIGHT:
        raise too_long(min(map(len, columns)) * (len(columns) + 1), WEIGHT)
    return held(list(zip(*columns, strict=False)), meter)


def _enumerate(meter: Meter, values: Value, start: Value = 0) -> Value:
    _integer(start)
    return held(list(enumerate(_items(values, meter), bounded(start))), meter)


def _items(value: Value, meter: Meter) -> Sequence[Value]:
    if is_open(value):
        raise still_open(value)
    if not isinstance(value, list | tuple):
        raise ExpressionError(f"expected a list, got {describe(value)}")
    if len(value) > LENGTH:
        raise too_long(len(value))
    meter.spend(len(value))
    return value


def _number(value: Value) -> None:
    if is_open(value):
        raise still_open(value)
    if type(value) not in NUMBERS:
        raise ExpressionError(f"expected a number, got {describe(value)}")


def _integer(value: Value) -> None:
    if is_open(value):
        raise still_open(value)
    if isinstance(value, int):
        return
    whole = isinstance(value, float) and value.is_integer()
    raise ExpressionError(
        f"expected an integer, got {describe(value)}", help="`/` gives a float; divide with `//`" if whole else None
    )


def _computed(compute: Callable[[], Value]) -> Value:
    try:
        return compute()
    except OverflowError:
        raise too_large() from None
    except (TypeError, ValueError, ArithmeticError, NotImplementedError) as error:
        raise ExpressionError(str(error) or "this has no value") from None


FUNCTIONS: dict[str, Function] = {
    "min": Function(_extreme(min, smaller), 1),
    "max": Function(_extreme(max, larger), 1),
    "abs": Function(_abs, 1, 1),
    "round": Function(_round, 1, 2),
    "floor": Function(_whole(math.floor), 1, 1),
    "ceil": Function(_whole(math.ceil), 1, 1),
    "int": Function(_whole(int), 1, 1),
    "len": Function(_len, 1, 1),
    "sum": Function(_sum, 1, 2),
    "range": Function(_range, 1, 3),
    "reversed": Function(_reversed, 1, 1),
    "zip": Function(_zip, 1),
    "enumerate": Function(_enumerate, 1, 2),
    "make_divisible": Function(_divisible, 1, 3, ("divisor", "min_value")),
}
"""The functions by name. `channels` and `size`, which ask the graph, are the compiler's."""
