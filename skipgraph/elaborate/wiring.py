"""What flows in: from `from` to an edge at each port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from skipgraph.diagnostics import Span
from skipgraph.diagnostics.suggest import closest
from skipgraph.elaborate.evaluate import Values, name_text, rounds
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Scope
from skipgraph.graph import Edge
from skipgraph.spec.keys import ItemKeys
from skipgraph.spec.mappings import entries_of
from skipgraph.spec.steps import headers_of, let_of
from skipgraph.text import Mapping as MappingNode
from skipgraph.text import Node, Scalar
from skipgraph.text import Sequence as SequenceNode

Wires = dict[str, list[Edge]]
"""The edges at each port, by the port's name without its mark."""


def bare(port: str) -> str:
    """A port's name without the mark of one that is optional (`?`) or takes any number (`*`)."""
    return port.rstrip("?*")


def wires_of(
    scope: Scope, ports: Sequence[str], source: Node | None, values: Values, reader: str, kind: str, span: Span
) -> Wires:
    """The edges at each port, as `from` says; without it the first port takes the step before."""
    wires: Wires = {bare(port): [] for port in ports}
    if source is None:
        if ports:
            wires[bare(ports[0])] = edges_of(scope, "prev", span, reader)
        return wires
    if not ports:
        scope.run.find("SG305", f"`{kind}` takes no input", source.span)
        raise Failed
    if isinstance(source, Scalar):
        wires[bare(ports[0])] = edges_of(scope, _one_name(scope, source, values, "`from`"), source.span, reader)
    elif isinstance(source, SequenceNode):
        _by_order(scope, ports, list(listed(scope, source, values, reader)), wires, kind, source.span)
    elif isinstance(source, MappingNode):
        _by_name(scope, ports, source, values, reader, kind, span, wires)
    return wires


def edges_of(scope: Scope, name: str, span: Span, reader: str) -> list[Edge]:
    """The edges that one reference gives: one, but for a port that takes any number."""
    return [Edge(ref, span) for ref in scope.resolve(name, span, reader)]


def listed(scope: Scope, items: SequenceNode, values: Values, reader: str) -> Iterator[Edge]:
    """The edges of a list of names, `m*` and `{for, take}` written out. Every unknown name is found, not the first."""
    failed = False
    for item in items:
        try:
            for name in names_of(scope, item, values):
                yield from edges_of(scope, name, item.span, reader)
        except Failed:
            failed = True
    if failed:
        raise Failed


def names_of(scope: Scope, item: Node, values: Values) -> Iterator[str]:
    """The names that one item of a list stands for."""
    if isinstance(item, MappingNode):
        entries = entries_of(item, ItemKeys, scope.run.report)
        if entries is None or "take" not in entries:
            raise Failed
        headers = headers_of(entries["for"][1], scope.run.report) if "for" in entries else ()
        let = let_of(entries, scope.run.report)
        when = entries["when"][1] if "when" in entries else None
        for inner in rounds(scope, headers, let, when, values):
            yield from names_of(scope, entries["take"][1], inner)
        return
    name = name_text(scope, item, values, "an item of a list of names")
    if name.endswith("*"):
        yield from scope.matching(name[:-1])
    else:
        yield name


def _one_name(scope: Scope, node: Node, values: Values, what: str) -> str:
    """A name outside a list."""
    name = name_text(scope, node, values, what)
    if name.endswith("*"):
        message = f"`{name}` stands for many values, and so it stands in a list"
        scope.run.find("SG305", message, node.span, help=f"write `[{name}]`")
        raise Failed
    return name


def _by_order(scope: Scope, ports: Sequence[str], edges: list[Edge], wires: Wires, kind: str, span: Span) -> None:
    single = [port for port in ports if not port.endswith("*")]
    if len(edges) > len(single) and not ports[-1].endswith("*"):
        if len(ports) == 1:
            message = f"`{kind}` takes one value, got a list of {len(edges)}"
            help = "join them in a step of its own: `- Concat: {from: [...]}`"
        else:
            message, help = f"`{kind}` takes {len(ports)} values, got {len(edges)}", None
        scope.run.find("SG305", message, span, help=help)
        raise Failed
    for port, edge in zip(single, edges, strict=False):
        wires[bare(port)] = [edge]
    if ports[-1].endswith("*"):
        wires[bare(ports[-1])] = edges[len(single) :]


def _by_name(
    scope: Scope,
    ports: Sequence[str],
    source: MappingNode,
    values: Values,
    reader: str,
    kind: str,
    span: Span,
    wires: Wires,
) -> None:
    failed = False
    known = [bare(port) for port in ports]
    for name, (key, value) in source.entries.items():
        if name not in known:
            near = closest(name, known)
            help = f"did you mean `{near}`?" if near else f"it has {', '.join(f'`{port}`' for port in known)}"
            scope.run.find("SG306", f"`{kind}` has no port `{name}`", key.span, help=help)
            failed = True
            continue
        try:
            if isinstance(value, SequenceNode):
                edges = list(listed(scope, value, values, reader))
                if f"{name}*" not in ports and len(edges) != 1:
                    scope.run.find("SG305", f"port `{name}` takes one value, got a list of {len(edges)}", value.span)
                    raise Failed
                wires[name] = edges
            else:
                wires[name] = edges_of(scope, _one_name(scope, value, values, f"port `{name}`"), value.span, reader)
        except Failed:
            failed = True
    if failed:
        raise Failed
    if ports and known[0] not in source.entries and not ports[0].endswith(("?", "*")):
        wires[known[0]] = edges_of(scope, "prev", span, reader)


def in_order(
    scope: Scope, ports: Sequence[str], wires: Mapping[str, list[Edge]], kind: str, span: Span
) -> tuple[Edge | None, ...]:
    """The inputs of a node, by port in order; what must be there is."""
    inputs: list[Edge | None] = []
    for port in ports:
        edges = wires[bare(port)]
        if port.endswith("*"):
            if not edges and len(ports) == 1:
                scope.run.find("SG305", f"`{kind}` needs at least one value", span)
                raise Failed
            inputs.extend(edges)
        elif edges:
            inputs.append(edges[0])
        elif port.endswith("?"):
            inputs.append(None)
        else:
            scope.run.find(
                "SG305",
                f"`{kind}` takes {' and '.join(f'`{bare(each)}`' for each in ports)}, and nothing arrives at `{port}`",
                span,
                help=f"write `from: [{', '.join(bare(each) for each in ports)}]`, with the names of steps",
            )
            raise Failed
    return tuple(inputs)
