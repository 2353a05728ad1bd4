"""The size contract: for which sizes of its open axes a network runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from skipgraph.sizes.atoms import Values
from skipgraph.sizes.conditions import AtLeast, Condition, parts
from skipgraph.sizes.display import polynomial, show
from skipgraph.sizes.functions import on_steps
from skipgraph.sizes.intset import IntSet
from skipgraph.sizes.lines import solved
from skipgraph.sizes.size import Dim

_WORK = 250_000
"""Residues that one contract visits; conditions that would take more are kept unsolved, and still checked exactly."""
_LISTED = 8
"""Unsolved conditions that are written out."""


class _Entry(NamedTuple):
    condition: Condition
    solved: bool


class _Log:
    """Conditions in the order given, shared by the contracts that grew from one another.

    A contract sees the first so many entries. Appending to the longest is in place; to a shorter one, on a copy.
    """

    def __init__(self, entries: list[_Entry], seen: dict[Condition, int]) -> None:
        self.entries = entries
        self.seen = seen
        self.work = 0

    def up_to(self, length: int) -> _Log:
        if length == len(self.entries):
            return self
        return _Log(self.entries[:length], {c: at for c, at in self.seen.items() if at <= length})


class Contract:
    """For which sizes all conditions hold. Immutable: `adding` gives a new one.

    A condition over one axis is solved: `allowed(axis)` is exact. One over several axes, or of a kind that lines do not
    describe (an opaque product, a modulus over 65,536), is kept among `relations`; `accepts` evaluates it.
    """

    __slots__ = ("__dict__", "_length", "_log", "_sets")

    def __init__(self, sets: Mapping[str, IntSet], log: _Log, length: int) -> None:
        """Made by `open` and `adding`."""
        self._sets = sets
        self._log = log
        self._length = length

    @classmethod
    def open(cls, symbols: Iterable[str]) -> Contract:
        """The contract that asks nothing of these axes."""
        return cls(dict.fromkeys(symbols, IntSet.all()), _Log([], {}), 0)

    def adding(self, condition: Condition) -> Contract:
        """This contract and one more condition; the same object where the condition is already implied."""
        if self._log.seen.get(condition, self._length + 1) <= self._length or condition.decided:
            return self
        log = self._log.up_to(self._length)
        sets: dict[str, IntSet] = dict(self._sets)
        changed = unsolved = False
        for part in parts(condition):
            symbols = part.symbols
            if part.decided:
                continue
            for name in sorted(symbols - sets.keys()):
                sets[name] = IntSet.all()
            only = next(iter(symbols)) if len(symbols) == 1 else None
            result = solved(part, sets[only]) if only is not None and log.work < _WORK else None
            if only is None or result is None:
                unsolved = True
                continue
            # small ones are free: the budget is there for what a strange network could ask
            log.work += result[1] if result[1] > 64 else 0
            changed = changed or result[0] is not sets[only]
            sets[only] = result[0]
        if not changed and not unsolved:
            log.seen[condition] = self._length
            return self if log is self._log else Contract(self._sets, log, self._length)
        log.entries.append(_Entry(condition, not unsolved))
        log.seen[condition] = self._length + 1
        return Contract(sets, log, self._length + 1)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._sets)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions as given, without those that others imply."""
        return tuple(entry.condition for entry in self._log.entries[: self._length])

    @cached_property
    def relations(self) -> tuple[Condition, ...]:
        """The conditions that are not solved, without those that hold for all sizes that the solved ones leave."""
        if any(sizes.is_empty for sizes in self._sets.values()):
            return self._unsolved
        return tuple(condition for condition in self._unsolved if not self._implies(condition))

    @property
    def _unsolved(self) -> tuple[Condition, ...]:
        return tuple(entry.condition for entry in self._log.entries[: self._length] if not entry.solved)

    def _implies(self, condition: Condition) -> bool:
        if not isinstance(condition, AtLeast):
            return False
        left = on_steps(condition.a, {name: self._sets[name].step() for name in condition.symbols})
        return bool(AtLeast(left, condition.n).decided)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Contract):
            return NotImplemented
        return self._sets == other._sets and set(self.relations) == set(other.relations)

    def __hash__(self) -> int:
        return hash((frozenset(self._sets.items()), frozenset(self.relations)))

    @cached_property
    def satisfiable(self) -> bool:
        """False where surely no size fits: exact for conditions over one axis, cautious about relations."""
        if any(sizes.is_empty for sizes in self._sets.values()):
            return False
        return not any(condition.decided is False for condition in self._unsolved)

    def allowed(self, symbol: str) -> IntSet:
        """The sizes of an axis that the solved conditions leave."""
        return self._sets.get(symbol, IntSet.all())

    def accepts(self, env: Mapping[str, int]) -> bool:
        """Whether the network runs at these sizes: every size is at least 1, and every condition holds."""
        return all(size >= 1 for size in env.values()) and self.violated(env) is None

    def violated(self, env: Mapping[str, int]) -> Condition | None:
        """The first condition that these sizes break, or None. All are evaluated, none is taken from the solution."""
        known: Values = {}
        for condition in self.conditions:
            if not condition.holds(env, known):
                return condition
        return None

    def nearest(self, symbol: str, n: int) -> tuple[int | None, int | None]:
        """The allowed sizes of an axis just below and just above `n`."""
        sizes = self.allowed(symbol)
        return sizes.below(n), sizes.above(n)

    def simplified(self, dim: Dim) -> str:
        """The size as short as the contract allows: with H = 0 mod 16, `2*(H/16)` is `H/8`."""
        if isinstance(dim, int) or not self.satisfiable:
            return show(dim)
        if dim not in self._texts:
            from skipgraph.sizes.exact import exact_polynomial

            steps = {name: self._sets[name].step() for name in dim.symbols if name in self._sets}
            self._texts[dim] = polynomial(*exact_polynomial(dim, steps))
        return self._texts[dim]

    @cached_property
    def _texts(self) -> dict[Dim, str]:
        """Sizes as they were simplified before."""
        return {}

    def __str__(self) -> str:
        groups: dict[IntSet, list[str]] = {}
        for name, sizes in self._sets.items():
            if not sizes.is_all:
                groups.setdefault(sizes, []).append(name)
        texts = [sizes.describe(", ".join(names)) for sizes, names in groups.items()]
        # sizes that differ by floors may be the same for all that the contract leaves
        texts += dict.fromkeys(relation.written(self.simplified) for relation in self.relations[:_LISTED])
        if len(self.relations) > _LISTED:
            texts.append(f"and {len(self.relations) - _LISTED} more conditions")
        return "; ".join(texts) or "any size"

    def __repr__(self) -> str:
        return f"Contract({self})"
