"""The shapes of a sheet as every format draws them: a theme's colours, ways with rounded corners, arrows, signs."""

from __future__ import annotations

from math import hypot
from typing import NamedTuple, TypeAlias

from skipgraph.render.page import Point
from skipgraph.render.scene import Symbol
from skipgraph.render.sheet import Curve, Disc, Line, Rectangle, Text
from skipgraph.render.theme import Palette, skip_paint

_CORNER = 4.0
_TIP, _TIP_SIDE, _CURVE_TIP_SIDE = 5.0, 2.6, 3.2
SIGN_SHARE, SIGN_WIDTH = 0.55, 1.4
"""How far a sign reaches in its circle, and how thick its lines are."""

Stroke: TypeAlias = tuple[Point, ...]
"""One point: to there in a line; two: in a quadratic curve; three: in a cubic one. The first of a way: from there."""


class Look(NamedTuple):
    """The colours of a shape. None: no fill, no border."""

    fill: str | None
    stroke: str | None
    width: float = 1.0
    """Of the border or the line."""
    dashes: str = ""
    """As SVG writes them."""
    opacity: float = 1.0
    """Of the border."""


def look_of(item: Rectangle | Disc | Line | Curve, colors: Palette) -> Look:
    """The look of a shape in a theme."""
    match item:
        case Rectangle():
            return _rectangle(item, colors)
        case Disc():
            return Look(*colors.box(item.paint), item.width, item.dashes)
        case Line() | Curve():
            return _line(item, colors)


def _rectangle(item: Rectangle, colors: Palette) -> Look:
    dashes = item.dashes or ("4 2" if item.dashed else "")
    if item.paint.startswith("skip "):
        return Look(skip_paint(_number(item.paint))[0], None)
    if item.paint in ("frame", "group"):
        fill, stroke = colors.frame if item.paint == "frame" else colors.group
        return Look(None if fill == "none" else fill, stroke, dashes="4 3" if item.paint == "group" else "")
    if item.paint in ("outline", "inset"):
        return Look(None, colors.muted, dashes=dashes, opacity=0.5 if item.paint == "inset" else 1.0)
    fill, stroke = colors.box(item.paint)
    return Look(fill, stroke if item.border else None, item.width, dashes)


def _line(item: Line | Curve, colors: Palette) -> Look:
    if item.paint.startswith("skip "):
        color, dashes = skip_paint(_number(item.paint))
    elif item.paint == "rule":
        color, dashes = colors.group[1], "1 4"
    else:
        color, dashes = colors.wire if item.paint == "wire" else colors.box(item.paint)[1], ""
    if isinstance(item, Line):
        return Look(None, color, item.width, item.dashes or dashes)
    return Look(None, color, item.width, "1 3" if item.dotted else dashes)


def halo_of(item: Text, colors: Palette) -> str | None:
    """The colour of what is behind a text on a line; None where nothing has to be kept apart."""
    if not item.halo:
        return None
    return colors.frame[0] if item.ground == "frame" and colors.frame[0] != "none" else colors.page


def _number(paint: str) -> int:
    return int(paint.removeprefix("skip "))


def ways_of(item: Line | Curve) -> list[list[Stroke]]:
    """The ways of a line with rounded corners, or of a curve, up to where the arrow begins."""
    if isinstance(item, Curve):
        return [[piece[:1], *(piece[at : at + 3] for at in range(1, len(piece) - 2, 3))] for piece in item.pieces]
    points = list(item.points)
    if item.arrow:
        points[-1] = _before(points[-2], points[-1], _TIP)
    way: list[Stroke] = [(points[0],)]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        if radius < 0.3:
            way.append((corner,))
        else:
            way += [(_before(before, corner, radius),), (corner, _before(after, corner, radius))]
    return [[*way, (points[-1],)]]


def arrow_of(item: Line | Curve) -> tuple[Point, Point, Point] | None:
    """The corners of the arrow at the end, the tip in the middle; None where there is none."""
    if isinstance(item, Curve):
        return item.tip and _arrow(item.pieces[-1][-1], item.tip, _CURVE_TIP_SIDE)
    return _arrow(_before(item.points[-2], item.points[-1], _TIP), item.points[-1], _TIP_SIDE) if item.arrow else None


def _arrow(start: Point, tip: Point, side: float) -> tuple[Point, Point, Point]:
    length = _distance(start, tip) or 1.0
    across = (start[1] - tip[1]) / length * side, (tip[0] - start[0]) / length * side
    return (start[0] + across[0], start[1] + across[1]), tip, (start[0] - across[0], start[1] - across[1])


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
