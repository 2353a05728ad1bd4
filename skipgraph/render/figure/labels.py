"""What a figure says of cells and rows: channels, names, sizes."""

from __future__ import annotations

import re

from skipgraph.render.figure.cells import Cell
from skipgraph.render.figure.face import WIDE, Labels, Spacing
from skipgraph.render.scene import Kind
from skipgraph.render.words import Shapes, cut, sum_of
from skipgraph.sizes import Dim
from skipgraph.types import TensorType

_SHORT = 7
_SHORT_ROW = 9
"""Characters of a label that is not broken."""


def labels_of(cell: Cell, shapes: Shapes, spacing: Spacing = WIDE) -> Labels:
    """The channels above a cell, its name below; a long name in two lines where it is tight."""
    above = "" if cell.symbol or cell.is_concat or not cell.type.shape else shapes.size(_channels(cell.type))
    joint = cut(sum_of([part.size for part in cell.parts]), 24) if cell.parts else ""
    if cell.symbol or cell.is_concat:
        return Labels(joint, ())
    head = cell.head
    copies = f" ×{cell.copies}" if cell.copies > 1 else ""
    if head.kind is Kind.BLOCK:
        name = head.name if head.name and not copies else head.op.rpartition(".")[2]
    elif head.kind is Kind.STEP:
        name = f"{re.sub(r'[123]d$', '', head.lines[0].partition(' ')[0])} {cell.kernel}".strip()
    else:
        name = head.lines[0]
    below = cut(name, 18) + copies
    return Labels(cut(above, 24), (below,) if spacing is WIDE else _halves(below), joint)


def _channels(type_: TensorType) -> Dim:
    return type_.channels if type_.rank > 1 else type_.shape[0]


def _halves(line: str) -> tuple[str, ...]:
    """A long line in two, between words or behind an underscore."""
    places = [at for at, sign in enumerate(line, 1) if sign in " _" and at < len(line)]
    if len(line) <= _SHORT or not places:
        return (line,)
    at = min(places, key=lambda at: max(at, len(line) - at))
    return line[:at].strip(), line[at:]


def row_lines(resolution: str, spacing: Spacing) -> list[str]:
    """A row's label, `256²` for `256×256`; a long one has a line for each axis."""
    sides = resolution.split("×")
    if len(sides) in (2, 3) and len(set(sides)) == 1 and sides[0].isdigit():
        return [f"{sides[0]}{'²' if len(sides) == 2 else '³'}"]
    if len(resolution) <= (_SHORT_ROW if spacing is WIDE else _SHORT):
        return [resolution]
    return [sides[0], *(f"×{side}" for side in sides[1:])]
