"""The figure view, judged by its SVG's own geometry; and that judge, by defects that are planted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from figure_geometry import faults, picture
from random_dags import random_dag

from skipgraph.api import build, load
from skipgraph.graph import Network
from skipgraph.render.compose import compose
from skipgraph.render.counting import Detail
from skipgraph.render.figure import figure
from skipgraph.render.scene import Scene
from skipgraph.render.sheet import Sheet
from skipgraph.render.sheet_svg import svg_of_sheet

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))
UNET = Path(__file__).parents[1] / "specs" / "unet.yaml"


def svg_of(network: Network, detail: Detail = "auto") -> str:
    return svg_of_sheet(figure(network, detail=detail), "light")


def due(scene: Scene) -> dict[str, set[str]]:
    """The steps and skips that a drawing of a scene should show."""
    return {"steps": {box.id for box in scene.boxes}, "skips": {skip.id for skip in scene.skips}}


@pytest.mark.parametrize("detail", ["stages", "blocks", "ops"])
@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_every_spec_is_drawn_whole_and_nothing_collides(file: Path, detail: Detail) -> None:
    network = load(file)
    assert faults(svg_of(network, detail), **due(compose(network, detail))) == []


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_what_is_shown_by_default_has_no_fault(file: Path) -> None:
    assert faults(svg_of(load(file))) == []


@pytest.mark.parametrize("seeds", [range(20), pytest.param(range(20, 1000), marks=pytest.mark.slow)], ids=str)
def test_any_graph_is_drawn_whole_and_nothing_collides(seeds: range) -> None:
    for seed in seeds:
        network = load(random_dag(seed))
        assert faults(svg_of(network, "ops"), **due(compose(network, "ops"))) == [], seed


def changed(pattern: str, by: str | Callable[[re.Match[str]], str], count: int = 1) -> Callable[[str], str]:
    def change(svg: str) -> str:
        made, done = re.subn(pattern, by, svg, count=count, flags=re.DOTALL)
        assert done == count, pattern
        return made

    return change


def moved(pattern: str, by: float) -> Callable[[str], str]:
    """The number in a pattern's second group, so much larger."""
    return changed(pattern, lambda found: f"{found[1]}{float(found[2]) + by:g}{found[3]}")


def mirrored(number: str, at: str) -> str:
    return f"{2 * float(at) - float(number):g}"


def doubled(pattern: str) -> Callable[[str], str]:
    return changed(f"({pattern})", r"\1\1")


DEFECTS = {
    "overlap": moved(r'(data-cell="enc0".*?<rect x=")([\d.]+)(")', -30),
    "sticks out": moved(r'(data-cell="enc0".*?<rect [^>]*y=")([\d.]+)(")', -600),
    "runs through": moved(r'(data-to="dec0" data-skip.*?<path d="M[\d.]+ [\d.]+L)([\d.]+)( )', 120),
    "collide": moved(r'(data-cell="enc1".*?<text [^>]*y=")([\d.]+)("[^>]*>128<)', 61),
    "clipped": moved(r'(<text [^>]*x=")([\d.]+)("[^>]*>H×W<)', -80),
    "lies on": moved(r'(data-cell="enc1".*?<text [^>]*y=")([\d.]+)("[^>]*>128<)', 12),
    "is crossed by": moved(r'(<text [^>]*x=")([\d.]+)("[^>]*>H/2×W/2<)', 150),
    "hangs loose": moved(r'(data-from="enc0" data-to="enc1".*?<path [^>]*d="M)([\d.]+)( )', 9),
    "lie on each other": changed(
        r'(<g data-from="enc1" data-to="enc2".*?</g>)', lambda found: found[1] + found[1].replace("enc1", "enc0")
    ),
    "is not drawn": changed(r'data-steps="enc2"', 'data-steps=""'),
    "is drawn 2 times": doubled(r'<g data-name="skip1".*?</g>'),
    "is none": changed(r'data-steps="enc2"', 'data-steps="enc2 ghost"'),
    "has no wire": changed(r'<g data-from="enc0" data-to="dec0" data-skip="skip0".*?</g>', ""),
    "which is not drawn": changed(r'data-to="enc1"', 'data-to="enc9"'),
    "points away": changed(
        r'(data-to="enc1".*?d="M[^Z"]*".*?d="M)([\d.]+)( [\d.]+L)([\d.]+)( [\d.]+L)([\d.]+)',
        lambda found: (
            f"{found[1]}{mirrored(found[2], found[4])}{found[3]}{found[4]}{found[5]}{mirrored(found[6], found[4])}"
        ),
    ),
    "stands away from": moved(r'(data-cell="enc1".*?<text [^>]*y=")([\d.]+)("[^>]*>128<)', -50),
    "does not stand on its wire": moved(r'(<g data-name="skip0".*?<text [^>]*y=")([\d.]+)(")', -12),
    "do not make it up": moved(r'(data-cell="dec0".*?<rect [^>]*width=")([\d.]+)(")', 3),
    "not as wide as their shares": changed(r">64\+64<", ">64+32<"),
    "the legend lacks fill": changed(r'\n <rect [^>]*class="sg-merge"[^>]*>', ""),
    "the legend lacks line": changed(r'\n <path [^>]*class="sg-way-pool"[^>]*>', ""),
    "the legend tells": changed(r'(\n <rect [^>]*fill=)"[^"]*"( class="sg-merge")', r'\1"#ABCDEF"\2'),
}


@pytest.mark.parametrize("told", DEFECTS)
def test_the_judge_finds_planted_defects(told: str) -> None:
    network = load(UNET)
    svg = svg_of(network, "blocks")
    assert faults(svg, **due(compose(network, "blocks"))) == []
    found = faults(DEFECTS[told](svg), **due(compose(network, "blocks")))
    assert any(told in fault for fault in found), found


def test_the_channels_drawn_are_those_that_the_module_gives() -> None:
    model = build(UNET, base=8)
    image = torch.zeros(1, 3, 32, 32)
    svg = svg_of(load(UNET, base=8), "blocks")
    for name in ("enc0", "enc3", "bottleneck", "dec1"):
        drawn = re.search(rf'data-cell="{name}".*?<text [^>]*>(\d+)<', svg, re.DOTALL)
        assert drawn is not None
        assert int(drawn[1]) == model.features(image, name)[name].shape[1]  # type: ignore[operator]
    assert re.findall(r">(\d+\+\d+)<", svg) == ["64+64", "32+32", "16+16", "8+8"]


def test_rows_are_resolutions_and_skips_run_level() -> None:
    seen = picture(svg_of(load(UNET), "blocks"))
    rows = [seen.cells[f"enc{i}"].top for i in range(4)] + [seen.cells["bottleneck"].top]
    assert rows == sorted(rows)
    for wire in seen.wires:
        if wire.skip:
            assert len({y for piece in wire.pieces for _, y in piece}) == 1


def test_a_unet_fits_a_page_as_it_is() -> None:
    sheet = figure(load(UNET))
    assert not sheet.wrapped
    assert points_of(sheet) >= 6


def points_of(sheet: Sheet, width: float = 6.5) -> float:
    """The smallest type, in points, where the figure is printed so many inches wide."""
    return sheet.smallest * width * 72 / sheet.width


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_type_stays_readable_at_the_width_of_a_page(file: Path) -> None:
    network = load(file)
    for width in (6.5, 3.3):
        assert points_of(figure(network, width=width), width) >= 5.99


def test_a_wrapped_figure_goes_on_where_it_is_cut() -> None:
    network = load(UNET)
    whole, narrow = (picture(svg_of_sheet(figure(network, detail="blocks", width=width))) for width in (9, 3.3))
    assert all(len(wire.pieces) == 1 for wire in whole.wires)
    cut = [wire for wire in narrow.wires if len(wire.pieces) > 1]
    assert {"skip0", "skip1"} <= {wire.skip for wire in cut}
    for wire in cut:
        for before, after in pairwise(wire.pieces):
            # level at the cut, from the right edge of one strip to the left edge of the next
            assert before[-1][1] == before[-2][1]
            assert after[0][1] == after[1][1]
            assert before[-1][0] > after[0][0]


def test_the_bytes_do_not_hang_on_the_hash_seed() -> None:
    code = (
        "from skipgraph.api import load; from skipgraph.render.figure import figure; "
        "from skipgraph.render.sheet_svg import svg_of_sheet; import hashlib; "
        f"print(hashlib.sha256(svg_of_sheet(figure(load({str(UNET)!r}))).encode()).hexdigest())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1
