"""Rows and ways -> sheet: the picture of the flow view."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from skipgraph.render.flow.plan import Flow, Row, Way, plan
from skipgraph.render.measure import width_of, wrapped
from skipgraph.render.page import Point, Rect
from skipgraph.render.scene import Kind, Scene, style_of
from skipgraph.render.sheet import Disc, Group, Item, Line, Rectangle, Sheet, Text
from skipgraph.render.words import count, cut

TYPE = 10.0
_TITLE = 14.0
_EDGE = 16.0
_ROW, _HEAD, _GAP, _FOOT = 24.0, 24.0, 4.0, 5.0
"""Heights: of a box with at most one skip at it, of a frame's head, between rows, below a frame's last row."""
_SLOT = 13.0
"""Height for each skip that touches a row, where there are several."""
_COLUMN, _LANE, _INSET = 14.0, 10.0, 9.0
_DOT, _DISC = 4.0, 7.0
_PAD = 9.0
_SHORT_CUT = 28


def flow(scene: Scene) -> Sheet:
    """The flow view of a scene."""
    return _Drawer(plan(scene)).sheet()


class _Drawer:
    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.scene = flow.scene
        self.arriving: dict[int, list[Way]] = defaultdict(list)
        self.leaving: dict[int, list[Way]] = defaultdict(list)
        self.on_spine: set[int] = set()
        """Rows that something flows into or out of but by skips."""
        for way in flow.ways:
            if not way.skip:
                self.on_spine |= {way.source, *way.targets}
            else:
                self.leaving[way.source].append(way)
                for target in way.targets:
                    self.arriving[target].append(way)

    @cached_property
    def names(self) -> dict[str, tuple[Way, int]]:
        """Where each skip's name stands: at the first of its landings."""
        found: dict[str, tuple[Way, int]] = {}
        for way in self.flow.ways:
            if way.skip and (way.skip not in found or way.targets[0] < found[way.skip][1]):
                found[way.skip] = way, way.targets[0]
        return found

    def _name(self, way: Way) -> str:
        assert way.skip is not None
        return cut(self.scene.skip[way.skip].name, _SHORT_CUT)

    def sheet(self) -> Sheet:
        heading = wrapped(self.scene.title, _TITLE, self.right - _EDGE, 1) or [""]
        notes = wrapped(self.scene.summary, TYPE, max(self.right - _EDGE, 300.0), 2)
        items: list[Item] = [Text(_EDGE, _EDGE + 11, heading[0], _TITLE, anchor="start", bold=True)]
        top = _EDGE + 11
        for note in notes:
            top += 14
            items.append(Text(_EDGE, top, note, TYPE, "muted", "start"))
        top += 24
        for x, word in ((self.shapes, "shape"), (self.weights, "weights")):
            items.append(Text(x, top - 5, word, TYPE, "muted", "end"))
        self._place(top)
        items += self._frames()
        items += self._spine()
        items += self._skips()
        items += [self._row(index) for index in range(len(self.flow.rows))]
        items += self._labels()
        lanes = max((way.track + 1 for way in self.flow.ways if way.skip), default=0)
        texts = [*(width_of(text, TYPE) for text in notes), width_of(heading[0], _TITLE)]
        width = max(self.lanes + lanes * _LANE, *(2 * _EDGE + each for each in texts)) + _EDGE
        return Sheet(self.scene.title, self.scene.about, round(width), round(self.bottom + _EDGE), tuple(items), TYPE)

    # Across.

    @cached_property
    def left(self) -> float:
        """Where the outermost frames begin, right of the spine."""
        spine = [row.column for row in self.flow.rows] + [way.track for way in self.flow.ways if not way.skip]
        return _EDGE + (max(spine, default=0) + 1) * _COLUMN + 8

    @cached_property
    def deepest(self) -> int:
        return max((row.depth for row in self.flow.rows), default=0)

    @cached_property
    def shapes(self) -> float:
        """Where shapes end."""
        texts = (self._text_end(row) for row in self.flow.rows)
        shapes = (width_of(row.box.shape, TYPE) for row in self.flow.rows if row.box)
        return max(texts, default=self.left) + 18 + max(shapes, default=0.0)

    @cached_property
    def weights(self) -> float:
        """Where weights end."""
        texts = (width_of(count(row.weights), TYPE) for row in self.flow.rows)
        return self.shapes + 12 + max(width_of("weights", TYPE), *texts)

    @cached_property
    def right(self) -> float:
        """Where the outermost frames end."""
        return self.weights + _PAD + self.deepest * _INSET

    @cached_property
    def lanes(self) -> float:
        """Where the first lane is, right of the names."""
        names = (width_of(self._name(way), TYPE) for way, _ in self.names.values())
        return self.right + 22 + max(names, default=0.0)

    def _text_end(self, row: Row) -> float:
        wide = width_of(row.title, TYPE) + (width_of(row.note, TYPE) + 8 if row.note else 0)
        bar = 48 if row.box and row.box.parts else 0
        return self.left + row.depth * _INSET + _PAD + wide + bar

    def _middle(self, column: int) -> float:
        return self.left - 14 - column * _COLUMN

    def _lane(self, way: Way) -> float:
        return self.lanes + way.track * _LANE

    def _end(self, row: int) -> float:
        """The right edge of a row's box."""
        return self.right - self.flow.rows[row].depth * _INSET

    # Down.

    def _place(self, top: float) -> None:
        self.tops: list[float] = []
        self.heights: list[float] = []
        self.feet: dict[int, float] = {}
        """Where each frame ends, by its head's row."""
        open_frames: list[int] = []
        for index, row in enumerate(self.flow.rows):
            while open_frames and self.flow.rows[open_frames[-1]].end <= index:
                self.feet[open_frames.pop()] = top
                top += _FOOT
            if row.frame is not None:
                open_frames.append(index)
            height = _HEAD if row.frame else max(_ROW, _SLOT * self._slots(index))
            self.tops.append(top)
            self.heights.append(height)
            top += height + (0 if row.frame else _GAP)
        while open_frames:
            self.feet[open_frames.pop()] = top
            top += _FOOT
        self.bottom = top

    def _slots(self, row: int) -> int:
        return len(self.arriving[row]) + bool(self.leaving[row])

    def _slot(self, row: int, way: Way | None) -> float:
        """Where a skip arrives at a row; where all leave it, for None."""
        at = len(self.arriving[row]) if way is None else self.arriving[row].index(way)
        return self.tops[row] + self.heights[row] * (at + 0.5) / self._slots(row)

    def _center(self, row: int) -> float:
        return self.tops[row] + self.heights[row] / 2

    # What is drawn.

    def _frames(self) -> Iterator[Item]:
        for index, row in enumerate(self.flow.rows):
            if row.frame is None:
                continue
            x, y = self.left + row.depth * _INSET, self.tops[index]
            at = Rect(x, y, self._end(index) - x, self.feet[index] - y)
            block = row.frame.block
            border = Rectangle(at, "frame" if block else "group", 6.0, dashed=not block)
            yield Group((border,), {"data-frame": row.frame.id})

    def _spine(self) -> Iterator[Item]:
        for way in self.flow.ways:
            if way.skip:
                continue
            rows = self.flow.rows
            x, start = self._middle(way.track), self._middle(rows[way.source].column)
            before: Point = (start, self._center(way.source))
            for target in way.targets:
                y, end = self._center(target), self._middle(rows[target].column)
                way_down = (before, (x, before[1]), (x, y), (end, y))
                paint = "rule" if way.size_only else "wire"
                data = {"data-from": self._id(way.source), "data-to": self._id(target)}
                yield Group((Line(_plain(way_down), paint, 1.6, arrow=False),), data)
                before = x, y

    def _skips(self) -> Iterator[Item]:
        for source, ways in self.leaving.items():
            if len(ways) > 1:
                y = self._slot(source, None)
                end = max(self._lane(way) for way in ways)
                yield Line(((self._end(source), y), (end, y)), "wire", 1.2, arrow=False)
        for way in self.flow.ways:
            if not way.skip:
                continue
            skip = self.scene.skip[way.skip]
            x, y = self._lane(way), self._slot(way.source, None)
            shared = len(self.leaving[way.source]) > 1
            before: tuple[Point, ...] = ((x, y),) if shared else ((self._end(way.source), y), (x, y))
            items: list[Item] = []
            for target in way.targets:
                y = self._slot(target, way)
                line = Line((*before, (x, y), (self._end(target), y)), f"skip {skip.number}", 1.8)
                data = {"data-from": self._id(way.source), "data-to": self._id(target), "data-skip": skip.id}
                yield Group((line,), data, skip.about)
                before = ((x, y),)
            if shared:
                x, y = self._lane(way), self._slot(way.source, None)
                items.append(Rectangle(Rect(x - 2.5, y - 2.5, 5, 5), f"skip {skip.number}", 2.5, border=False))
                yield Group(tuple(items), {"data-skip": skip.id})

    def _id(self, row: int) -> str:
        box = self.flow.rows[row].box
        assert box is not None
        return box.id

    def _row(self, index: int) -> Group:
        row = self.flow.rows[index]
        x, y, middle = self.left + row.depth * _INSET, self.tops[index], self._center(index)
        items: list[Item] = []
        data, title = {}, ""
        if row.box:
            data, title = {"data-steps": row.box.id}, row.box.about
            items += self._box(index, row)
        at = x + _PAD
        items.append(Text(at, middle + 3.5, row.title, TYPE, "ink", "start", bold=row.frame is not None))
        at += width_of(row.title, TYPE) + 8
        if row.note:
            items.append(Text(at, middle + 3.5, row.note, TYPE, "muted", "start"))
            at += width_of(row.note, TYPE) + 8
        if row.box and row.box.parts:
            items += self._bar(row, Rect(at, y + self.heights[index] / 2 - 4, 40, 8))
        if row.box and row.box.shape:
            items.append(Text(self.shapes, middle + 3.5, row.box.shape, TYPE, "muted", "end"))
        if row.weights:
            items.append(Text(self.weights, middle + 3.5, count(row.weights), TYPE, "muted", "end"))
        return Group(tuple(items), data, title)

    def _box(self, index: int, row: Row) -> Iterator[Item]:
        """A box, and its mark on the spine."""
        assert row.box is not None
        x, y, middle = self.left + row.depth * _INSET, self.tops[index], self._center(index)
        mark = self._middle(row.column)
        paint = style_of(row.box)
        if index in self.on_spine:
            yield Line(((mark, middle), (x, middle)), "wire", 1.0, arrow=False)
            if row.box.symbol:
                yield Disc((mark, middle), _DISC, row.box.symbol)
            else:
                yield Rectangle(Rect(mark - _DOT, middle - _DOT, 2 * _DOT, 2 * _DOT), paint, _DOT)
        place = Rect(x, y, self._end(index) - x, self.heights[index])
        end = row.box.kind in (Kind.INPUT, Kind.OUTPUT)
        yield Rectangle(place, paint, _ROW / 2 if end else 4.0, dashed=bool(row.box.reuses))
        if row.box.kind is Kind.BLOCK:
            yield Rectangle(Rect(place.x + 2, place.y + 2, place.width - 4, place.height - 4), "inset", 2.5)

    def _bar(self, row: Row, at: Rect) -> Iterator[Item]:
        """A concat's operands by their share; a skip's has the skip's colour."""
        assert row.box is not None
        shares = [float(part.size) if part.size.isdigit() else 1.0 for part in row.box.parts]
        x = at.x
        for part, share in zip(row.box.parts, shares, strict=True):
            width = at.width * share / (sum(shares) or 1.0)
            number = self.scene.skip[part.skip].number if part.skip in self.scene.skip else None
            paint = "plain" if number is None else f"skip {number}"
            yield Rectangle(Rect(x, at.y, width, at.height), paint, 0.0, border=False)
            x += width
        yield Rectangle(at, "outline", 1.0)

    def _labels(self) -> Iterator[Item]:
        for id, (way, target) in self.names.items():
            at = self.right + 12, self._slot(target, way) + 3.5
            text = Text(*at, self._name(way), TYPE, "ink", "start", bold=True, halo=True)
            yield Group((text,), {"data-name": id}, self.scene.skip[id].about)


def _plain(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The points without those that repeat the one before."""
    return tuple(point for at, point in enumerate(points) if not at or point != points[at - 1])
