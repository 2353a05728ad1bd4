"""Functions of sizes beside arithmetic: minimum, maximum, scaling, evaluation, substitution."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from skipgraph.sizes.atoms import Atom, Extreme, Floor, Packed, Ratio, Scaled, Symbol, Values, floored_product, interned
from skipgraph.sizes.size import Dim, Size, nested, of_atom, symbol

_WIDEST = 16
"""Sizes under one minimum or maximum; more nest."""
_EXACT_NUMERATOR, _EXACT_DENOMINATOR = 2**24, 2**16
"""Bounds of a factor whose product with any size below 2**29 is exact in doubles."""


def evaluate(dim: Dim, env: Mapping[str, int], known: Values | None = None) -> int:
    """The value of a size where the axes have the values of `env`.

    `known` carries what was evaluated from one call to the next under the same `env`. An axis that `env` lacks is a
    KeyError, a division by an open size that comes out 0 a ZeroDivisionError.
    """
    return dim if isinstance(dim, int) else dim.value(env, {} if known is None else known)


def minimum(a: Dim, b: Dim) -> Dim:
    """The smaller of two sizes."""
    return min(a, b) if isinstance(a, int) and isinstance(b, int) else _extreme(True, a, b)


def maximum(a: Dim, b: Dim) -> Dim:
    """The larger of two sizes."""
    return max(a, b) if isinstance(a, int) and isinstance(b, int) else _extreme(False, a, b)


def scaled(size: Dim, factor: float) -> Dim:
    """`floor(size * factor)` as torch's interpolate computes it.

    A factor that is a short fraction (2.0, 0.5, 1.5) gives an exact floor; any other an opaque atom, because the double
    nearest to 0.3 times 10 need not be what thirds and tenths say.
    """
    if isinstance(size, int):
        return floored_product(size, factor)
    over, under = factor.as_integer_ratio()
    if abs(over) <= _EXACT_NUMERATOR and under <= _EXACT_DENOMINATOR:
        return size * over // under
    return of_atom(interned(Scaled, size, factor))


def quotient(a: Dim, b: Dim) -> Dim:
    """`floor(a / b)`: exact where the products of `b` divide those of `a`, as in `64*H*W / (H*W)`, opaque elsewhere."""
    return a // b


@lru_cache(maxsize=16_384)
def _extreme(least: bool, a: Dim, b: Dim) -> Dim:
    parts: list[Dim] = []
    for size in (*_flat(least, a), *_flat(least, b)):
        if any(_within(least, other, size) for other in parts):
            continue
        parts = [other for other in parts if not _within(least, size, other)] + [size]
    if len(parts) == 1:
        return parts[0]
    if len(parts) > _WIDEST:
        parts = [a, b]
    # the smallest constant of the open ones moves out: min(H + 1, W + 2) = min(H, W + 1) + 1
    shift = min(size.constant for size in parts if isinstance(size, Size))
    opened = [size - shift for size in parts if isinstance(size, Size)]
    numbers: list[Dim] = [size - shift for size in parts if isinstance(size, int)]
    ordered = sorted(opened, key=_order)
    return of_atom(interned(Extreme, least, *ordered, *numbers)) + shift


def _order(size: Dim) -> tuple[object, ...]:
    return (size,) if isinstance(size, int) else (size.terms[0][0][0].key, size.digest)


def _flat(least: bool, size: Dim) -> list[Dim]:
    """The sizes that a size is the minimum (maximum) of."""
    if isinstance(size, Size) and len(size.terms) == 1:
        (monomial, coefficient), constant = size.terms[0], size.constant
        atom = monomial[0]
        if len(monomial) == 1 and coefficient == 1 and isinstance(atom, Extreme) and atom.least is least:
            return [part + constant for part in atom.sizes]
    return [size]


def _within(least: bool, a: Dim, b: Dim) -> bool:
    """Whether `a` is surely at most (at least) `b`, so that `b` does not count."""
    over = b - a if least else a - b
    return over >= 0 if isinstance(over, int) else over.low is not None and over.low >= 0


def substitute(dim: Dim, replacements: Mapping[str, Dim]) -> Dim:
    """The size with axes replaced by other sizes."""
    done: dict[Atom, Dim] = {}
    for atom in nested(dim):
        done[atom] = of_atom(atom) if atom.symbols.isdisjoint(replacements) else _replaced(atom, replacements, done)
    return _rebuilt(dim, done)


def on_steps(dim: Dim, steps: Mapping[str, tuple[int, int]]) -> Dim:
    """The size with axes that go in steps, first value and step of each, replaced: an axis now counts its values.

    n = first + step * (s - 1) for a count s >= 1, so that bounds of s hold; a step of 0 is a single value.
    """
    return substitute(
        dim, {name: step * symbol(name) + (first - step) if step else first for name, (first, step) in steps.items()}
    )


def _rebuilt(dim: Dim, done: Mapping[Atom, Dim]) -> Dim:
    if isinstance(dim, int):
        return dim
    total: Dim = dim.constant
    for monomial, coefficient in dim.terms:
        product: Dim = coefficient
        for atom in monomial:
            product = product * done[atom]
        total = total + product
    return total


def _replaced(atom: Atom, replacements: Mapping[str, Dim], done: Mapping[Atom, Dim]) -> Dim:
    inner = [_rebuilt(size, done) for size in atom.inner]
    match atom:
        case Symbol():
            return replacements[atom.name]
        case Floor():
            return inner[0] // atom.divisor
        case Extreme():
            result = inner[0]
            for size in inner[1:]:
                result = minimum(result, size) if atom.least else maximum(result, size)
            return result
        case Scaled():
            return scaled(inner[0], atom.factor)
        case Ratio():
            return inner[0] // inner[1]
        case Packed():
            return inner[0]
    raise AssertionError(atom)
