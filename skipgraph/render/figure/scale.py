"""How large a value is drawn: its sizes at one typical input, which open axes are given numbers for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import log2, prod

from skipgraph.graph import Network
from skipgraph.passes.fit import open_axes
from skipgraph.sizes import Dim, evaluate
from skipgraph.types import Shape, TensorType

_TYPICAL = 1024
"""Open axes get the first size from here on that the contract allows."""


class Scale:
    """The numbers behind the shapes of one network, or of two that are drawn as one."""

    def __init__(self, network: Network, sizes: Mapping[str, int], also: Network | None = None) -> None:
        """`also` is a network whose values are drawn beside this one's."""
        self.given = sizes
        self._env = {**(_typical(also) if also else {}), **_typical(network), **sizes}
        self._axes = max((len(port.type.spatial) for port in network.graph.inputs), default=1)
        self._numbers: dict[Dim, int] = {}
        self._sides: dict[Shape, float] = {}

    def number(self, dim: Dim) -> int:
        """A size as a number."""
        if dim not in self._numbers:
            try:
                self._numbers[dim] = max(evaluate(dim, self._env), 1)
            except ZeroDivisionError:
                self._numbers[dim] = 1
        return self._numbers[dim]

    def side(self, type_: TensorType) -> float:
        """The mean side of a map, the length of a sequence; 0 where there is none.

        Where a network takes maps, a sequence is made of their pixels: 196 tokens have a side of 14.
        """
        spatial = type_.spatial
        if spatial not in self._sides:
            count = prod(map(self.number, spatial), start=1.0)
            self._sides[spatial] = count ** (1 / max(len(spatial), self._axes)) if spatial else 0.0
        return self._sides[spatial]

    def channels(self, type_: TensorType) -> int:
        """The channels, 1 where there is no such axis."""
        return self.number(type_.channels) if type_.rank > 1 else 1


class Octaves:
    """The rows of a figure: sizes that differ by less than a factor of about 1.4 stand in one."""

    def __init__(self, sides: Iterable[float]) -> None:
        self._sides = sorted({side for side in sides if side}, reverse=True)

    @cached_property
    def _rows(self) -> Mapping[float, int]:
        found: dict[float, int] = {}
        row, first = -1, 0.0
        for side in self._sides:
            if row < 0 or log2(first / side) > 0.5:
                row, first = row + 1, side
            found[side] = row
        return found

    def row(self, side: float) -> int:
        """The row of a size, from the top; values without one stand in the last."""
        return self._rows[side] if side else len(set(self._rows.values()))


def _typical(network: Network) -> dict[str, int]:
    sizes = {}
    first = network.graph.inputs[0].type
    batch = {name for size in first.shape[:1] if not isinstance(size, int) for name in size.symbols}
    for name in open_axes(network):
        allowed = network.contract.allowed(name)
        least = 1 if name in batch and first.rank > 1 else _TYPICAL
        sizes[name] = next((n for n in (allowed.above(least - 1), allowed.below(least)) if n is not None), least)
    return sizes
