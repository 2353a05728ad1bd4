"""The numbers drawn are the built module's; and the test of that, by numbers that are planted."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from drawn_numbers import built, in_figure, in_flow

from skipgraph.render.sheet_svg import svg_of_sheet
from skipgraph.render.views import View, sheet_of

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))
UNET = Path(__file__).parents[1] / "specs" / "unet.yaml"
QUICK = (
    *("convnext", "deeplabv3plus", "fpn", "late_fusion", "mixer", "resnet", "segnet", "shufflenet_v2", "siamese"),
    *("skip_autoencoder", "tcn", "time_unet", "unet", "unet3plus", "unet_2015", "unetpp", "vit", "wide_deep"),
)
"""Specs that are judged each time."""


@cache
def drawn(file: Path, view: View) -> str:
    """The network at one size, every block open."""
    found = built(file)
    return svg_of_sheet(sheet_of(found.network, view, "ops", found.sizes), "light")


@pytest.mark.parametrize(
    "file", [pytest.param(file, marks=[pytest.mark.slow] * (file.stem not in QUICK), id=file.stem) for file in SPECS]
)
def test_the_numbers_drawn_are_the_built_modules(file: Path) -> None:
    assert in_figure(drawn(file, "figure"), built(file)) == []
    assert in_flow(drawn(file, "flow"), built(file)) == []


def test_most_of_what_is_drawn_is_compared() -> None:
    found = built(UNET)
    assert found.shapes["enc1.conv2d_0"][:2] == (2, 128)
    assert found.concats == ((512, 512), (256, 256), (128, 128), (64, 64))
    assert sum(found.weights) == 31_037_698


DEFECTS: dict[str, tuple[View, str, str, str]] = {
    "a channel more": ("figure", r'(data-cell="enc1.conv2d_0".*?<text[^>]*>)128<', r"\g<1>129<", "129 channels"),
    "a concat of others": ("figure", r">64\+64<", ">64+63<", "no such concat ran"),
    "concats in another order": ("figure", r">256\+256<", ">128+128<", "no such concat ran"),
    "another row": ("figure", r'(text-anchor="end">)(\d+)(²|×)', r"\g<1>9\g<2>\g<3>", "stands in the row of"),
    "other weights": ("figure", r">31\.0M weights", ">31.1M weights", "the heading says 31.1M"),
    "an op less": ("flow", r"(>31\.0M weights), 67 ops", r"\1, 66 ops", "the heading says 66 ops"),
    "another shape": ("flow", r">128×(\d+)×", r">128×9\1×", "is drawn as 128×9"),
    "a shape without an axis": ("flow", r">128×(\d+)×\d+<", r">128×\1<", "is drawn as 128×"),
    "weights a tenth more": ("flow", r">1\.7k<", ">1.8k<", "drawn as 1.8k where there are"),
    "weights left out": ("flow", r"<text[^>]*>1\.7k</text>", "", "weights are drawn as"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_number_is_found(defect: str) -> None:
    view, pattern, by, told = DEFECTS[defect]
    svg = drawn(UNET, view)
    planted, n = re.subn(pattern, by, svg, count=1, flags=re.DOTALL)
    assert n == 1
    judge = in_figure if view == "figure" else in_flow
    assert judge(svg, built(UNET)) == []
    found = judge(planted, built(UNET))
    assert any(told in each for each in found), found
