"""A page of plain shapes, in pixels from the top left: what a layout of our own gives and every format writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from skipgraph.render.page import Point, Rect
from skipgraph.render.scene import Symbol


class Rectangle(NamedTuple):
    """A filled rectangle with a border."""

    at: Rect
    paint: str
    """The style whose colours it has; `skip 3` for a skip's."""
    corner: float = 2.0
    dashed: bool = False
    border: bool = True
    width: float = 1.0
    """Of its border."""
    dashes: str = ""
    """Of its border, as SVG writes them."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle with the sign of an elementwise merge in it."""

    center: Point
    radius: float
    symbol: Symbol
    paint: str = "merge"
    width: float = 1.0
    dashes: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """The sign of a merge, alone."""

    center: Point
    radius: float
    symbol: Symbol


class Line(NamedTuple):
    """A way of straight pieces, its corners rounded, with an arrow at its end or without."""

    points: tuple[Point, ...]
    paint: str
    """`wire`, `rule`, the style of what happens on the way, or `skip 3`."""
    width: float = 1.2
    arrow: bool = True
    dashes: str = ""
    """As SVG writes them, where its paint has none of its own."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A way of curves."""

    pieces: tuple[tuple[Point, ...], ...]
    """Each a start, and three points for each curve."""
    paint: str
    """`wire`, or `skip 3`."""
    tip: Point | None = None
    """Where its arrow ends."""
    width: float = 1.2
    dotted: bool = False


class Text(NamedTuple):
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    size: float
    role: str = "ink"
    """`ink` or `muted`."""
    anchor: str = "middle"
    bold: bool = False
    halo: bool = False
    """Whether it stands on a line, and so needs a border in the colour of what is behind it."""
    ground: str = "page"
    """What is behind it: `page` or `frame`."""


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that belong together: what they stand for, for programs and for a tooltip."""

    items: tuple[Item, ...]
    data: Mapping[str, str] = field(default_factory=dict, hash=False)
    title: str = ""


Item: TypeAlias = Rectangle | Disc | Sign | Line | Curve | Text | Group


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole page."""

    title: str
    about: str
    """All of it in words."""
    width: float
    height: float
    items: tuple[Item, ...]
    smallest: float
    """The smallest type on it, in pixels."""
    wrapped: bool = False
    """Whether it was wider than asked for, and is cut into strips below each other."""
    folded: int = 0
    """Blocks of a figure that are shown as one box."""
    marked: bool = False
    """Whether it shows what became of things: it is of two networks."""
