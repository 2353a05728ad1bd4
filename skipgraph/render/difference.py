"""Difference -> scene: two networks as one, each box, wire and skip with what became of it.

A block is opened where its inside was edited, and is folded where its call alone explains what differs inside.
What is gone stands in the scene under `-` and its path, so that nothing new can have its id.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import zip_longest

from skipgraph.passes.diff import Difference, Field, Item, Landing, Mark, Scope, Step, What
from skipgraph.passes.diff.compare import arguments
from skipgraph.passes.diff.values import shown
from skipgraph.render.compose import compose_opened
from skipgraph.render.counting import LARGEST
from skipgraph.render.scene import Box, Scene, Skip, Wire
from skipgraph.render.words import cut

_DEEPEST = 16
"""Levels of blocks that are opened at most."""


@dataclass(frozen=True, slots=True)
class Note:
    """What differs in the call of a block that is drawn open, and so has no box."""

    mark: Mark
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Union:
    """Two networks as one scene."""

    scene: Scene
    notes: tuple[Note, ...]
    tally: Mapping[Mark, int]
    """How much of the scene was added, removed, changed, renamed: boxes, skips and notes."""


def united(difference: Difference, sizes: Mapping[str, int] | None = None) -> Union:
    """The scene of a difference, with as many levels of edited blocks open as stay readable."""
    levels = _DEEPEST
    while True:
        pairing = _Pairing(difference, levels)
        union = _Uniter(difference, pairing, sizes or {}).union()
        if not levels or len(union.scene.boxes) <= LARGEST:
            return union
        levels = min(levels, pairing.deepest) - 1


class _Pairing:
    """Which boxes and skips of two scenes are the same, and what became of each, by their paths."""

    def __init__(self, difference: Difference, levels: int) -> None:
        self.scopes = {(id(scope.before), id(scope.after)): scope for scope in difference.scopes}
        self.ids: dict[str, str] = {}
        """The newer path of everything that both networks have, by the older one."""
        self.marks: dict[str, Mark] = {}
        """By id in the union."""
        self.changes: dict[str, tuple[str, ...]] = {}
        self.opened: tuple[set[str], set[str]] = set(), set()
        self.notes: list[Note] = []
        self.skips: dict[str, str] = {}
        """As `ids`, of skips."""
        self.skip_marks: dict[str, Mark] = {}
        self.names: dict[str, str] = {}
        """What skips with two names are called."""
        self.deepest = 0
        """How many levels are open."""
        self._known: dict[int, int] = {}
        top = difference.scopes[0]
        self._visit(top, "", "", 0, levels)
        for item in top.inputs:
            self._item(item, item.before_name, item.after_name)
        for item in top.outputs:
            self._item(item, _output(item.before_name), _output(item.after_name))

    def _item(self, item: Item, old: str | None, new: str | None) -> None:
        id = self._pair(old, new)
        names = item.before_name or "(no name)", item.after_name or "(no name)"
        self.marks[id] = item.mark
        if old is not None and new is not None and names[0] != names[1]:
            self.changes[id] = (f"{names[0]} > {names[1]}",)

    def _pair(self, old: str | None, new: str | None) -> str:
        """The id in the union."""
        if new is None:
            return f"-{old}"
        if old is not None:
            self.ids[old] = new
        return new

    def _visit(self, scope: Scope, was: str, now: str, depth: int, levels: int) -> None:
        for step in scope.steps:
            old = None if step.before is None else f"{was}{step.before.name}"
            new = None if step.after is None else f"{now}{step.after.name}"
            inner = self._inner(step)
            if old is not None and new is not None and inner and depth < levels and self._opens(step, inner):
                self.deepest = max(self.deepest, depth + 1)
                self.opened[0].add(old)
                self.opened[1].add(new)
                if step.mark is not Mark.KEPT:
                    self.notes.append(Note(step.mark, new, ", ".join((step.node.kind, *_changes(step)))))
                self._visit(inner, f"{old}.", f"{new}.", depth + 1, levels)
                continue
            id = self._pair(old, new)
            inside = self._edits(inner) if inner else 0
            told = [*_changes(step)]
            told += [f"{inside} changes inside" if inside > 1 else "1 change inside"] if inside and not told else []
            self.marks[id] = Mark.CHANGED if inside and step.mark is not Mark.CHANGED else step.mark
            self.changes[id] = tuple(told)
        for skip in scope.skips:
            before, after = _skip(was, skip.before), _skip(now, skip.after)
            id = f"-{before}" if after is None else after
            if before is not None and after is not None:
                self.skips[before] = after
            if self.skip_marks.setdefault(id, skip.mark) is not skip.mark:
                self.skip_marks[id] = Mark.CHANGED
            if skip.before and skip.after and skip.before.name != skip.after.name:
                self.names[id] = f"{skip.before.name} > {skip.after.name}"

    def _inner(self, step: Step) -> Scope | None:
        """The inside of a block that both networks call here."""
        if step.before is None or step.after is None:
            return None
        return self.scopes.get((id(step.before.work), id(step.after.work)))

    def _edits(self, scope: Scope) -> int:
        """How much in a block was edited, and in the blocks in it."""
        if id(scope) not in self._known:
            inner = (self._edits(found) for step in scope.steps if (found := self._inner(step)))
            marks = (each.mark is not Mark.KEPT for each in (*scope.steps, *scope.skips))
            self._known[id(scope)] = sum(marks) + sum(inner)
        return self._known[id(scope)]

    def _opens(self, step: Step, inner: Scope) -> bool:
        """Whether there is more to see inside than what the call says."""
        if not self._edits(inner) or step.of(What.KIND):
            return False
        given = step.mark is Mark.CHANGED and any(each.what is What.ARGUMENT for each in step.fields)
        return not (given and self._is_given(inner))

    def _is_given(self, scope: Scope) -> bool:
        """Whether all that differs in a block are arguments, as other arguments of its call make them."""
        if any(skip.mark is not Mark.KEPT for skip in scope.skips):
            return False
        for step in scope.steps:
            if step.before is None or step.after is None:
                return False
            if any(each.what is not What.ARGUMENT for each in step.fields if not each.follows):
                return False
            inner = self._inner(step)
            if inner and not self._is_given(inner):
                return False
        return True


class _Uniter:
    """The union of two scenes."""

    def __init__(self, difference: Difference, pairing: _Pairing, sizes: Mapping[str, int]) -> None:
        self.pairing = pairing
        self.before, self.after = (
            compose_opened(network, opened, {axis: n for axis, n in sizes.items() if axis in network.contract.symbols})
            for network, opened in zip((difference.before, difference.after), pairing.opened, strict=True)
        )
        self.names = {box.id: pairing.ids.get(box.id, f"-{box.id}") for box in self.before.boxes}
        """What the older scene's boxes are called in the union."""
        self.skips = {skip.id: pairing.skips.get(skip.id, f"-{skip.id}") for skip in self.before.skips}

    def union(self) -> Union:
        boxes, wires, skips = tuple(self._boxes()), tuple(self._wires()), tuple(self._skips())
        scene = replace(
            self.after,
            boxes=_in_order(boxes, wires),
            frames=(),
            wires=wires,
            skips=skips,
            resolutions=tuple(dict.fromkeys((*self.before.resolutions, *self.after.resolutions))),
        )
        notes = tuple(self.pairing.notes)
        marks = [*(box.mark for box in boxes), *(skip.mark for skip in skips), *(note.mark for note in notes)]
        tally = Counter(marks)
        return Union(scene, notes, {mark: tally[mark] for mark in Mark if mark is not Mark.KEPT and tally[mark]})

    def _boxes(self) -> Iterator[Box]:
        """The boxes of both, what is gone behind what it stood behind."""
        gone: dict[str, list[Box]] = defaultdict(list)
        older: dict[str, Box] = {}
        at = ""
        for box in self.before.boxes:
            id = self.names[box.id]
            if id.startswith("-"):
                gone[at].append(self._gone(box))
            else:
                older[id], at = box, id
        yield from gone[""]
        for box in self.after.boxes:
            was = older.get(box.id)
            mark = self.pairing.marks.get(box.id, Mark.KEPT) if was else Mark.ADDED
            changes = self.pairing.changes.get(box.id, ()) if was else ()
            about = f"{mark} {box.about}" if mark is not Mark.KEPT else box.about
            about += f" ({', '.join(changes)})" if changes else ""
            about += f"; was {was.about}" if was and was.about != box.about else ""
            yield replace(box, mark=mark, was=was, changes=changes, about=about)
            yield from gone[box.id]

    def _gone(self, box: Box) -> Box:
        parts = tuple(replace(part, skip=self.skips.get(part.skip or "")) for part in box.parts)
        return replace(box, id=self.names[box.id], mark=Mark.REMOVED, parts=parts, about=f"- {box.about}")

    def _wires(self) -> Iterator[Wire]:
        """Every wire of both once: one that both have leads from the same value along the same skip to the same box."""
        older = _keyed(self._moved(wire) for wire in self.before.wires)
        newer = _keyed((_result(wire, self.after), wire) for wire in self.after.wires)
        every = [*newer.items(), *((key, wire) for key, wire in older.items() if key not in newer)]
        for number, (key, wire) in enumerate(every):
            mark = Mark.KEPT if key in older and key in newer else Mark.ADDED if key in newer else Mark.REMOVED
            skip, named = wire.skip, wire.named
            if skip is not None:
                of_skip = self._mark_of(skip)
                if mark is Mark.REMOVED and of_skip is not Mark.REMOVED:
                    # where a skip ran before it was aimed elsewhere
                    skip, named = None, False
                elif of_skip is not Mark.KEPT:
                    mark = of_skip
            yield wire._replace(id=f"w{number}", mark=mark, skip=skip, named=named)

    def _moved(self, wire: Wire) -> tuple[int, Wire]:
        """A wire of the older scene between boxes of the union."""
        skip = None if wire.skip is None else self.skips[wire.skip]
        moved = wire._replace(source=self.names[wire.source], target=self.names[wire.target], skip=skip)
        return _result(wire, self.before), moved

    def _mark_of(self, skip: str) -> Mark:
        return self.pairing.skip_marks.get(skip, Mark.REMOVED if skip.startswith("-") else Mark.ADDED)

    def _skips(self) -> Iterator[Skip]:
        older = {self.skips[skip.id]: skip for skip in self.before.skips}
        gone = [replace(skip, id=id) for id, skip in older.items() if id.startswith("-")]
        for number, skip in enumerate((*self.after.skips, *gone)):
            mark = self._mark_of(skip.id)
            was = older.get(skip.id)
            about = skip.about if mark is Mark.KEPT else f"{mark} {skip.about}"
            about += f"; was {was.about}" if mark is Mark.CHANGED and was else ""
            yield replace(
                skip, number=number, mark=mark, about=about, name=cut(self.pairing.names.get(skip.id, skip.name))
            )


def _result(wire: Wire, scene: Scene) -> int:
    """Which of its source's results it carries."""
    results = scene.box[wire.source].results
    return results.index(wire.result) if wire.result in results else 0


_Key = tuple[str, int, str, str | None, bool, int]


def _keyed(wires: Iterable[tuple[int, Wire]]) -> dict[_Key, Wire]:
    """Wires by all that tells them apart; those between the same ends are numbered."""
    found: dict[_Key, Wire] = {}
    for result, wire in wires:
        number = 0
        while (key := (wire.source, result, wire.target, wire.skip, wire.size_only, number)) in found:
            number += 1
        found[key] = wire
    return found


def _in_order(boxes: tuple[Box, ...], wires: tuple[Wire, ...]) -> tuple[Box, ...]:
    """The boxes so that wires lead on, as they stood where they may: only what is gone may lead back."""
    place = {box.id: at for at, box in enumerate(boxes)}
    readers: dict[str, list[Wire]] = defaultdict(list)
    # what a box waits for: in the newer network, and in either
    due, hoped = Counter[str](), Counter[str]()
    for wire in wires:
        if not wire.size_only:
            readers[wire.source].append(wire)
            hoped[wire.target] += 1
            due[wire.target] += wire.mark is not Mark.REMOVED
    ready = [at for at, box in enumerate(boxes) if not hoped[box.id]]
    # those that only what is gone holds back
    held = [at for at, box in enumerate(boxes) if not due[box.id]]
    found: dict[int, Box] = {}
    while ready or held:
        at = heappop(ready) if ready else heappop(held)
        if at in found:
            continue
        found[at] = boxes[at]
        for wire in readers[boxes[at].id]:
            hoped[wire.target] -= 1
            due[wire.target] -= wire.mark is not Mark.REMOVED
            if not hoped[wire.target]:
                heappush(ready, place[wire.target])
            elif not due[wire.target]:
                heappush(held, place[wire.target])
    return tuple(found.values())


def _skip(scope: str, landing: Landing | None) -> str | None:
    """A skip's id in the scene of its own network."""
    return None if landing is None else f"{scope}{'/'.join((*landing.node.frames, landing.name))}"


def _output(name: str | None) -> str | None:
    return None if name is None else f"output.{name}" if name else "output"


def _changes(step: Step) -> Iterator[str]:
    """What was edited of a step that both networks have: `enc0 > down0`, `ReLU→GELU`, `kernel_size 3→5`."""
    for each in sorted(step.fields, key=_weight):
        if not each.follows:
            yield _change(step, each)


def _weight(each: Field) -> int:
    return {What.NAME: 0, What.KIND: 1, What.ARGUMENT: 2}.get(each.what, 3)


def _change(step: Step, each: Field) -> str:
    if each.what is What.NAME:
        return f"{each.before} > {each.after}"
    if each.what is What.KIND:
        return f"{each.before}→{each.after}"
    if each.what is What.READS:
        before, after = ([name or "nothing" for name in names] or ["nothing"] for names in (each.before, each.after))
        pairs = zip_longest(before, after, fillvalue="nothing")
        told = " and ".join(f"{one}→{other}" for one, other in pairs if one != other)
        return f"reads {told or 'another'}"
    if each.what is not What.ARGUMENT:
        return "sized by another" if each.what is What.SIZES else each.what.value
    was, now = (node is not None and each.name in arguments(node) for node in (step.before, step.after))
    if was != now and None in (each.before, each.after):
        return f"{each.name} {shown(each.after)} (new)" if now else f"{each.name} {shown(each.before)} (gone)"
    return f"{each.name} {shown(each.before)}→{shown(each.after)}"
