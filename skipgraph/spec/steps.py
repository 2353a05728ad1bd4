"""The steps of a list, as they are written."""

from __future__ import annotations

from functools import lru_cache

from skipgraph.diagnostics import Report, Span
from skipgraph.spec.keys import LoopKeys, StepKeys, WhenKeys
from skipgraph.spec.mappings import entries_of, has_unknown, mapping_of, sequence_of
from skipgraph.spec.model import Call, Conditional, Entries, Loop, Step, Unread
from skipgraph.text import Mapping, Node, Scalar, Sequence


@lru_cache(maxsize=1)
def _step_keys() -> frozenset[str]:
    return frozenset(StepKeys.allowed())


def steps_of(node: Node | None, report: Report, what: str = "`layers`") -> tuple[Step, ...]:
    """The steps of a list; what is not a step is reported."""
    items = sequence_of(node, report, what)
    if items is None:
        return () if node is None else (Unread(node.span),)
    return tuple(_step(item, report) or Unread(item.span) for item in items)


def headers_of(node: Node, report: Report) -> tuple[Scalar, ...]:
    """The loops of a `for`: one string, or a list of them."""
    items = node if isinstance(node, Sequence) else [node]
    found = []
    for item in items:
        if isinstance(item, Scalar) and isinstance(item.value, str):
            found.append(item)
        else:
            report.add("SG203", f"`for` is a string such as `i in range(4)`, got {item.kind}", item.span)
    if isinstance(node, Sequence) and not len(node):
        report.add("SG203", "`for` needs at least one loop, such as `i in range(4)`", node.span)
    return tuple(found)


def let_of(entries: Entries, report: Report) -> Entries:
    """The names that `let` gives to values."""
    let = mapping_of(entries["let"][1], report, "`let`") if "let" in entries else None
    return let.entries if let else {}


def _is_let(entries: Entries, report: Report) -> bool:
    """Whether `let`, where it is written, gives names to values."""
    node = entries["let"][1] if "let" in entries else None
    return node is None or node.data is None or mapping_of(node, report, "`let`") is not None


def _step(node: Node, report: Report) -> Step | None:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return Call(node, {}, {}, None, node.span)
    if not isinstance(node, Mapping) or not len(node):
        report.add("SG210", f"a step is an op or a mapping such as `Conv2d: {{...}}`, got {node.kind}", node.span)
        return None
    if "for" in node.entries:
        return _loop(node, report)
    if "do" in node.entries:
        return _conditional(node, report)
    if len(node) > 1:
        _two_keys(node, report)
        return None
    [(op, value)] = node.entries.values()
    return _call(op, value, report)


def _loop(node: Mapping, report: Report) -> Loop | None:
    entries = entries_of(node, LoopKeys, report)
    # An unknown key may be the `let` or the `when` that the steps below need.
    if entries is None or has_unknown(node, LoopKeys) or "for" not in entries or "do" not in entries:
        return None
    headers = headers_of(entries["for"][1], report)
    if not headers or not _is_let(entries, report):
        return None
    when = entries["when"][1] if "when" in entries else None
    return Loop(
        headers,
        let_of(entries, report),
        when,
        steps_of(entries["do"][1], report, "`do`"),
        entries["for"][0].span,
    )


def _conditional(node: Mapping, report: Report) -> Conditional | None:
    entries = entries_of(node, WhenKeys, report)
    if entries is None or has_unknown(node, WhenKeys) or "when" not in entries:
        return None
    otherwise = steps_of(entries["else"][1], report, "`else`") if "else" in entries else ()
    return Conditional(
        entries["when"][1], steps_of(entries["do"][1], report, "`do`"), otherwise, entries["when"][0].span
    )


def _two_keys(node: Mapping, report: Report) -> None:
    """A step with several keys is most often one whose arguments are not indented far enough."""
    (first, (_, value)), *rest = node.entries.items()
    span = rest[0][1][0].span
    if isinstance(value, Scalar) and value.value is None:
        arguments = ", ".join(f"{name}: {_flow(entry[1])}" for name, entry in rest)
        report.add(
            "SG210",
            f"`{rest[0][0]}` stands beside `{first}`, not below it: its arguments are indented deeper than the op",
            span,
            help=f"write `- {first}: {{{arguments}}}`, or indent the arguments further",
        )
        return
    report.add(
        "SG210",
        f"a step has one key, its op; this has {len(node)}: {', '.join(f'`{name}`' for name in node.entries)}",
        span,
        help="begin a new step with `- `",
    )


def _flow(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.raw
    if isinstance(node, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(value)}" for name, (_, value) in node.entries.items()) + "}"
    return "[" + ", ".join(_flow(item) for item in node) + "]"  # type: ignore[attr-defined]


def _call(op: Scalar, value: Node, report: Report) -> Call | None:
    span = Span(op.source, op.line, op.column, op.end_line, op.end_column)
    if not isinstance(value, Mapping):
        leading = None if isinstance(value, Scalar) and value.value is None and not value.quoted else value
        return Call(op, {}, {}, leading, span)
    known = _step_keys()
    keys = {name: entry for name, entry in value.entries.items() if name in known}
    arguments = {name: entry for name, entry in value.entries.items() if name not in known}
    if "args" in keys:
        under = mapping_of(keys["args"][1], report, "`args`")
        for name, entry in (under.entries if under else {}).items():
            if name in arguments:
                report.add("SG103", f"`{name}` is written twice, also under `args`", entry[0].span)
            arguments[name] = entry
    return Call(op, keys, arguments, None, span)
