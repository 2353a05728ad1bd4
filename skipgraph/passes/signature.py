"""A network in one line: what flows in and out, and for which input sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skipgraph.graph import Network, Outputs, Ref
from skipgraph.passes.fit import open_axes
from skipgraph.sizes import Contract, Dim, show, substitute
from skipgraph.types import TensorType


def signature(network: Network, sizes: Mapping[str, int] | None = None) -> str:
    """`logits: [N, 2, H, W]; H, W = 0 mod 16`. Axes that `sizes` knows are numbers."""
    graph, sizes = network.graph, sizes or {}
    shapes = []
    for name, ref in _named(graph.outputs):
        kind = shape(graph.type_of(ref), network.contract, sizes)
        shapes.append(f"{name}: {kind}" if name else kind)
    return f"{', '.join(shapes)}; {asked(network, sizes)}" if open_axes(network) else ", ".join(shapes)


def shape(kind: TensorType, contract: Contract, sizes: Mapping[str, int]) -> str:
    """A type as short as the contract allows: `[N, 64, H/2, W/2]`."""
    text = ", ".join(size(each, contract, sizes) for each in kind.shape)
    return f"[{text}]" if kind.dtype == "float32" else f"[{text}] {kind.dtype}"


def size(dim: Dim, contract: Contract, sizes: Mapping[str, int]) -> str:
    """A size as short as the contract allows, the axes that are known put in."""
    return show(substitute(dim, sizes) if sizes else dim, contract)


def asked(network: Network, sizes: Mapping[str, int]) -> str:
    """The sizes for which a signature holds: `H, W = 0 mod 16`, or those that are given."""
    return ", ".join(f"{name} = {value}" for name, value in sizes.items()) or str(network.contract)


def _named(outputs: Outputs, name: str = "") -> Iterator[tuple[str, Ref]]:
    if isinstance(outputs, Ref):
        yield name, outputs
    elif isinstance(outputs, Mapping):
        for key, inner in outputs.items():
            yield from _named(inner, f"{name}.{key}" if name else key)
    else:
        for inner in outputs:
            yield from _named(inner, name)
