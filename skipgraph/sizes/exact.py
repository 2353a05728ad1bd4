"""Sizes that come out even: floors that a known residue makes exact."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import TypeAlias

from skipgraph.sizes.atoms import Atom, Symbol, interned
from skipgraph.sizes.functions import on_steps
from skipgraph.sizes.size import Dim, Monomial, Size, of_atom

Exact: TypeAlias = dict[Monomial, Fraction]
"""A polynomial with rational coefficients; the empty monomial is the constant."""


def exact_polynomial(dim: Dim, steps: Mapping[str, tuple[int, int]]) -> tuple[list[tuple[Monomial, int]], int, int]:
    """Terms, constant and denominator of a size whose axes go in steps: first value and step of each.

    An atom that is a polynomial of the axes at those values is written as one; any other stays as it is.
    """
    total: Exact = {(): Fraction(_constant(dim))}
    for monomial, coefficient in _terms(dim):
        product: Exact = {(): Fraction(coefficient)}
        for atom in monomial:
            product = _product(product, _exact(atom, steps))
        for key, value in product.items():
            total[key] = total.get(key, Fraction(0)) + value
    denominator = lcm(*(value.denominator for value in total.values()))
    whole = {key: int(value * denominator) for key, value in total.items() if value}
    constant = whole.pop((), 0)
    ordered = sorted(whole.items(), key=lambda term: (-len(term[0]), [atom.key for atom in term[0]]))
    return ordered, constant, denominator


def _exact(atom: Atom, steps: Mapping[str, tuple[int, int]]) -> Exact:
    if isinstance(atom, Symbol):
        return {(atom,): Fraction(1)}
    inside = on_steps(of_atom(atom), steps)
    if any(not isinstance(part, Symbol) for monomial, _ in _terms(inside) for part in monomial):
        return {(atom,): Fraction(1)}
    total: Exact = {(): Fraction(_constant(inside))}
    for monomial, coefficient in _terms(inside):
        product: Exact = {(): Fraction(coefficient)}
        for part in monomial:
            assert isinstance(part, Symbol)
            first, step = steps.get(part.name, (1, 1))
            back: Exact = {(interned(Symbol, part.name),): Fraction(1, step), (): Fraction(step - first, step)}
            product = _product(product, back)
        for key, value in product.items():
            total[key] = total.get(key, Fraction(0)) + value
    return total


def _product(a: Exact, b: Exact) -> Exact:
    found: Exact = {}
    for left, c in a.items():
        for right, d in b.items():
            key = tuple(sorted(left + right, key=lambda atom: atom.key))
            found[key] = found.get(key, Fraction(0)) + c * d
    return found


def _terms(dim: Dim) -> tuple[tuple[Monomial, int], ...]:
    return dim.terms if isinstance(dim, Size) else ()


def _constant(dim: Dim) -> int:
    return dim.constant if isinstance(dim, Size) else dim
