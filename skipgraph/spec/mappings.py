"""Reading mappings by their class of keys: every key is known, every required one there, or it is reported."""

from __future__ import annotations

from functools import lru_cache

from skipgraph.diagnostics import Label, Report, Span
from skipgraph.diagnostics.suggest import closest
from skipgraph.spec.keys import Keys
from skipgraph.spec.model import Entries
from skipgraph.spec.names import RESERVED, refusal
from skipgraph.text import Mapping, Node, Scalar, Sequence


@lru_cache(maxsize=64)
def _allowed(keys: type[Keys]) -> dict[str, bool]:
    return keys.allowed()


def entries_of(node: Node, keys: type[Keys], report: Report, what: str = "") -> Entries | None:
    """The entries of a mapping whose keys are those of `keys`; a value of nothing counts as left out."""
    what = what or keys.what
    if not isinstance(node, Mapping):
        report.add("SG203", f"{what} is a mapping of keys, got {node.kind}", node.span)
        return None
    allowed = _allowed(keys)
    for name, (key, _) in node.entries.items():
        if name not in allowed:
            unknown_key(key, allowed, report, what)
    missing = [name for name, required in allowed.items() if required and name not in node.entries]
    if missing:
        names = " and ".join(f"`{name}`" for name in missing)
        code = "SG204" if missing == ["skipgraph"] else "SG202"
        help = "begin with `skipgraph: 1`" if "skipgraph" in missing else None
        report.add(code, f"{what} needs {names}", start_of(node), help=help)
    return {name: entry for name, entry in node.entries.items() if name in allowed}


def unknown_key(key: Scalar, allowed: dict[str, bool], report: Report, what: str) -> None:
    near = closest(str(key.value), allowed)
    help = f"did you mean `{near}`?" if near else f"it takes {', '.join(f'`{name}`' for name in allowed)}"
    report.add("SG201", f"unknown key `{key.value}` in {what}", key.span, help=help)


def start_of(node: Node) -> Span:
    """The first character of a node, for findings about what is not there."""
    return Span(node.source, node.line, node.column, node.line, node.column + 1)


def text_of(entries: Entries, key: str, report: Report, what: str) -> str | None:
    """A key's string, or None where it is left out or not a string."""
    entry = entries.get(key)
    if entry is None:
        return None
    node = entry[1]
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value
    report.add("SG203", f"`{key}` of {what} is a string, got {node.kind}", node.span)
    return None


def sequence_of(node: Node | None, report: Report, what: str) -> Sequence | None:
    if node is None or isinstance(node, Sequence):
        return node
    report.add("SG203", f"{what} is a list, got {node.kind}", node.span)
    return None


def mapping_of(node: Node | None, report: Report, what: str) -> Mapping | None:
    if node is None or isinstance(node, Mapping):
        return node
    if isinstance(node, Scalar) and node.value is None:
        return None
    report.add("SG203", f"{what} is a mapping, got {node.kind}", node.span)
    return None


def taken(name: Scalar, first: Scalar, report: Report) -> None:
    """A name that two things of one kind have."""
    report.add("SG304", f"`{name.value}` is taken", name.span, related=(Label(first.span, "first here"),))


def usable(
    name: Scalar, report: Report, what: str, reserved: frozenset[str] = RESERVED
) -> bool:
    """Whether a name can be used; where not, that is reported."""
    reason = refusal(str(name.value), reserved=reserved)
    if reason:
        report.add("SG211", f"{what} cannot be called `{str(name.value)[:40]}`: {reason}", name.span)
    return reason is None
