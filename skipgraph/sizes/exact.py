"""Sizes that come out even: floors that a known residue makes exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import gcd, lcm
from typing import TypeAlias

from skipgraph.sizes.atoms import Atom, Symbol, interned
from skipgraph.sizes.functions import on_steps
from skipgraph.sizes.size import Dim, Monomial, Size, of_atom

Exact: TypeAlias = tuple[dict[Monomial, int], int]
"""A polynomial with rational coefficients, over one denominator; the empty monomial is the constant."""


def exact_polynomial(dim: Dim, steps: Mapping[str, tuple[int, int]]) -> tuple[list[tuple[Monomial, int]], int, int]:
    """Terms, constant and denominator of a size whose axes go in steps: first value and step of each.

    An atom that is a polynomial of the axes at those values is written as one; any other stays as it is.
    """
    terms, denominator = _with(dim, lambda atom: _exact(atom, steps))
    common = gcd(denominator, *terms.values())
    whole = {key: value // common for key, value in terms.items() if value}
    constant = whole.pop((), 0)
    ordered = sorted(whole.items(), key=lambda term: (-len(term[0]), [atom.key for atom in term[0]]))
    return ordered, constant, denominator // common


def _exact(atom: Atom, steps: Mapping[str, tuple[int, int]]) -> Exact:
    if isinstance(atom, Symbol):
        return {(atom,): 1}, 1
    inside = on_steps(of_atom(atom), steps)
    if any(not isinstance(part, Symbol) for monomial, _ in _terms(inside) for part in monomial):
        return {(atom,): 1}, 1

    def back(part: Atom) -> Exact:
        """The axis that a count of its values stands for."""
        assert isinstance(part, Symbol)
        first, step = steps.get(part.name, (1, 1))
        return {(interned(Symbol, part.name),): 1, (): step - first}, step

    return _with(inside, back)


def _with(dim: Dim, parts: Callable[[Atom], Exact]) -> Exact:
    """A size with a polynomial in the place of each atom."""
    total: Exact = {(): _constant(dim)}, 1
    for monomial, coefficient in _terms(dim):
        product: Exact = {(): coefficient}, 1
        for atom in monomial:
            product = _product(product, parts(atom))
        total = _sum(total, product)
    return total


def _sum(a: Exact, b: Exact) -> Exact:
    under = lcm(a[1], b[1])
    found = {key: value * (under // a[1]) for key, value in a[0].items()}
    for key, value in b[0].items():
        found[key] = found.get(key, 0) + value * (under // b[1])
    return found, under


def _product(a: Exact, b: Exact) -> Exact:
    found: dict[Monomial, int] = {}
    for left, c in a[0].items():
        for right, d in b[0].items():
            key = tuple(sorted(left + right, key=lambda atom: atom.key))
            found[key] = found.get(key, 0) + c * d
    return found, a[1] * b[1]


def _terms(dim: Dim) -> tuple[tuple[Monomial, int], ...]:
    return dim.terms if isinstance(dim, Size) else ()


def _constant(dim: Dim) -> int:
    return dim.constant if isinstance(dim, Size) else dim
