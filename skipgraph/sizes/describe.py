"""What a set of sizes is called: `= 12 mod 16, at least 188`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from skipgraph.sizes.display import number
from skipgraph.sizes.intset import IntSet

_LISTED = 6
"""Numbers or residues that are written out."""
_COUNTED = 100
"""Members among which exceptions are counted."""


def described(sizes: IntSet) -> str:
    """The predicate of a sentence whose subject is the axis. Short, whatever the set."""
    if sizes.is_all:
        return "any size"
    first = sizes.min()
    if first is None:
        return "no size"
    last = sizes.max()
    if last is not None:
        return _bounded(sizes, first, last)
    endless = {residue: i for residue, i in sizes.classes.items() if i[-1][1] is None}
    tail = IntSet.of(sizes.modulus, dict.fromkeys(endless, ((0, None),)))
    settled = tail.above(_last_exception(sizes))
    assert settled is not None
    odd = list(takewhile(lambda n: n < settled, sizes.smallest(_COUNTED)))
    # from the first on: what it has before would be counted too; there are fewer than that of both together
    later = IntSet.of(
        sizes.modulus, {residue: ((max((first - residue) // sizes.modulus + 1, 0), None),) for residue in endless}
    )
    gaps = [n for n in takewhile(lambda n: n < settled, later.smallest(2 * _COUNTED)) if n not in sizes]
    classes = _residues(tail)
    if odd and all(n in tail for n in odd) and len(gaps) < len(odd) < _COUNTED > len(gaps):
        start, exceptions = first, f" but {'' if not classes and first == 1 else 'not '}{listed(gaps)}"
    else:
        start, exceptions = settled, f", or {listed(odd)}" if odd else ""
    bound = f"at least {number(start)}" if start > tail.smallest(1)[0] else ""
    return (", ".join(part for part in (classes, bound) if part) or "any size") + exceptions


def listed(numbers: Sequence[int]) -> str:
    """`3, 5 or 9 to 12`; a long list is cut."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    texts = []
    for run in runs:
        texts += [f"{number(run[0])} to {number(run[-1])}"] if len(run) > 2 else [number(n) for n in run]
    if len(texts) > _LISTED:
        texts[_LISTED:] = ["others"]
    return " or ".join(part for part in (", ".join(texts[:-1]), texts[-1]) if part)


def _bounded(sizes: IntSet, first: int, last: int) -> str:
    few = sizes.smallest(_LISTED + 1)
    if len(few) <= _LISTED:
        return f"= {listed(few)}"
    step = sizes.step()[1]
    if sizes != IntSet.of(step, {(first - 1) % step + 1: (((first - 1) // step, (last - 1) // step),)}):
        return f"one of some sizes from {number(first)} to {number(last)}"
    span = f"from {number(first)} to {number(last)}"
    return span if step == 1 else f"= {first % step} mod {step}, {span}"


def _last_exception(sizes: IntSet) -> int:
    """The largest number for which the set is not yet what it is from there on; 0 where there is none."""
    found = 0
    for residue, intervals in sizes.classes.items():
        low, high = intervals[-1]
        q = low - 1 if high is None else high
        if q >= 0:
            found = max(found, sizes.modulus * q + residue)
    return found


def _residues(tail: IntSet) -> str:
    modulus, residues = tail.modulus, sorted(residue % tail.modulus for residue in tail.classes)
    if modulus == 1:
        return ""
    others = modulus - len(residues)
    if len(residues) > 3 and others < len(residues) and others <= _LISTED:
        return f"not {listed([r for r in range(modulus) if r not in set(residues)])} mod {modulus}"
    return f"= {listed(residues)} mod {modulus}"
