"""Tracks for values that pass rows: columns of the spine, lanes of the skips.

Both stay right when rows next to each other are drawn as one, as folding does: two values in one track never share
a gap between rows, and drawing rows as one only takes gaps away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Stretch = tuple[int, int]
"""The row where a value begins, and the one where it is read last."""


def lanes(stretches: Sequence[Stretch]) -> list[int]:
    """A lane for each, no two in one lane at once: the shortest are innermost, so that nested skips do not cross."""
    taken = _Taken(max((end for _, end in stretches), default=0))
    found = [0] * len(stretches)
    for index in sorted(range(len(stretches)), key=lambda index: (stretches[index][1] - stretches[index][0], index)):
        start, end = stretches[index]
        mask = taken.within(start, end)
        found[index] = (~mask & (mask + 1)).bit_length() - 1
        taken.take(start, end, 1 << found[index])
    return found


class _Taken:
    """The lanes that are taken in each gap between rows, as bits; gap 3 lies below row 3."""

    def __init__(self, gaps: int) -> None:
        self._size = 1 << max(gaps, 1).bit_length()
        self._all = [0] * (2 * self._size)
        """Taken everywhere below a node of this tree of gaps."""
        self._any = [0] * (2 * self._size)
        """Taken somewhere below it."""

    def take(self, start: int, end: int, bit: int) -> None:
        low, high = start + self._size, end + self._size
        edges = low, high - 1
        while low < high:
            if low & 1:
                self._all[low] |= bit
                self._any[low] |= bit
                low += 1
            if high & 1:
                high -= 1
                self._all[high] |= bit
                self._any[high] |= bit
            low, high = low >> 1, high >> 1
        for leaf in edges:
            while leaf > 1:
                leaf >>= 1
                self._any[leaf] |= bit

    def within(self, start: int, end: int) -> int:
        low, high = start + self._size, end + self._size
        mask = 0
        for leaf in (low, high - 1):
            while leaf:
                mask |= self._all[leaf]
                leaf >>= 1
        while low < high:
            if low & 1:
                mask |= self._any[low]
                low += 1
            if high & 1:
                high -= 1
                mask |= self._any[high]
            low, high = low >> 1, high >> 1
        return mask


@dataclass(frozen=True, slots=True)
class Columns:
    """The spine: the column of each row's own mark, and of each value."""

    rows: Mapping[int, int]
    values: Sequence[int]


def columns(rows: Sequence[int], stretches: Sequence[Stretch]) -> Columns:
    """A column for each row and each value, as in a commit graph: a row goes on where what it reads last ends."""
    leaving: dict[int, list[int]] = {}
    ending: dict[int, list[int]] = {}
    for index, (start, end) in enumerate(stretches):
        leaving.setdefault(start, []).append(index)
        ending.setdefault(end, []).append(index)
    at: dict[int, int] = {}
    found = [0] * len(stretches)
    busy: set[int] = set()
    for row in rows:
        freed = [found[index] for index in ending.get(row, ())]
        busy.difference_update(freed)
        at[row] = min(freed) if freed else _lowest(busy)
        for number, index in enumerate(leaving.get(row, ())):
            found[index] = _lowest(busy) if number else at[row]
            busy.add(found[index])
    return Columns(at, found)


def _lowest(busy: set[int]) -> int:
    return next(column for column in range(len(busy) + 1) if column not in busy)
