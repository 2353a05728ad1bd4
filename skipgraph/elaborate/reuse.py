"""`Reuse`: the module of another step, run again with the same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from skipgraph.diagnostics import Label
from skipgraph.elaborate.evaluate import name_text
from skipgraph.elaborate.landings import land
from skipgraph.elaborate.make import Site, weight_shapes
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Bound
from skipgraph.elaborate.wiring import in_order, wires_of
from skipgraph.graph import Graph, Node
from skipgraph.ops import CATALOG
from skipgraph.spec.keys import ReuseKeys
from skipgraph.spec.mappings import unknown_key
from skipgraph.spec.model import Call


def reuse(site: Site, make: Callable[..., Bound]) -> Bound:
    """What the module of step `of` gives for other inputs."""
    scope, call = site.scope, site.call
    assert call is not None
    original, written = _original(site, call)
    ports = _ports(original)
    source = call.keys["from"][1] if "from" in call.keys else None
    wires = wires_of(scope, ports, source, site.values, site.name, "Reuse", site.span)
    land(scope, site.name, "Reuse", ports, wires)
    inputs = in_order(scope, ports, wires, original.kind, site.span)
    types = tuple(None if edge is None else scope.builder.type_of(edge.source) for edge in inputs)
    before = tuple(None if edge is None else scope.builder.type_of(edge.source) for edge in original.inputs)
    errors = len(scope.run.report.errors)
    again = Site(
        scope,
        site.span,
        site.name,
        site.named,
        *scope.made_with[original.name],
        exact=site.exact,
        unused=site.unused,
    )
    try:
        bound = make(again, original.kind, inputs, (), original)
    except Failed:
        if len(scope.run.report.errors) == errors:
            _unfit(site, original, written, types, before)
        raise
    assert bound.refs is not None
    made = scope.builder.nodes[bound.refs[0].node]
    alike = replace(made, parametrize=original.parametrize)
    if weight_shapes(scope, alike) != weight_shapes(scope, original):
        _unfit(site, original, written, types, before)
        raise Failed
    return bound


def _original(site: Site, call: Call) -> tuple[Node, str]:
    scope = site.scope
    for name, (key, _) in call.arguments.items():
        if name != "of":
            unknown_key(key, {**ReuseKeys.allowed(), "from": False, "name": False}, scope.run.report, "`Reuse`")
            raise Failed
    node = call.arguments["of"][1] if "of" in call.arguments else call.leading
    if node is None:
        message = "`Reuse` needs `of`, the step whose module runs again"
        scope.run.find("SG207", message, site.span, help="write `- Reuse: {of: ...}`")
        raise Failed
    name = name_text(scope, node, site.values, "`of`")
    ref = scope.one(name, node.span, site.name, "`of` names")
    original = scope.builder.nodes.get(ref.node)
    if original is not None and original.reuses:
        original = scope.builder.nodes[original.reuses]
    if original is None or original.merge is not None or not original.keys or original.name not in scope.made_with:
        scope.run.find("SG312", f"`{name}` has no module to run again", node.span)
        raise Failed
    made_by = scope.made_with[original.name][1]
    if made_by is not None and "repeat" in made_by.keys:
        message, help = (
            f"`{name}` is repeated: its copies are modules of their own",
            "repeat inside a block, and reuse that",
        )
        scope.run.find("SG312", message, node.span, help=help)
        raise Failed
    return original, name


def _ports(original: Node) -> tuple[str, ...]:
    if isinstance(original.work, Graph):
        return tuple(port.name for port in original.work.inputs)
    if original.kind in CATALOG:
        return CATALOG[original.kind].ports
    return ("tensors*",)


def _unfit(site: Site, original: Node, name: str, types: tuple[object, ...], before: tuple[object, ...]) -> None:
    arrive, were = ", ".join(map(str, types)), ", ".join(map(str, before))
    site.scope.run.find(
        "SG312",
        f"`{name}` was made for {were}; for {arrive} it would need other weights",
        site.span,
        related=(Label(original.span, f"`{name}` is made here"),),
    )
