"""What a figure draws: cells, each of one box of the scene or of a few in a row, and links between them.

A convolution takes the norm and the activation behind it into its cell; a pool or an upsampling between two resolutions
is no cell but the way from one row to the next, as papers draw it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from skipgraph.ops import Style
from skipgraph.passes.diff import Mark
from skipgraph.render.scene import Box, Kind, Part, Scene, Symbol, Wire
from skipgraph.types import TensorType

_LIGHT = frozenset({Style.NORM, Style.ACTIVATION, Style.DROPOUT})
"""Styles of ops that a figure shows as part of what they follow, or of what follows them."""
_WAYS = frozenset({Style.POOL, Style.RESAMPLE})
_SCALING = ("Pool", "Upsample", "Interpolate", "ConvTranspose", "PixelShuffle", "PixelUnshuffle")


@dataclass(frozen=True, slots=True)
class Cell:
    """One box of the figure."""

    id: str
    boxes: tuple[Box, ...]
    """In the order they run; the one that names the cell is `head`."""
    head: Box
    copies: int = 1
    """How many alike in a row it stands for."""

    @property
    def type(self) -> TensorType:
        return self.boxes[-1].types[0]

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.head.parts

    @property
    def symbol(self) -> Symbol | None:
        return self.head.symbol

    @property
    def is_end(self) -> bool:
        """Whether it is an input or an output."""
        return self.head.kind in (Kind.INPUT, Kind.OUTPUT)


@dataclass(frozen=True, slots=True)
class Link:
    """A value on its way from one cell into another."""

    id: str
    source: str
    target: str
    wire: Wire
    """The last wire of the way."""
    way: tuple[Box, ...] = ()
    """The steps on it: a pool, an upsampling."""
    back: bool = False
    """Whether the value flows from the target to the source: against the order in which the cells are laid out."""

    @property
    def skip(self) -> str | None:
        return self.wire.skip

    @property
    def named(self) -> bool:
        return self.wire.named

    @property
    def mark(self) -> Mark:
        return self.wire.mark


@dataclass(frozen=True, slots=True)
class Sketch:
    """All cells and links of a figure, in order of execution."""

    scene: Scene
    cells: tuple[Cell, ...]
    links: tuple[Link, ...]


def sketch(scene: Scene) -> Sketch:
    """The cells and links of a scene."""
    return _Sketcher(scene).made()


class _Sketcher:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._wires = [wire for wire in scene.wires if not wire.size_only]
        self._arriving: dict[str, list[Wire]] = {}
        self._leaving: dict[str, list[Wire]] = {}
        for wire in self._wires:
            self._arriving.setdefault(wire.target, []).append(wire)
            self._leaving.setdefault(wire.source, []).append(wire)
        self._group: dict[str, list[Box]] = {}
        """The boxes of the cell that a box belongs to."""

    def made(self) -> Sketch:
        for box in self._scene.boxes:
            group = self._continued(box)
            group.append(box)
            self._group[box.id] = group
        groups = list({id(group): group for group in self._group.values()}.values())
        cells = {group[0].id: Cell(group[0].id, tuple(group), _head(group)) for group in groups}
        of = {box.id: cell.id for cell in cells.values() for box in cell.boxes}
        order = {id: at for at, id in enumerate(cells)}
        links = []
        for wire in self._wires:
            source, target = of[wire.source], of[wire.target]
            if source != target:
                back = order[source] > order[target]
                links.append(Link(wire.id, *((target, source) if back else (source, target)), wire, back=back))
        return _with_ways(Sketch(self._scene, tuple(cells.values()), tuple(links)))

    def _continued(self, box: Box) -> list[Box]:
        """The cell that a box goes on with, or a new one."""
        arriving = self._arriving.get(box.id, [])
        if len(arriving) != 1 or arriving[0].skip or box.kind is not Kind.STEP:
            return []
        [wire] = arriving
        if not (wire.source in self._group and self._scene.box[wire.source].mark is wire.mark is box.mark):
            return []
        before = self._group[wire.source]
        last = before[-1]
        if last.id != wire.source or len(self._leaving[wire.source]) != 1 or last.frame != box.frame:
            return []
        if last.kind is not Kind.STEP or len(last.types) > 1 or last.types[0].spatial != box.types[0].spatial:
            return []
        # what is light follows a heavy box, or goes before one
        light = box.style in _LIGHT
        return before if light or all(each.style in _LIGHT for each in before) else []


def _head(group: list[Box]) -> Box:
    """The box that a cell is named after: the one that is not light."""
    return next((box for box in group if box.style not in _LIGHT), group[0])


def _with_ways(plan: Sketch) -> Sketch:
    """The sketch in which a step that only leads to another resolution is part of a link."""
    cells = {cell.id: cell for cell in plan.cells}
    ends = _Ends(plan.links)
    for cell in plan.cells:
        into, out = ends.only(cell.id)
        if into is None or out is None or into.skip or out.skip or not _is_way(cell):
            continue
        if not into.mark is cell.head.mark is out.mark is Mark.KEPT:
            continue
        if cells[into.source].type.spatial == cell.type.spatial:
            continue
        if cells[into.source].is_end or cells[out.target].is_end:
            continue
        ends.join(into, replace(out, source=into.source, way=(*into.way, *cell.boxes, *out.way)))
        del cells[cell.id]
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

    def only(self, cell: str) -> tuple[Link | None, Link | None]:
        """The one link into a cell and the one out of it, None where there is none, or are several."""
        return _one(self._into[cell]), _one(self._out[cell])

    def join(self, into: Link, out: Link) -> None:
        """Drop a link, and lead the one behind it on from where that came from."""
        del self._links[into.id], self._out[into.source][into.id], self._into[into.target][into.id]
        del self._out[into.target][out.id]
        self._links[out.id] = self._out[out.source][out.id] = self._into[out.target][out.id] = out

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
