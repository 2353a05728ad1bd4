"""The text view: read back from its characters alone, it is the network; and an edit changes the lines it is about."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
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
from skipgraph.render import to_text
from skipgraph.render.compose import compose
from skipgraph.render.counting import Counts, Detail
from skipgraph.render.scene import Box, Kind, Scene
from skipgraph.render.text import RAILS, SHAPES, WEIGHTS, WIDTH, text_of
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

UNICODE = {
    "pass": "┃│",
    "begin": "┓┐",
    "tee": "┫┤",
    "end": "┛┘",
    "turn": "●○",
    "line": "━─",
    "head": "◀◁",
    "flow": "╵╷│",
}
ASCII = {"pass": "|:", "begin": ".,", "tee": "+}", "end": "'`", "turn": "*o", "line": "=-", "head": "<<", "flow": "',|"}


@cache
def network(text: str, path: str = "<string>") -> Network:
    report = Report()
    found = network_of(Source(path, text), report)
    assert found is not None, [finding.message for finding in report]
    return found


@cache
def of_zoo(path: Path) -> Network:
    return network_of(Source(path.name, path.read_text(), str(path)), Report()) or pytest.fail(path.name)


@dataclass
class Read:
    """What a person can read off the characters."""

    steps: list[tuple[str, str, str]] = field(default_factory=list)
    """Text, shape, weights."""
    flows: set[tuple[int, int]] = field(default_factory=set)
    """From a line to the next."""
    rails: list[tuple[int, int, bool, str]] = field(default_factory=list)
    """From, to, whether it is a skip, and what stands beside its landing."""
    faults: list[str] = field(default_factory=list)


def read(text: str, ascii: bool = False) -> Read:
    """The steps and the ways between them, from the characters alone."""
    signs = ASCII if ascii else UNICODE
    kinds = {
        sign: (kind, place == 0) for kind, pair in signs.items() if kind != "flow" for place, sign in enumerate(pair)
    }
    found = Read()
    body = text.split("\n\n")[1].split("\n")
    lanes: dict[int, tuple[int, bool]] = {}
    told: dict[int, str] = {}
    for line in (line for line in body if line):
        columns, drawn = line[:RAILS].ljust(RAILS), line[RAILS:]
        left, weights = columns[2:SHAPES], columns[SHAPES:WEIGHTS].strip()
        here = len(found.steps) - 1
        if not left.strip():
            pass
        elif left.lstrip()[:2] in ({"v ", "/ "} if ascii else {"▾ ", "▿ "}):
            here = -1
        elif found.steps and (not found.steps[-1][1] or found.steps[-1][1].endswith(",")):
            what, shape, told_weights = found.steps[-1]
            found.steps[-1] = what, f"{shape} {left.strip()}".strip(), told_weights
        else:
            here = len(found.steps)
            words = re.split(r" {2,}", left.strip())
            found.steps.append((words[0], words[1] if len(words) > 1 else "", weights))
            told[here] = columns[0]
        match = re.match(r"(.*?)(?:  (?P<labels>[A-Za-z_(].*))?$", drawn)
        assert match
        labels = (match["labels"] or "").split(", ") if match["labels"] else []
        _rails(found, kinds, match[1], labels, here, lanes)
    for at, sign in told.items():
        above, below = (sign in (signs["flow"][0], signs["flow"][2])), (sign in signs["flow"][1:])
        if below:
            found.flows.add((at, at + 1))
        if above is not (at - 1 in told and told[at - 1] in signs["flow"][1:]):
            found.faults.append(f"the spine is broken above line {at}")
    found.faults += [f"a rail from {source} never ends" for source, _ in lanes.values()]
    return found


def _rails(
    found: Read,
    kinds: dict[str, tuple[str, bool]],
    drawn: str,
    labels: list[str],
    here: int,
    lanes: dict[int, tuple[int, bool]],
) -> None:
    landings: list[tuple[int, bool]] = []
    begun: dict[int, bool] = {}
    for lane in range(max(len(drawn) // 2 + 1, *(lane + 2 for lane in lanes), 1)):
        sign = drawn[2 * lane + 2 : 2 * lane + 3] or " "
        kind, skip = kinds.get(sign, ("blank", False))
        if kind in ("line", "blank", "head"):
            if lane in lanes:
                found.faults.append(f"the rail in lane {lane} is cut below line {here}")
                del lanes[lane]
            continue
        if kind in ("pass", "tee", "end", "turn") and lane not in lanes:
            found.faults.append(f"a rail in lane {lane} comes from nowhere at line {here}")
            continue
        if kind in ("pass", "tee", "end") and lanes[lane][1] is not skip:
            found.faults.append(f"the rail in lane {lane} changes its kind at line {here}")
        if kind != "pass" and here < 0:
            found.faults.append(f"a rail in lane {lane} touches no step")
        if kind in ("tee", "end", "turn"):
            landings.append(lanes[lane])
        if kind in ("end", "turn"):
            del lanes[lane]
        if kind in ("begin", "turn"):
            if lane in lanes:
                found.faults.append(f"a rail begins in lane {lane}, which is taken, at line {here}")
            begun[lane] = skip
    for lane, skip in begun.items():
        lanes[lane] = here, skip
    for of_skip in (True, False):
        names = [label for label in labels if label.startswith("(") is not of_skip]
        arriving = [source for source, skip in landings if skip is of_skip]
        if names and len(names) != len(arriving):
            found.faults.append(f"{len(names)} names for {len(arriving)} landings at line {here}")
        names += [""] * (len(arriving) - len(names))
        found.rails += [(source, here, of_skip, name) for source, name in zip(arriving, names, strict=False)]


def findings(text: str, scene: Scene, ascii: bool = False) -> list[str]:
    """How a drawing differs from its scene."""
    drawn = read(text, ascii)
    found = list(drawn.faults)
    if len(drawn.steps) != len(scene.boxes):
        return [*found, f"{len(drawn.steps)} steps for {len(scene.boxes)}"]
    for (what, shape, weights), box in zip(drawn.steps, scene.boxes, strict=True):
        expected = (spelled(box.shape) if ascii else box.shape), (count(box.weights) if box.weights else "")
        if (shape, weights) != expected or not says(what, box, ascii):
            found.append(f"{what}: {shape} {weights} for {box.id}: {expected}")
    number = {box.id: index for index, box in enumerate(scene.boxes)}
    wires = {(number[wire.source], number[wire.target]) for wire in scene.wires}
    ways = {(source, target) for source, target, *_ in drawn.rails} | drawn.flows
    found += [f"the way {way} is not drawn" for way in wires - ways] + [
        f"there is no way {way}" for way in ways - wires
    ]
    # a size that is asked for is no skip, though it be a skip's
    kinds = {
        (number[wire.source], number[wire.target], bool(wire.skip and (wire.named or not wire.size_only)))
        for wire in scene.wires
    }
    found += [f"{rail} is of another kind" for rail in drawn.rails if rail[:3] not in kinds]
    named = Counter(
        (number[wire.source], number[wire.target], True, scene.skip[wire.skip].name)
        for wire in scene.wires
        if wire.named and wire.skip
    )
    names = Counter((*rail[:3], re.sub(r"\(.*\)$", "", rail[3])) for rail in drawn.rails if rail[2] and rail[3])
    found += [f"{skip} is not named once" for skip in (named - names) + (names - named)]
    return found + unclear(drawn, scene, number)


def unclear(drawn: Read, scene: Scene, number: dict[str, int]) -> list[str]:
    """Landings that could be of several skips: without a name, from where several begin."""
    skips = {(number[w.source], number[w.target]): 0 for w in scene.wires if w.skip}
    for wire in scene.wires:
        if wire.skip and not wire.named:
            skips[number[wire.source], number[wire.target]] += 1
    nameless = Counter(rail[:2] for rail in drawn.rails if rail[2] and not rail[3])
    return [f"{way} has landings without a name" for way, n in nameless.items() if n > skips.get(way, 0)]


def spelled(text: str) -> str:
    return text.replace("×", "x").replace("−", "-").replace("…", "~").replace("·", "-")


def says(what: str, box: Box, ascii: bool) -> bool:
    """Whether a line's text is about the box, cut or not."""
    if box.kind is Kind.INPUT or box.kind is Kind.OUTPUT:
        return what.split()[0] == box.kind and what.split()[-1] == box.lines[0]
    head = str(box.symbol) if box.symbol else box.lines[0]
    head = spelled(head) if ascii else head
    cut = "~" if ascii else "…"
    return head in what or (cut in what and what.removeprefix(f"{box.name}: ").split(cut)[0] in head)


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
        assert sum(box.weights for box in compose(found, detail).boxes) == Counts().weights(found.graph)
    assert f"{count(Counts().weights(found.graph))} weights" in to_text(found)


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
    ]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    expected = to_text(of_zoo(ROOT / "specs" / "unet.yaml"), ascii=encoding != "utf-8")
    assert done.stdout.decode(encoding).replace("\r\n", "\n") == expected
