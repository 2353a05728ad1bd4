"""Sheet -> TikZ: a picture to edit by hand, for LaTeX with no package but `tikz`; it stands alone, or in a paper."""

from __future__ import annotations

from collections.abc import Iterator

from skipgraph.render.engine import RenderError
from skipgraph.render.outline import (
    SIGN_SHARE,
    SIGN_WIDTH,
    Look,
    Stroke,
    arrow_of,
    halo_of,
    look_of,
    sign_of,
    ways_of,
)
from skipgraph.render.page import Point
from skipgraph.render.sheet import Curve, Disc, Group, Item, Line, Rectangle, Sheet, Sign, Text
from skipgraph.render.tex import comment, tex
from skipgraph.render.theme import BASE, Palette, Theme

LARGEST = 16000.0
"""Points: no length that TeX knows is greater than 16,383."""
_POINT = 72 / 96
_BY = "drawn by skipgraph"

_ALONE = r"""% \input this file into a figure, with \usepackage{tikz} in the preamble; or run LaTeX on it alone.
\let\sgend\relax
\makeatletter
\ifx\documentclass\@twoclasseserror\else
  \documentclass{article}
  \usepackage{tikz}
  \pagestyle{empty}
  \paperwidth=WIDTHbp \paperheight=HEIGHTbp \textwidth=\paperwidth \textheight=\paperheight
  \ifx\pdfpagewidth\undefined\else \pdfpagewidth=\paperwidth \pdfpageheight=\paperheight \fi
  \ifx\pagewidth\undefined\else \pagewidth=\paperwidth \pageheight=\paperheight \fi
  \oddsidemargin=-1in \topmargin=-1in \headheight=0pt \headsep=0pt \footskip=0pt \parindent=0pt \topskip=0pt
  \def\sgend{\end{document}}
  \begin{document}
\fi
\makeatother
"""


def tikz_of(sheet: Sheet, theme: Theme = "light", scale: float = 1.0) -> str:
    """The sheet as a LaTeX file, so many times its size. Raises `RenderError` where it is larger than TeX can count."""
    most = max(sheet.width, sheet.height) * _POINT * scale
    if most > LARGEST:
        raise RenderError(
            f"a TikZ picture of {most:,.0f} pt is too large: TeX counts to 16,383; "
            f"at a width of {sheet.width * scale * LARGEST / most / 96:.1f} in it fits, and SVG has no such limit"
        )
    return _Writer(sheet, BASE[theme], scale).document()


class _Writer:
    def __init__(self, sheet: Sheet, colors: Palette, scale: float) -> None:
        self.sheet = sheet
        self.colors = colors
        self.point = _POINT * scale
        """Points in a pixel."""
        self.names: dict[str, str] = {}
        """The colours that are used, by their names."""

    def document(self) -> str:
        width, height = self.sheet.width, self.sheet.height
        ground = self._color("Page", self.colors.page)
        # the page's own color only where paper has another
        page = f"\\{'path' if self.colors.page == '#FFFFFF' else f'fill[{ground}]'}"
        lines = [f"{page} (0,0) rectangle {_at((width, height))};"]
        for item in self.sheet.items:
            lines += self._item(item)
        unit = _number(self.point)
        alone = _ALONE.replace("WIDTH", _number(width * self.point)).replace("HEIGHT", _number(height * self.point))
        head = [
            f"% {comment(self.sheet.title)}, {_BY}",
            alone.rstrip(),
            *(f"\\definecolor{{{name}}}{{HTML}}{{{value[1:]}}}" for name, value in self.names.items()),
            rf"\begin{{tikzpicture}}[x={unit}bp, y=-{unit}bp, sgtext/.style={{inner sep=0pt, outer sep=0pt,",
            r"  font=\fontsize{10}{12}\selectfont\sffamily}]",
        ]
        return "\n".join([*head, *lines, r"\end{tikzpicture}%", r"\sgend", ""])

    def _item(self, item: Item) -> Iterator[str]:
        match item:
            case Group():
                told = comment(" ".join(value for name, value in item.data.items() if name.startswith("data-")))
                yield from [f"% {told}"] if told else []
                for inner in item.items:
                    yield from self._item(inner)
            case Rectangle():
                at, look = item.at, look_of(item, self.colors)
                corner = f"rounded corners={self._length(item.corner)}" if item.corner else ""
                ends = f"{_at((at.x, at.y))} rectangle {_at((at.x + at.width, at.y + at.height))}"
                yield f"\\path[{self._look(item.paint, look, corner)}] {ends};"
            case Disc():
                drawn = self._look(item.paint, look_of(item, self.colors))
                yield f"\\path[{drawn}] {_at(item.center)} circle[radius={_number(item.radius)}];"
                yield self._sign(Sign(item.center, item.radius * SIGN_SHARE, item.symbol))
            case Sign():
                yield self._sign(item)
            case Line() | Curve():
                yield from self._line(item)
            case Text():
                yield self._text(item)

    def _sign(self, item: Sign) -> str:
        look = self._look("Ink", Look(None, self.colors.ink, SIGN_WIDTH))
        strokes = " ".join(f"{_at(a)} -- {_at(b)}" for a, b in sign_of(item.symbol, item.center, item.radius))
        return f"\\path[{look}] {strokes};"

    def _line(self, item: Line | Curve) -> Iterator[str]:
        look, arrow = look_of(item, self.colors), arrow_of(item)
        ways = " ".join(map(_way, ways_of(item)))
        yield f"\\path[{self._look(item.paint, look)}] {ways};"
        if arrow:
            color = self._color(_words(item.paint), look.stroke or self.colors.ink)
            yield f"\\fill[{color}] {' -- '.join(map(_at, arrow))} -- cycle;"

    def _look(self, paint: str, look: Look, *more: str) -> str:
        name = _words(paint)
        words = [f"fill={self._color(f'{name}Fill', look.fill)}"] if look.fill else []
        if look.stroke:
            words.append(f"draw={self._color(name, look.stroke)}")
            words.append(f"line width={self._length(look.width)}")
        if look.opacity != 1.0:
            words.append(f"draw opacity={look.opacity:g}")
        if look.dashes:
            lengths = zip(look.dashes.split(), ("on", "off") * 8, strict=False)
            words.append("dash pattern=" + " ".join(f"{on} {self._length(float(length))}" for length, on in lengths))
        return ", ".join([*words, *filter(None, more)])

    def _text(self, item: Text) -> str:
        words = ["sgtext", f"text={self._color(item.role.capitalize(), getattr(self.colors, item.role))}"]
        words.append(f"anchor={ {'start': 'base west', 'middle': 'base', 'end': 'base east'}[item.anchor] }")
        words.append(f"scale={_number(item.size * self.point / 10)}")
        halo = halo_of(item, self.colors)
        if halo:
            words.append(f"fill={self._color(item.ground.capitalize(), halo)}, inner sep=1.5pt")
        bold = r"\bfseries " if item.bold else ""
        return f"\\node[{', '.join(words)}] at {_at((item.x, item.y))} {{{bold}{tex(item.text)}}};"

    def _length(self, pixels: float) -> str:
        return f"{_number(pixels * self.point)}bp"

    def _color(self, name: str, value: str) -> str:
        """The name under which a colour is known; each name stands for one."""
        key = f"sg{name}"
        while self.names.setdefault(key, value) != value:
            key += "x"
        return key


def _words(paint: str) -> str:
    """`Skip3` for `skip 3`."""
    return "".join(word.capitalize() for word in paint.split())


def _way(way: list[Stroke]) -> str:
    text = _at(way[0][0])
    for stroke in way[1:]:
        *controls, end = map(_at, stroke)
        text += f" .. controls {' and '.join(controls)} .. {end}" if controls else f" -- {end}"
    return text


def _at(point: Point) -> str:
    return f"({_number(point[0])},{_number(point[1])})"


def _number(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}".rstrip("0").removesuffix(".")
