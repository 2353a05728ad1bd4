"""What a class of the caller opens: convolutions whose weight is computed, which no op has."""

from __future__ import annotations

import pytest
import torch
from reference.packages import module
from torch import nn

import skipgraph

SPEC = """
skipgraph: 1
name: norm_free
params: {count: 2, width: 8}
use: {ScaledStdConv2d: extern}
inputs: {image: [N, 3, H, W]}
blocks:
  block:
    layers:
      - SiLU
      - ScaledStdConv2d: {name: conv1, in_channels: $width, out_channels: $width, kernel_size: 3, padding: 1}
      - SiLU
      - ScaledStdConv2d: {name: conv2, in_channels: $width, out_channels: $width, kernel_size: 1}
      - Rescale: 0.2
    skips:
      residual: {from: input, to: output, merge: add}
layers:
  - ScaledStdConv2d: {name: stem, in_channels: 3, out_channels: $width, kernel_size: 3, stride: 2, padding: 1}
  - block: {key: blocks, repeat: $count}
"""
"""Residual blocks without a norm, as NFNet has them. Brock et al., 2021."""


@pytest.mark.reference
def test_a_class_of_a_package_works_within_a_spec_to_the_bit() -> None:
    conv: type[nn.Module] = module("timm.layers").ScaledStdConv2d
    ours = skipgraph.build(SPEC, extern={"ScaledStdConv2d": conv})
    numbers = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in ours.parameters():
            weight.copy_(torch.randn(weight.shape, generator=numbers))
    made = {"stem": conv(3, 8, kernel_size=3, stride=2, padding=1)}
    for at in range(2):
        made[f"blocks.{at}.conv1"] = conv(8, 8, kernel_size=3, padding=1)
        made[f"blocks.{at}.conv2"] = conv(8, 8, kernel_size=1)
    state = ours.state_dict()
    assert list(state) == [f"{place}.{key}" for place, each in made.items() for key in each.state_dict()]
    for place, each in made.items():
        each.load_state_dict({key: state[f"{place}.{key}"] for key in each.state_dict()})
    x = torch.randn(2, 3, 13, 14, generator=numbers)
    y = made["stem"](x)
    for at in range(2):
        inner = made[f"blocks.{at}.conv1"](nn.functional.silu(y))
        y = y + made[f"blocks.{at}.conv2"](nn.functional.silu(inner)) * 0.2
    assert torch.equal(ours(x), y)
