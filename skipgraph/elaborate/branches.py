"""`Branches`: paths side by side from one input, merged in the order written."""

from __future__ import annotations

from dataclasses import dataclass, replace

from skipgraph.diagnostics import Span
from skipgraph.elaborate.blocks import finish
from skipgraph.elaborate.evaluate import Values, name_text, option, rounds
from skipgraph.elaborate.landings import MERGES, expand_skips, land, replace_value
from skipgraph.elaborate.make import Site, add_op
from skipgraph.elaborate.places import level_parts
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Bound, Scope
from skipgraph.elaborate.wiring import edges_of, wires_of
from skipgraph.graph import Edge, Ref
from skipgraph.ops import CATALOG
from skipgraph.spec.keys import BranchesKeys, PathKeys
from skipgraph.spec.mappings import entries_of, mapping_of, unknown_key, usable
from skipgraph.spec.model import Entries
from skipgraph.spec.reader import numbered_of, skips_of
from skipgraph.spec.steps import headers_of, let_of, steps_of
from skipgraph.text import Node, Scalar
from skipgraph.text import Sequence as SequenceNode


@dataclass(frozen=True)
class _Path:
    """One path, as written, for one round of its loop."""

    name: str
    entries: Entries
    steps: Node | None
    values: Values
    span: Span


def branches(site: Site, keys: tuple[tuple[str, ...], ...]) -> Bound:
    """What the paths give together."""
    scope, call = site.scope, site.call
    assert call is not None
    allowed = BranchesKeys.allowed()
    for name, (key, _) in call.arguments.items():
        if name not in allowed:
            unknown_key(key, allowed, scope.run.report, "`Branches`")
            raise Failed
    if "paths" not in call.arguments:
        scope.run.find("SG207", "`Branches` needs `paths`", site.span, help="add `paths: {a: [...], b: [...]}`")
        raise Failed
    merge = option(scope, call.arguments, "merge", site.values, BranchesKeys)
    dim = option(scope, call.arguments, "dim", site.values, BranchesKeys)
    source = call.keys["from"][1] if "from" in call.keys else None
    wires = wires_of(scope, ("input",), source, site.values, site.name, "Branches", site.span)
    land(scope, site.name, "Branches", ("input",), wires)
    [main] = wires["input"]
    operands = []
    failed = False
    for path in _paths(site):
        try:
            operands.append(Edge(_walked(site, path, main, keys[0]), path.span))
        except Failed:
            failed = True
    if failed:
        raise Failed
    if not operands:
        scope.run.find("SG202", "`Branches` needs at least one path", site.span)
        raise Failed
    if len(operands) == 1:
        return Bound((operands[0].source,), site.span)
    kind = MERGES[merge]
    op = CATALOG[kind].model_validate({"dim": dim} if merge == "concat" else {})
    node = add_op(site, op, kind, operands)
    return Bound((Ref(node.name),), site.span)


def _paths(site: Site) -> list[_Path]:
    scope, call = site.scope, site.call
    assert call is not None
    mapping = mapping_of(call.arguments["paths"][1], scope.run.report, "`paths`")
    found: list[_Path] = []
    if mapping is None and call.arguments["paths"][1].data is not None:
        raise Failed
    for key, node in mapping.entries.values() if mapping else ():
        if isinstance(node, SequenceNode):
            found.append(_named(site, key, {}, node, site.values))
            continue
        entries = entries_of(node, PathKeys, scope.run.report, f"path `{key.value}`")
        if entries is None:
            raise Failed
        headers = headers_of(entries["for"][1], scope.run.report) if "for" in entries else ()
        when = entries["when"][1] if "when" in entries else None
        steps = entries["do"][1] if "do" in entries else entries["layers"][1] if "layers" in entries else None
        for values in rounds(scope, headers, let_of(entries, scope.run.report), when, site.values):
            found.append(_named(site, key, entries, steps, values))
    return found


def _named(site: Site, key: Scalar, entries: Entries, steps: Node | None, values: Values) -> _Path:
    name = name_text(site.scope, key, values, "a path's name")
    reserved = frozenset({"prev", "input", "output"})
    if not usable(replace_value(key, name), site.scope.run.report, "a path", reserved):
        raise Failed
    return _Path(name, entries, steps, values, key.span)


def _walked(site: Site, path: _Path, main: Edge, level: tuple[str, ...]) -> Ref:
    """The result of one path."""
    scope, report = site.scope, site.scope.run.report
    ref = main.source
    if "from" in path.entries:
        node = path.entries["from"][1]
        name = name_text(scope, node, path.values, "`from`")
        [edge] = edges_of(scope, name, node.span, site.name)
        ref = edge.source
    own: tuple[str, ...] = (path.name,)
    if "key" in path.entries:
        own = level_parts(replace(site, values=path.values), path.entries["key"][1])
    bound = Bound((ref,), path.span)
    inner = Scope(
        scope.run,
        scope.file,
        scope.builder,
        parent=scope,
        owner=site.name,
        prefix=(*level, *own),
        frames=(*scope.frames, site.name, path.name),
        flat=() if level or own else (*scope.flat, site.name, path.name),
        calls=scope.calls,
        numbered=numbered_of(path.entries["keys"][1], report) if "keys" in path.entries else None,
        prev=bound,
        input=bound,
        is_exact=site.exact,
        is_unused=site.unused,
    )
    skips = skips_of(path.entries["skips"][1], report) if "skips" in path.entries else ()
    expand_skips(inner, skips, path.values)
    scope.run.walk(inner, scope.run.steps_at(path.steps, lambda node: steps_of(node, report, "a path")), path.values)
    outputs = finish(inner, path.entries["outputs"][1] if "outputs" in path.entries else None, path.values, path.span)
    if not isinstance(outputs, Ref):
        scope.run.find("SG313", "a path gives one value", path.span)
        raise Failed
    return outputs
