"""The shapes of a sheet as every format draws them: a theme's colours, ways with rounded corners, arrows, signs."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TypeAlias

from skipgraph.render.page import Point
from skipgraph.render.scene import Symbol
from skipgraph.render.sheet import Disc, Line, Rectangle
from skipgraph.render.theme import Palette, skip_paint

_CORNER = 4.0
_TIP, _TIP_SIDE = 5.0, 2.6
SIGN_SHARE, SIGN_WIDTH = 0.55, 1.4
"""How far a sign reaches in its circle, and how thick its lines are."""

Stroke: TypeAlias = tuple[Point, ...]
"""One point: to there in a line; two: in a quadratic curve; three: in a cubic one. The first of a way: from there."""


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a shape. None: no fill, no border."""

    fill: str | None
    stroke: str | None
    width: float = 1.0
    """Of the border or the line."""
    dashes: str = ""
    """As SVG writes them."""
    opacity: float = 1.0
    """Of the border."""


def look_of(item: Rectangle | Disc | Line, colors: Palette) -> Look:
    """The look of a shape in a theme."""
    match item:
        case Rectangle():
            return _rectangle(item, colors)
        case Disc():
            return Look(*colors.box(item.paint))
        case Line():
            return _line(item, colors)


def _rectangle(item: Rectangle, colors: Palette) -> Look:
    dashes = "4 2" if item.dashed else ""
    if item.paint.startswith("skip "):
        return Look(skip_paint(_number(item.paint))[0], None)
    if item.paint in ("outline", "inset"):
        return Look(None, colors.muted, dashes=dashes, opacity=0.5 if item.paint == "inset" else 1.0)
    fill, stroke = colors.box(item.paint)
    return Look(fill, stroke if item.border else None, dashes=dashes)


def _line(item: Line, colors: Palette) -> Look:
    if item.paint.startswith("skip "):
        color, dashes = skip_paint(_number(item.paint))
        return Look(None, color, item.width, dashes)
    if item.paint == "rule":
        return Look(None, colors.group[1], item.width, "1 4")
    return Look(None, colors.wire if item.paint == "wire" else colors.box(item.paint)[1], item.width)


def _number(paint: str) -> int:
    return int(paint.removeprefix("skip "))


def way_of(line: Line) -> list[Stroke]:
    """The way of a line with rounded corners, up to where its arrow begins."""
    points = list(line.points)
    if line.arrow:
        points[-1] = _before(points[-2], points[-1], _TIP)
    way: list[Stroke] = [(points[0],)]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        if radius < 0.3:
            way.append((corner,))
        else:
            way += [(_before(before, corner, radius),), (corner, _before(after, corner, radius))]
    return [*way, (points[-1],)]


def arrow_of(points: tuple[Point, ...]) -> tuple[Point, Point, Point]:
    """The corners of the arrow at the end of a line."""
    (tip_x, tip_y), start = points[-1], _before(points[-2], points[-1], _TIP)
    along = ((tip_x - start[0]) / _TIP, (tip_y - start[1]) / _TIP)
    across = (-along[1] * _TIP_SIDE, along[0] * _TIP_SIDE)
    a, b = (start[0] + across[0], start[1] + across[1]), (start[0] - across[0], start[1] - across[1])
    return a, points[-1], b


def sign_of(symbol: Symbol, center: Point, r: float) -> list[tuple[Point, Point]]:
    """The lines of a merge's sign."""
    x, y = center
    if symbol is Symbol.MUL:
        r *= 0.75
        return [((x - r, y - r), (x + r, y + r)), ((x + r, y - r), (x - r, y + r))]
    across = ((x - r, y), (x + r, y))
    return [across] if symbol is Symbol.SUB else [across, ((x, y - r), (x, y + r))]


def _before(start: Point, end: Point, distance: float) -> Point:
    """The point on the way from `start` to `end` that is so far from its end."""
    length = _distance(start, end)
    share = distance / length if length else 0.0
    return end[0] + (start[0] - end[0]) * share, end[1] + (start[1] - end[1]) * share


def _distance(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])
