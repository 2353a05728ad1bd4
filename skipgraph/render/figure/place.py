"""From slots and tracks to pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from skipgraph.render.figure.face import LINE, RADIUS, TYPE, WIDE, Face, Labels, Spacing, face_of
from skipgraph.render.figure.route import Net, Plan, Way
from skipgraph.render.figure.scale import Scale
from skipgraph.render.measure import width_of
from skipgraph.render.page import Point, Rect

Widths: TypeAlias = dict[int, tuple[float, float]]
"""How far each column reaches left and right of its middle."""

_NAMED_TRACK = 13.0
_BETWEEN_LANES = 8.0
_BETWEEN_ROWS = 22.0
_STEP = 6.0
_CLEAR = 3.0
"""Between a text and an upright line."""


class _Column(NamedTuple):
    """From where to where a column stretches, and where the middle of its boxes is."""

    left: float
    middle: float
    right: float


class Room(NamedTuple):
    """Where on a link its name may stand: from where to where, at which height, and how wide the name is."""

    left: float
    right: float
    y: float
    due: float

    @property
    def middle(self) -> Point:
        return (self.left + self.right) / 2, self.y


@dataclass(frozen=True, slots=True)
class Row:
    """A resolution: its number, the middle of its label, and the rule above it."""

    number: int
    middle: float
    rule: float | None
    lanes: tuple[tuple[float, float], ...]
    """The upper edge and the middle of each of its lanes."""


@dataclass(frozen=True)
class Places:
    """Where everything of a plan stands."""

    plan: Plan
    boxes: Mapping[str, Rect]
    lines: Mapping[str, tuple[tuple[Point, ...], ...]]
    """Each in one piece, or in several where the figure is wrapped."""
    faces: Mapping[str, Face]
    names: Mapping[str, Room]
    """By link."""
    rows: tuple[Row, ...]
    bands: tuple[tuple[float, float], ...]
    """Lanes and the gaps between them, from where to where."""
    cuts: tuple[float, ...]
    """Where the figure may be cut: left of each column but the first."""
    width: float
    height: float
    spacing: Spacing
    tops: tuple[float, ...] = (0.0,)
    """Where each strip begins, where the figure is wrapped."""


def places(
    plan: Plan, scale: Scale, labels: Mapping[str, Labels], names: Mapping[str, float], spacing: Spacing = WIDE
) -> Places:
    """The places of cells and links; `names` are how wide the names are that stand on links."""
    return _Placer(plan, scale, labels, names, spacing).places()


class _Placer:
    def __init__(
        self, plan: Plan, scale: Scale, labels: Mapping[str, Labels], names: Mapping[str, float], spacing: Spacing
    ) -> None:
        self.plan = plan
        self.spacing = spacing
        self.grid = plan.grid
        self.labels = labels
        self.names = names
        cells = self.grid.sketch.cells
        tallest = max((scale.side(cell.type) for cell in cells), default=0.0)
        self.cells = {cell.id: cell for cell in cells}
        self.faces = {cell.id: face_of(cell, labels[cell.id], scale, tallest, spacing.boxes) for cell in cells}
        self.texts = {name: tuple(self._texts(name)) for name in self.cells}
        self.ways = {way.link.id: way for way in plan.ways}
        self.stacks = self._stacks()
        self.homes = self._homes()
        self.named_gaps = {way.gap for id, way in self.ways.items() if id in names and way.gap is not None}
        wide = self._widths()
        self.columns, self.tracks, self.width = self._across(wide)
        if self._widened(wide):
            self.columns, self.tracks, self.width = self._across(wide)
        self.lanes, self.levels, self.bands = self._down()
        self.ports = self._ports()

    def _homes(self) -> dict[str, tuple[int, int]]:
        """From which column to which each link's name may stand: as far as nothing upright crosses the link."""
        found = {}
        for id in self.names:
            way = self.ways[id]
            level = self._level(way)
            stretches: list[tuple[int, int]] = []
            for column in range(way.leave, way.arrive):
                if stretches and not self._passed(column, level):
                    stretches[-1] = stretches[-1][0], column
                else:
                    stretches.append((column, column))
            middle = (way.source.column + way.target.column) / 2
            # the longest, of those as long the one nearest to the middle
            found[id] = max(stretches, key=lambda at: (at[1] - at[0], -abs(sum(at) / 2 - middle)))
        return found

    def _level(self, way: Way) -> float:
        """The lane along which a link runs, or the track between two."""
        if way.gap is not None:
            return way.gap - 0.5 - self.plan.horizontal[way.link.id] / 1000
        return float(way.source.lane if way.lane is None else way.lane)

    def _widened(self, wide: Widths) -> bool:
        """Make columns wider where a name finds no room, or a label meets a line; whether there are any."""
        left: dict[int, float] = defaultdict(float)
        right: dict[int, float] = defaultdict(float)
        for id, (first, last) in self.homes.items():
            lacks = self.names[id] + 8 - (self.columns[last].right - self.columns[first].left)
            middle = (first + last) // 2
            left[middle], right[middle] = max(left[middle], lacks / 2), max(right[middle], lacks / 2)
        for name, slot in self.grid.slots.items():
            for half, middle_of, level in self.texts[name]:
                at = self.columns[slot.column].middle + middle_of
                left[slot.column] = max(left[slot.column], self._met(slot.column, level, at - half))
                right[slot.column] = max(right[slot.column], self._met(slot.column, level, at + half))
        more = {column for column in (*left, *right) if left[column] or right[column]}
        for column in more:
            wide[column] = wide[column][0] + left[column], wide[column][1] + right[column]
        return bool(more)

    def _met(self, column: int, level: float, end: float) -> float:
        """How far a label that ends there reaches over the nearest line behind the columns beside its own."""
        if end > self.columns[column].middle:
            for gap in range(column + 2, self.grid.columns):
                if self.tracks[gap] > end:
                    break
                if self._passed(gap, level):
                    return end - self.tracks[gap]
            return 0.0
        for gap in range(column - 1, 0, -1):
            last = self.columns[gap].left - self.spacing.before
            if last < end:
                break
            if self._passed(gap, level):
                return last - end
        return 0.0

    def _texts(self, name: str) -> Iterator[tuple[float, float, float]]:
        """How far the labels of a cell reach to both sides, where the middle of each is, and its level."""
        label, face, lane = self.labels[name], self.faces[name], self.grid.slots[name].lane
        for text in label.lines:
            yield _half(text), 0.0, lane + 0.3
        if label.above:
            yield _half(label.above), face.above, lane - 0.3
        if label.joint:
            yield _half(label.joint), face.joint, lane - 0.3

    def _stacks(self) -> list[list[tuple[str, int]]]:
        """The cells of each column with their lanes, from the top."""
        stacks: list[list[tuple[str, int]]] = [[] for _ in range(self.grid.columns)]
        for name, slot in self.grid.slots.items():
            stacks[slot.column].append((name, slot.lane))
        for stack in stacks:
            stack.sort(key=itemgetter(1))
        return stacks

    def _across(self, wide: Widths) -> tuple[list[_Column], list[float], float]:
        """The columns, where the tracks of the gap left of each begin, and the whole width."""
        behind, track = self.spacing.behind, self.spacing.track
        reached: dict[int, float] = defaultdict(float)
        """How far to the right the labels of each lane reach."""
        columns: list[_Column] = []
        tracks: list[float] = []
        right = 0.0
        for column, here in enumerate(self.stacks):
            room = (
                behind + self.spacing.before + max(self.plan.upright.get(column, 0) - 1, 0) * track if column else 0.0
            )
            due = [reached[lane] + self.faces[name].left + (4 if column else 0) for name, lane in here]
            middle = max([right + room + wide[column][0], *due])
            left = middle - wide[column][0]
            tracks.append(right + (left - right - room) / 2 + behind)
            right = middle + wide[column][1]
            columns.append(_Column(left, middle, right))
            for name, lane in here:
                reached[lane] = middle + self.faces[name].right
        return columns, tracks, max([right, *reached.values()])

    def _widths(self) -> Widths:
        """How far each column reaches: its boxes, and labels beside which something passes."""
        wide: Widths = defaultdict(lambda: (2.0, 2.0))
        for name, slot in self.grid.slots.items():
            left = right = self.faces[name].width / 2
            for half, middle, level in self.texts[name]:
                on_left, on_right = half - middle - self.spacing.before, half + middle - self.spacing.behind
                if on_left > left and self._passed(slot.column, level):
                    left = on_left
                if on_right > right and self._passed(slot.column + 1, level):
                    right = on_right
            wide[slot.column] = max(wide[slot.column][0], left), max(wide[slot.column][1], right)
        return wide

    def _passed(self, gap: int, level: float) -> bool:
        """Whether a link passes a level in the gap left of a column."""
        return any(low < level < high for low, high in self.plan.passing.get(gap, ()))

    def _down(self) -> tuple[list[float], list[float], list[tuple[float, float]]]:
        """The middle of each lane, the lower edge of the gap above each, and from where to where both stretch."""
        up: dict[int, float] = defaultdict(float)
        down: dict[int, float] = defaultdict(float)
        for name, slot in self.grid.slots.items():
            half, label = self.faces[name].height / 2, self.labels[name]
            up[slot.lane] = max(up[slot.lane], half + (LINE if label.above or label.joint else 0))
            down[slot.lane] = max(down[slot.lane], half + LINE * len(label.lines))
        lanes, levels, y = [], [], 0.0
        bands: list[tuple[float, float]] = []
        for lane in range(self.grid.lanes + 1):
            tracks = self.plan.level.get(lane, 0)
            new = 0 < lane < self.grid.lanes and self.grid.rows[lane] != self.grid.rows[lane - 1]
            room = 0.0 if lane in (0, self.grid.lanes) else _BETWEEN_ROWS if new else _BETWEEN_LANES
            pitch = self.pitch(lane)
            y += max(room, (tracks - 1) * pitch + 2 * self._clear(lane) if tracks else 0.0)
            bands.append((bands[-1][1] if bands else 0.0, y))
            levels.append(y)
            if lane < self.grid.lanes:
                y += up[lane]
                lanes.append(y)
                y += down[lane]
                bands.append((levels[-1], y))
        return lanes, levels, bands

    def pitch(self, gap: int) -> float:
        """How far the tracks of a gap between lanes are apart."""
        return _NAMED_TRACK if gap in self.named_gaps else self.spacing.track

    def _clear(self, gap: int) -> float:
        """How far the first track of a gap between lanes is above the lane."""
        return 8.0 if gap in self.named_gaps else 5.0

    def _ports(self) -> dict[tuple[str, str, Net], float]:
        """How far above or below its middle each value leaves a cell, or arrives at one."""
        sides: dict[tuple[str, str], dict[Net, tuple[float, bool]]] = defaultdict(dict)
        for way in self.plan.ways:
            straight = way.is_straight
            for cell, side, own, other in (
                (way.link.source, "out", way.source.lane, way.target.lane),
                (way.link.target, "in", way.target.lane, way.source.lane),
            ):
                if way.gap is not None:
                    level = way.gap - 0.5
                else:
                    # what runs along its own lane first turns late, so that it stands next to the middle
                    level = own + (other - own) * 0.01 if way.lane == own else other
                nets = sides[cell, side]
                if straight or way.net not in nets:
                    nets[way.net] = float(level), straight
        found = {}
        for (cell, side), nets in sides.items():
            own = self.grid.slots[cell].lane
            for net, offset in _offsets(own, nets, self.faces[cell].height / 2 - 3).items():
                found[cell, side, net] = offset
        return found

    def places(self) -> Places:
        boxes = {}
        for name, slot in self.grid.slots.items():
            width, height = self.faces[name].width, self.faces[name].height
            middle = self.columns[slot.column].middle
            boxes[name] = Rect(middle - width / 2, self.lanes[slot.lane] - height / 2, width, height)
        lines = {id: (self._line(way, boxes),) for id, way in self.ways.items()}
        names = {id: self._room(self.ways[id], lines[id][0]) for id in self.homes}
        cuts = tuple(column.left - self.spacing.before + 0.5 for column in self.columns[1:])
        return Places(
            self.plan,
            boxes,
            lines,
            self.faces,
            names,
            tuple(self._rows()),
            tuple(self.bands),
            cuts,
            self.width,
            self.bands[-1][1],
            self.spacing,
        )

    def _rows(self) -> Iterable[Row]:
        lanes: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for lane, row in enumerate(self.grid.rows):
            lanes[row].append((self.levels[lane], self.lanes[lane]))
        for lane, row in enumerate(self.grid.rows):
            if lane and self.grid.rows[lane - 1] == row:
                continue
            tracks = self.plan.level.get(lane, 0)
            above = (tracks - 1) * self.pitch(lane) + 2 * self._clear(lane) - 2 if tracks else 0.0
            rule = self.levels[lane] - max(above, _BETWEEN_ROWS / 2) if lane else None
            yield Row(row, self.lanes[lane], rule, tuple(lanes[row]))

    def _end(self, cell: str, side: str, net: Net, boxes: Mapping[str, Rect]) -> Point:
        """Where a line touches a cell."""
        at, offset = boxes[cell], self.ports[cell, side, net]
        x, y = at.center
        reach = at.width / 2
        if self.cells[cell].symbol:
            reach = sqrt(max(RADIUS**2 - offset**2, 0.0))
        return (x + reach if side == "out" else x - reach), y + offset

    def _track(self, gap: int, track: int) -> float:
        return self.tracks[gap] + track * self.spacing.track

    def _line(self, way: Way, boxes: Mapping[str, Rect]) -> tuple[Point, ...]:
        start = self._end(way.link.source, "out", way.net, boxes)
        end = self._end(way.link.target, "in", way.net, boxes)
        id = way.link.id
        if way.is_straight:
            return start, (end[0], start[1])
        if way.gap is None:
            turn = way.arrive if way.lane == way.source.lane else way.leave
            x = self._track(turn, self.plan.vertical[id, 0])
            return start, (x, start[1]), (x, end[1]), end
        first = self._track(way.leave, self.plan.vertical[id, 0])
        last = self._track(way.arrive, self.plan.vertical[id, 1])
        y = self.levels[way.gap] - self._clear(way.gap) - self.plan.horizontal[id] * self.pitch(way.gap)
        return start, (first, start[1]), (first, y), (last, y), (last, end[1]), end

    def _room(self, way: Way, line: tuple[Point, ...]) -> Room:
        first, last = self.homes[way.link.id]
        left, right = self.columns[first].left, self.columns[last].right
        if way.gap is not None:
            y = line[2][1]
        else:
            # along which of the two lanes it runs through the column
            y = line[0][1] if way.is_straight or way.lane == way.source.lane else line[-1][1]
        return Room(left, right, y, self.names[way.link.id])


def _half(text: str) -> float:
    """How far a text and the room beside it reach from its middle."""
    return width_of(text, TYPE) / 2 + _CLEAR


def _offsets(own: int, nets: Mapping[Net, tuple[float, bool]], room: float) -> dict[Net, float]:
    """Ports spread over a side, from what goes up to what goes down; what goes straight is in the middle."""
    if len(nets) == 1:
        return dict.fromkeys(nets, 0.0)
    ordered = sorted(nets, key=lambda net: (nets[net][0], net))
    middle = next((net for net in ordered if nets[net][1]), None)
    above = [net for net in ordered if net != middle and nets[net][0] < own]
    below = [net for net in ordered if net != middle and nets[net][0] >= own]
    if middle is None:
        # nothing in the middle: spread evenly
        step = min(_STEP, 2 * room / max(len(ordered) - 1, 1))
        return {net: (at - (len(ordered) - 1) / 2) * step for at, net in enumerate(ordered)}
    found = {middle: 0.0}
    step = min(_STEP, room / max(len(above), len(below), 1))
    found |= {net: -(len(above) - at) * step for at, net in enumerate(above)}
    found |= {net: (at + 1) * step for at, net in enumerate(below)}
    return found
