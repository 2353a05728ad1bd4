"""The view of Graphviz: scene -> dot text -> page.

Nodes and labels have sizes from a width table, so a layout does not hang on the fonts that Graphviz finds.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from skipgraph.render.engine import lay_out
from skipgraph.render.page import (
    BODY,
    HEAD,
    SMALL,
    Page,
    Point,
    Rect,
    Route,
    box_size,
    frame_label_size,
    label_size,
    wire_text,
)
from skipgraph.render.scene import SIGNS, Box, Scene, Wire, style_of
from skipgraph.render.theme import LIGHT, SKIPS, skip_paint
from skipgraph.render.words import printable

if TYPE_CHECKING:
    from graphviz import Digraph

_INCH = 72.0
_DASHED = ("dashed", "dotted")
_STRAIGHT = "100"
"""Weight that keeps a chain straight."""


def dot_text(scene: Scene, *, titled: bool = True) -> str:
    """The scene in the dot language; `titled` with its title and description above the graph."""
    from graphviz import Digraph

    graph = Digraph(
        "skipgraph",
        graph_attr={"rankdir": "TB", "nodesep": "0.28", "ranksep": "0.18", "fontname": "Helvetica", "fontsize": "10"},
        node_attr={"shape": "box", "style": "rounded,filled", "fixedsize": "true", "fontname": "Helvetica"},
        edge_attr={"fontname": "Helvetica", "arrowsize": "0.6", "color": LIGHT.wire},
    )
    if titled:
        heading = [scene.title, scene.description, scene.summary]
        graph.attr(label=_escaped("\n".join(line for line in heading if line)), labelloc="t", labeljust="l")
    ids = _Ids(scene)
    _add_level(graph, scene, None, ids)
    for wire in scene.wires:
        _add_wire(graph, scene, wire, ids)
    return str(graph.source)


def place(scene: Scene) -> Page:
    """The scene laid out by Graphviz. Raises `RenderError` where that is impossible."""
    layout = lay_out(dot_text(scene, titled=False))
    _, _, width, height = _numbers(layout.get("bb", "0,0,0,0"))
    ids = _Ids(scene)
    boxes = {ids.node(box.id): box for box in scene.boxes}
    labels = {ids.label(wire): wire for wire in scene.wires}
    frames = {ids.cluster(frame.id): frame for frame in scene.frames}
    box_places, frame_places, label_places = {}, {}, {}
    for item in layout.get("objects", ()):
        if item["name"] in boxes:
            box = boxes[item["name"]]
            box_places[box.id] = _centered(item["pos"], box_size(box), height)
        elif item["name"] in frames and "bb" in item:
            left, low, right, high = _numbers(item["bb"])
            frame_places[frames[item["name"]].id] = Rect(left, height - high, right - left, high - low)
        elif item["name"] in labels:
            wire = labels[item["name"]]
            label_places[wire.id] = _centered(item["pos"], label_size(scene, wire), height)
    edges = {item["id"]: item for item in layout.get("edges", ()) if "pos" in item}
    routes = {
        wire.id: _route(
            [edges[id] for id in (f"{wire.id}a", f"{wire.id}b") if id in edges], label_places.get(wire.id), height
        )
        for wire in scene.wires
    }
    return Page(scene, width, height, box_places, frame_places, routes)


class _Ids:
    """What boxes and frames are called in dot: their paths, which read well and sort nothing."""

    def __init__(self, scene: Scene) -> None:
        self._nodes = {
            # the package takes what follows a colon for a port
            box.id: box.id if re.fullmatch(r"[\w.]+", box.id) else f"box {index}"
            for index, box in enumerate(scene.boxes)
        }

        plain = [wire for wire in scene.wires if wire.skip is None and not wire.size_only]
        self._told = {(wire.source, wire.result): self.label(wire) for wire in plain if wire.label}
        self._leaving = Counter(wire.source for wire in plain)
        self._arriving = Counter(wire.target for wire in plain)

    def is_chain(self, wire: Wire) -> bool:
        """Whether a wire is the only one between its ends, skips aside."""
        return self._leaving[wire.source] == self._arriving[wire.target] == 1

    def node(self, box: str) -> str:
        return self._nodes[box]

    def text_of(self, wire: Wire) -> str | None:
        """The node of the text that a wire runs through."""
        if wire.named:
            return self.label(wire)
        return None if wire.skip or wire.size_only else self._told.get((wire.source, wire.result))

    @staticmethod
    def label(wire: Wire) -> str:
        return f"on {wire.id}"

    @staticmethod
    def cluster(frame: str) -> str:
        return f"cluster {frame}"


def _add_level(graph: Digraph, scene: Scene, parent: str | None, ids: _Ids) -> None:
    """The boxes and frames that stand directly in a frame."""
    for box in scene.boxes:
        if box.frame == parent:
            graph.node(ids.node(box.id), **_box_attributes(box))
    for wire in scene.wires:
        text = wire_text(scene, wire)
        if text and wire.frame == parent:
            size = _size(*label_size(scene, wire))
            graph.node(
                ids.label(wire), label=_escaped(text), shape="plaintext", style="", fontsize=f"{SMALL:g}", **size
            )
    for frame in scene.frames:
        if frame.parent != parent:
            continue
        with graph.subgraph(name=ids.cluster(frame.id)) as inner:
            fill, stroke = LIGHT.frame if frame.block else LIGHT.group
            style = "rounded,filled" if frame.block else "rounded,dashed"
            inner.attr(
                label=_table(frame.label, *frame_label_size(frame.label), BODY),
                labeljust="l",
                style=style,
                color=stroke,
                margin="8",
                **({"fillcolor": fill} if frame.block else {}),
            )
            _add_level(inner, scene, frame.id, ids)


def _box_attributes(box: Box) -> dict[str, str]:
    width, height = box_size(box)
    fill, stroke = LIGHT.box(style_of(box))
    attributes = {
        **_size(width, height),
        "fillcolor": fill,
        "color": stroke,
        "fontsize": f"{BODY:g}",
        "label": _escaped("\n".join(box.lines)),
        "tooltip": _escaped(box.about),
    }
    if not box.lines and box.symbol:
        attributes |= {"shape": "circle", "style": "filled", "label": SIGNS[box.symbol], "fontsize": f"{HEAD + 2:g}"}
    return attributes


def _add_wire(graph: Digraph, scene: Scene, wire: Wire, ids: _Ids) -> None:
    """An edge; two with the text between them where something stands on the wire.

    A label of Graphviz's own would stand beside the wire, bend it, and stick out of the cluster. A value's other
    wires branch off below the text.
    """
    source, target, look = ids.node(wire.source), ids.node(wire.target), _wire_look(scene, wire, ids)
    on = ids.text_of(wire)
    if on is None:
        graph.edge(source, target, id=f"{wire.id}a", **look)
        return
    if on == ids.label(wire):
        graph.edge(source, on, id=f"{wire.id}a", **look | {"arrowhead": "none"})
    graph.edge(on, target, id=f"{wire.id}b", **look)


def _wire_look(scene: Scene, wire: Wire, ids: _Ids) -> dict[str, str]:
    if wire.size_only:
        return {"style": "dotted", "arrowhead": "none", "weight": "0"}
    if wire.skip is None:
        return {"weight": _STRAIGHT if ids.is_chain(wire) else "8"}
    number = scene.skip[wire.skip].number
    color, _ = skip_paint(number)
    return {"style": _DASHED[number // len(SKIPS) % 2], "color": color, "penwidth": "1.8", "weight": "1"}


def _size(width: float, height: float) -> dict[str, str]:
    return {"width": f"{width / _INCH:.4f}", "height": f"{height / _INCH:.4f}"}


def _escaped(text: str) -> str:
    """A label that Graphviz prints as it is: no escapes, no entities, no HTML."""
    from graphviz import escape

    # a kind of string that the package does not take for HTML
    label: str = escape(printable(text).replace("&", "&amp;"))
    return label


def _table(text: str, width: float, height: float, size: float) -> str:
    """An HTML-like label: the only kind whose size can be fixed."""
    safe = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return (
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" '
        f'HEIGHT="{height:.0f}"><TR><TD><FONT POINT-SIZE="{size:g}">{safe}</FONT></TD></TR></TABLE>>'
    )


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in text.split(","))


def _centered(pos: str, size: tuple[float, float], height: float) -> Rect:
    """The place of a node: Graphviz gives its middle, and counts from below."""
    (x, y), (w, h) = _numbers(pos), size
    return Rect(x - w / 2, height - y - h / 2, w, h)


def _route(edges: list[dict[str, Any]], label: Rect | None, height: float) -> Route:
    pieces: list[tuple[Point, ...]] = []
    tip: Point | None = None
    # a long way comes as several splines, parted by `;`
    for spline in (spline for edge in edges for spline in edge["pos"].split(";")):
        points = []
        for word in spline.split():
            x, y = _numbers(word.removeprefix("e,").removeprefix("s,"))
            if word.startswith("e,"):
                tip = x, height - y
            elif not word.startswith("s,"):
                points.append((x, height - y))
        pieces.append(tuple(points))
    return Route(tuple(pieces), tip or pieces[-1][-1], label)
