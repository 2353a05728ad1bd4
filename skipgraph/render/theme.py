"""Colours and type of a drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from skipgraph.ops import Style

Theme: TypeAlias = Literal["auto", "light", "dark", "print"]

FONT = 'Helvetica, Arial, "Liberation Sans", Arimo, "DejaVu Sans", sans-serif'

SKIPS = ("#CC0066", "#999900", "#009999", "#6040FF")
"""Colours that stay apart under the three colour-blindnesses, on white and on #0D1117."""
DASHES = ("7 4", "2 3", "12 3 2 3", "16 5")

MARKED = ("added", "removed", "changed", "renamed")
"""Paints of what only one of two networks has, or has otherwise: apart under the three colour-blindnesses, too."""

Paint: TypeAlias = tuple[str, str]
"""Fill and stroke."""


def skip_paint(number: int) -> Paint:
    """The colour and the dashes of a skip: all colours with one pattern, then all with the next."""
    return SKIPS[number % len(SKIPS)], DASHES[number // len(SKIPS) % len(DASHES)]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, but for the skips, which are the same in all."""

    page: str
    ink: str
    muted: str
    wire: str
    frame: Paint
    group: Paint
    plain: Paint
    styles: Mapping[str, Paint] = field(hash=False)

    def box(self, style: str) -> Paint:
        """Of a box of this style, or of a frame."""
        if style in ("frame", "group"):
            return self.frame if style == "frame" else self.group
        return self.styles.get(style, self.plain)


LIGHT = Palette(
    page="#FFFFFF",
    ink="#1F2328",
    muted="#59636E",
    wire="#6E7781",
    frame=("#F6F8FA", "#C4CCD4"),
    group=("none", "#C4CCD4"),
    plain=("#FFFFFF", "#8C959F"),
    styles=MappingProxyType(
        {
            Style.CONV: ("#CBDCEF", "#3E6FA8"),
            Style.LINEAR: ("#E4D8F0", "#7A52A3"),
            Style.NORM: ("#E9EEF3", "#8795A5"),
            Style.ACTIVATION: ("#FCEBD3", "#C08A3E"),
            Style.POOL: ("#F5CDD6", "#B8445F"),
            Style.RESAMPLE: ("#CDE8D3", "#3A8654"),
            Style.MERGE: ("#FBF1CC", "#A98318"),
            Style.ATTENTION: ("#FAD9C6", "#B5602B"),
            Style.RECURRENT: ("#D3EAEA", "#3B8585"),
            Style.EMBEDDING: ("#DCE9C9", "#6B8A33"),
            Style.WEIGHT: ("#DCE9C9", "#6B8A33"),
            "block": ("#DDE6F2", "#3E6FA8"),
            "input": ("#EAECEF", "#6E7781"),
            "output": ("#EAECEF", "#6E7781"),
            "added": ("#D3F1EA", "#00806E"),
            "removed": ("#FFFFFF", "#DD6F57"),
            "changed": ("#DFE8FC", "#2A5BD7"),
            "renamed": ("#FBF1CF", "#A87900"),
        }
    ),
)

DARK = Palette(
    page="#0D1117",
    ink="#E6EDF3",
    muted="#9AA4AF",
    wire="#8B949E",
    frame=("#151B23", "#3D444D"),
    group=("none", "#3D444D"),
    plain=("#161B22", "#6E7681"),
    styles=MappingProxyType(
        {
            Style.CONV: ("#1C3552", "#6EA0DB"),
            Style.LINEAR: ("#35254A", "#B08BD9"),
            Style.NORM: ("#222A33", "#7F8D9C"),
            Style.ACTIVATION: ("#40300F", "#D7A354"),
            Style.POOL: ("#4A1F2A", "#E07A94"),
            Style.RESAMPLE: ("#17391F", "#69BE86"),
            Style.MERGE: ("#3B3210", "#D3B04A"),
            Style.ATTENTION: ("#452513", "#E0935F"),
            Style.RECURRENT: ("#163838", "#6CBCBC"),
            Style.EMBEDDING: ("#2B3716", "#A3C564"),
            Style.WEIGHT: ("#2B3716", "#A3C564"),
            "block": ("#1A2A40", "#6EA0DB"),
            "input": ("#21262D", "#8B949E"),
            "output": ("#21262D", "#8B949E"),
            "added": ("#0F3A2E", "#3CC79C"),
            "removed": ("#0D1117", "#D0694E"),
            "changed": ("#17294D", "#7DA8FF"),
            "renamed": ("#3D3010", "#E3B341"),
        }
    ),
)

PRINT = Palette(
    page="#FFFFFF",
    ink="#000000",
    muted="#333333",
    wire="#333333",
    frame=("none", "#999999"),
    group=("none", "#999999"),
    plain=("#FFFFFF", "#000000"),
    styles=MappingProxyType({}),
)

BASE: Mapping[Theme, Palette] = MappingProxyType({"auto": LIGHT, "light": LIGHT, "dark": DARK, "print": PRINT})
"""What stands in the drawing; `auto` adds a sheet of rules for a dark page."""
