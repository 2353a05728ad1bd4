"""What differs between two steps that are the same step, and between two skips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skipgraph.graph import Graph, Node, Ref
from skipgraph.ops import Op
from skipgraph.passes.diff.labels import is_given
from skipgraph.passes.diff.model import Field, What


@dataclass(frozen=True)
class Paired:
    """Two graphs, and which step or input of one is which of the other."""

    before: Graph
    after: Graph
    names: Mapping[str, str]
    """Steps of both, by the older name."""
    ports: Mapping[str, str]

    def now(self, name: str) -> str | None:
        """What a step or input of the older graph is called; None where it is gone."""
        return self.names.get(name) or self.ports.get(name)


class Compare:
    """The comparison of the steps of two graphs."""

    def __init__(self, paired: Paired) -> None:
        self.paired = paired
        kept = {*paired.names, *paired.ports}, {*paired.names.values(), *paired.ports.values()}
        self._behind = _Behind(paired.before, kept[0]), _Behind(paired.after, kept[1])

    def fields(self, old: Node, new: Node) -> tuple[Field, ...]:
        """What differs between two steps, what was written before what follows."""
        found = [*self._named(old, new), *self._worked(old, new), *self._fed(old, new), *self._given(old, new)]
        return tuple(sorted(found, key=lambda each: each.follows))

    def same(self, old: Ref, new: Ref) -> bool:
        return (self.paired.now(old.node), old.result) == (new.node, new.result)

    def follows(self, old: Ref, new: Ref) -> bool:
        """Whether what stands between two values, and only one graph has, explains that they are not the same."""
        now = self._behind[1].of(new)
        return any(self.same(one, other) for one in self._behind[0].of(old) for other in now)

    def _named(self, old: Node, new: Node) -> Iterator[Field]:
        if old.name != new.name:
            locals = (old.local or old.name) != (new.local or new.name)
            # a landing is called after a skip, which is told of its own
            renamed = locals and (is_given(old) or is_given(new)) and not (old.merge and new.merge)
            yield Field(What.NAME, old.name, new.name, follows=not renamed)
        if old.kind != new.kind:
            yield Field(What.KIND, old.kind, new.kind, follows=self._again(old, new))

    def _worked(self, old: Node, new: Node) -> Iterator[Field]:
        was, now = arguments(old), arguments(new)
        if isinstance(old.work, Op) and type(old.work) is type(new.work):
            was, now = ({**_defaults(old.work, now), **was}, {**_defaults(new.work, was), **now})
        for name in dict.fromkeys([*now, *was]):
            if was.get(name) != now.get(name) or (name in was) != (name in now):
                yield Field(What.ARGUMENT, was.get(name), now.get(name), name, self._again(old, new))

    def _again(self, old: Node, new: Node) -> bool:
        """Whether both run the module of one other step again."""
        return bool(old.reuses and new.reuses) and self.paired.now(old.reuses or "") == new.reuses

    def _fed(self, old: Node, new: Node) -> Iterator[Field]:
        """What flows into them, and what out of them."""
        was, now = _sources(old), _sources(new)
        if len(was) != len(now) or not all(map(self._is_same, was, now)):
            yield Field(What.READS, _refs(was), _refs(now), follows=self._reads_follow(old, new))
        if len(old.sizes) != len(new.sizes) or not all(map(self.same, old.sizes, new.sizes)):
            follows = len(old.sizes) == len(new.sizes) and all(map(self._explained, old.sizes, new.sizes))
            yield Field(What.SIZES, _refs(old.sizes), _refs(new.sizes), follows=follows)
        if bool(old.reuses) != bool(new.reuses) or (old.reuses and self.paired.now(old.reuses) != new.reuses):
            yield Field(What.REUSES, old.reuses, new.reuses)
        if old.types != new.types:
            yield Field(What.TYPE, old.types, new.types, follows=True)
        before, after = self.paired.before.counts[old.name], self.paired.after.counts[new.name]
        if before != after:
            yield Field(What.WEIGHTS, before, after, follows=True)

    def _given(self, old: Node, new: Node) -> Iterator[Field]:
        """What the author said of them beside their arguments."""
        for what, was, now in (
            (What.PARAMETRIZE, old.parametrize, new.parametrize),
            (What.EXACT, old.exact, new.exact),
            (What.EXPECTED, old.expected, new.expected),
            (What.UNUSED, old.unused, new.unused),
        ):
            if was != now:
                yield Field(what, was, now)
        # skips, and places in the state_dict, are told of their own
        for told, before, after in (
            (What.KEY, old.keys, new.keys),
            (What.RESULTS, old.results, new.results),
            (What.MERGE, old.merge, new.merge),
        ):
            if before != after:
                yield Field(told, before, after, follows=True)

    def _is_same(self, old: Ref | None, new: Ref | None) -> bool:
        return old is new if old is None or new is None else self.same(old, new)

    def _explained(self, old: Ref, new: Ref) -> bool:
        return self.same(old, new) or self.follows(old, new)

    def _reads_follow(self, old: Node, new: Node) -> bool:
        was, now = _sources(old), _sources(new)
        if old.merge and new.merge:
            # what skips bring is told with the skips
            was, now = (
                () if node.merge is None or node.merge.main is None else (_sources(node)[node.merge.main],)
                for node in (old, new)
            )
            return not was or not now or self._explained_at(was[0], now[0])
        return len(was) == len(now) and all(map(self._explained_at, was, now))

    def _explained_at(self, old: Ref | None, new: Ref | None) -> bool:
        return old is new if old is None or new is None else self._explained(old, new)


class _Behind:
    """The values behind what only one graph has, and behind the landings of skips."""

    def __init__(self, graph: Graph, kept: set[str]) -> None:
        self._graph = graph
        self._kept = kept
        self._known: dict[str, frozenset[Ref]] = {}

    def of(self, ref: Ref) -> frozenset[Ref]:
        """The value itself where both graphs have it, and what the main path brings to a landing."""
        waiting = [ref.node]
        while waiting:
            name = waiting[-1]
            above = self._above(name)
            missing = [each.node for each in above if each.node not in self._known]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            self._known[name] = frozenset(
                found for each in above for found in (*self._known[each.node], *self._itself(each))
            )
        return self._known[ref.node] | self._itself(ref)

    def _itself(self, ref: Ref) -> frozenset[Ref]:
        return frozenset({ref}) if ref.node in self._kept or ref.node not in self._graph.by_name else frozenset()

    def _above(self, name: str) -> list[Ref]:
        """The values that stand for what a step gives."""
        node = self._graph.by_name.get(name)
        if node is None:
            return []
        if node.merge is not None and node.merge.main is not None:
            main = node.inputs[node.merge.main]
            return [] if main is None else [main.source]
        return [] if name in self._kept else list(node.reads)


def arguments(node: Node) -> Mapping[str, Any]:
    """What a step is given: of an op what is not as torch has it; of a block all its parameters."""
    if isinstance(node.work, Op):
        return node.work.given(*node.work.inferred)
    return node.work.arguments


def _defaults(op: Op, names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(op, name) for name in names}


def _sources(node: Node) -> tuple[Ref | None, ...]:
    return tuple(None if edge is None else edge.source for edge in node.inputs)


def _refs(refs: tuple[Ref | None, ...]) -> tuple[str | None, ...]:
    return tuple(None if ref is None else f"{ref.node}.{ref.result}" if ref.result else ref.node for ref in refs)
