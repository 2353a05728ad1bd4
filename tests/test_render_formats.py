"""Sheets as PNG and PDF: every label is in them, at its place, in the typeface that comes along, on any machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
import resvg_py
from PIL import Image
from sheet_parts import ROOT, SPECS, in_views, is_text, sheet, texts, without

from skipgraph.api import load
from skipgraph.render import RenderError, to_dot, to_html, to_mermaid, to_svg, to_text
from skipgraph.render.formats import INCH, Choice, draw, format_of, misfit
from skipgraph.render.measure import SLACK, width_of
from skipgraph.render.page import Rect
from skipgraph.render.pdf import POINT, pdf_of
from skipgraph.render.png import png_of
from skipgraph.render.sheet import Curve, Disc, Group, Item, Line, Rectangle, Sheet, Text
from skipgraph.render.sheet_svg import svg_of_sheet
from skipgraph.render.theme import FONT
from skipgraph.render.typeface import FAMILY, LACKING, drawable
from skipgraph.render.views import View, sheet_of


def is_skip1(item: Item) -> bool:
    return isinstance(item, Text) and item.text == "skip1"


def area(text: Text) -> Rect:
    """What a text covers; its digits and letters, not what hangs below the line."""
    width = width_of(text.text, text.size) / SLACK * (1.08 if text.bold else 1.0)
    x = text.x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
    return Rect(x, text.y - text.size * 0.75, width, text.size * 0.75)


def pixels(png: bytes) -> Any:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)


def unseen(sheet: Sheet, picture: Any, bare: Any, scale: float) -> list[str]:
    """The texts that are not in a picture: where they stand, it is as the picture without any text."""
    changed = np.abs(picture - bare).max(axis=2) > 60
    found = []
    for text in texts(sheet.items):
        at = area(text)
        part = changed[
            int(at.y * scale) : int((at.y + at.height) * scale) + 1,
            int(at.x * scale) : int((at.x + at.width) * scale) + 1,
        ]
        # each character but the thinnest colours this much; a plate alone nothing that dark
        if part.sum() < 2 * scale * len(text.text.replace(" ", "")):
            found.append(text.text)
    return found


# --------------------------------------------------------------------------------------------------------------------
# PNG


@in_views
def test_every_label_is_in_the_png(file: Path, view: View) -> None:
    whole = sheet(file, view)
    picture, bare = (png_of(svg_of_sheet(each, "light")) for each in (whole, without(whole, is_text)))
    assert unseen(whole, pixels(picture), pixels(bare), 2.0) == []


def test_a_label_that_is_left_out_of_the_png_is_found() -> None:
    whole = sheet()
    picture, bare = (png_of(svg_of_sheet(each, "light")) for each in (whole, without(whole, is_text)))
    assert unseen(whole, pixels(bare), pixels(bare), 2.0) == [text.text for text in texts(whole.items)]
    lost = png_of(svg_of_sheet(without(whole, is_skip1), "light"))
    assert unseen(whole, pixels(lost), pixels(bare), 2.0) == ["skip1"]
    # what a converter does where no typeface has the name
    nothing = resvg_py.svg_to_bytes(svg_string=svg_of_sheet(whole, "light"), zoom=2.0, skip_system_fonts=True)
    assert len(unseen(whole, pixels(nothing), pixels(bare), 2.0)) == len(list(texts(whole.items)))
    assert unseen(whole, pixels(picture), pixels(bare), 2.0) == []


def test_a_png_hangs_on_no_typeface_but_its_own() -> None:
    svg = svg_of_sheet(sheet(), "light")
    family = f'font-family="{FONT.replace(chr(34), "&quot;")}"'
    assert family in svg
    for asked in (FAMILY, "Nowhere", "Nowhere, serif", "DejaVu Sans, sans-serif"):
        assert png_of(svg.replace(family, f'font-family="{asked}"')) == png_of(svg)


def test_a_png_has_as_many_pixels_as_asked_for() -> None:
    network = load(SPECS[0])
    width, height = sheet_of(network, width=6.5).width, sheet_of(network, width=6.5).height
    image = Image.open(BytesIO(draw(network, "png", Choice(width=6.5, dpi=300)).data))
    assert abs(image.width - 1950) <= 1
    assert abs(image.height - 1950 * height / width) <= 2
    assert Image.open(BytesIO(draw(network, "png").data)).size == (round(width * 2), round(height * 2))


def test_a_png_that_is_too_large_says_what_fits() -> None:
    svg = svg_of_sheet(sheet(), "light")
    with pytest.raises(RenderError, match=r"at (\d+) dpi it fits, and SVG or PDF have no such limit") as raised:
        png_of(svg, 40.0)
    fits = float(str(raised.value).split(" dpi")[0].rpartition(" ")[2])
    assert (sheet().width * fits / 96) * (sheet().height * fits / 96) == pytest.approx(100e6, rel=0.01)


def test_what_the_typeface_lacks_is_a_sign_in_png_and_pdf() -> None:
    lone = Sheet("t", "a", 120, 20, (Text(4, 14, "a層b", 12.0, anchor="start"),), 12.0)
    same = replace(lone, items=(Text(4, 14, f"a{LACKING}b", 12.0, anchor="start"),))
    assert png_of(svg_of_sheet(lone, "light")) == png_of(svg_of_sheet(same, "light").replace("a層b", f"a{LACKING}b"))
    assert pdf_of(lone) == pdf_of(same)
    assert read(pdf_of(lone)) == f"a{LACKING}b"


# --------------------------------------------------------------------------------------------------------------------
# PDF


def read(pdf: bytes, at: Rect | None = None, scale: float = POINT) -> str:
    """What stands on a PDF's page, or in a part of it."""
    page = pypdfium2.PdfDocument(pdf)[0]
    text = page.get_textpage()
    if at is None:
        return str(text.get_text_range()).strip()
    top = page.get_height() - at.y * scale
    # what hangs below the line too
    bounds = at.x * scale - 1, top - at.height * 1.3 * scale, (at.x + at.width) * scale + 1, top + 1
    return str(text.get_text_bounded(*bounds)).strip()


def unread(sheet: Sheet, pdf: bytes) -> list[str]:
    """The texts that a PDF does not have at their places."""
    return [text.text for text in texts(sheet.items) if read(pdf, area(text)) != drawable(text.text)]


def likeness(sheet: Sheet, pdf: bytes) -> float:
    """How much of the page is another colour in the PDF than in the PNG, in parts of a million; somewhat blurred."""
    png = png_of(svg_of_sheet(without(sheet, is_text), "light"), 2.0)
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=2 / POINT).to_pil().convert("RGB")
    small = (int(sheet.width) // 2, int(sheet.height) // 2)
    one, other = (
        np.asarray(image.convert("RGB").resize(small, Image.Resampling.BOX)).astype(int)
        for image in (Image.open(BytesIO(png)), page)
    )
    return float((np.abs(one - other).max(axis=2) > 64).mean() * 1e6)


@in_views
def test_every_label_is_read_in_the_pdf_where_it_stands(file: Path, view: View) -> None:
    assert unread(sheet(file, view), pdf_of(sheet(file, view))) == []


def test_a_label_that_is_left_out_of_the_pdf_or_moved_is_found() -> None:
    whole = sheet()
    lost = pdf_of(without(whole, is_skip1))
    assert unread(whole, lost) == ["skip1"]
    first = next(texts(whole.items))
    moved = replace(whole, items=(first._replace(x=first.x + 40), *whole.items[1:]))
    assert unread(whole, pdf_of(moved)) == [first.text]


@in_views
def test_the_pdf_looks_as_the_png(file: Path, view: View) -> None:
    whole = sheet(file, view)
    assert likeness(whole, pdf_of(without(whole, is_text))) < 100


@pytest.mark.parametrize("kind", [Rectangle, Line, Disc, Curve], ids=lambda kind: kind.__name__)
def test_a_shape_that_the_pdf_lacks_is_found(kind: type[Rectangle | Line | Disc | Curve]) -> None:
    whole = sheet(SPECS[1], "graphviz") if kind is Curve else sheet(SPECS[2])
    bare = without(whole, is_text)
    gone = next(item for item in shapes(bare.items) if isinstance(item, kind) and item.paint != "rule")
    assert likeness(whole, pdf_of(without(bare, lambda item: item is gone))) > likeness(whole, pdf_of(bare)) + 20


def shapes(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        if isinstance(item, Group):
            yield from shapes(item.items)
        else:
            yield item


def test_a_pdf_is_one_page_as_wide_as_asked_for_with_its_typeface_in_it() -> None:
    network = load(SPECS[0])
    pdf = draw(network, "pdf", Choice(width=6.5)).data
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    assert document[0].get_width() == pytest.approx(468, abs=0.1)
    assert document.get_metadata_value("Title") == "unet"
    assert pdf.count(b"/FontFile2") == 2
    assert pdf.count(b"/ToUnicode") == 2
    assert len(pdf) < 100_000
    natural = pypdfium2.PdfDocument(draw(network, "pdf").data)[0]
    assert natural.get_width() == pytest.approx(sheet_of(network).width * POINT, abs=0.1)


def test_a_pdf_that_is_too_large_says_what_fits() -> None:
    with pytest.raises(RenderError, match=r"a PDF of 300 in is too large: readers show 200 in; at a width of 200.0 in"):
        pdf_of(replace(sheet(), width=300 * INCH))


# --------------------------------------------------------------------------------------------------------------------
# all of them


DRAW = """
import hashlib, sys
from skipgraph.api import load
from skipgraph.render.formats import draw
network = load(sys.argv[1])
print(*(hashlib.sha256(draw(network, format).data).hexdigest() for format in ("svg", "png", "pdf", "tex")))
"""


def test_the_bytes_do_not_hang_on_the_hash_seed_or_the_time() -> None:
    def drawn(seed: str, zone: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": zone}
        command = [sys.executable, "-c", DRAW, str(SPECS[0])]
        return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout

    assert drawn("1", "UTC") == drawn("2", "Asia/Tokyo")


@pytest.mark.parametrize("format", ["svg", "tex", "dot", "txt", "mmd"])
def test_sizes_stand_in_place_of_open_axes(format: Any) -> None:
    choice = Choice(sizes={"H": 352, "W": 224})
    drawn = draw(load(SPECS[0]), format, choice).data.decode()
    assert "H/2" in draw(load(SPECS[0]), format).data.decode()
    assert "H/2" not in drawn
    assert "176" in drawn


@pytest.mark.parametrize("format", ["png", "pdf", "tex"])
def test_a_theme_chooses_the_colours(format: Any) -> None:
    network = load(SPECS[0])
    drawn = {theme: draw(network, format, Choice(theme=theme)).data for theme in ("light", "dark", "print")}
    assert len(set(drawn.values())) == 3
    if format == "png":
        assert [tuple(pixels(data)[0, 0]) for data in drawn.values()] == [(255,) * 3, (13, 17, 23), (255,) * 3]


@pytest.mark.parametrize(
    ("file", "format"), [("a.svg", "svg"), ("b.PDF", "pdf"), ("c.gv", "dot"), ("d.tikz", "tex"), ("e.x.htm", "html")]
)
def test_a_name_tells_the_format(file: str, format: str) -> None:
    assert format_of(file) == format


@pytest.mark.parametrize(
    ("file", "near"), [("a.jpg", "png"), ("a.eps", "pdf"), ("a.md", "mmd"), ("a.svgz", "svg"), ("a.xyz", ""), ("a", "")]
)
def test_a_name_that_tells_none_is_told_the_nearest(file: str, near: str) -> None:
    with pytest.raises(ValueError, match=r"ends in \.svg, \.png") as raised:
        format_of(file)
    assert (f"is .{near};" in str(raised.value)) == bool(near)


def test_what_is_chosen_for_a_format_fits_it() -> None:
    assert misfit("pdf", Choice("flow", "stages", "dark", {}, 6.5)) is None
    assert misfit("dot", Choice("graphviz")) is None
    assert misfit("txt", Choice(ascii=True)) is None
    assert "flow" in (misfit("txt", Choice("flow")) or "")
    assert "no width" in (misfit("mmd", Choice(width=3.0)) or "")
    assert "greater than 0" in (misfit("png", Choice(width=-1.0)) or "")


@pytest.mark.parametrize("draw", [to_svg, to_dot, to_text, to_mermaid, to_html])
def test_numbers_stand_for_open_axes_in_every_text(draw: Callable[..., str]) -> None:
    network = load(ROOT / "specs" / "unet.yaml")
    assert "×1168" not in draw(network)
    assert "×1168" in draw(network, sizes={"H": 1168, "W": 1168})
