"""A module of a network, and inputs on which it can be run: random numbers, the same each time."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from skipgraph.emit import to_module
from skipgraph.emit.verify import fitting
from skipgraph.graph import Network
from skipgraph.sizes import evaluate

_LEAST = 32
"""Where sizes are free: large enough that layers differ in what they give, small enough to run at once."""


def drawn(network: Network) -> nn.Module:
    """The network as a module, its weights as torch draws them, the same in every run."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return to_module(network)


def example_of(network: Network, sizes: Mapping[str, int]) -> tuple[Tensor, ...] | None:
    """A tensor for each input; None where no sizes are found that fit."""
    env = fitting(network, sizes, least=_LEAST) or fitting(network, sizes)
    if env is None:
        return None
    numbers = torch.Generator().manual_seed(0)
    made = []
    for port in network.graph.inputs:
        shape = [evaluate(size, env) for size in port.type.shape]
        dtype: torch.dtype = getattr(torch, port.type.dtype)
        if dtype.is_floating_point or dtype.is_complex:
            made.append(torch.randn(shape, generator=numbers).to(dtype))
        else:
            # 0 and 1 are an index of anything that has two
            made.append(torch.randint(0, 2, shape, generator=numbers).to(dtype))
    return tuple(made)
