"""How large cells are, and what stands at them."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2, prod
from typing import NamedTuple

from skipgraph.render.figure.cells import Cell
from skipgraph.render.figure.scale import Scale
from skipgraph.render.measure import width_of

TYPE = 9.0
"""The size of all labels."""
LINE = 11.0
RADIUS = 9.0
_EDGE = 0.75
"""How wide a concat is as the edge of a cell, beside what it is alone."""
_STRIP = 4.0
"""How wide each operand is there, at least on the average."""


class Labels(NamedTuple):
    """What stands above and below a cell."""

    above: str
    below: tuple[str, ...]
    joint: str = ""
    """Above the concat that is its left edge."""
    also: str = ""
    """One more line below."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands below, from above."""
        return (*self.below, self.also) if self.also else self.below


class Face(NamedTuple):
    """How large a cell is, and where its labels stand, from its middle."""

    width: float
    height: float
    edge: float
    """How wide the concat is that is its left edge; 0 where there is none."""
    above: float
    """The middle of what stands above it."""
    joint: float
    """The middle of what stands above that edge."""
    left: float
    right: float
    """How far it reaches, labels and all."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How much room there is between things."""

    behind: float = 6.0
    """From a column to the first upright line behind it."""
    before: float = 6.0
    """From the last upright line to the column before which it is: an arrow's length and a little."""
    track: float = 6.0
    """From one upright line to the next."""
    boxes: float = 1.0
    """How wide boxes are, beside what they usually are."""


WIDE = Spacing()
TIGHT = Spacing(2.5, 6.0, 4.5, 0.82)
TIGHTEST = Spacing(1.5, 5.6, 4.0, 0.58)


def face_of(cell: Cell, labels: Labels, scale: Scale, tallest: float, usual: float = 1.0) -> Face:
    """A cell as wide as it has channels, and as tall as its size is beside the largest there is."""
    if cell.symbol:
        width = height = 2 * RADIUS
        edge = 0.0
    else:
        side = scale.side(cell.type)
        height = float(round(14.0 + 40.0 * (log2(side + 1) / log2(tallest + 1) if tallest else 0.25)))
        factors = usual, 1.15 if cell.is_concat else 1.0, 1.5 if cell.copies > 1 else 1.0
        width = _wide(scale.channels(cell.type), *factors)
        edge = 0.0
        if cell.joint is not None:
            edge = max(_wide(scale.channels(cell.joint.types[0]), usual, _EDGE), _STRIP * len(cell.parts))
            width += edge
    middle, half = edge / 2, width_of(labels.above, TYPE) / 2
    wide = width_of(labels.joint, TYPE)
    joint = min((edge - width) / 2, middle - half - 4 - wide / 2)
    below = max((width_of(text, TYPE) / 2 for text in labels.lines), default=0.0)
    left = max(width / 2, half - middle, below, wide / 2 - joint if wide else 0.0)
    return Face(width, height, edge, middle, joint, left, max(width / 2, middle + half, below))


def _wide(channels: int, *factors: float) -> float:
    return float(round((7.0 + 2.4 * log2(channels + 1)) * prod(factors)))
