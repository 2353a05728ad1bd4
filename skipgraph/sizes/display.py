"""How a size is written for people: `H/2`, `2*(H/16)`, `(H - 4)/2`. There `/` is floor division."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from skipgraph.sizes.atoms import Atom, Extreme, Floor, Packed, Ratio, Scaled, Symbol
from skipgraph.sizes.size import Dim, Monomial, nested

if TYPE_CHECKING:
    from skipgraph.sizes.contract import Contract

_LONGEST = 160
"""Characters of one part of a size, beyond which it is cut."""
_BITS = 128
"""Numbers with more bits are written as a power of two."""


def show(dim: Dim, contract: Contract | None = None) -> str:
    """A size as a person writes it; under a contract, as short as the contract allows."""
    if contract is not None:
        return contract.simplified(dim)
    return number(dim) if isinstance(dim, int) else _sum(_terms(dim), dim.constant, {})


def number(n: int) -> str:
    """An integer; one of more than 38 digits roughly, because Python refuses to print very long ones."""
    return str(n) if n.bit_length() <= _BITS else f"{'-' if n < 0 else ''}(over 2**{n.bit_length() - 1})"


def polynomial(terms: Iterable[tuple[Monomial, int]], constant: int, denominator: int) -> str:
    """A sum over one denominator, as `show` writes it."""
    listed = list(terms)
    if denominator == 1:
        return _sum(listed, constant, {})
    text = _sum(listed, constant, {})
    return f"({text})/{denominator}" if len(listed) + bool(constant) > 1 else f"{text}/{denominator}"


def _terms(dim: Dim) -> list[tuple[Monomial, int]]:
    return [] if isinstance(dim, int) else list(dim.terms)


def _sum(terms: list[tuple[Monomial, int]], constant: int, texts: dict[Atom, str]) -> str:
    if len(terms) == 1 and constant:
        (monomial, factor), atom = terms[0], terms[0][0][0]
        # `(H - 4)/2` rather than `H/2 - 2`
        if len(monomial) == factor == 1 and isinstance(atom, Floor) and (constant < 0 or atom.numerator.constant):
            inner = atom.numerator + constant * atom.divisor
            text = _sum(_terms(inner), 0 if isinstance(inner, int) else inner.constant, texts)
            return f"{_grouped(inner, text)}/{number(atom.divisor)}"
    for monomial, _ in terms:
        for atom in monomial:
            if atom not in texts:
                _fill(atom, texts)
    pieces = [(c, _term(monomial, abs(c), texts)) for monomial, c in terms]
    if constant:
        pieces.append((constant, number(abs(constant))))
    # what is added stands first: `4 - H`
    if pieces and pieces[0][0] < 0:
        pieces.sort(key=lambda piece: piece[0] < 0)
    if not pieces:
        return "0"
    text = ("-" if pieces[0][0] < 0 else "") + pieces[0][1]
    for index, (sign, piece) in enumerate(pieces[1:], 1):
        if len(text) > _LONGEST:
            return f"{text} + ... ({len(pieces) - index} more)"
        text += (" - " if sign < 0 else " + ") + piece
    return text


def _term(monomial: Monomial, factor: int, texts: dict[Atom, str]) -> str:
    if len(monomial) == 1 and factor == 1:
        return texts[monomial[0]]
    factors = [f"({texts[atom]})" if isinstance(atom, Floor | Ratio) else texts[atom] for atom in monomial]
    return "*".join(factors if factor == 1 else [number(factor), *factors])


def _fill(atom: Atom, texts: dict[Atom, str]) -> None:
    """Write an atom and all below it, the inner ones first and none twice."""
    below = [inner for size in atom.inner for inner in nested(size)]
    for inner in (*below, atom):
        if inner not in texts:
            text = _written(inner, texts)
            texts[inner] = text if len(text) <= 2 * _LONGEST else "..."


def _written(atom: Atom, texts: dict[Atom, str]) -> str:
    inner = [number(size) if isinstance(size, int) else _sum(_terms(size), size.constant, texts) for size in atom.inner]
    match atom:
        case Symbol():
            return atom.name
        case Floor():
            return f"{_grouped(atom.numerator, inner[0])}/{number(atom.divisor)}"
        case Ratio():
            divisor = inner[1] if inner[1].isidentifier() else f"({inner[1]})"
            return f"{_grouped(atom.numerator, inner[0])}/{divisor}"
        case Extreme():
            return f"{'min' if atom.least else 'max'}({', '.join(inner)})"
        case Scaled():
            return f"floor({atom.factor:g}*{_grouped(atom.size, inner[0])})"
        case Packed():
            return f"({inner[0]})"
    raise AssertionError(atom)


def _grouped(size: Dim, text: str) -> str:
    """In parentheses where it is a sum."""
    return f"({text})" if not isinstance(size, int) and len(size.terms) + bool(size.constant) > 1 else text
