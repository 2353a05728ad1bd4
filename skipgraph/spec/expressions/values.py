"""What an expression computes with: values, the names it sees, its budget, and the error it ends in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from skipgraph.sizes import Symbolic

Value: TypeAlias = Any
"""None, a bool, int, float or str, a list or tuple of values, or an open size (`skipgraph.sizes.Symbolic`)."""

Kind: TypeAlias = Literal["syntax", "value", "name", "open"]

LENGTH = 100_000
"""Items that a list may have."""
WEIGHT = 400_000
"""Items that a list may have with those of the lists inside it: ten nested repetitions would make 10**50 cheaply."""
DEPTH = 64
"""Levels of a list in lists, and of an expression."""
BITS = 4_096
"""Bits that an integer may have."""
PRINTED = 65_536
"""Characters that a string may have once values are printed into it."""

_UNPLACED = -1


class ExpressionError(Exception):
    """Why an expression cannot be read or has no value. Callers turn it into a finding.

    `offset` and `length` count characters in the text that was given; `kind` is "syntax" where no values could help,
    else "value", "name" for a name that nothing has, which `name` then is, or "open" for a size found at run time.
    """

    def __init__(
        self,
        message: str,
        offset: int = _UNPLACED,
        length: int = 0,
        *,
        help: str | None = None,
        kind: Kind = "value",
        name: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.length = length
        self.help = help
        self.kind: Kind = kind
        self.name = name

    def place(self, offset: int, length: int) -> None:
        """Say where, unless a part further inside has said so already."""
        if self.offset == _UNPLACED:
            self.offset, self.length = offset, length


class Meter:
    """A budget of expression operations, one for a run."""

    __slots__ = ("evaluations", "left")

    def __init__(self, evaluations: int) -> None:
        self.evaluations = evaluations
        self.left = evaluations

    def spend(self, n: int = 1) -> None:
        """Take `n` operations; an ExpressionError where they are not there."""
        self.left -= n
        if self.left < 0:
            raise ExpressionError(
                f"the expressions of this spec take more than {self.evaluations:,} operations, the limit",
                help="the caller can raise the limit `evaluations`",
            )


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression sees: names with their values, and what it may ask of steps.

    `channels(step)` and `size(step, axis)` give a value, or raise a LookupError or ExpressionError that says why not.
    """

    values: Mapping[str, Value]
    channels: Callable[[str], Value] | None = None
    size: Callable[[str, int], Value] | None = None


def is_open(value: Value) -> bool:
    """Whether a value is a size that only a tensor at run time will give."""
    return isinstance(value, Symbolic)


def still_open(value: Value) -> ExpressionError:
    """The error of asking an open size for what only a number has."""
    return ExpressionError(f"this depends on {describe(value)}, which is open until run time", kind="open")


def weigh(value: Value) -> int:
    """How many items a list holds, those of the lists inside it included.

    An ExpressionError where it is longer, heavier or deeper than the limits. A list that stands in it many times is
    walked once: `[[0] * 1000] * 1000` is refused as fast as it is made.
    """
    return _weigh(value, {}, DEPTH)


def _weigh(value: Value, known: dict[int, int], levels: int) -> int:
    if not levels:
        raise ExpressionError(f"lists stand in one another more than {DEPTH} deep, which is over the limits")
    total = len(value)
    if total > LENGTH:
        raise too_long(total)
    for item in value:
        if type(item) is list or type(item) is tuple:
            weight = known.get(id(item))
            if weight is None:
                weight = known[id(item)] = _weigh(item, known, levels - 1)
            total += weight
    if total > WEIGHT:
        raise too_long(total, WEIGHT)
    return total


def too_long(count: int, limit: int = LENGTH) -> ExpressionError:
    """The error of a list with more items than the limits allow."""
    return ExpressionError(f"a list of {_shortened(f'{count:,}', 30)} items is over the limit of {limit:,}")


def describe(value: Value) -> str:
    """What a message calls a value: `the number 3`, `the list [1, 2]`."""
    match value:
        case None | bool():
            return f"`{written(value)}`"
        case int() | float():
            return f"the number {written(value)}"
        case str():
            return f"the string {written(value)}"
        case list():
            return f"the list {written(value)}"
        case tuple():
            return f"the tuple {written(value)}"
        case Symbolic():
            return f"the size {written(value)}"
        case _:
            return f"a value of type {type(value).__name__}"


def written(value: Value, levels: int = 2) -> str:
    """A value as a person writes it, shortened."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            if not levels:
                return "[...]"
            shown = [written(item, levels - 1) for item in value[:4]] + ["..."] * (len(value) > 4)
            return f"[{', '.join(shown)}]" if isinstance(value, list) else f"({', '.join(shown)})"
        case str():
            return repr(value) if len(value) <= 40 else repr(value[:40]) + "..."
        case int() if value.bit_length() > BITS:
            # Python refuses to print it.
            return f"of {value.bit_length():,} bits"
        case _:
            return _shortened(str(value), 40)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}..."
