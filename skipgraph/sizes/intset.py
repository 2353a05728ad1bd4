"""Sets of integers >= 1 that repeat: for each residue of a modulus, intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import islice
from math import gcd, lcm
from typing import TypeAlias

Interval: TypeAlias = tuple[int, "int | None"]
"""First and last; None where it does not end."""
Intervals: TypeAlias = tuple[Interval, ...]
Classes: TypeAlias = Mapping[int, Intervals]

_LARGEST_PRIME = 65_536
_GAPS = 64
"""Single numbers that one residue may be written out in when a modulus is made smaller."""


@dataclass(frozen=True, eq=False)
class IntSet:
    """A set of integers >= 1.

    A member is `modulus * q + residue` with a residue from 1 to the modulus, its q >= 0 in one of the residue's
    intervals. Equal sets are equal, however they were made.
    """

    modulus: int
    classes: Classes

    @classmethod
    def all(cls) -> IntSet:
        """Every integer >= 1."""
        return _ALL

    @classmethod
    def none(cls) -> IntSet:
        return _NONE

    @classmethod
    def of(cls, modulus: int, classes: Classes) -> IntSet:
        """The set in normal form: the smallest modulus that takes no more intervals."""
        kept = {residue: intervals for residue, intervals in classes.items() if intervals}
        return cls(*_reduced(modulus, kept)) if kept else _NONE

    @classmethod
    def between(cls, low: int, high: int | None = None) -> IntSet:
        """The integers from `low`, or from 1, to `high`, or without end."""
        low = max(low, 1)
        return (
            _NONE if high is not None and high < low else cls(1, {1: ((low - 1, None if high is None else high - 1),)})
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IntSet):
            return NotImplemented
        if self is other:
            return True
        if self.modulus == other.modulus:
            return self.classes == other.classes
        if self.smallest(4) != other.smallest(4):
            return False
        shared = lcm(self.modulus, other.modulus)
        return dict(self.refined(shared)) == dict(other.refined(shared))

    def __hash__(self) -> int:
        return hash(tuple(self.smallest(4)))

    def __contains__(self, n: object) -> bool:
        return isinstance(n, int) and self.contains(n)

    def contains(self, n: int) -> bool:
        """Whether `n` is in the set."""
        if n < 1:
            return False
        q, residue = divmod(n - 1, self.modulus)
        intervals = self.classes.get(residue + 1, ())
        return any(low <= q and (high is None or q <= high) for low, high in intervals)

    @property
    def is_empty(self) -> bool:
        return not self.classes

    @property
    def is_all(self) -> bool:
        return self.modulus == 1 and self.classes.get(1) == ((0, None),)

    @cached_property
    def _least(self) -> int | None:
        return min((self.modulus * i[0][0] + residue for residue, i in self.classes.items()), default=None)

    def min(self) -> int | None:
        """The smallest member; None of the empty set."""
        return self._least

    def max(self) -> int | None:
        """The largest member; None of the empty set and of one without end."""
        ends = [None if (q := i[-1][1]) is None else self.modulus * q + r for r, i in self.classes.items()]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def __iter__(self) -> Iterator[int]:
        """The members in order, without end where the set has none."""
        return merge(*(_members(self.modulus, residue, intervals) for residue, intervals in self.classes.items()))

    def smallest(self, count: int) -> list[int]:
        """The first members, `count` of them where there are so many."""
        if len(self.classes) > count:
            # a residue beyond the first `count` by its least member has none among the first `count`
            firsts = sorted(self.classes, key=lambda residue: self.modulus * self.classes[residue][0][0] + residue)
            return IntSet(self.modulus, {residue: self.classes[residue] for residue in firsts[:count]}).smallest(count)
        return list(islice(self, count))

    def below(self, n: int) -> int | None:
        """The largest member under `n`, or None."""
        found = 0
        for residue, intervals in self.classes.items():
            top = (n - 1 - residue) // self.modulus
            for low, high in intervals:
                if low <= top:
                    found = max(found, self.modulus * (top if high is None else min(top, high)) + residue)
        return found or None

    def above(self, n: int) -> int | None:
        """The smallest member over `n`, or None."""
        found: int | None = None
        for residue, intervals in self.classes.items():
            bottom = (n - residue) // self.modulus + 1
            for low, high in intervals:
                if high is None or bottom <= high:
                    member = self.modulus * max(bottom, low) + residue
                    found = member if found is None else min(found, member)
                    break
        return found

    def step(self) -> tuple[int, int]:
        """The least member and the largest number that divides the distance of any two; 0 of a single member."""
        first = self._least or 0
        common = 0
        for residue, intervals in self.classes.items():
            for low, high in intervals:
                common = gcd(common, self.modulus * low + residue - first)
                if high is None or high > low:
                    common = gcd(common, self.modulus)
        return first, common

    def refined(self, modulus: int) -> Iterator[tuple[int, Intervals]]:
        """Residues and intervals for a multiple of the modulus."""
        times = modulus // self.modulus
        if times == 1:
            yield from self.classes.items()
            return
        for residue, intervals in self.classes.items():
            for j in range(times):
                # q = times * q' + j
                finer = tuple(
                    (max(0, -((j - low) // times)), None if high is None else (high - j) // times)
                    for low, high in intervals
                )
                kept = tuple((low, high) for low, high in finer if high is None or low <= high)
                if kept:
                    yield residue + self.modulus * j, joined(kept)

    def intersect(self, other: IntSet) -> IntSet:
        """The members of both."""
        if self.is_all or other.is_empty:
            return other
        if other.is_all or self.is_empty:
            return self
        modulus = lcm(self.modulus, other.modulus)
        coarse, fine = sorted((self, other), key=lambda one: len(one.classes) / one.modulus, reverse=True)
        found: dict[int, Intervals] = {}
        for residue, intervals in fine.refined(modulus):
            limits = coarse.classes.get((residue - 1) % coarse.modulus + 1)
            if limits:
                own = IntSet(coarse.modulus, {(residue - 1) % coarse.modulus + 1: limits})
                found[residue] = both(intervals, _for_residue(own, modulus, residue))
        return IntSet.of(modulus, found)

    def describe(self, name: str) -> str:
        """What the set says of an axis: `H = 12 mod 16, at least 188`."""
        from skipgraph.sizes.describe import described

        return f"{name} {described(self)}"


def _for_residue(one: IntSet, modulus: int, residue: int) -> Intervals:
    """The intervals of a one-residue set for one residue of a multiple of its modulus."""
    ((own, intervals),) = one.classes.items()
    times, j = modulus // one.modulus, (residue - own) // one.modulus
    finer = ((max(0, -((j - low) // times)), None if high is None else (high - j) // times) for low, high in intervals)
    return joined(tuple((low, high) for low, high in finer if high is None or low <= high))


def _members(modulus: int, residue: int, intervals: Intervals) -> Iterator[int]:
    for low, high in intervals:
        q = low
        while high is None or q <= high:
            yield modulus * q + residue
            q += 1


def joined(intervals: Iterable[Interval]) -> Intervals:
    """Sorted intervals, those that touch made one."""
    found: list[Interval] = []
    for low, high in intervals:
        if found and ((end := found[-1][1]) is None or low <= end + 1):
            if end is not None:
                found[-1] = (found[-1][0], None if high is None else max(end, high))
            continue
        found.append((low, high))
    return tuple(found)


def both(a: Iterable[Interval], b: Iterable[Interval]) -> Intervals:
    """What lies in intervals of both."""
    left, right = list(a), list(b)
    found: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        (low, high), (other_low, other_high) = left[i], right[j]
        start = max(low, other_low)
        end = high if other_high is None else other_high if high is None else min(high, other_high)
        if end is None or start <= end:
            found.append((start, end))
        if high is None or (other_high is not None and other_high < high):
            j += 1
        else:
            i += 1
    return tuple(found)


def _reduced(modulus: int, classes: dict[int, Intervals]) -> tuple[int, dict[int, Intervals]]:
    rest, prime = modulus, 2
    while rest > 1 and prime <= _LARGEST_PRIME:
        if prime * prime > rest:
            prime = rest
        while rest % prime == 0:
            rest //= prime
            coarser = _coarser(modulus, classes, prime)
            if coarser is not None:
                modulus, classes = modulus // prime, coarser
        prime += 1
    return modulus, classes


def _coarser(modulus: int, classes: dict[int, Intervals], prime: int) -> dict[int, Intervals] | None:
    """The same set for `modulus / prime`, if that takes no more intervals."""
    smaller = modulus // prime
    groups: dict[int, list[tuple[int, Intervals]]] = {}
    for residue, intervals in classes.items():
        groups.setdefault((residue - 1) % smaller + 1, []).append(((residue - 1) // smaller, intervals))
    allowed = sum(map(len, classes.values()))
    found: dict[int, Intervals] = {}
    for residue, group in groups.items():
        endless = sum(intervals[-1][1] is None for _, intervals in group)
        merged = _interleaved(group, prime) if endless in (0, prime) else None
        if merged is None:
            return None
        allowed -= len(merged)
        if allowed < 0:
            return None
        found[residue] = merged
    return found


def _interleaved(group: list[tuple[int, Intervals]], times: int) -> Intervals | None:
    """Intervals of `times * q + j` for each j, as intervals of their own; None where that takes too many."""
    if len(group) == times and all(intervals == ((0, None),) for _, intervals in group):
        return ((0, None),)
    events = sorted(
        event
        for j, intervals in group
        for low, high in intervals
        for event in ((times * low + j, 1), *(() if high is None else ((times * high + j + 1, -1),)))
    )
    found: list[Interval] = []
    offsets = [(j, intervals) for j, intervals in group]
    active = 0
    for index, (place, change) in enumerate(events):
        active += change
        end = events[index + 1][0] - 1 if index + 1 < len(events) else None
        if (end is not None and end < place) or not active:
            continue
        if active == times:
            found.append((place, end))
            continue
        if end is None or end - place > _GAPS * times:
            return None
        for n in range(place, end + 1):
            q, j = divmod(n, times)
            if any(own == j and any(low <= q and (high is None or q <= high) for low, high in i) for own, i in offsets):
                found.append((n, n))
        if len(found) > _GAPS:
            return None
    return joined(found)


_ALL = IntSet(1, {1: ((0, None),)})
_NONE = IntSet(1, {})
