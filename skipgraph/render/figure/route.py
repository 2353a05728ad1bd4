"""The ways of links: only in the gaps between columns and between lanes, or along a lane where nothing stands.

A way is a list of runs: horizontal ones along a lane or in the gap above one, vertical ones in the gap left of a
column. Runs that would lie on each other get tracks beside each other, but for those of one value, which share one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from skipgraph.passes.diff import Mark
from skipgraph.render.figure.cells import Link
from skipgraph.render.figure.grid import Grid, Slot

Net: TypeAlias = str
"""What may share a track: the links of one value that is no skip, all kept or all new or gone; or one skip."""


class Way(NamedTuple):
    """How a link goes: out of its source into gap `leave`, along `along`, into its target from gap `arrive`.

    `lane` is the lane whose middle it runs along, `gap` the gap between lanes (the one above lane `gap`); one of them
    is None, or both where the two gaps are one.
    """

    link: Link
    net: Net
    source: Slot
    target: Slot
    leave: int
    arrive: int
    lane: int | None = None
    gap: int | None = None

    @property
    def is_straight(self) -> bool:
        return self.source.lane == self.target.lane and self.gap is None


@dataclass(frozen=True)
class Plan:
    """The ways of all links, and the tracks of their runs."""

    grid: Grid
    ways: tuple[Way, ...]
    vertical: Mapping[tuple[str, int], int]
    """The track of a link's run in the gap left of a column, from the left."""
    horizontal: Mapping[str, int]
    """The track of a link's run in a gap between lanes, from the lower lane up."""
    upright: Mapping[int, int]
    """How many tracks the gap left of each column has."""
    level: Mapping[int, int]
    """How many tracks the gap above each lane has."""
    passing: Mapping[int, tuple[tuple[float, float], ...]]
    """From which lane to which the runs in the gap left of each column lead; between two lanes lies a half."""


def routes(grid: Grid) -> Plan:
    """A way for every link."""
    ways = _Router(grid).ways()
    horizontal, level = _levels(grid, ways)
    runs = _uprights(ways, horizontal)
    vertical: dict[tuple[str, int], int] = {}
    upright = {gap: _assign(here, vertical) for gap, here in runs.items()}
    passing = {gap: tuple((run.low, run.high) for run in here) for gap, here in runs.items()}
    return Plan(grid, ways, vertical, horizontal, upright, level, passing)


def turning(way: Way, lane: int) -> int:
    """The gap between columns in which a way that runs along one of its lanes turns."""
    return way.arrive if lane == way.source.lane else way.leave


class _Router:
    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.filled: dict[int, set[int]] = defaultdict(set)
        """The columns in which a cell stands, by lane."""
        for slot in grid.slots.values():
            self.filled[slot.lane].add(slot.column)
        self.along: dict[tuple[int, int], Net] = {}
        """Who runs along a lane through a column."""
        self.turns: dict[int, set[tuple[int, int]]] = defaultdict(set)
        """The lanes that the turns in a gap between two columns lead from and to."""
        self.crowd: dict[int, int] = defaultdict(int)
        """Links in each gap between lanes."""
        self.straight: dict[tuple[str, str], Net] = {}
        """Who goes straight out of a cell, or into one."""
        self.shared: dict[Net, int] = {}
        """The gap between lanes that a value's links take."""

    def ways(self) -> tuple[Way, ...]:
        links = self.grid.sketch.links
        # the main path first, then what is short
        order = sorted(links, key=lambda link: (link.id not in self.grid.main, self._span(link)))
        found = {link.id: self._way(link) for link in order}
        return tuple(found[link.id] for link in links)

    def _span(self, link: Link) -> int:
        return self.grid.slots[link.target].column - self.grid.slots[link.source].column

    def _way(self, link: Link) -> Way:
        source, target = self.grid.slots[link.source], self.grid.slots[link.target]
        way = Way(link, _net(link), source, target, source.column + 1, target.column)
        for lane in dict.fromkeys((source.lane, target.lane)):
            if self._free(way.net, lane, source.column, target.column) and self._may(way, lane):
                self._take(way.net, lane, source.column, target.column)
                if source.lane == target.lane:
                    self.straight[link.source, "out"] = self.straight[link.target, "in"] = way.net
                else:
                    self.turns[turning(way, lane)].add((source.lane, target.lane))
                return Way(link, way.net, source, target, way.leave, way.arrive, lane=lane)
        gap = self._gap(way)
        self.crowd[gap] += 1
        return Way(link, way.net, source, target, way.leave, way.arrive, gap=gap)

    def _free(self, net: Net, lane: int, start: int, end: int) -> bool:
        """Whether the lane is empty between two columns."""
        between = range(start + 1, end)
        return all(column not in self.filled[lane] and self.along.get((lane, column), net) == net for column in between)

    def _may(self, way: Way, lane: int) -> bool:
        """Whether no other goes straight where this one would, or turns so that neither can stand left of the other."""
        if way.source.lane != way.target.lane:
            return not self._circles(way, turning(way, lane))
        ends = ((way.link.source, "out"), (way.link.target, "in"))
        return all(self.straight.get(end, way.net) == way.net for end in ends)

    def _circles(self, way: Way, gap: int) -> bool:
        """Whether the turns of a gap lead back from a turn's target to its source."""
        steps = self.turns[gap]
        waiting, seen = [way.target.lane], set()
        while waiting:
            lane = waiting.pop()
            if lane == way.source.lane:
                return True
            if lane not in seen:
                seen.add(lane)
                waiting += [end for start, end in steps if start == lane]
        return False

    def _take(self, net: Net, lane: int, start: int, end: int) -> None:
        for column in range(start + 1, end):
            self.along[lane, column] = net

    def _gap(self, way: Way) -> int:
        """The gap between lanes that a link takes: above its lane, or between its lanes."""
        if way.net in self.shared:
            return self.shared[way.net]
        low, high = sorted((way.source.lane, way.target.lane))
        choices = [low, low + 1] if low == high else list(range(low + 1, high + 1))
        gap = min(choices, key=lambda each: (self.crowd[each], abs(each - way.target.lane)))
        if low == high and self.crowd[low] <= self.crowd[low + 1] + 2:
            # arcs stand above, as papers draw them
            gap = low
        if not way.link.skip:
            self.shared[way.net] = gap
        return gap


def _net(link: Link) -> Net:
    if link.back:
        return f"back {link.id}"
    if link.skip:
        return f"skip {link.skip}"
    value = f"{link.source} {link.wire.result}"
    return value if link.mark is Mark.KEPT else f"{value} {link.mark}"


def _levels(grid: Grid, ways: Iterable[Way]) -> tuple[dict[str, int], dict[int, int]]:
    """Tracks in the gaps between lanes: short runs next to the lane, longer ones around them."""
    found: dict[str, int] = {}
    counts: dict[int, int] = {}
    by_gap: dict[int, dict[Net, list[Way]]] = defaultdict(lambda: defaultdict(list))
    for way in ways:
        if way.gap is not None:
            by_gap[way.gap][way.net].append(way)
    for gap, nets in by_gap.items():
        spans = {
            net: (min(way.leave for way in group), max(way.arrive for way in group)) for net, group in nets.items()
        }
        tracks: list[list[tuple[int, int]]] = []
        for net in sorted(spans, key=lambda each: (spans[each][1] - spans[each][0], spans[each], each)):
            start, end = spans[net]
            track = next(
                (at for at, runs in enumerate(tracks) if all(end < a or b < start for a, b in runs)), len(tracks)
            )
            if track == len(tracks):
                tracks.append([])
            tracks[track].append((start, end))
            for way in nets[net]:
                found[way.link.id] = track
        counts[gap] = len(tracks)
    return found, counts


class _Run(NamedTuple):
    """A vertical run in one gap: from where to where, in half lanes and tracks, and what it joins."""

    key: tuple[str, int]
    net: Net
    low: float
    high: float
    order: float
    """Where in the gap it belongs, from the left: so that no two stubs at one height lie on each other.

    1 leaves a source, 2 and what follows turns from one lane into another, 3 arrives at a target.
    """


def _uprights(ways: Iterable[Way], horizontal: Mapping[str, int]) -> Mapping[int, list[_Run]]:
    """The vertical runs in each gap between columns."""
    runs: dict[int, list[_Run]] = defaultdict(list)
    turns: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for way in ways:
        if way.lane is not None and not way.is_straight:
            turns[turning(way, way.lane)].add((way.source.lane, way.target.lane))
    ranks = {gap: _ranks(here) for gap, here in turns.items()}
    for way in ways:
        for run, gap in _runs(way, horizontal, ranks):
            runs[gap].append(run)
    return runs


def _ranks(turns: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The turns of a gap from left to right: one that leaves a lane stands left of those that arrive there."""
    found: dict[tuple[int, int], int] = {}

    def rank(turn: tuple[int, int]) -> int:
        if turn not in found:
            found[turn] = 1 + max((rank(other) for other in turns if other[0] == turn[1]), default=-1)
        return found[turn]

    for turn in sorted(turns):
        rank(turn)
    return found


def _runs(
    way: Way, horizontal: Mapping[str, int], ranks: Mapping[int, Mapping[tuple[int, int], int]]
) -> Iterable[tuple[_Run, int]]:
    source, target = float(way.source.lane), float(way.target.lane)
    id, net = way.link.id, way.net
    if way.gap is not None:
        between = way.gap - 0.5 - horizontal[id] / 1000
        for end, lane, gap, order in ((0, source, way.leave, 1), (1, target, way.arrive, 3)):
            low, high = sorted((lane, between))
            yield _Run((id, end), net, low, high, order), gap
    elif way.lane is not None and not way.is_straight:
        low, high = sorted((source, target))
        gap = turning(way, way.lane)
        yield _Run((id, 0), net, low, high, 2 + ranks[gap][way.source.lane, way.target.lane] / 1000), gap


def _assign(runs: list[_Run], found: dict[tuple[str, int], int]) -> int:
    """A track for each run of a gap, what leaves on the left, what arrives on the right; how many there are."""
    # runs of one value that touch are one
    merged: dict[tuple[Net, float], list[_Run]] = defaultdict(list)
    for run in runs:
        merged[run.net, run.order].append(run)
    groups = sorted(
        merged.values(),
        key=lambda group: (group[0].order, max(run.high for run in group) - min(run.low for run in group)),
    )
    tracks: list[tuple[float, list[tuple[float, float]]]] = []
    for group in groups:
        low, high = min(run.low for run in group), max(run.high for run in group)
        order = group[0].order
        track = next(
            (
                at
                for at, (kind, spans) in enumerate(tracks)
                if kind == order and all(high < a or b < low for a, b in spans)
            ),
            None,
        )
        if track is None:
            track = len(tracks)
            tracks.append((order, []))
        tracks[track][1].append((low, high))
        for run in group:
            found[run.key] = track
    return len(tracks)
