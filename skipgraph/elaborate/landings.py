"""Skips: each becomes a merge where it lands, bearing the skip's name and place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from skipgraph.diagnostics import Label
from skipgraph.elaborate.evaluate import Values, name_text, option, rounds, show_plain, truth
from skipgraph.elaborate.evaluate import evaluate as evaluate_node
from skipgraph.elaborate.make import Site, add_op, does_nothing
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Bound, Landing, Scope
from skipgraph.elaborate.wiring import Wires, bare
from skipgraph.graph import Edge, Merge, Ref
from skipgraph.ops import CATALOG
from skipgraph.spec.keys import SkipKeys
from skipgraph.spec.mappings import usable
from skipgraph.spec.model import Skip
from skipgraph.spec.steps import let_of
from skipgraph.text import Mapping as MappingNode

MERGES = {"concat": "Concat", "add": "Add", "sub": "Sub", "mul": "Mul", "max": "Max", "mean": "Mean"}
"""The op of each `merge`."""


def expand_skips(scope: Scope, skips: tuple[Skip, ...], values: Values) -> None:
    """Every skip of a scope, loops written out, by the step it lands at."""
    seen: dict[str, Skip] = {}
    for written in skips:
        try:
            let = let_of(written.entries, scope.run.report)
            for inner in rounds(scope, written.headers, let, None, values):
                try:
                    landing = _landing(scope, written, inner, seen)
                except Failed:
                    _lose(scope, written, inner)
                    continue
                if landing is not None:
                    scope.landings.setdefault(landing.target, []).append(landing)
        except Failed:
            scope.blurred = True


def _lose(scope: Scope, written: Skip, values: Values) -> None:
    """What arrives where a skip that cannot be made should land nobody knows: that step fails without a word."""
    node = written.entries["to"][1] if "to" in written.entries else None
    # A broken skip may lack the loop that its names hang on.
    if node is None or (written.broken and "$" in str(node.data)):
        scope.blurred = True
        return
    try:
        target = name_text(scope, node, values, "`to`")
    except Failed:
        scope.blurred = True
    else:
        scope.lost.add(target.partition(".")[0])


def _landing(scope: Scope, written: Skip, values: Values, seen: dict[str, Skip]) -> Landing | None:
    if written.broken:
        raise Failed
    name = name_text(scope, written.name, values, "a skip's name")
    if not usable(replace_value(written.name, name), scope.run.report, "a skip"):
        raise Failed
    if name in seen:
        first = seen[name].span
        help = "put the loop's variable into the name: `skip$i`" if seen[name] is written else None
        scope.run.find(
            "SG304", f"the skip `{name}` is there twice", written.span, related=(Label(first, "first here"),), help=help
        )
        raise Failed
    seen[name] = written
    scope.run.skips[name] = None
    if name in scope.run.without:
        scope.run.left_out.add(name)
        return None
    entries = written.entries
    source = name_text(scope, entries["from"][1], values, "`from`")
    target = name_text(scope, entries["to"][1], values, "`to`")
    stem, _, port = target.partition(".")
    if source == target:
        scope.run.find("SG303", f"the skip `{name}` goes from `{source}` to itself", entries["to"][1].span)
        raise Failed
    return Landing(
        name,
        source,
        stem,
        port or None,
        written,
        values,
        merge=option(scope, entries, "merge", values, SkipKeys),
        dim=option(scope, entries, "dim", values, SkipKeys),
        first=option(scope, entries, "order", values, SkipKeys) == "skip_first",
    )


def replace_value(node: Any, value: str) -> Any:
    """A scalar with another value at the same place."""
    from skipgraph.text import Scalar

    return Scalar(node.source, node.line, node.column, node.end_line, node.end_column, value, node.raw, node.quoted)


def land(scope: Scope, name: str, kind: str, ports: tuple[str, ...], wires: Wires) -> None:
    """Merge the skips that land at a step into what arrives at its ports."""
    if name in scope.lost:
        raise Failed
    by_port: dict[str, list[Landing]] = {}
    for landing in scope.landings.pop(name, ()):
        port = landing.port or (bare(ports[0]) if ports else "")
        if port not in wires:
            choices = ", ".join(f"`{name}.{each}`" for each in wires) or "no input"
            scope.run.find(
                "SG306",
                f"the skip `{landing.name}` lands at `{name}.{port}`, but `{kind}` has no such port",
                landing.written.entries["to"][1].span,
                help=f"it has {choices}",
            )
            raise Failed
        by_port.setdefault(port, []).append(landing)
    for port, landings in by_port.items():
        wires[port][:1] = merged(scope, name, port, landings, wires[port][0] if wires[port] else None)


def merged(scope: Scope, target: str, port: str, landings: list[Landing], main: Edge | None) -> list[Edge]:
    """What arrives once skips are merged into the main path: one merge for neighbours of one kind."""
    # one that is left out does not part its neighbours
    for _, group in groupby(list(_there(scope, landings)), key=lambda landing: landing.kind):
        arrived = []
        failed = False
        for landing in group:
            try:
                edge, main = _carried(scope, landing, target, main)
                arrived.append((landing, edge))
            except Failed:
                failed = True
        if failed:
            raise Failed
        main = _merge(scope, target, port, arrived, main)
    return [main] if main is not None else []


def _there(scope: Scope, landings: list[Landing]) -> Iterator[Landing]:
    """The skips that no `when` leaves out; every `when` that cannot be told is found, not the first."""
    failed = False
    for landing in landings:
        entries = landing.written.entries
        try:
            if "when" not in entries or truth(scope, entries["when"][1], landing.values):
                yield landing
        except Failed:
            failed = True
    if failed:
        raise Failed


def _carried(scope: Scope, landing: Landing, target: str, main: Edge | None) -> tuple[Edge, Edge | None]:
    """What a skip brings: its source, through its `via`, fitted to the main path (or the main path to it)."""
    node = landing.written.entries["from"][1]
    what = f"the skip `{landing.name}` comes from"
    ref = scope.one(landing.source, node.span, target, what)
    edge = Edge(ref, node.span, _called(scope, landing))
    if landing.written.via:
        edge = Edge(_via(scope, landing, ref), landing.written.span, _called(scope, landing))
    if "align" not in landing.written.entries or main is None:
        return edge, main
    return _aligned(scope, landing, edge, main)


def _called(scope: Scope, landing: Landing) -> str:
    """The skip's name in the graph."""
    return "_".join((*scope.calls, landing.name))


def _via(scope: Scope, landing: Landing, ref: Ref) -> Ref:
    bound = Bound((ref,), landing.written.span)
    inner = Scope(
        scope.run,
        scope.file,
        scope.builder,
        parent=scope,
        owner=landing.target,
        prefix=(*scope.prefix, landing.name),
        frames=(*scope.frames, landing.name),
        prev=bound,
        input=bound,
        is_exact=_exact(scope, landing.target),
    )
    scope.run.walk(inner, landing.written.via, landing.values)
    inner.judge_pending()
    if inner.prev is None or inner.prev.refs is None:
        raise Failed
    return inner.prev.refs[0]


def _aligned(scope: Scope, landing: Landing, skip: Edge, main: Edge) -> tuple[Edge, Edge]:
    """The skip and the main path with one fitted to the other."""
    node = landing.written.entries["align"][1]
    value = evaluate_node(scope, node, landing.values)
    options: Mapping[str, Any] = dict(value) if isinstance(value, dict) else {"skip": value}
    sides = [side for side in ("skip", "main") if side in options]
    if len(sides) != 1 or options[sides[0]] not in ("crop", "pad", "resize"):
        scope.run.find(
            "SG203",
            f"`align` is `crop`, `pad` or `resize`, or `{{main: crop}}`, got {show_plain(value)}",
            node.span,
            help="options stand beside it: `{skip: resize, mode: bilinear}`",
        )
        raise Failed
    how = options[sides[0]]
    fitted, reference = (skip, main) if sides[0] == "skip" else (main, skip)
    cls = CATALOG[{"crop": "Crop", "pad": "Pad", "resize": "Interpolate"}[how]]
    arguments = {name: option for name, option in options.items() if name not in ("skip", "main")}
    from pydantic import ValidationError

    try:
        op = cls.model_validate(arguments)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in found["loc"])
        span = node.key(name).span if isinstance(node, MappingNode) and name in node.entries else node.span
        scope.run.find("SG206", f"`align: {how}` cannot take `{name}`: {found['msg'].lower()}", span)
        raise Failed from None
    exact = _exact(scope, landing.target)
    site = Site(scope, landing.written.span, f"{landing.name}_{how}", False, landing.values, exact=exact)
    kind = how.capitalize() if how != "resize" else "Interpolate"
    if does_nothing(site, op, kind, (fitted, reference)):
        return skip, main
    made = add_op(site, op, kind, (fitted, reference))
    edge = replace(fitted, source=Ref(made.name))
    return (edge, main) if sides[0] == "skip" else (skip, edge)


def _exact(scope: Scope, target: str) -> bool:
    """Whether the step that a skip lands at asks for `exact`."""
    return scope.is_exact or target in scope.exact


def _merge(scope: Scope, target: str, port: str, arrived: list[tuple[Landing, Edge]], main: Edge | None) -> Edge:
    before = [edge for landing, edge in arrived if landing.first]
    after = [edge for landing, edge in arrived if not landing.first]
    operands = [*before, *([main] if main is not None else []), *after]
    if len(operands) == 1:
        return operands[0]
    landing = arrived[0][0]
    names = tuple(_called(scope, landing) for landing, _ in arrived)
    merge = Merge(names, target, port, len(before) if main is not None else None)
    kind = MERGES[landing.merge]
    op = CATALOG[kind].model_validate({"dim": landing.dim} if landing.merge == "concat" else {})
    site = Site(scope, landing.written.span, landing.name, True, landing.values)
    node = add_op(site, op, kind, operands, merge=merge)
    return Edge(Ref(node.name), landing.written.span)


def report_unlanded(scope: Scope) -> None:
    """Skips to a step that is not there."""
    from skipgraph.diagnostics.suggest import closest

    for target, landings in scope.landings.items():
        for landing in landings:
            if scope.blurred:
                continue
            span = landing.written.entries["to"][1].span
            related: tuple[Label, ...] = ()
            message, help = f"there is no step `{target}` that the skip `{landing.name}` could land at", None
            if target in scope.passed:
                related = (Label(scope.passed[target], "left out by its `when`"),)
                help = "give the skip the same `when`"
            else:
                near = closest(target, [*scope.names, "output"])
                help = f"did you mean `{near}`?" if near else None
            scope.run.find("SG301", message, span, related=related, help=help)
