"""What is wrong with a figure, read off its SVG alone: overlaps, wires through boxes, colliding texts, loose ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from xml.etree import ElementTree

from skipgraph.render.measure import width_of

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


@dataclass(frozen=True)
class Wire:
    """A link as drawn."""

    source: str
    target: str
    skip: str | None
    pieces: tuple[tuple[Point, ...], ...]
    """One, or several where the figure is wrapped; the last one ends in the arrow's tip."""

    @property
    def runs(self) -> Iterator[tuple[Point, Point]]:
        """Its straight runs."""
        for piece in self.pieces:
            yield from pairwise(piece)


@dataclass
class Picture:
    """What an SVG holds."""

    width: float = 0.0
    height: float = 0.0
    cells: dict[str, Area] = field(default_factory=dict)
    round: set[str] = field(default_factory=set)
    """The cells that are circles."""
    wires: list[Wire] = field(default_factory=list)
    texts: list[tuple[Area, bool]] = field(default_factory=list)
    """Each with whether it stands on a wire."""
    names: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def picture(svg: str) -> Picture:
    """The SVG taken apart."""
    root = ElementTree.fromstring(svg)
    found = Picture(float(root.get("width", "0")), float(root.get("height", "0")))
    _walk(root, found, {})
    return found


def _walk(element: ElementTree.Element, found: Picture, data: dict[str, str]) -> None:
    for child in element:
        around = data
        if child.tag == f"{SVG}g":
            around = {**data, **{key: value for key, value in child.items() if key.startswith("data-")}}
            found.steps += child.get("data-steps", "").split()
            if child.get("data-name") is not None:
                found.names.append(child.get("data-name", ""))
            if child.get("data-from") is not None:
                found.wires.append(_wire(child))
        elif child.tag == f"{SVG}text":
            found.texts.append((_text_area(child), child.get("paint-order") == "stroke"))
        elif child.tag in (f"{SVG}rect", f"{SVG}circle") and "data-cell" in around:
            area = _area(child, around["data-cell"])
            known = found.cells.get(area.name)
            found.cells[area.name] = area if known is None else _around(known, area)
            if child.tag == f"{SVG}circle":
                found.round.add(area.name)
        _walk(child, found, around)


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
    *lines, tip = (_points(path.get("d", "")) for path in group.findall(f"{SVG}path"))
    pieces = (*lines[:-1], (*lines[-1], tip[1]))
    return Wire(group.get("data-from", ""), group.get("data-to", ""), group.get("data-skip"), pieces)


def _points(path: str) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path))


def faults(svg: str, *, steps: set[str] | None = None, skips: set[str] | None = None) -> list[str]:
    """Everything that is wrong with a figure; `steps` and `skips` are those that it should show."""
    seen = picture(svg)
    return [
        *_overlaps(seen),
        *_cuts(seen),
        *_texts(seen),
        *_ends(seen),
        *_merged_lines(seen),
        *_shown(seen, steps, skips),
    ]


def _overlaps(seen: Picture) -> Iterator[str]:
    for a, b in combinations(seen.cells.values(), 2):
        if a.meets(b):
            yield f"the boxes {a.name} and {b.name} overlap"
    for area in seen.cells.values():
        if area.left < 0 or area.top < 0 or area.right > seen.width or area.bottom > seen.height:
            yield f"the box {area.name} sticks out"


def _cuts(seen: Picture) -> Iterator[str]:
    for wire in seen.wires:
        for a, b in wire.runs:
            for cell in seen.cells.values():
                if cell.cut(a, b) and not (cell.name in (wire.source, wire.target) and cell.name in seen.round):
                    yield f"the wire from {wire.source} to {wire.target} runs through {cell.name}"
            if min(*a, *b) < 0 or max(a[0], b[0]) > seen.width or max(a[1], b[1]) > seen.height:
                yield f"the wire from {wire.source} to {wire.target} sticks out"


def _texts(seen: Picture) -> Iterator[str]:
    for (a, _), (b, _) in combinations(seen.texts, 2):
        if a.meets(b):
            yield f"the texts {a.name!r} and {b.name!r} collide"
    for text, on_wire in seen.texts:
        if text.left < 0 or text.top < 0 or text.right > seen.width or text.bottom > seen.height:
            yield f"the text {text.name!r} is clipped"
        for cell in seen.cells.values():
            if text.meets(cell):
                yield f"the text {text.name!r} lies on {cell.name}"
        crossing = {
            (wire.source if wire.skip is None else wire.skip)
            for wire in seen.wires
            for a, b in wire.runs
            if text.cut(a, b)
        }
        if len(crossing) > on_wire:
            yield f"the text {text.name!r} is crossed by {sorted(crossing)}"


def _ends(seen: Picture) -> Iterator[str]:
    for wire in seen.wires:
        for end, name in ((wire.pieces[0][0], wire.source), (wire.pieces[-1][-1], wire.target)):
            area = seen.cells.get(name)
            if area is None:
                yield f"a wire belongs to {name}, which is not drawn"
            elif name in seen.round:
                x, y = (area.left + area.right) / 2, (area.top + area.bottom) / 2
                radius = (area.right - area.left) / 2
                if abs(((end[0] - x) ** 2 + (end[1] - y) ** 2) ** 0.5 - radius) > 0.6:
                    yield f"the wire from {wire.source} to {wire.target} hangs loose at {name}"
            elif not area.touches(end):
                yield f"the wire from {wire.source} to {wire.target} hangs loose at {name}"


def _merged_lines(seen: Picture) -> Iterator[str]:
    """Wires of different values that lie on each other, so that no one could tell them apart."""
    runs: list[tuple[str, Point, Point]] = []
    for wire in seen.wires:
        value = f"skip {wire.skip}" if wire.skip else wire.source
        runs += [(value, a, b) for a, b in wire.runs if a != b]
    for axis in (0, 1):
        along: dict[float, list[tuple[float, float, str]]] = {}
        for value, a, b in runs:
            if abs(a[axis] - b[axis]) < 0.05:
                low, high = sorted((a[1 - axis], b[1 - axis]))
                along.setdefault(round(a[axis], 1), []).append((low, high, value))
        for place in along.values():
            for (low, high, one), (start, end, other) in combinations(place, 2):
                if one != other and min(high, end) - max(low, start) > 1.0:
                    yield f"the wires of {one} and {other} lie on each other"


def _shown(seen: Picture, steps: set[str] | None, skips: set[str] | None) -> Iterator[str]:
    for what, drawn, due in (("step", seen.steps, steps), ("skip's name", seen.names, skips)):
        counts = Counter(drawn)
        yield from (f"the {what} {name} is drawn {n} times" for name, n in counts.items() if n > 1)
        if due is not None:
            yield from (f"the {what} {name} is not drawn" for name in sorted(due - set(counts)))
            yield from (f"the {what} {name} is drawn, and is none" for name in sorted(set(counts) - due))
    if skips is not None:
        lined = {wire.skip for wire in seen.wires if wire.skip}
        yield from (f"the skip {name} has no wire" for name in sorted(skips - lined))
