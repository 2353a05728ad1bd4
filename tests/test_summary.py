"""The summary: shapes, weights, multiply-accumulates, skips."""

from __future__ import annotations

from pathlib import Path

import pytest

import skipgraph
from skipgraph.passes.summary import Carried, leading, summary
from skipgraph.sizes import Size, evaluate

SPECS = Path(__file__).parents[1] / "specs"


def text(*layers: str, inputs: str = "{x: [N, 3, H, W]}", more: str = "") -> str:
    return f"skipgraph: 1\ninputs: {inputs}\n{more}layers:\n" + "".join(f"  - {layer}\n" for layer in layers)


@pytest.mark.parametrize("name", ["unet", "unet_2015", "pix2pix_unet", "time_unet", "siamese"])
def test_the_totals_are_what_the_module_has(name: str) -> None:
    import torch

    network = skipgraph.load(SPECS / f"{name}.yaml")
    with torch.device("meta"):
        model = skipgraph.build(SPECS / f"{name}.yaml")
    found = summary(network).count
    assert found.trained == sum(weight.numel() for weight in model.parameters())
    assert found.buffers == sum(buffer.numel() for buffer in model.buffers())


def test_published_figures_are_met() -> None:
    # torchvision's documentation: resnet18 has 11,689,512 weights and takes 1.81 GMACs at 224
    network = skipgraph.load(SPECS / "resnet.yaml")
    found = summary(network, {"H": 224, "W": 224})
    assert found.count.trained == 11_689_512
    assert isinstance(found.macs, int)
    assert round(found.macs / 1e9, 2) == 1.81


def test_macs_are_of_one_sample_and_open_while_sizes_are() -> None:
    network = skipgraph.load(text("Conv2d: {out_channels: 5, kernel_size: 3, padding: 1}"))
    macs = summary(network).macs
    assert isinstance(macs, Size)
    assert evaluate(macs, {"H": 10, "W": 20}) == 3 * 5 * 9 * 200
    assert summary(network, {"H": 10, "W": 20}).macs == 3 * 5 * 9 * 200
    assert summary(network, {"N": 2, "H": 10, "W": 20}).macs == 2 * 3 * 5 * 9 * 200


def test_a_reused_module_counts_its_weights_once_and_its_work_twice() -> None:
    network = skipgraph.load(
        text("Linear: {name: a, out_features: 3}", "Reuse: {of: a, name: b}", inputs="{x: [N, 3]}")
    )
    found = summary(network)
    assert found.count.trained == 12
    assert found.macs == 18
    assert [row.reuses for row in found.rows] == [None, "a"]


def test_a_weight_in_two_places_counts_once() -> None:
    network = skipgraph.load(text("Linear: {name: a, out_features: 3, key: [a, b]}", inputs="{x: [N, 3]}"))
    assert summary(network).count.trained == 12


def test_a_block_is_the_sum_of_its_steps() -> None:
    found = summary(skipgraph.load(SPECS / "unet.yaml"))
    block, *inner = [row for row in found.rows if row.name == "enc0" or row.name.startswith("enc0.")]
    assert block.is_block
    assert [row.depth for row in inner] == [1] * 6
    assert block.count.trained == sum(row.count.trained for row in inner)
    assert found.count.trained == sum(row.count.trained for row in found.rows if row.depth == 0)


def test_a_merge_says_which_skip_lands_where() -> None:
    found = summary(skipgraph.load(SPECS / "unet.yaml"))
    assert next(row for row in found.rows if row.name == "skip3").skips == (Carried("skip3", "enc3", "dec3"),)


def test_a_skip_comes_from_its_step_whatever_is_on_the_way() -> None:
    spec = text(
        "Conv2d: {name: a, out_channels: 4, kernel_size: 1}",
        "MaxPool2d: 2",
        "Conv2d: {name: b, out_channels: 4, kernel_size: 1}",
        more="skips:\n  s:\n    from: a\n    to: b\n    merge: add\n    align: resize\n"
        "    via: [Conv2d: {out_channels: 4, kernel_size: 1}, ReLU]\n",
    )
    [merge] = [row for row in summary(skipgraph.load(spec)).rows if row.skips]
    assert merge.skips == (Carried("s", "a", "b"),)


@pytest.mark.parametrize(
    ("name", "expected", "is_all"),
    [("unet", [(735040.0, ("H", "W"))], True), ("unet_2015", [(733888.0, ("H", "W"))], False)],
)
def test_the_leading_term_says_how_work_grows(name: str, expected: list[object], is_all: bool) -> None:
    network = skipgraph.load(SPECS / f"{name}.yaml")
    macs = summary(network).macs
    assert isinstance(macs, Size)
    assert leading(macs, network.contract) == (expected, is_all)
