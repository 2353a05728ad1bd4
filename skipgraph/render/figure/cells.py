"""What a figure draws: cells, each of one box of the scene or of a few in a row, and links between them.

A convolution takes the norm and the activation behind it into its cell.
"""

from __future__ import annotations

from dataclasses import dataclass

from skipgraph.ops import Style
from skipgraph.passes.diff import Mark
from skipgraph.render.scene import Box, Kind, Part, Scene, Symbol, Wire
from skipgraph.types import TensorType

_LIGHT = frozenset({Style.NORM, Style.ACTIVATION, Style.DROPOUT})
_MOVING = frozenset({"Permute", "Transpose"})
"""What moves axes: a map stays what it is."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One box of the figure."""

    id: str
    boxes: tuple[Box, ...]
    """In the order they run; the one that names the cell is `head`."""
    head: Box
    copies: int = 1
    """How many alike in a row it stands for."""
    joint: Box | None = None
    """The concat that it begins with, where that is drawn as its left edge."""

    @property
    def type(self) -> TensorType:
        return self.boxes[-1].map

    @property
    def parts(self) -> tuple[Part, ...]:
        """What its concat is made of, be that all of it or its left edge."""
        return (self.joint or self.head).parts

    @property
    def is_concat(self) -> bool:
        """Whether it is a concat and nothing else."""
        return bool(self.head.parts)

    @property
    def symbol(self) -> Symbol | None:
        """Its sign, where it is a circle."""
        return None if self.parts else self.head.symbol

    @property
    def kernel(self) -> str:
        """`3×3`; empty where there is none."""
        said = self.head.lines[0].partition(" ")[2].partition(",")[0] if self.head.lines else ""
        return said if "×" in said else ""

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
        return Sketch(self._scene, tuple(cells.values()), tuple(links))

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
        if last.id != wire.source or len(self._leaving[wire.source]) != 1:
            return []
        # what is light follows a heavy box, or goes before one
        if last.kind is not Kind.STEP or len(last.types) > 1 or not (is_light(box) or all(map(is_light, before))):
            return []
        return before if last.map.spatial == box.map.spatial else []


def _head(group: list[Box]) -> Box:
    """The box that a cell is named after: the one that is not light."""
    heavy = (box for box in group if not is_light(box))
    return next(heavy, next((box for box in group if box.op not in _MOVING), group[0]))


def is_light(box: Box) -> bool:
    """Whether a figure shows it as part of what it follows, or of what follows it."""
    return box.style in _LIGHT or box.op in _MOVING
