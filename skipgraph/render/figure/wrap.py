"""A figure that is wider than a page, cut between columns into strips that stand below each other.

Lines that are cut go on at the same height in the next strip; lanes in which a strip shows nothing take no room there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise

from skipgraph.render.figure.place import Places, Row
from skipgraph.render.page import Point, Rect

MOST = 40
"""Strips, beyond which nobody could follow a line: such a figure stays whole, for a screen."""
_PAD = 24.0
"""Room left and right of a cut, for labels that reach over."""
_BETWEEN = 26.0
_SEARCHED = 0.4
"""The last part of a strip in which a place for the cut is sought."""
_LEAST = 1.0
_EVEN = 1.15
"""How much longer than others a strip may be, where that spares a cut through many lines."""


@dataclass(frozen=True)
class _Strip:
    """A part of the figure, from where to where, and how far it moves."""

    left: float
    right: float
    shift: Point
    removed: tuple[tuple[float, float], ...]
    """Bands that are left out, from the top: where each begins, and its height."""

    @cached_property
    def _gone(self) -> tuple[list[float], list[float]]:
        """Where each of those bands begins, and how much is left out above it."""
        return [top for top, _ in self.removed], list(accumulate((height for _, height in self.removed), initial=0.0))

    def y(self, y: float) -> float:
        """A height in the strip, in the whole."""
        tops, sums = self._gone
        above = bisect_left(tops, y)
        if not above:
            return y + self.shift[1]
        top, height = self.removed[above - 1]
        return y - sums[above - 1] - min(y - top, height) + self.shift[1]

    def point(self, point: Point) -> Point:
        return point[0] + self.shift[0], self.y(point[1])


def in_strips(at: Places, widest: float) -> Places:
    """The places in strips no wider than `widest`; as they are where the figure is not wider, or far too wide."""
    if not widest < at.width <= MOST * widest:
        return at
    edges = [0.0, *_even_cuts(at, widest - 2 * _PAD), at.width]
    heights = _heights(at, edges)
    strips: list[_Strip] = []
    top = 0.0
    for number, (left, right) in enumerate(pairwise(edges)):
        removed = tuple(_unused(at, heights[number]))
        strip = _Strip(left, right, (_PAD * bool(number) - left, top), removed)
        strips.append(strip)
        top = strip.y(at.height) + _BETWEEN
    ends = edges[1:-1]

    def strip_at(x: float) -> _Strip:
        return strips[bisect_right(ends, x)]

    boxes = {}
    for name, box in at.boxes.items():
        strip = strip_at(box.center[0])
        x, y = strip.point(box.center)
        boxes[name] = Rect(x - box.width / 2, y - box.height / 2, box.width, box.height)
    lines = {
        id: tuple(piece for line in found for piece in _parted(line, strips, ends)) for id, found in at.lines.items()
    }
    names = {id: strip_at(x).point((x, y)) for id, (x, y) in at.names.items()}
    rows = tuple(row for strip in strips for row in _rows(at, strip))
    width = max(strip.right - strip.left for strip in strips) + 2 * _PAD
    return replace(
        at, boxes=boxes, lines=lines, names=names, rows=rows, width=min(width, at.width), height=top - _BETWEEN
    )


def _even_cuts(at: Places, widest: float) -> list[float]:
    """Where to cut into as few strips as can be, none of them much shorter than the others."""
    least = _cuts(at, widest)
    even = _cuts(at, min(widest, _EVEN * at.width / (len(least) + 1)))
    return even if len(even) == len(least) else least


def _cuts(at: Places, widest: float) -> list[float]:
    """Where to cut: as late as a strip may be wide, or a little before where fewer lines are cut."""
    lines = [line for found in at.lines.values() for line in found]
    starts, stops = sorted(line[0][0] for line in lines), sorted(line[-1][0] for line in lines)
    found: list[float] = []
    start = 0.0
    while at.width - start > widest:
        choices = [x for x in at.cuts if start + widest * (1 - _SEARCHED) <= x <= start + widest]
        choices = choices or [x for x in at.cuts if x > start + _LEAST][:1]
        if not choices:
            break
        start = min(choices, key=lambda x: (bisect_left(starts, x) - bisect_right(stops, x), -x))
        found.append(start)
    return found


def _heights(at: Places, edges: Sequence[float]) -> list[list[tuple[float, float]]]:
    """From where to where each strip has boxes and level lines."""
    found: list[list[tuple[float, float]]] = [[] for _ in edges[1:]]
    ends = edges[1:-1]
    for box in at.boxes.values():
        found[bisect_right(ends, box.center[0])].append((box.y, box.y + box.height))
    for line in (line for pieces in at.lines.values() for line in pieces):
        for (x, y), (end, low) in pairwise(line):
            if y == low:
                for strip in range(bisect_right(ends, x), bisect_left(ends, end) + 1):
                    found[strip].append((y, y))
    return found


def _unused(at: Places, heights: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The bands in which nothing stands or runs level. A gap between lanes goes with the lane below it."""
    for gap, lane in zip(at.bands[::2], at.bands[1::2], strict=False):
        if any(low <= lane[1] and high >= lane[0] for low, high in heights):
            continue
        if not any(low <= gap[1] and high >= gap[0] for low, high in heights):
            yield gap[0], gap[1] - gap[0]
        yield lane[0], lane[1] - lane[0]


def _parted(line: Sequence[Point], strips: Sequence[_Strip], ends: Sequence[float]) -> Iterator[tuple[Point, ...]]:
    """A line in pieces, one for each strip that it runs through, from left to right."""
    for strip in strips[bisect_right(ends, line[0][0]) : bisect_left(ends, line[-1][0]) + 1]:
        piece: list[Point] = []
        for (x, y), (end, low) in pairwise(line):
            if end < strip.left or x > strip.right or (x == end and not strip.left <= x < strip.right):
                continue
            for point in ((max(x, strip.left), y), (min(end, strip.right), low)):
                if not piece or piece[-1] != strip.point(point):
                    piece.append(strip.point(point))
        if len(piece) > 1:
            yield tuple(piece)


def _rows(at: Places, strip: _Strip) -> Iterator[Row]:
    """The rows that a strip shows."""
    gone = {top for top, _ in strip.removed}
    first = True
    for row in at.rows:
        shown = [middle for top, middle in row.lanes if top not in gone]
        if not shown:
            continue
        rule = None if first or row.rule is None else strip.y(row.rule)
        yield replace(row, middle=strip.y(shown[0]), rule=rule)
        first = False
