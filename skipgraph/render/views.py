"""The views of a network: each lays it out in its own way, all give a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from skipgraph.graph import Network
    from skipgraph.render.counting import Detail
    from skipgraph.render.sheet import Sheet

PAGE = 6.5
"""Inches between the margins of a letter page."""

View: TypeAlias = Literal["figure", "flow", "graphviz"]


def sheet_of(
    network: Network,
    view: View = "figure",
    detail: Detail = "auto",
    sizes: Mapping[str, int] | None = None,
    width: float | None = None,
) -> Sheet:
    """The sheet of a view. Raises `RenderError` where there is no layout.

    `sizes` are numbers in place of open axes; `width` is how wide it is to be printed, in inches.
    """
    if view == "figure":
        from skipgraph.render.figure import figure

        return figure(network, detail=detail, sizes=sizes, width=width or PAGE)
    from skipgraph.render.compose import compose

    scene = compose(network, detail, sizes)
    if view == "flow":
        from skipgraph.render.flow import flow

        return flow(scene)
    from skipgraph.render.graphviz import place
    from skipgraph.render.page_sheet import sheet_of_page

    return sheet_of_page(place(scene))
