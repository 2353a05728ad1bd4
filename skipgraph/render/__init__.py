"""Drawings of a network: graph -> scene -> page -> SVG; scene -> dot, text, Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skipgraph.render.engine import RenderError

if TYPE_CHECKING:
    from skipgraph.graph import Network
    from skipgraph.render.counting import Detail
    from skipgraph.render.theme import Theme

__all__ = ["RenderError", "to_dot", "to_mermaid", "to_svg", "to_text"]


def to_svg(network: Network, *, detail: Detail = "auto", theme: Theme = "auto") -> str:
    """The network as an SVG picture, laid out by Graphviz.

    `detail` is `blocks` (every block a box), `ops` (every block open) or `auto` (open while it stays readable);
    `theme` is `light`, `dark`, `print`, or `auto`, which follows the page around it. Raises `RenderError` where no
    Graphviz is found, or it gives no layout.
    """
    from skipgraph.render.compose import compose
    from skipgraph.render.graphviz import place
    from skipgraph.render.svg import svg_of

    return svg_of(place(compose(network, detail)), theme)


def to_dot(network: Network, *, detail: Detail = "auto") -> str:
    """The network in the dot language, with clusters for blocks; needs no Graphviz program."""
    from skipgraph.render.compose import compose
    from skipgraph.render.graphviz import dot_text

    return dot_text(compose(network, detail))


def to_text(network: Network, *, detail: Detail = "auto", ascii: bool = False) -> str:
    """The network as lines of text, a step each, its skips as rails beside them; `ascii` for terminals of old."""
    from skipgraph.render.compose import compose
    from skipgraph.render.text import text_of

    return text_of(compose(network, detail), ascii=ascii)


def to_mermaid(network: Network, *, detail: Detail = "auto") -> str:
    """The network as a Mermaid flowchart, as GitHub draws it in a fence of ```mermaid; blocks folded until it fits.

    Raises `RenderError` where it has too many steps even so.
    """
    from skipgraph.render.mermaid import flowchart

    return flowchart(network, detail).text
