"""Scene -> rows and ways: all of the flow view but its pixels, so that the picture and the page show the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from skipgraph.render.flow.tracks import columns, lanes
from skipgraph.render.scene import Box, Frame, Kind, Scene, Wire, frames_around
from skipgraph.render.words import count


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a box, or the head of a frame above the rows in it."""

    frame: Frame | None
    """The frame whose head it is; None for a box."""
    box: Box | None
    depth: int
    """How many frames it stands in."""
    parent: int | None
    """The row that is the head of the innermost of them."""
    end: int
    """The row after the last in the frame; after this one for a box."""
    column: int
    """Of the spine, 0 beside the boxes; a head's is that of its first box."""
    goes_on: bool = False
    """Whether the frame has rows further up."""

    @property
    def title(self) -> str:
        """What it says first: a step's op, a block's name."""
        if self.frame is not None:
            name = self.frame.folded.lines[0] if self.frame.folded else self.frame.label
            return f"{name} (goes on)" if self.goes_on else name
        assert self.box is not None
        return self.box.symbol.value if self.box.symbol else self.box.lines[0]

    @property
    def note(self) -> str:
        """What it says after that: a step's name where the author gave one, a block's op and arguments."""
        box = self.frame.folded if self.frame else self.box
        if box is None:
            return ""
        if box.kind is Kind.BLOCK:
            weights = count(box.weights) if box.weights else ""
            called = box.lines[1].removesuffix(weights).removesuffix(" · ")
            return ", ".join((called, *(box.lines[2:] if self.box else ())))
        if box.kind is Kind.STEP:
            return ", ".join(word for word in (box.name, f"again {box.reuses}" if box.reuses else "") if word)
        return box.kind.value if box.kind.value != box.lines[0] else ""

    @property
    def weights(self) -> int:
        box = self.frame.folded if self.frame else self.box
        return box.weights if box and not self.goes_on else 0


@dataclass(frozen=True, slots=True)
class Way:
    """A value on its way from a row to those that read it."""

    source: int
    targets: tuple[int, ...]
    """In order."""
    track: int
    """The column of the spine; for a skip its lane, 0 innermost."""
    skip: str | None = None
    result: str = ""
    """Which of the source's several results."""
    size_only: bool = False


@dataclass(frozen=True)
class Flow:
    """The flow view of a scene: rows from the top, ways in order of their sources."""

    scene: Scene
    rows: tuple[Row, ...]
    ways: tuple[Way, ...]


def plan(scene: Scene) -> Flow:
    """The rows and ways of a scene."""
    rows, number = _rows(scene)
    skips, values = _ways(scene, number)
    skips = [
        replace(way, track=lane)
        for way, lane in zip(skips, lanes([(way.source, way.targets[-1]) for way in skips]), strict=True)
    ]
    spine = columns(list(number.values()), [(way.source, way.targets[-1]) for way in values])
    values = [replace(way, track=column) for way, column in zip(values, spine.values, strict=True)]
    placed = [replace(row, column=spine.rows[_first_box(rows, index)]) for index, row in enumerate(rows)]
    return Flow(scene, tuple(placed), tuple(sorted((*values, *skips), key=lambda way: way.source)))


def _rows(scene: Scene) -> tuple[list[Row], dict[str, int]]:
    """The rows, not yet in columns, and the number of each box's."""
    frames = {frame.id: frame for frame in scene.frames}
    rows: list[Row] = []
    number: dict[str, int] = {}
    around: list[tuple[str, int]] = []
    """The frames that are open, each with its head's row."""
    known: set[str] = set()
    for box in scene.boxes:
        chain = [frame.id for frame in frames_around(frames, box.frame)][::-1]
        same = 0
        while same < min(len(chain), len(around)) and chain[same] == around[same][0]:
            same += 1
        _close(rows, around, same)
        for id in chain[same:]:
            parent = around[-1][1] if around else None
            around.append((id, len(rows)))
            rows.append(Row(frames[id], None, len(around) - 1, parent, 0, 0, id in known))
            known.add(id)
        number[box.id] = len(rows)
        rows.append(Row(None, box, len(around), around[-1][1] if around else None, len(rows) + 1, 0))
    _close(rows, around, 0)
    return rows, number


def _close(rows: list[Row], around: list[tuple[str, int]], left: int) -> None:
    while len(around) > left:
        _, head = around.pop()
        rows[head] = replace(rows[head], end=len(rows))


def _first_box(rows: list[Row], index: int) -> int:
    while rows[index].box is None:
        index += 1
    return index


def _ways(scene: Scene, number: Mapping[str, int]) -> tuple[list[Way], list[Way]]:
    """The ways of skips and of other values, in no track yet; what leads to several rows is one."""
    found: dict[tuple[object, ...], list[Wire]] = {}
    for wire in scene.wires:
        found.setdefault((wire.source, wire.skip, wire.result, wire.size_only), []).append(wire)
    ways = []
    for wires in found.values():
        targets = tuple(sorted({number[wire.target] for wire in wires}))
        [first, *_] = wires
        ways.append(Way(number[first.source], targets, 0, first.skip, first.result, first.size_only))
    ways.sort(key=lambda way: (way.source, way.size_only))
    return [way for way in ways if way.skip], [way for way in ways if not way.skip]
