"""Which name was meant."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest

_LONGEST = 100
_MOST = 1_000
"""How many names are compared letter by letter, those with the most letters in common first."""


def closest(name: str, names: Iterable[str]) -> str | None:
    """The name that was most likely meant, for "did you mean", or None where none is near.

    One that differs only in case, then only in `_` and `-`; else the one with the fewest letters dropped, added,
    changed or swapped with the next, at most a third of the longer name. Of equals, the first.
    """
    if not name or len(name) > _LONGEST:
        return None
    folded = name.casefold()
    bare = _bare(folded)
    letters = set(folded)
    alike: str | None = None
    near: list[tuple[int, int, int, str]] = []
    for index, other in enumerate(names):
        length = len(other)
        if other == name or length > _LONGEST or abs(length - len(name)) > max(length, len(name)) // 2:
            continue
        lower = other.casefold()
        if lower == folded:
            return other
        if alike is None and bare and _bare(lower) == bare:
            alike = other
        allowed = _allowed(length, len(name))
        # A change takes away one letter and brings another, so it accounts for two.
        apart = len(letters.symmetric_difference(lower))
        if allowed and apart <= 2 * allowed and abs(length - len(name)) <= allowed:
            near.append((apart, abs(length - len(name)), index, other))
    if alike is not None:
        return alike
    best: str | None = None
    best_rank = (_LONGEST, 0)
    for _, _, index, other in nsmallest(_MOST, near):
        away = _distance(folded, other.casefold())
        if away <= _allowed(len(other), len(name)) and (away, index) < best_rank:
            best, best_rank = other, (away, index)
    return best


def _allowed(length: int, other: int) -> int:
    return max(length, other) // 3


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "")


def _distance(a: str, b: str) -> int:
    """The optimal string alignment distance: Damerau and Levenshtein's, no piece edited twice."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row, before_x = row, [i], before
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before_x[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]
