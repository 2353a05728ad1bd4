"""Drawings of a network: graph -> scene -> sheet -> SVG, PNG, PDF, TikZ; scene -> HTML, dot, text, Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skipgraph.render.engine import RenderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skipgraph.graph import Network
    from skipgraph.render.counting import Detail
    from skipgraph.render.formats import Format
    from skipgraph.render.theme import Theme
    from skipgraph.render.views import View

__all__ = ["RenderError", "to_dot", "to_html", "to_mermaid", "to_pdf", "to_png", "to_svg", "to_text", "to_tikz"]


def to_svg(
    network: Network,
    *,
    view: View = "figure",
    detail: Detail = "auto",
    theme: Theme = "auto",
    sizes: Mapping[str, int] | None = None,
) -> str:
    """The network as an SVG picture.

    `view` is `figure` (the drawing that papers make by hand), `flow` (a row an op, skips as lanes) or `graphviz`.
    `detail` is `stages` (runs of blocks alike are one box), `blocks` (every block a box), `ops` (every block open) or
    `auto` (open while it stays readable); `theme` is `light`, `dark`, `print`, or `auto`, which follows the page around
    it. Raises `RenderError` where the view needs a Graphviz that is not there, or gives no layout.
    """
    return _drawn(network, "svg", view=view, detail=detail, theme=theme, sizes=sizes or {}).decode()


def to_png(
    network: Network,
    *,
    view: View = "figure",
    detail: Detail = "auto",
    theme: Theme = "light",
    sizes: Mapping[str, int] | None = None,
    width: float | None = None,
    dpi: float = 192,
) -> bytes:
    """The network as a PNG picture, `width` inches wide; options as for `to_svg`. Needs no font of the machine's."""
    return _drawn(network, "png", view=view, detail=detail, theme=theme, sizes=sizes or {}, width=width, dpi=dpi)


def to_pdf(
    network: Network,
    *,
    view: View = "figure",
    detail: Detail = "auto",
    theme: Theme = "light",
    sizes: Mapping[str, int] | None = None,
    width: float | None = None,
) -> bytes:
    """The network as a PDF of one page, `width` inches wide, its typeface in it; options as for `to_svg`."""
    return _drawn(network, "pdf", view=view, detail=detail, theme=theme, sizes=sizes or {}, width=width)


def to_tikz(
    network: Network,
    *,
    view: View = "figure",
    detail: Detail = "auto",
    theme: Theme = "light",
    sizes: Mapping[str, int] | None = None,
    width: float | None = None,
) -> str:
    """The network as LaTeX, for a paper that uses `tikz`, `width` inches wide; options as for `to_svg`."""
    return _drawn(network, "tex", view=view, detail=detail, theme=theme, sizes=sizes or {}, width=width).decode()


def to_html(network: Network, *, sizes: Mapping[str, int] | None = None) -> str:
    """The network as a page for a browser, in one file that needs no other: flow and figure, to search, fold, point at.

    `sizes` are numbers in place of open axes (`{"H": 256}`), at which multiply-accumulates are counted.
    """
    return _drawn(network, "html", sizes=sizes or {}).decode()


def to_dot(network: Network, *, detail: Detail = "auto", sizes: Mapping[str, int] | None = None) -> str:
    """The network in the dot language, with clusters for blocks; needs no Graphviz program."""
    return _drawn(network, "dot", detail=detail, sizes=sizes or {}).decode()


def to_text(
    network: Network, *, detail: Detail = "auto", sizes: Mapping[str, int] | None = None, ascii: bool = False
) -> str:
    """The network as lines of text, a step each, its skips as rails beside them; `ascii` for terminals of old."""
    return _drawn(network, "txt", detail=detail, sizes=sizes or {}, ascii=ascii).decode()


def to_mermaid(network: Network, *, detail: Detail = "auto", sizes: Mapping[str, int] | None = None) -> str:
    """The network as a Mermaid flowchart, as GitHub draws it in a fence of ```mermaid; blocks folded until it fits.

    Raises `RenderError` where it has too many steps even so.
    """
    return _drawn(network, "mmd", detail=detail, sizes=sizes or {}).decode()


def _drawn(network: Network, format: Format, **choice: Any) -> bytes:
    from skipgraph.render.formats import Choice, draw

    return draw(network, format, Choice(**choice)).data
