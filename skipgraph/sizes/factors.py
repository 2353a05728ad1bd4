"""Division of one open size by another: what cancels, and what stays opaque."""

from __future__ import annotations

from functools import lru_cache
from math import gcd

from skipgraph.sizes.atoms import Atom, Ratio, interned
from skipgraph.sizes.size import Dim, Monomial, Size, of_atom, sized

_STEPS = 256
"""Steps of a long division, beyond which it is left undone."""


def _divided(a: Dim, b: Size) -> tuple[Dim, Dim]:
    """Q and R with `a = Q*b + R`: of a one-term divisor what divides, of a longer one all or nothing."""
    if isinstance(a, int):
        return (0, a)
    (lead, c), *others = b.terms
    quotient: Dim = 0
    rest: Dim = a
    single = not others and not b.constant
    for monomial, d in a.terms:
        left = _without(monomial, lead) if single else None
        if left is not None and d % c == 0:
            part = sized({left: d // c}, 0) if left else d // c
            quotient, rest = quotient + part, rest - part * b
    if single:
        return quotient, rest
    for _ in range(_STEPS):
        if isinstance(rest, int):
            break
        monomial, d = rest.terms[0]
        left = _without(monomial, lead)
        if left is None or d % c:
            break
        part = sized({left: d // c}, 0) if left else d // c
        quotient, rest = quotient + part, rest - part * b
    return (quotient, 0) if rest == 0 else (0, a)


def _without(monomial: Monomial, factor: Monomial) -> Monomial | None:
    left = list(monomial)
    for atom in factor:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def common_factor(*sizes: Dim) -> tuple[Monomial, int]:
    """The product of axes, never 0, and the number that divide every one of the sizes; zeros do not count."""
    shared: list[Atom] | None = None
    number = 0
    for size in sizes:
        if isinstance(size, int):
            number = gcd(number, size)
            shared = [] if size else shared
            continue
        number = gcd(number, size.constant, *(c for _, c in size.terms))
        for monomial in [m for m, _ in size.terms] + ([()] if size.constant else []):
            left = list(monomial)
            common = []
            for atom in monomial if shared is None else shared:
                if atom in left and atom.low is not None and atom.low >= 1:
                    left.remove(atom)
                    common.append(atom)
            shared = common
    return tuple(shared or ()), number or 1


def without_factor(size: Dim, monomial: Monomial, number: int) -> Dim:
    """The size divided by a factor that divides it."""
    if isinstance(size, int):
        return size // number
    terms = {_without(m, monomial) or (): c // number for m, c in size.terms}
    constant = terms.pop((), 0) + size.constant // number
    return sized(terms, constant)


@lru_cache(maxsize=4_096)
def ratio(a: Dim, b: Size) -> Dim:
    quotient, rest = _divided(a, b)
    if rest == 0:
        return quotient
    factor, number = common_factor(rest, b)
    rest, divisor = without_factor(rest, factor, number), without_factor(b, factor, number)
    if isinstance(divisor, int):
        return quotient + rest // divisor
    return quotient + of_atom(interned(Ratio, rest, divisor))
