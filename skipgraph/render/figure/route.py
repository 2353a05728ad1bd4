"""The ways of links: only in the gaps between columns and between lanes, or along a lane where nothing stands.

A way is a list of runs: horizontal ones along a lane or in the gap above one, vertical ones in the gap left of a
column. Runs that would lie on each other get tracks beside each other, but for those of one value, which share one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from skipgraph.render.figure.cells import Link
from skipgraph.render.figure.grid import Grid, Slot

Net: TypeAlias = str
"""What may share a track: the links of one value that is no skip, or one skip."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a link goes: out of its source into gap `leave`, along `along`, into its target from gap `arrive`.

    `lane` is the lane whose middle it runs along, `gap` the gap between lanes (the one above lane `gap`); one of them
    is None, or both where the two gaps are one.
    """

    link: Link
    source: Slot
    target: Slot
    leave: int
    arrive: int
    lane: int | None = None
    gap: int | None = None

    @property
    def is_straight(self) -> bool:
        return self.source.lane == self.target.lane and self.gap is None

    @property
    def net(self) -> Net:
        return f"skip {self.link.skip}" if self.link.skip else f"{self.link.source} {self.link.wire.result}"


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


def routes(grid: Grid) -> Plan:
    """A way for every link."""
    ways = _Router(grid).ways()
    horizontal, level = _levels(grid, ways)
    vertical, upright = _uprights(grid, ways, horizontal)
    return Plan(grid, ways, vertical, horizontal, upright, level)


class _Router:
    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.filled: dict[int, set[int]] = defaultdict(set)
        """The columns in which a cell stands, by lane."""
        for slot in grid.slots.values():
            self.filled[slot.lane].add(slot.column)
        self.along: dict[tuple[int, int], Net] = {}
        """Who runs along a lane through a column."""
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
        way = Way(link, source, target, source.column + 1, target.column)
        for lane in dict.fromkeys((source.lane, target.lane)):
            if self._free(way.net, lane, source.column, target.column) and self._may(way):
                self._take(way.net, lane, source.column, target.column)
                if source.lane == target.lane:
                    self.straight[link.source, "out"] = self.straight[link.target, "in"] = way.net
                return Way(link, source, target, way.leave, way.arrive, lane=lane)
        gap = self._gap(way)
        self.crowd[gap] += 1
        return Way(link, source, target, way.leave, way.arrive, gap=gap)

    def _free(self, net: Net, lane: int, start: int, end: int) -> bool:
        """Whether the lane is empty between two columns."""
        between = range(start + 1, end)
        return all(column not in self.filled[lane] and self.along.get((lane, column), net) == net for column in between)

    def _may(self, way: Way) -> bool:
        """Whether no other goes straight where this one would."""
        if way.source.lane != way.target.lane:
            return True
        ends = ((way.link.source, "out"), (way.link.target, "in"))
        return all(self.straight.get(end, way.net) == way.net for end in ends)

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


@dataclass(frozen=True, slots=True)
class _Run:
    """A vertical run in one gap: from where to where, in half lanes and tracks, and what it joins."""

    key: tuple[str, int]
    net: Net
    low: float
    high: float
    order: int
    """Where in the gap it belongs, from the left: so that no two stubs at one height lie on each other.

    0 comes along a lane to its target, 1 leaves a source, 2 does both, 3 arrives, 4 goes on along a lane.
    """


def _uprights(
    grid: Grid, ways: Iterable[Way], horizontal: Mapping[str, int]
) -> tuple[dict[tuple[str, int], int], dict[int, int]]:
    """Tracks in the gaps between columns: what leaves on the left, what arrives on the right."""
    runs: dict[int, list[_Run]] = defaultdict(list)
    for way in ways:
        for run, gap in _runs(way, horizontal):
            runs[gap].append(run)
    found: dict[tuple[str, int], int] = {}
    counts: dict[int, int] = {}
    for gap, here in runs.items():
        counts[gap] = _assign(here, found)
    return found, counts


def _runs(way: Way, horizontal: Mapping[str, int]) -> Iterable[tuple[_Run, int]]:
    source, target = float(way.source.lane), float(way.target.lane)
    id, net = way.link.id, way.net
    if way.gap is not None:
        between = way.gap - 0.5 - horizontal[id] / 1000
        for end, lane, gap, order in ((0, source, way.leave, 1), (1, target, way.arrive, 3)):
            low, high = sorted((lane, between))
            yield _Run((id, end), net, low, high, order), gap
    elif not way.is_straight:
        low, high = sorted((source, target))
        at_target = way.lane == way.source.lane
        order = 2 if way.leave == way.arrive else 0 if at_target else 4
        yield _Run((id, 0), net, low, high, order), way.arrive if at_target else way.leave


def _assign(runs: list[_Run], found: dict[tuple[str, int], int]) -> int:
    """A track for each run of a gap; how many there are."""
    # runs of one value that touch are one
    merged: dict[tuple[Net, int], list[_Run]] = defaultdict(list)
    for run in runs:
        merged[run.net, run.order].append(run)
    groups = sorted(
        merged.values(),
        key=lambda group: (group[0].order, max(run.high for run in group) - min(run.low for run in group)),
    )
    tracks: list[tuple[int, list[tuple[float, float]]]] = []
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
