"""Which step of one graph is which of another: by name, then by what leads to it or hangs on it, then by place.

In turn, each time among the steps that are still alone:

1. Steps whose work, with all that leads there and all that hangs on it, is the same: whatever they are called.
2. Steps to which the author gave one name.
3. Steps with the same work, all that leads there included; then with all that hangs on it included.
4. From steps that are matched on to those that read them alike or that they read: of the same work, then of one kind.
5. In the gaps between matched steps, in order of execution: of the same work, of one kind, of one style.

Only what is the same for one step of either side counts, so that nothing hangs on chance or on which graph is first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from difflib import SequenceMatcher
from typing import TypeVar

from skipgraph.graph import Graph, Node
from skipgraph.passes.diff.labels import Labels, Marks, is_given, named_outputs, slots

T = TypeVar("T", bound=Hashable)

_WORK = 250_000
"""Comparisons that one gap may take in the worst case; a larger one is matched by order alone."""


def matched(before: Graph, after: Graph, labels: Labels) -> dict[str, str]:
    """The names of the steps of `before`, each with the name of the same step in `after`."""
    if _key(after, labels) < _key(before, labels):
        # so that the difference of b and a is that of a and b, seen from the other side
        return {old: new for new, old in matched(after, before, labels).items()}
    matching = _Matching(before, after, labels)
    matching.run()
    return matching.pairs


def matched_ports(before: Graph, after: Graph) -> dict[str, str]:
    """The inputs of both: those of one name, then the rest in order, of one type if there are others."""
    old, new = dict(before.ports), dict(after.ports)
    pairs = {name: name for name in old if name in new}
    old_left, new_left = ([name for name in ports if name not in pairs] for ports in (old, new))
    for name in list(old_left):
        same = next((other for other in new_left if new[other].type == old[name].type), None)
        if same is not None:
            pairs[name] = same
            old_left.remove(name)
            new_left.remove(same)
    if len(old_left) == len(new_left):
        pairs |= dict(zip(old_left, new_left, strict=True))
    return pairs


def matched_outputs(before: Graph, after: Graph) -> dict[str, str]:
    """The outputs of both: those of one name, then, if as many are left on either side, the rest in order."""
    old, new = named_outputs(before.outputs), named_outputs(after.outputs)
    pairs = {name: name for name in old if name in new}
    old_left, new_left = ([name for name in names if name not in pairs] for names in (old, new))
    if len(old_left) == len(new_left):
        pairs |= dict(zip(old_left, new_left, strict=True))
    return pairs


def _key(graph: Graph, labels: Labels) -> tuple[object, ...]:
    nodes = [
        (node.name, labels.work(node), node.kind, [(ref.node, ref.result) for ref in node.reads])
        for node in graph.nodes
    ]
    return len(nodes), nodes, [port.name for port in graph.inputs], list(named_outputs(graph.outputs))


class _Matching:
    """One matching while it grows."""

    def __init__(self, before: Graph, after: Graph, labels: Labels) -> None:
        self.before, self.after = before, after
        ports, outputs = matched_ports(before, after), matched_outputs(before, after)
        self.ports = ports
        self.old, self.new = (
            labels.marks(graph, _numbered(ports, names, side), _numbered(outputs, ends, side))
            for side, graph, names, ends in (
                (0, before, before.ports, named_outputs(before.outputs)),
                (1, after, after.ports, named_outputs(after.outputs)),
            )
        )
        self.pairs: dict[str, str] = {}
        self.taken: set[str] = set()
        self.readers = [_readers(before), _readers(after)]

    def run(self) -> None:
        self._alike(_both(self.old), _both(self.new), even=True)
        for node in self.before.nodes:
            other = self.after.by_name.get(node.name)
            if other is not None and is_given(node) and is_given(other):
                self._pair(node.name, other.name)
        self._alike(self.old.above, self.new.above)
        self._alike(self.old.below, self.new.below)
        self._spread()
        for old, new in self._labels():
            for following in (True, False):
                self._fill(old, new, following)
                self._spread()

    def _labels(self) -> Iterable[tuple[Mapping[str, int], Mapping[str, int]]]:
        """What may be compared, the strictest first."""
        return (self.old.own, self.new.own), (self.old.kind, self.new.kind), (self.old.style, self.new.style)

    def _pair(self, old: str, new: str) -> bool:
        if old in self.pairs or new in self.taken:
            return False
        self.pairs[old] = new
        self.taken.add(new)
        return True

    def _alike(self, old: Mapping[str, Hashable], new: Mapping[str, Hashable], *, even: bool = False) -> None:
        """Match steps whose label no other has; with `even` also as many as there are on either side, in order."""
        olds, news = _groups(self._left(0), old), _groups(self._left(1), new)
        for label, ours in olds.items():
            theirs = news.get(label, [])
            if len(ours) == len(theirs) == 1 or (even and len(ours) == len(theirs)):
                same = set(ours) & set(theirs)
                for name in same:
                    self._pair(name, name)
                rest = ([n for n in ours if n not in same], [n for n in theirs if n not in same])
                for one, other in zip(*rest, strict=True):
                    self._pair(one, other)

    def _left(self, side: int) -> list[str]:
        if side:
            return [node.name for node in self.after.nodes if node.name not in self.taken]
        return [node.name for node in self.before.nodes if node.name not in self.pairs]

    def _spread(self) -> None:
        """Match the neighbours of what is matched, as far as that leads; of the same work before others."""
        for old, new in ((self.old.own, self.new.own), (self.old.kind, self.new.kind)):
            waiting = [*self.ports.items(), *self.pairs.items()]
            while waiting:
                one, other = waiting.pop()
                for a, b in (*self._read_by(one, other, old, new), *self._reading(one, other, old, new)):
                    if self._pair(a, b):
                        waiting.append((a, b))

    def _read_by(
        self, one: str, other: str, old: Mapping[str, int], new: Mapping[str, int]
    ) -> Iterable[tuple[str, str]]:
        """The steps that two matched ones read through the same input."""
        ours, theirs = self.before.by_name.get(one), self.after.by_name.get(other)
        if ours is None or theirs is None:
            return
        there = dict(slots(theirs))
        for slot, ref in slots(ours):
            match = there.get(slot)
            if (
                match is not None
                and ref.result == match.result
                and ref.node not in self.pairs
                and match.node not in self.taken
                and old.get(ref.node, -1) == new.get(match.node, -2)
            ):
                yield ref.node, match.node

    def _reading(
        self, one: str, other: str, old: Mapping[str, int], new: Mapping[str, int]
    ) -> Iterable[tuple[str, str]]:
        """The steps that alone read two matched ones in one way."""
        ours = [each for each in self.readers[0].get(one, ()) if each[0] not in self.pairs]
        if not ours:
            return
        theirs = [each for each in self.readers[1].get(other, ()) if each[0] not in self.taken]
        found = _groups([(n, s, r) for n, s, r in ours], {each: (old[each[0]], *each[1:]) for each in ours})
        there = _groups([(n, s, r) for n, s, r in theirs], {each: (new[each[0]], *each[1:]) for each in theirs})
        for label, group in found.items():
            match = there.get(label, [])
            if len(group) == len(match) == 1:
                yield group[0][0], match[0][0]

    def _fill(self, old: Mapping[str, int], new: Mapping[str, int], following: bool) -> None:
        """Match in the gaps behind, or before, matched steps: runs of steps between which nothing is matched."""
        theirs = _gaps(self.after, {name: name for name in self.taken}, following)
        for after, run in _gaps(self.before, self.pairs, following).items():
            others = theirs.get(after, [])
            labels = [old[name] for name in run], [new[name] for name in others]
            if len(run) * len(others) > _WORK:
                firsts = ({(label, number): at for at, (label, number) in enumerate(_counted(side))} for side in labels)
                ours, there = firsts
                aligned = [(at, there[key]) for key, at in ours.items() if key in there]
            else:
                blocks = SequenceMatcher(None, *labels, autojunk=False).get_matching_blocks()
                aligned = [(block.a + at, block.b + at) for block in blocks for at in range(block.size)]
            for at, to in aligned:
                if self._may_be(run[at], others[to]):
                    self._pair(run[at], others[to])

    def _may_be(self, old: str, new: str) -> bool:
        """Whether place alone may say that two steps are one: not where the author calls them differently."""
        named = all(is_given(graph.by_name[name]) for graph, name in ((self.before, old), (self.after, new)))
        return not named or old == new or self.old.own[old] == self.new.own[new]


def _numbered(pairs: Mapping[str, str], names: Iterable[str], side: int) -> dict[str, int]:
    """A number for each name: the same for the two of a pair, and one that nothing else has for the others."""
    numbers = {(old, new)[side]: at for at, (old, new) in enumerate(sorted(pairs.items()))}
    alone = [name for name in names if name not in numbers]
    return numbers | {name: -1 - 2 * at - side for at, name in enumerate(alone)}


def _both(marks: Marks) -> dict[str, tuple[int, int]]:
    return {name: (above, marks.below[name]) for name, above in marks.above.items()}


def _groups(items: Iterable[T], labels: Mapping[T, Hashable]) -> dict[Hashable, list[T]]:
    found: dict[Hashable, list[T]] = {}
    for item in items:
        found.setdefault(labels[item], []).append(item)
    return found


def _readers(graph: Graph) -> dict[str, list[tuple[str, int, int]]]:
    """Who reads each step or input, through which of its own inputs, and which result."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for node in graph.nodes:
        for slot, ref in slots(node):
            found.setdefault(ref.node, []).append((node.name, slot, ref.result))
    return found


def _gaps(graph: Graph, matched: Mapping[str, str], following: bool) -> dict[str, list[str]]:
    """The runs of steps that are alone, by the matched step before each, or behind it."""
    nodes: Iterable[Node] = graph.nodes if following else reversed(graph.nodes)
    found: dict[str, list[str]] = {}
    at = ""
    for node in nodes:
        if node.name in matched:
            at = matched[node.name]
        else:
            found.setdefault(at, []).append(node.name)
    return found


def _counted(labels: Iterable[int]) -> list[tuple[int, int]]:
    """Each label, and how many like it stand before it."""
    counts: dict[int, int] = {}
    found = []
    for label in labels:
        found.append((label, counts.get(label, 0)))
        counts[label] = counts.get(label, 0) + 1
    return found
