"""Counts in three digits, for people: of weights, and of multiply-accumulates while sizes are open."""

from __future__ import annotations

from skipgraph.passes.summary import leading
from skipgraph.sizes import Contract, Dim, Size

_UNITS = ("", "k", "M", "G", "T", "P", "E")


def cost(count: Dim | None, contract: Contract) -> str:
    """A count in three digits: `48.2G`; `735k*H*W` while sizes are open, with `~` where lesser terms are left out."""
    if count is None:
        return "?"
    if not isinstance(count, Size):
        return short(count)
    terms, is_all = leading(count, contract)
    parts = ["*".join([short(factor), *names]) for factor, names in terms]
    return ("" if is_all else "~") + " + ".join(parts)


def short(count: float) -> str:
    """`31.0M`."""
    unit = 0
    while abs(count) >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    if unit == 0:
        return f"{count:.0f}" if count >= 100 or count == int(count) else f"{count:.3g}"
    return f"{count:.{0 if count >= 99.95 else 1 if count >= 9.995 else 2}f}{_UNITS[unit]}"
