"""The exact solver for conditions over one axis.

For n = L*q + r with L the product of strides, a windowed size is a line in q for each residue r, and a minimum of
such sizes a line between a few breaks. So a condition is, residue by residue, a question about lines.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd, lcm
from typing import TypeAlias

from skipgraph.sizes.atoms import Atom, Extreme, Floor, Packed, Symbol
from skipgraph.sizes.conditions import AtLeast, Condition, Divides, Equal
from skipgraph.sizes.functions import evaluate
from skipgraph.sizes.intset import Intervals, IntSet, both, joined
from skipgraph.sizes.size import Dim, Size

LARGEST_MODULUS = 65_536
"""Residues beyond which a condition is not solved but kept as it is."""
_LARGEST = 2**48
"""Moduli and bounds that are searched."""
_EVERY: Intervals = ((0, None),)
_DEEPEST = 32
_RATES = 16
_PIECES = 256

Profile: TypeAlias = tuple[int, frozenset[int]]
"""A period, and by how much the size can rise over one, once it is past its breaks."""
Piece: TypeAlias = tuple[int, "int | None", int, int]
"""From q, to q, slope, constant: the size is `slope * q + constant` there."""


def solved(condition: Condition, within: IntSet) -> tuple[IntSet, int] | None:
    """The members of `within` for which a condition over one axis holds, and the work it took; None if not solvable."""
    match condition:
        case Equal(a, b):
            size, equal = a - b, True
        case AtLeast(a, n):
            size, equal = a - n, False
        case Divides(a, k):
            size, equal = a % k, True
        case _:
            raise AssertionError(condition)
    if isinstance(size, int):
        return (within if (size == 0 if equal else size >= 0) else IntSet.none()), 1
    half = _by_bisection(size, equal)
    if half is not None:
        return _kept(within, within.intersect(half)), len(within.classes)
    return _by_residues(size, equal, within)


def _kept(before: IntSet, after: IntSet) -> IntSet:
    return before if before == after else after


def _by_bisection(size: Size, equal: bool) -> IntSet | None:
    """Where a size that never falls is 0, or is at least 0."""
    if not size.monotone and not (-size).monotone:
        return None
    falling = not size.monotone
    rising = -size if falling else size
    if equal:
        first, beyond = _reaches(rising, 0), _reaches(rising, 1)
        return None if first is None or beyond is None else IntSet.between(first, beyond - 1)
    if falling:
        beyond = _reaches(rising, 1)
        return None if beyond is None else IntSet.between(1, beyond - 1)
    first = _reaches(rising, 0)
    return None if first is None else IntSet.between(first)


def _reaches(size: Size, target: int) -> int | None:
    """The first n >= 1 for which a rising size is `target` or more; None where none is found."""
    (name,) = size.symbols
    high = 1
    while evaluate(size, {name: high}) < target:
        high *= 2
        if high > _LARGEST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if evaluate(size, {name: middle}) >= target else (middle, high)
    return high


def _by_residues(size: Size, equal: bool, within: IntSet) -> tuple[IntSet, int] | None:
    known = profile(size)
    if known is None:
        return None
    period, rises = known
    modulus = lcm(period, within.modulus)
    work = len(within.classes) * (modulus // within.modulus)
    if work > LARGEST_MODULUS or modulus > _LARGEST:
        return None
    (name,) = size.symbols
    straight = len(rises) == 1
    env = {name: 0}
    slope = min(rises) * (modulus // period)
    found: dict[int, Intervals] = {}
    changed = False
    for residue, intervals in within.refined(modulus):
        if straight:
            env[name] = residue
            solution = _solution(equal, slope, size.value(env, {}))
        else:
            pieces = _pieces(size, modulus, residue, {})
            if pieces is None:
                return None
            solution = tuple(
                part for low, high, rise, start in pieces for part in both(_solution(equal, rise, start), [(low, high)])
            )
        remaining = intervals if solution == _EVERY else both(intervals, joined(solution)) if solution else ()
        found[residue] = remaining
        changed = changed or remaining != intervals
    return (IntSet.of(modulus, found) if changed else within), work


def _solution(equal: bool, slope: int, constant: int) -> Intervals:
    """The q >= 0 for which `slope * q + constant` is 0, or at least 0."""
    if slope == 0:
        return _EVERY if (constant == 0 if equal else constant >= 0) else ()
    if equal:
        q, rest = divmod(-constant, slope)
        return () if rest or q < 0 else ((q, q),)
    if slope > 0:
        return ((max(0, -(constant // slope)), None),)
    return () if constant < 0 else ((0, constant // -slope),)


@lru_cache(maxsize=16_384)
def profile(size: Size) -> Profile | None:
    """Period and rises of a size over one axis; None where it is not made of lines, or too wild."""
    if size.depth > _DEEPEST:
        return None
    period, rises = 1, {0}
    for monomial, coefficient in size.terms:
        known = _atom_profile(monomial[0]) if len(monomial) == 1 else None
        if known is None:
            return None
        shared = lcm(period, known[0])
        rises = {
            rise * (shared // period) + coefficient * other * (shared // known[0])
            for rise in rises
            for other in known[1]
        }
        period = shared
        if period > LARGEST_MODULUS or len(rises) > _RATES:
            return None
    return period, frozenset(rises)


@lru_cache(maxsize=16_384)
def _atom_profile(atom: Atom) -> Profile | None:
    match atom:
        case Symbol():
            return 1, frozenset((1,))
        case Packed():
            return profile(atom.size)
        case Floor():
            known = profile(atom.numerator)
            if known is None:
                return None
            period, rises = known
            # so many periods that every rise divides by the divisor
            times = lcm(*(atom.divisor // gcd(atom.divisor, rise) for rise in rises))
            return period * times, frozenset(rise * times // atom.divisor for rise in rises)
        case Extreme():
            all_known = [(1, frozenset((0,))) if isinstance(size, int) else profile(size) for size in atom.sizes]
            each = [known for known in all_known if known is not None]
            if len(each) < len(all_known):
                return None
            shared = lcm(*(period for period, _ in each))
            return shared, frozenset(rise * (shared // period) for period, rises in each for rise in rises)
    return None


def _pieces(dim: Dim, modulus: int, residue: int, done: dict[Atom, list[Piece] | None]) -> list[Piece] | None:
    """The lines of a size in q >= 0 for one residue, in order; None where they are too many."""
    if isinstance(dim, int):
        return [(0, None, 0, dim)]
    total: list[Piece] = [(0, None, 0, dim.constant)]
    for (atom, *_), coefficient in dim.terms:
        if atom not in done:
            done[atom] = _atom_pieces(atom, modulus, residue, done)
        lines = done[atom]
        if lines is None:
            return None
        total = [
            (low, high, a[2] + coefficient * b[2], a[3] + coefficient * b[3]) for low, high, a, b in _side(total, lines)
        ]
        if len(total) > _PIECES:
            return None
    return total


def _atom_pieces(atom: Atom, modulus: int, residue: int, done: dict[Atom, list[Piece] | None]) -> list[Piece] | None:
    match atom:
        case Symbol():
            return [(0, None, modulus, residue)]
        case Packed():
            return _pieces(atom.size, modulus, residue, done)
        case Floor():
            lines = _pieces(atom.numerator, modulus, residue, done)
            k = atom.divisor
            return lines and [(low, high, slope // k, constant // k) for low, high, slope, constant in lines]
        case Extreme():
            best: list[Piece] | None = None
            for size in atom.sizes:
                lines = _pieces(size, modulus, residue, done)
                if lines is None:
                    return None
                best = lines if best is None else _extreme(best, lines, atom.least)
                if len(best) > _PIECES:
                    return None
            return best
    raise AssertionError(atom)


def _side(a: list[Piece], b: list[Piece]) -> list[tuple[int, int | None, Piece, Piece]]:
    """Two piecewise lines side by side, cut where either has a break."""
    found: list[tuple[int, int | None, Piece, Piece]] = []
    i = j = low = 0
    while True:
        left, right = a[i], b[j]
        ends = [end for end in (left[1], right[1]) if end is not None]
        high = min(ends) if ends else None
        found.append((low, high, left, right))
        if high is None:
            return found
        low = high + 1
        i += left[1] == high
        j += right[1] == high


def _extreme(a: list[Piece], b: list[Piece], least: bool) -> list[Piece]:
    found: list[Piece] = []

    def put(low: int, high: int | None, line: Piece) -> None:
        if high is not None and high < low:
            return
        if found and found[-1][2:] == line[2:]:
            low = found.pop()[0]
        found.append((low, high, line[2], line[3]))

    for low, high, left, right in _side(a, b):
        slope, constant = left[2] - right[2], left[3] - right[3]
        if not least:
            slope, constant = -slope, -constant
        # `left` where slope * q + constant <= 0
        if slope == 0:
            put(low, high, left if constant <= 0 else right)
            continue
        last = -constant // slope if slope > 0 else -(-constant // -slope) - 1
        first, second = (left, right) if slope > 0 else (right, left)
        put(low, last if high is None else min(last, high), first)
        put(max(low, last + 1), high, second)
    return found
