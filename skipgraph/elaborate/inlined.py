"""A call of a block that has no level of its own (`key: ""`): its steps stand in the graph around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skipgraph.elaborate.blocks import finish, flat, opening, port_spans, ports_of
from skipgraph.elaborate.evaluate import Values
from skipgraph.elaborate.landings import expand_skips
from skipgraph.elaborate.make import Site
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Bound, Scope
from skipgraph.graph import Edge, Ref
from skipgraph.spec.model import Block, File


def inlined(
    site: Site,
    kind: str,
    file: File,
    block: Block,
    arguments: Mapping[str, Any],
    outer: Values,
    inputs: tuple[Edge | None, ...],
) -> Bound:
    """What the block gives, its steps made here, below the level of the scope that calls it."""
    scope, run = site.scope, site.scope.run
    refs = tuple(edge.source for edge in inputs if edge is not None)
    types = tuple(scope.builder.type_of(ref) for ref in refs)
    with opening(run, site.span, kind, block, arguments, types, site.exact):
        inner = Scope(
            run,
            file,
            scope.builder,
            prefix=scope.prefix,
            frames=(*scope.frames, site.name),
            flat=(*scope.flat, site.name),
            calls=(*scope.calls, site.name),
            numbered=block.numbered,
            is_exact=site.exact,
            is_unused=site.unused,
        )
        _bind(inner, block, refs)
        values = {**outer, **arguments}
        errors = len(run.report.errors)
        expand_skips(inner, block.skips, values)
        run.walk(inner, block.layers, values)
        outputs = flat(inner, block, finish(inner, block.outputs, values, block.span))
        if len(run.report.errors) > errors:
            raise Failed
    if isinstance(outputs, Ref):
        return Bound((outputs,), site.span)
    names = tuple(outputs) if isinstance(outputs, Mapping) else tuple(str(index) for index in range(len(outputs)))
    values_of = outputs.values() if isinstance(outputs, Mapping) else outputs
    return Bound(tuple(each for each in values_of if isinstance(each, Ref)), site.span, names, False)


def _bind(scope: Scope, block: Block, refs: tuple[Ref, ...]) -> None:
    """The block's ports, as names for what flows in."""
    for index, (port, span) in enumerate(zip(ports_of(block), port_spans(block), strict=True)):
        if port.endswith("*"):
            rest = refs[index:]
            bound = Bound(rest, span, tuple(str(k) for k in range(len(rest))), many=True)
        else:
            bound = Bound((refs[index],), span)
        scope.names[port.rstrip("*")] = bound
        if index == 0:
            scope.prev = scope.input = bound
