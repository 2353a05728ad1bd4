"""Where torch.nn.utils.parametrizations keep the parts of a weight in the state_dict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from skipgraph.ops import Weight


def parametrized(
    weights: Mapping[str, Weight], how: str, *, transposed: bool
) -> Iterator[tuple[tuple[str, ...], Weight]]:
    """The weights of a module whose `weight` is parametrized, in torch's order.

    `transposed`: of a transposed convolution, whose output channels are its weight's second axis.
    Source: torch.nn.utils.parametrizations.weight_norm, spectral_norm, orthogonal.
    """
    for name, weight in weights.items():
        if name != "weight":
            yield (name,), weight
    shape = weights["weight"].shape
    at = ("parametrizations", "weight")
    if how == "weight_norm":
        yield (*at, "original0"), Weight((shape[0], *(1 for _ in shape[1:])))
        yield (*at, "original1"), Weight(shape)
        return
    yield (*at, "original"), Weight(shape)
    if how == "spectral_norm":
        rows = shape[1] if transposed else shape[0]
        yield (*at, "0", "_u"), Weight((rows,), trained=False)
        yield (*at, "0", "_v"), Weight((prod(shape) // rows,), trained=False)
        return
    side = max(shape[-2:])
    yield (*at, "0", "base"), Weight((*shape[:-2], side, side), trained=False)


def fits(weights: Mapping[str, Weight], how: str) -> bool:
    """Whether a module has a weight that can be parametrized so."""
    least = 1 if how == "weight_norm" else 2
    return "weight" in weights and len(weights["weight"].shape) >= least
