"""The text view: read back from its characters alone, it is the network; and an edit changes the lines it is about."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from random_specs import is_by_chance, seeded
from text_reader import findings, read

from skipgraph import render
from skipgraph.api import network_of
from skipgraph.cli.main import main
from skipgraph.diagnostics import Report, Source
from skipgraph.graph import Network
from skipgraph.render import to_text
from skipgraph.render.compose import compose
from skipgraph.render.counting import Detail
from skipgraph.render.formats import Choice, draw
from skipgraph.render.scene import Scene
from skipgraph.render.text import RAILS, SHAPES, WIDTH, text_of
from skipgraph.render.words import count

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.yaml"))

UNET = (ROOT / "specs" / "unet.yaml").read_text()

PARALLEL = """
skipgraph: 1
name: parallel
inputs: {x: [N, 8, H, W], y: [N, 8, H, W]}
layers:
  - Conv2d: {name: a, from: x, out_channels: 8, kernel_size: 1}
  - Conv2d: {name: b, out_channels: 8, kernel_size: 1}
  - MaxPool2d: {name: pool, kernel_size: 2, return_indices: true}
  - Conv2d: {name: c, from: pool, out_channels: 8, kernel_size: 1}
  - MaxUnpool2d: {name: back, from: [c, pool.indices], kernel_size: 2}
  - Interpolate: {name: wide, from: a, like: y}
  - Add: {name: sum, from: [wide, y]}
  - Conv2d: {name: d, out_channels: 8, kernel_size: 1}
  - Conv2d: {name: e, out_channels: 8, kernel_size: 1}
  - Conv2d: {name: f, out_channels: 8, kernel_size: 1}
skips:
  one: {from: sum, to: d, merge: add}
  two: {from: sum, to: e}
  three: {from: sum, to: f, via: [{Conv2d: {out_channels: 8, kernel_size: 1}}, ReLU]}
  four: {from: sum, to: f, merge: concat}
  five: {from: wide, to: f, merge: concat}
outputs: {out: f, other: back}
"""


@cache
def network(text: str, path: str = "<string>") -> Network:
    report = Report()
    found = network_of(Source(path, text), report)
    assert found is not None, [finding.message for finding in report]
    return found


@cache
def of_zoo(path: Path) -> Network:
    return network_of(Source(path.name, path.read_text(), str(path)), Report()) or pytest.fail(path.name)


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_every_spec_reads_back_from_its_lines(path: Path) -> None:
    scene = compose(of_zoo(path))
    assert findings(text_of(scene), scene) == []
    assert findings(text_of(scene, ascii=True), scene, ascii=True) == []


@pytest.mark.slow
@pytest.mark.parametrize("detail", ["blocks", "ops"])
@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_every_spec_reads_back_at_every_detail(path: Path, detail: Detail) -> None:
    scene = compose(of_zoo(path), detail)
    assert findings(text_of(scene), scene) == []


@pytest.mark.parametrize("seed", range(40))
def test_random_specs_read_back(seed: int) -> None:
    drawn = seeded(seed, size=10)
    if is_by_chance(drawn):
        pytest.skip("sizes meet by chance")
    for detail in ("blocks", "ops"):
        scene = compose(network(drawn.yaml), detail)
        assert findings(text_of(scene), scene) == []


@pytest.mark.parametrize("detail", ["blocks", "ops"])
def test_parallel_skips_and_values_of_all_kinds_read_back(detail: Detail) -> None:
    scene = compose(network(PARALLEL), detail)
    assert findings(text_of(scene), scene) == []
    rails = read(text_of(scene)).rails
    assert {rail[3] for rail in rails if rail[3]} == {"one", "two", "three", "four", "five"} | {
        "(size)",
        "(output)",
        "(indices)",
    }


@pytest.mark.parametrize("path", [ROOT / "specs" / f"{name}.yaml" for name in ("unet", "resnet18", "siamese", "hrnet")])
def test_the_weights_drawn_sum_to_the_networks(path: Path) -> None:
    found = of_zoo(path)
    for detail in ("auto", "blocks", "ops"):
        assert sum(box.weights for box in compose(found, detail).boxes) == found.graph.count.trained
    assert f"{count(found.graph.count.trained)} weights" in to_text(found)


def changed(text: str, old: str, new: str, nth: int = 0) -> str:
    """The text with one occurrence replaced, below the heading."""
    parts = text.split(old)
    assert len(parts) > nth + 1, old
    return old.join(parts[: nth + 1]) + new + old.join(parts[nth + 1 :])


def defects(text: str) -> dict[str, str]:
    lines = text.split("\n")
    step = next(i for i, line in enumerate(lines) if "MaxPool2d" in line)
    return {
        "a step left out": "\n".join([*lines[:step], *lines[step + 1 :]]),
        "a step twice": "\n".join([*lines[: step + 1], *lines[step:]]),
        "another op": changed(text, "MaxPool2d", "AvgPool2d"),
        "another shape": changed(text, "64×H/2×W/2", "64×H/2×W/4"),
        "other weights": changed(text, "36.9k", "36.8k"),
        "a skip renamed": changed(text, "skip2", "skip1"),
        "a skip without a name": changed(text, "  skip1", ""),
        "two names at one landing": changed(text, "skip1", "skip1, skip1"),
        "a rail cut": changed(text, "┃", " ", 5),
        "a rail of another kind": changed(text, "┃", "│", 5),
        "a rail that goes on": changed(text, "┛", "┫"),
        "a rail that ends nowhere": changed(text, "┛", "┃"),
        "a rail from nowhere": changed(text, "┓", "┃"),
        "rails crossed": changed(text, "◀━┃━┃━┃━┛", "◀━┃━┃━┛ ┃"),
        "a spine cut": changed(text, "│ MaxPool2d", "╵ MaxPool2d"),
        "a flow that is not": changed(text, "╵ output", "│ output"),
    }


@cache
def planted() -> tuple[Scene, dict[str, str]]:
    scene = compose(network(UNET))
    return scene, defects(text_of(scene))


@pytest.mark.parametrize("defect", sorted(planted()[1]))
def test_the_reader_finds_planted_defects(defect: str) -> None:
    scene, texts = planted()
    assert findings(text_of(scene), scene) == []
    assert findings(texts[defect], scene) != []


def test_a_line_tells_what_arrives_what_goes_on_and_what_begins() -> None:
    lines = to_text(network(PARALLEL)).split("\n")
    drawn = [line[RAILS:] for line in lines if line[2:].startswith(("sum", "+ add", "concat", "wide"))]
    assert drawn == ["◁─┘ │ │ │", "◁━┃━┓─┘ │", "◀━┃━┫   │  one", "◀━┃━┫   │  two", "◀━┛━┛─┘ │  five, four"]
    assert "◁━┓─┘ │ │  (size)" in [line[RAILS:] for line in lines]  # below `wide`: a name is of what arrives with it


def edited(old: str, new: str) -> list[str]:
    before, after = (to_text(network(spec)).split("\n") for spec in (old, new))
    return [line for line in difflib.ndiff(before, after) if line[0] in "+-"]


def test_a_step_more_is_a_line_more() -> None:
    more = UNET.replace("  - Conv2d: {name: head", "  - Dropout: 0.1\n  - Conv2d: {name: head")
    diff = edited(UNET, more)
    assert [line for line in diff if "ops; " not in line] == ["+ │ Dropout 0.1" + "64×H×W".rjust(SHAPES - 13)]
    assert len(diff) == 3  # the count of ops in the heading


def test_a_skip_less_changes_only_the_lines_it_passes() -> None:
    flat = PARALLEL.replace("  one: {from: sum, to: d, merge: add}\n", "")
    below = [line for line in edited(PARALLEL, flat) if "ops" not in line]
    assert [line.split()[-1] for line in below] == ["one"]


def test_a_skip_more_changes_the_lines_it_passes_alone() -> None:
    more = UNET.replace("skips:", "skips:\n  more: {from: dec0, to: head}")
    below = [line for line in edited(UNET, more) if "weights," not in line]
    assert [re.split(" {2,}", line[4:].strip())[0] for line in below] == [
        *("ReLU", "ReLU", "concat 64+64", "head: Conv2d 1×1, 2", "head: Conv2d 1×1, 2"),
    ]


def test_a_wider_name_moves_no_column() -> None:
    longer = UNET.replace("head", "the_last_convolution_of_all")
    assert len(edited(UNET, longer)) == 2


@pytest.mark.parametrize("name", ["unet", "resnet18", "attention_unet", "vit", "inception", "time_unet", "unet3plus"])
def test_common_networks_fit_a_terminal(name: str) -> None:
    text = to_text(of_zoo(ROOT / "specs" / f"{name}.yaml"))
    assert max(map(len, text.split("\n"))) <= WIDTH


HOSTILE = "\x1b[31mred \u202egnp.exe\r\nnext\tline \x07 <b>&amp; 漢字 ‮ 🦀"


def test_hostile_texts_stay_texts_on_their_line() -> None:
    scene = compose(network(UNET))
    box, frame, skip = scene.boxes[2], scene.frames[0], scene.skips[0]
    odd = replace(
        scene,
        title=HOSTILE,
        description=HOSTILE,
        boxes=tuple(
            replace(each, lines=(HOSTILE,), name="", shape="") if each is box else each for each in scene.boxes
        ),
        frames=tuple(replace(each, label=HOSTILE) if each is frame else each for each in scene.frames),
        skips=tuple(replace(each, name=HOSTILE) if each is skip else each for each in scene.skips),
    )
    text = text_of(odd)
    assert text.count("red \ufffdgnp.exe next line \ufffd <b>&amp; 漢字 \ufffd 🦀") == 5
    assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert not set(text) & set("\u202e\x1b\x7f")
    assert len(text.split("\n")) == len(text_of(scene).split("\n"))
    assert text_of(odd, ascii=True).isascii()


def test_a_name_of_300_characters_is_cut_and_a_shape_is_not() -> None:
    scene = compose(network(UNET))
    box = replace(scene.boxes[4], name="n" * 300, shape="64×" + "×".join(["(H+15)/16"] * 4))
    long = replace(scene, boxes=tuple(box if each.id == box.id else each for each in scene.boxes))
    lines = text_of(long).split("\n")
    at = next(i for i, line in enumerate(lines) if "nnn" in line)
    assert lines[at][:SHAPES].rstrip().endswith("…")
    assert lines[at + 1][:SHAPES].strip("│ ") == box.shape
    assert read(text_of(long)).faults == []


@cache
def drawn_elsewhere(seed: str) -> list[str]:
    script = (
        "import hashlib, sys; from skipgraph.render import to_mermaid, to_text; from skipgraph.api import network_of;"
        "from skipgraph.diagnostics import Report, Source;"
        "network = network_of(Source('<string>', sys.stdin.read()), Report());"
        "drawn = to_text(network) + to_mermaid(network);"
        "print(hashlib.sha256(drawn.encode()).hexdigest(), 'torch' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, input=PARALLEL.encode(), capture_output=True, check=True)
    return done.stdout.decode().split()


def test_the_bytes_do_not_hang_on_the_hash_seed_and_torch_is_not_loaded() -> None:
    assert drawn_elsewhere("1") == drawn_elsewhere("2")
    assert drawn_elsewhere("1")[1] == "False"


def test_render_writes_text_to_a_file_or_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, out = str(ROOT / "specs" / "unet.yaml"), tmp_path / "unet.txt"
    for _ in range(2):
        assert main(["render", spec, "-o", str(out)]) == 0
    assert (
        out.read_text(encoding="utf-8") == to_text(of_zoo(ROOT / "specs" / "unet.yaml")) == render(spec, format="txt")
    )
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["render", spec, "-o", str(tmp_path / "notes.txt")]) == 1
    capsys.readouterr()
    assert main(["render", spec, "-o", "-", "--format", "txt", "--ascii"]) == 0
    assert capsys.readouterr().out == to_text(of_zoo(ROOT / "specs" / "unet.yaml"), ascii=True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8"])
def test_a_terminal_without_unicode_gets_ascii(encoding: str) -> None:
    command = [
        sys.executable,
        "-m",
        "skipgraph",
        "render",
        str(ROOT / "specs" / "unet.yaml"),
        "-o",
        "-",
        "--format",
        "txt",
        "--size",
        "H=64",
    ]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    choice = Choice(sizes={"H": 64}, ascii=encoding != "utf-8")
    expected = draw(of_zoo(ROOT / "specs" / "unet.yaml"), "txt", choice).data.decode()
    assert done.stdout.decode(encoding).replace("\r\n", "\n") == expected
