"""What a figure says of cells and rows: channels, names, sizes."""

from __future__ import annotations

import re

from skipgraph.render.figure.cells import Cell
from skipgraph.render.figure.face import WIDE, Labels, Spacing
from skipgraph.render.scene import Kind
from skipgraph.render.words import Shapes, cut, sum_of
from skipgraph.sizes import Dim
from skipgraph.types import TensorType

_SHORT, _SHORT_ROW = 7, 9
"""Characters of a label that is not broken."""
_MOST = 3
"""Lines of one that is."""
_BREAK = re.compile(r"[ _](?=.)|[a-z](?=[A-Z])")
_AXES = re.compile(r"[123]d$")


def labels_of(cell: Cell, shapes: Shapes, spacing: Spacing = WIDE) -> Labels:
    """The channels above a cell, its name below; a long name in several lines where it is tight."""
    above = "" if cell.symbol or cell.is_concat or not cell.type.shape else shapes.size(_channels(cell.type))
    joint = cut(sum_of([part.size for part in cell.parts]), 24) if cell.parts else ""
    if cell.symbol or cell.is_concat:
        return Labels(joint, ())
    head = cell.head
    copies = f" ×{cell.copies}" if cell.copies > 1 else ""
    if head.kind is Kind.BLOCK:
        name = head.name if head.name and not copies else head.op.rpartition(".")[2]
    elif head.kind is Kind.STEP:
        name = f"{_AXES.sub('', head.lines[0].partition(' ')[0])} {cell.kernel}".strip()
    else:
        name = head.lines[0]
    below = cut(name, 18) + copies
    return Labels(cut(above, 24), (below,) if spacing is WIDE else _parted(below), joint)


def _channels(type_: TensorType) -> Dim:
    return type_.channels if type_.rank > 1 else type_.shape[0]


def _parted(line: str) -> tuple[str, ...]:
    """A long line in up to three: between words, behind an underscore, before a capital."""
    lines = [line]
    while len(lines) < _MOST:
        longest = max(lines, key=len)
        places = [found.end() for found in _BREAK.finditer(longest)] if len(longest) > _SHORT else []
        if not places:
            break
        at = min(places, key=lambda at: max(at, len(longest) - at))
        where = lines.index(longest)
        lines[where : where + 1] = longest[:at].strip(), longest[at:]
    return tuple(lines)


def row_lines(resolution: str, spacing: Spacing) -> list[str]:
    """A row's label, `256²` for `256×256`; a long one has a line for each axis."""
    sides = resolution.split("×")
    if len(sides) in (2, 3) and len(set(sides)) == 1 and sides[0].isdigit():
        return [f"{sides[0]}{'²' if len(sides) == 2 else '³'}"]
    if len(resolution) <= (_SHORT_ROW if spacing is WIDE else _SHORT):
        return [resolution]
    return [sides[0], *(f"×{side}" for side in sides[1:])]
