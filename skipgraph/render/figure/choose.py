"""Network -> sheet: as much of it as fits a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from skipgraph.graph import Network
from skipgraph.render.compose import compose, compose_opened
from skipgraph.render.counting import Detail
from skipgraph.render.figure.cells import Sketch, sketch
from skipgraph.render.figure.draw import Drawer, name_width
from skipgraph.render.figure.face import TIGHT, TIGHTEST, TYPE, WIDE, Spacing
from skipgraph.render.figure.grid import grid
from skipgraph.render.figure.labels import labels_of
from skipgraph.render.figure.opening import openings
from skipgraph.render.figure.place import places
from skipgraph.render.figure.reduce import folded, joined, led, with_ways
from skipgraph.render.figure.route import routes
from skipgraph.render.figure.scale import Scale
from skipgraph.render.scene import Scene
from skipgraph.render.sheet import Sheet
from skipgraph.render.words import Shapes

_BRANCHED = 2.5
"""Pages wide, at most, that show how values part and meet, where one page shows a chain."""
_SQUEEZED = 1.15
"""Pages wide, at most, that may fit one by being drawn tighter still."""
_PITCH = 30.0
"""From one column to the next, at least, where things are wide apart."""


def figure(
    network: Network, *, detail: Detail = "auto", sizes: Mapping[str, int] | None = None, width: float = 6.5
) -> Sheet:
    """The figure of a network, to be printed `width` inches wide with no type under 6 pt.

    `auto` shows as much as fits, `stages` draws runs of blocks alike as one. What is too wide still is wrapped.
    """
    scale = Scale(network, sizes or {})
    widest = width * 72 / 6 * TYPE
    if detail == "auto":
        return _most(network, scale, widest).sheet()
    return figure_of_scene(network, compose(network, detail, scale.given), scale, detail == "stages", widest)


def figure_of_scene(network: Network, scene: Scene, scale: Scale, fold: bool, widest: float) -> Sheet:
    """The figure of one scene of a network, no wider than so many pixels; `fold` draws runs of blocks alike as one."""
    drawn = _reduced(scene)
    return _Draft(network, folded(drawn) if fold else drawn, scale, widest).fitting().sheet()


def _most(network: Network, scale: Scale, widest: float) -> Drawer:
    """What shows most on one page; on a few, where one would show nothing but a chain."""
    branched: Drawer | None = None
    for opened in openings(network.graph, scale):
        drawn = _reduced(compose_opened(network, opened, scale.given))
        fewer = folded(drawn)
        for each in (drawn, fewer) if len(fewer.cells) < len(drawn.cells) else (drawn,):
            draft = _Draft(network, each, scale, widest)
            for drawer in draft.drawers((WIDE, TIGHT)):
                if drawer.pages <= 1:
                    return branched if branched and drawer.is_chain else drawer
                if drawer.pages <= _BRANCHED and not drawer.is_chain:
                    branched = drawer
    # the least there is to show
    return draft.fitting()


def _reduced(scene: Scene) -> Sketch:
    return joined(led(with_ways(sketch(scene))))


class _Draft:
    """A sketch with everything in its slots, and its drawings by how far things are apart."""

    def __init__(self, network: Network, drawn: Sketch, scale: Scale, widest: float) -> None:
        self._sketch = drawn
        self._shapes = Shapes(network, scale.given)
        self._scale = scale
        self._widest = widest
        named = [link for link in self._sketch.links if link.named and link.skip]
        self._names = {link.id: drawn.scene.skip[link.skip or ""].name for link in named}
        self._due = {link.id: name_width(self._names[link.id], link) for link in named}
        self._plan = routes(grid(self._sketch, scale))
        self._made: dict[Spacing, Drawer] = {}

    def drawers(self, spacings: Iterable[Spacing]) -> Iterator[Drawer]:
        """It with things so far apart; not far apart where that can fit no page."""
        for spacing in spacings:
            if spacing is not WIDE or self._plan.grid.columns * _PITCH <= self._widest:
                if spacing not in self._made:
                    self._made[spacing] = self._drawer(spacing)
                yield self._made[spacing]

    def _drawer(self, spacing: Spacing) -> Drawer:
        labels = {cell.id: labels_of(cell, self._shapes, spacing) for cell in self._sketch.cells}
        at = places(self._plan, self._scale, labels, self._due, spacing)
        return Drawer(self._sketch, at, labels, self._names, self._shapes, self._scale, self._widest)

    def fitting(self) -> Drawer:
        """It with things as far apart as fits a page. What fits none is wrapped, so it need not be the tightest."""
        wrapped: Drawer | None = None
        for drawer in self.drawers((WIDE, TIGHT, TIGHTEST)):
            if drawer.pages <= 1:
                return drawer
            if drawer.at.spacing is TIGHT:
                wrapped = drawer
                if drawer.pages > _SQUEEZED:
                    break
        assert wrapped is not None
        return wrapped
