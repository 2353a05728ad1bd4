"""Whether the module gives the shapes that the compiler says, at the smallest sizes that the contract allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

import torch

from skipgraph.emit.module import to_module
from skipgraph.graph import Network, Outputs, Ref
from skipgraph.passes.fit import open_axes
from skipgraph.sizes import evaluate

_TRIED = 10_000
"""Combinations of sizes that are looked at, where axes are bound to one another."""


def verify(network: Network, sizes: Mapping[str, int] | None = None) -> str:
    """Run the module on the meta device, and say at which sizes; a shape that differs is a fault of ours."""
    env = fitting(network, sizes or {})
    if env is None:
        return "nothing: no small input sizes fit"
    with torch.device("meta"):
        module = to_module(network).eval()
        inputs = [_tensor(port.type, env) for port in network.graph.inputs]
    with torch.no_grad():
        results = list(_flat(network.graph.outputs, module(*inputs)))
    for ref, result in results:
        expected = network.graph.type_of(ref)
        shape = tuple(evaluate(size, env) for size in expected.shape)
        if tuple(result.shape) != shape or result.dtype != getattr(torch, expected.dtype):
            raise AssertionError(f"`{ref.node}` is {tuple(result.shape)} {result.dtype}, not {shape} {expected.dtype}")
    at = ", ".join(f"{name} = {size}" for name, size in env.items())
    return f"the shape of every output{f' at {at}' if at else ''}"


def fitting(network: Network, sizes: Mapping[str, int], least: int = 1) -> dict[str, int] | None:
    """Sizes that fit, as small as they come; but for the first axis, from `least` on where that fits."""
    axes = open_axes(network)
    contract = network.contract
    batch = {str(port.type.shape[0]) for port in network.graph.inputs if port.type.shape}

    def choices(name: str) -> list[int]:
        if name in sizes:
            return [sizes[name]]
        from_least = [least] if least > 1 and name not in batch else []
        if name not in contract.symbols:
            return [*from_least, 2, 1]
        allowed = contract.allowed(name).smallest(64)
        return [size for size in allowed if from_least and size >= least] or allowed

    candidates: Iterator[tuple[int, ...]] = islice(product(*map(choices, axes)), _TRIED)
    return next((env for each in candidates if contract.accepts(env := dict(zip(axes, each, strict=True)))), None)


def _tensor(kind: Any, env: Mapping[str, int]) -> torch.Tensor:
    return torch.empty([evaluate(size, env) for size in kind.shape], dtype=getattr(torch, kind.dtype))


def _flat(outputs: Outputs, result: Any) -> Iterator[tuple[Ref, torch.Tensor]]:
    if isinstance(outputs, Ref):
        yield outputs, result
    elif isinstance(outputs, Mapping):
        for key, inner in outputs.items():
            yield from _flat(inner, result[key])
    else:
        for inner, part in zip(outputs, result, strict=True):
            yield from _flat(inner, part)
