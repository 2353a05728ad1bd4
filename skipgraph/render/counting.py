"""How much is in a graph: ops, boxes; and so how far its blocks can be opened."""

from __future__ import annotations

from typing import Literal, TypeAlias

from skipgraph.graph import Graph

Detail: TypeAlias = Literal["stages", "blocks", "ops", "auto"]

LARGEST = 150
"""Boxes, beyond which `auto` folds blocks, the innermost first."""
_ENDLESS = 1_000


class Counts:
    """What is in graphs. Equal calls share one graph, so each is counted once."""

    def __init__(self) -> None:
        self._ops: dict[int, int] = {}
        self._boxes: dict[tuple[int, int], int] = {}

    def ops(self, graph: Graph) -> int:
        if id(graph) not in self._ops:
            inner = (self.ops(node.work) if isinstance(node.work, Graph) else 1 for node in graph.nodes)
            self._ops[id(graph)] = sum(inner)
        return self._ops[id(graph)]

    def boxes(self, graph: Graph, levels: int) -> int:
        """Boxes where blocks are opened so many levels deep."""
        key = id(graph), levels
        if key not in self._boxes:
            self._boxes[key] = sum(
                self.boxes(node.work, levels - 1) if levels and isinstance(node.work, Graph) else 1
                for node in graph.nodes
            )
        return self._boxes[key]


def levels_of(graph: Graph, detail: Detail) -> int:
    """How many levels of blocks to open."""
    if detail != "auto":
        return _ENDLESS if detail == "ops" else 0
    counts = Counts()
    levels = 0
    while counts.boxes(graph, levels) < counts.boxes(graph, levels + 1) <= LARGEST:
        levels += 1
    return levels


def depth_of(graph: Graph) -> int:
    """How many levels of blocks there are."""
    known: dict[int, int] = {}

    def depth(graph: Graph) -> int:
        if id(graph) not in known:
            inner = (depth(node.work) + 1 for node in graph.nodes if isinstance(node.work, Graph))
            known[id(graph)] = max(inner, default=0)
        return known[id(graph)]

    return depth(graph)
