"""Items `m*` of lists that no step of the spec could be meant by: misspelt, they would silently stand for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from skipgraph.diagnostics import Report
from skipgraph.diagnostics.suggest import closest
from skipgraph.spec import File
from skipgraph.text import Mapping, Node, Scalar, Sequence

_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\*", re.ASCII)
_COUNT = re.compile(r"[0-9_]*", re.ASCII)


def report_patterns(spec: File, report: Report) -> None:
    """Warn of each `m*` where nothing is called `m` and digits, whatever loops and conditions come to."""
    nodes = list(_nodes(spec.document))
    items = [item for node in nodes if isinstance(node, Sequence) for item in node.items]
    patterns = [item for item in items if isinstance(item, Scalar) and _PATTERN.fullmatch(str(item.value))]
    if not patterns:
        return
    written = {name for node in nodes if isinstance(node, Mapping) for name in _names(node)}
    for item in patterns:
        stem = str(item.value)[:-1]
        if any(_could_be(name, stem) for name in written):
            continue
        stems = sorted({re.sub(r"[0-9_]*(\$.*)?$", "", name) for name in written} - {""})
        near = closest(stem, stems)
        report.add(
            "SG314",
            f"`{stem}*` stands for nothing: no step is called `{stem}` and digits",
            item.span,
            help=f"did you mean `{near}*`?" if near else None,
        )


def _nodes(document: Node) -> Iterator[Node]:
    waiting = [document]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Sequence):
            waiting.extend(node.items)
        elif isinstance(node, Mapping):
            waiting.extend(value for _, value in node.entries.values())


def _names(node: Mapping) -> Iterator[str]:
    """Names that a mapping gives to steps and ports, and stems of those that it leaves to be counted."""
    for key, (_, value) in node.entries.items():
        # `conv2d_0`: a step without a name is called after its op
        yield re.sub(r"\W", "_", key.rpartition(".")[2]).lower() + "_0"
        yield key
        if key == "name" and isinstance(value, Scalar):
            yield str(value.value)
        if key == "inputs" and isinstance(value, Sequence):
            yield from (str(item.value) for item in value.items if isinstance(item, Scalar))


def _could_be(name: str, stem: str) -> bool:
    """Whether a name, as written, can come out as the stem and digits; a port `stem*` is meant by `stem*` too."""
    fixed, dollar, _ = name.partition("$")
    if fixed.startswith(stem):
        return name == f"{stem}*" or (_COUNT.fullmatch(fixed[len(stem) :]) is not None and name != stem)
    return bool(dollar) and stem.startswith(fixed)
