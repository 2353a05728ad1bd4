"""Difference -> sheet: the figure of two networks as one, with what was added, removed, changed and renamed.

What both have is drawn in grey. A mark is told by its sign, its colour and its border or dashes, so that it can be
told without any one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from skipgraph.passes.diff import Difference, Mark
from skipgraph.passes.diff.lines import sections
from skipgraph.passes.diff.text import facts
from skipgraph.render.difference import Union, united
from skipgraph.render.figure.cells import Cell, Link, Sketch, sketch
from skipgraph.render.figure.draw import LEGEND, Drawer, name_width, shares_of
from skipgraph.render.figure.face import LINE, RADIUS, TYPE, Labels
from skipgraph.render.figure.grid import grid
from skipgraph.render.figure.labels import labels_of
from skipgraph.render.figure.place import Places, places
from skipgraph.render.figure.reduce import folded, with_ways
from skipgraph.render.figure.route import routes
from skipgraph.render.figure.scale import Scale
from skipgraph.render.measure import fitted, width_of, wrapped
from skipgraph.render.page import Point, Rect
from skipgraph.render.scene import Kind
from skipgraph.render.sheet import Disc, Group, Item, Line, Rectangle, Sheet, Text
from skipgraph.render.words import Shapes, cut, visible

_PLAIN = Kind.INPUT.value
_HEAD, _SMALL = 14.0, 10.0
_PAGES = 6.5, 10.0
"""Inches of a page upright, and across."""
_NOTES = 6
"""Notes in lines of their own."""
_CHANGE = 26
"""Characters of what changed in a box."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How a mark is drawn and called."""

    sign: str
    paint: str
    word: str
    border: float = 1.0
    border_dashes: str = ""
    wire: float = 1.2
    wire_dashes: str = ""
    skip: float = 1.6
    skip_dashes: str = "7 4"


_LOOKS: Mapping[Mark, _Look] = {
    Mark.KEPT: _Look("", _PLAIN, "kept", skip=1.4),
    Mark.ADDED: _Look("+", "added", "added", 2.2, "", 2.0, "", 2.2, "7 4"),
    Mark.REMOVED: _Look("−", "removed", "removed", 1.2, "3 2.5", 1.4, "2 3", 1.8, "2 3"),
    Mark.CHANGED: _Look("~", "changed", "changed", 1.5, "", 1.8, "12 3 2 3", 2.0, "12 3 2 3"),
    Mark.RENAMED: _Look(">", "renamed", "renamed", 2.0, "2 1.5", 1.8, "16 5", 2.0, "16 5"),
}


def figure_of_difference(
    difference: Difference, *, sizes: Mapping[str, int] | None = None, width: float | None = None
) -> Sheet:
    """The figure of a difference, to be printed `width` inches wide, else upright or across, with no type under 6 pt.

    Blocks are folded, but where something inside was edited. What is too wide is wrapped.
    """
    union = united(difference, sizes)
    for widest in (width,) if width else _PAGES:
        for fold in (False, True):
            drawer = _drawer(difference, union, sizes or {}, widest, fold=fold)
            if drawer.pages <= 1:
                return _sheet(drawer)
    return _sheet(drawer)


def _sheet(drawer: _Marking) -> Sheet:
    return replace(drawer.sheet(), about=_told(drawer.difference), marked=True)


def _drawer(difference: Difference, union: Union, sizes: Mapping[str, int], width: float, *, fold: bool) -> _Marking:
    scale = Scale(difference.after, sizes, difference.before)
    scene = replace(union.scene, title=_title(difference))
    drawn = with_ways(sketch(scene))
    drawn = folded(drawn) if fold else drawn
    before, after = Shapes(difference.before, sizes), Shapes(difference.after, sizes)
    labels = {cell.id: _labels(cell, before, after) for cell in drawn.cells}
    named = (link for link in drawn.links if link.named and link.skip)
    names = {link.id: _name(scene.skip[link.skip or ""].name, scene.skip[link.skip or ""].mark) for link in named}
    due = {link.id: name_width(names[link.id], link) for link in drawn.links if link.id in names}
    at = places(routes(grid(drawn, scale)), scale, labels, due)
    widest = width * 72 / 6 * TYPE
    return _Marking(difference, union, drawn, at, labels, names, (before, after), scale, widest)


def _title(difference: Difference) -> str:
    old, new = visible(difference.before.graph.name), visible(difference.after.graph.name)
    return old if old == new else f"{old} → {new}"


def _name(name: str, mark: Mark) -> str:
    """A skip's name; one that was renamed holds its sign."""
    # without gaps, in which the wire would show
    return "".join(name.split()) if mark in (Mark.KEPT, Mark.RENAMED) else f"{_LOOKS[mark].sign}{name}"


def _told(difference: Difference) -> str:
    """What differs, in words."""
    lines = [f"{word} {said}" for word, said in facts(difference)]
    for section in sections(difference):
        head = f"in {section.title}: " if section.title else ""
        lines += [head + " ".join(f"{line.mark} {line.name} {line.text}".split()) for line in section.lines]
    told = f"{'; '.join(lines)}." if difference else "Nothing differs."
    return visible(told)


def _labels(cell: Cell, before: Shapes, after: Shapes) -> Labels:
    """As in a figure of one network, with what it was where that was something else, and the sign of a mark."""
    mark, head = cell.head.mark, cell.head
    label = labels_of(cell, before if mark is Mark.REMOVED else after)
    above = label.above
    if head.was is not None:
        was = labels_of(replace(cell, boxes=tuple(box.was or box for box in cell.boxes), head=head.was), before).above
        above = above if was == above else "→".join(text for text in (was, above) if text)
    if cell.symbol and mark is not Mark.KEPT:
        above = cell.symbol.value
    above = f"{_LOOKS[mark].sign} {above}" if mark is not Mark.KEPT else above
    # the channels stand above the box
    unsaid = [each for each in head.changes if not (each.startswith("out") and each.endswith(f"→{label.above}"))]
    return Labels(cut(above.strip(), 34), label.below, also=_listed(unsaid))


def _listed(changes: list[str]) -> str:
    """The changes, or the first and how many more."""
    text = visible(", ".join(changes))
    if len(text) <= _CHANGE or len(changes) < 2:
        return cut(text, _CHANGE)
    return f"{cut(visible(changes[0]), _CHANGE)} +{len(changes) - 1}"


class _Marking(Drawer):
    """The figure of a difference while it is drawn."""

    def __init__(
        self,
        difference: Difference,
        union: Union,
        drawn: Sketch,
        at: Places,
        labels: Mapping[str, Labels],
        names: Mapping[str, str],
        shapes: tuple[Shapes, Shapes],
        scale: Scale,
        widest: float,
    ) -> None:
        self.difference = difference
        self.union = union
        self.older = shapes[0]
        super().__init__(drawn, at, labels, names, shapes[1], scale, widest)

    def shapes_of(self, cell: Cell) -> Shapes:
        return self.older if cell.head.mark is Mark.REMOVED else self.shapes

    def heading(self, width: float) -> list[tuple[str, Mapping[str, str]]]:
        lines: list[tuple[str, Mapping[str, str]]] = [(fitted(self.scene.title, _HEAD, width), {})]
        told = {word: said.replace(" -> ", " → ") for word, said in facts(self.difference)}
        totals = " · ".join(f"{word} {told.pop(word)}" for word in ("weights", "MACs") if word in told)
        for text in (totals, *(f"{word} {said}" for word, said in told.items() if word != "buffers")):
            lines += [(line, {}) for line in wrapped(visible(text), _SMALL, width, 2)]
        notes = list(self.union.notes)
        most = len(notes) if len(notes) <= _NOTES else _NOTES - 1
        for note in notes[:most]:
            text = visible(f"{_LOOKS[note.mark].sign} {note.id}  {note.text}")
            lines.append((fitted(text, _SMALL, width), {"data-steps": note.id, "data-mark": note.mark.value}))
        if notes[most:]:
            ids = " ".join(note.id for note in notes[most:])
            lines.append((f"~ {len(notes) - most} more blocks", {"data-steps": ids, "data-mark": Mark.CHANGED.value}))
        return lines

    def cell(self, cell: Cell, moved: Point) -> Group:
        mark, label, place = cell.head.mark, self.labels[cell.id], self.place(cell, moved)
        (x, y), look = place.center, _LOOKS[mark]
        items: list[Item] = []
        if cell.symbol:
            items.append(Disc((x, y), RADIUS, cell.symbol, look.paint, look.border, look.border_dashes))
        else:
            items += _framed(place, mark)
            items += self.parts(cell, place)
        role = "muted" if mark is Mark.REMOVED else "ink"
        bold = mark not in (Mark.KEPT, Mark.REMOVED)
        if label.above:
            items.append(Text(x, place.y - 4, label.above, TYPE, role, bold=bold))
        for at, text in enumerate(label.lines, 1):
            of_change = text == label.also
            y = place.y + place.height + LINE * at - 2
            items.append(Text(x, y, text, TYPE, "ink" if of_change else "muted", bold=of_change))
        data = {"data-steps": " ".join(box.id for box in cell.boxes), "data-cell": cell.id}
        return Group(tuple(items), _marked(data, mark), "; ".join(box.about for box in cell.boxes))

    def parts(self, cell: Cell, place: Rect) -> Iterator[Item]:
        """What parts the operands of a concat."""
        x = place.x
        for share in shares_of(cell)[:-1] if cell.parts else ():
            x += place.width * share
            yield Line(((x, place.y + 1), (x, place.y + place.height - 1)), _LOOKS[cell.head.mark].paint, 1.0, False)

    def link(self, link: Link, moved: Point) -> Group:
        ends = (link.target, link.source) if link.back else (link.source, link.target)
        data = {"data-from": ends[0], "data-to": ends[1]}
        look, title = _LOOKS[link.mark], ""
        width, dashes = look.wire, look.wire_dashes
        if link.way:
            data["data-steps"] = " ".join(box.id for box in link.way)
            title = "; ".join(box.about for box in link.way)
        if link.skip:
            skip = self.scene.skip[link.skip]
            data["data-skip"], title = skip.id, skip.about
            width, dashes = look.skip, look.skip_dashes
        pieces = self.pieces(link, moved)
        if link.back:
            pieces = [piece[::-1] for piece in reversed(pieces)]
        paint = "wire" if link.mark is Mark.KEPT else look.paint
        lines = [Line(piece, paint, width, piece is pieces[-1], dashes) for piece in pieces]
        return Group(tuple(lines), _marked(data, link.mark), title)

    def name(self, id: str, moved: Point) -> Group:
        x, y = self.at.names[id].middle
        skip = self.scene.skip[next(link.skip for link in self.sketch.links if link.id == id) or ""]
        role, bold = "muted" if skip.mark is Mark.REMOVED else "ink", skip.mark is not Mark.KEPT
        text = Text(x + moved[0], y + moved[1] + 3, self.names[id], TYPE, role, bold=bold, halo=True)
        return Group((text,), _marked({"data-name": skip.id}, skip.mark))

    def legend(self) -> Iterator[tuple[str, str]]:
        boxes = {cell.head.mark for cell in self.sketch.cells} | {note.mark for note in self.union.notes}
        wires = {link.mark for link in self.sketch.links}
        for mark, look in _LOOKS.items():
            count = self.union.tally.get(mark, 0)
            if mark is not Mark.KEPT and (mark in boxes or mark in wires):
                told = f"{look.sign} {count} {look.word}" if count else f"{look.sign} {look.word}"
                yield f"{'box' if mark in boxes else 'line'} {mark.value}", told
        if any(link.skip and link.mark is Mark.KEPT for link in self.sketch.links):
            yield "skip", "skip, named"

    def legend_row(self, entries: list[tuple[str, str]], x: float, y: float) -> Iterator[Item]:
        for kind, word in entries:
            shape, _, mark = kind.partition(" ")
            look = _LOOKS[Mark(mark or "=")]
            if shape == "box":
                yield from _framed(Rect(x + 2, y - 5.5, 15, 11), Mark(mark))
            elif shape == "line":
                yield Line(((x, y), (x + 18, y)), look.paint, look.wire, dashes=look.wire_dashes)
            else:
                yield Line(((x, y), (x + 18, y)), "wire", look.skip, dashes=look.skip_dashes)
            yield Text(x + LEGEND, y + 3, word, TYPE, "muted", "start")
            x += LEGEND + width_of(word, TYPE) + 16


def _framed(at: Rect, mark: Mark) -> Iterator[Rectangle]:
    """The border of a box; a changed one has two."""
    look = _LOOKS[mark]
    yield Rectangle(at, look.paint, width=look.border, dashes=look.border_dashes)
    if mark is Mark.CHANGED:
        yield Rectangle(Rect(at.x + 3, at.y + 3, at.width - 6, at.height - 6), look.paint, 1.0)


def _marked(data: dict[str, str], mark: Mark) -> dict[str, str]:
    return data if mark is Mark.KEPT else {**data, "data-mark": mark.value}
