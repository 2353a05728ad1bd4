"""The indivisible parts of a size: open axes, floors, minima, and what stays opaque."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, MutableMapping
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from skipgraph.sizes.size import Dim, Size

Values: TypeAlias = "MutableMapping[Atom, int]"
Bounds: TypeAlias = "tuple[int | None, int | None]"
"""Lowest and highest value; None where there is no bound."""
_AtomT = TypeVar("_AtomT", bound="Atom")

_table: WeakValueDictionary[tuple[object, ...], Atom] = WeakValueDictionary()
_lock = Lock()

_AXES = {name: rank for rank, name in enumerate("NCDHWL")}
"""Torch's order of axes; other names follow by the alphabet."""


def digest_of(number: int) -> int:
    """A digest of an integer, the same in every process. (`hash(-1) == hash(-2)`, so the sign stands apart.)"""
    return hash((number >= 0, abs(number)))


def axis_order(name: str) -> tuple[int, str]:
    """Where an axis stands among others when a size is written."""
    return (_AXES.get(name, len(_AXES)), name)


class Atom:
    """One atom. Equal atoms are one object, so `==` and `hash` are those of identity.

    `key` orders atoms alike in every process; `low` and `high` bound the value over all axes >= 1 (None: no bound);
    `monotone` says that it never falls as an axis grows.
    """

    __slots__ = ("__weakref__", "depth", "digest", "high", "key", "low", "monotone", "symbols")

    rank: ClassVar[int]

    depth: int
    digest: int
    key: tuple[Any, ...]
    low: int | None
    high: int | None
    monotone: bool
    symbols: frozenset[str]

    def _settle(self, sizes: tuple[Dim, ...], number: float, bounds: Bounds, monotone: bool) -> None:
        """Fill the fields that follow from the parts."""
        parts = [size for size in sizes if not isinstance(size, int)]
        self.symbols = frozenset().union(*(size.symbols for size in parts))
        self.depth = 1 + max((size.depth for size in parts), default=0)
        self.digest = hash(
            (self.rank, number, *(digest_of(size) if isinstance(size, int) else size.digest for size in sizes))
        )
        self.key = (self.rank, sorted(map(axis_order, self.symbols)), self.depth, number, self.digest)
        self.low, self.high = bounds
        self.monotone = monotone

    @property
    def inner(self) -> tuple[Dim, ...]:
        """The sizes it is made of."""
        return ()

    def value(self, env: Mapping[str, int], known: Values) -> int:
        """The value under `env`; `known` holds what was evaluated before."""
        raise NotImplementedError


def interned(kind: type[_AtomT], *parts: Any) -> _AtomT:
    """The one atom of this kind with these parts."""
    key = (kind, *parts)
    found = _table.get(key)
    if found is None:
        with _lock:
            found = _table.get(key)
            if found is None:
                found = _table[key] = kind(*parts)
    return found  # type: ignore[return-value]


class Symbol(Atom):
    """An open axis, at least 1."""

    __slots__ = ("name",)

    rank = 0

    def __init__(self, name: str) -> None:
        self.name = name
        self.symbols = frozenset((name,))
        self.depth = 0
        self.digest = zlib.crc32(name.encode())
        self.key = (self.rank, [axis_order(name)], 0, 0, self.digest)
        self.low, self.high = 1, None
        self.monotone = True

    def __reduce__(self) -> tuple[Any, ...]:
        return interned, (Symbol, self.name)

    def value(self, env: Mapping[str, int], known: Values) -> int:
        return env[self.name]


class Floor(Atom):
    """`floor(numerator / divisor)`, with a divisor above 1."""

    __slots__ = ("divisor", "numerator")

    rank = 1

    def __init__(self, numerator: Size, divisor: int) -> None:
        self.numerator = numerator
        self.divisor = divisor
        low, high = numerator.low, numerator.high
        bounds = (None if low is None else low // divisor, None if high is None else high // divisor)
        self._settle((numerator,), divisor, bounds, numerator.monotone)

    def __reduce__(self) -> tuple[Any, ...]:
        return interned, (Floor, self.numerator, self.divisor)

    @property
    def inner(self) -> tuple[Dim, ...]:
        return (self.numerator,)

    def value(self, env: Mapping[str, int], known: Values) -> int:
        return self.numerator.value(env, known) // self.divisor


class Extreme(Atom):
    """The smallest (`least`) or the largest of several sizes, of which at most one is a number."""

    __slots__ = ("least", "sizes")

    rank = 2

    def __init__(self, least: bool, *sizes: Dim) -> None:
        self.least = least
        self.sizes = sizes
        lows = [size if isinstance(size, int) else size.low for size in sizes]
        highs = [size if isinstance(size, int) else size.high for size in sizes]
        bounds = (_min(lows), _least(highs)) if least else (_most(lows), _max(highs))
        self._settle(sizes, int(least), bounds, all(isinstance(size, int) or size.monotone for size in sizes))

    def __reduce__(self) -> tuple[Any, ...]:
        return interned, (Extreme, self.least, *self.sizes)

    @property
    def inner(self) -> tuple[Dim, ...]:
        return self.sizes

    def value(self, env: Mapping[str, int], known: Values) -> int:
        values = [size if isinstance(size, int) else size.value(env, known) for size in self.sizes]
        return min(values) if self.least else max(values)


class Scaled(Atom):
    """`floor(size * factor)` in double arithmetic, for a factor that is no short fraction."""

    __slots__ = ("factor", "size")

    rank = 3

    def __init__(self, size: Size, factor: float) -> None:
        self.size = size
        self.factor = factor
        ends = (size.low, size.high) if factor > 0 else (size.high, size.low)
        low, high = (None if end is None else floored_product(end, factor) for end in ends)
        self._settle((size,), factor, (low, high), size.monotone and factor > 0)

    def __reduce__(self) -> tuple[Any, ...]:
        return interned, (Scaled, self.size, self.factor)

    @property
    def inner(self) -> tuple[Dim, ...]:
        return (self.size,)

    def value(self, env: Mapping[str, int], known: Values) -> int:
        return floored_product(self.size.value(env, known), self.factor)


class Ratio(Atom):
    """`floor(numerator / divisor)` by an open divisor: opaque."""

    __slots__ = ("divisor", "numerator")

    rank = 4

    def __init__(self, numerator: Dim, divisor: Size) -> None:
        self.numerator = numerator
        self.divisor = divisor
        low = numerator if isinstance(numerator, int) else numerator.low
        high = numerator if isinstance(numerator, int) else numerator.high
        bounds: Bounds = (None, None)
        if low is not None and low >= 0 and divisor.low is not None and divisor.low >= 1:
            bounds = (0, None if high is None else high // divisor.low)
        self._settle((numerator, divisor), 0, bounds, False)

    def __reduce__(self) -> tuple[Any, ...]:
        return interned, (Ratio, self.numerator, self.divisor)

    @property
    def inner(self) -> tuple[Dim, ...]:
        return (self.numerator, self.divisor)

    def value(self, env: Mapping[str, int], known: Values) -> int:
        numerator = self.numerator if isinstance(self.numerator, int) else self.numerator.value(env, known)
        return numerator // self.divisor.value(env, known)


class Packed(Atom):
    """A size that is not multiplied out, because it has grown too long."""

    __slots__ = ("size",)

    rank = 5

    def __init__(self, size: Size) -> None:
        self.size = size
        self._settle((size,), 0, (size.low, size.high), size.monotone)

    def __reduce__(self) -> tuple[Any, ...]:
        return interned, (Packed, self.size)

    @property
    def inner(self) -> tuple[Dim, ...]:
        return (self.size,)

    def value(self, env: Mapping[str, int], known: Values) -> int:
        return self.size.value(env, known)


def floored_product(size: int, factor: float) -> int:
    """`floor(size * factor)` as torch's interpolate computes it, in doubles."""
    try:
        return math.floor(float(size) * factor)
    except OverflowError:
        over, under = factor.as_integer_ratio()
        return size * over // under


def _min(ends: list[int | None]) -> int | None:
    """The smallest of lower ends, of which None is the lowest."""
    known = [end for end in ends if end is not None]
    return min(known) if len(known) == len(ends) else None


def _max(ends: list[int | None]) -> int | None:
    """The largest of upper ends, of which None is the highest."""
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _least(ends: list[int | None]) -> int | None:
    """The smallest of upper ends."""
    return min((end for end in ends if end is not None), default=None)


def _most(ends: list[int | None]) -> int | None:
    """The largest of lower ends."""
    return max((end for end in ends if end is not None), default=None)
