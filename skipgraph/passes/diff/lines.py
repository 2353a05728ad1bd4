"""The lines of a difference: one for each line of a spec, however many steps that line makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from skipgraph.diagnostics import Span
from skipgraph.graph import Count, Graph, Node
from skipgraph.passes.costs import short
from skipgraph.passes.diff.compare import arguments
from skipgraph.passes.diff.model import Difference, Field, Item, Mark, Scope, Skip, Step, What
from skipgraph.passes.diff.values import shown
from skipgraph.passes.signature import shape

_LISTED = 4
"""Values of one line that are written one by one."""
_TOLD = {What.KIND, What.ARGUMENT, What.NAME}
"""What of a landing is told with its skip."""


@dataclass(frozen=True, slots=True)
class Line:
    """A mark, what it is about, what differs, and where that is written."""

    mark: Mark
    name: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of the files themselves, or of a block: it is told once, however often it is called."""

    title: str
    lines: tuple[Line, ...]


def sections(difference: Difference, *, detail: bool = False) -> Iterator[Section]:
    """The lines by block, the files' own first; with `detail` what only follows from others, too."""
    groups: dict[tuple[str, str], list[Scope]] = {}
    for at, scope in enumerate(difference.scopes):
        groups.setdefault((scope.before.name, scope.after.name) if at else ("", ""), []).append(scope)
    for names, scopes in groups.items():
        lines = tuple(_Section(difference, scopes, is_top=names == ("", ""), detail=detail).lines())
        if lines:
            yield Section(_title(*names, scopes) if any(names) else "", lines)


def _title(old: str, new: str, scopes: list[Scope]) -> str:
    """`double_conv (9 calls)`, `double_conv (1 of 9 calls)`."""
    total = sum(len(scope.calls) for scope in scopes)
    count = sum(len(scope.calls) for scope in scopes if not scope.is_same)
    calls = "1 call" if total == 1 else f"{total} calls" if count == total else f"{count} of {total} calls"
    return f"{renamed(old, new)} ({calls})"


def following(difference: Difference) -> int:
    """How many steps differ only by what other lines tell, each counted as often as it is called."""
    return sum(
        len(scope.calls)
        for scope in difference.scopes
        for step in scope.steps
        if step.mark is Mark.KEPT and any(each.what in (What.TYPE, What.WEIGHTS) for each in step.fields)
    )


def renamed(old: str, new: str) -> str:
    return old if old == new else f"{old} -> {new}"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A step or skip of one scope."""

    scope: Scope
    change: Step | Skip

    @property
    def sides(self) -> tuple[tuple[Node | None, str], tuple[Node | None, str]]:
        """The nodes, and the names."""
        change = self.change
        if isinstance(change, Skip):
            return tuple(  # type: ignore[return-value]
                (side.node, side.name) if side else (None, "") for side in (change.before, change.after)
            )
        return tuple((side, side.name if side else "") for side in (change.before, change.after))  # type: ignore[return-value]


class _Section:
    """The lines of scopes that are one block."""

    def __init__(self, difference: Difference, scopes: list[Scope], *, is_top: bool, detail: bool) -> None:
        self.difference = difference
        self.scopes = scopes
        self.is_top = is_top
        self.detail = detail

    def lines(self) -> Iterator[Line]:
        for scope in self.scopes[: 1 if self.is_top else None]:
            yield from self._items(scope)
        groups: dict[Any, list[_Entry]] = {}
        for scope in self.scopes:
            for step in scope.steps:
                if self._is_told(step):
                    entry = _Entry(scope, step)
                    groups.setdefault(self._key(entry), []).append(entry)
        for scope in self.scopes:
            for skip in scope.skips:
                if skip.mark is not Mark.KEPT:
                    entry = _Entry(scope, skip)
                    groups.setdefault(self._key(entry), []).append(entry)
        for group in groups.values():
            yield self._line(group)

    def _items(self, scope: Scope) -> Iterator[Line]:
        for word, items in (("input", scope.inputs), ("output", scope.outputs)):
            for item in items:
                follows = item.follows and not self.is_top and item.before_name == item.after_name
                if item.mark is not Mark.KEPT and (not follows or self.detail):
                    yield Line(item.mark, f"{word} {_named(item)}".strip(), _values(item), "")

    def _is_told(self, step: Step) -> bool:
        if step.mark is Mark.KEPT:
            return self.detail and bool(step.fields)
        landing = any(node is not None and node.merge for node in (step.before, step.after))
        edits = {each.what for each in step.fields if not each.follows}
        return not landing or not edits <= _TOLD

    def _key(self, entry: _Entry) -> Any:
        (old, _), (new, _) = entry.sides
        fields = tuple((each.what, each.name, each.follows) for each in entry.change.fields if self._shows(each))
        return entry.change.mark, isinstance(entry.change, Skip), _spot(old), _spot(new), fields

    def _shows(self, each: Field) -> bool:
        return not each.follows or (self.detail and each.what in (What.TYPE, What.WEIGHTS))

    def _line(self, group: list[_Entry]) -> Line:
        change = group[0].change
        texts = [f"({len(group)} steps)"] if len(group) > len(self.scopes) and isinstance(change, Step) else []
        texts.append(self._kind(change))
        for each in change.fields:
            if self._shows(each) and each.what not in (What.NAME, What.KIND):
                texts.append(self._field(group, each))
        if len(group) == 1 and not self.detail:
            texts += [self._field(group, each) for each in change.fields if each.what in (What.TYPE, What.WEIGHTS)]
        if isinstance(change, Step) and change.mark in (Mark.ADDED, Mark.REMOVED):
            texts += self._whole(group)
        (old, _), (new, _) = group[0].sides
        return Line(change.mark, self._names(group), "  ".join(filter(None, texts)), place(old, new))

    def _names(self, group: list[_Entry]) -> str:
        olds, news = (list(dict.fromkeys(entry.sides[side][1] for entry in group)) for side in (0, 1))
        change = group[0].change
        moved = change.of(What.NAME)
        if change.before is None or change.after is None:
            return _range(news if change.before is None else olds)
        return f"{_range(olds)} -> {_range(news)}" if moved and not moved.follows else _range(news)

    def _kind(self, change: Step | Skip) -> str:
        if isinstance(change, Step):
            moved = change.of(What.KIND)
            return f"{moved.before} -> {moved.after}" if moved else change.node.kind
        side = change.after or change.before
        assert side is not None
        merge = change.of(What.KIND)
        how = f"{merge.before.lower()} -> {merge.after.lower()}" if merge else side.kind.lower()
        ends = f"{side.source} -> {side.target}" if change.mark in (Mark.ADDED, Mark.REMOVED) else ""
        return "  ".join(filter(None, ("skip", ends, how)))

    def _field(self, group: list[_Entry], each: Field) -> str:
        pairs = []
        for entry in group:
            found = next(f for f in entry.change.fields if (f.what, f.name) == (each.what, each.name))
            pairs.append(self._pair(entry, found))
        texts = list(dict.fromkeys(pairs))
        if len(texts) > _LISTED:
            texts = [f"{texts[0]} ... {texts[-1]}"]
        word = each.name if each.what is What.ARGUMENT else "" if each.what is What.TYPE else each.what.value
        return f"{word} {', '.join(texts)}".strip()

    def _pair(self, entry: _Entry, each: Field) -> str:
        """`64 -> 32`."""
        match each.what:
            case What.TYPE:
                contracts = self.difference.before.contract, self.difference.after.contract
                sides = [
                    " ".join(shape(kind, contract, self.difference.sizes) for kind in types)
                    for types, contract in zip((each.before, each.after), contracts, strict=True)
                ]
            case What.WEIGHTS:
                sides = [_count(count) for count in (each.before, each.after)]
            case What.READS | What.SIZES:
                sides = [", ".join(name or "-" for name in names) or "nothing" for names in (each.before, each.after)]
            case What.ORDER:
                sides = ["skip_first" if first else "main_first" for first in (each.before, each.after)]
            case _:
                change = entry.change
                texts = [shown(value) for value in (each.before, each.after)]
                if each.what is What.ARGUMENT and isinstance(change, Step) and change.before and change.after:
                    there = [each.name in arguments(node) for node in (change.before, change.after)]
                    if change.of(What.KIND) and not all(there):
                        return f"{texts[1]} (new)" if there[1] else f"{texts[0]} (gone)"
                sides = texts
        one, other = sides
        return f"{one} -> {other}" if one != other else one

    def _whole(self, group: list[_Entry]) -> Iterator[str]:
        """What a step that only one network has is."""
        is_new = group[0].change.before is None
        network = self.difference.after if is_new else self.difference.before
        found: dict[str, list[str]] = {"given": [], "shape": [], "weights": []}
        for entry in group:
            assert isinstance(entry.change, Step)
            node = entry.change.node
            given = (f"{name} {shown(value)}" for name, value in arguments(node).items())
            found["given"].append(", ".join(given))
            found["shape"].append(" ".join(shape(kind, network.contract, self.difference.sizes) for kind in node.types))
            graph: Graph = entry.scope.after if is_new else entry.scope.before
            count = graph.counts[node.name]
            found["weights"].append(f"{_count(count)} weights" if count.total else "")
        for texts in found.values():
            each = list(dict.fromkeys(filter(None, texts)))
            yield each[0] if len(each) == 1 else f"{each[0]} ... {each[-1]}" if each else ""


def _spot(node: Node | None) -> tuple[str, int, int] | None:
    return None if node is None else (node.span.source.name, node.span.line, node.span.column)


def place(old: Node | None, new: Node | None) -> str:
    """Where it is written: `a.yaml:12 -> b.yaml:14`, once where that is one place."""
    places = [_at(node.span) for node in (old, new) if node is not None]
    return " -> ".join(dict.fromkeys(places))


def _at(span: Span) -> str:
    return f"{span.source.name}:{span.line}"


def _range(names: list[str]) -> str:
    """`enc0..enc3`."""
    return ", ".join(names) if len(names) < 3 else f"{names[0]}..{names[-1]}"


def _named(item: Item) -> str:
    names = [name for name in (item.before_name, item.after_name) if name is not None]
    return " -> ".join(name or "(no name)" for name in dict.fromkeys(names)) if any(names) else ""


def _values(item: Item) -> str:
    values = [
        text for name, text in ((item.before_name, item.before), (item.after_name, item.after)) if name is not None
    ]
    return " -> ".join(dict.fromkeys(values))


def _count(count: Count) -> str:
    return short(count.trained) if count.trained or not count.buffers else f"{short(count.buffers)} in buffers"


def items_line(items: Iterable[Item], of: Callable[[Item], str] = _values) -> str:
    """`base 64 -> 32, depth 4 -> 5`."""
    words = {Mark.ADDED: " (new)", Mark.REMOVED: " (gone)"}
    return ", ".join(
        f"{_named(each)} {of(each)}{words.get(each.mark, '')}" for each in items if each.mark is not Mark.KEPT
    )
