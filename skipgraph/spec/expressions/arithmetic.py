"""Python's operators, bounded: none runs long, makes a large value, or ends otherwise than in an ExpressionError."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import TypeAlias

from skipgraph.ops.lowering import Computed
from skipgraph.sizes import NotCollecting
from skipgraph.spec.expressions.values import (
    BITS,
    LENGTH,
    ExpressionError,
    Meter,
    Value,
    describe,
    is_open,
    still_open,
    too_long,
    weigh,
)

Binary: TypeAlias = Callable[[Value, Value, Meter], Value]

NUMBERS = frozenset({int, float, bool})
_POWER = 32
_SCALARS = frozenset({int, float, bool, str, type(None)})


def bounded(result: Value) -> Value:
    """A number, if it is one that may be held: no complex, infinite or very long one."""
    if type(result) is int:
        if result.bit_length() > BITS:
            raise too_large()
        return result
    if isinstance(result, complex):
        raise ExpressionError("the root of a negative number is not a real number")
    if isinstance(result, float) and not math.isfinite(result):
        raise too_large()
    return result


def modest(size: Value) -> Value:
    """A size, if its coefficients may be held. How many terms it has, sizes bound themselves."""
    if not is_open(size):
        return bounded(size)
    symbols = size.size if isinstance(size, Computed) else size
    bounded(symbols.constant)
    for _, coefficient in symbols.terms:
        bounded(coefficient)
    return size


def too_large() -> ExpressionError:
    """The error of a number beyond what may be held."""
    return ExpressionError("the result is too large a number")


def held(items: Value, meter: Meter) -> Value:
    """A list or tuple, once its items are paid for and within the limits."""
    meter.spend(weigh(items))
    return items


def truth(value: Value) -> bool:
    """Whether Python takes a value for true. An open size is neither."""
    if is_open(value):
        raise still_open(value)
    return bool(value)


def index(items: Value, key: Value, meter: Meter) -> Value:
    """`items[key]`, of a list or tuple, by an integer or slice."""
    if not isinstance(items, list | tuple):
        raise ExpressionError(f"{describe(items)} has no items to index")
    if isinstance(key, slice):
        try:
            return held(items[key], meter)
        except ValueError:
            raise ExpressionError("the step of a slice cannot be 0") from None
    if is_open(key):
        raise still_open(key)
    if not isinstance(key, int):
        raise ExpressionError(f"an index must be an integer, not {describe(key)}")
    try:
        return items[key]
    except IndexError:
        held_items = f"{len(items)} item{'s' * (len(items) != 1)}"
        raise ExpressionError(f"index {describe(key).removeprefix('the number ')} of a list of {held_items}") from None


def bound(key: Value) -> int | None:
    """One bound of a slice: an integer or nothing."""
    if is_open(key):
        raise still_open(key)
    if key is not None and not isinstance(key, int):
        raise ExpressionError(f"a bound of a slice must be an integer, not {describe(key)}")
    return key


def _calculation(compute: Callable[[Value, Value], Value], sentence: str) -> Binary:
    def apply(a: Value, b: Value, meter: Meter) -> Value:
        if type(a) in NUMBERS and type(b) in NUMBERS:
            try:
                return bounded(compute(a, b))
            except ZeroDivisionError:
                raise ExpressionError("division by zero") from None
            except OverflowError:
                raise too_large() from None
        if is_open(a) or is_open(b):
            return _with_open_sizes(compute, sentence, a, b)
        raise _refused(sentence, a, b)

    return apply


def _with_open_sizes(compute: Callable[[Value, Value], Value], sentence: str, a: Value, b: Value) -> Value:
    for value in (a, b):
        if type(value) is not int and not is_open(value):
            raise _refused(sentence, a, b)
    try:
        return modest(compute(a, b))
    except ZeroDivisionError:
        raise ExpressionError("division by zero") from None
    except NotCollecting:
        raise _refused(sentence, a, b, help="`/` asks that nothing is left over; round down with `//`") from None
    except TypeError:
        raise _refused(sentence, a, b) from None


def _refused(sentence: str, a: Value, b: Value, help: str | None = None) -> ExpressionError:
    if isinstance(a, str) and isinstance(b, str) and sentence == _ADD:
        help = "write them as one string: 'enc$i'"
    return ExpressionError(f"cannot {sentence.format(a=describe(a), b=describe(b))}", help=help)


def _power(a: Value, b: Value) -> Value:
    # Before it is computed: 9**9**9 would be there for hours.
    if isinstance(a, int) and isinstance(b, int) and b > 0 and (abs(a).bit_length() - 1) * b > BITS:
        raise too_large()
    if is_open(a) and type(b) is int and 0 <= b <= _POWER:
        return math.prod([a] * b)
    return a**b


_ADD = "add {a} and {b}"
_MULTIPLY = "multiply {a} by {b}"
_add_numbers = _calculation(operator.add, _ADD)
_multiply_numbers = _calculation(operator.mul, _MULTIPLY)


def _add(a: Value, b: Value, meter: Meter) -> Value:
    if (isinstance(a, list) and isinstance(b, list)) or (isinstance(a, tuple) and isinstance(b, tuple)):
        if len(a) + len(b) > LENGTH:
            raise too_long(len(a) + len(b))
        return held(a + b, meter)  # type: ignore[operator]
    return _add_numbers(a, b, meter)


def _multiply(a: Value, b: Value, meter: Meter) -> Value:
    if isinstance(b, list | tuple):
        a, b = b, a
    if not isinstance(a, list | tuple):
        return _multiply_numbers(a, b, meter)
    if is_open(b):
        raise still_open(b)
    if not isinstance(b, int):
        raise _refused(_MULTIPLY, a, b)
    if len(a) * b > LENGTH:
        raise too_long(len(a) * b)
    return held(a * b, meter)


def _comparison(compare: Callable[[Value, Value], bool], sentence: str) -> Binary:
    def apply(a: Value, b: Value, meter: Meter) -> bool:
        if type(a) not in _SCALARS or type(b) not in _SCALARS:
            _closed(a, meter)
            _closed(b, meter)
        try:
            return compare(a, b)
        except TypeError:
            raise _refused(sentence, a, b) from None

    return apply


def _closed(value: Value, meter: Meter) -> None:
    """Refuse an open size, or a list with one in it. It pays for the comparison, too."""
    if is_open(value):
        raise still_open(value)
    if not isinstance(value, list | tuple):
        return
    meter.spend(weigh(value))
    seen = {id(value)}
    rest = [value]
    while rest:
        for item in rest.pop():
            if is_open(item):
                raise still_open(item)
            if isinstance(item, list | tuple) and id(item) not in seen:
                seen.add(id(item))
                rest.append(item)


def _contains(a: Value, b: Value) -> bool:
    return a in b


def _lacks(a: Value, b: Value) -> bool:
    return a not in b


BINARY: dict[type[ast.operator], Binary] = {
    ast.Add: _add,
    ast.Sub: _calculation(operator.sub, "subtract {b} from {a}"),
    ast.Mult: _multiply,
    ast.Div: _calculation(operator.truediv, "divide {a} by {b}"),
    ast.FloorDiv: _calculation(operator.floordiv, "divide {a} by {b}"),
    ast.Mod: _calculation(operator.mod, "divide {a} by {b}"),
    ast.Pow: _calculation(_power, "raise {a} to {b}"),
}
"""The operators with two sides."""

COMPARE: dict[type[ast.cmpop], Binary] = {
    ast.Eq: _comparison(operator.eq, "compare {a} and {b}"),
    ast.NotEq: _comparison(operator.ne, "compare {a} and {b}"),
    ast.Lt: _comparison(operator.lt, "compare {a} and {b}"),
    ast.LtE: _comparison(operator.le, "compare {a} and {b}"),
    ast.Gt: _comparison(operator.gt, "compare {a} and {b}"),
    ast.GtE: _comparison(operator.ge, "compare {a} and {b}"),
    ast.In: _comparison(_contains, "look for {a} in {b}"),
    ast.NotIn: _comparison(_lacks, "look for {a} in {b}"),
}
"""The comparisons."""


def add(a: Value, b: Value, meter: Meter) -> Value:
    """`a + b`."""
    return _add(a, b, meter)


def signed(sign: ast.unaryop, a: Value) -> Value:
    """`-a` or `+a`."""
    if type(a) not in NUMBERS and not is_open(a):
        raise ExpressionError(f"cannot give a sign to {describe(a)}")
    if isinstance(sign, ast.USub):
        return -a
    return a if is_open(a) else +a
