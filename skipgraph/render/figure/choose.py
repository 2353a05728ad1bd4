"""Network -> sheet: as much of it as fits a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skipgraph.graph import Network
from skipgraph.render.compose import compose, compose_opened
from skipgraph.render.counting import Detail
from skipgraph.render.figure.cells import sketch
from skipgraph.render.figure.draw import Drawer, name_width
from skipgraph.render.figure.face import TIGHT, TYPE, WIDE
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
    if detail != "auto":
        return figure_of_scene(network, compose(network, detail, scale.given), scale, detail == "stages", widest)
    return _most(network, scale, widest).sheet()


def figure_of_scene(network: Network, scene: Scene, scale: Scale, fold: bool, widest: float) -> Sheet:
    """The figure of one scene of a network, no wider than so many pixels; `fold` draws runs of blocks alike as one."""
    return _first_or_last(_drawers(network, scene, scale, fold, widest)).sheet()


def _most(network: Network, scale: Scale, widest: float) -> Drawer:
    """What shows most on one page; on two pages, where there would be no skip on one."""
    with_skips: Drawer | None = None
    for opened in openings(network.graph, scale):
        scene = compose_opened(network, opened, scale.given)
        for fold in (False, True):
            for drawer in _drawers(network, scene, scale, fold, widest):
                if drawer.pages <= 1:
                    return drawer if drawer.names or with_skips is None else with_skips
                if drawer.pages <= 2 and drawer.names:
                    with_skips = drawer
    return drawer


def _first_or_last(drawers: Iterator[Drawer]) -> Drawer:
    """The first that fits a page, or the last."""
    for drawer in drawers:
        if drawer.pages <= 1:
            break
    return drawer


def _drawers(network: Network, scene: Scene, scale: Scale, fold: bool, widest: float) -> Iterator[Drawer]:
    """A scene with things wide apart, and close together."""
    drawn = joined(led(with_ways(sketch(scene))))
    drawn = folded(drawn) if fold else drawn
    shapes = Shapes(network, scale.given)
    names = {link.id: scene.skip[link.skip].name for link in drawn.links if link.named and link.skip}
    due = {link.id: name_width(names[link.id], link) for link in drawn.links if link.id in names}
    plan = routes(grid(drawn, scale))
    for spacing in (WIDE, TIGHT):
        if spacing is WIDE and plan.grid.columns * _PITCH > widest:
            continue
        labels = {cell.id: labels_of(cell, shapes, spacing) for cell in drawn.cells}
        yield Drawer(drawn, places(plan, scale, labels, due, spacing), labels, names, shapes, scale, widest)
