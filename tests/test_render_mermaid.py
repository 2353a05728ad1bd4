"""Mermaid: every line is one that Mermaid takes for what it is, and read back they are the network."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest
from random_specs import is_by_chance, seeded

from skipgraph import render
from skipgraph.api import network_of
from skipgraph.cli.main import main
from skipgraph.diagnostics import Report, Source
from skipgraph.graph import Network
from skipgraph.render import RenderError, to_mermaid
from skipgraph.render.compose import compose
from skipgraph.render.counting import Detail
from skipgraph.render.mermaid import CHARACTERS, EDGES, flowchart, mermaid_of
from skipgraph.render.scene import SIGNS, Box, Scene
from skipgraph.render.theme import skip_paint
from skipgraph.render.words import cut, visible

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
UNET = ROOT / "specs" / "unet.yaml"

_CHARACTER = r"(?:[A-Za-z0-9 ,/()._+=×−·…-]|#\d+;)"
TEXT = f'"({_CHARACTER}+)"'
LABEL = f'"{_CHARACTER}+(?:<br>{_CHARACTER}+)*"'
LINES = {
    "box": re.compile(rf"(\w+)(?:\[{LABEL}\]|\(\[{LABEL}\]\)|\[\[{LABEL}\]\]|\(\({LABEL}\)\)):::is_\w+"),
    "open": re.compile(rf"subgraph (\w+)\[{TEXT}\]"),
    "close": re.compile(r"end"),
    "wire": re.compile(rf"(\w+) (-->|-\.->|-\.-)(?:\|{TEXT}\|)? (\w+)"),
    "class": re.compile(r"classDef is_\w+ fill:(?:#[0-9A-F]{6}|none),stroke:#[0-9A-F]{6}(?:,color:#[0-9A-F]{6})?"),
    "classes": re.compile(r"class \w+(?:,\w+)* is_\w+"),
    "line": re.compile(r"linkStyle (\d+(?:,\d+)*) stroke:(#[0-9A-F]{6}),stroke-width:2px,stroke-dasharray:([\d ]+)"),
}
RESERVED = {
    *("end", "graph", "flowchart", "subgraph", "style", "linkstyle", "class", "classdef", "click", "href", "call"),
    *("default", "interpolate", "direction", "tb", "td", "bt", "lr", "rl", "_self", "_blank", "_parent", "_top"),
    *("constructor", "__proto__", "tostring", "hasownproperty", "valueof"),
}


@cache
def of_zoo(path: Path) -> Network:
    return network_of(Source(path.name, path.read_text(), str(path)), Report()) or pytest.fail(path.name)


def of_text(text: str) -> Network:
    return network_of(Source("<string>", text), Report()) or pytest.fail("not a network")


@dataclass
class Read:
    boxes: list[tuple[str, str]] = field(default_factory=list)
    """Label, and the label of the frame around."""
    frames: list[str] = field(default_factory=list)
    wires: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Source, target, line, label; boxes by their ids."""
    painted: dict[int, tuple[str, str]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def shown(label: str) -> str:
    plain = html.unescape(re.sub(r"#(\d+);", r"&#\1;", label)).replace("<br>", "\n")
    assert not re.search(r"\\n|\$\$|fa[bklrs]?:fa-|ﬂ°|¶ß", plain), "Mermaid obeys this even where it is an entity"
    return plain.replace("\u200b", "")


def read(text: str) -> Read:
    """What stands in a flowchart."""
    found = Read()
    head, _, body = text.partition("\nflowchart TB\n")
    if not re.fullmatch(r'---\ntitle: "(?:[^"\\\n]|\\["\\])*"\n---(?:\n%% [^%{}\n]*)*', head):
        found.faults.append("the head is more than a title and comments")
    around: list[str] = []
    for line in body.removesuffix("\n").split("\n"):
        kind, match = next(((kind, m) for kind, p in LINES.items() if (m := p.fullmatch(line.strip()))), ("", None))
        if match is None or re.search(r"direction\s+(TB|BT|RL|LR|TD)", line):
            found.faults.append(f"not a line of Mermaid: {line}")
        elif kind == "box":
            found.ids.append(match[1])
            found.boxes.append((shown(line.split('"')[1]), around[-1] if around else ""))
        elif kind == "open":
            found.ids.append(match[1])
            found.frames.append(shown(match[2]))
            around.append(found.frames[-1])
        elif kind == "close":
            if not around:
                return Read(faults=["a frame closed that is not open"])
            around.pop()
        elif kind == "wire":
            found.wires.append((match[1], match[4], match[2], shown(match[3] or "")))
        elif kind == "line":
            found.painted |= {int(index): (match[2], match[3]) for index in match[1].split(",")}
    found.faults += [f"`{frame}` is left open" for frame in around]
    known = set(found.ids)
    found.faults += [f"`{id}` twice" for id, n in Counter(found.ids).items() if n > 1]
    found.faults += [f"`{id}` is a word of Mermaid's" for id in known if id.lower() in RESERVED]
    found.faults += [f"`{end}` is nowhere" for wire in found.wires for end in wire[:2] if end not in known]
    return found


def told(text: str) -> str:
    """What a label of this text shows."""
    return cut(visible(text), 60) or "\xa0"


def label_of(box: Box) -> str:
    lines = box.lines or ((SIGNS[box.symbol],) if box.symbol else ())
    return "\n".join(told(line) for line in lines)


def findings(text: str, scene: Scene) -> list[str]:
    """How a flowchart differs from its scene."""
    drawn = read(text)
    found = list(drawn.faults)
    labels = {frame.id: told(frame.label) for frame in scene.frames}
    boxes = Counter((label_of(box), labels[box.frame] if box.frame else "") for box in scene.boxes)
    found += [f"another box {box}" for box in (boxes - Counter(drawn.boxes)) + (Counter(drawn.boxes) - boxes)]
    if Counter(drawn.frames) != Counter(labels.values()):
        found.append("other frames")
    if len(drawn.wires) != len(scene.wires):
        return [*found, f"{len(drawn.wires)} wires for {len(scene.wires)}"]
    ids: dict[str, str] = {}
    for index, (wire, (source, target, line, label)) in enumerate(zip(scene.wires, drawn.wires, strict=True)):
        if ids.setdefault(wire.source, source) != source or ids.setdefault(wire.target, target) != target:
            found.append(f"wire {index} joins other boxes")
        expected = "-.-" if wire.size_only else "-.->" if wire.skip else "-->"
        paint = skip_paint(scene.skip[wire.skip].number) if wire.skip else None
        name = told(scene.skip[wire.skip].name) if wire.named and wire.skip else None
        if line != expected or drawn.painted.get(index) != paint or (name is not None and label != name):
            found.append(f"wire {index} looks otherwise")
    names = Counter(label for *_, line, label in drawn.wires if line != "-->" and label)
    skips = Counter(told(skip.name) for skip in scene.skips)
    if skips - names or sum(1 for wire in scene.wires if wire.named) != len(scene.skips):
        found.append(f"skips not named once: {skips - names}")
    return found + ([] if len(set(ids.values())) == len(ids) else ["two boxes under one id"])


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_every_spec_reads_back(path: Path) -> None:
    for detail in ("auto", "blocks"):
        scene = compose(of_zoo(path), detail)
        assert findings(mermaid_of(scene), scene) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_every_spec_fits_at_every_detail(path: Path) -> None:
    for detail in ("auto", "blocks", "ops"):
        text = flowchart(of_zoo(path), detail).text
        assert len(text) <= CHARACTERS
        assert len(read(text).wires) <= EDGES


@pytest.mark.parametrize("seed", range(40))
def test_random_specs_read_back(seed: int) -> None:
    drawn = seeded(seed, size=10)
    if is_by_chance(drawn):
        pytest.skip("sizes meet by chance")
    for detail in ("blocks", "ops"):
        scene = compose(of_text(drawn.yaml), detail)
        assert findings(mermaid_of(scene), scene) == []


@cache
def planted() -> tuple[Scene, dict[str, str]]:
    scene = compose(of_zoo(UNET))
    text = mermaid_of(scene)
    lines = text.split("\n")
    step = next(line for line in lines if "maxpool2d" in line and ":::" in line)
    skip = next(line for line in lines if "skip1" in line and "-.->" in line)
    return scene, {
        "a step left out": text.replace(f"{step}\n", ""),
        "a step twice": text.replace(step, f"{step}\n{step}"),
        "another shape": text.replace("3×H×W", "4×H×W", 1),
        "other weights": text.replace("36.9k", "36.8k", 1),
        "a wire left out": text.replace(f"{skip}\n", ""),
        "a wire elsewhere": text.replace(skip, skip.replace("enc1_relu_1", "enc1_relu_0")),
        "a skip drawn as a wire": text.replace(skip, skip.replace("-.->", "-->")),
        "a skip without a name": text.replace(skip, skip.replace('|"skip1"|', "")),
        "a skip renamed": text.replace('|"skip1"|', '|"skip2"|'),
        "another colour": text.replace("linkStyle", "linkStyle 0,", 1),
        "a reserved word": re.sub(r"\bhead\b", "end", text),
        "a frame left open": text.replace("\n  end\n", "\n", 1),
        "a quote": text.replace("ReLU", 'Re"LU', 1),
        "a directive": text.replace("flowchart TB\n", "%%{init: {}}%%\nflowchart TB\n"),
        "a direction": text.replace("ReLU<br>", "direction LR<br>", 1),
    }


@pytest.mark.parametrize("defect", sorted(planted()[1]))
def test_the_reader_finds_planted_defects(defect: str) -> None:
    scene, texts = planted()
    assert findings(mermaid_of(scene), scene) == []
    assert texts[defect] != mermaid_of(scene)
    assert findings(texts[defect], scene) != []


HOSTILE = (
    *(
        "<script>alert(1)</script>",
        "\"quoted\" 'single'",
        "back\\slash \\n",
        "end",
        "graph",
        "click",
        "subgraph",
        "A" * 300,
    ),
    *(
        "\u202eevil",
        "שלום عربى",
        "🦀 漢字",
        "line\nbreak",
        "%% comment",
        '%%{init: {"theme": "dark"}}%%',
        "#quot; #35; &amp;",
    ),
    *("1. list", "1) list", "- bullet", "+ plus", "* star", "# head", "```", "**bold** __dunder__ _x_ a_b", "$$x^2$$"),
    *("fa:fa-car", "a --> b", 'x["y"]', "|pipe|", ":::conv", "ﬂ°°60¶ß", "~~~", "[link](http://x.y)", "style: #35; x"),
    *(
        "direction LR",
        "a direction  TB",
        "x@{ shape: cyl }",
        "===",
        "---",
        ";",
        "</div><img src=x onerror=1>",
        "\x00\x07",
        "",
    ),
)


@pytest.mark.parametrize("text", HOSTILE, ids=[f"{text[:12]!a}" for text in HOSTILE])
def test_hostile_texts_are_texts(text: str) -> None:
    scene = compose(of_zoo(UNET))
    box, frame, skip = scene.boxes[2], scene.frames[0], scene.skips[0]
    odd = replace(
        scene,
        title=text,
        description=text,
        boxes=tuple(replace(each, lines=(text, text)) if each is box else each for each in scene.boxes),
        frames=tuple(replace(each, label=text) if each is frame else each for each in scene.frames),
        skips=tuple(replace(each, name=text or "nameless") if each is skip else each for each in scene.skips),
    )
    flow = mermaid_of(odd)
    assert findings(flow, odd) == []
    assert len(flow.split("\n")) == len(mermaid_of(scene).split("\n")) - (not text)  # no description, no line for it


def test_words_of_mermaid_are_no_ids() -> None:
    names = [
        *("end", "graph", "click", "style", "default", "subgraph", "direction", "_self", "constructor"),
        "End",
        "TB",
        "o",
        "x",
        "v",
    ]
    steps = "".join(f"  - ReLU: {{name: {name}}}\n" for name in names)
    scene = compose(of_text(f"skipgraph: 1\ninputs: {{image: [N, 3]}}\nlayers:\n{steps}"))
    text = mermaid_of(scene)
    assert findings(text, scene) == []
    assert {"end_", "graph_", "constructor_", "End_", "TB_", "o", "x", "v"} <= set(read(text).ids)


BLOCKS = """
skipgraph: 1
inputs: {image: [N, 3]}
blocks:
  deep:
    layers:
      - for: i in range(5)
        do: [ReLU]
layers:
  - for: i in range(150)
    do: [deep]
"""


def test_blocks_are_folded_to_fit_and_it_says_so() -> None:
    drawn = flowchart(of_text(BLOCKS), "ops")
    said = "the innermost 1 of 1 levels of blocks are folded: Mermaid draws at most 500 edges and 50,000 characters"
    assert drawn.note == said
    assert f"%% {said}\n" in drawn.text
    assert len(read(drawn.text).wires) == 151
    assert flowchart(of_text(BLOCKS), "auto").note == ""


def test_what_cannot_be_folded_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flat = BLOCKS.replace("do: [deep]", "do: [ReLU]").replace("range(150)", "range(600)")
    with pytest.raises(RenderError, match="601 edges"):
        to_mermaid(of_text(flat))
    (tmp_path / "flat.yaml").write_text(flat)
    assert main(["render", str(tmp_path / "flat.yaml"), "-o", str(tmp_path / "flat.mmd")]) == 1
    assert "SG503" in capsys.readouterr().err


def test_render_writes_mermaid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "unet.mmd"
    for _ in range(2):
        assert main(["render", str(UNET), "-o", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == to_mermaid(of_zoo(UNET)) == render(UNET, format="mmd")
    (tmp_path / "notes.mmd").write_text("mine")
    assert main(["render", str(UNET), "-o", str(tmp_path / "notes.mmd")]) == 1
    (tmp_path / "blocks.yaml").write_text(BLOCKS)
    capsys.readouterr()
    assert main(["render", str(tmp_path / "blocks.yaml"), "-o", "-", "--format", "mmd", "--detail", "ops"]) == 0
    written = capsys.readouterr()
    assert written.out.startswith('---\ntitle: "blocks"\n---\n%% blocks, drawn by skipgraph\n')
    assert written.err.startswith("note: the innermost 1 of 1 levels of blocks are folded")


@pytest.mark.parametrize("detail", ["blocks", "ops"])
def test_a_flowchart_closes_no_fence(detail: Detail) -> None:
    assert "```" not in mermaid_of(replace(compose(of_zoo(UNET), detail), description="```\n# free"))
