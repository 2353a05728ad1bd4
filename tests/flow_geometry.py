"""What is wrong with a flow view, read off its sheet: overlaps, wires through boxes, colliding texts, loose ends."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from skipgraph.render.measure import width_of
from skipgraph.render.page import Point, Rect
from skipgraph.render.sheet import Disc, Group, Line, Rectangle, Sheet, Text


@dataclass
class Seen:
    """What a sheet of the flow view holds."""

    sheet: Sheet
    boxes: dict[str, Rect] = field(default_factory=dict)
    marks: dict[str, Rect] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    texts: dict[str, list[Text]] = field(default_factory=dict)
    """Of each box."""
    names: list[tuple[str, Text]] = field(default_factory=list)
    skips: list[tuple[str, str, str, Line]] = field(default_factory=list)
    """A skip's id, from where, to where, and how."""
    values: list[tuple[str, str, Line]] = field(default_factory=list)
    stubs: list[Line] = field(default_factory=list)


def seen_in(sheet: Sheet) -> Seen:
    """The sheet taken apart."""
    found = Seen(sheet)
    for item in sheet.items:
        if isinstance(item, Line):
            found.stubs.append(item)
        if not isinstance(item, Group):
            continue
        lines = [inner for inner in item.items if isinstance(inner, Line)]
        texts = [inner for inner in item.items if isinstance(inner, Text)]
        if "data-steps" in item.data:
            id = item.data["data-steps"]
            found.steps.append(id)
            rects = [inner.at for inner in item.items if isinstance(inner, Rectangle)]
            found.boxes[id] = max(rects, key=lambda rect: rect.width)
            found.texts[id] = texts
            for inner in item.items:
                if isinstance(inner, Disc):
                    (x, y), r = inner.center, inner.radius
                    found.marks[id] = Rect(x - r, y - r, 2 * r, 2 * r)
                elif isinstance(inner, Rectangle) and inner.at.x < found.boxes[id].x:
                    found.marks[id] = inner.at
        elif "data-name" in item.data:
            found.names += [(item.data["data-name"], text) for text in texts]
        elif "data-from" in item.data:
            ends = item.data["data-from"], item.data["data-to"]
            if "data-skip" in item.data:
                found.skips += [(item.data["data-skip"], *ends, line) for line in lines]
            else:
                found.values += [(*ends, line) for line in lines]
    return found


def flow_faults(sheet: Sheet, *, steps: set[str], skips: set[str]) -> list[str]:
    """Everything that is wrong with a flow view that should show these steps and skips."""
    seen = seen_in(sheet)
    return [*_boxes(seen), *_texts(seen), *_wires(seen), *_tracks(seen), *_shown(seen, steps, skips)]


def _boxes(seen: Seen) -> Iterator[str]:
    ordered = sorted(seen.boxes.items(), key=lambda each: each[1].y)
    for (one, above), (other, below) in pairwise(ordered):
        if above.y + above.height > below.y:
            yield f"the boxes {one} and {other} overlap"
    for id, at in ordered:
        if at.x < 0 or at.y < 0 or at.x + at.width > seen.sheet.width or at.y + at.height > seen.sheet.height:
            yield f"the box {id} sticks out"


def _texts(seen: Seen) -> Iterator[str]:
    for id, texts in seen.texts.items():
        at = seen.boxes[id]
        spans = sorted(_span(text) for text in texts)
        if spans and (spans[0][0] < at.x or spans[-1][1] > at.x + at.width):
            yield f"a text sticks out of {id}"
        for (_, end), (start, _) in pairwise(spans):
            if end > start + 0.1:
                yield f"texts collide in {id}"
        for text in texts:
            if not at.y + text.size * 0.7 < text.y < at.y + at.height - 2:
                yield f"the text {text.text!r} sticks out of {id}"
    for (one, a), (other, b) in pairwise(sorted(seen.names, key=lambda each: each[1].y)):
        if b.y - a.y < a.size:
            yield f"the names of {one} and {other} collide"
    right = max((at.x + at.width for at in seen.boxes.values()), default=0.0)
    for id, text in seen.names:
        start, end = _span(text)
        if start < right or end > seen.sheet.width:
            yield f"the name of {id} lies on a box, or sticks out"
        if any(start < x < end and low < text.y - 3 < high for x, low, high, _ in _uprights(seen)):
            yield f"the name of {id} is crossed"


def _span(text: Text) -> tuple[float, float]:
    width = width_of(text.text, text.size)
    start = {"end": text.x - width, "middle": text.x - width / 2}.get(text.anchor, text.x)
    return start, start + width


def _wires(seen: Seen) -> Iterator[str]:
    lines = [(f"{id} from {a} to {b}", line) for id, a, b, line in seen.skips]
    lines += [(f"from {a} to {b}", line) for a, b, line in seen.values]
    boxes = sorted(seen.boxes.items(), key=lambda each: each[1].y)
    tops = [at.y for _, at in boxes]
    tallest = max((at.height for _, at in boxes), default=0.0)
    left, right = min((at.x for _, at in boxes), default=0.0), max((at.x + at.width for _, at in boxes), default=0.0)
    for name, line in lines:
        for a, b in pairwise(line.points):
            # only the boxes at its height, and none where it runs beside them all
            beside = max(a[0], b[0]) <= left or min(a[0], b[0]) >= right
            first = bisect_left(tops, min(a[1], b[1]) - tallest)
            for id, at in () if beside else boxes[first : bisect_left(tops, max(a[1], b[1]))]:
                inside = at.y < max(a[1], b[1]) and min(a[1], b[1]) < at.y + at.height
                if inside and max(a[0], b[0]) > at.x + 0.1 and min(a[0], b[0]) < at.x + at.width - 0.1:
                    yield f"the wire {name} runs through {id}"
            if max(a[0], b[0]) > seen.sheet.width or min(a[0], b[0]) < 0:
                yield f"the wire {name} sticks out"
    nowhere = Rect(-9.0, -9.0, 0.0, 0.0)
    starts = {line.points[0] for line in seen.stubs}
    for id, source, target, line in seen.skips:
        if not _on_right(seen.boxes.get(target, nowhere), line.points[-1]):
            yield f"the skip {id} hangs loose at {target}"
        begun = _on_right(seen.boxes.get(source, nowhere), line.points[0]) or any(
            _is_on(stub, line.points[0]) for stub in seen.stubs
        )
        goes_on = any(line.points[0] in other.points[1:] for each, _, _, other in seen.skips if each == id)
        if not begun and not goes_on:
            yield f"the skip {id} hangs loose at {source}"
    for start in starts:
        if not any(_on_right(at, start) for at in seen.boxes.values()):
            yield "a line that skips share hangs loose"
    for source, target, line in seen.values:
        if not _in(seen.marks.get(target, nowhere), line.points[-1]):
            yield f"the wire from {source} hangs loose at {target}"
        branches = (other for each, _, other in seen.values if each == source and other is not line)
        if not _in(seen.marks.get(source, nowhere), line.points[0]) and not any(
            line.points[0] in other.points for other in branches
        ):
            yield f"the wire to {target} hangs loose at {source}"


def _on_right(at: Rect, point: Point) -> bool:
    return abs(point[0] - at.x - at.width) < 0.1 and at.y < point[1] < at.y + at.height


def _is_on(line: Line, point: Point) -> bool:
    (start, y), (end, _) = line.points[0], line.points[-1]
    return start <= point[0] <= end and abs(point[1] - y) < 0.1


def _in(at: Rect, point: Point) -> bool:
    return at.x <= point[0] <= at.x + at.width and at.y <= point[1] <= at.y + at.height


def _uprights(seen: Seen) -> list[tuple[float, float, float, str]]:
    """Upright runs: where, from and to where, whose."""
    named = [(f"skip {id} from {source}", line) for id, source, _, line in seen.skips]
    named += [(source, line) for source, _, line in seen.values]
    return [
        (a[0], min(a[1], b[1]), max(a[1], b[1]), name)
        for name, line in named
        for a, b in pairwise(line.points)
        if a[0] == b[0] and a[1] != b[1]
    ]


def _tracks(seen: Seen) -> Iterator[str]:
    """Values that lie on each other, so that no one could tell them apart."""
    columns: dict[float, list[tuple[float, float, str]]] = {}
    for x, low, high, name in _uprights(seen):
        columns.setdefault(x, []).append((low, high, name))
    for runs in columns.values():
        for (low, high, one), (start, end, other) in combinations(runs, 2):
            if one != other and min(high, end) - max(low, start) > 0.1:
                yield f"{one} and {other} lie on each other"


def _shown(seen: Seen, steps: set[str], skips: set[str]) -> Iterator[str]:
    names = [name for name, _ in seen.names]
    for what, drawn, due in (("step", seen.steps, steps), ("skip's name", names, skips)):
        yield from (f"the {what} {name} is drawn {n} times" for name, n in Counter(drawn).items() if n > 1)
        yield from (f"the {what} {name} is not drawn" for name in due - set(drawn))
    yield from (f"the skip {name} has no wire" for name in skips - {skip for skip, *_ in seen.skips})
