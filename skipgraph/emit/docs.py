"""Docstrings of generated classes: what flows in and out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from skipgraph.emit.arguments import Arguments, Vector
from skipgraph.emit.layout import WIDTH
from skipgraph.graph import Graph, Network, Outputs, Ref
from skipgraph.sizes import Contract, Dim, Size, show
from skipgraph.types import TensorType

_LETTERS = {1: ("N",), 2: ("N", "C"), 3: ("N", "C", "L"), 4: ("N", "C", "H", "W"), 5: ("N", "C", "D", "H", "W")}


def docstring(text: str, indent: int = 4) -> list[str]:
    """A docstring's lines."""
    margin = " " * indent
    safe = text.replace("\\", "\\\\").replace('"""', "'''").strip()
    # the quotes stand before the first
    parts = [part for line in safe.split("\n") for part in _wrapped(line, WIDTH + 10 - indent - 3)]
    if len(parts) == 1 and len(parts[0]) + indent + 6 <= WIDTH + 10:
        return [f'{margin}"""{parts[0]}"""']
    return [f'{margin}"""{parts[0]}', *(f"{margin}{part}".rstrip() for part in parts[1:]), f'{margin}"""']


def _wrapped(line: str, width: int) -> list[str]:
    """A line in pieces of at most that width, no shape cut in two."""
    if len(line) <= width:
        return [line]
    kept = re.sub(r"\[.*?\]", lambda shape: shape[0].replace(" ", "\0"), line)
    pieces = textwrap.wrap(kept, width, break_long_words=False, break_on_hyphens=False)
    return [piece.replace("\0", " ") for piece in pieces]


def network_doc(network: Network, names: Sequence[str]) -> str:
    """Description, shapes and the sizes for which it holds."""
    graph, contract = network.graph, network.contract
    inputs = ", ".join(
        f"`{name}`: {_shown(port.type, contract)}" for name, port in zip(names, graph.inputs, strict=True)
    )
    shapes = f"{inputs} -> {', '.join(_named_outputs(graph, contract))}"
    asked = str(contract) if contract.conditions else ""
    # a contract reads as a sentence's end: `H, W = 0 mod 16`
    size = f"\n{asked}." if asked else ""
    title = graph.description.strip() or f"The network `{graph.name}`."
    return f"{title}\n\n{shapes}{size}"


def block_doc(graphs: Sequence[Graph], names: Sequence[str], arguments: Arguments, contract: Contract) -> str:
    """Description and shapes, as far as one text fits all instances."""
    shapes = _shapes(graphs, names, arguments, contract)
    title = graphs[0].description.strip()
    if title and shapes:
        return f"{title}\n\n{shapes}"
    return title or shapes or f"The block `{graphs[0].name}`."


def _shapes(graphs: Sequence[Graph], names: Sequence[str], arguments: Arguments, contract: Contract) -> str:
    axes = _Axes(graphs, arguments, contract)
    first = graphs[0]
    inputs = [axes.shape([graph.inputs[at].type for graph in graphs]) for at in range(len(first.inputs))]
    outputs = [axes.shape([graph.result_types[at] for graph in graphs]) for at in range(len(first.returned))]
    if None in inputs or None in outputs:
        return ""
    given = ", ".join(f"`{name}`: {shape}" for name, shape in zip(names, inputs, strict=True))
    labels = list(_labels(first.outputs))
    return f"{given} -> {', '.join(f'{a}{b}' for a, b in zip(labels, outputs, strict=True))}" if given else ""


class _Axes:
    """Sizes over several instances: a letter for what differs at the inputs, the rest in terms of it."""

    def __init__(self, graphs: Sequence[Graph], arguments: Arguments, contract: Contract) -> None:
        self.arguments = arguments
        self.contract = contract
        self.letters: dict[str, Vector] = {}
        for at, port in enumerate(graphs[0].inputs):
            letters = _LETTERS.get(port.type.rank, tuple(f"D{axis}" for axis in range(port.type.rank)))
            for axis, letter in enumerate(letters):
                vector = tuple(graph.inputs[at].type.shape[axis] for graph in graphs)
                if not _constant(vector) and vector not in self.letters.values():
                    name = letter if letter not in self.letters else f"{letter}{at + 1}"
                    if self.arguments_for(vector) is None:
                        self.letters[name] = vector

    def arguments_for(self, vector: Vector) -> str | None:
        return self.arguments.of(vector) if all(isinstance(size, int) for size in vector) else None

    def shape(self, types: Sequence[TensorType]) -> str | None:
        sizes = [self._size(tuple(kind.shape[axis] for kind in types)) for axis in range(types[0].rank)]
        if None in sizes:
            return None
        text = f"[{', '.join(size for size in sizes if size)}]"
        return text if types[0].dtype == "float32" else f"{text} {types[0].dtype}"

    def _size(self, vector: Vector) -> str | None:
        if _constant(vector):
            return show(vector[0], self.contract)
        written = self.arguments_for(vector)
        if written is not None:
            return written
        for name, values in self.letters.items():
            if values == vector:
                return name
            for factor in (2, 4, 8):
                if _equal(vector, [value // factor for value in values]):
                    return f"{name}/{factor}"
                if _equal(vector, [value * factor for value in values]):
                    return f"{factor}*{name}"
        return None


def _constant(vector: Vector) -> bool:
    return all(_same(size, vector[0]) for size in vector)


def _equal(some: Sequence[Dim], others: Sequence[Dim]) -> bool:
    return all(map(_same, some, others))


def _same(a: Dim, b: Dim) -> bool:
    return isinstance(a, Size) == isinstance(b, Size) and a == b


def _shown(kind: TensorType, contract: Contract) -> str:
    shape = f"[{', '.join(show(size, contract) for size in kind.shape)}]"
    return shape if kind.dtype == "float32" else f"{shape} {kind.dtype}"


def _named_outputs(graph: Graph, contract: Contract) -> Iterator[str]:
    for label, kind in zip(_labels(graph.outputs), graph.result_types, strict=True):
        yield f"{label}{_shown(kind, contract)}"


def _labels(outputs: Outputs, name: str = "") -> Iterator[str]:
    if isinstance(outputs, Ref):
        yield f"`{name}`: " if name else ""
    elif isinstance(outputs, Mapping):
        for key, output in outputs.items():
            yield from _labels(output, f"{name}.{key}" if name else key)
    else:
        for output in outputs:
            yield from _labels(output, name)
