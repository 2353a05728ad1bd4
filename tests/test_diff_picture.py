"""The picture of a difference, judged by its SVG: geometry, and that each change is in it once and nothing else is."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest
from difference_picture import Seen, wrong
from figure_geometry import SVG, faults
from html_specs import HOSTILE, hostile
from random_dags import random_dag
from test_diff_planted import PLANTS, Planted, planted

import skipgraph
from skipgraph import Difference
from skipgraph.cli import main
from skipgraph.render.figure.difference import figure_of_difference
from skipgraph.render.sheet import Sheet
from skipgraph.render.sheet_svg import svg_of_sheet
from skipgraph.render.theme import DARK, LIGHT, MARKED, Theme

SPECS = Path(__file__).parents[1] / "specs"
UNET = SPECS / "unet.yaml"
FILES = sorted(SPECS.glob("*.yaml"))
PAIRS = [
    ("resnet18", "resnet50"),
    ("unet", "attention_unet"),
    ("unet", "unet_2015"),
    ("unet", "time_unet"),
    ("deeplabv3", "deeplabv3plus"),
    ("inception", "inception_v3"),
    ("mobilenet_v2", "mobilenet_v3"),
    ("nnunet_plain", "nnunet_residual"),
]
EDITED = """skipgraph: 1
name: before
inputs: {x: [N, 3, H, W]}
layers:
  - Conv2d: {name: stem, out_channels: 16, kernel_size: 3, padding: 1}
  - ReLU: {name: act}
  - Conv2d: {name: down, out_channels: 32, kernel_size: 4, stride: 2, padding: 1}
  - BatchNorm2d: {name: bn}
  - Conv2d: {name: mid, out_channels: 32, kernel_size: 3, padding: 1}
  - Upsample: {name: up, scale_factor: 2}
  - Conv2d: {name: out, out_channels: 8, kernel_size: 3, padding: 1}
  - Conv2d: {name: head, out_channels: 2, kernel_size: 1}
skips:
  near: {from: stem, to: out, merge: concat}
  far: {from: down, to: up, merge: add}
"""


def svg_of(difference: Difference, theme: Theme = "light") -> str:
    return svg_of_sheet(figure_of_difference(difference), theme)


def edited(*changes: tuple[str, str]) -> str:
    """The spec after replacements."""
    text = EDITED
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def mirrored(difference: Difference) -> Difference:
    return skipgraph.diff(difference.after, difference.before)


@pytest.mark.parametrize("names", PAIRS, ids="-".join)
def test_two_specs_are_drawn_as_one_and_every_change_is_marked_once(names: tuple[str, str]) -> None:
    found = skipgraph.diff(*(SPECS / f"{name}.yaml" for name in names))
    for each in (found, mirrored(found)):
        assert wrong(svg_of(each), each) == []


@pytest.mark.slow
@pytest.mark.parametrize("at", range(len(FILES)))
def test_any_two_specs_are_drawn_as_one(at: int) -> None:
    found = skipgraph.diff(FILES[at], FILES[(at * 7 + 1) % len(FILES)])
    assert wrong(svg_of(found), found) == []


@pytest.mark.parametrize("options", [{"base": 32}, {"without": "skip2"}, {"depth": 3}], ids=str)
def test_what_an_option_changes_is_marked(options: dict[str, object]) -> None:
    found = skipgraph.diff(skipgraph.load(UNET), skipgraph.load(UNET, **options))  # type: ignore[arg-type]
    for each in (found, mirrored(found)):
        assert wrong(svg_of(each), each) == []


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_edit_is_marked_and_nothing_else(plant: Planted) -> None:
    told = 0
    for seed, _, before, after in planted(plant, range(60)):
        found = skipgraph.diff(before, after)
        assert wrong(svg_of(found), found) == [], seed
        told += 1
    assert told >= 4


@pytest.mark.parametrize("seeds", [range(12), pytest.param(range(12, 300), marks=pytest.mark.slow)], ids=str)
def test_any_two_graphs_are_drawn_as_one(seeds: range) -> None:
    for seed in seeds:
        found = skipgraph.diff(*(skipgraph.load(random_dag(each)) for each in (seed, seed + 1)))
        assert wrong(svg_of(found), found) == [], seed


@pytest.mark.parametrize("name", ["unet", "resnet18", "googlenet", "inception"])
def test_equal_specs_have_no_marks(name: str) -> None:
    file = SPECS / f"{name}.yaml"
    if not file.exists():
        pytest.skip("not in the zoo")
    found = skipgraph.diff(file, file)
    svg = svg_of(found)
    assert wrong(svg, found) == []
    assert "data-mark" not in svg
    assert "Nothing differs." in svg
    assert not re.search(r">[+−~>]\s", svg)


@dataclass(frozen=True)
class Case:
    """An edit, and what of its picture is marked."""

    edits: tuple[tuple[str, str], ...]
    boxes: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()


STEM = "name: stem, out_channels: 16, kernel_size: 3, padding: 1"
CASES = {
    "renamed": Case((("name: mid,", "name: middle,"),), {"middle": ">"}, {}, ("> 32", "mid > middle")),
    "kind": Case((("ReLU:", "GELU:"),), {"act": "~"}, {}, ("~ 16", "ReLU→GELU")),
    "channels": Case((("name: out, out_channels: 8", "name: out, out_channels: 6"),), {"out": "~"}, {}, ("~ 8→6",)),
    "argument": Case(
        ((STEM, STEM.replace("3", "5").replace("padding: 1", "padding: 2")),),
        {"stem": "~"},
        {},
        ("kernel_size 3→5 +1",),
    ),
    "added": Case((("  - Upsample", "  - Tanh: {name: new}\n  - Upsample"),), {"new": "+"}, {}, ("+ 32",)),
    "removed": Case((("  - ReLU: {name: act}\n", ""),), {"-act": "-"}, {}, ("− 16",)),
    "skip renamed": Case((("near:", "close:"),), {}, {"close": ">"}, ("near>close",)),
    "skip added": Case(
        (("skips:\n", "skips:\n  more: {from: bn, to: mid, merge: add}\n"),), {"more": "+"}, {"more": "+"}, ("+more",)
    ),
    "skip removed": Case(
        (("  far: {from: down, to: up, merge: add}\n", ""),), {"-far": "-"}, {"-far": "-"}, ("−far", "− add")
    ),
    "skip elsewhere": Case((("from: stem", "from: act"),), {}, {"near": "~"}, ("~near",)),
    "merged otherwise": Case(
        (("to: up, merge: add", "to: up, merge: mul"),), {"far": "~"}, {"far": "~"}, ("~ mul", "Add→Mul")
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_change_has_its_sign_and_its_numbers(case: Case) -> None:
    found = skipgraph.diff(EDITED, edited(*case.edits))
    svg = svg_of(found)
    assert wrong(svg, found) == []
    seen = Seen(svg)
    assert {name: mark for name, mark in seen.boxes.items() if mark != "="} == case.boxes
    assert {name: mark for name, mark in seen.names.items() if mark != "="} == case.names
    assert set(case.texts) <= set(seen.texts)


def test_a_skip_that_was_aimed_elsewhere_shows_both_ways() -> None:
    found = skipgraph.diff(EDITED, edited(("from: stem", "from: act")))
    wires = Seen(svg_of(found)).wires
    assert wires["act", "near", "near", "~"] == 1
    assert wires["stem", "near", "", "-"] == 1


def test_steps_that_change_places_are_drawn_with_the_old_way_back() -> None:
    lines = [line for line in EDITED.splitlines(keepends=True) if "name: bn" in line or "name: mid" in line]
    found = skipgraph.diff(EDITED, EDITED.replace("".join(lines), "".join(reversed(lines))))
    svg = svg_of(found)
    assert wrong(svg, found) == []
    wires = Seen(svg).wires
    assert wires["mid", "bn", "", "+"] == wires["bn", "mid", "", "-"] == 1


DEFECTS = {
    "is marked =": ('data-cell="enc0" data-mark="~"', 'data-cell="enc0"'),
    "is marked +": ('data-cell="enc0" data-mark="~"', 'data-cell="enc0" data-mark="+"'),
    "is marked ~, and is =": ('data-cell="image"', 'data-cell="image" data-mark="~"'),
    "is not drawn": ('data-steps="dec1"', 'data-steps=""'),
    "is drawn 2 times": ('data-steps="dec1"', 'data-steps="dec1 dec1"'),
    "skip skip1 is marked >": ('data-name="skip1"', 'data-name="skip1" data-mark="&gt;"'),
    "stands without its sign": (">~ 512→256<", ">512→256<"),
    "is +, and drawn": ('data-from="hardtanh_0" data-to="enc0" data-mark="+"', 'data-from="hardtanh_0" data-to="enc0"'),
}


@pytest.mark.parametrize("told", DEFECTS)
def test_the_judge_finds_planted_defects(told: str) -> None:
    text = UNET.read_text(encoding="utf-8").replace("layers:\n  - for", "layers:\n  - Hardtanh\n  - for")
    found = skipgraph.diff(skipgraph.load(UNET), skipgraph.load(text, base=32))
    svg = svg_of(found)
    assert wrong(svg, found) == []
    old, new = DEFECTS[told]
    assert old in svg
    faulty = wrong(svg.replace(old, new, 1), found)
    assert any(told in fault for fault in faulty), faulty


def test_the_heading_has_both_names_and_totals() -> None:
    svg = svg_of(skipgraph.diff(SPECS / "resnet18.yaml", SPECS / "resnet50.yaml"))
    assert ">resnet18 → resnet50<" in svg
    assert re.search(r">weights 11\.7M → 25\.6M \(\+119%\) · MACs [^<]* → [^<]*<", svg)
    assert ">params base 64 → 32<" in svg_of(skipgraph.diff(skipgraph.load(UNET), skipgraph.load(UNET, base=32)))


def test_what_changed_is_told_in_words_too() -> None:
    svg = svg_of(skipgraph.diff(skipgraph.load(UNET), skipgraph.load(UNET, without="skip2")))
    told = re.search(r"<desc[^>]*>(.*)</desc>", svg)
    assert told is not None
    assert "- skip2 skip enc2 -&gt; dec2 concat" in told[1]


def test_hostile_names_are_text_on_either_side() -> None:
    other = skipgraph.load(EDITED)
    for found in (skipgraph.diff(hostile(), other), skipgraph.diff(other, hostile())):
        svg = svg_of(found, "auto")
        assert faults(svg) == []
        root = ElementTree.fromstring(svg)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            *("svg", "title", "desc", "style", "rect", "circle", "path", "text", "g")
        }
        assert any(evil.split()[0] in "".join(root.itertext()) for evil in HOSTILE)


def test_type_stays_readable_at_the_width_of_a_page() -> None:
    def points(sheet: Sheet, width: float) -> float:
        return sheet.smallest * width * 72 / sheet.width

    found = skipgraph.diff(UNET, SPECS / "attention_unet.yaml")
    assert points(figure_of_difference(found), 10.0) >= 5.99
    assert points(figure_of_difference(found, width=6.5), 6.5) >= 5.99


def test_marks_are_told_apart_without_their_colours() -> None:
    found = skipgraph.diff(
        EDITED,
        edited(
            ("name: mid,", "name: middle,"),
            ("ReLU:", "GELU:"),
            ("  - Ups", "  - Tanh\n  - Ups"),
            ("  - BatchNorm2d: {name: bn}\n", ""),
        ),
    )
    svg = svg_of(found, "print")
    borders: dict[str, set[object]] = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        rects = group.findall(f"{SVG}rect")
        if rects and group.get("data-cell"):
            assert all(rect.get("fill") == "#FFFFFF" for rect in rects)
            look = tuple((rect.get("stroke-width"), rect.get("stroke-dasharray")) for rect in rects)
            borders.setdefault(group.get("data-mark", "="), set()).add(look)
    assert borders.keys() == {"=", "+", "-", "~", ">"}
    looks = [look for each in borders.values() for look in each]
    assert len(looks) == len(set(looks)) == 5


def test_the_colours_of_marks_stay_apart_for_those_who_see_fewer() -> None:
    # Machado, Oliveira and Fernandes, 2009: full protanopia, deuteranopia, tritanopia
    sights = (
        ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
        ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
        ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    )
    for palette in (LIGHT, DARK):
        for sight in sights:
            seen = [_lab(palette.box(name)[1], sight) for name in MARKED]
            apart = [
                sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
                for at, one in enumerate(seen)
                for other in seen[:at]
            ]
            assert min(apart) > 15


def _lab(color: str, sight: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    r, g, b = (max(0.0, min(1.0, sum(w * c for w, c in zip(row, linear, strict=True)))) for row in sight)
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


BEGINNINGS = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "tex": b"%"}


@pytest.mark.parametrize("ending", BEGINNINGS)
def test_a_picture_is_written_as_its_name_ends(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["diff", str(UNET), "--without", "skip2", "-o", f"d.{ending}"]
    assert main(command) == 1
    assert capsys.readouterr().out == f"wrote d.{ending}\n"
    data = Path(f"d.{ending}").read_bytes()
    assert data.startswith(BEGINNINGS[ending])
    assert skipgraph.render(skipgraph.diff(UNET, skipgraph.load(UNET, without="skip2")), f"e.{ending}") is not None
    assert Path(f"e.{ending}").read_bytes() == data


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-o", "d.gif"], "-o takes a name that ends in .txt, .json, .svg, .png, .pdf, .tex; got `d.gif`"),
        (["--theme", "dark"], "text has no theme and no width; pictures have"),
        (["-o", "d.png", "--theme", "auto"], "a png cannot follow the page around it"),
        (["-o", "d.svg", "--width", "wide"], "--width takes a length in in, cm, mm, pt, px"),
    ],
    ids=" ".join,
)
def test_what_a_picture_cannot_be_is_said(options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(UNET), "--without", "skip2", *options]) == 2
    assert told in capsys.readouterr().err


def test_a_difference_is_a_picture_alone() -> None:
    found = skipgraph.diff(UNET, UNET)
    with pytest.raises(ValueError, match="a difference is drawn as svg, png, pdf and tex"):
        skipgraph.render(found, format="html")
    with pytest.raises(ValueError, match="a difference is drawn as a figure"):
        skipgraph.render(found, view="flow")


def test_the_bytes_do_not_hang_on_the_hash_seed() -> None:
    code = (
        f"import skipgraph; print(skipgraph.render(skipgraph.diff({str(UNET)!r}, {str(SPECS / 'time_unet.yaml')!r})))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1
