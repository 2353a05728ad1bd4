"""DropPath is the published stochastic depth, the numbers that it draws too."""

from __future__ import annotations

import pytest
import torch
from reference.packages import torchvision_models

from skipgraph import build

SPEC = """\
skipgraph: 1
params: {p: required}
inputs: {x: [N, C, H, W]}
layers:
  - DropPath: $p
"""


def _drawn(module: torch.nn.Module, x: torch.Tensor, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What comes out, the gradient, and the number that is drawn next."""
    torch.manual_seed(seed)
    given = x.clone().requires_grad_()
    out = module(given)
    out.square().sum().backward()
    assert given.grad is not None
    return out, given.grad, torch.rand(())


@pytest.mark.reference
@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 1 / 3, 0.9])
@pytest.mark.parametrize("training", [True, False])
def test_it_is_torchvisions_stochastic_depth_of_rows(p: float, training: bool) -> None:
    torchvision_models()
    from torchvision.ops import StochasticDepth

    ours, theirs = build(SPEC, p=p).train(training), StochasticDepth(p, "row").train(training)
    x = torch.randn(16, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    dropped = 0
    for seed in range(4):
        mine, other = _drawn(ours, x, seed), _drawn(theirs, x, seed)
        assert all(torch.equal(a, b) for a, b in zip(mine, other, strict=True))
        dropped += sum(not bool(row.any()) for row in mine[0])
    assert 0 < dropped < 64 if training and p else dropped == 0
