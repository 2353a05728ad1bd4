"""What the page's script gets: rows, ways, skips and the spec's lines, as plain data for JSON."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skipgraph.diagnostics import Source, Span
from skipgraph.graph import Network
from skipgraph.passes.costs import cost
from skipgraph.passes.summary import Summary, summary
from skipgraph.render.compose import compose_levels
from skipgraph.render.counting import depth_of, levels_of
from skipgraph.render.flow import Flow, Row, Way, plan
from skipgraph.render.scene import Box, Kind, Scene, Skip, style_of
from skipgraph.render.theme import DASHES, SKIPS
from skipgraph.render.words import Shapes, count, cut
from skipgraph.sizes import Dim

_MOST_LINES = 6
_LONGEST_LINE = 240
"""Characters of a line of the spec that is shown."""


def data_of(network: Network, sizes: Mapping[str, int]) -> tuple[Scene, dict[str, Any]]:
    """All of a network, every block open, for the script to fold; `sizes` are numbers in place of open axes."""
    scene = compose_levels(network, depth_of(network.graph), sizes)
    flow = plan(scene)
    lines, counted = _Lines(network.path), summary(network, sizes)
    writer = _Rows(network, flow, lines, counted)
    rows = [writer.row(index) for index in range(len(flow.rows))]
    return scene, {
        "title": scene.title,
        "description": scene.description,
        "summary": scene.summary,
        "macs": ("at least " if counted.is_partial else "") + cost(counted.macs, network.contract),
        "sizes": ", ".join(f"{name}={size}" for name, size in sizes.items()),
        "rows": rows,
        "ways": [_way(scene, way) for way in flow.ways],
        "skips": [_skip(skip) for skip in scene.skips],
        "sources": lines.sources,
        "levels": levels_of(network.graph, "auto"),
        "colors": SKIPS,
        "dashes": DASHES,
    }


def _skip(skip: Skip) -> dict[str, str]:
    # seen from the block that it is in
    scope = skip.id.removesuffix(skip.name)
    way = f"{skip.source.removeprefix(scope)} → {skip.landing.removeprefix(scope)}"
    return {"id": skip.id, "name": skip.name, "about": skip.about, "way": way, "shape": skip.shape}


def _way(scene: Scene, way: Way) -> list[Any]:
    skip = scene.skip[way.skip].number if way.skip else -1
    return [way.source, way.targets, way.track, skip, way.result, int(way.size_only)]


class _Rows:
    def __init__(self, network: Network, flow: Flow, lines: _Lines, counted: Summary) -> None:
        self._flow = flow
        self._lines = lines
        self._shapes = Shapes(network, counted.sizes)
        self._contract = network.contract
        self._skips = flow.scene.skip
        self._macs = {row.name: row.macs for row in counted.rows}
        self._costs: dict[Dim | None, str] = {}

    def row(self, index: int) -> dict[str, Any]:
        row = self._flow.rows[index]
        found: dict[str, Any] = {"parent": -1 if row.parent is None else row.parent, "column": row.column}
        found |= {"title": row.title, "note": row.note, "weights": row.weights}
        found["brief"] = count(row.weights) if row.weights else ""
        if row.frame is not None:
            found |= {"id": row.frame.id, "kind": "block" if row.frame.block else "group", "end": row.end}
            if row.frame.folded is None:
                return found | self._group(index, row)
            block = row.frame.folded
            if not block.reuses:
                # there is room for all of its arguments
                kind, _, given = block.call.removesuffix(")").partition("(")
                found["note"] = f"{kind} {given}".strip()
            return found | self._box(block)
        assert row.box is not None
        return found | {"kind": "step" if row.box.kind is Kind.STEP else row.box.kind.value} | self._box(row.box)

    def _box(self, box: Box) -> dict[str, Any]:
        types = ", ".join(
            f"{name}: {self._shapes.full(type_)}" if name else self._shapes.full(type_)
            for name, type_ in zip(box.results or [""] * len(box.types), box.types, strict=False)
        )
        found: dict[str, Any] = {"id": box.id, "style": style_of(box), "shape": box.shape, "types": types}
        found |= {"call": box.call, "macs": self._cost(box)}
        if box.symbol:
            found["symbol"] = box.symbol.value
        if box.parts:
            found["parts"] = [
                (part.size, self._skips[part.skip].number if part.skip in self._skips else -1) for part in box.parts
            ]
        if box.reuses:
            found["reuses"] = box.reuses
        if box.span is not None:
            found["at"] = self._lines.place(box.span)
        return found

    def _group(self, index: int, row: Row) -> dict[str, Any]:
        """What stands for a frame that is no block: the sum of its boxes, the last one's shape."""
        boxes = [inner.box for inner in self._flow.rows[index : row.end] if inner.box]
        weights = sum(box.weights for box in boxes)
        last = self._box(boxes[-1])
        found = {"style": "block", "shape": last["shape"], "types": last["types"], "call": "", "macs": ""}
        steps = f"{len(boxes)} step{'s' * (len(boxes) != 1)}"
        return found | {"weights": weights, "brief": count(weights) if weights else "", "note": steps}

    def _cost(self, box: Box) -> str:
        macs = self._macs.get(box.id, 0)
        if macs == 0:
            return ""
        if macs not in self._costs:
            self._costs[macs] = cost(macs, self._contract)
        return self._costs[macs]


class _Lines:
    """The lines of the spec that something stands on, each once."""

    def __init__(self, spec: str | None) -> None:
        self._folder = Path(spec).parent if spec else None
        self.sources: list[dict[str, Any]] = []
        self._number: dict[int, int] = {}
        self._kept: list[Source] = []
        """So that no number is given twice."""

    def place(self, span: Span) -> tuple[int, int, int]:
        """The source's number, the line, and how many lines say it: those after it that stand further right, a few."""
        if id(span.source) not in self._number:
            self._number[id(span.source)] = len(self.sources)
            self._kept.append(span.source)
            self.sources.append({"name": self._name(span.source), "lines": {}})
        number = self._number[id(span.source)]
        lines = self.sources[number]["lines"]
        margin = _margin(span.source.line(span.line))
        for line in range(span.line, min(span.line + _MOST_LINES, len(span.source.lines) + 1)):
            text = span.source.line(line).rstrip()
            if line > span.line and _margin(text) <= margin:
                return number, span.line, line - span.line
            if line not in lines:
                lines[line] = cut(text, _LONGEST_LINE)
        return number, span.line, line + 1 - span.line

    def _name(self, source: Source) -> str:
        """The file, as it is seen from the spec's folder: a page tells nobody where its author keeps things."""
        if self._folder is None or source.path is None:
            return source.name
        try:
            return Path(os.path.relpath(source.path, self._folder)).as_posix()
        except ValueError:  # on another drive
            return Path(source.path).name


def _margin(line: str) -> int:
    """Where a line's text begins, after the dash of a list."""
    return len(line) - len(line.lstrip(" -"))
