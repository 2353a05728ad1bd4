"""A figure taken apart: boxes, wires, texts and what the legend tells, read off its SVG alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from xml.etree import ElementTree

from skipgraph.render.measure import width_of
from skipgraph.render.theme import MARKED

SVG = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]


@dataclass(frozen=True)
class Area:
    """A rectangle: of a box, or what a text covers."""

    name: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area, by: float = 0.1) -> bool:
        """Whether two areas share more than a border."""
        return (
            self.left + by < other.right
            and other.left + by < self.right
            and self.top + by < other.bottom
            and other.top + by < self.bottom
        )

    def cut(self, a: Point, b: Point, by: float = 0.4) -> bool:
        """Whether an upright or level line runs through its inside."""
        low_x, high_x, low_y, high_y = min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])
        return (
            low_x < self.right - by
            and self.left + by < high_x + 0.01
            and low_y < self.bottom - by
            and self.top + by < high_y + 0.01
        )

    def touches(self, point: Point, by: float = 0.6) -> bool:
        """Whether a point lies on its border."""
        x, y = point
        inside = self.left - by <= x <= self.right + by and self.top - by <= y <= self.bottom + by
        return inside and not (self.left + by < x < self.right - by and self.top + by < y < self.bottom - by)

    def within(self, width: float, height: float) -> bool:
        """Whether it lies on a page of this size."""
        return self.left >= 0 and self.top >= 0 and self.right <= width and self.bottom <= height


@dataclass(frozen=True)
class Wire:
    """A link as drawn."""

    source: str
    target: str
    skip: str | None
    pieces: tuple[tuple[Point, ...], ...]
    """One, or several where the figure is wrapped; the last one ends in the arrow's tip."""
    arrow: tuple[Point, ...]
    """Its corners, the tip in the middle."""
    color: str

    @property
    def runs(self) -> Iterator[tuple[Point, Point]]:
        """Its straight runs."""
        for piece in self.pieces:
            yield from pairwise(piece)

    @property
    def value(self) -> str:
        """What flows in it."""
        return f"skip {self.skip}" if self.skip else self.source


@dataclass(frozen=True)
class Label:
    """A text as drawn."""

    area: Area
    on_wire: bool
    cell: str | None
    """The box it tells of."""
    skip: str | None
    """The skip it is the name of."""


@dataclass
class Picture:
    """What an SVG holds."""

    width: float = 0.0
    height: float = 0.0
    cells: dict[str, Area] = field(default_factory=dict)
    round: set[str] = field(default_factory=set)
    """The cells that are circles."""
    strips: dict[str, list[Area]] = field(default_factory=lambda: defaultdict(list))
    """The operands of a concat."""
    concats: dict[str, Area] = field(default_factory=dict)
    """Where in its cell a concat stands."""
    wires: list[Wire] = field(default_factory=list)
    texts: list[Label] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    drawn: set[str] = field(default_factory=set)
    """Fills, colours of lines, and signs, that are drawn."""
    legend: set[str] = field(default_factory=set)
    """Those that the legend tells."""

    @property
    def runs(self) -> Iterator[tuple[Wire, Point, Point]]:
        for wire in self.wires:
            for a, b in wire.runs:
                yield wire, a, b


class Nearby:
    """Areas by where they are, so that those near one are found without asking all."""

    _SIDE = 64.0

    def __init__(self, areas: Iterable[Area]) -> None:
        self._squares: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, area in enumerate(areas):
            for square in self._under((area.left, area.top), (area.right, area.bottom)):
                self._squares[square].append(number)

    def _under(self, a: Point, b: Point) -> Iterator[tuple[int, int]]:
        left, right = sorted((a[0], b[0]))
        top, bottom = sorted((a[1], b[1]))
        for x in range(int((left - 1) // self._SIDE), int((right + 1) // self._SIDE) + 1):
            for y in range(int((top - 1) // self._SIDE), int((bottom + 1) // self._SIDE) + 1):
                yield x, y

    def to(self, a: Point, b: Point) -> list[int]:
        """The numbers of all areas near the rectangle between two points, and of a few more."""
        return sorted({number for square in self._under(a, b) for number in self._squares.get(square, ())})


@lru_cache(4)
def picture(svg: str) -> Picture:
    """The SVG taken apart."""
    root = ElementTree.fromstring(svg)
    found = Picture(float(root.get("width", "0")), float(root.get("height", "0")))
    _walk(root, found, {})
    return found


def _walk(element: ElementTree.Element, found: Picture, data: dict[str, str]) -> None:
    sign: tuple[float, float] | None = None
    for child in element:
        around = data
        cell = data.get("data-cell")
        if child.tag == f"{SVG}g":
            around = {**data, **{key: value for key, value in child.items() if key.startswith("data-")}}
            found.steps += child.get("data-steps", "").split()
            if child.get("data-name") is not None:
                found.names.append(child.get("data-name", ""))
            if child.get("data-from") is not None:
                found.wires.append(_wire(child))
        elif child.tag == f"{SVG}text":
            on_wire = child.get("paint-order") == "stroke"
            found.texts.append(Label(_text_area(child), on_wire, cell, data.get("data-name")))
        elif child.tag in (f"{SVG}rect", f"{SVG}circle") and child.get("class") != "sg-page":
            if child.tag == f"{SVG}circle":
                center = float(child.get("cx", "0")), float(child.get("cy", "0"))
                # in a difference it has the colours of its mark, and no entry
                sign = center if child.get("class") == "sg-merge" else None
            if cell is not None:
                _add_to_cell(child, cell, found)
            _note(child, found, told=not data)
        elif child.tag == f"{SVG}path":
            if child.get("class") == "sg-sign":
                signs = {f"sign {_sign_of(child, sign)}"} if sign else set()
                (found.drawn if data else found.legend).update(signs)
            else:
                _note(child, found, told=not data)
        _walk(child, found, around)


def _add_to_cell(shape: ElementTree.Element, cell: str, found: Picture) -> None:
    area = _area(shape, cell)
    known = found.cells.get(cell)
    found.cells[cell] = area if known is None else _around(known, area)
    if shape.tag == f"{SVG}circle":
        found.round.add(cell)
    elif shape.get("stroke") is None:
        found.strips[cell].append(area)
    elif shape.get("class") == "sg-outline":
        found.concats[cell] = area


def _note(shape: ElementTree.Element, found: Picture, *, told: bool) -> None:
    """What a shape looks like, where that has a meaning of its own."""
    look = shape.get("class", "skip").split()[0].removeprefix("sg-").removeprefix("way-")
    if look.endswith("-tip") or look in ("outline", "inset", "rule", "wire", "plain", "input", "output"):
        return
    if look in MARKED:
        (found.legend if told else found.drawn).add(look)
    elif look == "skip":
        # the legend has one for all
        (found.legend if told else found.drawn).add("skip")
    elif shape.tag == f"{SVG}path":
        (found.legend if told else found.drawn).add(f"line {shape.get('stroke')}")
    elif shape.tag == f"{SVG}rect" and shape.get("fill") != "#FFFFFF":
        (found.legend if told else found.drawn).add(f"fill {shape.get('fill')}")


def _sign_of(path: ElementTree.Element, center: Point) -> str:
    """Which way the lines of a sign run."""
    points = points_of(path.get("d", ""))
    ways = {(abs(x - center[0]) > 1, abs(y - center[1]) > 1) for x, y in points}
    return "".join({(True, False): "-", (False, True): "|", (True, True): "x"}.get(way, "?") for way in sorted(ways))


def _area(element: ElementTree.Element, name: str) -> Area:
    if element.tag == f"{SVG}circle":
        x, y, r = (float(element.get(key, "0")) for key in ("cx", "cy", "r"))
        return Area(name, x - r, y - r, x + r, y + r)
    x, y, w, h = (float(element.get(key, "0")) for key in ("x", "y", "width", "height"))
    return Area(name, x, y, x + w, y + h)


def _around(a: Area, b: Area) -> Area:
    return Area(a.name, min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom))


def _text_area(element: ElementTree.Element) -> Area:
    text = element.text or ""
    x, y, size = (float(element.get(key, "0")) for key in ("x", "y", "font-size"))
    # without the room for wider fonts
    width = width_of(text, size) / 1.16 * (1.06 if element.get("font-weight") else 1.0)
    left = {"middle": x - width / 2, "end": x - width}.get(element.get("text-anchor", "start"), x)
    return Area(text, left, y - 0.74 * size, left + width, y + 0.2 * size)


def _wire(group: ElementTree.Element) -> Wire:
    paths = group.findall(f"{SVG}path")
    *lines, tip = (points_of(path.get("d", "")) for path in paths)
    pieces = (*lines[:-1], (*lines[-1], tip[1]))
    ends = group.get("data-from", ""), group.get("data-to", "")
    return Wire(*ends, group.get("data-skip"), pieces, tip, paths[0].get("stroke", ""))


def points_of(path: str) -> tuple[Point, ...]:
    """The ends and corners of a path."""
    return tuple((float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path))
