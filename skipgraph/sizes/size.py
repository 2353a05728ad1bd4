"""Symbolic integers in normal form: a sum of coefficients times products of atoms, and a constant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import gcd
from threading import RLock
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from skipgraph.sizes.atoms import Atom, Bounds, Floor, Packed, Symbol, Values, digest_of, interned
from skipgraph.sizes.symbolic import Symbolic

Dim: TypeAlias = "int | Size"
"""A size that is known or open."""

Monomial: TypeAlias = tuple[Atom, ...]
Terms: TypeAlias = tuple[tuple[Monomial, int], ...]

LONGEST = 256
"""Terms, beyond which a sum is packed into one atom; a product of more than 16 atoms is packed too."""
_DEGREE = 16
_NEAR = 512
_DEEP = 100
"""Nesting, beyond which a size is walked without recursion."""

_forms: WeakValueDictionary[Terms, _Form] = WeakValueDictionary()
_lock = RLock()


class _Form:
    """A size up to its constant. It knows the sizes that share it, so that adding a number is one look-up."""

    __slots__ = ("__weakref__", "depth", "digest", "far", "high", "low", "monotone", "near", "symbols", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        # those with small constants are kept; the others, of which there may be any number, only while in use
        self.near: dict[int, Size] = {}
        self.far: WeakValueDictionary[int, Size] | None = None
        atoms = [atom for monomial, _ in terms for atom in monomial]
        self.symbols: frozenset[str] = frozenset().union(*(atom.symbols for atom in atoms))
        self.depth = max(atom.depth for atom in atoms)
        self.digest = hash(tuple((tuple(atom.digest for atom in m), digest_of(c)) for m, c in terms))
        self.low, self.high = _bounds(terms)
        self.monotone = all(
            c > 0 and all(atom.monotone and (len(m) == 1 or (atom.low is not None and atom.low >= 0)) for atom in m)
            for m, c in terms
        )

    def plus(self, constant: int) -> Size:
        size = self.near.get(constant)
        if size is not None:
            return size
        if -_NEAR <= constant <= _NEAR:
            # one object for equal sizes, also when two threads make it at once
            return self.near.setdefault(constant, Size(self, constant))
        with _lock:
            if self.far is None:
                self.far = WeakValueDictionary()
            size = self.far.get(constant)
            if size is None:
                size = self.far[constant] = Size(self, constant)
        return size


def _bounds(terms: Terms) -> Bounds:
    low: int | None = 0
    high: int | None = 0
    for monomial, coefficient in terms:
        lowest, highest = _product_bounds(monomial)
        if coefficient < 0:
            lowest, highest = highest, lowest
        low = None if low is None or lowest is None else low + coefficient * lowest
        high = None if high is None or highest is None else high + coefficient * highest
    return low, high


def _product_bounds(monomial: Monomial) -> Bounds:
    if len(monomial) == 1:
        return monomial[0].low, monomial[0].high
    low, high = 1, 1
    bounded = True
    for atom in monomial:
        if atom.low is None or atom.low < 0:
            return None, None
        low *= atom.low
        bounded = bounded and atom.high is not None
        high *= atom.high or 0
    return low, high if bounded else None


def _order(monomial: Monomial) -> tuple[Any, ...]:
    return (-len(monomial), [atom.key for atom in monomial])


def _atom_order(atom: Atom) -> tuple[Any, ...]:
    return atom.key


def _form(terms: Mapping[Monomial, int] | Iterable[tuple[Monomial, int]]) -> _Form | None:
    """The form with these terms, none twice; None where they cancel."""
    kept = [(m, c) for m, c in (terms.items() if isinstance(terms, Mapping) else terms) if c]
    if not kept:
        return None
    if len(kept) > 1:
        kept.sort(key=lambda term: _order(term[0]))
    if len(kept) > LONGEST:
        kept = [((interned(Packed, _interned(tuple(kept)).plus(0)),), 1)]
    return _interned(tuple(kept))


def _interned(key: Terms) -> _Form:
    found = _forms.get(key)
    if found is None:
        with _lock:
            found = _forms.get(key)
            if found is None:
                found = _forms[key] = _Form(key)
    return found


def sized(terms: Mapping[Monomial, int], constant: int) -> Dim:
    """The size with these terms and this constant."""
    form = _form(terms)
    return constant if form is None else form.plus(constant)


def of_atom(atom: Atom) -> Dim:
    """The size that is one atom; a number where the atom can have only one value."""
    if atom.low is not None and atom.low == atom.high:
        return atom.low
    return _interned((((atom,), 1),)).plus(0)


class Size(Symbolic):
    """A size that is open until run time: an integer, computed with `+ - * // %` exactly as Python does.

    Equal normal forms are one object. A result that hangs on no axis is a plain int. `/` is exact division:
    it asks, as a condition, that nothing is left over.
    """

    __slots__ = ("__weakref__", "_form", "constant")

    def __init__(self, form: _Form, constant: int) -> None:
        """Made by `symbol` and by arithmetic, never directly."""
        self._form = form
        self.constant = constant

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.terms, self.constant)

    @property
    def terms(self) -> Terms:
        """The products of atoms and their coefficients, in the order they are written."""
        return self._form.terms

    @property
    def symbols(self) -> frozenset[str]:
        """The axes that it hangs on."""
        return self._form.symbols

    @property
    def depth(self) -> int:
        """How deep floors and minima nest."""
        return self._form.depth

    @property
    def digest(self) -> int:
        return hash((self._form.digest, digest_of(self.constant)))

    @property
    def low(self) -> int | None:
        """A lower bound over all axes >= 1, or None."""
        return None if self._form.low is None else self._form.low + self.constant

    @property
    def high(self) -> int | None:
        """An upper bound over all axes >= 1, or None."""
        return None if self._form.high is None else self._form.high + self.constant

    @property
    def monotone(self) -> bool:
        """Whether it surely never falls as an axis grows."""
        return self._form.monotone

    def value(self, env: Mapping[str, int], known: Values) -> int:
        """The value under `env`; `known` holds the atoms evaluated before."""
        if self.depth > _DEEP and any(atom not in known for monomial, _ in self.terms for atom in monomial):
            for atom in nested(self):
                if atom not in known:
                    known[atom] = atom.value(env, known)
        total = self.constant
        for monomial, coefficient in self._form.terms:
            for atom in monomial:
                value = known.get(atom)
                if value is None:
                    value = known[atom] = atom.value(env, known)
                coefficient *= value
            total += coefficient
        return total

    def __str__(self) -> str:
        from skipgraph.sizes.display import show

        return show(self)

    def __repr__(self) -> str:
        return f"Size({self})"

    def __neg__(self) -> Size:
        return self._times(-1)

    def __pos__(self) -> Size:
        return self

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return self._form.plus(self.constant + other)
        if not isinstance(other, Size):
            return NotImplemented
        a, b = self._form, other._form
        form = _sum(a, b) if len(a.terms) + len(b.terms) <= 16 else _added(a, b)
        constant = self.constant + other.constant
        return constant if form is None else form.plus(constant)

    __radd__ = __add__

    def __sub__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return self._form.plus(self.constant - other)
        return self + other._times(-1) if isinstance(other, Size) else NotImplemented

    def __rsub__(self, other: int) -> Size:
        return self._times(-1)._form.plus(other - self.constant) if isinstance(other, int) else NotImplemented

    def _times(self, factor: int) -> Size:
        return _multiple(self._form, factor).plus(self.constant * factor)

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return self._times(other) if other else 0
        return _product(self, other) if isinstance(other, Size) else NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, other: Dim) -> Dim:
        if isinstance(other, Size):
            return _divided(self, other)
        if not isinstance(other, int):
            return NotImplemented
        if other == 0:
            raise ZeroDivisionError(f"{self} // 0")
        if other < 0:
            return self._times(-1) // -other
        return self if other == 1 else _floor(self, other)

    def __rfloordiv__(self, other: int) -> Dim:
        return _divided(other, self) if isinstance(other, int) else NotImplemented

    def __mod__(self, other: Dim) -> Dim:
        return self - other * (self // other) if isinstance(other, int | Size) else NotImplemented

    def __rmod__(self, other: int) -> Dim:
        return other - self * (other // self) if isinstance(other, int) else NotImplemented

    def __truediv__(self, other: Dim) -> Dim:
        """Exact division: the floor, on the condition that nothing is left over."""
        if not isinstance(other, int | Size):
            return NotImplemented
        return _exactly(self, other)

    def __rtruediv__(self, other: int) -> Dim:
        return _exactly(other, self) if isinstance(other, int) else NotImplemented


def symbol(name: str) -> Size:
    """The size of an open axis."""
    return _interned((((interned(Symbol, name),), 1),)).plus(0)


def nested(dim: Dim) -> list[Atom]:
    """Every atom in a size, inner ones first."""
    found: dict[Atom, None] = {}
    stack: list[tuple[Dim | Atom, bool]] = [(dim, False)]
    while stack:
        item, ready = stack.pop()
        if isinstance(item, int):
            continue
        if isinstance(item, Size):
            stack.extend((atom, False) for monomial, _ in reversed(item.terms) for atom in reversed(monomial))
        elif ready:
            found.setdefault(item)
        elif item not in found:
            stack.append((item, True))
            stack.extend((size, False) for size in item.inner)
    return list(found)


def _rebuilt(terms: Terms, constant: int) -> Dim:
    return sized(dict(terms), constant)


def _added(a: _Form, b: _Form) -> _Form | None:
    terms = dict(a.terms)
    for monomial, coefficient in b.terms:
        terms[monomial] = terms.get(monomial, 0) + coefficient
    return _form(terms)


_sum = lru_cache(maxsize=16_384)(_added)


@lru_cache(maxsize=16_384)
def _multiple(form: _Form, factor: int) -> _Form:
    return _interned(tuple((monomial, coefficient * factor) for monomial, coefficient in form.terms))


def _packed(size: Size) -> Size:
    if len(size.terms) == 1 and len(size.terms[0][0]) == 1 and not size.constant:
        return size
    return _interned((((interned(Packed, size),), 1),)).plus(0)


@lru_cache(maxsize=16_384)
def _product(a: Size, b: Size) -> Dim:
    if (len(a.terms) + 1) * (len(b.terms) + 1) > LONGEST or len(a.terms[0][0]) + len(b.terms[0][0]) > _DEGREE:
        a, b = _packed(a), _packed(b)
    terms: dict[Monomial, int] = {}
    for left, c in (*a.terms, ((), a.constant)):
        for right, d in (*b.terms, ((), b.constant)):
            monomial = tuple(sorted(left + right, key=_atom_order))
            terms[monomial] = terms.get(monomial, 0) + c * d
    constant = terms.pop((), 0)
    return sized(terms, constant)


@lru_cache(maxsize=16_384)
def _floor(size: Size, k: int) -> Dim:
    """`floor(size / k)` for k > 1, in normal form."""
    whole: Dim = 0
    sign = 1
    while True:
        out = {m: c // k for m, c in size.terms if c % k == 0}
        whole = whole + sign * sized(out, size.constant // k)
        rest = [(m, c) for m, c in size.terms if c % k]
        if not rest:
            return whole
        # floor((g*X + c) / (g*k)) = floor((X + floor(c/g)) / k)
        g = gcd(k, *(c for _, c in rest))
        constant = size.constant % k // g
        k //= g
        terms = {m: c // g for m, c in rest}
        floors = [m for m in terms if len(m) == 1 and isinstance(m[0], Floor)]
        atom = floors[0][0] if len(floors) == 1 else None
        if isinstance(atom, Floor) and abs(terms[(atom,)]) == 1:
            # floor((floor(X/a) + Y) / k) = floor((X + a*Y) / (a*k)), and -floor(X/a) = floor((a - 1 - X) / a)
            positive = terms.pop((atom,)) == 1
            inner: Dim = atom.numerator if positive else atom.divisor - 1 - atom.numerator
            collapsed = inner + atom.divisor * sized(terms, constant)
            k *= atom.divisor
            if isinstance(collapsed, int):
                return whole + sign * (collapsed // k)
            size = collapsed
            continue
        form = _form(terms)
        assert form is not None
        size = form.plus(constant)
        if form.terms[0][1] > 0:
            return whole + sign * of_atom(interned(Floor, size, k))
        # floor(X/k) = -floor((k - 1 - X) / k): the leading coefficient is positive
        size, sign = (k - 1) - size, -sign


def _divided(a: Dim, b: Size) -> Dim:
    from skipgraph.sizes.factors import ratio

    return ratio(a, b)


def _exactly(a: Dim, b: Dim) -> Dim:
    from skipgraph.sizes.conditions import exactly

    return exactly(a, b)
