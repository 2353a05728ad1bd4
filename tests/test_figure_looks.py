"""What readers of papers expect of the figures of networks that they know, read off the SVG alone."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from figure_picture import SVG, Picture, Wire, picture

from skipgraph.api import load
from skipgraph.render.axes import channels_first
from skipgraph.render.compose import compose
from skipgraph.render.figure import figure
from skipgraph.render.sheet_svg import svg_of_sheet

SPECS = Path(__file__).parents[1] / "specs"


@lru_cache
def drawn(name: str) -> str:
    return svg_of_sheet(figure(load(SPECS / f"{name}.yaml")), "light")


def seen(name: str) -> Picture:
    return picture(drawn(name))


def rows(svg: str) -> list[str]:
    """The labels of the rows from the top; those of several lines in one."""
    found: list[str] = []
    for text in ElementTree.fromstring(svg).findall(f"{SVG}text[@text-anchor='end']"):
        said = text.text or ""
        if said.startswith("×"):
            found[-1] += said
        else:
            found.append(said)
    return found


def middle(drawing: Picture, cell: str) -> float:
    return (drawing.cells[cell].top + drawing.cells[cell].bottom) / 2


def is_level(wire: Wire) -> bool:
    return len({round(y) for piece in wire.pieces for _, y in piece}) == 1


ONE_PAGE = (
    "unet",
    "pix2pix_unet",
    "unet_padded",
    "nnunet_plain",
    "time_unet",
    "fpn",
    "swin",
    "vit",
    "yolov8n",
    "deeplabv3plus",
)


@pytest.mark.parametrize("name", ONE_PAGE)
def test_these_fit_a_page_in_one_piece(name: str) -> None:
    assert not figure(load(SPECS / f"{name}.yaml")).wrapped


@pytest.mark.parametrize(("name", "levels"), [("unet", 4), ("pix2pix_unet", 7), ("nnunet_plain", 5), ("time_unet", 3)])
def test_an_encoder_decoder_is_a_valley_with_level_skips(name: str, levels: int) -> None:
    drawing = seen(name)
    skips = [wire for wire in drawing.wires if wire.skip]
    assert len(skips) == levels
    assert all(map(is_level, skips))
    heights = sorted(wire.pieces[0][0][1] for wire in skips)
    assert len(set(map(round, heights))) == levels
    # the higher, the longer
    lengths = [
        wire.pieces[-1][-1][0] - wire.pieces[0][0][0] for wire in sorted(skips, key=lambda wire: wire.pieces[0][0][1])
    ]
    assert lengths == sorted(lengths, reverse=True)


def test_nodes_of_unetpp_stand_in_the_row_of_their_depth() -> None:
    drawing = seen("unetpp")
    depth: dict[str, set[int]] = {}
    for name in drawing.cells:
        found = re.fullmatch(r"x(\d)_\d", name)
        if found:
            depth.setdefault(found[1], set()).add(round(middle(drawing, name)))
    # one height a depth in each of the two strips
    assert sorted(depth) == ["0", "1", "2", "3", "4"]
    assert all(len(heights) <= 2 for heights in depth.values())
    assert len(drawing.names) == 20


def test_hrnet_keeps_its_branches_and_exchanges_between_all_of_them() -> None:
    drawing = seen("hrnet")
    into = Counter(wire.target for wire in drawing.wires)
    last = [name for name in drawing.round if name.startswith("stage4")]
    assert len(last) == 4
    assert len({round(middle(drawing, name)) for name in last}) == 4
    assert [into[name] for name in last] == [4, 4, 4, 4]


def test_a_stacked_hourglass_is_opened_and_goes_down_and_up_twice() -> None:
    drawing = seen("hourglass")
    assert Counter(name.partition(".")[0] for name in drawing.names) == {"hourglass_0": 4, "hourglass_1": 4}


@pytest.mark.parametrize("name", ["resnet18", "sknet"])
def test_a_residual_network_shows_its_eight_arcs(name: str) -> None:
    drawing = seen(name)
    assert len(drawing.names) == 8
    assert sum(1 for cell in drawing.round if "basic_block" in cell) == 8


def test_a_pyramid_adds_on_the_way_up() -> None:
    drawing = seen("fpn")
    sums = sorted(drawing.round, key=lambda name: (-middle(drawing, name), drawing.cells[name].left))
    lefts = [drawing.cells[name].left for name in sums]
    assert len(sums) == 4
    assert lefts == sorted(lefts)


def test_twins_stand_beside_each_other() -> None:
    drawing = seen("siamese")
    pairs = [(name, name.replace("first", "second")) for name in drawing.cells if name.startswith("first.")]
    assert len(pairs) > 3
    for one, other in pairs:
        assert drawing.cells[one].left == drawing.cells[other].left


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("swin", ["224²", "56²", "28²", "14²", "7²"]),
        ("convnext", ["H×W", "H/4×W/4", "H/8×W/8", "H/16×W/16", "H/32×W/32"]),
        ("levit", ["224²", "112²", "56²", "28²", "14²", "49", "16"]),
        ("mixer", ["224²", "14²"]),
    ],
)
def test_channels_that_come_last_are_no_side_of_a_map(name: str, due: list[str]) -> None:
    assert [label for label in rows(drawn(name)) if label] == due


def test_the_axis_of_channels_is_followed_through_steps_that_move_it() -> None:
    spec = {
        "skipgraph": 1,
        "inputs": {"x": ["N", 3, "H", "W"]},
        "layers": [
            {"Conv2d": {"name": "conv", "out_channels": 8, "kernel_size": 1}},
            {"Permute": {"name": "last", "dims": [0, 2, 3, 1]}},
            {"Linear": {"name": "linear", "out_features": 16}},
            {"Transpose": {"name": "moved", "dim0": 1, "dim1": -1}},
            {"Permute": {"name": "first", "dims": [0, 1, 3, 2]}},
            {"Flatten": {"name": "flat", "start_dim": 2}},
            {"Transpose": {"name": "tokens", "dim0": 1, "dim1": 2}},
            {"ReduceMean": {"name": "mean", "dim": 1}},
        ],
    }
    boxes = compose(load(spec), "ops").box
    assert {
        name: boxes[name].axis for name in ("conv", "last", "linear", "moved", "first", "flat", "tokens", "mean")
    } == {
        "conv": 1,
        "last": 3,
        "linear": 3,
        "moved": 1,
        "first": 1,
        "flat": 1,
        "tokens": 2,
        "mean": 1,
    }
    linear = boxes["linear"].map
    assert linear == channels_first(boxes["linear"].types[0], 3)
    assert [str(size) for size in linear.shape] == ["N", "16", "H", "W"]


def test_a_skips_own_steps_are_beads_on_its_wire() -> None:
    svg = drawn("unet3plus")
    names = [group for group in ElementTree.fromstring(svg).iter(f"{SVG}g") if group.get("data-name") is not None]
    beads = {group.get("data-name"): len(group.findall(f"{SVG}rect")) for group in names}
    assert beads["down0_3"] == 2
    assert beads["same0"] == 1
    # and they are no boxes besides
    assert not any("via" in cell or "down0_3" in cell for cell in seen("unet3plus").cells)


def brackets(svg: str) -> list[tuple[str, float, float, float]]:
    """Each block, from where to where, and at which height its bracket is."""
    found = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if group.get("data-block") is not None:
            [path], [text] = group.findall(f"{SVG}path"), group.findall(f"{SVG}text")
            points = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", ""))]
            assert points[0][0] < float(text.get("x", "0")) < points[-1][0]
            found.append((group.get("data-block", ""), points[0][0], points[-1][0], points[0][1]))
    return found


@pytest.mark.parametrize(("name", "due"), [("resnet18", 4), ("hourglass", 4), ("densenet", 1), ("nafnet", 0)])
def test_a_bracket_names_a_block_over_all_of_it_and_nothing_else(name: str, due: int) -> None:
    drawing, found = seen(name), brackets(drawn(name))
    assert len(found) == due
    for block, left, right, top in found:
        # of a wrapped figure only the strip that begins under the bracket
        end = min((lower for *_, lower in found if lower > top + 20), default=drawing.height)
        below = {cell: at for cell, at in drawing.cells.items() if top < at.top < end}
        within = {cell for cell, at in below.items() if left <= (at.left + at.right) / 2 <= right}
        assert len(within) > 1
        assert all(cell.startswith(f"{block}.") for cell in within)
