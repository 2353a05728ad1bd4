"""What the language says in a roundabout way, and what that costs: docs/design/further.md tells of both."""

from __future__ import annotations

import pytest
import torch
from reference.packages import module

import skipgraph

STANDARDIZED = """
skipgraph: 1
name: standardized
params: {out: 16, kernel: 3, stride: 1}
inputs: {x: [N, 8, H, W]}
layers:
  - Parameter: {name: weight, shape: [$out, 8, $kernel, $kernel]}
  - Parameter: {name: gain, shape: [$out, 1, 1, 1], init: ones}
  - Parameter: {name: bias, shape: [$out]}
  - Reshape: {from: weight, shape: [1, $out, -1]}
  - InstanceNorm1d: {name: normed, eps: 1e-6}
  - Rescale: {from: gain, scale: $((8 * kernel**2)**-0.5)}
  - Reshape: {name: scale, shape: [1, $out, 1]}
  - Mul: {name: made, from: [normed, scale]}
  - Unfold: {name: columns, from: x, kernel_size: $kernel, stride: $stride, padding: $(kernel // 2)}
  - MatMul: {from: [made, columns]}
  - Reshape:
      name: map
      shape: [-1, $out, "$((size('x', 2) - 1) // stride + 1)", "$((size('x', 3) - 1) // stride + 1)"]
  - Reshape: {name: offset, from: bias, shape: [1, $out, 1, 1]}
  - Add: {from: [map, offset]}
"""
"""A convolution whose weight is computed, as in NFNet: each of its filters has mean 0 and one length."""


@pytest.mark.reference
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (1, 1), (3, 2)])
def test_a_computed_weight_convolves_but_for_the_last_bits(kernel: int, stride: int) -> None:
    theirs = module("timm.layers").ScaledStdConv2d(8, 16, kernel, stride=stride)
    ours = skipgraph.build(STANDARDIZED, kernel=kernel, stride=stride)
    numbers = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.copy_(torch.randn(weight.shape, generator=numbers))
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 8, 13, 14, generator=numbers)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-5)
