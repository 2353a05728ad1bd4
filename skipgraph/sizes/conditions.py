"""What must hold of sizes for a network to run, and the collector that operations report it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from skipgraph.sizes.atoms import Values
from skipgraph.sizes.display import show
from skipgraph.sizes.factors import common_factor, without_factor
from skipgraph.sizes.functions import evaluate
from skipgraph.sizes.size import Dim, Size, of_atom


class NotCollecting(RuntimeError):
    """A condition was required where no one collects: our bug."""


class Condition:
    """A statement about sizes, true or false once the axes are known."""

    __slots__ = ()

    @property
    def symbols(self) -> frozenset[str]:
        """The axes it speaks of."""
        raise NotImplementedError

    @property
    def decided(self) -> bool | None:
        """True or False where it surely holds or fails for all axes >= 1, else None."""
        raise NotImplementedError

    def holds(self, env: Mapping[str, int], known: Values | None = None) -> bool:
        """Whether it is true under `env`. A division by a size that comes out 0 makes it false."""
        try:
            return self._holds(env, {} if known is None else known)
        except ZeroDivisionError:
            return False

    def _holds(self, env: Mapping[str, int], known: Values) -> bool:
        raise NotImplementedError

    def written(self, show: Callable[[Dim], str]) -> str:
        """The statement, each size as `show` writes it."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.written(show)


@dataclass(frozen=True, slots=True)
class Equal(Condition):
    """Two sizes are the same."""

    a: Dim
    b: Dim

    @property
    def symbols(self) -> frozenset[str]:
        return _symbols(self.a) | _symbols(self.b)

    @property
    def decided(self) -> bool | None:
        if self.a is self.b:
            return True
        difference = self.a - self.b
        if isinstance(difference, int):
            return difference == 0
        if (difference.low or 0) > 0 or (difference.high or 0) < 0:
            return False
        factor = common_factor(difference - difference.constant)[1]
        return False if difference.constant % factor else None

    def _holds(self, env: Mapping[str, int], known: Values) -> bool:
        return evaluate(self.a, env, known) == evaluate(self.b, env, known)

    def written(self, show: Callable[[Dim], str]) -> str:
        return f"{show(self.a)} = {show(self.b)}"


@dataclass(frozen=True, slots=True)
class AtLeast(Condition):
    """A size is `n` or more."""

    a: Dim
    n: int

    @property
    def symbols(self) -> frozenset[str]:
        return _symbols(self.a)

    @property
    def decided(self) -> bool | None:
        if isinstance(self.a, int):
            return self.a >= self.n
        if self.a.low is not None and self.a.low >= self.n:
            return True
        return False if self.a.high is not None and self.a.high < self.n else None

    def _holds(self, env: Mapping[str, int], known: Values) -> bool:
        return evaluate(self.a, env, known) >= self.n

    def written(self, show: Callable[[Dim], str]) -> str:
        return f"{show(self.a)} >= {self.n}"


@dataclass(frozen=True, slots=True)
class Divides(Condition):
    """A size is a multiple of `k`, a number above 0."""

    a: Dim
    k: int

    @property
    def symbols(self) -> frozenset[str]:
        return _symbols(self.a)

    @property
    def decided(self) -> bool | None:
        if isinstance(self.a, int):
            return self.a % self.k == 0
        if all(coefficient % self.k == 0 for _, coefficient in self.a.terms):
            return self.a.constant % self.k == 0
        return None

    def _holds(self, env: Mapping[str, int], known: Values) -> bool:
        return evaluate(self.a, env, known) % self.k == 0

    def written(self, show: Callable[[Dim], str]) -> str:
        return f"{show(self.a)} divisible by {self.k}"


_collector: ContextVar[list[Condition] | None] = ContextVar("sizes collector", default=None)


def require(condition: Condition) -> None:
    """Report a condition to the innermost collector; one that surely holds says nothing."""
    if condition.decided:
        return
    collector = _collector.get()
    if collector is None:
        raise NotCollecting(f"no one collects: {condition}")
    collector.append(condition)


@contextmanager
def collecting() -> Iterator[list[Condition]]:
    """The list that receives what is required inside. Nested: an inner one does not leak to the outer."""
    found: list[Condition] = []
    token = _collector.set(found)
    try:
        yield found
    finally:
        _collector.reset(token)


def exactly(a: Dim, b: Dim) -> Dim:
    """`a / b`, on the condition that nothing is left over."""
    quotient = a // b
    if not isinstance(b, int):
        require(Equal(a, quotient * b))
    elif abs(b) != 1:
        require(Divides(a, abs(b)))
    return quotient


@lru_cache(maxsize=4_096)
def parts(condition: Condition) -> tuple[Condition, ...]:
    """Simpler conditions that together say the same: common factors cancelled, a product >= 1 taken apart."""
    match condition:
        case Equal(a, b):
            difference = a - b
            if isinstance(difference, int):
                return (condition,)
            # N*64*H = N*64*W says H = W: an axis is never 0
            factor, number = common_factor(difference)
            reduced = without_factor(difference, factor, number)
            return (Equal(reduced, 0),)
        case AtLeast(Size() as a, n) if len(a.terms) == 1 and not a.constant and n > 0:
            monomial, coefficient = a.terms[0]
            # 8*N*(H/2) >= 2 says N*(H/2) >= 1: each of them is at least 1
            if coefficient >= n and all(atom.low is not None and atom.low >= 0 for atom in monomial):
                return tuple(AtLeast(of_atom(atom), 1) for atom in dict.fromkeys(monomial))
    return (condition,)


def _symbols(dim: Dim) -> frozenset[str]:
    return frozenset() if isinstance(dim, int) else dim.symbols
