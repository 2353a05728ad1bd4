"""SVG -> PNG, the same bytes on every machine: drawn by resvg, in the typeface that comes along."""

from __future__ import annotations

import re
from math import ceil

from skipgraph.render.engine import RenderError
from skipgraph.render.typeface import BOLD, FAMILY, REGULAR, drawable

SCALE = 2.0
"""Pixels for each pixel of the SVG: so that it is sharp on a screen of today."""
LARGEST = 100_000_000
"""Pixels of a picture: 400 MB while it is drawn."""


def png_of(svg: str, scale: float = SCALE) -> bytes:
    """The picture of an SVG of ours, so many pixels for each of its own. Raises `RenderError` where it is too large."""
    width, height = _size(svg)
    pixels = ceil(width * scale) * ceil(height * scale)
    if pixels > LARGEST:
        most = (LARGEST / width / height) ** 0.5
        raise RenderError(
            f"a PNG of {ceil(width * scale)} by {ceil(height * scale)} pixels is too large to draw: there may be "
            f"{LARGEST // 10**6} million; at {96 * most:.0f} dpi it fits, and SVG or PDF have no such limit"
        )
    from resvg_py import svg_to_bytes

    return bytes(
        svg_to_bytes(
            svg_string=drawable(svg),
            zoom=scale,
            # a typeface that is asked for and not there would leave all texts out, without a word
            skip_system_fonts=True,
            font_files=[str(REGULAR), str(BOLD)],
            sans_serif_family=FAMILY,
            serif_family=FAMILY,  # what resvg falls back to
        )
    )


def _size(svg: str) -> tuple[float, float]:
    """Width and height as the document's first line says them."""
    said = re.match(r'<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert said, "an SVG of ours says its size"
    return float(said[1]), float(said[2])
