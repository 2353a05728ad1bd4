"""Sheet -> PDF: one page of vectors, its texts to be found, its typeface in it; always the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from skipgraph.render.engine import RenderError
from skipgraph.render.outline import SIGN_SHARE, SIGN_WIDTH, Look, Stroke, arrow_of, halo_of, look_of, sign_of, ways_of
from skipgraph.render.page import Rect
from skipgraph.render.sheet import Curve, Disc, Group, Item, Line, Rectangle, Sheet, Sign, Text
from skipgraph.render.theme import BASE, Palette, Theme
from skipgraph.render.typeface import BOLD, FAMILY, REGULAR, drawable

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.drawing import PaintedPath

_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""A PDF says when it was made; ours is always the same."""
POINT = 72 / 96
"""Points in a pixel."""
LARGEST = 14400.0
"""Points of a page's side that every reader shows: 200 inches."""


def pdf_of(sheet: Sheet, theme: Theme = "light", scale: float = 1.0) -> bytes:
    """The sheet as a PDF, so many times its size. Raises `RenderError` where the page would be too large."""
    most = max(sheet.width, sheet.height) * POINT * scale
    if most > LARGEST:
        raise RenderError(
            f"a PDF of {most / 72:.0f} in is too large: readers show {LARGEST / 72:.0f} in; "
            f"at a width of {sheet.width * scale * LARGEST / most / 96:.1f} in it fits, and SVG has no such limit"
        )
    return _Writer(sheet, BASE[theme], scale).document()


class _Writer:
    def __init__(self, sheet: Sheet, colors: Palette, scale: float) -> None:
        from fpdf import FPDF

        self.sheet = sheet
        self.colors = colors
        size = sheet.width, sheet.height
        # the unit is a pixel, so that shapes go in as they are
        self.pdf: FPDF = FPDF("portrait" if size[1] >= size[0] else "landscape", POINT * scale, (min(size), max(size)))

    def document(self) -> bytes:
        pdf = self.pdf
        pdf.set_creation_date(_DATE)
        pdf.set_auto_page_break(False)
        pdf.set_title(self.sheet.title)
        pdf.set_subject(self.sheet.about)
        pdf.add_font(FAMILY, "", REGULAR)
        pdf.add_font(FAMILY, "B", BOLD)
        pdf.add_page()
        self._rectangle(Rect(0, 0, self.sheet.width, self.sheet.height), 0, Look(self.colors.page, None))
        for item in self.sheet.items:
            self._item(item)
        return bytes(pdf.output())

    def _item(self, item: Item) -> None:
        match item:
            case Group():
                for inner in item.items:
                    self._item(inner)
            case Rectangle():
                self._rectangle(item.at, item.corner, look_of(item, self.colors))
            case Disc():
                self._disc(item)
            case Sign():
                self._sign(item)
            case Line() | Curve():
                look, arrow = look_of(item, self.colors), arrow_of(item)
                for way in ways_of(item):
                    self._way(way, look)
                if arrow:
                    self._way([(point,) for point in arrow], Look(look.stroke, None))
            case Text():
                self._text(item)

    def _rectangle(self, at: Rect, corner: float, look: Look) -> None:
        path = _path(look)
        path.rectangle(at.x, at.y, at.width, at.height, corner, corner)
        self._draw(path)

    def _disc(self, item: Disc) -> None:
        path = _path(look_of(item, self.colors))
        path.circle(*item.center, item.radius)
        self._draw(path)
        self._sign(Sign(item.center, item.radius * SIGN_SHARE, item.symbol))

    def _sign(self, item: Sign) -> None:
        for a, b in sign_of(item.symbol, item.center, item.radius):
            self._way([(a,), (b,)], Look(None, self.colors.ink, SIGN_WIDTH))

    def _way(self, way: list[Stroke], look: Look) -> None:
        path = _path(look)
        path.move_to(*way[0][0])
        for stroke in way[1:]:
            draw = (path.line_to, path.quadratic_curve_to, path.curve_to)[len(stroke) - 1]
            draw(*(number for point in stroke for number in point))
        self._draw(path)

    def _draw(self, path: PaintedPath) -> None:
        with self.pdf.drawing_context() as context:
            context.add_item(path, clone=False)

    def _text(self, item: Text) -> None:
        pdf, text = self.pdf, drawable(item.text)
        pdf.set_font(FAMILY, "B" if item.bold else "", item.size * pdf.k)
        width = pdf.get_string_width(text)
        x = item.x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[item.anchor]
        halo = halo_of(item, self.colors)
        if halo:
            # a plate: letters drawn twice would be found twice
            plate = Rect(x - 2, item.y - item.size * 0.85, width + 4, item.size * 1.15)
            self._rectangle(plate, 0, Look(halo, None))
        pdf.set_text_color(getattr(self.colors, item.role))
        pdf.text(x, item.y, text)


def _path(look: Look) -> PaintedPath:
    """A path that is to be drawn in a look."""
    from fpdf.drawing import PaintedPath

    path = PaintedPath()
    style = path.style
    style.auto_close = look.fill is not None
    style.fill_color = look.fill
    style.stroke_color = look.stroke
    style.stroke_width = look.width
    style.stroke_dash_pattern = tuple(map(float, look.dashes.split())) or None
    style.stroke_cap_style = "butt"
    style.stroke_join_style = "miter"
    if look.opacity != 1.0:
        style.stroke_opacity = look.opacity
    return path
