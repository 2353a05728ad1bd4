"""Places -> sheet: boxes with their dividers, lines with their names, row labels, a heading and a legend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skipgraph.ops import Style
from skipgraph.passes.diff import Mark
from skipgraph.render.figure.brackets import Bracket, brackets
from skipgraph.render.figure.cells import Cell, Link, Sketch, is_light
from skipgraph.render.figure.face import LINE, RADIUS, TYPE, Labels
from skipgraph.render.figure.labels import row_lines
from skipgraph.render.figure.place import Places
from skipgraph.render.figure.scale import Scale
from skipgraph.render.figure.wrap import in_strips
from skipgraph.render.measure import BOLD, width_of, wrapped
from skipgraph.render.page import Point, Rect
from skipgraph.render.scene import Box, Kind, Symbol, style_of
from skipgraph.render.sheet import Disc, Group, Item, Line, Rectangle, Sheet, Text
from skipgraph.render.words import Shapes, cut

_EDGE = 8.0
_TITLE, _SUMMARY = 14.0, 10.0
LEGEND = 22.0
_BEAD = 8.0
_BRACKET = 16.0
_SHORT = 7
"""Characters of a label that is not broken."""
_STYLES = {
    "block": "block",
    Style.CONV: "convolution",
    Style.LINEAR: "linear",
    Style.NORM: "norm",
    Style.ACTIVATION: "activation",
    Style.POOL: "pool",
    Style.RESAMPLE: "resampling",
    Style.ATTENTION: "attention",
    Style.RECURRENT: "recurrent",
    Style.EMBEDDING: "embedding",
    Style.WEIGHT: "weight",
    Style.MERGE: "merge",
}


def name_width(name: str, link: Link) -> float:
    """How wide a name is, and the beads behind it."""
    return width_of(name, TYPE) * BOLD + _BEAD * len(_beads(link))


class Drawer:
    """One figure while it is drawn."""

    def __init__(
        self,
        drawn: Sketch,
        at: Places,
        labels: Mapping[str, Labels],
        names: Mapping[str, str],
        shapes: Shapes,
        scale: Scale,
        widest: float,
    ) -> None:
        self.sketch = drawn
        self.scene = drawn.scene
        self.at = at
        self.widest = widest
        self.labels = labels
        self.names = names
        self.shapes = shapes
        self.scale = scale
        self.links = {link.id: link for link in drawn.links}
        self.cells = {cell.id: cell for cell in drawn.cells}
        self.row_labels = self._row_labels()
        self.left = _EDGE + max(width_of(line, TYPE) for lines in self.row_labels.values() for line in lines) + 8
        self.pages = (self.left + at.width + _EDGE) / widest
        """How many pages wide it is before it is wrapped."""

    @property
    def is_chain(self) -> bool:
        """Whether no two values meet in it, but pieces of one."""
        met = [link.target for link in self.sketch.links if self.cells[link.source].head.style is not Style.SHAPE]
        return len(set(met)) == len(met)

    def _row_labels(self) -> dict[int, list[str]]:
        """The resolution of each row, the largest that stands in it, of what is there before what is gone."""
        found: dict[int, tuple[tuple[bool, float], str]] = {}
        plan = self.at.plan.grid
        for cell in self.sketch.cells:
            row = plan.rows[plan.slots[cell.id].lane]
            side = cell.head.mark is not Mark.REMOVED, self.scale.side(cell.type)
            if row not in found or side > found[row][0]:
                found[row] = side, cut("×".join(self.shapes_of(cell).size(dim) for dim in cell.type.spatial), 20)
        return {row: row_lines(text, self.at.spacing) for row, (_, text) in found.items()}

    def shapes_of(self, cell: Cell) -> Shapes:
        """How the sizes of a cell are written."""
        return self.shapes

    def heading(self, width: float) -> list[tuple[str, Mapping[str, str]]]:
        """The lines above the figure, the title first, and what each stands for."""
        title, summary = wrapped(self.scene.title, _TITLE, width, 1), wrapped(self.scene.summary, _SUMMARY, width, 3)
        return [(line, {}) for line in (*title, *summary)]

    def sheet(self) -> Sheet:
        scene = self.scene
        whole = self.at
        if self.pages > 1:
            self.at = in_strips(self.at, self.widest - self.left - _EDGE)
        heading = self.heading(self.widest - 2 * _EDGE)
        over = brackets(self.sketch, self.at.boxes, self.at.tops, TYPE)
        top = _EDGE + 16 + 13 * (len(heading) - 1) + 12 + (_BRACKET if over and over[0].strip == 0 else 0)
        legend = list(self.legend())
        width = max(
            self.left + self.at.width + _EDGE,
            *(width_of(text, _SUMMARY if at else _TITLE) + 2 * _EDGE for at, (text, _) in enumerate(heading)),
        )
        rows = _legend_rows(legend, width - 2 * _EDGE)
        items: list[Item] = [Text(_EDGE, _EDGE + 11, heading[0][0], _TITLE, anchor="start", bold=True)]
        for at, (line, data) in enumerate(heading[1:], 1):
            text = Text(_EDGE, _EDGE + 11 + 13 * at, line, _SUMMARY, "muted", "start")
            items.append(Group((text,), data) if data else text)
        items += self._rules(top, width)
        moved = (self.left, top)
        items += [self.link(link, moved) for link in self.sketch.links]
        items += [self.cell(cell, moved) for cell in self.sketch.cells]
        items += [self.name(id, moved) for id in self.at.names]
        items += [self._bracket(bracket, moved) for bracket in over]
        bottom = top + self.at.height + 16
        for at, row in enumerate(rows):
            items += self.legend_row(row, _EDGE, bottom + at * 16 + 8)
        height = bottom + 16 * len(rows) + 6
        return Sheet(
            scene.title,
            scene.about,
            round(width),
            round(height),
            tuple(items),
            TYPE,
            wrapped=self.at is not whole,
            folded=sum(cell.copies for cell in self.sketch.cells if cell.head.kind is Kind.BLOCK),
        )

    def legend_row(self, entries: list[tuple[str, str]], x: float, y: float) -> Iterator[Item]:
        """One line of the legend."""
        return row_of(entries, x, y)

    def _rules(self, top: float, width: float) -> Iterator[Item]:
        for row in self.at.rows:
            lines = self.row_labels[row.number]
            for at, line in enumerate(lines):
                y = top + row.middle + 3 + LINE * (at - (len(lines) - 1) / 2)
                yield Text(self.left - 6, y, line, TYPE, "muted", "end")
            if row.rule is not None:
                y = top + row.rule
                yield Line(((_EDGE, y), (width - _EDGE, y)), "rule", 0.8, arrow=False)

    def _bracket(self, bracket: Bracket, moved: Point) -> Group:
        left, right = bracket.left + moved[0], bracket.right + moved[0]
        y = self.at.tops[bracket.strip] + moved[1] - 5
        line = Line(((left, y + 3), (left, y), (right, y), (right, y + 3)), "wire", 0.8, arrow=False)
        name = Text((left + right) / 2, y - 3, bracket.name, TYPE, "muted")
        return Group((line, name), {"data-block": bracket.block})

    def place(self, cell: Cell, moved: Point) -> Rect:
        """Where a cell stands on the sheet."""
        at = self.at.boxes[cell.id]
        return Rect(at.x + moved[0], at.y + moved[1], at.width, at.height)

    def pieces(self, link: Link, moved: Point) -> list[tuple[Point, ...]]:
        """The pieces of a link on the sheet."""
        return [tuple((x + moved[0], y + moved[1]) for x, y in piece) for piece in self.at.lines[link.id]]

    def cell(self, cell: Cell, moved: Point) -> Group:
        place = self.place(cell, moved)
        x, y = place.center
        label, face = self.labels[cell.id], self.at.faces[cell.id]
        items: list[Item] = []
        if cell.symbol:
            items.append(Disc((x, y), RADIUS, cell.symbol))
        elif cell.is_concat:
            items += self.parts(cell, place)
        else:
            own = Rect(place.x + face.edge, place.y, place.width - face.edge, place.height)
            if cell.joint:
                items += self.parts(cell, Rect(place.x, place.y, face.edge, place.height))
            items.append(Rectangle(own, style_of(cell.head), 2.0, dashed=bool(cell.head.reuses)))
            if cell.copies > 1 or cell.head.kind is Kind.BLOCK:
                items.append(_inner(own))
        for text, middle in ((label.above, face.above), (label.joint, face.joint)):
            if text:
                items.append(Text(x + middle, place.y - 3, text, TYPE))
        for at, text in enumerate(label.lines, 1):
            items.append(Text(x, place.y + place.height + LINE * at - 2, text, TYPE, "muted"))
        data = {"data-steps": " ".join(box.id for box in cell.boxes), "data-cell": cell.id}
        return Group(tuple(items), data, "; ".join(box.about for box in cell.boxes))

    def parts(self, cell: Cell, place: Rect) -> Iterator[Item]:
        """A concat: a strip for each operand, as wide as its share; a skip's has the skip's colour."""
        x = place.x
        for part, share in zip(cell.parts, shares_of(cell), strict=True):
            width = place.width * share
            number = self.scene.skip[part.skip].number if part.skip in self.scene.skip else None
            paint = "merge" if number is None else f"skip {number}"
            yield Rectangle(Rect(x, place.y, width, place.height), paint, 0.0, border=False)
            x += width
        yield Rectangle(place, "outline", 1.0)

    def link(self, link: Link, moved: Point) -> Group:
        data = {"data-from": link.source, "data-to": link.target}
        paint, width, title = "wire", 1.2, ""
        if link.way:
            data["data-steps"] = " ".join(box.id for box in link.way)
            paint, width, title = self._way_paint(link), 1.4, "; ".join(box.about for box in link.way)
        if link.skip:
            skip = self.scene.skip[link.skip]
            data["data-skip"] = skip.id
            paint, width, title = f"skip {skip.number}", 1.8, skip.about
        *first, last = self.pieces(link, moved)
        pieces = [*(Line(piece, paint, width, arrow=False) for piece in first), Line(last, paint, width)]
        return Group(tuple(pieces), data, title)

    def name(self, id: str, moved: Point) -> Group:
        """A skip's name, and a bead behind it for each step that is its own."""
        x, y = self.at.names[id].middle
        link, name = self.links[id], self.names[id]
        x, y, wide = x + moved[0], y + moved[1], width_of(name, TYPE) * BOLD
        beads = _beads(link)
        x -= _BEAD * len(beads) / 2
        items: list[Item] = [Text(x, y + 3, name, TYPE, bold=True, halo=True)]
        for at, box in enumerate(beads):
            items.append(Rectangle(Rect(x + wide / 2 + _BEAD * at, y - 4, 6, 8), style_of(box), 1.0))
        return Group(tuple(items), {"data-name": link.skip or ""}, "")

    def legend(self) -> Iterator[tuple[str, str]]:
        """What is in the figure: a paint and a word for it."""
        heads = [cell.head for cell in self.sketch.cells if not cell.symbol and not cell.is_concat]
        beads = [box for link in self.sketch.links for box in _beads(link)]
        styles = {style_of(box) for box in (*heads, *beads)}
        yield from ((style, _STYLES[style]) for style in _STYLES if style in styles)
        if any(cell.parts for cell in self.sketch.cells):
            yield "merge", "concat, by share"
        for symbol in dict.fromkeys(cell.symbol for cell in self.sketch.cells if cell.symbol):
            assert symbol is not None
            yield f"sign {symbol.value}", {Symbol.ADD: "sum", Symbol.SUB: "difference", Symbol.MUL: "product"}[symbol]
        ways = [link for link in self.sketch.links if link.way]
        for paint, said in dict.fromkeys((self._way_paint(link), _said(link)) for link in ways if not link.skip):
            yield f"line {paint}", said
        if any(link.skip for link in self.sketch.links):
            yield "line skip 0", "skip, named"

    def _way_paint(self, link: Link) -> str:
        """The colour of a way: down to a lower resolution, or up."""
        source, target = (self.scale.side(self.cells[cell].type) for cell in (link.source, link.target))
        return (Style.POOL if target < source else Style.RESAMPLE).value


def _beads(link: Link) -> list[Box]:
    """The steps of a skip's own that stand on it."""
    return [box for box in link.way if not is_light(box)] if link.skip else []


def _said(link: Link) -> str:
    """The ops and blocks of a way."""
    names = dict.fromkeys(box.op.rpartition(".")[2] for box in link.way if not is_light(box))
    return cut(" + ".join(names), 40)


def shares_of(cell: Cell) -> list[float]:
    """How much of a concat each operand makes up."""
    sizes = [max(float(part.size), 1.0) if part.size.isdigit() else 1.0 for part in cell.parts]
    return [size / sum(sizes) for size in sizes]


def _legend_rows(entries: list[tuple[str, str]], width: float) -> list[list[tuple[str, str]]]:
    rows: list[list[tuple[str, str]]] = []
    used = width
    for paint, word in entries:
        room = LEGEND + width_of(word, TYPE) + 16
        if used + room > width:
            rows.append([])
            used = 0.0
        rows[-1].append((paint, word))
        used += room
    return rows


def row_of(entries: list[tuple[str, str]], x: float, y: float) -> Iterator[Item]:
    """One line of the legend."""
    for paint, word in entries:
        kind, _, rest = paint.partition(" ")
        if kind == "line":
            yield Line(((x, y), (x + 18, y)), rest, 1.8 if rest.startswith("skip") else 1.4)
        elif kind == "sign":
            yield Disc((x + 9, y), 6.0, Symbol(rest))
        else:
            yield Rectangle(Rect(x + 3, y - 5, 12, 10), paint)
        yield Text(x + LEGEND, y + 3, word, TYPE, "muted", "start")
        x += LEGEND + width_of(word, TYPE) + 16


def _inner(place: Rect) -> Rectangle:
    """A second border: there is more inside."""
    return Rectangle(Rect(place.x + 2, place.y + 2, place.width - 4, place.height - 4), "inset", 1.0)
