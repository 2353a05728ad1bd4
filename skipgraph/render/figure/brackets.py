"""Which columns of a figure are one block: its name over a bracket, above what it holds.

An open block has no border, since its boxes stand in the rows of their resolutions, wherever that is. A bracket says
of all below it that it is the block's; where that would be false there is none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from skipgraph.render.figure.cells import Sketch
from skipgraph.render.measure import fitted
from skipgraph.render.page import Rect
from skipgraph.render.scene import Frame, frames_around

_LEAST = 2
"""Boxes of a block that has a bracket."""
_MOST = 0.8
"""How much of a figure a block may be, beyond which only those inside it tell something."""
_SHORTEST = 3
"""Characters of a name that is cut to its bracket's width."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """A block's stretch of one strip."""

    block: str
    name: str
    left: float
    right: float
    strip: int


def brackets(sketch: Sketch, boxes: Mapping[str, Rect], tops: Sequence[float], size: float) -> list[Bracket]:
    """The brackets over cells that stand in `boxes`, in strips that begin at `tops`; names are in type of `size`."""
    frames = {frame.id: frame for frame in sketch.scene.frames}
    if not any(frame.block for frame in sketch.scene.frames):
        return []
    blocks = {
        cell.id: [each for each in frames_around(frames, cell.head.frame) if each.block][::-1] for cell in sketch.cells
    }
    strips: dict[int, list[str]] = {}
    for cell in sketch.cells:
        strips.setdefault(bisect_right(tops, boxes[cell.id].center[1]) - 1, []).append(cell.id)
    found: list[Bracket] = []
    for strip, cells in sorted(strips.items()):
        found += _Strip(strip, cells, blocks, boxes, size, _MOST * len(sketch.cells)).brackets(cells, 0)
    return found


@dataclass(frozen=True, slots=True)
class _Strip:
    """What one strip shows."""

    number: int
    cells: Sequence[str]
    blocks: Mapping[str, Sequence[Frame]]
    """The open blocks around each cell, the outermost first."""
    boxes: Mapping[str, Rect]
    size: float
    most: float

    def brackets(self, cells: Sequence[str], depth: int) -> Iterator[Bracket]:
        """The outermost blocks of some cells that have one."""
        groups: dict[str, list[str]] = {}
        for cell in cells:
            if len(self.blocks[cell]) > depth:
                groups.setdefault(self.blocks[cell][depth].id, []).append(cell)
        for block, here in groups.items():
            left = min(self.boxes[cell].x for cell in here)
            right = max(self.boxes[cell].x + self.boxes[cell].width for cell in here)
            others = set(self.cells).difference(here)
            alone = not any(left < self.boxes[cell].center[0] < right for cell in others)
            name = fitted(_name(self.blocks[here[0]][depth]), self.size, right - left)
            if alone and _LEAST <= len(here) < self.most and len(name) >= _SHORTEST:
                yield Bracket(block, name, left, right, self.number)
            else:
                yield from self.brackets(here, depth + 1)


def _name(frame: Frame) -> str:
    """What the author calls a block, or the block that is called."""
    box = frame.folded
    return frame.label if box is None else box.name or box.op.rpartition(".")[2]
