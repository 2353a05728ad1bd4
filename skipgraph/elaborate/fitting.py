"""Which sizes of the inputs would fit, where a spec writes numbers that do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from skipgraph.sizes import Contract, Dim

Written: TypeAlias = "Mapping[str, Sequence[Dim]]"
"""The shape of each input, as the spec has it."""
Reopened: TypeAlias = "Mapping[str, Sequence[str | Dim]]"
"""The same, with names for the axes whose numbers are to be judged."""


def reopened(inputs: Written) -> dict[str, list[str | Dim]]:
    """The inputs with their spatial numbers as open axes, of the names that a person would give them."""
    found: dict[str, list[str | Dim]] = {}
    several = len(inputs) > 1
    for name, shape in inputs.items():
        letters = {3: "L", 4: "HW", 5: "DHW"}.get(len(shape), "")
        found[name] = list(shape)
        for letter, axis in zip(letters, range(2, len(shape)), strict=False):
            if isinstance(shape[axis], int):
                found[name][axis] = f"{letter}_of_{name}" if several else letter
    return found


def sizes_that_fit(inputs: Written, contract_of: Callable[[Reopened], Contract | None]) -> str | None:
    """`image: [N, 3, 100, 100] fits, or [N, 3, 104, 104] (H, W = 0 mod 4)`, or None where nothing is known to."""
    axes = reopened(inputs)
    if all(axes[name] == list(shape) for name, shape in inputs.items()):
        return None
    contract = contract_of(axes)
    if contract is None or contract.relations or not contract.symbols:
        return None
    for name, shape in inputs.items():
        told = _told(name, shape, axes[name], contract)
        if told is not None:
            return told
    return None


def _told(name: str, shape: Sequence[Dim], axes: Sequence[str | Dim], contract: Contract) -> str | None:
    below: list[Dim | None] = []
    above: list[Dim | None] = []
    wrong = False
    for size, axis in zip(shape, axes, strict=True):
        if not isinstance(axis, str) or not isinstance(size, int) or axis not in contract.symbols:
            below.append(size)
            above.append(size)
            continue
        if contract.allowed(axis).contains(size):
            nearest: tuple[int | None, int | None] = (size, size)
        else:
            nearest, wrong = contract.nearest(axis, size), True
        below.append(nearest[0])
        above.append(nearest[1])
    fit = [f"`[{', '.join(map(str, sizes))}]`" for sizes in (below, above) if None not in sizes]
    if not wrong or not fit:
        return None
    return f"`{name}` fits as {' or '.join(fit)}: {contract}"
