"""Where cells stand: the row is the resolution, the column the longest way from an input, a lane parts what meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import NamedTuple

from skipgraph.passes.diff import Mark
from skipgraph.render.figure.cells import Link, Sketch
from skipgraph.render.figure.scale import Octaves, Scale


class Slot(NamedTuple):
    """The place of a cell: column and lane, both from 0; lanes count over all rows, from the top."""

    column: int
    lane: int


@dataclass(frozen=True)
class Grid:
    """A sketch with its cells in slots."""

    sketch: Sketch
    slots: Mapping[str, Slot]
    columns: int
    rows: tuple[int, ...]
    """The row of each lane."""
    main: frozenset[str]
    """The links of the main path."""

    @property
    def lanes(self) -> int:
        return len(self.rows)


def grid(sketch: Sketch, scale: Scale) -> Grid:
    """The slots of a sketch's cells."""
    columns = _columns(sketch)
    path = _main_path(sketch)
    octaves = Octaves(scale.side(cell.type) for cell in sketch.cells)
    row_of = {cell.id: octaves.row(scale.side(cell.type)) for cell in sketch.cells}
    lane_in = _lanes(sketch, columns, row_of, path)
    used = sorted({(row_of[cell.id], lane_in[cell.id]) for cell in sketch.cells})
    number = {place: index for index, place in enumerate(used)}
    slots = {cell.id: Slot(columns[cell.id], number[row_of[cell.id], lane_in[cell.id]]) for cell in sketch.cells}
    main = frozenset(link.id for link in path)
    return Grid(sketch, slots, max(columns.values(), default=0) + 1, tuple(row for row, _ in used), main)


def _columns(sketch: Sketch) -> dict[str, int]:
    """The longest way to each cell. A named skip spans a column, so that there is room for its name."""
    arriving: dict[str, list[Link]] = {}
    for link in sketch.links:
        arriving.setdefault(link.target, []).append(link)
    found: dict[str, int] = {}
    for cell in sketch.cells:
        steps = ((found[link.source], 2 if link.named else 1) for link in arriving.get(cell.id, ()))
        found[cell.id] = max((column + step for column, step in steps), default=0)
    last = max(found.values(), default=0)
    # results stand at the right edge only where nothing comes of it: beside what they are of
    return {name: min(column, last) for name, column in found.items()}


def _main_path(sketch: Sketch) -> tuple[Link, ...]:
    """The longest chain over links that are no skips, and are there."""
    best: dict[str, tuple[int, Link | None]] = {}
    arriving: dict[str, list[Link]] = {}
    for link in sketch.links:
        if not link.skip and link.mark is not Mark.REMOVED:
            arriving.setdefault(link.target, []).append(link)
    for cell in sketch.cells:
        ways = [(best[link.source][0] + 1, link) for link in arriving.get(cell.id, ())]
        # of ways as long, the first in order of execution
        best[cell.id] = max(ways, key=lambda way: way[0], default=(0, None))
    if not best:
        return ()
    at = max(best, key=lambda name: best[name][0])
    path = []
    while (before := best[at][1]) is not None:
        path.append(before)
        at = before.source
    return tuple(reversed(path))


def _lanes(sketch: Sketch, columns: Mapping[str, int], rows: Mapping[str, int], path: Sequence[Link]) -> dict[str, int]:
    """The lane of each cell within its row: the main path in the first, others where there is room."""
    taken: dict[tuple[int, int], set[int]] = {}
    found: dict[str, int] = {}

    def take(name: str, lane: int) -> None:
        found[name] = lane
        taken.setdefault((rows[name], lane), set()).add(columns[name])

    for name in dict.fromkeys(end for link in path for end in (link.source, link.target)):
        take(name, 0)
    for link in path:
        if rows[link.source] == rows[link.target]:
            # nothing stands in the way of the main path
            between = range(columns[link.source] + 1, columns[link.target])
            taken[rows[link.source], 0].update(between)
    before: dict[str, list[str]] = {}
    for link in sketch.links:
        before.setdefault(link.target, []).append(link.source)
    for cell in sketch.cells:
        if cell.id in found:
            continue
        row, column = rows[cell.id], columns[cell.id]
        # in line with what it follows
        wanted = [found[name] for name in before.get(cell.id, ()) if name in found and rows[name] == row]
        # what is gone stands beside what is there, so that ways past it can be straight
        least = int(cell.head.mark is Mark.REMOVED)
        lanes = (lane for lane in chain(wanted, count(least)) if lane >= least)
        take(cell.id, next(lane for lane in lanes if column not in taken.get((row, lane), ())))
    return found
