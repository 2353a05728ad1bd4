"""Sheet -> SVG: one self-contained picture, the same bytes for the same sheet."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from skipgraph.ops import Style
from skipgraph.render.outline import SIGN_SHARE, SIGN_WIDTH, Stroke, arrow_of, halo_of, look_of, sign_of, ways_of
from skipgraph.render.page import Point
from skipgraph.render.scene import Kind
from skipgraph.render.sheet import Curve, Disc, Group, Item, Line, Rectangle, Sheet, Sign, Text
from skipgraph.render.theme import BASE, DARK, FONT, MARKED, Theme
from skipgraph.render.words import printable


def svg_of_sheet(sheet: Sheet, theme: Theme = "auto", scale: float = 1.0) -> str:
    """The sheet as an SVG document, shown so many times its size."""
    return _Writer(sheet, theme).document(scale)


class _Writer:
    def __init__(self, sheet: Sheet, theme: Theme) -> None:
        self.sheet = sheet
        self.theme = theme
        self.colors = BASE[theme]

    def document(self, scale: float) -> str:
        width, height = number(self.sheet.width), number(self.sheet.height)
        root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": number(self.sheet.width * scale),
                "height": number(self.sheet.height * scale),
                "viewBox": f"0 0 {width} {height}",
                "role": "img",
                "aria-labelledby": "sg-title sg-desc",
                "font-family": FONT,
            },
        )
        text_in(SubElement(root, "title", {"id": "sg-title"}), self.sheet.title)
        text_in(SubElement(root, "desc", {"id": "sg-desc"}), self.sheet.about)
        if self.theme == "auto":
            SubElement(root, "style").text = dark_rules(marked=self.sheet.marked)
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
                (x, y), look = item.center, self._look(item, f"sg-{item.paint}")
                SubElement(parent, "circle", {**look, "cx": number(x), "cy": number(y), "r": number(item.radius)})
                self._sign(parent, Sign(item.center, item.radius * SIGN_SHARE, item.symbol))
            case Sign():
                self._sign(parent, item)
            case Line() | Curve():
                self._line(parent, item)
            case Text():
                self._text(parent, item)

    def _rectangle(self, parent: Element, item: Rectangle) -> None:
        at = item.at
        shape = {"x": number(at.x), "y": number(at.y), "width": number(at.width), "height": number(at.height)}
        if item.corner:
            shape["rx"] = number(item.corner)
        name = f"sg-{item.paint}" if item.border else f"sg-{item.paint} sg-bare"
        SubElement(parent, "rect", shape | self._look(item, name))

    def _sign(self, parent: Element, item: Sign) -> None:
        ink = {"class": "sg-sign", "fill": "none", "stroke": self.colors.ink, "stroke-width": f"{SIGN_WIDTH:g}"}
        lines = sign_of(item.symbol, item.center, item.radius)
        SubElement(parent, "path", {"d": "".join(_path([(a,), (b,)]) for a, b in lines), **ink})

    def _line(self, parent: Element, item: Line | Curve) -> None:
        ends = "" if item.paint in ("wire", "rule") else "way-"
        look, arrow = self._look(item, f"sg-{ends}{item.paint}"), arrow_of(item)
        way = "".join(map(_path, ways_of(item)))
        SubElement(parent, "path", look | {"d": way, "stroke-width": number(item.width)})
        if arrow:
            tip = {"d": f"{_path([(point,) for point in arrow])}Z", "fill": look["stroke"]}
            if "class" in look:
                tip["class"] = f"{look['class']}-tip"
            SubElement(parent, "path", tip)

    def _look(self, item: Rectangle | Disc | Line | Curve, name: str) -> dict[str, str]:
        """Colours, and the class by which a dark page changes them; a skip's stay."""
        look = look_of(item, self.colors)
        written = {"fill": look.fill or "none"}
        if not item.paint.startswith("skip "):
            written["class"] = name
        if look.stroke:
            written["stroke"] = look.stroke
        if look.width != 1.0 and isinstance(item, Rectangle | Disc):
            written["stroke-width"] = number(look.width)
        if look.opacity != 1.0:
            written["stroke-opacity"] = f"{look.opacity:g}"
        if look.dashes:
            written["stroke-dasharray"] = look.dashes
        return written

    def _text(self, parent: Element, item: Text) -> None:
        look = {
            "class": f"sg-{item.role}" + (f" sg-on-{item.ground}" if item.halo else ""),
            "x": number(item.x),
            "y": number(item.y),
            "font-size": number(item.size),
            "fill": getattr(self.colors, item.role),
        }
        if item.anchor != "start":
            look["text-anchor"] = item.anchor
        if item.bold:
            look["font-weight"] = "600"
        halo = halo_of(item, self.colors)
        if halo:
            look |= {"stroke": halo, "stroke-width": "3", "stroke-linejoin": "round", "paint-order": "stroke"}
        text_in(SubElement(parent, "text", look), item.text)


def _path(way: list[Stroke]) -> str:
    kinds = ("M", *("_LQC"[len(stroke)] for stroke in way[1:]))
    return "".join(f"{kind}{' '.join(map(_point, stroke))}" for kind, stroke in zip(kinds, way, strict=True))


def _point(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def dark_rules(*, marked: bool = False) -> str:
    """What changes where the reader asks for a dark page."""
    return f"@media (prefers-color-scheme: dark){{{dark_styles()}{_dark_marks() if marked else ''}}}"


def _dark_marks() -> str:
    paints = ((name, *DARK.box(name)) for name in MARKED)
    return "".join(
        f".sg-{name}{{fill:{fill};stroke:{stroke}}}.sg-way-{name}{{stroke:{stroke}}}.sg-way-{name}-tip{{fill:{stroke}}}"
        for name, fill, stroke in paints
    )


def dark_styles() -> str:
    """What changes on a dark page; skips keep their colours."""
    paints = {str(style): DARK.box(style) for style in (*Style, *Kind)} | {"frame": DARK.frame, "group": DARK.group}
    rules = [f".sg-{name}{{fill:{fill};stroke:{stroke}}}" for name, (fill, stroke) in paints.items()]
    # a border only, whatever the style
    rules.append(".sg-inset{fill:none}.sg-bare{stroke:none}")
    rules += [
        f".sg-page{{fill:{DARK.page}}}",
        f".sg-ink{{fill:{DARK.ink}}}",
        f".sg-muted{{fill:{DARK.muted}}}",
        f".sg-on-page{{stroke:{DARK.page}}}",
        f".sg-on-frame{{stroke:{DARK.frame[0]}}}",
        f".sg-wire{{stroke:{DARK.wire}}}",
        f".sg-sign{{stroke:{DARK.ink}}}",
        f".sg-rule{{stroke:{DARK.group[1]}}}",
        f".sg-outline{{fill:none;stroke:{DARK.muted}}}",
        f".sg-wire-tip{{fill:{DARK.wire}}}",
    ]
    for style in Style:
        stroke = DARK.box(style)[1]
        rules.append(f".sg-way-{style}{{stroke:{stroke}}}.sg-way-{style}-tip{{fill:{stroke}}}")
    return "".join(rules)


def number(value: float) -> str:
    """A coordinate: a tenth of a pixel is enough."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def text_in(element: Element, text: str) -> None:
    """Put a text into an element, as it is."""
    element.text = printable(text)
