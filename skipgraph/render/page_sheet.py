"""Page -> sheet: the picture of the view of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from skipgraph.render.measure import width_of, wrapped
from skipgraph.render.page import BODY, CIRCLE, HEAD, LINE, SMALL, Page, Point, Rect, Route, wire_text
from skipgraph.render.scene import Box, Frame, Kind, Scene, Wire, frames_around, style_of
from skipgraph.render.sheet import Curve, Disc, Group, Item, Rectangle, Sheet, Sign, Text

MARGIN = 16.0
_TITLE = 16.0
_NARROWEST = 360.0
"""Of the text above the graph."""


def sheet_of_page(page: Page) -> Sheet:
    """The page as a sheet, with a heading above the graph."""
    return _Drawer(page).sheet()


class _Drawer:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.scene = page.scene
        self.frames = {frame.id: frame for frame in page.scene.frames}
        self.heading = list(_heading(page.scene, max(page.width, _NARROWEST)))
        self.top = MARGIN + sum(height for _, height in self.heading) + 6

    def sheet(self) -> Sheet:
        page, scene = self.page, self.scene
        width = max(page.width, *(width_of(text.text, text.size) for text, _ in self.heading)) + 2 * MARGIN
        frames = [frame for frame in scene.frames if frame.id in page.frames]
        wires = [wire for wire in scene.wires if wire.id in page.wires]
        items = (
            *self._titles(),
            *map(self._frame, frames),
            *map(self._wire, wires),
            *map(self._frame_label, frames),
            *map(self._box, scene.boxes),
            *(label for wire in wires for label in self._label(wire, page.wires[wire.id])),
        )
        return Sheet(scene.title, scene.about, width, page.height + self.top + MARGIN, items, SMALL)

    def _titles(self) -> Iterator[Text]:
        """The heading, each line below the one before."""
        y = MARGIN
        for text, height in self.heading:
            y += height
            yield Text(MARGIN, y - height / 4, text.text, text.size, text.role, "start", text.bold)

    def _frame(self, frame: Frame) -> Group:
        shape = Rectangle(self._moved(self.page.frames[frame.id]), "frame" if frame.block else "group", 6.0)
        return Group((shape,), {"class": "sg-frame", "data-frame": frame.id})

    def _frame_label(self, frame: Frame) -> Text:
        at, ground = self._moved(self.page.frames[frame.id]), self._ground(frame.id)
        return Text(at.x + 8, at.y + LINE, frame.label, BODY, "muted", "start", halo=True, ground=ground)

    def _box(self, box: Box) -> Group:
        at = self._moved(self.page.boxes[box.id])
        return Group(tuple(self._shapes(box, at)), {"class": "sg-step", f"data-{box.kind.value}": box.id}, box.about)

    def _shapes(self, box: Box, at: Rect) -> Iterator[Item]:
        if box.symbol and not box.lines:
            yield Disc(at.center, CIRCLE / 2, box.symbol, style_of(box))
            return
        corner = at.height / 2 if box.kind in (Kind.INPUT, Kind.OUTPUT) else 4.0
        yield Rectangle(at, style_of(box), corner, dashed=bool(box.reuses))
        if box.kind is Kind.BLOCK:
            # a second border: there is more inside
            within = Rect(at.x + 2.5, at.y + 2.5, at.width - 5, at.height - 5)
            yield Rectangle(within, "inset", 2.5, dashed=bool(box.reuses))
        yield from self._lines(box, at)

    def _lines(self, box: Box, at: Rect) -> Iterator[Item]:
        x, y = at.center
        top = y - LINE * len(box.lines) / 2
        for index, line in enumerate(box.lines):
            baseline = top + LINE * index + LINE * 0.75
            if box.symbol and index == 0:
                _, name = line.split(" ", 1)
                left = x - (width_of(name, HEAD) + 16) / 2
                yield Sign((left + 5, y), 5.0, box.symbol)
                yield Text(left + 16, baseline, name, HEAD, anchor="start")
            elif index == 0:
                yield Text(x, baseline, line, HEAD, bold=box.kind is not Kind.STEP)
            else:
                yield Text(x, baseline, line, BODY, "muted")

    def _wire(self, wire: Wire) -> Group:
        route = self.page.wires[wire.id]
        pieces = tuple(tuple(map(self._to, piece)) for piece in route.pieces)
        data = {"class": "sg-edge", "data-from": wire.source, "data-to": wire.target}
        tip = None if wire.size_only else self._to(route.tip)
        if wire.skip in self.scene.skip:
            skip = self.scene.skip[wire.skip]
            curve = Curve(pieces, f"skip {skip.number}", tip, 2.0, dotted=wire.size_only)
            return Group((curve,), data | {"data-skip": skip.id})
        return Group((Curve(pieces, "wire", tip, dotted=wire.size_only),), data)

    def _label(self, wire: Wire, route: Route) -> Iterator[Item]:
        text = wire_text(self.scene, wire)
        if not text or route.label is None:
            return
        x, y = self._to(route.label.center)
        ground = self._ground(wire.frame)
        if not (wire.named and wire.skip):
            yield Text(x, y + SMALL * 0.35, text, SMALL, "muted", halo=True, ground=ground)
            return
        skip = self.scene.skip[wire.skip]
        name = Text(x, y + SMALL * 0.35, text, SMALL, bold=True, halo=True, ground=ground)
        yield Group((name,), {"class": "sg-skip", "data-skip": skip.id}, skip.about)

    def _ground(self, frame: str | None) -> str:
        """What lies behind a text in this frame."""
        return "frame" if any(each.block for each in frames_around(self.frames, frame)) else "page"

    def _to(self, point: Point) -> Point:
        """Where a point of the page stands on the sheet."""
        return point[0] + MARGIN, point[1] + self.top

    def _moved(self, at: Rect) -> Rect:
        return Rect(at.x + MARGIN, at.y + self.top, at.width, at.height)


def _heading(scene: Scene, width: float) -> Iterator[tuple[Text, float]]:
    """The lines above the graph, and how much height each takes; they have no place yet."""
    for text, size, role, height, most in (
        (scene.title, _TITLE, "ink", 22.0, 2),
        (scene.description, HEAD, "muted", 16.0, 4),
        (scene.summary, BODY, "muted", 15.0, 3),
    ):
        for line in wrapped(text, size, width, most):
            yield Text(0, 0, line, size, role, bold=role == "ink"), height
