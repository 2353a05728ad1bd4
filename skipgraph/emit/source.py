"""The network as Python that a person might have written: one class a block, no import but torch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skipgraph.diagnostics import Source, Span
from skipgraph.emit.arguments import Arguments, Vector
from skipgraph.emit.chains import alive, mark_chains
from skipgraph.emit.children import Children
from skipgraph.emit.classes import Families, Family
from skipgraph.emit.docs import block_doc, docstring, network_doc
from skipgraph.emit.forward import Forward, Statement
from skipgraph.emit.layout import Group, lines, repeated
from skipgraph.emit.names import Names
from skipgraph.emit.places import Places
from skipgraph.emit.program import CHAINED, ClassMarks, Mark, Program, Stretch, stretch
from skipgraph.emit.variables import units_of
from skipgraph.graph import Graph, Network, Outputs, Ref
from skipgraph.ops import Op


def to_source(network: Network) -> str:
    """The network as a Python module that needs nothing but torch."""
    return written(network).text


def written(network: Network) -> Program:
    """The printed module, with the place in the spec of every statement."""
    families = Families(network.graph)
    signatures: dict[int, Mapping[str, Any]] = {}
    sources: dict[tuple[str, str], int] = {}
    printed: list[list[str]] = []
    marks: list[ClassMarks] = []
    for family in families.families:
        writer = _ClassWriter(network, family, families, signatures)
        printed.append(writer.text())
        marks.append(writer.marks(sources))
    externs = dict(_externs(network.graph))
    body = "\n\n\n".join("\n".join(part) for part in printed)
    text = f"{_imports(body, externs)}\n\n\n{body}\n"
    return Program(text, families.of(network.graph).name, tuple(marks), tuple(sources), externs)


def _imports(body: str, externs: Mapping[str, Any]) -> str:
    wanted = ["import torch"] if re.search(r"\btorch\.", body) else []
    wanted += ["import torch.nn.functional as F"] if re.search(r"\bF\.", body) else []
    wanted += ["from torch import nn"]
    outside = sorted(
        f"from {cls.__module__} import {cls.__name__}" + ("" if cls.__name__ == name else f" as {name}")
        for name, cls in externs.items()
        if cls is not None
    )
    return "\n".join(wanted) + ("\n\n" + "\n".join(outside) if outside else "")


def _externs(graph: Graph) -> Iterator[tuple[str, Any]]:
    """The classes from outside: the name that the text calls each, and the class where it is known."""
    for node in graph.nodes:
        if isinstance(node.work, Graph):
            yield from _externs(node.work)
        elif not isinstance(node.work, Op):
            yield node.work.name.rpartition(".")[2], getattr(node.work, "cls", None)


class _ClassWriter:
    """Writes the class of one family."""

    def __init__(
        self, network: Network, family: Family, families: Families, signatures: dict[int, Mapping[str, Any]]
    ) -> None:
        self.network = network
        self.family = family
        self.graph = family.graphs[0]
        self.arguments = Arguments(family.graphs)
        self.places = places = Places(self.graph)
        running = alive(self.graph)
        mark_chains(places, running)
        self.is_chain = places.root.is_chain
        children = Children(family.graphs, places, self.arguments, families, signatures)
        self.chain = children.chain() if self.is_chain else []
        self.init = [] if self.is_chain else children.statements()
        # of chains in one another the outermost runs
        chains = [list(p.leaves) for p in places.containers() if p.is_chain and not places.at(p.path[:-1]).is_chain]
        self.stored: dict[str, str] = {}
        """Arguments that forward reads, and the attributes that keep them."""
        self._attributes = Names()
        for name in places.root.children:
            self._attributes.take(name)
        self.forward = Forward(family.graphs, places, units_of(self.graph, running, chains), self._hole)
        self.body = [] if self.is_chain else self.forward.statements()
        self.signature = self.arguments.signature
        for at, graph in enumerate(family.graphs):
            signatures[id(graph)] = {name: values[at] for name, values in self.signature.items()}

    def _hole(self, values: Sequence[Any], suggestion: str) -> str:
        return self.arguments.written(values, suggestion, self._stored)

    def _stored(self, name: str) -> str:
        if name not in self.stored:
            self.stored[name] = self._attributes.take(name)
        return f"self.{self.stored[name]}"

    def text(self) -> list[str]:
        base = "nn.Sequential" if self.is_chain else "nn.Module"
        return [f"class {self.family.name}({base}):", *docstring(self._doc()), *self._init(), *self._forward()]

    def _doc(self) -> str:
        names = ["input"] if self.is_chain else self.forward.arguments
        if self.graph is self.network.graph:
            return network_doc(self.network, names)
        return block_doc(self.family.graphs, names, self.arguments, self.network.contract)

    def _init(self) -> list[str]:
        arguments = ["self", *(f"{name}: {_kind(vector)}" for name, vector in self.signature.items())]
        head = lines(Group("(", tuple(arguments), ")"), 4, "def __init__", " -> None:")
        head = [head[0].replace("(self,)", "(self)"), *head[1:]]
        if self.is_chain:
            items = repeated(tuple(item for item, _ in self.chain))
            return ["", *head, *lines(Group("super().__init__(", items, ")"), 8)]
        if not self.init and not self.stored:
            return []
        stored = [f"        self.{attribute} = {name}" for name, attribute in self.stored.items()]
        return [
            "",
            *head,
            "        super().__init__()",
            *stored,
            *(line for statement in self.init for line in statement.lines),
        ]

    def _forward(self) -> list[str]:
        if self.is_chain:
            return []
        arguments = ["self", *(f"{name}: torch.Tensor" for name in self.forward.arguments)]
        head = lines(Group("(", tuple(arguments), ")"), 4, "def forward", f" -> {_returns(self.graph.outputs)}:")
        head = [head[0].replace("(self,)", "(self)"), *head[1:]]
        return ["", *head, *(line for statement in self.body for line in statement.lines)]

    def marks(self, sources: dict[tuple[str, str], int]) -> ClassMarks:
        """The places of the statements, as `text` prints them."""
        spans = [node.span for node in self.graph.nodes]
        span = self.graph.span or (spans[0] if spans else None) or Span(Source(self.graph.name, ""), 1, 1, 1, 1)
        source = (span.source.path or span.source.name, span.source.text)
        at = sources.setdefault(source, len(sources))
        made: list[Stretch | None] = [None] * len(self.stored)
        made += [stretch(line.node.span) if line.node else None for line in self.init]
        chains = [tuple(stretch(node.span) for node in chain) for line in self.init for chain in line.chains]
        if self.is_chain:
            chains = [tuple(stretch(node.span) for _, node in self.chain if node)]
        body = tuple(self._chain_marks() if self.is_chain else map(_mark, self.body))
        tensors = tuple(self.forward.variables.fixed.items())
        return ClassMarks(self.family.name, at, stretch(span), tuple(made), body, tuple(chains), self.is_chain, tensors)

    def _chain_marks(self) -> Iterator[Mark]:
        """Of the children of a class that is a chain: its forward is a call of each."""
        for place in self.places.root.children.values():
            nodes = list(place.leaves)
            chain = () if place.node else tuple((node.name, self.places.key(node)) for node in nodes)
            name = nodes[-1].name
            yield Mark(stretch(nodes[0].span), name, place.path, ((name, CHAINED),), chain)


def _mark(statement: Statement) -> Mark:
    node = statement.node
    if node is None:
        return Mark(None)
    return Mark(stretch(node.span), node.name, statement.child, statement.taps, statement.chain)


def _kind(values: Vector) -> str:
    """An argument's annotation."""
    names = dict.fromkeys("None" if value is None else type(value).__name__ for value in values)
    if set(names) == {"int", "float"}:
        return "float"
    return " | ".join(sorted(names, key=lambda name: name == "None"))


def _returns(outputs: Outputs) -> str:
    if isinstance(outputs, Ref):
        return "torch.Tensor"
    inner = list(dict.fromkeys(map(_returns, outputs.values() if isinstance(outputs, Mapping) else outputs)))
    kinds = " | ".join(inner)
    return f"dict[str, {kinds}]" if isinstance(outputs, Mapping) else f"list[{kinds}]"
