"""A scene with its places: what a layout gives and a writer draws. In pixels, from the top left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from skipgraph.render.measure import BOLD, width_of
from skipgraph.render.scene import Box, Kind, Scene, Wire

HEAD, BODY, SMALL = 12.0, 10.0, 9.5
"""Type sizes: a box's first line, its other lines, labels."""
LINE = 14.0
CIRCLE = 22.0
_SIDE, _ABOVE = 10.0, 6.0

Point = tuple[float, float]


class Rect(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Route:
    """A wire's way: pieces of Bezier points (a start, then three for each curve), the arrow's tip, its text's place."""

    pieces: tuple[tuple[Point, ...], ...]
    tip: Point
    label: Rect | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Where everything of a scene stands, each by its id."""

    scene: Scene
    width: float
    height: float
    boxes: Mapping[str, Rect]
    frames: Mapping[str, Rect]
    wires: Mapping[str, Route]


def box_size(box: Box) -> tuple[float, float]:
    """How much room a box takes."""
    if not box.lines:
        return CIRCLE, CIRCLE
    head, *others = box.lines
    bold = 1.0 if box.kind is Kind.STEP else BOLD
    width = max(width_of(head, HEAD) * bold, *(width_of(line, BODY) for line in others), 0.0) + 2 * _SIDE
    return _even(max(width, 64.0)), LINE * len(box.lines) + 2 * _ABOVE


def wire_text(scene: Scene, wire: Wire) -> str:
    """What stands on a wire: the skip's name, or the shape."""
    if wire.named and wire.skip:
        return scene.skip[wire.skip].name
    return f"{wire.result}: {wire.label}" if wire.label and wire.result else wire.label


def label_size(scene: Scene, wire: Wire) -> tuple[float, float]:
    """How much room a wire's text takes."""
    return _even(width_of(wire_text(scene, wire), SMALL) * (BOLD if wire.named else 1.0) + 8.0), LINE


def frame_label_size(label: str) -> tuple[float, float]:
    """How much room a frame's label takes."""
    return _even(width_of(label, BODY) + 8.0), LINE


def _even(width: float) -> float:
    return float(-(-width // 2) * 2)
