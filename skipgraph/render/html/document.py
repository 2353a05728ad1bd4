"""The page as a text: a shell, one style sheet, one script, the data, and the figure at its levels of detail."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from string import Template
from typing import Any

from skipgraph.graph import Network
from skipgraph.ops import Style
from skipgraph.render.counting import Counts, Detail
from skipgraph.render.figure import figure
from skipgraph.render.html.data import data_of
from skipgraph.render.scene import Kind
from skipgraph.render.sheet_svg import dark_styles, svg_of_sheet
from skipgraph.render.theme import DARK, LIGHT, Palette
from skipgraph.render.words import printable

_MOST = 700
"""Boxes of the largest figure that the page holds."""
_SCREEN = 8.5
"""Inches of a figure: what a window shows at about its own size, beside the panel."""
_SCRIPTS = ("rows.js", "flow.js", "panel.js", "page.js")


def document(network: Network, *, sizes: Mapping[str, int] | None = None) -> str:
    """The page of a network. `sizes` are numbers to write in place of open axes (`{"H": 256}`)."""
    scene, data = data_of(network, sizes or {})
    script = "\n".join(_file(name) for name in _SCRIPTS)
    style = _palettes() + _file("page.css")
    return Template(_file("page.html")).substitute(
        title=_text(scene.title),
        summary=_text(scene.summary),
        about=_text(scene.about),
        script_hash=_hash(script),
        style_hash=_hash(style),
        style=style,
        script=script,
        data=_json(data),
        figures="\n".join(_figures(network, sizes or {})),
    )


def _figures(network: Network, sizes: Mapping[str, int]) -> Iterator[str]:
    """The figure at each level of detail that is not too large, for the script to show one."""
    graph, counts = network.graph, Counts()
    blocks, ops = counts.boxes(graph, 0), counts.ops(graph)
    details: list[tuple[Detail, str]] = [("auto", "fit"), ("blocks", "blocks")]
    if blocks > _MOST:
        details = [("stages", "stages")]
    if ops <= _MOST:
        details.append(("ops", "ops"))
    known = set()
    for detail, label in details:
        sheet = figure(network, detail=detail, sizes=sizes, width=_SCREEN)
        if sheet not in known:
            known.add(sheet)
            yield f'<template class="figure" data-detail="{label}">\n{svg_of_sheet(sheet, "light")}</template>'


def _file(name: str) -> str:
    return files("skipgraph.render.html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(text: str) -> str:
    return html.escape(printable(text))


def _json(data: Any) -> str:
    """JSON in which nothing can end the element around it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    # what is no character cannot be written as UTF-8
    return text.encode("utf-8", "backslashreplace").decode()


def _palettes() -> str:
    """The colours of both themes: variables for the flow, rules for the figure."""
    dark = f":root[data-theme=dark] #figure{{{dark_styles()}}}"
    return f":root{{{_variables(LIGHT)}}}\n:root[data-theme=dark]{{{_variables(DARK)}}}\n{dark}\n" + "".join(
        f".s-{name}{{--fill:var(--{name}-fill);--line:var(--{name}-line)}}\n" for name in _names()
    )


def _names() -> list[str]:
    return [*(style.value for style in Style), *(kind.value for kind in Kind if kind is not Kind.STEP)]


def _variables(colors: Palette) -> str:
    plain = {"page": colors.page, "ink": colors.ink, "muted": colors.muted, "wire": colors.wire}
    plain |= {"frame-fill": colors.frame[0], "frame-line": colors.frame[1]}
    for name in _names():
        plain[f"{name}-fill"], plain[f"{name}-line"] = colors.box(name)
    return "".join(f"--{name}:{value};" for name, value in plain.items())
