"""Page -> SVG: one self-contained picture, the same bytes for the same page."""

from __future__ import annotations

from math import hypot
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from skipgraph.ops import Style
from skipgraph.render.measure import width_of, wrapped
from skipgraph.render.page import BODY, CIRCLE, HEAD, LINE, SMALL, Page, Point, Rect, Route, wire_text
from skipgraph.render.scene import Box, Frame, Kind, Scene, Symbol, Wire, style_of
from skipgraph.render.theme import BASE, DARK, FONT, Theme, skip_paint
from skipgraph.render.words import printable

MARGIN = 16.0
_TITLE = 16.0
_NARROWEST = 360.0
"""Of the text above the graph."""


def svg_of(page: Page, theme: Theme = "auto") -> str:
    """The page as an SVG document."""
    return _Writer(page, theme).document()


class _Writer:
    def __init__(self, page: Page, theme: Theme) -> None:
        self._page = page
        self._scene = page.scene
        self._frames = {frame.id: frame for frame in page.scene.frames}
        self._theme = theme
        self._colors = BASE[theme]
        self._heading = _heading(page.scene, max(page.width, _NARROWEST))
        self._top = MARGIN + sum(height for _, _, _, height in self._heading) + 6

    def document(self) -> str:
        page, scene = self._page, self._scene
        texts = (width_of(text, size) for text, size, _, _ in self._heading)
        width = max(page.width, *texts) + 2 * MARGIN
        height = page.height + self._top + MARGIN
        root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": number(width),
                "height": number(height),
                "viewBox": f"0 0 {number(width)} {number(height)}",
                "role": "img",
                "aria-labelledby": "sg-title sg-desc",
                "font-family": FONT,
                "font-size": number(BODY),
            },
        )
        text_in(SubElement(root, "title", {"id": "sg-title"}), scene.title)
        text_in(SubElement(root, "desc", {"id": "sg-desc"}), scene.about)
        if self._theme == "auto":
            SubElement(root, "style").text = dark_rules()
        SubElement(
            root,
            "rect",
            {"class": "sg-page", "width": number(width), "height": number(height), "fill": self._colors.page},
        )
        baseline = MARGIN
        for text, size, role, line in self._heading:
            baseline += line
            self._write(root, text, MARGIN, baseline - line / 4, size, role, bold=role == "ink", middle=False)
        drawing = SubElement(root, "g", {"transform": f"translate({number(MARGIN)} {number(self._top)})"})
        for frame in scene.frames:
            if frame.id in page.frames:
                self._frame(drawing, frame, page.frames[frame.id])
        for wire in scene.wires:
            if wire.id in page.wires:
                self._wire(drawing, wire, page.wires[wire.id])
        for frame in scene.frames:
            if frame.id in page.frames:
                self._frame_label(drawing, frame, page.frames[frame.id])
        for box in scene.boxes:
            self._box(drawing, box, page.boxes[box.id])
        for wire in scene.wires:
            if wire.id in page.wires:
                self._label(drawing, wire, page.wires[wire.id])
        indent(root, " ")
        return tostring(root, encoding="unicode") + "\n"

    def _frame(self, parent: Element, frame: Frame, at: Rect) -> None:
        group = SubElement(parent, "g", {"class": "sg-frame", "data-frame": frame.id})
        name = "frame" if frame.block else "group"
        fill, stroke = self._colors.frame if frame.block else self._colors.group
        look = {"class": f"sg-{name}", "rx": "6", "fill": fill, "stroke": stroke}
        if not frame.block:
            look["stroke-dasharray"] = "4 3"
        SubElement(group, "rect", look | _rect(at))

    def _frame_label(self, parent: Element, frame: Frame, at: Rect) -> None:
        self._write(
            parent, frame.label, at.x + 8, at.y + LINE, BODY, "muted", middle=False, ground=self._ground(frame.id)
        )

    def _box(self, parent: Element, box: Box, at: Rect) -> None:
        name = style_of(box)
        group = SubElement(parent, "g", {"class": "sg-step", f"data-{box.kind.value}": box.id})
        text_in(SubElement(group, "title"), box.about)
        fill, stroke = self._colors.box(name)
        look = {"class": f"sg-{name}", "fill": fill, "stroke": stroke}
        if box.reuses:
            look["stroke-dasharray"] = "4 2"
        x, y = at.center
        if box.symbol and not box.lines:
            SubElement(group, "circle", {**look, "cx": number(x), "cy": number(y), "r": number(CIRCLE / 2)})
            SubElement(group, "path", {"d": sign(box.symbol, x, y, 5.5), **self._ink_stroke()})
            return
        corner = {"rx": number(at.height / 2 if box.kind in (Kind.INPUT, Kind.OUTPUT) else 4)}
        SubElement(group, "rect", look | corner | _rect(at))
        if box.kind is Kind.BLOCK:
            # a second border: there is more inside
            inset = Rect(at.x + 2.5, at.y + 2.5, at.width - 5, at.height - 5)
            within = {"class": f"{look['class']} sg-inset", "fill": "none", "rx": "2.5", "stroke-opacity": "0.45"}
            SubElement(group, "rect", look | within | _rect(inset))
        self._lines(group, box, at)

    def _lines(self, group: Element, box: Box, at: Rect) -> None:
        x, y = at.center
        top = y - LINE * len(box.lines) / 2
        for index, line in enumerate(box.lines):
            baseline = top + LINE * index + LINE * 0.75
            if box.symbol and index == 0:
                _, name = line.split(" ", 1)
                left = x - (width_of(name, HEAD) + 16) / 2
                SubElement(group, "path", {"d": sign(box.symbol, left + 5, y, 5), **self._ink_stroke()})
                self._write(group, name, left + 16, baseline, HEAD, "ink", middle=False)
                continue
            bold = index == 0 and box.kind is not Kind.STEP
            self._write(group, line, x, baseline, BODY if index else HEAD, "muted" if index else "ink", bold=bold)

    def _wire(self, parent: Element, wire: Wire, route: Route) -> None:
        group = SubElement(parent, "g", {"class": "sg-edge", "data-from": wire.source, "data-to": wire.target})
        color, width, look = self._colors.wire, "1.2", {"class": "sg-wire"}
        skip = self._scene.skip.get(wire.skip) if wire.skip else None
        if skip is not None:
            group.set("data-skip", skip.id)
            color, dashes = skip_paint(skip.number)
            width, look = "2", {"stroke-dasharray": dashes}
        if wire.size_only:
            look |= {"stroke-dasharray": "1 3"}
        SubElement(group, "path", {**look, "d": _curve(route), "fill": "none", "stroke": color, "stroke-width": width})
        if not wire.size_only:
            tip = {"class": "sg-tip"} if skip is None else {}
            SubElement(group, "path", {**tip, "d": _arrow(route), "fill": color})

    def _label(self, parent: Element, wire: Wire, route: Route) -> None:
        text = wire_text(self._scene, wire)
        if not text or route.label is None:
            return
        x, y = route.label.center
        baseline = y + SMALL * 0.35
        ground = self._ground(wire.frame)
        if not (wire.named and wire.skip):
            self._write(parent, text, x, baseline, SMALL, "muted", ground=ground)
            return
        skip = self._scene.skip[wire.skip]
        group = SubElement(parent, "g", {"class": "sg-skip", "data-skip": skip.id})
        text_in(SubElement(group, "title"), skip.about)
        self._write(group, text, x, baseline, SMALL, "ink", bold=True, ground=ground)

    def _write(
        self,
        parent: Element,
        text: str,
        x: float,
        y: float,
        size: float,
        role: str,
        *,
        bold: bool = False,
        middle: bool = True,
        ground: str = "",
    ) -> None:
        """A line of text; with `ground`, on a halo of that colour, so that it reads on top of a wire."""
        look = {
            "class": f"sg-{role}" + (f" sg-on-{ground}" if ground else ""),
            "x": number(x),
            "y": number(y),
            "font-size": number(size),
            "fill": getattr(self._colors, role),
        }
        if middle:
            look["text-anchor"] = "middle"
        if bold:
            look["font-weight"] = "600"
        if ground:
            stroke = self._colors.page if ground == "page" else self._colors.frame[0]
            look |= {"stroke": stroke, "stroke-width": "3", "stroke-linejoin": "round", "paint-order": "stroke"}
        text_in(SubElement(parent, "text", look), text)

    def _ground(self, frame: str | None) -> str:
        """What lies behind a text in this frame."""
        while frame is not None:
            if self._frames[frame].block and self._colors.frame[0] != "none":
                return "frame"
            frame = self._frames[frame].parent
        return "page"

    def _ink_stroke(self) -> dict[str, str]:
        return {"class": "sg-sign", "fill": "none", "stroke": self._colors.ink, "stroke-width": "1.6"}


def _heading(scene: Scene, width: float) -> list[tuple[str, float, str, float]]:
    """The lines above the graph: text, size, role, height."""
    lines = [(line, _TITLE, "ink", 22.0) for line in wrapped(scene.title, _TITLE, width, 2)]
    lines += [(line, HEAD, "muted", 16.0) for line in wrapped(scene.description, HEAD, width, 4)]
    lines += [(line, BODY, "muted", 15.0) for line in wrapped(scene.summary, BODY, width, 3)]
    return lines


def dark_rules() -> str:
    """What changes on a dark page; skips keep their colours."""
    paints = {str(style): DARK.box(style) for style in (*Style, *Kind)} | {"frame": DARK.frame, "group": DARK.group}
    rules = [f".sg-{name}{{fill:{fill};stroke:{stroke}}}" for name, (fill, stroke) in paints.items()]
    # a border only, whatever the style
    rules.append(".sg-inset{fill:none}")
    rules += [
        f".sg-page{{fill:{DARK.page}}}",
        f".sg-ink{{fill:{DARK.ink}}}",
        f".sg-muted{{fill:{DARK.muted}}}",
        f".sg-on-page{{stroke:{DARK.page}}}",
        f".sg-on-frame{{stroke:{DARK.frame[0]}}}",
        f".sg-wire{{stroke:{DARK.wire}}}",
        f".sg-tip{{fill:{DARK.wire}}}",
        f".sg-sign{{stroke:{DARK.ink}}}",
        f".sg-rule{{stroke:{DARK.group[1]}}}",
        f".sg-outline{{fill:none;stroke:{DARK.muted}}}",
        f".sg-wire-tip{{fill:{DARK.wire}}}",
    ]
    for style in Style:
        stroke = DARK.box(style)[1]
        rules.append(f".sg-way-{style}{{stroke:{stroke}}}.sg-way-{style}-tip{{fill:{stroke}}}")
    return "@media (prefers-color-scheme: dark){" + "".join(rules) + "}"


def sign(symbol: Symbol, x: float, y: float, r: float) -> str:
    """The path of a merge's sign."""
    if symbol is Symbol.MUL:
        r *= 0.75
        left, right, top, low = number(x - r), number(x + r), number(y - r), number(y + r)
        return f"M{left} {top}L{right} {low}M{right} {top}L{left} {low}"
    across = f"M{number(x - r)} {number(y)}H{number(x + r)}"
    return across if symbol is Symbol.SUB else f"{across}M{number(x)} {number(y - r)}V{number(y + r)}"


def _curve(route: Route) -> str:
    return "".join(_piece(points) for points in route.pieces)


def _piece(points: tuple[Point, ...]) -> str:
    start, *rest = points
    curves = (" ".join(_point(p) for p in rest[i : i + 3]) for i in range(0, len(rest) - 2, 3))
    return f"M{_point(start)}" + "".join(f"C{curve}" for curve in curves)


def _arrow(route: Route) -> str:
    (x, y), (tip_x, tip_y) = route.pieces[-1][-1], route.tip
    length = hypot(tip_x - x, tip_y - y)
    if not length:
        return f"M{_point(route.tip)}Z"
    across = (tip_y - y) / length * 3.2, (x - tip_x) / length * 3.2
    a, b = (x + across[0], y + across[1]), (x - across[0], y - across[1])
    return f"M{_point(a)}L{_point(route.tip)}L{_point(b)}Z"


def _rect(at: Rect) -> dict[str, str]:
    return {"x": number(at.x), "y": number(at.y), "width": number(at.width), "height": number(at.height)}


def _point(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def number(value: float) -> str:
    """A coordinate: a tenth of a pixel is enough."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def text_in(element: Element, text: str) -> None:
    """Put a text into an element, as it is."""
    element.text = printable(text)
