"""From slots and tracks to pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log2, sqrt

from skipgraph.render.figure.cells import Cell
from skipgraph.render.figure.route import Net, Plan, Way
from skipgraph.render.figure.scale import Scale
from skipgraph.render.measure import width_of
from skipgraph.render.page import Point, Rect

TYPE = 9.0
"""The size of all labels."""
LINE = 11.0
RADIUS = 9.0
_TRACK = 6.0
_NAMED_TRACK = 13.0
_MARGIN = 6.0
_BETWEEN_LANES = 8.0
_BETWEEN_ROWS = 22.0
_STEP = 6.0


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands above and below a cell."""

    above: str
    below: str
    also: str = ""
    """A second line below."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands below, from above."""
        return tuple(text for text in (self.below, self.also) if text)


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
    names: Mapping[str, Point]
    """The middle of each named link's name, by link."""
    rows: tuple[Row, ...]
    bands: tuple[tuple[float, float], ...]
    """Lanes and the gaps between them, from where to where."""
    cuts: tuple[float, ...]
    """Where the figure may be cut: left of each column but the first."""
    width: float
    height: float


def places(plan: Plan, scale: Scale, labels: Mapping[str, Labels], names: Mapping[str, str]) -> Places:
    """The places of cells and links; `names` are those that stand on links."""
    return _Placer(plan, scale, labels, names).places()


def box_of(cell: Cell, scale: Scale, tallest: float) -> tuple[float, float]:
    """The width and height of a cell: by its channels, and by its size beside the largest there is."""
    if cell.symbol and not cell.parts:
        return 2 * RADIUS, 2 * RADIUS
    channels = scale.channels(cell.type)
    side = scale.side(cell.type)
    height = 14.0 + 40.0 * (log2(side + 1) / log2(tallest + 1) if tallest else 0.25)
    width = 7.0 + 2.4 * log2(channels + 1)
    if cell.parts:
        width *= 1.15
    if cell.copies > 1:
        width *= 1.5
    return round(width), round(height)


class _Placer:
    def __init__(self, plan: Plan, scale: Scale, labels: Mapping[str, Labels], names: Mapping[str, str]) -> None:
        self.plan = plan
        self.grid = plan.grid
        self.labels = labels
        self.names = names
        cells = self.grid.sketch.cells
        tallest = max((scale.side(cell.type) for cell in cells), default=0.0)
        self.cells = {cell.id: cell for cell in cells}
        self.size = {cell.id: box_of(cell, scale, tallest) for cell in cells}
        self.ways = {way.link.id: way for way in plan.ways}
        self.home = {id: self._home(way) for id, way in self.ways.items() if id in names}
        """The column in which a link's name stands."""
        self.named_gaps = {way.gap for id, way in self.ways.items() if id in names and way.gap is not None}
        self.columns, self.tracks, self.width = self._across()
        self.lanes, self.levels, self.bands = self._down()
        self.ports = self._ports()

    @staticmethod
    def _home(way: Way) -> int:
        return (way.source.column + way.target.column) // 2

    def _across(self) -> tuple[list[tuple[float, float]], list[float], float]:
        """Each column from where to where, where the tracks of the gap left of it begin, and the whole width."""
        wide = self._widths()
        half = {name: self._reach(name) for name in self.grid.slots}
        in_lane: dict[tuple[int, int], str] = {(slot.column, slot.lane): name for name, slot in self.grid.slots.items()}
        reached: dict[int, float] = defaultdict(float)
        """How far to the right the labels of each lane reach."""
        columns: list[tuple[float, float]] = []
        tracks: list[float] = []
        right = 0.0
        for column in range(self.grid.columns):
            here = [name for lane in range(self.grid.lanes) if (name := in_lane.get((column, lane)))]
            room = 2 * _MARGIN + max(self.plan.upright.get(column, 0) - 1, 0) * _TRACK if column else 0.0
            due = [reached[self.grid.slots[name].lane] + half[name] + (4 if column else 0) for name in here]
            middle = max([right + room + wide[column] / 2, *due])
            left = middle - wide[column] / 2
            tracks.append(right + (left - right - room) / 2 + _MARGIN)
            right = middle + wide[column] / 2
            columns.append((left, right))
            for name in here:
                reached[self.grid.slots[name].lane] = middle + half[name]
        return columns, tracks, max([right, *reached.values()])

    def _widths(self) -> Mapping[int, float]:
        """How wide each column is: its boxes, the names on links, and labels beside which something passes."""
        wide: dict[int, float] = defaultdict(lambda: 4.0)
        for name, slot in self.grid.slots.items():
            label, width = self.labels[name], self.size[name][0]
            below = ((text, slot.lane + 0.3) for text in label.lines)
            for text, level in ((label.above, slot.lane - 0.3), *below):
                if text and (self._passed(slot.column, level) or self._passed(slot.column + 1, level)):
                    width = max(width, width_of(text, TYPE) - 2 * _MARGIN + 6)
            wide[slot.column] = max(wide[slot.column], width)
        for id, column in self.home.items():
            wide[column] = max(wide[column], width_of(self.names[id], TYPE) * 1.08 + 8)
        return wide

    def _reach(self, name: str) -> float:
        """How far a cell and its labels reach to either side of its middle."""
        label = self.labels[name]
        return max(self.size[name][0], *(width_of(text, TYPE) for text in (label.above, *label.lines))) / 2

    def _passed(self, gap: int, level: float) -> bool:
        """Whether a link passes a level in the gap left of a column."""
        return any(low < level < high for low, high in self.plan.passing.get(gap, ()))

    def _down(self) -> tuple[list[float], list[float], list[tuple[float, float]]]:
        """The middle of each lane, the lower edge of the gap above each, and from where to where both stretch."""
        up: dict[int, float] = defaultdict(float)
        down: dict[int, float] = defaultdict(float)
        for name, slot in self.grid.slots.items():
            half, label = self.size[name][1] / 2, self.labels[name]
            up[slot.lane] = max(up[slot.lane], half + (LINE if label.above else 0))
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
        return _NAMED_TRACK if gap in self.named_gaps else _TRACK

    def _clear(self, gap: int) -> float:
        """How far the first track of a gap between lanes is above the lane."""
        return 8.0 if gap in self.named_gaps else 5.0

    def _ports(self) -> dict[tuple[str, str, Net], float]:
        """How far above or below its middle each value leaves a cell, or arrives at one."""
        sides: dict[tuple[str, str], dict[Net, tuple[float, bool]]] = defaultdict(dict)
        for way in self.plan.ways:
            for cell, side, own, other in (
                (way.link.source, "out", way.source.lane, way.target.lane),
                (way.link.target, "in", way.target.lane, way.source.lane),
            ):
                if way.gap is not None:
                    level = way.gap - 0.5
                else:
                    # what runs along its own lane first turns late, so that it stands next to the middle
                    level = own + (other - own) * 0.01 if way.lane == own else other
                straight = way.is_straight
                kept = sides[cell, side].get(way.net)
                if kept is None or straight:
                    sides[cell, side][way.net] = (float(level), straight)
        found = {}
        for (cell, side), nets in sides.items():
            own = self.grid.slots[cell].lane
            for net, offset in _offsets(own, nets, self.size[cell][1] / 2 - 3).items():
                found[cell, side, net] = offset
        return found

    def places(self) -> Places:
        boxes = {}
        for name, slot in self.grid.slots.items():
            width, height = self.size[name]
            left, right = self.columns[slot.column]
            middle = (left + right) / 2
            boxes[name] = Rect(middle - width / 2, self.lanes[slot.lane] - height / 2, width, height)
        lines = {id: (self._line(way, boxes),) for id, way in self.ways.items()}
        names = {id: self._name(self.ways[id], lines[id][0]) for id in self.home}
        cuts = tuple(left - 4 for left, _ in self.columns[1:])
        return Places(
            self.plan, boxes, lines, names, tuple(self._rows()), tuple(self.bands), cuts, self.width, self.bands[-1][1]
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
        if self.cells[cell].symbol and not self.cells[cell].parts:
            reach = sqrt(max(RADIUS**2 - offset**2, 0.0))
        return (x + reach if side == "out" else x - reach), y + offset

    def _track(self, gap: int, track: int) -> float:
        return self.tracks[gap] + track * _TRACK

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

    def _name(self, way: Way, line: tuple[Point, ...]) -> Point:
        left, right = self.columns[self.home[way.link.id]]
        if way.gap is not None:
            return (left + right) / 2, line[2][1]
        # along which of the two lanes it runs through the column
        return (left + right) / 2, line[0][1] if way.is_straight or way.lane == way.source.lane else line[-1][1]


def _offsets(own: int, nets: Mapping[Net, tuple[float, bool]], room: float) -> dict[Net, float]:
    """Ports spread over a side, from what goes up to what goes down; what goes straight is in the middle."""
    ordered = sorted(nets, key=lambda net: (nets[net][0], net))
    middle = next((net for net in ordered if nets[net][1]), None)
    if middle is None and len(ordered) == 1:
        [middle] = ordered
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
