"""Sheet -> SVG: one self-contained picture, the same bytes for the same sheet."""

from __future__ import annotations

from math import hypot
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from skipgraph.render.page import Point
from skipgraph.render.sheet import Disc, Group, Item, Line, Rectangle, Sheet, Text
from skipgraph.render.svg import dark_rules, number, sign, text_in
from skipgraph.render.theme import BASE, FONT, Theme, skip_paint

_CORNER = 4.0
_TIP = 5.0


def svg_of_sheet(sheet: Sheet, theme: Theme = "auto") -> str:
    """The sheet as an SVG document."""
    return _Writer(sheet, theme).document()


class _Writer:
    def __init__(self, sheet: Sheet, theme: Theme) -> None:
        self.sheet = sheet
        self.theme = theme
        self.colors = BASE[theme]

    def document(self) -> str:
        width, height = number(self.sheet.width), number(self.sheet.height)
        root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": width,
                "height": height,
                "viewBox": f"0 0 {width} {height}",
                "role": "img",
                "aria-labelledby": "sg-title sg-desc",
                "font-family": FONT,
            },
        )
        text_in(SubElement(root, "title", {"id": "sg-title"}), self.sheet.title)
        text_in(SubElement(root, "desc", {"id": "sg-desc"}), self.sheet.about)
        if self.theme == "auto":
            SubElement(root, "style").text = dark_rules()
        SubElement(root, "rect", {"class": "sg-page", "width": width, "height": height, "fill": self.colors.page})
        for item in self.sheet.items:
            self._item(root, item)
        indent(root, " ")
        return tostring(root, encoding="unicode") + "\n"

    def _item(self, parent: Element, item: Item) -> None:
        match item:
            case Group():
                group = SubElement(parent, "g", dict(item.data))
                if item.title:
                    text_in(SubElement(group, "title"), item.title)
                for inner in item.items:
                    self._item(group, inner)
            case Rectangle():
                self._rectangle(parent, item)
            case Disc():
                fill, stroke = self.colors.box(item.paint)
                x, y = item.center
                look = {"class": f"sg-{item.paint}", "fill": fill, "stroke": stroke}
                SubElement(parent, "circle", {**look, "cx": number(x), "cy": number(y), "r": number(item.radius)})
                ink = {"class": "sg-sign", "fill": "none", "stroke": self.colors.ink, "stroke-width": "1.4"}
                SubElement(parent, "path", {"d": sign(item.symbol, x, y, item.radius * 0.55), **ink})
            case Line():
                self._line(parent, item)
            case Text():
                self._text(parent, item)

    def _rectangle(self, parent: Element, item: Rectangle) -> None:
        at = item.at
        look = {"x": number(at.x), "y": number(at.y), "width": number(at.width), "height": number(at.height)}
        if item.corner:
            look["rx"] = number(item.corner)
        if item.paint.startswith("skip "):
            look["fill"] = skip_paint(int(item.paint.removeprefix("skip ")))[0]
        elif item.paint in ("outline", "inset"):
            look |= {"class": f"sg-{item.paint}", "fill": "none", "stroke": self.colors.muted}
            look |= {"stroke-opacity": "0.5"} if item.paint == "inset" else {}
        else:
            fill, stroke = self.colors.box(item.paint)
            look |= {"class": f"sg-{item.paint}", "fill": fill}
            if item.border:
                look["stroke"] = stroke
        if item.dashed:
            look["stroke-dasharray"] = "4 2"
        SubElement(parent, "rect", look)

    def _line(self, parent: Element, item: Line) -> None:
        dashes = ""
        if item.paint.startswith("skip "):
            color, dashes = skip_paint(int(item.paint.removeprefix("skip ")))
            look = {}
        elif item.paint == "rule":
            color, dashes, look = self.colors.group[1], "1 4", {"class": "sg-rule"}
        elif item.paint == "wire":
            color, look = self.colors.wire, {"class": "sg-wire"}
        else:
            color, look = self.colors.box(item.paint)[1], {"class": f"sg-way-{item.paint}"}
        look |= {"d": _path(item), "fill": "none", "stroke": color, "stroke-width": number(item.width)}
        if dashes:
            look["stroke-dasharray"] = dashes
        SubElement(parent, "path", look)
        if item.arrow:
            tip = {"d": _arrow(item.points), "fill": color}
            if "class" in look:
                tip["class"] = f"{look['class']}-tip"
            SubElement(parent, "path", tip)

    def _text(self, parent: Element, item: Text) -> None:
        look = {
            "class": f"sg-{item.role}" + (" sg-on-page" if item.halo else ""),
            "x": number(item.x),
            "y": number(item.y),
            "font-size": number(item.size),
            "fill": getattr(self.colors, item.role),
        }
        if item.anchor != "start":
            look["text-anchor"] = item.anchor
        if item.bold:
            look["font-weight"] = "600"
        if item.halo:
            look |= {"stroke": self.colors.page, "stroke-width": "3", "stroke-linejoin": "round"}
            look["paint-order"] = "stroke"
        text_in(SubElement(parent, "text", look), item.text)


def _path(line: Line) -> str:
    """The way with rounded corners, up to where the arrow begins."""
    points = list(line.points)
    if line.arrow:
        points[-1] = _before(points[-2], points[-1], _TIP)
    text = f"M{_point(points[0])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        if radius < 0.3:
            text += f"L{_point(corner)}"
            continue
        text += f"L{_point(_before(before, corner, radius))}Q{_point(corner)} {_point(_before(after, corner, radius))}"
    return f"{text}L{_point(points[-1])}"


def _arrow(points: tuple[Point, ...]) -> str:
    (tip_x, tip_y), start = points[-1], _before(points[-2], points[-1], _TIP)
    along = ((tip_x - start[0]) / _TIP, (tip_y - start[1]) / _TIP)
    across = (-along[1] * 2.6, along[0] * 2.6)
    a, b = (start[0] + across[0], start[1] + across[1]), (start[0] - across[0], start[1] - across[1])
    return f"M{_point(a)}L{_point(points[-1])}L{_point(b)}Z"


def _before(start: Point, end: Point, distance: float) -> Point:
    """The point on the way from `start` to `end` that is so far from its end."""
    length = _distance(start, end)
    share = distance / length if length else 0.0
    return end[0] + (start[0] - end[0]) * share, end[1] + (start[1] - end[1]) * share


def _distance(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])


def _point(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
