"""Small specs for the tests of the language: a body, its header added, and what comes of it."""

from __future__ import annotations

from typing import Any

import torch

from skipgraph.api import Settings, build, examine, load

HEAD = "inputs: {x: [N, 4, H, W]}\n"


def spec(body: str) -> str:
    """A spec of one input, [N, 4, H, W], where the body has no inputs of its own."""
    own = body.startswith("inputs:") or "\ninputs:" in body
    return f"skipgraph: 1\n{'' if own else HEAD}{body}"


def steps(*written: str) -> str:
    """The `layers` of these steps, each as it stands behind its dash."""
    return "layers:\n" + "".join(f"  - {step}\n" for step in written)


def shapes(body: str, **options: Any) -> list[str]:
    """The shapes of the results, as short as the contract allows."""
    network = load(spec(body), **options)
    shown = network.contract.simplified
    return [f"[{', '.join(shown(size) for size in kind.shape)}]" for kind in network.graph.result_types]


def contract(body: str, **options: Any) -> str:
    """The sizes for which it runs."""
    return str(load(spec(body), **options).contract)


def codes(body: str, **params: Any) -> list[str]:
    """The codes of what is found."""
    return [found.code for found in examine(spec(body), Settings(parameters=params))[1]]


def message(body: str, **params: Any) -> str:
    """What the first finding says."""
    return next(iter(examine(spec(body), Settings(parameters=params))[1])).message


def keys(body: str, **options: Any) -> list[str]:
    """The places of the weights in the state_dict, those of biases left out."""
    return [key for key in build(spec(body), **options).state_dict() if not key.endswith("bias")]


def names(body: str, **options: Any) -> list[str]:
    """The nodes, in the order they run."""
    return [node.name for node in load(spec(body), **options).graph.nodes]


def ran(body: str, *inputs: torch.Tensor, **options: Any) -> Any:
    """What the module gives for these inputs, in eval mode, without weights or with those of one seed."""
    torch.manual_seed(0)
    module = build(spec(body), **options).eval()
    with torch.no_grad():
        return module(*inputs)
