"""Names: what each stands for in a scope, and how a reference is resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from skipgraph.diagnostics import Label, Span
from skipgraph.diagnostics.suggest import closest
from skipgraph.elaborate.builder import Builder
from skipgraph.elaborate.run import Failed, Run
from skipgraph.graph import Ref
from skipgraph.spec.model import Call, File, Numbered, Skip
from skipgraph.types import TensorType


@dataclass(frozen=True, slots=True)
class Bound:
    """What a name stands for. `refs` is None where its step failed, so that whatever reads it fails silently."""

    refs: tuple[Ref, ...] | None
    span: Span
    results: tuple[str, ...] = ()
    """Names of several results; empty for one."""
    has_first: bool = True
    """Whether the bare name means the first result."""
    many: bool = False
    """Whether it is a port that takes any number: the bare name means all."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A reference to a name that is not there yet: judged when the scope is complete."""

    name: str
    span: Span
    reader: str
    what: str


@dataclass(frozen=True)
class Landing:
    """One skip, its names evaluated, waiting for the step it lands at."""

    name: str
    source: str
    target: str
    port: str | None
    written: Skip
    values: Mapping[str, Any]
    merge: str
    dim: int
    first: bool
    """Whether it stands before what arrives on the main path."""

    @property
    def kind(self) -> tuple[str, int]:
        """Neighbours of one kind are one merge."""
        return self.merge, self.dim if self.merge == "concat" else 0


@dataclass
class Scope:
    """A file, a block, a path or a `via` while its steps are made."""

    run: Run
    file: File
    builder: Builder
    parent: Scope | None = None
    """The scope whose names a path may read."""
    owner: str = ""
    """The step of the parent that this scope belongs to."""
    prefix: tuple[str, ...] = ()
    """Its level in the state_dict, below the graph."""
    frames: tuple[str, ...] = ()
    flat: tuple[str, ...] = ()
    """The innermost frames that have no level of their own: steps without a name stand there by all of these."""
    calls: tuple[str, ...] = ()
    """The calls of blocks without a level that it stands in: each has skips of the same names in one graph."""
    numbered: Numbered | None = None
    names: dict[str, Bound] = field(default_factory=dict)
    prev: Bound | None = None
    prev_name: str = "prev"
    input: Bound | None = None
    landings: dict[str, list[Landing]] = field(default_factory=dict)
    reads: dict[str, list[str]] = field(default_factory=dict)
    """Which names each step reads: to tell a cycle from a name that merely comes later."""
    pending: list[Pending] = field(default_factory=list)
    passed: dict[str, Span] = field(default_factory=dict)
    """Names of steps that a `when` left out."""
    made_with: dict[str, tuple[Any, Call | None]] = field(default_factory=dict)
    """The values and the call of each node with a module, by node: for running it again."""
    is_exact: bool = False
    """Whether the step that this scope belongs to asks for `exact`, and so for that of each step within."""
    is_unused: bool = False
    """Whether that step is meant to be read by nothing."""
    exact: set[str] = field(default_factory=set)
    """Names of steps that ask for `exact`, for the skips that land there."""
    lost: set[str] = field(default_factory=set)
    """Names of steps at which a skip should land that could not be made."""
    blurred: bool = False
    """Whether steps are missing because a loop or `when` failed: then an unknown name is not reported."""
    _counts: dict[str, int] = field(default_factory=dict)
    _number: int = 0
    _folded: dict[str, str] = field(default_factory=dict)

    def automatic_name(self, kind: str) -> str:
        """`conv2d_0`, `conv2d_1`, ...: counted by kind, so that another kind's steps change nothing."""
        stem = re.sub(r"\W", "_", kind.rpartition(".")[2]).lower()
        while True:
            count = self._counts.get(stem, 0)
            self._counts[stem] = count + 1
            name = f"{stem}_{count}"
            if name not in self.names:
                return name

    def next_number(self) -> tuple[str, ...]:
        """The next place under `keys: numbered`."""
        assert self.numbered is not None
        self._number += 1
        return (*self.prefix, *self.numbered.below, str(self._number - 1))

    def bind(self, name: str, bound: Bound) -> None:
        """Give a name; one that is taken is reported, one that differs only in case as well."""
        self.is_taken(name, bound.span)
        twin = self._folded.setdefault(name.lower(), name)
        if twin != name and twin in self.names:
            self.run.find(
                "SG311",
                f"`{name}` and `{twin}` differ only in case",
                bound.span,
                related=(Label(self.names[twin].span, f"`{twin}`"),),
            )
        self.names[name] = bound

    def is_taken(self, name: str, span: Span) -> bool:
        """Whether something has the name already, which is reported."""
        first = self.names.get(name)
        if first is not None:
            again = first.span == span
            related = () if again else (Label(first.span, f"the first `{name}`"),)
            message = f"`{name}` is taken" + (" by an earlier round of the loop" if again else "")
            help = "put the loop's variable into the name: `name$i`" if again else "give one of them another name"
            self.run.find("SG304", message, span, related=related, help=help)
        return first is not None

    def find_name(self, name: str) -> Bound | None:
        """What a name stands for, here or in the scopes that a path may read."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def matching(self, stem: str) -> Iterator[str]:
        """The steps called `stem` and digits, in the order they were made; a port `stem*`, as it is declared."""
        pattern = re.compile(re.escape(stem) + r"\d+(_\d+)*\Z", re.ASCII)
        scope: Scope | None = self
        scopes = []
        while scope is not None:
            scopes.append(scope)
            scope = scope.parent
        seen: dict[str, None] = {}
        for scope in reversed(scopes):
            for name, bound in scope.names.items():
                if pattern.match(name) or (bound.many and name == stem):
                    seen[name] = None
        yield from seen

    def all_names(self) -> list[str]:
        scope: Scope | None = self
        found: list[str] = []
        while scope is not None:
            found.extend(scope.names)
            scope = scope.parent
        return found

    def resolve(self, text: str, span: Span, reader: str, what: str = "") -> tuple[Ref, ...]:
        """The values that a reference means: one, but for a port that takes any number.

        Raises Failed where there is none; an unknown name is remembered, and judged when the scope is complete.
        """
        stem, _, result = text.partition(".")
        bound = self._special(stem, span) or self.find_name(stem)
        stem = self.prev_name if stem == "prev" and bound is not None else stem
        if bound is None:
            self.pending.append(Pending(stem, span, reader, what))
            self.reads.setdefault(reader, []).append(stem)
            raise Failed
        self.reads.setdefault(reader, []).append(stem)
        if bound.refs is None:
            raise Failed
        return self._result(bound, stem, result, span)

    def one(self, text: str, span: Span, reader: str, what: str = "") -> Ref:
        """The one value that a reference means."""
        refs = self.resolve(text, span, reader, what)
        if len(refs) != 1:
            self.run.find("SG305", f"`{text}` stands for {len(refs)} values where one is due", span)
            raise Failed
        return refs[0]

    def _special(self, name: str, span: Span) -> Bound | None:
        if name == "prev":
            if self.prev is None:
                self.run.find("SG301", "there is no step before this one", span)
                raise Failed
            return self.prev
        return self.input if name == "input" and "input" not in self.names else None

    def _result(self, bound: Bound, name: str, result: str, span: Span) -> tuple[Ref, ...]:
        assert bound.refs is not None
        if not result:
            if bound.many:
                return bound.refs
            if not bound.has_first:
                choices = ", ".join(f"`{name}.{each}`" for each in bound.results[:4])
                self.run.find(
                    "SG307", f"`{name}` has {len(bound.results)} results: name one", span, help=f"write {choices}"
                )
                raise Failed
            return bound.refs[:1]
        if result in bound.results:
            return (bound.refs[bound.results.index(result)],)
        if not bound.results:
            message, help = f"`{name}` has one result, so there is no `{name}.{result}`", f"write `{name}`"
        else:
            near = closest(result, bound.results)
            message = f"`{name}` has no result `{result}`"
            choices = ", ".join(f"`{name}.{each}`" for each in bound.results[:8])
            help = f"did you mean `{name}.{near}`?" if near else f"it has {choices}"
        self.run.find("SG301", message, span, help=help)
        raise Failed

    def judge_pending(self) -> None:
        """Report the references that met no name: unknown, defined later, or a cycle."""
        for pending in self.pending:
            later = self.names.get(pending.name)
            if later is not None:
                self._later(pending, later)
            elif self.parent is not None:
                self.parent.pending.append(replace(pending, reader=self.owner))
                self.parent.reads.setdefault(self.owner, []).append(pending.name)
            elif not self.blurred:
                self._unknown(pending)

    def _unknown(self, pending: Pending) -> None:
        what = f" that {pending.what}" if pending.what else ""
        if pending.name in self.passed:
            self.run.find(
                "SG301",
                f"there is no step `{pending.name}`{what}: its `when` leaves it out",
                pending.span,
                related=(Label(self.passed[pending.name], "left out"),),
            )
            return
        near = closest(pending.name, [*self.all_names(), "prev", "input"])
        self.run.find(
            "SG301",
            f"there is no step `{pending.name}`{what}",
            pending.span,
            help=f"did you mean `{near}`?" if near else None,
        )

    def _later(self, pending: Pending, later: Bound) -> None:
        chain = self._chain(pending.reader, pending.name)
        if chain is None:
            self.run.find(
                "SG302",
                f"`{pending.name}` is defined later, at line {later.span.line}",
                pending.span,
                related=(Label(later.span, f"`{pending.name}` is defined here"),),
                help="steps run in the order they are written: move it above",
            )
            return
        where = {name: bound.span for name, bound in self.names.items()}
        shown = chain if len(chain) <= 8 else [*chain[:3], "...", *chain[-3:]]
        related = tuple(
            Label(where[name], f"`{name}` reads `{before}`" if before != "..." else f"`{name}` comes after them")
            for before, name in pairwise(shown)
            if name in where
        )
        arrows = " -> ".join(f"`{name}`" if name != "..." else name for name in [*shown, shown[0]])
        self.run.find("SG303", f"a cycle: {arrows}", pending.span, related=related)

    def _chain(self, first: str, last: str) -> list[str] | None:
        """The shortest way along which `last` hangs on `first`."""
        import networkx

        flow: networkx.DiGraph[str] = networkx.DiGraph()
        flow.add_nodes_from((first, last))
        flow.add_edges_from((read, reader) for reader, names in self.reads.items() for read in names)
        if first == last:
            return [first]
        try:
            return list(networkx.shortest_path(flow, first, last))
        except networkx.NetworkXNoPath:
            return None

    def values_seen(self) -> list[tuple[str, TensorType]]:
        """The names that stand for a value, with its type: for suggestions."""
        return [(name, self.builder.type_of(bound.refs[0])) for name, bound in self.names.items() if bound.refs]
