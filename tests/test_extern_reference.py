"""What two classes of the caller open: torchvision's RAFT, for which the language lacks two ops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from reference.comparing import copy_weights, differences, perturb
from reference.packages import module
from torch import Tensor, nn

import skipgraph

SPEC = Path(__file__).parent / "reference" / "raft.yaml"
UPDATES = 2


class GridSample(nn.Module):
    """What an image has between its places, given by column and row."""

    def forward(self, image: Tensor, at: Tensor) -> Tensor:
        spans = torch.tensor(image.shape[:1:-1], device=image.device) - 1
        return nn.functional.grid_sample(image, 2 * at / spans - 1, align_corners=True)


class Detach(nn.Module):
    """The input, through which no gradient goes."""

    def forward(self, x: Tensor) -> Tensor:
        return x.detach()


EXTERN: dict[str, Any] = {"GridSample": GridSample, "Detach": Detach}


def test_raft_says_that_it_needs_sizes_in_eighths() -> None:
    """Torchvision guards against them by hand. Below 128 its lookup divides by 0, which only its class knows."""
    network = skipgraph.load(SPEC, strict=True, extern=EXTERN, updates=UPDATES)
    assert str(network.contract) == "H, W = 0 mod 8, at least 64"


@pytest.mark.slow
@pytest.mark.reference
def test_raft_gives_and_learns_what_torchvisions_does_to_the_bit() -> None:
    ours = skipgraph.build(SPEC, extern=EXTERN, updates=UPDATES)
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
