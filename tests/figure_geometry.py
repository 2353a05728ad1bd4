"""What is wrong with a figure, read off its SVG alone: overlaps, wires through boxes, colliding texts, loose ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from math import dist

from figure_picture import SVG, Area, Nearby, Picture, Point, picture

__all__ = ["SVG", "faults", "picture"]


def faults(svg: str, *, steps: set[str] | None = None, skips: set[str] | None = None) -> list[str]:
    """Everything that is wrong with a figure; `steps` and `skips` are those that it should show."""
    seen = picture(svg)
    return [
        *_overlaps(seen),
        *_cuts(seen),
        *_texts(seen),
        *_labels(seen),
        *_ends(seen),
        *_merged_lines(seen),
        *_strips(seen),
        *_legend(seen),
        *_shown(seen, steps, skips),
    ]


def _overlaps(seen: Picture) -> Iterator[str]:
    cells = list(seen.cells.values())
    nearby = Nearby(cells)
    for number, area in enumerate(cells):
        for other in nearby.to((area.left, area.top), (area.right, area.bottom)):
            if other < number and area.meets(cells[other]):
                yield f"the boxes {cells[other].name} and {area.name} overlap"
        if not area.within(seen.width, seen.height):
            yield f"the box {area.name} sticks out"


def _cuts(seen: Picture) -> Iterator[str]:
    cells = list(seen.cells.values())
    nearby = Nearby(cells)
    for wire, a, b in seen.runs:
        for number in nearby.to(a, b):
            cell = cells[number]
            if cell.cut(a, b) and not (cell.name in (wire.source, wire.target) and cell.name in seen.round):
                yield f"the wire from {wire.source} to {wire.target} runs through {cell.name}"
        if not _run(a, b).within(seen.width, seen.height):
            yield f"the wire from {wire.source} to {wire.target} sticks out"


def _run(a: Point, b: Point) -> Area:
    return Area("", min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))


def _texts(seen: Picture) -> Iterator[str]:
    areas, cells, runs = [label.area for label in seen.texts], list(seen.cells.values()), list(seen.runs)
    near_texts, near_cells, near_runs = Nearby(areas), Nearby(cells), Nearby(_run(a, b) for _, a, b in runs)
    for number, label in enumerate(seen.texts):
        text = label.area
        corners = (text.left, text.top), (text.right, text.bottom)
        for other in near_texts.to(*corners):
            if other < number and text.meets(areas[other]):
                yield f"the texts {areas[other].name!r} and {text.name!r} collide"
        if not text.within(seen.width, seen.height):
            yield f"the text {text.name!r} is clipped"
        for other in near_cells.to(*corners):
            if text.meets(cells[other]):
                yield f"the text {text.name!r} lies on {cells[other].name}"
        crossing = {runs[other][0].value for other in near_runs.to(*corners) if text.cut(*runs[other][1:])}
        if len(crossing) > label.on_wire:
            yield f"the text {text.name!r} is crossed by {sorted(crossing)}"
        if label.skip and f"skip {label.skip}" not in crossing:
            yield f"the name {text.name!r} does not stand on its wire"


def _labels(seen: Picture) -> Iterator[str]:
    """Texts that do not stand right above or below the box that they tell of, in three lines at most."""
    for label in seen.texts:
        cell, text = seen.cells.get(label.cell or ""), label.area
        if cell is None:
            continue
        apart = max(cell.top - text.bottom, text.top - cell.bottom)
        if not -0.1 < apart < 3.5 * (text.bottom - text.top) or text.right < cell.left or cell.right < text.left:
            yield f"the text {text.name!r} stands away from {cell.name}"


def _ends(seen: Picture) -> Iterator[str]:
    for wire in seen.wires:
        for end, name in ((wire.pieces[0][0], wire.source), (wire.pieces[-1][-1], wire.target)):
            area = seen.cells.get(name)
            if area is None:
                yield f"a wire belongs to {name}, which is not drawn"
            elif name in seen.round:
                center = (area.left + area.right) / 2, (area.top + area.bottom) / 2
                if abs(dist(end, center) - (area.right - area.left) / 2) > 0.6:
                    yield f"the wire from {wire.source} to {wire.target} hangs loose at {name}"
            elif not area.touches(end):
                yield f"the wire from {wire.source} to {wire.target} hangs loose at {name}"
        one, tip, other = wire.arrow
        base, *_, line_end = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2), wire.pieces[-1][-2]
        before = wire.pieces[-1][-3] if len(wire.pieces[-1]) > 2 else line_end
        if dist(base, line_end) > 0.6 or dist(before, tip) < dist(before, line_end):
            yield f"the arrow from {wire.source} to {wire.target} points away"


def _merged_lines(seen: Picture) -> Iterator[str]:
    """Wires of different values that lie on each other, so that no one could tell them apart."""
    for axis in (0, 1):
        along: dict[float, list[tuple[float, float, str]]] = {}
        for wire, a, b in seen.runs:
            if a != b and abs(a[axis] - b[axis]) < 0.05:
                low, high = sorted((a[1 - axis], b[1 - axis]))
                along.setdefault(round(a[axis], 1), []).append((low, high, wire.value))
        for place in along.values():
            open_: list[tuple[float, str]] = []
            for low, high, value in sorted(place):
                open_ = [(end, other) for end, other in open_ if end - low > 1.0]
                for end, other in open_:
                    if other != value and min(end, high) - low > 1.0:
                        yield f"the wires of {other} and {value} lie on each other"
                open_.append((high, value))


def _strips(seen: Picture) -> Iterator[str]:
    """Concats that are not made up of their operands."""
    said = [label for label in seen.texts if re.fullmatch(r"[\d+×]+", label.area.name)]
    # a cell whose left edge is a concat says its own channels on the right
    sums = {label.cell: label.area.name for label in sorted(said, key=lambda label: -label.area.left)}
    for name, strips in seen.strips.items():
        if name not in seen.concats:
            yield f"the operands of {name} have no border"
            continue
        cell = seen.concats[name]
        ends = [cell.left, *(strip.right for strip in strips)]
        starts = [*(strip.left for strip in strips), cell.right]
        if any(abs(end - start) > 0.25 for end, start in zip(ends, starts, strict=True)):
            yield f"the operands of {name} do not make it up"
        sizes = _sizes(sums.get(name, ""))
        shares = [size / sum(sizes) for size in sizes]
        drawn = [(strip.right - strip.left) / (cell.right - cell.left) for strip in strips]
        # coordinates are written to a tenth of a pixel
        finest = 0.25 / (cell.right - cell.left)
        if sizes and not (len(shares) == len(drawn) and all(map(lambda a, b: abs(a - b) < finest, shares, drawn))):
            yield f"the operands of {name} are not as wide as their shares"


def _sizes(text: str) -> list[int]:
    """The operands of `64+2×32`."""
    found: list[int] = []
    for term in filter(None, text.split("+")):
        *times, size = map(int, term.split("×"))
        found += [size] * (times[0] if times else 1)
    return found


def _legend(seen: Picture) -> Iterator[str]:
    yield from (f"the legend lacks {look}" for look in sorted(seen.drawn - seen.legend))
    yield from (f"the legend tells {look}, which is not drawn" for look in sorted(seen.legend - seen.drawn))


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
