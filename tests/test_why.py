"""Where a shape comes from, edge by edge."""

from __future__ import annotations

from pathlib import Path

import pytest

import skipgraph
from skipgraph.passes.why import Stop, nearest, why

SPECS = Path(__file__).parents[1] / "specs"
UNET = skipgraph.load(SPECS / "unet.yaml")


def stops(name: str, network: skipgraph.Network = UNET) -> dict[str, Stop]:
    found = why(network, name)
    assert found is not None
    return {stop.name: stop for stop in found}


def said(stop: Stop) -> list[str]:
    return [reason.text for reason in stop.reasons]


def test_a_merge_adds_up_its_channels_and_names_the_skip() -> None:
    assert said(stops("dec0")["skip0"]) == [
        "128 = 64 from `up0` + 64 from `enc0` by `skip0`",
        "2*(H/2) = H, 2*(W/2) = W by the size contract",
    ]


def test_a_size_is_told_by_the_step_that_made_it() -> None:
    up = stops("dec0")["up0"]
    assert up.shape == "[N, 64, H, W]"
    assert said(up) == [
        "64 is its `out_channels`",
        "H, W = 2*(H/2), 2*(W/2) = ConvTranspose2d(kernel_size 2, stride 2) of H/2, W/2 from `dec1`",
    ]
    assert said(stops("dec0")["maxpool2d_0"])[0] == "H/2, W/2 = MaxPool2d(kernel_size 2) of H, W from `enc0`"


def test_a_block_is_told_by_the_step_inside_that_decides() -> None:
    block = stops("enc1")["enc1"]
    assert said(block) == ["128 is the `out_channels` of `enc1.conv2d_1`", "N, H/2, W/2 as in `maxpool2d_0`"]
    assert block.reasons[0].span is not None
    assert block.reasons[0].span.line == 16


def test_the_way_ends_at_the_inputs_and_goes_backwards() -> None:
    names = list(stops("dec3"))
    assert names[:4] == ["dec3", "skip3", "up3", "bottleneck"]
    assert names[-2:] == ["enc0", "image"]
    assert "dec2" not in names


def test_a_step_inside_a_block_is_followed_out_of_it() -> None:
    found = stops("enc1.conv2d_1")
    assert list(found) == ["enc1.conv2d_1", "enc1.conv2d_0", "enc1", "maxpool2d_0", "enc0", "image"]
    assert said(found["enc1.conv2d_1"])[-1] == "N, H/2, W/2 as in `enc1.conv2d_0` (through 2 steps to `relu_0`)"
    assert said(found["enc1"]) == ["takes [N, 64, H/2, W/2] from `maxpool2d_0`"]


def test_steps_that_only_pass_a_shape_on_are_named_where_they_are_read() -> None:
    assert "enc1.relu_0" not in stops("enc1.conv2d_1")
    assert "enc1.relu_0" in stops("enc1.relu_0")


def test_an_input_is_where_it_is_written() -> None:
    assert list(stops("image")) == ["image"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("dec9", "dec3"), ("enc1.conv2d_9", "enc1.conv2d_0"), ("conv2d_1", "bottleneck.conv2d_1"), ("imge", "image")],
)
def test_an_unknown_name_is_told_the_nearest(name: str, meant: str) -> None:
    assert why(UNET, name) is None
    assert nearest(UNET, name) == meant


@pytest.mark.parametrize("file", sorted(SPECS.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_step_of_the_zoo_has_a_story(file: Path) -> None:
    network = skipgraph.load(file)
    for node in network.graph.nodes:
        found = why(network, node.name)
        assert found
        assert found[0].name == node.name
        assert found[0].reasons
