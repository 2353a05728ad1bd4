"""What a figure draws as less: steps between two resolutions as ways, cells that belong together as one.

A pool or an upsampling between two rows is no cell but the coloured way from one to the other, as papers draw it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

from skipgraph.ops import Style
from skipgraph.passes.diff import Mark
from skipgraph.render.figure.cells import Cell, Link, Sketch
from skipgraph.render.scene import Kind

_WAYS = frozenset({Style.POOL, Style.RESAMPLE})
_SCALING = ("Pool", "Upsample", "Interpolate", "ConvTranspose", "PixelShuffle", "PixelUnshuffle")
_OWN = 2
"""Steps of a skip's own that may be drawn as its way."""


def with_ways(plan: Sketch) -> Sketch:
    """The sketch in which a step that only leads to another resolution is part of a link."""
    cells = {cell.id: cell for cell in plan.cells}
    ends = _Ends(plan.links)
    for cell in plan.cells:
        if not _is_way(cell):
            continue
        into, out = ends.only(cell.id)
        if into is None or out is None or into.skip or out.skip:
            continue
        if not into.mark is cell.head.mark is out.mark is Mark.KEPT:
            continue
        if cells[into.source].type.spatial == cell.type.spatial:
            continue
        if cells[into.source].is_end or cells[out.target].is_end:
            continue
        ends.join(into, out, cell)
        del cells[cell.id]
    return replace(plan, cells=tuple(cells.values()), links=ends.links)


def led(plan: Sketch) -> Sketch:
    """The sketch in which what only leads into a merge is no cell either, but a way: a skip's own one or two steps, or
    what comes from another resolution, as between the branches of one network.
    """
    cells = {cell.id: cell for cell in plan.cells}
    ends = _Ends(plan.links)
    for merge in plan.cells:
        for link in ends.into(merge.id):
            for into, cell in _leading(link, merge, cells, ends):
                link = ends.join(into, link, cell)
                del cells[cell.id]
    return replace(plan, cells=tuple(cells.values()), links=ends.links)


def _leading(link: Link, merge: Cell, cells: Mapping[str, Cell], ends: _Ends) -> list[tuple[Link, Cell]]:
    """The cells before a merge that do no more than lead to it, the nearest first, each with the link into it."""
    if link.skip:
        alone = list(_alone(link, cells, ends))
        return alone if len(alone) <= _OWN else []
    others = (other for other in ends.into(merge.id) if other.id != link.id and not other.way)
    if not merge.symbol or not any(_is_level(cells[other.source], merge) for other in others):
        return []
    found = list(takewhile(lambda step: _only_leads(cells[step[0].source], step[1]), _alone(link, cells, ends)))
    return found if found and not _is_level(cells[found[-1][0].source], merge) else []


def _only_leads(source: Cell, cell: Cell) -> bool:
    """Whether a cell changes the size, or only the channels."""
    return not _is_level(source, cell) or set(cell.kernel) == {"1", "×"}


def _alone(link: Link, cells: Mapping[str, Cell], ends: _Ends) -> Iterator[tuple[Link, Cell]]:
    """The cells before a link whose one value goes nowhere else, as far as there are."""
    while True:
        cell = cells[link.source]
        into, out = ends.only(cell.id)
        if into is None or out is not link or into.back or link.back or into.skip != link.skip:
            return
        if cell.is_end or cell.parts or cell.symbol or cell.head.reuses or len(cell.boxes[-1].types) > 1:
            return
        if not into.mark is cell.head.mark is link.mark is Mark.KEPT:
            return
        yield into, cell
        link = into


def _is_level(one: Cell, other: Cell) -> bool:
    """Whether two cells have one resolution."""
    return one.type.spatial == other.type.spatial


def joined(plan: Sketch) -> Sketch:
    """The sketch in which a concat that one cell alone reads is that cell's left edge."""
    cells = {cell.id: cell for cell in plan.cells}
    ends = _Ends(plan.links)
    for cell in plan.cells:
        into, _ = ends.only(cell.id)
        if into is None or into.way or into.skip or into.back or cell.is_end or cell.parts or cell.symbol:
            continue
        concat = cells[into.source]
        if concat.is_concat and ends.only(concat.id)[1] is into and _is_level(concat, cell):
            ends.take(into)
            cells[cell.id] = replace(cell, boxes=(*concat.boxes, *cell.boxes), joint=concat.head)
            del cells[concat.id]
    return replace(plan, cells=tuple(cells.values()), links=ends.links)


class _Ends:
    """Links by their ends, while some are joined."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._links = {link.id: link for link in links}
        self._into: dict[str, dict[str, Link]] = defaultdict(dict)
        self._out: dict[str, dict[str, Link]] = defaultdict(dict)
        for link in self._links.values():
            self._into[link.target][link.id] = self._out[link.source][link.id] = link

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._links.values())

    def into(self, cell: str) -> tuple[Link, ...]:
        """The links into a cell."""
        return tuple(self._into[cell].values())

    def only(self, cell: str) -> tuple[Link | None, Link | None]:
        """The one link into a cell and the one out of it, None where there is none, or are several."""
        return _one(self._into[cell]), _one(self._out[cell])

    def join(self, into: Link, out: Link, cell: Cell) -> Link:
        """Make a cell and the two links beside it one link, called as the second."""
        del self._links[into.id], self._out[into.source][into.id], self._into[into.target][into.id]
        del self._out[into.target][out.id]
        wire = out.wire._replace(named=True) if into.named else out.wire
        way = replace(out, source=into.source, wire=wire, way=(*into.way, *cell.boxes, *out.way))
        self._links[way.id] = self._out[way.source][way.id] = self._into[way.target][way.id] = way
        return way

    def take(self, between: Link) -> None:
        """Make the two cells of a link one, called as the second."""
        del self._links[between.id], self._out[between.source][between.id], self._into[between.target][between.id]
        for link in self._into.pop(between.source, {}).values():
            moved = replace(link, target=between.target)
            self._links[link.id] = self._into[between.target][link.id] = self._out[link.source][link.id] = moved

    def drop(self, between: Link) -> None:
        """Make the two cells of a link one, called as the first."""
        del self._links[between.id], self._out[between.source][between.id], self._into[between.target][between.id]
        for link in self._out.pop(between.target, {}).values():
            moved = replace(link, source=between.source)
            self._links[link.id] = self._out[between.source][link.id] = self._into[link.target][link.id] = moved


def _one(links: Mapping[str, Link]) -> Link | None:
    return next(iter(links.values())) if len(links) == 1 else None


def _is_way(cell: Cell) -> bool:
    box = cell.head
    scaling = box.style in _WAYS or any(word in box.op for word in _SCALING)
    return box.kind is Kind.STEP and scaling and len(box.types) == 1 and not box.reuses


def folded(plan: Sketch) -> Sketch:
    """The sketch in which a run of cells alike is one, that says how many: nothing else reads them in between."""
    cells = {cell.id: cell for cell in plan.cells}
    ends = _Ends(plan.links)
    for cell in plan.cells:
        link, _ = ends.only(cell.id)
        if link is None or link.way or link.skip or ends.only(link.source)[1] is not link:
            continue
        first = cells[link.source]
        if _alike(first, cell) and link.mark in (Mark.KEPT, cell.head.mark) and not link.back:
            ends.drop(link)
            cells[first.id] = replace(first, boxes=(*first.boxes, *cell.boxes), copies=first.copies + cell.copies)
            del cells[cell.id]
    return Sketch(plan.scene, tuple(cells.values()), ends.links)


def _alike(one: Cell, other: Cell) -> bool:
    """Whether two cells can be drawn as one: the same block or op, the same shape."""
    same = one.head.op == other.head.op and one.head.kind is other.head.kind
    same = same and (one.head.mark, one.head.changes) == (other.head.mark, other.head.changes)
    return same and one.type == other.type and one.head.kind is Kind.BLOCK and not one.head.reuses
