"""TikZ: every label is in it, whatever it says, and TeX sets it, alone and in a paper."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from sheet_parts import HOSTILE, SPECS, in_views, sheet, texts

from skipgraph.render import RenderError
from skipgraph.render.formats import INCH
from skipgraph.render.page import Rect
from skipgraph.render.pdf import POINT
from skipgraph.render.scene import Symbol
from skipgraph.render.sheet import Curve, Disc, Group, Line, Rectangle, Sheet, Sign, Text
from skipgraph.render.tex import comment, tex
from skipgraph.render.tikz import tikz_of
from skipgraph.render.views import View

SMALL = Sheet(
    "two boxes",
    "",
    100,
    40,
    (
        Group(
            (
                Rectangle(Rect(10, 10, 20, 20), "conv", 2.0, dashed=True),
                Rectangle(Rect(12, 12, 16, 16), "inset", 1.0),
                Text(20, 8, "a_1", 9.0),
            ),
            {"data-cell": "a_1", "class": "x"},
        ),
        Line(((30, 20), (50, 20), (50, 30), (70, 30)), "skip 3", 1.8),
        Curve((((30, 20), (40, 20), (40, 25), (60, 25)),), "wire", (66, 25)),
        Disc((80, 20), 7.0, Symbol.ADD),
        Sign((90, 20), 5.0, Symbol.MUL),
        Text(40, 20, "skip 100%", 9.0, bold=True, halo=True),
        Text(95, 38, "64×H/2", 9.0, "muted", "end"),
    ),
    9.0,
)


def test_a_sheet_is_written_as_tikz(golden: Callable[[str, str], None]) -> None:
    golden("render/two_boxes.tex", tikz_of(SMALL))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("enc_0", r"enc\_0"),
        ("64×H/2", r"64$\times$H/2"),
        ("{x} & y # 50% $z$", r"\{x\} \& y \# 50\% \$z\$"),
        ("\\input{a}", r"\textbackslash{}input\{a\}"),
        ("a^b~c", r"a\^{}b\~{}c"),
        ("a<b>c|d", "a$<$b$>$c$|$d"),
        ("a--b---c,,d", "a-{}-b-{}-{}-c,{},d"),
        ("λ² Ω −1 …", r"$\lambda$$^2$ $\Omega$ $-$1 \dots{}"),
        ("éÅñß", r"\'{e}\r{A}\~{n}\ss{}"),
        ("層\x00\n", "[U+5C64][U+FFFD][U+000A]"),
    ],
)
def test_a_text_is_typeset_as_it_stands(text: str, written: str) -> None:
    assert tex(text) == written


def test_a_comment_is_one_line_of_ascii() -> None:
    assert comment("a\n\\bad\r\u2028{é}\t%x") == "a \\bad {?} %x"


def test_hostile_names_stay_in_their_braces() -> None:
    lone = replace(SMALL, title=f"{HOSTILE}\n\\bad", items=(Text(4, 14, HOSTILE, 12.0, anchor="start"),))
    written = tikz_of(lone)
    assert written.isascii()
    assert written.count("\\end{document}") == 2  # the comment's; the file's own
    [line] = [line for line in written.splitlines() if line.startswith("\\node")]
    assert line.endswith(f"{{{tex(HOSTILE)}}};")
    assert not any(line.startswith("\\bad") for line in written.splitlines())


@in_views
def test_every_label_is_in_the_tikz_and_every_colour_is_defined(file: Path, view: View) -> None:
    written = tikz_of(sheet(file, view))
    nodes = [line for line in written.splitlines() if line.startswith("\\node[")]
    shown = [("\\bfseries " if text.bold else "") + tex(text.text) for text in texts(sheet(file, view).items)]
    assert [line[line.index("{") :] for line in nodes] == [f"{{{text}}};" for text in shown]
    used = {word for line in written.splitlines() for word in line.replace("]", ",").replace("[", ",").split(",")}
    colors = {word.partition("=")[2] or word for word in used if "=sg" in word or word.startswith("sg")} - {"sgtext"}
    defined = {line.split("{")[1].rstrip("}") for line in written.splitlines() if line.startswith("\\definecolor")}
    assert colors - {"sgtext/.style={inner sep=0pt"} <= defined | {"{inner sep"}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a TeX")
@pytest.mark.parametrize("view", ["figure", "graphviz"])
def test_tex_sets_the_tikz_alone_and_in_a_paper(view: View, tmp_path: Path) -> None:
    whole = replace(sheet(SPECS[0], view), title=HOSTILE)
    whole = replace(whole, items=(*whole.items, Text(20, 20, HOSTILE, 9.0, anchor="start")))
    (tmp_path / "net.tex").write_text(tikz_of(whole), encoding="ascii")
    (tmp_path / "paper.tex").write_text(
        "\\documentclass[11pt]{article}\\usepackage{tikz}\\begin{document}before\n\n"
        "\\resizebox{4in}{!}{\\input{net}}\n\nafter\\end{document}\n"
    )
    for name in ("net", "paper"):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", name]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    document = pypdfium2.PdfDocument(tmp_path / "net.pdf")
    assert len(document) == 1
    assert document[0].get_size() == pytest.approx((whole.width * POINT, whole.height * POINT), abs=0.5)
    said = str(document[0].get_textpage().get_text_range())
    assert "skip0" in said
    paper = pypdfium2.PdfDocument(tmp_path / "paper.pdf")
    assert "after" in str(paper[len(paper) - 1].get_textpage().get_text_range())


def test_a_tikz_that_is_too_large_says_what_fits() -> None:
    with pytest.raises(RenderError, match=r"too large: TeX counts to 16,383; at a width of 222.2 in it fits"):
        tikz_of(replace(sheet(), width=300 * INCH))
