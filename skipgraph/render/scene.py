"""What a drawing shows, before it has a place on a page: boxes in frames, wires between them, and the skips they carry.

Every view lays out the same scene and writes it in its own format. Texts are plain: a format escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from skipgraph.diagnostics import Span
from skipgraph.ops import Style
from skipgraph.passes.diff import Mark
from skipgraph.render.axes import Axis, channels_first
from skipgraph.types import TensorType


class Kind(StrEnum):
    """What a box stands for."""

    INPUT = "input"
    STEP = "step"
    BLOCK = "block"
    """A block that is folded."""
    OUTPUT = "output"


class Symbol(StrEnum):
    """The sign in a circle that stands for an elementwise merge."""

    ADD = "add"
    SUB = "sub"
    MUL = "mul"


SIGNS: Mapping[Symbol, str] = {Symbol.ADD: "+", Symbol.SUB: "−", Symbol.MUL: "×"}


@dataclass(frozen=True, slots=True)
class Part:
    """One operand of a concat: its size along the axis, and the skip that brings it."""

    size: str
    skip: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """One step, one folded block, one input or one output."""

    id: str
    """Its path: the names of the blocks around it and its own, with dots between."""
    kind: Kind
    style: Style
    lines: tuple[str, ...]
    """What stands in it, the most important first; a circle has none."""
    about: str
    """Everything worth knowing, in one line: for a tooltip or a screen reader."""
    types: tuple[TensorType, ...]
    """Of its results; an output's own."""
    frame: str | None = None
    op: str = ""
    """What the spec calls: `Conv2d`, `double_conv`; empty for inputs and outputs."""
    results: tuple[str, ...] = ()
    """Names of its results, where it has several."""
    symbol: Symbol | None = None
    weights: int = 0
    """Trained numbers."""
    parts: tuple[Part, ...] = ()
    hidden: tuple[str, ...] = ()
    """Skips inside a folded block, by their paths below it."""
    reuses: str | None = None
    """The box whose weights it shares."""
    name: str = ""
    """What the author calls it; empty where it is called after its op or its skip."""
    shape: str = ""
    """Of its results, without the batch."""
    call: str = ""
    """What it is with every argument: `Conv2d(out_channels=64, kernel_size=3)`; empty for inputs and outputs."""
    axis: Axis = None
    """Which axis of its first result holds the channels; None where it is the second, or not told."""
    span: Span | None = field(default=None, repr=False, compare=False)
    mark: Mark = Mark.KEPT
    """What became of it, where two networks are drawn as one."""
    was: Box | None = None
    """What it was, where both networks have it."""
    changes: tuple[str, ...] = ()
    """What of it changed, each as short as can be: `kernel_size 3→5`."""

    @property
    def map(self) -> TensorType:
        """The type of its first result, as it were with the channels in the second axis."""
        return channels_first(self.types[0], self.axis)


def style_of(box: Box) -> str:
    """What chooses a box's colours: the op's style, or the kind of a box that is no op."""
    return box.style.value if box.kind is Kind.STEP else box.kind.value


@dataclass(frozen=True, slots=True)
class Frame:
    """A border around boxes that belong together: a block, `Branches`, a path, a `repeat`, a skip's `via`."""

    id: str
    parent: str | None
    label: str
    block: bool
    weights: int = 0
    """Trained numbers of a block."""
    folded: Box | None = None
    """What stands for a block when it is folded."""


def frames_around(frames: Mapping[str, Frame], frame: str | None) -> Iterator[Frame]:
    """A frame and those around it, the innermost first."""
    while frame is not None:
        yield frames[frame]
        frame = frames[frame].parent


class Wire(NamedTuple):
    """A value on its way from one box into another."""

    id: str
    source: str
    target: str
    type: TensorType
    result: str = ""
    """Which of the source's several results."""
    skip: str | None = None
    """The id of the skip it belongs to."""
    named: bool = False
    """Whether the skip's name stands here; once for each skip."""
    label: str = ""
    """The shape, where it is news."""
    frame: str | None = None
    """Where a text on it stands: the innermost frame around both ends, or the block whose skip it is."""
    size_only: bool = False
    """Whether the target asks for a size only."""
    mark: Mark = Mark.KEPT


@dataclass(frozen=True, slots=True)
class Skip:
    """A skip as it is drawn."""

    id: str
    """Its path, as a box's."""
    name: str
    number: int
    """From 0, in the order drawn: chooses its colour and dashes."""
    source: str
    target: str
    about: str
    """All of it in one line."""
    landing: str
    """The step at which it was aimed, and how it is merged there."""
    shape: str
    """Of what arrives, without the batch."""
    mark: Mark = Mark.KEPT


@dataclass(frozen=True)
class Scene:
    """All that a drawing shows. Boxes stand in order of execution, frames outer before inner."""

    title: str
    description: str
    summary: str
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    wires: tuple[Wire, ...]
    skips: tuple[Skip, ...]
    resolutions: tuple[str, ...]

    @cached_property
    def box(self) -> dict[str, Box]:
        return {box.id: box for box in self.boxes}

    @cached_property
    def skip(self) -> dict[str, Skip]:
        return {skip.id: skip for skip in self.skips}

    @cached_property
    def about(self) -> str:
        """The whole drawing in words."""
        sentences = [self.description, f"{self.summary}."]
        if self.resolutions:
            sentences.append(f"Resolutions: {', '.join(self.resolutions)}.")
        if self.skips:
            sentences.append(f"Skips: {'; '.join(skip.about for skip in self.skips)}.")
        return " ".join(sentence for sentence in sentences if sentence)
