"""A call of a block that has no level of its own (`key: ""`): its steps stand in the graph around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skipgraph.elaborate.blocks import bind_ports, finish, flat, opening, result_names
from skipgraph.elaborate.evaluate import Values
from skipgraph.elaborate.landings import expand_skips
from skipgraph.elaborate.make import Site
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Bound, Scope
from skipgraph.graph import Edge
from skipgraph.graph.model import leaves
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
        bind_ports(inner, block, refs)
        values = {**outer, **arguments}
        errors = len(run.report.errors)
        expand_skips(inner, block.skips, values)
        run.walk(inner, block.layers, values)
        outputs = flat(inner, block, finish(inner, block.outputs, values, block.span))
        if len(run.report.errors) > errors:
            raise Failed
    names = result_names(outputs)
    return Bound(tuple(leaves(outputs)), site.span, names, not names)
