"""A figure that is wider than a page, cut between columns into strips that stand below each other.

Lines that are cut go on at the same height in the next strip; lanes in which a strip shows nothing take no room there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby, pairwise

from skipgraph.render.figure.place import Places, Room, Row
from skipgraph.render.page import Point, Rect

MOST = 40
"""Strips, beyond which nobody could follow a line: such a figure stays whole, for a screen."""
_PAD = 24.0
"""Room left and right of a cut, for labels that reach over."""
_BETWEEN = 26.0
_STRIP, _TORN, _UNEVEN = 4.0, 10.0, 4.0
"""What one more strip costs, a name without room, and a strip that is nearly empty, in lines that are cut."""


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
    edges = [0.0, *_best_cuts(at, widest - 2 * _PAD), at.width]
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
    names = {id: _moved(room, strips, ends) for id, room in at.names.items()}
    rows = tuple(row for strip in strips for row in _rows(at, strip))
    width = max(strip.right - strip.left for strip in strips) + 2 * _PAD
    return replace(
        at,
        boxes=boxes,
        lines=lines,
        names=names,
        rows=rows,
        width=min(width, at.width),
        height=top - _BETWEEN,
        tops=tuple(strip.shift[1] for strip in strips),
    )


def _best_cuts(at: Places, widest: float) -> list[float]:
    """Where to cut: into few strips, through few lines and no name, and evenly."""
    lines = [line for found in at.lines.values() for line in found]
    starts, stops = sorted(line[0][0] for line in lines), sorted(line[-1][0] for line in lines)
    places = [0.0, *(x for x in at.cuts if x > 0), at.width]
    torn = _torn(at, places)
    costs = [bisect_left(starts, x) - bisect_right(stops, x) + _TORN * n for x, n in zip(places, torn, strict=True)]
    costs[0] = costs[-1] = 0.0
    best: list[tuple[float, int]] = [(0.0, 0)]
    """What it costs to come to each place, and where the strip begins that ends there."""
    first = 0
    for end in range(1, len(places)):
        while first < end - 1 and places[end] - places[first] > widest:
            first += 1
        more, here = costs[end] + _STRIP, places[end]
        choices = [
            (best[start][0] + more + _UNEVEN * (1 - (here - places[start]) / widest) ** 2, start)
            for start in range(first, end)
        ]
        best.append(min(choices))
    found: list[float] = []
    at_end = len(places) - 1
    while best[at_end][1]:
        at_end = best[at_end][1]
        found.append(places[at_end])
    return found[::-1]


def _torn(at: Places, places: Sequence[float]) -> list[int]:
    """How many names a cut at each of the places, from the left, leaves no room."""
    found = [0] * len(places)
    for room in at.names.values():
        for index in range(bisect_right(places, room.left), bisect_left(places, room.right)):
            found[index] += max(places[index] - room.left, room.right - places[index]) < room.due
    return found


def _moved(room: Room, strips: Sequence[_Strip], ends: Sequence[float]) -> Room:
    """The widest part of a room, where cuts part it."""
    here = strips[bisect_right(ends, room.left) : bisect_left(ends, room.right) + 1]
    strip = max(here, key=lambda strip: min(room.right, strip.right) - max(room.left, strip.left))
    left, y = strip.point((max(room.left, strip.left), room.y))
    right, _ = strip.point((min(room.right, strip.right), room.y))
    return Room(left, right, y, room.due)


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
    through = strips[bisect_right(ends, line[0][0]) : bisect_left(ends, line[-1][0]) + 1]
    if len(through) == 1:
        yield tuple(point for point, _ in groupby(map(through[0].point, line)))
        return
    for strip in through:
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
