"""YAML text -> nodes: a bounded composer over PyYAML's events.

Its C loader recurses, and dies on 25 KB of `[`; its events do not, and stop at the first one too many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yaml import events
from yaml.error import MarkedYAMLError

from skipgraph.diagnostics import Label, Report, Source, Span
from skipgraph.limits import Limits
from skipgraph.text.characters import FORBIDDEN, named, place
from skipgraph.text.nodes import Mapping, Node, Scalar, Sequence
from skipgraph.text.scalars import Unheld, resolved
from skipgraph.text.yaml_cuts import Cuts, unbalanced
from skipgraph.text.yaml_errors import explain

_MOST_FINDINGS = 1_000
_BLOCKS = "write what is used more than once as a block under `blocks`, with params"
_ALIAS = f"quote the text if it only starts with `*`; {_BLOCKS}"
_KINDS = {int: "a number", float: "a number", bool: "true or false", type(None): "null"}


def compose(source: Source, report: Report, limits: Limits) -> Node | None:
    """The tree of a YAML text whose characters have been checked, or None after findings."""
    return _Composer(source, report, limits).compose()


def _events(text: str) -> Callable[[], Any]:
    """A function that gives the next event of the text."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        from yaml import SafeLoader

        return SafeLoader(text).get_event
    return CParser(text).get_event


class _Stop(Exception):
    """Nothing after this can be read."""


class _Composer:
    """One text on its way to a tree."""

    def __init__(self, source: Source, report: Report, limits: Limits) -> None:
        self.source = source
        self.report = report
        self.limits = limits
        self.cuts = Cuts(source)
        self.anchors: set[str] = set()
        self.failures = 0
        self.last = 0
        """Where the last scalar starts."""

    def compose(self) -> Node | None:
        root: Node | None = None
        try:
            root = self.events()
        except _Stop:
            pass
        except MarkedYAMLError as error:
            self.syntax(error)
        self.cuts.report(self.report)
        return None if self.failures or self.cuts.found else root

    def events(self) -> Node | None:
        """The root. One loop over the events: what is open waits on a stack, innermost in local names."""
        source, text, limits = self.source, self.source.text, self.limits
        get = _events(text)
        scalar_event, mapping_start, sequence_start = (
            events.ScalarEvent,
            events.MappingStartEvent,
            events.SequenceStartEvent,
        )
        ends, alias_event = (events.MappingEndEvent, events.SequenceEndEvent), events.AliasEvent
        most_nodes, most_scalar, most_depth = limits.nodes, limits.scalar, limits.depth
        # Specs say `3` and `false` ten thousand times.
        known: dict[str, bool | int | float | str | None] = {}
        missing = object()

        # The innermost open collection: its items, or its entries and the key that waits for a value.
        roots: list[Node] = []
        items: list[Node] | None = roots
        entries: dict[str, tuple[Scalar, Node]] | None = None
        key: Scalar | None = None
        start_line = start_column = 0
        flow = False
        end_line = end_column = 1
        stack: list[Any] = []
        nodes = documents = 0
        node: Node

        while (event := get()) is not None:
            cls = event.__class__
            if cls is scalar_event:
                start, end = event.start_mark, event.end_mark
                line, end_line = start.line + 1, end.line + 1
                column, end_column = start.column + 1, end.column + 1
                raw = event.value
                if event.anchor is not None or event.tag is not None:
                    self.decorated(event)
                if len(raw) > most_scalar:
                    raise self.over(start, f"a text of {len(raw):,} characters; the limit is {most_scalar:,}")
                style = event.style
                if not style:
                    self.last = start.index
                    value: Any = known.get(raw, missing)
                    if value is missing:
                        value = self.resolved(raw, event, known)
                    if flow and "(" in raw and start.index >= self.cuts.until and unbalanced(raw):
                        self.cuts.note(start.index, line, column)
                    if line != end_line:
                        raw = text[start.index : end.index]
                    node = Scalar(source, line, column, end_line, end_column, value, raw, False)
                else:
                    self.last = start.index
                    value = raw
                    raw = text[start.index : end.index]
                    if style in "|>":
                        # The event ends where the next token starts, lines below.
                        raw = raw.rstrip()
                        rows = raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")
                        end_line = line + len(rows) - 1
                        end_column = (column if len(rows) == 1 else 1) + len(rows[-1])
                    node = Scalar(source, line, column, end_line, end_column, value, raw, True)
                    if style == '"' and "\\" in raw:
                        self.unescaped(node, value)
            elif cls is mapping_start or cls is sequence_start:
                if event.anchor is not None or event.tag is not None:
                    self.decorated(event)
                if len(stack) >= most_depth:
                    raise self.over(event.start_mark, f"nested more than {most_depth} deep")
                stack.append((items, entries, key, start_line, start_column, flow))
                mark = event.start_mark
                start_line, start_column, flow = mark.line + 1, mark.column + 1, event.flow_style
                items, entries, key = ([], None, None) if cls is sequence_start else (None, {}, None)
                continue
            elif cls in ends:
                if flow:
                    mark = event.end_mark
                    end_line, end_column = mark.line + 1, mark.column + 1
                # Else a block ends with its last value: the event's own end is lines below.
                if items is not None:
                    node = Sequence(source, start_line, start_column, end_line, end_column, tuple(items))
                else:
                    assert entries is not None
                    node = Mapping(source, start_line, start_column, end_line, end_column, entries)
                items, entries, key, start_line, start_column, flow = stack.pop()
            elif cls is alias_event:
                mark, end = event.start_mark, event.end_mark
                line, column, end_line, end_column = mark.line + 1, mark.column + 1, end.line + 1, end.column + 1
                node = Scalar(source, line, column, end_line, end_column, "", text[mark.index : end.index], True)
                if key is None or key.value != "<<":
                    self.alias(node)
            elif cls is events.DocumentStartEvent:
                documents += 1
                self.document(event, documents)
                continue
            else:
                continue

            nodes += 1
            if nodes > most_nodes:
                raise self.over(event.start_mark, f"more than {most_nodes:,} values")
            if items is not None:
                items.append(node)
                continue
            assert entries is not None
            if key is not None:
                entries[key.value] = (key, node)  # type: ignore[index]
                key = None
            elif cls is scalar_event and value.__class__ is str and value not in entries and value != "<<":
                key = node  # type: ignore[assignment]
            else:
                key = self.odd_key(node, entries)
        return self.one(roots)

    def one(self, roots: list[Node]) -> Node | None:
        """The root, unless there is nothing in the text."""
        root = roots[0] if roots else None
        if root is not None and not (isinstance(root, Scalar) and root.raw == ""):
            return root
        message = "the file holds only comments" if self.source.text.strip() else "the file is empty"
        self.failed("SG109", message, Span(self.source, 1, 1, 1, 1), help="a spec starts with `skipgraph: 1`")
        return None

    def failed(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        related: tuple[Label, ...] = (),
        help: str | None = None,
    ) -> None:
        self.report.add(code, message, span, label, related=related, help=help)
        self.failures += 1
        if self.failures >= _MOST_FINDINGS:
            raise _Stop

    def over(self, mark: Any, message: str) -> _Stop:
        """The end of a text that goes over a limit."""
        line, column = mark.line + 1, mark.column + 1
        self.failed("SG106", message, Span(self.source, line, column, line, column + 1))
        return _Stop()

    def syntax(self, error: MarkedYAMLError) -> None:
        index = error.problem_mark.index if error.problem_mark else 0
        if index < self.cuts.until:
            return
        before = self.source.text[self.last : index]
        indexed = before.startswith("$") and self.source.text.startswith("[", index)
        if indexed and self.cuts.note(self.last, *place(self.source.text, self.last)):
            return
        self.failures += 1
        explain(self.source, error, self.last, self.report)

    def resolved(self, raw: str, event: Any, known: dict[str, bool | int | float | str | None]) -> Any:
        """The value of an unquoted scalar met for the first time."""
        try:
            value = known[raw] = resolved(raw)
        except Unheld as error:
            if event.start_mark.index >= self.cuts.until:
                self.failed("SG111", f"a number that cannot be held: {error}", self.span(event))
            return 0
        return value

    def unescaped(self, node: Scalar, value: str) -> None:
        """Refuse an escape that smuggles in what may not stand in the text."""
        if found := FORBIDDEN.search(value):
            self.failed("SG107", f"an escape that makes {named(found[0])}, which may not stand in a spec", node.span)

    def decorated(self, event: Any) -> None:
        """Refuse an anchor, a tag, or both."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        start = event.start_mark.index
        if start < self.cuts.until:
            return
        words = self.source.text[start : start + 200].split()
        span = Span(self.source, line, column, line, column + len(words[0]))
        if event.anchor is not None:
            self.anchors.add(event.anchor)
            self.failed("SG104", f"a spec takes no YAML anchors: `&{event.anchor}`", span, help=_BLOCKS)
        if event.tag is not None:
            shown = next((word for word in words if word.startswith("!")), "!")
            self.failed("SG105", f"a spec takes no YAML tags: `{shown}`", span, help="delete it, or quote the text")

    def alias(self, node: Scalar) -> None:
        if node.raw[1:] not in self.anchors:
            self.failed("SG104", f"a spec takes no YAML aliases: `{node.raw}`", node.span, help=_ALIAS)

    def document(self, event: Any, count: int) -> None:
        """Refuse a second document, and directives."""
        if count > 1:
            self.failed(
                "SG108", "a second document starts here", self.span(event), help="give each spec a file of its own"
            )
            raise _Stop
        if event.version or event.tags:
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            span = Span(self.source, line, column, line, len(self.source.line(line)) + 1)
            self.failed("SG105", "a spec takes no YAML directives", span, help="delete the line")

    def odd_key(self, node: Node, entries: dict[str, tuple[Scalar, Node]]) -> Scalar:
        """A key to go on with, after a finding about the one that is there."""
        if self.last < self.cuts.until:
            return _stand_in(node)
        if not isinstance(node, Scalar):
            self.failed("SG110", f"a key must be a string, not {node.kind}", node.span)
            return _stand_in(node)
        if not isinstance(node.value, str):
            what = f"`{node.raw}` is {_KINDS[type(node.value)]}" if node.raw else "this one is missing"
            cure = f"quote it: `'{node.raw}'`" if node.raw else "write a name before the `:`"
            self.failed("SG110", f"a key must be a string; {what}", node.span, help=cure)
            return _stand_in(node)
        if node.value == "<<" and not node.quoted:
            self.failed("SG104", "a spec takes no YAML merge keys", node.span, help=_BLOCKS)
        elif node.value in entries:
            first = Label(entries[node.value][0].span, "it is first written here")
            self.failed("SG103", f"the key `{node.value}` is written twice", node.span, related=(first,))
        return node

    def span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _stand_in(node: Node) -> Scalar:
    return Scalar(node.source, node.line, node.column, node.end_line, node.end_column, "", "", True)
