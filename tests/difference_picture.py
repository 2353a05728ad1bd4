"""What is wrong with the picture of a difference, read off its SVG: marks that are missing, false or without a sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree

from figure_geometry import SVG, faults

from skipgraph import Difference
from skipgraph.graph import Graph
from skipgraph.ops import Op
from skipgraph.passes.diff import Mark, Scope, Skip, Step, Wire


class Seen:
    """What an SVG shows of a difference."""

    def __init__(self, svg: str) -> None:
        self.boxes: dict[str, str] = {}
        """The mark of everything that stands in a box, on a wire or above the figure."""
        self.names: dict[str, str] = {}
        self.wires: Counter[tuple[str, str, str, str]] = Counter()
        """Source, target, skip and mark."""
        self.cell: dict[str, str] = {}
        self.texts: list[str] = []
        self.bare: list[str] = []
        """What is marked without a sign."""
        for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
            data = {key.removeprefix("data-"): value for key, value in group.items()}
            mark = data.get("mark", "=")
            if "from" in data:
                self.wires[data["from"], data["to"], data.get("skip", ""), mark] += 1
            elif "name" in data:
                self.names[data["name"]] = mark
            for step in data.get("steps", "").split():
                self.boxes[step] = "=" if "from" in data else mark
                self.cell[step] = data.get("cell", "")
            texts = ["".join(text.itertext()) for text in group.iter(f"{SVG}text")]
            self.texts += texts
            if mark != "=" and texts:
                # not the colour alone
                sign = {"-": "−"}.get(mark, mark)
                if not any(text.startswith(sign) or (mark == ">" and ">" in text) for text in texts):
                    self.bare.append(f"{texts} is marked {mark}, and stands without its sign")


class Due:
    """What a picture that shows these boxes should mark, found from the difference alone."""

    def __init__(self, difference: Difference, boxes: set[str]) -> None:
        self.scopes = {(id(scope.before), id(scope.after)): scope for scope in difference.scopes}
        self.drawn = boxes
        self.boxes: dict[str, str] = {}
        self.names: dict[str, str] = {}
        top = difference.scopes[0]
        self._scope(top, "", "")
        for items, of in ((top.inputs, str), (top.outputs, lambda name: f"output.{name}" if name else "output")):
            for item in items:
                name = f"-{of(item.before_name or '')}" if item.after_name is None else of(item.after_name)
                self.boxes[name] = item.mark.value

    def _scope(self, scope: Scope, was: str, now: str) -> None:
        for step in scope.steps:
            id_ = _id(was, now, step)
            inner = self._inner(step)
            if inner is not None and any(
                name.startswith((f"{id_}.", f"-{was}{step.node.name}.")) for name in self.drawn
            ):
                # open: it stands above the figure where its own call changed
                if step.mark is not Mark.KEPT:
                    self.boxes[id_] = step.mark.value
                assert step.before and step.after
                self._scope(inner, f"{was}{step.before.name}.", f"{now}{step.after.name}.")
                continue
            self.boxes[id_] = "~" if inner is not None and self._is_edited(inner) else step.mark.value
        for skip in scope.skips:
            self.names[_id(was, now, skip)] = skip.mark.value

    def _inner(self, step: Step) -> Scope | None:
        works = [node.work for node in (step.before, step.after) if node]
        blocks = [id(work) for work in works if isinstance(work, Graph)]
        return self.scopes.get((blocks[0], blocks[1])) if len(blocks) == 2 else None

    def _is_edited(self, scope: Scope) -> bool:
        marks = [each.mark for each in (*scope.steps, *scope.skips)]
        inner = filter(None, map(self._inner, scope.steps))
        return any(mark is not Mark.KEPT for mark in marks) or any(map(self._is_edited, inner))


def _id(was: str, now: str, each: Step | Skip) -> str:
    side = each.after or each.before
    assert side is not None
    path = [side.name]
    if isinstance(each, Skip):
        landing = each.after or each.before
        assert landing is not None
        path = [*landing.node.frames, landing.name]
    return f"{now}{'/'.join(path)}" if each.after else f"-{was}{'/'.join(path)}"


def wrong(svg: str, difference: Difference) -> list[str]:
    """Everything that is wrong with the picture of a difference."""
    seen = Seen(svg)
    due = Due(difference, set(seen.boxes))
    found = [*faults(svg, steps=set(due.boxes), skips=set(due.names)), *seen.bare]
    for what, marks, others in (("step", seen.boxes, due.boxes), ("skip", seen.names, due.names)):
        for name in marks.keys() & others.keys():
            if marks[name] != others[name]:
                found.append(f"the {what} {name} is marked {marks[name]}, and is {others[name]}")
    return [*found, *_miswired(seen, difference)]


def _miswired(seen: Seen, difference: Difference) -> Iterator[str]:
    """Wires of the files' own steps that are not drawn with their marks."""
    top = difference.scopes[0]
    cells = [seen.cell.get(_id("", "", step), "") for step in top.steps]
    for wire in top.wires:
        source = seen.cell.get(wire.input or "", "") if wire.source is None else cells[wire.source]
        ends = source, cells[wire.target]
        if not all(ends) or ends[0] == ends[1] or wire.mark is Mark.KEPT or _is_for_size(top, wire):
            continue
        drawn = {(mark, skip) for (*there, skip, mark) in seen.wires if tuple(there) == ends}
        marks = {mark for mark, skip in drawn}
        # a skip that was aimed elsewhere, or has another name, has the mark of that
        if wire.mark.value not in marks and not any(skip and mark in "~>" for mark, skip in drawn):
            yield f"the wire from {ends[0]} to {ends[1]} is {wire.mark}, and drawn {sorted(marks)}"


def _is_for_size(scope: Scope, wire: Wire) -> bool:
    """Whether the target only asks the value for its size, which no figure shows."""
    step = scope.steps[wire.target]
    node = step.after if wire.mark is Mark.ADDED else step.before
    assert node is not None
    ports = node.work.ports if isinstance(node.work, Op) else ()
    return any(port.startswith("like") for port in ports)
