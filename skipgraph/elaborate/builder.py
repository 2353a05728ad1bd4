"""A graph while it is being made: nodes in order, the type of each value, and the places taken in the state_dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skipgraph.diagnostics import Span
from skipgraph.graph import Graph, Node, Outputs, Port, Ref
from skipgraph.types import TensorType


class Builder:
    """The nodes and inputs gathered so far for one graph."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: list[Port] = []
        self.nodes: dict[str, Node] = {}
        self._types: dict[str, tuple[TensorType, ...]] = {}
        self._places: dict[tuple[str, ...], Span] = {}
        self._levels: dict[tuple[str, ...], Span] = {}

    def unique(self, wanted: str) -> str:
        """`wanted`, or with `_2`, `_3`, ... behind, so that no node or input has it."""
        name, count = wanted, 2
        while name in self._types:
            name, count = f"{wanted}_{count}", count + 1
        return name

    def add_input(self, port: Port) -> Ref:
        self.inputs.append(port)
        self._types[port.name] = (port.type,)
        return Ref(port.name)

    def add(self, node: Node) -> None:
        self.nodes[node.name] = node
        self._types[node.name] = node.types

    def type_of(self, ref: Ref) -> TensorType:
        return self._types[ref.node][ref.result]

    def place(self, key: tuple[str, ...], span: Span) -> Span | None:
        """Take a place in the state_dict; where it is taken, or one above or below it is, the span that has it."""
        above = (self._places.get(key[:depth]) for depth in range(1, len(key) + 1))
        first = next((span for span in above if span), None) or self._levels.get(key)
        if first is not None:
            return first
        self._places[key] = span
        for depth in range(1, len(key)):
            self._levels.setdefault(key[:depth], span)
        return None

    def graph(self, outputs: Outputs, arguments: Mapping[str, Any], span: Span, description: str) -> Graph:
        return Graph(
            self.name, tuple(self.inputs), tuple(self.nodes.values()), outputs, dict(arguments), span, description
        )
