"""Sheet -> SVG: one self-contained picture, the same bytes for the same sheet."""

from __future__ import annotations

import html
from collections.abc import Iterator

from skipgraph.ops import Style
from skipgraph.render.outline import SIGN_SHARE, SIGN_WIDTH, Look, Stroke, arrow_of, halo_of, look_of, sign_of, ways_of
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
        self.lines: list[str] = []
        self.numbers = _Numbers()
        self.texts, self.values = _Texts(quote=False), _Texts(quote=True)
        self.looks: dict[tuple[object, ...], tuple[str, ...]] = {}
        """What is written of shapes beside their places, by their fields: many look alike."""

    def document(self, scale: float) -> str:
        n, sheet = self.numbers, self.sheet
        width, height = n[sheet.width], n[sheet.height]
        shown = f'width="{n[sheet.width * scale]}" height="{n[sheet.height * scale]}"'
        self.lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {shown} viewBox="0 0 {width} {height}" role="img" '
            f'aria-labelledby="sg-title sg-desc" font-family="{self.values[FONT]}">',
            f' <title id="sg-title">{self.texts[sheet.title]}</title>',
            f' <desc id="sg-desc">{self.texts[sheet.about]}</desc>',
        ]
        if self.theme == "auto":
            self.lines.append(f" <style>{dark_rules(marked=sheet.marked)}</style>")
        self.lines.append(f' <rect class="sg-page" width="{width}" height="{height}" fill="{self.colors.page}" />')
        for item in sheet.items:
            self._item(item, " ")
        return "\n".join([*self.lines, "</svg>\n"])

    def _item(self, item: Item, indent: str) -> None:
        match item:
            case Group():
                data = "".join([f' {name}="{self.values[value]}"' for name, value in item.data.items()])
                self.lines.append(f"{indent}<g{data}>")
                if item.title:
                    self.lines.append(f"{indent} <title>{self.texts[item.title]}</title>")
                for inner in item.items:
                    self._item(inner, f"{indent} ")
                self.lines.append(f"{indent}</g>")
            case Line() | Curve():
                self.lines += [f"{indent}<path {path} />" for path in self._line(item)]
            case Text() if item.text:
                self.lines.append(f"{indent}<text {self._text(item)}>{self.texts[item.text]}</text>")
            case Rectangle():
                self.lines.append(f"{indent}<rect {self._rectangle(item)} />")
            case Disc():
                n = self.numbers
                (x, y), look = item.center, self._look(item, f"sg-{item.paint}")
                at = f'cx="{n[x]}" cy="{n[y]}" r="{n[item.radius]}"'
                self.lines.append(f"{indent}<circle {look} {at} />")
                self._item(Sign(item.center, item.radius * SIGN_SHARE, item.symbol), indent)
            case Sign():
                way = "".join(self._path([(a,), (b,)]) for a, b in sign_of(item.symbol, item.center, item.radius))
                ink = f'class="sg-sign" fill="none" stroke="{self.colors.ink}" stroke-width="{SIGN_WIDTH:g}"'
                self.lines.append(f'{indent}<path d="{way}" {ink} />')

    def _rectangle(self, item: Rectangle) -> str:
        at, n = item.at, self.numbers
        key = ("rect", *item[1:])
        if key not in self.looks:
            rounded = f'rx="{n[item.corner]}" ' if item.corner else ""
            look = self._look(item, f"sg-{item.paint}" if item.border else f"sg-{item.paint} sg-bare")
            self.looks[key] = (f"{rounded}{look}",)
        [look] = self.looks[key]
        return f'x="{n[at.x]}" y="{n[at.y]}" width="{n[at.width]}" height="{n[at.height]}" {look}'

    def _line(self, item: Line | Curve) -> Iterator[str]:
        """The line, and its arrow."""
        key = "line", item.paint, item.width, item.dashes if isinstance(item, Line) else item.dotted
        if key not in self.looks:
            name = f"sg-{item.paint}" if item.paint in ("wire", "rule") else f"sg-way-{item.paint}"
            look = look_of(item, self.colors)
            tip = f'fill="{look.stroke}"{_class(item, f"{name}-tip")}'
            self.looks[key] = _written(look, _class(item, name)), f'stroke-width="{self.numbers[item.width]}"', tip
        before, behind, tip = self.looks[key]
        yield f'{before} d="{"".join([self._path(way) for way in ways_of(item)])}" {behind}'
        arrow = arrow_of(item)
        if arrow:
            n = self.numbers
            yield f'd="M{"L".join([f"{n[x]} {n[y]}" for x, y in arrow])}Z" {tip}'

    def _look(self, item: Rectangle | Disc, name: str) -> str:
        look = look_of(item, self.colors)
        border = f' stroke-width="{self.numbers[look.width]}"' if look.width != 1.0 else ""
        return _written(look, _class(item, name), border)

    def _text(self, item: Text) -> str:
        n = self.numbers
        key = ("text", *item[3:])
        if key not in self.looks:
            name = f"sg-{item.role} sg-on-{item.ground}" if item.halo else f"sg-{item.role}"
            self.looks[key] = f'class="{name}"', self._type(item)
        before, behind = self.looks[key]
        return f'{before} x="{n[item.x]}" y="{n[item.y]}" {behind}'

    def _type(self, item: Text) -> str:
        written = f'font-size="{self.numbers[item.size]}"'
        written += f' fill="{self.colors.ink if item.role == "ink" else self.colors.muted}"'
        if item.anchor != "start":
            written += f' text-anchor="{item.anchor}"'
        if item.bold:
            written += ' font-weight="600"'
        halo = halo_of(item, self.colors)
        if halo:
            written += f' stroke="{halo}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
        return written

    def _path(self, way: list[Stroke]) -> str:
        n = self.numbers
        strokes = ["_LQC"[len(stroke)] + " ".join([f"{n[x]} {n[y]}" for x, y in stroke]) for stroke in way]
        return f"M{''.join(strokes)[1:]}"


def _class(item: Rectangle | Disc | Line | Curve, name: str) -> str:
    """The class by which a dark page changes its colours; a skip's stay."""
    return "" if item.paint.startswith("skip ") else f' class="{name}"'


def _written(look: Look, named: str, border: str = "") -> str:
    stroke = f' stroke="{look.stroke}"' if look.stroke else ""
    opacity = f' stroke-opacity="{look.opacity:g}"' if look.opacity != 1.0 else ""
    dashes = f' stroke-dasharray="{look.dashes}"' if look.dashes else ""
    return f'fill="{look.fill or "none"}"{named}{stroke}{border}{opacity}{dashes}'


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


class _Texts(dict[str, str]):
    """Texts as they are written, or values of attributes; many stand in a drawing over and over."""

    def __init__(self, *, quote: bool) -> None:
        self._quote = quote

    def __missing__(self, value: str) -> str:
        text = self[value] = html.escape(printable(value), quote=self._quote)
        return text


class _Numbers(dict[float, str]):
    """Coordinates as they are written, to a tenth of a pixel; many stand in a drawing over and over."""

    def __missing__(self, value: float) -> str:
        text = self[value] = f"{value:z.1f}".removesuffix(".0")
        return text
