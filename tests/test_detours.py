"""What the language says in a roundabout way, and what that costs: docs/design/further.md tells of both."""

from __future__ import annotations

import pytest
import torch
from reference.packages import module

import skipgraph

NEAREST = """
skipgraph: 1
name: nearest
params: {count: 32, dim: 8}
inputs: {x: [N, $dim, H, W]}
layers:
  - Permute: [0, 2, 3, 1]
  - Reshape: {name: flat, shape: [-1, $dim]}
  - Buffer: {name: book, key: embedding.weight, shape: [$count, $dim], init: normal}
  - Pow: {from: flat, exponent: 2}
  - ReduceSum: {name: own, dim: 1, keepdim: true}
  - Transpose: {name: turned, from: book, dim0: 0, dim1: 1}
  - Pow: 2
  - ReduceSum: {name: theirs, dim: 0, keepdim: true}
  - MatMul: {from: [flat, turned]}
  - Rescale: {name: twice, scale: 2}
  - Add: {from: [own, theirs]}
  - Sub: {name: distance, from: [prev, twice]}
  - ReduceMin: {name: least, dim: 1, keepdim: true}
  - Sub: {from: [distance, least]}
  - Cast: {name: farther, dtype: bool}
  - Constant: {name: no, value: 0.0, shape: [1, 1]}
  - Constant: {name: yes, value: 1.0, shape: [1, 1]}
  - Where: {from: [farther, no, yes]}
  - MatMul: {from: [prev, book]}
  - Reshape: [-1, "$(size('x', 2))", "$(size('x', 3))", $dim]
  - Permute: {name: code, dims: [0, 3, 1, 2]}
  - Sub: {from: [code, x]}
  - Add: {from: [x, prev]}
"""
"""The nearest code of a book in place of each vector, as a VQ-VAE has it."""

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
def test_the_nearest_code_is_found_to_the_bit_but_nothing_is_learned_through_it() -> None:
    theirs = module("monai.networks.layers.vector_quantizer").EMAQuantizer(2, 32, 8).eval()
    ours = skipgraph.build(NEAREST).eval()
    ours.load_state_dict({"embedding.weight": theirs.embedding.weight})
    x, y = (torch.randn(2, 8, 5, 6, generator=torch.Generator().manual_seed(1)).requires_grad_() for _ in range(2))
    found, wanted = ours(x), theirs(y)[0]
    assert torch.equal(found, wanted)
    found.sum().backward()
    wanted.sum().backward()
    # the reference ends the gradient of `code - x`, for which there is no op
    assert x.grad is not None and not x.grad.any()
    assert y.grad is not None and y.grad.eq(1).all()


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
