"""Network -> file: what of a drawing each format can show, and the bytes of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from skipgraph.collector import collector_paused
from skipgraph.render.views import View

if TYPE_CHECKING:
    from skipgraph.graph import Network
    from skipgraph.passes.diff import Difference
    from skipgraph.render.counting import Detail
    from skipgraph.render.sheet import Sheet
    from skipgraph.render.theme import Theme

Picture: TypeAlias = Literal["svg", "png", "pdf", "tex"]
Format: TypeAlias = Literal["svg", "png", "pdf", "tex", "html", "dot", "txt", "mmd"]

BINARY: tuple[Format, ...] = ("png", "pdf")
PICTURES: tuple[Picture, ...] = get_args(Picture)
FORMATS: tuple[Format, ...] = get_args(Format)
INCH = 96.0
"""Pixels."""
DPI = 192.0
"""Of a PNG."""
_LEAST = 6.0
"""Points of type that can be read in print."""
_BY = b"drawn by skipgraph"
BEGINNINGS: Mapping[str, bytes] = {
    "svg": b"<svg",
    "png": b"\x89PNG",
    "pdf": b"%PDF",
    "dot": b"digraph",
    **dict.fromkeys(("tex", "html", "txt", "mmd"), _BY),
}
"""What the first 4 KB of a file in each format hold."""


_ALSO: Mapping[str, Format] = {"gv": "dot", "htm": "html", "tikz": "tex", "mermaid": "mmd"}
_NEAR: Mapping[str, Format] = {
    **dict.fromkeys(("jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff"), "png"),
    **dict.fromkeys(("eps", "ps", "emf"), "pdf"),
    **dict.fromkeys(("md", "markdown"), "mmd"),
    "svgz": "svg",
}
"""Endings of formats that there are not, and what comes closest."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How a network is to be drawn; None is what suits the format."""

    view: View | None = None
    detail: Detail = "auto"
    theme: Theme | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Numbers in place of open axes."""
    width: float | None = None
    """Inches."""
    dpi: float | None = None
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing as it goes into a file."""

    data: bytes
    notes: tuple[str, ...] = ()
    """What could not be met, each a sentence."""


def format_of(file: str | PathLike[str]) -> Format:
    """The format that a file's name ends in. Raises `ValueError` where there is none."""
    ending = PurePath(file).suffix.lower().removeprefix(".")
    ending = _ALSO.get(ending, ending)
    for format in FORMATS:
        if ending == format:
            return format
    near = f"; the nearest to .{ending} is .{_NEAR[ending]}" if ending in _NEAR else ""
    endings = _listed(tuple(f".{each}" for each in FORMATS), "or")
    raise ValueError(f"a drawing's name ends in {endings}{near}; got `{file}`")


def misfit(format: Format, choice: Choice) -> str | None:
    """What the format cannot do of what is chosen, and what can; None where it can all."""
    if choice.view and format == "dot" and choice.view != "graphviz":
        return f"dot is a text for Graphviz; the view `{choice.view}` is drawn as {_listed(PICTURES)}"
    if choice.view and format in ("txt", "mmd", "html"):
        return f"{format} is a view of its own; `{choice.view}` is drawn as {_listed(PICTURES)}"
    if choice.detail != "auto" and format == "html":
        return "html opens and folds blocks as its reader asks; one detail alone is for the other formats"
    for name, given, able in (
        ("theme", choice.theme, PICTURES),
        ("width", choice.width, PICTURES),
        ("dpi", choice.dpi, ("png",)),
        ("ascii", choice.ascii, ("txt",)),
    ):
        if given and format not in able:
            return f"{format} has no {name}; {_listed(able)} {'has' if len(able) == 1 else 'have'} one"
    if choice.theme == "auto" and format != "svg":
        return f"a {format} cannot follow the page around it, as the theme `auto` does; svg can, or choose another"
    if (choice.width is not None and not choice.width > 0) or (choice.dpi is not None and not choice.dpi > 0):
        return "width and dpi are greater than 0"
    return None


def draw(network: Network, format: Format, choice: Choice = Choice()) -> Drawing:
    """The network in a format. Raises `ValueError` with what `misfit` says, `RenderError` where it cannot be drawn."""
    why_not = misfit(format, choice)
    if why_not:
        raise ValueError(why_not)
    with collector_paused():
        return _TEXTS[format](network, choice) if format in _TEXTS else _picture(network, format, choice)


def _picture(network: Network, format: Format, choice: Choice) -> Drawing:
    from skipgraph.render.views import sheet_of

    sheet = sheet_of(network, choice.view or "figure", choice.detail, choice.sizes, choice.width)
    drawing = _written(sheet, format, choice)
    if choice.detail == "auto" and sheet.folded:
        many = f"{sheet.folded} block{'s are' if sheet.folded > 1 else ' is'} folded"
        return replace(drawing, notes=(f"{many}, so that the figure fits; the detail `ops` opens all", *drawing.notes))
    return drawing


def draw_difference(difference: Difference, format: Format, choice: Choice = Choice()) -> Drawing:
    """Both networks of a difference as one picture. Raises as `draw` does."""
    why_not = misfit(format, choice)
    if format not in PICTURES:
        why_not = f"a difference is drawn as {_listed(PICTURES)}; got `{format}`"
    elif (choice.view or "figure") != "figure" or choice.detail != "auto":
        why_not = "a difference is drawn as a figure, its blocks open where they were edited"
    if why_not:
        raise ValueError(why_not)
    from skipgraph.render.figure.difference import figure_of_difference

    sizes = choice.sizes or difference.sizes
    with collector_paused():
        return _written(figure_of_difference(difference, sizes=sizes, width=choice.width), format, choice)


def _written(sheet: Sheet, format: Format, choice: Choice) -> Drawing:
    scale = choice.width * INCH / sheet.width if choice.width else 1.0
    theme = choice.theme or ("auto" if format == "svg" else "light")
    return Drawing(_WRITERS[format](sheet, theme, scale, choice.dpi or DPI), tuple(_notes(sheet, choice.width)))


def _notes(sheet: Sheet, width: float | None) -> list[str]:
    """Type that is too small to read."""
    if width is None:
        return []
    points = sheet.smallest * width * 72 / sheet.width
    # half of a tenth: what is said is rounded
    if points >= _LEAST - 0.05:
        return []
    least = sheet.width / sheet.smallest * _LEAST / 72
    return [
        f"the smallest type is {points:.1f} pt at a width of {width:g} in; at {least:.1f} in it is {_LEAST:g} pt, "
        "and with less detail, as `stages`, there is less to fit"
    ]


def _svg(sheet: Sheet, theme: Theme, scale: float, dpi: float) -> bytes:
    from skipgraph.render.sheet_svg import svg_of_sheet

    return svg_of_sheet(sheet, theme, scale).encode()


def _png(sheet: Sheet, theme: Theme, scale: float, dpi: float) -> bytes:
    from skipgraph.render.png import png_of
    from skipgraph.render.sheet_svg import svg_of_sheet

    return png_of(svg_of_sheet(sheet, theme), scale * dpi / INCH)


def _pdf(sheet: Sheet, theme: Theme, scale: float, dpi: float) -> bytes:
    from skipgraph.render.pdf import pdf_of

    return pdf_of(sheet, theme, scale)


def _tex(sheet: Sheet, theme: Theme, scale: float, dpi: float) -> bytes:
    from skipgraph.render.tikz import tikz_of

    return tikz_of(sheet, theme, scale).encode()


def _html(network: Network, choice: Choice) -> Drawing:
    from skipgraph.render.html import document

    return Drawing(document(network, sizes=choice.sizes).encode())


def _dot(network: Network, choice: Choice) -> Drawing:
    from skipgraph.render.compose import compose
    from skipgraph.render.graphviz import dot_text

    return Drawing(dot_text(compose(network, choice.detail, choice.sizes)).encode())


def _txt(network: Network, choice: Choice) -> Drawing:
    from skipgraph.render.compose import compose
    from skipgraph.render.text import text_of

    return Drawing(text_of(compose(network, choice.detail, choice.sizes), ascii=choice.ascii).encode())


def _mmd(network: Network, choice: Choice) -> Drawing:
    from skipgraph.render.mermaid import flowchart

    drawn = flowchart(network, choice.detail, choice.sizes)
    return Drawing(drawn.text.encode(), (drawn.note,) if drawn.note else ())


_WRITERS: Mapping[str, Callable[[Sheet, Theme, float, float], bytes]] = {
    "svg": _svg,
    "png": _png,
    "pdf": _pdf,
    "tex": _tex,
}
_TEXTS: Mapping[str, Callable[[Network, Choice], Drawing]] = {"html": _html, "dot": _dot, "txt": _txt, "mmd": _mmd}


def _listed(names: tuple[str, ...], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
