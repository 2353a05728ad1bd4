"""Two networks in one: every step, skip, input and output of both, block by block, with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from skipgraph.graph import Graph, Network
from skipgraph.passes.diff.compare import Compare, Paired
from skipgraph.passes.diff.labels import Labels, named_outputs
from skipgraph.passes.diff.match import matched, matched_outputs, matched_ports
from skipgraph.passes.diff.model import Difference, Item, Scope, Step, Totals
from skipgraph.passes.diff.places import places_of
from skipgraph.passes.diff.skips import skips_of
from skipgraph.passes.diff.values import shown
from skipgraph.passes.signature import shape
from skipgraph.passes.summary import summary
from skipgraph.types import TensorType


def difference(before: Network, after: Network, sizes: Mapping[str, int] | None = None) -> Difference:
    """What differs between two networks; in `sizes`, numbers for axes whose multiply-accumulates are to be told."""
    scopes = _Scopes(before, after)
    top = scopes.of(before.graph, after.graph, ("", ""))
    totals = []
    for network in (before, after):
        known = {axis: size for axis, size in (sizes or {}).items() if axis in network.contract.symbols}
        made = summary(network, known)
        totals.append(Totals(made.count, made.macs, made.is_partial))
    return Difference(
        before,
        after,
        scopes.listed(),
        tuple(_params(before.graph, after.graph)),
        places_of(top, scopes.known),
        (totals[0], totals[1]),
        sizes or {},
    )


def _params(before: Graph, after: Graph) -> Iterator[Item]:
    was, now = before.arguments, after.arguments
    for name in dict.fromkeys([*was, *now]):
        yield Item(
            name if name in was else None,
            name if name in now else None,
            shown(was[name]) if name in was else "",
            shown(now[name]) if name in now else "",
        )


@dataclass
class _Found:
    scope: Scope
    calls: list[tuple[str, str]]


class _Scopes:
    """The scopes of two networks. Equal calls share one graph, so each two graphs are compared once."""

    def __init__(self, before: Network, after: Network) -> None:
        self.before, self.after = before, after
        self.labels = Labels()
        self._found: dict[tuple[int, int], _Found] = {}

    @property
    def known(self) -> Mapping[tuple[int, int], Scope]:
        return {key: found.scope for key, found in self._found.items()}

    def listed(self) -> tuple[Scope, ...]:
        """All of them, those that call others before those."""
        return tuple(replace(found.scope, calls=tuple(found.calls)) for found in self._found.values())

    def of(self, before: Graph, after: Graph, call: tuple[str, str]) -> Scope:
        """The scope of two graphs, and of all blocks that both call at the same places."""
        key = id(before), id(after)
        if key not in self._found:
            # its place among the scopes is that of its first call
            self._found[key] = _Found(self._compared(before, after), [])
        found = self._found[key]
        found.calls.append(call)
        for step in found.scope.steps:
            if step.before and step.after:
                inner = step.before.work, step.after.work
                if isinstance(inner[0], Graph) and isinstance(inner[1], Graph):
                    names = (f"{call[0]}.{step.before.name}".lstrip("."), f"{call[1]}.{step.after.name}".lstrip("."))
                    self.of(inner[0], inner[1], names)
        return found.scope

    def _compared(self, before: Graph, after: Graph) -> Scope:
        paired = Paired(before, after, matched(before, after, self.labels), matched_ports(before, after))
        compare = Compare(paired)
        return Scope(
            before,
            after,
            (),
            tuple(_steps(paired, compare)),
            tuple(skips_of(paired, compare)),
            tuple(self._inputs(paired)),
            tuple(self._outputs(paired, compare)),
        )

    def _inputs(self, paired: Paired) -> Iterator[Item]:
        was, now = paired.before.ports, paired.after.ports
        older = {new: old for old, new in paired.ports.items()}
        for name in [*now, *(name for name in was if name not in paired.ports)]:
            old = older.get(name) if name in now and name in older else None if name in now else name
            new = name if name in now and (old is None or old in paired.ports) else None
            before = self._shape(was[old].type, False) if old else ""
            after = self._shape(now[new].type, True) if new else ""
            yield Item(old, new, before, after, follows=paired.before is not self.before.graph)

    def _outputs(self, paired: Paired, compare: Compare) -> Iterator[Item]:
        was, now = named_outputs(paired.before.outputs), named_outputs(paired.after.outputs)
        pairs = matched_outputs(paired.before, paired.after)
        for old, new in pairs.items():
            one, other = was[old], now[new]
            source = one if not (compare.same(one, other) or compare.follows(one, other)) else other
            types = paired.before.type_of(one), paired.after.type_of(other)
            texts = self._shape(types[0], False), self._shape(types[1], True)
            follows = source == other
            names = [f"{ref.node} {text}" for ref, text in zip((source, other), texts, strict=True)]
            yield Item(old, new, names[0], names[1], follows)
        for name in was:
            if name not in pairs:
                yield Item(name, None, f"{was[name].node} {self._shape(paired.before.type_of(was[name]), False)}", "")
        for name in now:
            if name not in pairs.values():
                yield Item(None, name, "", f"{now[name].node} {self._shape(paired.after.type_of(now[name]), True)}")

    def _shape(self, kind: TensorType, is_after: bool) -> str:
        return shape(kind, (self.after if is_after else self.before).contract, {})


def _steps(paired: Paired, compare: Compare) -> Iterator[Step]:
    """The steps of both: each pair where the newer has it, and what is gone behind what it stood behind."""
    older = {new: old for old, new in paired.names.items()}
    gone: dict[str, list[Step]] = {}
    at = ""
    for node in paired.before.nodes:
        if node.name in paired.names:
            at = node.name
        else:
            gone.setdefault(at, []).append(Step((), node, None))
    yield from gone.get("", ())
    for node in paired.after.nodes:
        if node.name not in older:
            yield Step((), None, node)
            continue
        old = paired.before.by_name[older[node.name]]
        yield Step(compare.fields(old, node), old, node)
        yield from gone.get(old.name, ())
