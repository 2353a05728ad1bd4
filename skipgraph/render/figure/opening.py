"""Which blocks a figure opens by itself, where no one says how much is to be shown.

A box stands at one resolution. So a block that leads over several is opened as long as there is room: an hourglass, a
backbone, what exchanges between branches. A residual block, or one that only goes down by one, is a box.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2

from skipgraph.graph import Graph, Node
from skipgraph.ops import Op, Style
from skipgraph.render.counting import LARGEST, levels_of
from skipgraph.render.figure.scale import Scale
from skipgraph.types import TensorType

_SHOWN = 120
"""Boxes of a figure that opens blocks for the resolutions in them."""
_APART = 0.75
"""Octaves between two resolutions, at least: less is an edge without padding."""


def openings(graph: Graph, scale: Scale) -> list[frozenset[str]]:
    """The paths of the blocks to open, from most that may be shown to the least that says what there is."""
    across = _across(graph, scale)
    found = dict.fromkeys(_within(graph, levels) | across for levels in range(levels_of(graph, "auto"), 0, -1))
    return [*(each for each in found if each != across and boxes_of(graph, each) <= LARGEST), across]


def boxes_of(graph: Graph, opened: frozenset[str], scope: str = "") -> int:
    """How many steps and folded blocks there are where blocks are open."""
    return sum(
        boxes_of(node.work, opened, f"{scope}{node.name}.")
        if isinstance(node.work, Graph) and f"{scope}{node.name}" in opened
        else 1
        for node in graph.nodes
    )


def _within(graph: Graph, levels: int, scope: str = "") -> frozenset[str]:
    """The blocks that are not deeper than so many levels."""
    if not levels:
        return frozenset()
    blocks = {f"{scope}{node.name}": node.work for node in graph.nodes if isinstance(node.work, Graph)}
    inner = (_within(block, levels - 1, f"{path}.") for path, block in blocks.items())
    return frozenset(blocks).union(*inner)


def _across(graph: Graph, scale: Scale) -> frozenset[str]:
    """The blocks that lead over several resolutions: as many levels of them as can be shown."""
    spans = _Spans(scale)
    opened: frozenset[str] = frozenset()
    level = {node.name: node.work for node in graph.nodes if isinstance(node.work, Graph)}
    while level:
        level = {path: block for path, block in level.items() if spans.several(block)}
        more = opened | frozenset(level)
        if boxes_of(graph, more) > _SHOWN:
            break
        opened = more
        level = {
            f"{path}.{node.name}": node.work
            for path, block in level.items()
            for node in block.nodes
            if isinstance(node.work, Graph)
        }
    return opened


class _Spans:
    """The resolutions of blocks. Equal calls share one graph, so each is looked at once."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._found: dict[int, frozenset[float]] = {}

    def several(self, block: Graph) -> bool:
        """Whether it takes or gives more than one resolution, or works at one that it neither takes nor gives."""
        taken = self._sides(port.type for port in block.inputs)
        given = self._sides(block.type_of(ref) for ref in block.returned)
        within = self._resampled(block) if taken or given else ()
        return _differ(taken) or _differ(given) or any(not _near(side, taken | given) for side in within)

    def _sides(self, types: Iterable[TensorType]) -> frozenset[float]:
        """The sizes of maps; a single pixel is none."""
        return frozenset(side for type_ in types if (side := self._scale.side(type_)) > 1)

    def _resampled(self, block: Graph) -> frozenset[float]:
        """The sizes of what changes its size inside, as a pool does: an axis that is only moved is none."""
        if id(block) not in self._found:
            inner = (self._resampled(node.work) for node in block.nodes if isinstance(node.work, Graph))
            here = self._sides(node.type for node in block.nodes if _resamples(node))
            self._found[id(block)] = here.union(*inner)
        return self._found[id(block)]


def _resamples(node: Node) -> bool:
    """Whether an op leads from one resolution to another."""
    if not isinstance(node.work, Op):
        return False
    strides = getattr(node.work, "stride", 1)
    strided = any(stride != 1 for stride in (strides if isinstance(strides, Sequence) else (strides,)))
    return node.work.style in (Style.POOL, Style.RESAMPLE) or (node.work.style is Style.CONV and strided)


def _near(side: float, others: Iterable[float]) -> bool:
    """Whether one of the others is about as large."""
    return any(abs(log2(side / other)) < _APART for other in others)


def _differ(sides: frozenset[float]) -> bool:
    return bool(sides) and not _near(max(sides), [min(sides)])
