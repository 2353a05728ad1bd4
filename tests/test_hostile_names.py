"""Names that would be markup, code, an end or an escape somewhere are text in every format and view."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args
from xml.etree import ElementTree

import numpy as np
import pytest
from html_specs import renamed
from sheet_parts import is_text, texts, without
from test_html import Elements, data_in
from test_render_formats import pixels, read
from test_render_mermaid import findings as wrong_in_mermaid

import skipgraph
from skipgraph.cli.watch.board import View as Shown
from skipgraph.cli.watch.findings import told
from skipgraph.diagnostics import Report, Source, Span
from skipgraph.graph import Network
from skipgraph.render import to_dot, to_html, to_svg, to_tikz
from skipgraph.render.compose import compose
from skipgraph.render.engine import find_dot
from skipgraph.render.mermaid import mermaid_of
from skipgraph.render.pdf import pdf_of
from skipgraph.render.png import png_of
from skipgraph.render.sheet_svg import svg_of_sheet
from skipgraph.render.tex import tex
from skipgraph.render.text import text_of
from skipgraph.render.tikz import tikz_of
from skipgraph.render.typeface import drawable
from skipgraph.render.views import View, sheet_of
from skipgraph.render.words import printable, visible

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "title", "desc", "style", "rect", "circle", "path", "text", "g"}
VIEWS: tuple[View, ...] = get_args(View)

EVIL = (
    *(
        "<script>alert(1)</script>",
        "\"q\" 'q' `q`",
        "back\\slash \\n \\N \\G",
        "end",
        "n" * 300,
        "שלום عربى",
        "🦀 漢字 é",
    ),
    *("]]>", "--><!--", "100% {} {0} %s", "${x} {{x}} $x$", "\\end{document}", "&lt;b&gt; &amp; &#0;", "javascript:x"),
    *("constructor", "__proto__", "%%{init: {}}%%", "```\n# free", "a\nb\tc", "'; DROP TABLE", "</text></svg>"),
)
"""Texts that the language takes for a title, a description, a value or an output's name."""
REFUSED = ("\u202eevil", "\x00", "\x1b[31m", "\u2028", "\ud800")
"""Texts that it does not take."""


def tree(evil: str) -> dict[str, Any]:
    """A spec that says so wherever it may say anything."""
    convolution = {"out_channels": 3, "kernel_size": 1}
    return {
        "skipgraph": 1,
        "name": evil,
        "description": evil,
        "inputs": {"image": ["N", 3, "H", "W"]},
        "blocks": {
            "pair": {
                "params": {"mode": ""},
                "layers": [
                    {"Conv2d": {"name": "step_a", **convolution}},
                    {"Conv2d": {"name": "step_b", **convolution}},
                ],
                "skips": {"skip_a": {"from": "step_a", "to": "step_b", "merge": "add"}},
            }
        },
        "layers": [
            {"pair": {"name": "block_a", "mode": evil.replace("$", "$$")}},
            {"pair": {"name": "block_b", "mode": ""}},
        ],
        "skips": {"skip_b": {"from": "image", "to": "block_b", "merge": "concat"}},
        "outputs": {evil: "block_b"},
    }


@cache
def hostile(evil: str) -> Network:
    """A network in which everything that has a name is called so, be it a name or not."""
    names = ("step_a", "step_b", "skip_a", "skip_b", "block_a", "block_b")
    return renamed(skipgraph.load(tree(evil)), {name: evil + name[-6:] for name in names})


def beginning(evil: str) -> str:
    """What of it is seen wherever there is any room."""
    return "".join(printable(evil).split())[:4]


def squeezed(found: str) -> str:
    return "".join(found.split())


def strings(data: Any) -> Iterator[str]:
    """The texts in data, however deep."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from strings(each)


QUICK = (
    "<script>alert(1)</script>",
    "back\\slash \\n \\N \\G",
    "n" * 300,
    "שלום عربى",
    "\\end{document}",
    "a\nb\tc",
    "]]>",
)
every = pytest.mark.parametrize(
    "evil", [pytest.param(each, marks=[pytest.mark.slow] * (each not in QUICK), id=ascii(each[:16])) for each in EVIL]
)


def check_svg(svg: str, evil: str) -> None:
    root = ElementTree.fromstring(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= SHAPES
    for element in root.iter():
        assert not any(name.startswith("on") or "href" in name for name in element.keys())  # noqa: SIM118
    assert not re.search(r"<[!?]", svg)
    assert root.findtext(f"{SVG}title") == printable(evil)
    assert any(squeezed(text.text or "").startswith(beginning(evil)) for text in root.iter(f"{SVG}text"))


@every
@pytest.mark.parametrize("view", VIEWS)
def test_a_picture_has_it_as_text_and_no_element_of_it(view: View, evil: str) -> None:
    check_svg(to_svg(hostile(evil), view=view, detail="ops"), evil)
    check_svg(to_svg(hostile(evil), view=view, theme="dark"), evil)


@every
@pytest.mark.parametrize("view", VIEWS)
def test_print_has_it(view: View, evil: str) -> None:
    sheet = sheet_of(hostile(evil), view, "ops")
    # as many of each character: a reader gives lines their order by where they stand, and Hebrew from its right
    due = Counter(character for text in texts(sheet.items) for character in squeezed(drawable(text.text)))
    assert Counter(squeezed(read(pdf_of(sheet)))) >= due
    picture, bare = (pixels(png_of(svg_of_sheet(each, "light"), 1.0)) for each in (sheet, without(sheet, is_text)))
    for text in texts(sheet.items):
        if text.text.strip():
            part = np.s_[int(text.y - text.size * 0.8) : int(text.y) + 1]
            assert (picture[part] != bare[part]).any(), text.text


@every
@pytest.mark.parametrize("view", VIEWS)
def test_latex_has_it_within_its_braces(view: View, evil: str) -> None:
    written = to_tikz(hostile(evil), view=view, detail="ops")
    assert written == tikz_of(sheet_of(hostile(evil), view, "ops"))
    assert written.isascii()
    code = [re.sub(r"(?<!\\)%.*", "", line) for line in written.splitlines()]
    assert sum(line.count("\\end{document}") for line in code) == 1
    for text in texts(sheet_of(hostile(evil), view, "ops").items):
        assert any(line.endswith(f"{tex(text.text)}}};") for line in code)
    bare = re.sub(r"\\[{}%]", "", "\n".join(code))
    assert bare.count("{") == bare.count("}")


@every
def test_a_page_has_it_as_data_alone(evil: str) -> None:
    page, plain = to_html(hostile(evil)), to_html(hostile("plain"))
    data = data_in(page)
    assert data["title"] == evil
    assert any(row["id"].startswith(evil[:4]) or beginning(evil) in squeezed(row["id"]) for row in data["rows"])
    ours, others = ([(tag, sorted(values)) for tag, values in Elements(each).tags] for each in (page, plain))
    assert [tag for tag, _ in ours if tag in ("script", "style", "meta", "link")] == [
        tag for tag, _ in others if tag in ("script", "style", "meta", "link")
    ]
    assert {tag for tag, _ in ours} == {tag for tag, _ in others}


@every
def test_graphviz_reads_it_as_text(evil: str) -> None:
    drawn, other = (
        subprocess.run(
            [find_dot(), "-Tsvg"], input=to_dot(skipgraph.load(tree(each)), detail="ops").encode(), capture_output=True
        )
        for each in (evil, "plain")
    )
    root = ElementTree.fromstring(drawn.stdout.decode())
    # the title, the description, a block's argument, an output
    assert "".join(squeezed(text.text or "") for text in root.iter(f"{SVG}text")).count(beginning(evil)) >= 4
    assert drawn.stdout.count(b"<g ") == other.stdout.count(b"<g ")


@every
def test_lines_of_text_and_of_mermaid_stay_lines(evil: str) -> None:
    for detail in ("blocks", "ops"):
        scene = compose(hostile(evil), detail)
        assert wrong_in_mermaid(mermaid_of(scene), scene) == []
        shown = text_of(scene)
        assert shown.count("\n") >= len(scene.boxes)
        assert not any(character < " " and character != "\n" for character in shown)
        assert squeezed(visible(evil))[:4] in squeezed(shown)
        assert text_of(scene, ascii=True).isascii()


@every
@pytest.mark.parametrize("is_after", [True, False])
def test_a_difference_tells_it_as_text(evil: str, is_after: bool) -> None:
    plain, other = skipgraph.load(tree("plain")), skipgraph.load(tree(evil))
    found = skipgraph.diff(plain, other) if is_after else skipgraph.diff(other, plain)
    root = ElementTree.fromstring(skipgraph.render(found))
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= SHAPES
    for said in ("".join(root.itertext()), found.text()):
        assert beginning(evil) in squeezed(said.replace("\\n", "").replace("\\t", "")) or beginning(evil) in squeezed(
            said
        )
    assert found.text().count("\n") == skipgraph.diff(plain, skipgraph.load(tree("other"))).text().count("\n")
    assert not any(character < " " and character != "\n" for character in found.text())
    assert any(evil in text for text in strings(json.loads(json.dumps(found.as_data()))))


@every
def test_the_page_of_watch_gets_it_as_data(evil: str) -> None:
    report = Report()
    source = Source(f"{evil}.yaml", f"{evil}\n{evil}")
    report.add("SG101", f"what is {evil}", Span(source, 1, 1, 1, 4))
    line = Shown(f"{evil}.yaml", told(report)).json()
    assert line.isascii() and "\n" not in line
    shown = json.loads(line)
    assert shown["file"] == f"{evil}.yaml"
    assert "\x1b" not in str(shown["findings"]) or evil.startswith("\x1b")


@every
def test_the_language_lets_it_through(evil: str) -> None:
    network = skipgraph.load({**tree(evil), "name": evil})
    assert (network.graph.name, network.graph.description) == (evil, evil)


@pytest.mark.parametrize("evil", REFUSED, ids=ascii)
@pytest.mark.parametrize("where", ["name", "description"])
def test_the_language_refuses_what_hides(where: str, evil: str) -> None:
    with pytest.raises(skipgraph.SpecError):
        skipgraph.load({**tree("plain"), where: evil})


@pytest.mark.parametrize("title", ["", " ", "\t\n"], ids=ascii)
@pytest.mark.parametrize("view", VIEWS)
def test_a_title_of_nothing_stops_no_picture(view: View, title: str) -> None:
    assert to_svg(skipgraph.load(tree(title)), view=view).startswith("<svg")
