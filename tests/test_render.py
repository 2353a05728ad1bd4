"""Drawings: everything is in them once, nothing runs into anything, and they do not depend on the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from skipgraph.api import network_of
from skipgraph.diagnostics import Report, Source
from skipgraph.graph import Graph, Network
from skipgraph.render import RenderError, engine, to_dot, to_svg
from skipgraph.render.compose import compose
from skipgraph.render.counting import LARGEST, Detail
from skipgraph.render.graphviz import dot_text, place
from skipgraph.render.measure import fitted, width_of, wrapped
from skipgraph.render.page import BODY, HEAD, SMALL, Page, Rect, wire_text
from skipgraph.render.words import count, sum_of

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"

RESNET = """
skipgraph: 1
name: resnet
inputs: {image: [N, 3, 64, 64]}
blocks:
  basic:
    params: {out: required, stride: 1}
    layers:
      - Conv2d: {out_channels: $out, kernel_size: 3, padding: 1, stride: $stride, bias: false}
      - ReLU
      - Conv2d: {out_channels: $out, kernel_size: 3, padding: 1, bias: false}
    skips:
      shortcut:
        {from: input, to: output, merge: add, via: [{Conv2d: {out_channels: $out, kernel_size: 1, stride: $stride}}]}
layers:
  - Conv2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1}
  - for: i in range(3)
    do:
      - basic: {name: layer$i, out: $(8 * 2**i), stride: $(2 if i else 1)}
  - AdaptiveAvgPool2d: 1
  - Flatten
  - Linear: 10
"""

UNET = """
skipgraph: 1
name: unet
inputs: {image: [N, 3, H, W]}
blocks:
  pair:
    params: {out: required}
    layers:
      - Conv2d: {out_channels: $out, kernel_size: 3, padding: 1}
      - ReLU
  gate:
    inputs: [x, g]
    layers:
      - Conv2d: {name: wx, from: x, out_channels: 4, kernel_size: 1}
      - Conv2d: {name: wg, from: g, out_channels: 4, kernel_size: 1}
      - Add: {name: both, from: [wx, wg]}
      - Conv2d: {out_channels: 1, kernel_size: 1}
      - Sigmoid
      - Mul: {from: [x, prev]}
layers:
  - pair: {name: enc0, out: 8}
  - MaxPool2d: 2
  - pair: {name: enc1, out: 16}
  - MaxPool2d: 2
  - pair: {name: mid, out: 32}
  - ConvTranspose2d: {name: up1, out_channels: 16, kernel_size: 2, stride: 2}
  - pair: {name: dec1, out: 16}
  - ConvTranspose2d: {name: up0, out_channels: 8, kernel_size: 2, stride: 2}
  - pair: {name: dec0, out: 8}
  - Conv2d: {name: head, out_channels: 2, kernel_size: 3}
skips:
  skip1: {from: enc1, to: dec1}
  skip0: {from: enc0, to: dec0, via: [{gate: {from: [input, up0]}}]}
  long: {from: enc0, to: head, merge: add}
outputs: {mask: head, aux: mid}
"""

BRANCHES = """
skipgraph: 1
name: branches
inputs: {image: [N, 3, H, W], other: [N, 16, 1, 1]}
layers:
  - Conv2d: {name: stem, from: image, out_channels: 16, kernel_size: 7, stride: 2, padding: 3}
  - Branches:
      name: mixed
      merge: concat
      paths:
        one: [{Conv2d: {out_channels: 8, kernel_size: 1}}]
        three:
          - Conv2d: {out_channels: 4, kernel_size: 1}
          - ReLU
          - Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}
        pool: [{MaxPool2d: {kernel_size: 3, stride: 1, padding: 1}}, {Conv2d: {out_channels: 8, kernel_size: 1}}]
        identity: []
  - Conv2d: {name: last, out_channels: 16, kernel_size: 1}
  - Mul: {name: scaled, from: [last, other]}
"""

NETWORKS = {"resnet": RESNET, "unet": UNET, "branches": BRANCHES}
DETAILS: tuple[Detail, ...] = ("blocks", "ops")


@cache
def network(text: str) -> Network:
    report = Report()
    found = network_of(Source("<string>", text), report)
    assert found is not None, [finding.message for finding in report]
    return found


@cache
def svg(text: str, detail: Detail = "auto") -> str:
    return to_svg(network(text), view="graphviz", detail=detail)


@cache
def page(text: str, detail: Detail) -> Page:
    return place(compose(network(text), detail))


def steps(graph: Graph, opened: bool, scope: str = "") -> Iterator[str]:
    for node in graph.nodes:
        if opened and isinstance(node.work, Graph):
            yield from steps(node.work, opened, f"{scope}{node.name}.")
        else:
            yield f"{scope}{node.name}"


def skips(graph: Graph, opened: bool) -> Iterator[str]:
    for node in graph.nodes:
        if node.merge is not None:
            yield from node.merge.skips
        if opened and isinstance(node.work, Graph):
            yield from skips(node.work, opened)


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def in_table(names: object = None) -> pytest.MarkDecorator:
    cases = [(name, detail) for name in NETWORKS for detail in DETAILS]
    return pytest.mark.parametrize(("name", "detail"), cases)


@in_table()
def test_every_step_stands_in_exactly_one_box(name: str, detail: Detail) -> None:
    root = ElementTree.fromstring(svg(NETWORKS[name], detail))
    drawn = Counter(group.get("data-step") or group.get("data-block") for group in root.iter(f"{SVG}g"))
    del drawn[None]
    assert drawn == Counter(steps(network(NETWORKS[name]).graph, detail == "ops"))


@in_table()
def test_every_skip_is_named_exactly_once(name: str, detail: Detail) -> None:
    root = ElementTree.fromstring(svg(NETWORKS[name], detail))
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == "sg-skip"]
    named = Counter("".join(text.text or "" for text in group.iter(f"{SVG}text")) for group in groups)
    assert named == Counter(skips(network(NETWORKS[name]).graph, detail == "ops"))


@in_table()
def test_every_skip_leads_from_its_source_to_its_merge(name: str, detail: Detail) -> None:
    scene = compose(network(NETWORKS[name]), detail)
    for skip in scene.skips:
        ways = [(wire.source, wire.target) for wire in scene.wires if wire.skip == skip.id]
        reached = {skip.source}
        for source, target in ways:
            if source in reached:
                reached.add(target)
        # inside an open block of a `via` the skip is the block's own affair
        assert skip.target in reached or any(target == skip.target for _, target in ways)
        assert scene.box[skip.target].symbol or scene.box[skip.target].parts


def test_a_gate_in_a_via_reads_the_main_path_as_main_path() -> None:
    scene = compose(network(UNET), "blocks")
    into_gate = {wire.source: wire.skip for wire in scene.wires if wire.target == "skip0_gate_0"}
    assert into_gate == {"enc0": "skip0", "up0": None}


def test_a_value_asked_for_its_size_only_is_a_wire_of_its_own_kind() -> None:
    like = "  - Interpolate: {name: wide, like: stem}\n  - Add: {name: sum, from: [wide, stem]}\n"
    wires = compose(network(BRANCHES + like)).wires
    assert {(w.source, w.target) for w in wires if w.size_only} == {("stem", "wide")}


def test_a_folded_block_names_the_skips_inside_it() -> None:
    assert texts(svg(RESNET, "blocks")).count("skip shortcut") == 3


def overlaps(page: Page) -> list[str]:
    """What stands on something else: boxes on boxes, texts on boxes, boxes that stick out of their frame."""

    def hit(a: Rect, b: Rect) -> bool:
        return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height

    labels = {id: route.label for id, route in page.wires.items() if route.label is not None}
    things = [*page.boxes.items(), *labels.items()]
    found = [f"{a} on {b}" for i, (a, p) in enumerate(things) for b, q in things[:i] if hit(p, q)]
    for box in page.scene.boxes:
        frame, inside = box.frame and page.frames[box.frame], page.boxes[box.id]
        if frame and not (
            frame.x <= inside.x
            and frame.y <= inside.y
            and inside.x + inside.width <= frame.x + frame.width
            and inside.y + inside.height <= frame.y + frame.height
        ):
            found.append(f"{box.id} out of {box.frame}")
    return found


def misfits(page: Page) -> list[str]:
    """Texts wider than their room."""
    found = []
    for box in page.scene.boxes:
        room = page.boxes[box.id].width
        found += [line for i, line in enumerate(box.lines) if width_of(line, BODY if i else HEAD) > room]
    for wire in page.scene.wires:
        label = page.wires[wire.id].label
        if label is not None and width_of(wire_text(page.scene, wire), SMALL) > label.width:
            found.append(wire_text(page.scene, wire))
    return found


def loose_ends(page: Page) -> list[str]:
    """Wires that do not touch what they join, to within a few pixels."""

    def far(rect: Rect, point: tuple[float, float]) -> bool:
        x, y = point
        return not (rect.x - 3 <= x <= rect.x + rect.width + 3 and rect.y - 3 <= y <= rect.y + rect.height + 3)

    trunks = {page.wires[w.id].label for w in page.scene.wires if w.label}
    found = []
    for wire in page.scene.wires:
        route = page.wires[wire.id]
        starts = [page.boxes[wire.source], *(trunk for trunk in trunks if trunk is not None and wire.skip is None)]
        if all(far(start, route.pieces[0][0]) for start in starts) or far(page.boxes[wire.target], route.tip):
            found.append(wire.id)
    return found


@in_table()
def test_nothing_overlaps_or_sticks_out_or_hangs_loose(name: str, detail: Detail) -> None:
    drawn = page(NETWORKS[name], detail)
    assert overlaps(drawn) == []
    assert misfits(drawn) == []
    assert loose_ends(drawn) == []


def test_the_check_of_places_finds_planted_defects() -> None:
    drawn = page(UNET, "ops")
    first, second, *_ = (box.id for box in drawn.scene.boxes if box.frame)
    assert overlaps(replace(drawn, boxes={**drawn.boxes, first: drawn.boxes[second]}))
    moved = drawn.boxes[first]._replace(x=drawn.boxes[first].x + 5000)
    assert f"{first} out of enc0" in overlaps(replace(drawn, boxes={**drawn.boxes, first: moved}))
    assert loose_ends(replace(drawn, boxes={**drawn.boxes, first: moved}))
    narrow = drawn.boxes[first]._replace(width=10.0)
    assert misfits(replace(drawn, boxes={**drawn.boxes, first: narrow}))


def test_the_numbers_drawn_are_the_networks() -> None:
    drawn = texts(svg(UNET, "blocks"))
    weights = sum(weight.elements for _, weight in network(UNET).graph.weights() if weight.trained)
    assert any(line.startswith(f"{count(weights)} weights") for line in drawn)
    for line in ("3×H×W", "8×H×W", "16×H/2×W/2", "32×H/4×W/4", "2×(H-2)×(W-2)", "concat 16+16", "concat 8+8"):
        assert line in drawn, line
    assert {"MaxPool2d 2×2", "Conv2d 3×3, 2", "ConvTranspose2d 2×2, 16, /2"} <= set(drawn)


def test_a_stride_is_told_where_it_is_not_the_usual_one() -> None:
    drawn = texts(svg(BRANCHES))
    assert {"Conv2d 7×7, 16, /2", "MaxPool2d 3×3, /1", "Conv2d 1×1, 8"} <= set(drawn)


def test_a_shape_is_told_where_it_changes_and_at_borders_only() -> None:
    labels = [wire.label for wire in compose(network(UNET), "ops").wires if wire.source.startswith("enc1")]
    assert labels == ["16×H/2×W/2", "16×H/2×W/2", ""]  # the convolution's; the block's; the skip's


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0"), (640, "640"), (1234, "1.2k"), (999_960, "1.0M"), (31_000_000, "31.0M")]
)
def test_counts_are_short(n: int, text: str) -> None:
    assert count(n) == text


def test_long_sums_are_counted() -> None:
    assert sum_of(["64", "32"]) == "64+32"
    assert sum_of(["64", "32", "32", "32", "32"]) == "64+4×32"


def test_a_text_is_wrapped_and_cut_to_its_width() -> None:
    lines = wrapped("one two three four five six " + "x" * 500, 10, 60, 4)
    assert len(lines) == 4
    assert all(width_of(line, 10) <= 60 for line in lines)
    assert lines[-1].endswith("…")
    assert wrapped("", 10, 60, 4) == []
    assert fitted("short", 10, 60) == "short"


def test_a_large_network_folds_its_blocks_by_itself() -> None:
    many = RESNET.replace("range(3)", "range(60)").replace("8 * 2**i", "8").replace("2 if i else 1", "1")
    assert len(list(steps(network(many).graph, opened=True))) > LARGEST
    folded, opened = compose(network(many), "auto"), compose(network(RESNET), "auto")
    assert any(box.id == "layer59" for box in folded.boxes)
    assert not any(box.id == "layer2" for box in opened.boxes)


HOSTILE = "<script>alert(1)</script> \"quoted\" 'single' back\\slash \\N \\G &lt;b&gt; &amp; <b>bold</b> ]]> -->"


def hostile() -> Network:
    plain = network(BRANCHES)
    return replace(plain, graph=replace(plain.graph, name=HOSTILE, description=HOSTILE))


def test_hostile_texts_are_drawn_as_they_are() -> None:
    drawing = to_svg(hostile(), view="graphviz")
    root = ElementTree.fromstring(drawing)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text"}
    assert " ".join(texts(drawing)).count(HOSTILE) == 2
    assert root.findtext(f"{SVG}title") == HOSTILE
    assert HOSTILE in (root.findtext(f"{SVG}desc") or "")


def test_hostile_texts_stay_texts_in_dot() -> None:
    dot = to_dot(hostile())
    done = subprocess.run([engine.find_dot(), "-Tsvg"], input=dot.encode(), capture_output=True, check=True)
    lines = texts(done.stdout.decode())
    assert sum(line.replace("\xa0", " ") == HOSTILE for line in lines) == 2


def test_the_svg_is_plain_and_accessible() -> None:
    drawing = svg(UNET, "blocks")
    root = ElementTree.fromstring(drawing)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "sg-title sg-desc"
    assert "<!" not in drawing
    assert "<?" not in drawing
    assert (float(root.attrib["width"]), float(root.attrib["height"])) == tuple(
        map(float, root.attrib["viewBox"].split()[2:])
    )
    about = root.findtext(f"{SVG}desc") or ""
    assert "Resolutions: H×W, H/2×W/2, H/4×W/4, (H-2)×(W-2)." in about
    for said in ("skip1 from enc1 to dec1, concat", "skip0 from enc0 to dec0, concat", "long from enc0 to head, add"):
        assert said in about


def test_a_theme_chooses_the_page() -> None:
    assert "prefers-color-scheme: dark" in svg(RESNET, "blocks")
    for theme, fill in (("light", "#FFFFFF"), ("dark", "#0D1117"), ("print", "#FFFFFF")):
        drawing = to_svg(network(RESNET), view="graphviz", detail="blocks", theme=theme)  # type: ignore[arg-type]
        root = ElementTree.fromstring(drawing)
        assert "<style" not in drawing
        page = root.find(f"{SVG}rect")
        assert page is not None
        assert page.get("fill") == fill


def test_skips_differ_in_colour_then_in_dashes() -> None:
    from skipgraph.render.theme import skip_paint

    assert len({skip_paint(number) for number in range(16)}) == 16
    assert len({skip_paint(number)[0] for number in range(4)}) == 4


def test_a_json_twin_draws_the_same_picture() -> None:
    import yaml

    twin = json.dumps(yaml.safe_load(UNET))
    assert to_svg(network(twin), view="graphviz") == svg(UNET)


DRAW = """
import hashlib, sys
from skipgraph.render import to_dot, to_svg
from skipgraph.api import network_of
from skipgraph.diagnostics import Report, Source
network = network_of(Source("<string>", sys.stdin.read()), Report())
drawn = to_svg(network, view="graphviz", detail="ops") + to_dot(network)
print(hashlib.sha256(drawn.encode()).hexdigest(), "torch" in sys.modules)
"""


@cache
def drawn_elsewhere(seed: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", DRAW]
    done = subprocess.run(command, env=environment, input=UNET.encode(), capture_output=True, check=True)
    return done.stdout.decode().split()


def test_the_bytes_do_not_hang_on_the_hash_seed() -> None:
    assert drawn_elsewhere("1")[0] == drawn_elsewhere("2")[0]


def test_drawing_never_loads_torch() -> None:
    assert drawn_elsewhere("1")[1] == "False"


def test_it_draws_without_a_dot_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(engine.find_dot()).stem == "graphviz-pure"
    assert to_svg(network(BRANCHES), view="graphviz").startswith("<svg")


def test_without_any_graphviz_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engine, "_wheel_programs", lambda: iter(()))
    with pytest.raises(RenderError, match="pip install graphviz-pure"):
        to_svg(network(BRANCHES), view="graphviz")
    assert to_dot(network(BRANCHES)).startswith("digraph")


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for dot")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'it broke' >&2; exit 3", r"no layout \(status 3\): it broke"),
        ("exec sleep 30", "within 0.3 seconds"),
    ],
)
def test_a_dot_that_fails_is_an_error_in_time(
    script: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "dot"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(RenderError, match=said):
        engine.lay_out(dot_text(compose(network(BRANCHES))), timeout=0.3)


MOST = 400
"""Boxes of the largest drawing that is laid out here."""


@pytest.mark.slow
@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_every_spec_is_drawn_whole(path: Path, detail: Detail) -> None:
    report = Report()
    found = network_of(Source(path.name, path.read_text(), str(path)), report)
    assert found is not None
    scene = compose(found, detail)
    if len(scene.boxes) > MOST:
        pytest.skip("more boxes than Graphviz keeps apart; `auto` folds blocks before")
    drawn = place(scene)
    assert overlaps(drawn) == []
    assert misfits(drawn) == []
    assert loose_ends(drawn) == []
    assert Counter(box.id for box in drawn.scene.boxes if box.kind in ("step", "block")) == Counter(
        steps(found.graph, detail == "ops")
    )
    assert Counter(wire.skip for wire in drawn.scene.wires if wire.named) == Counter(
        skip.id for skip in drawn.scene.skips
    )
    assert Counter(skip.name for skip in drawn.scene.skips) == Counter(skips(found.graph, detail == "ops"))
