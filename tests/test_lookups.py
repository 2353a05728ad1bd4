"""Networks that look up, against packages: torchvision's RAFT, and the nearest code of a VQ-VAE."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from reference.comparing import copy_weights, differences, perturb
from reference.packages import module
from torch import nn

import skipgraph

RAFT = Path(__file__).parent / "reference" / "raft.yaml"
UPDATES = 2


def test_raft_says_that_it_needs_sizes_in_eighths() -> None:
    """Torchvision guards against them by hand. Below 128 its lookup divides by 0, which is no error of any op."""
    network = skipgraph.load(RAFT, strict=True, updates=UPDATES)
    assert str(network.contract) == "H, W = 0 mod 8, at least 64"


@pytest.mark.slow
@pytest.mark.reference
def test_raft_gives_and_learns_what_torchvisions_does_to_the_bit() -> None:
    ours = skipgraph.build(RAFT, updates=UPDATES)
    theirs: nn.Module = module("torchvision.models.optical_flow").raft_large()
    forward: Callable[..., Any] = theirs.forward
    theirs.forward = lambda one, other: forward(one, other, num_flow_updates=UPDATES)
    numbers = torch.Generator().manual_seed(0)
    inputs = [torch.randn(2, 3, 128, 136, generator=numbers) for _ in range(2)]
    perturb(ours, inputs)
    copy_weights(ours, theirs)
    assert differences(ours, theirs, inputs) == []
    assert differences(ours, theirs, inputs, train=True) == []
    with torch.no_grad():
        theirs.get_parameter("update_block.flow_head.conv2.weight").mul_(1.01)
    assert any(found.startswith("output") for found in differences(ours, theirs, inputs))


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
  - Sub: {from: [prev, twice]}
  - ArgMin: {dim: 1, keepdim: true}
  - Expand: {name: index, sizes: [-1, $dim]}
  - Gather: {dim: 0, from: [book, index]}
  - Reshape: [-1, "$(size('x', 2))", "$(size('x', 3))", $dim]
  - Permute: {name: code, dims: [0, 3, 1, 2]}
  - Sub: {from: [code, x]}
  - Detach
  - Add: {from: [x, prev]}
"""
"""The nearest code of a book in place of each vector, as a VQ-VAE has it, with the gradient of the vector."""


@pytest.mark.reference
def test_the_nearest_code_is_found_to_the_bit_and_hands_the_gradient_on() -> None:
    theirs = module("monai.networks.layers.vector_quantizer").EMAQuantizer(2, 32, 8).eval()
    ours = skipgraph.build(NEAREST).eval()
    ours.load_state_dict({"embedding.weight": theirs.embedding.weight})
    x, y = (torch.randn(2, 8, 5, 6, generator=torch.Generator().manual_seed(1)).requires_grad_() for _ in range(2))
    found, wanted = ours(x), theirs(y)[0]
    assert torch.equal(found, wanted)
    found.square().sum().backward()
    wanted.square().sum().backward()
    assert x.grad is not None and y.grad is not None and y.grad.any()
    assert torch.equal(x.grad, y.grad)
