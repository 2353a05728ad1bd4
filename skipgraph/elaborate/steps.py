"""The walk over steps: loops and conditions are followed, calls are made, names are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from skipgraph.diagnostics.suggest import closest
from skipgraph.elaborate.arguments import Arguments
from skipgraph.elaborate.blocks import block_arguments, block_graph, defaults, ports_of, result_names
from skipgraph.elaborate.branches import branches
from skipgraph.elaborate.counting import least_steps
from skipgraph.elaborate.evaluate import Values, closed, evaluate, evaluate_text, name_text, rounds, show_plain, truth
from skipgraph.elaborate.expect import expect
from skipgraph.elaborate.inlined import inlined
from skipgraph.elaborate.landings import land, replace_value
from skipgraph.elaborate.make import Site, add_node, add_op, does_nothing
from skipgraph.elaborate.places import has_no_level, keys_of
from skipgraph.elaborate.refused import refuses_keys
from skipgraph.elaborate.reuse import reuse
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Bound, Scope
from skipgraph.elaborate.wiring import in_order, wires_of
from skipgraph.graph import Edge, Node, Ref
from skipgraph.ops import CATALOG, Op, Reject
from skipgraph.ops.coverage import NO_OPS
from skipgraph.sizes import collecting
from skipgraph.spec.expressions import Meter
from skipgraph.spec.keys import StepKeys
from skipgraph.spec.mappings import usable
from skipgraph.spec.model import Block, Call, Conditional, File, Loop, Step, Unread
from skipgraph.text import Scalar

BUILT_IN = ("Branches", "Reuse")
"""What is called like an op and is not one."""


def walk(scope: Scope, steps: Sequence[Step], values: Values) -> None:
    """Make the steps of a scope, in order."""
    for step in steps:
        match step:
            case Call():
                _call(scope, step, values)
            case Loop():
                _loop(scope, step, values)
            case Conditional():
                _conditional(scope, step, values)
            case Unread():
                _lose_track(scope, step)


def _loop(scope: Scope, step: Loop, values: Values) -> None:
    scope.run.step(step.span)
    try:
        with scope.run.counted() as outermost:
            if outermost:
                least = least_steps(scope, (step,), values, Meter(scope.run.limits.evaluations))
                scope.run.expect_steps(least, step.span)
            for inner in rounds(scope, step.headers, step.let, step.when, values):
                walk(scope, step.body, inner)
    except Failed:
        _lose_track(scope, step)


def _conditional(scope: Scope, step: Conditional, values: Values) -> None:
    scope.run.step(step.span)
    try:
        chosen = truth(scope, step.when, values)
    except Failed:
        _lose_track(scope, step)
        return
    _pass_by(scope, step.otherwise if chosen else step.then, values)
    walk(scope, step.then if chosen else step.otherwise, values)


def _pass_by(scope: Scope, steps: Sequence[Step], values: Values) -> None:
    """Remember the plain names of steps that are left out, to say so where one is asked for."""
    for step in steps:
        if isinstance(step, Call) and "name" in step.keys:
            node = step.keys["name"][1]
            if isinstance(node, Scalar) and isinstance(node.value, str) and "$" not in node.value:
                scope.passed[node.value] = node.span


def _lose_track(scope: Scope, step: Loop | Conditional | Unread) -> None:
    """Steps are missing whose names nobody knows: what reads them fails without a word."""
    scope.blurred = True
    scope.prev = Bound(None, step.span)


def _call(scope: Scope, call: Call, values: Values) -> None:
    run = scope.run
    run.step(call.span)
    name: str | None = None
    span = call.span
    try:
        if "when" in call.keys and not truth(scope, call.keys["when"][1], values):
            _pass_by(scope, (call,), values)
            return
        name, span = _written_name(scope, call, values)
        if name is not None and scope.is_taken(name, span):
            raise Failed
        kind = _kind(scope, call, values)
        copies = _copies(scope, call, values)
        if copies == 0:
            _pass_by(scope, (call,), values)
            return
        bound_name = name or scope.automatic_name(kind)
        # A name whose step fails stays bound, to nothing: what reads it fails without a word.
        name = bound_name
        site = Site(
            scope,
            call.span,
            bound_name,
            "name" in call.keys,
            values,
            call,
            exact=("exact" in call.keys and truth(scope, call.keys["exact"][1], values, "`exact`")) or scope.is_exact,
            unused=("unused" in call.keys and truth(scope, call.keys["unused"][1], values, "`unused`"))
            or scope.is_unused,
            parametrize=_parametrize(scope, call, values),
        )
        if site.exact:
            scope.exact.add(bound_name)
        with run.running(not site.unused):
            bound = _made(site, kind, copies)
        if "expect" in call.keys and bound.refs:
            expect(scope, call.keys["expect"][1], values, bound.refs[0], bound_name)
    except Failed:
        # The skips that land here have no one else to blame them.
        scope.landings.pop(name or "", None)
        bound = Bound(None, span)
        if name is None:
            scope.blurred = scope.blurred or "name" in call.keys
    bound = replace(bound, span=span)
    if name is not None:
        scope.reads.setdefault(name, [])
        scope.bind(name, bound)
    scope.prev, scope.prev_name = bound, name or "prev"


def _written_name(scope: Scope, call: Call, values: Values) -> tuple[str | None, Any]:
    if "name" not in call.keys:
        return None, call.span
    node = call.keys["name"][1]
    name = name_text(scope, node, values, "`name`")
    assert isinstance(node, Scalar)
    if not usable(replace_value(node, name), scope.run.report, "a step"):
        raise Failed
    return name, node.span


def _kind(scope: Scope, call: Call, values: Values) -> str:
    """What the step calls, as the file knows it; one that nobody knows is reported."""
    kind = evaluate_text(scope, call.op, values)
    if not isinstance(kind, str):
        scope.run.find("SG205", f"an op is a name, got {show_plain(kind)}", call.op.span)
        raise Failed
    if kind in CATALOG or kind in BUILT_IN or kind in scope.file.externs or _block(scope.file, kind):
        return kind
    if kind.partition(".")[0] in scope.file.missing:
        raise Failed
    names = [*CATALOG, *BUILT_IN, *scope.file.blocks, *scope.file.externs]
    for alias, used in scope.file.uses.items():
        names.extend(f"{alias}.{block}" for block in used.blocks)
    own = kind.rpartition(".")[2]
    near = own if own in names else closest(kind.removeprefix("torch.nn.").removeprefix("nn."), names)
    help = f"did you mean `{near}`?" if near else "`skipgraph ops` lists the ops; they are named as in torch.nn"
    reason = " (ops go by their own names, never by a Python path)" if "." in kind and near is None else ""
    scope.run.find(
        "SG205",
        f"there is no op or block `{kind}`{reason}",
        call.op.span,
        help=NO_OPS.get(own, help),
    )
    raise Failed


def _block(file: File, kind: str) -> tuple[File, Block] | None:
    alias, dot, name = kind.partition(".")
    if not dot:
        return (file, file.blocks[kind]) if kind in file.blocks else None
    used = file.uses.get(alias)
    return (used, used.blocks[name]) if used is not None and name in used.blocks else None


def _copies(scope: Scope, call: Call, values: Values) -> int | None:
    """How often the step is repeated; None where it is not."""
    if "repeat" not in call.keys:
        return None
    node = call.keys["repeat"][1]
    count = closed(scope, node, evaluate(scope, node, values), "`repeat`")
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        scope.run.find("SG203", f"`repeat` is a count, got {show_plain(count)}", node.span)
        raise Failed
    return count


def _parametrize(scope: Scope, call: Call, values: Values) -> str | None:
    from skipgraph.elaborate.evaluate import option

    value = option(scope, call.keys, "parametrize", values, StepKeys)
    return str(value) if value else None


def _made(site: Site, kind: str, copies: int | None) -> Bound:
    """What the step gives, its copies in a row where it is repeated."""
    assert site.call is not None
    if refuses_keys(site, kind, _arguments_of(site.scope, kind)):
        raise Failed
    keys = keys_of(site, kind)
    if kind == "Branches":
        return branches(site, keys)
    if kind == "Reuse":
        return reuse(site, run_again)
    if copies is None:
        return _once(site, kind, keys, None)
    site.scope.run.expect_steps(copies, site.call.keys["repeat"][1].span)
    bound = Bound(None, site.span)
    for copy in range(copies):
        site.scope.run.step(site.span)
        inner = replace(site, name=f"{site.name}_{copy}", named=False)
        places = tuple((*key, str(copy)) for key in keys)
        bound = _once(inner, kind, places, bound if copy else None, landing=site.name if not copy else None)
    return bound


def _arguments_of(scope: Scope, kind: str) -> frozenset[str] | None:
    """The arguments that what a step calls can have; None where nobody knows."""
    if kind in CATALOG:
        ports = (port.rstrip("?*") for port in CATALOG[kind].ports if port.endswith("?"))
        return frozenset((*CATALOG[kind].model_fields, *ports))
    found = _block(scope.file, kind)
    return frozenset(found[1].params) if found is not None else None


def _once(
    site: Site, kind: str, keys: tuple[tuple[str, ...], ...], before: Bound | None, landing: str | None = None
) -> Bound:
    """One node. `before`: the copy before it, whose result is its first input."""
    scope, call = site.scope, site.call
    assert call is not None
    ports = ports_of_kind(scope, kind)
    source = call.keys["from"][1] if "from" in call.keys else None
    wires = wires_of(scope, ports, source, site.values, landing or site.name, kind, site.span)
    _arguments_as_ports(site, kind, ports, wires)
    if before is not None and ports:
        wires[ports[0].rstrip("?*")] = [Edge(_flows_on(site, call, before), site.span)]
    else:
        land(scope, landing or site.name, kind, ports, wires)
    inputs = in_order(scope, ports, wires, kind, site.span)
    return run_again(site, kind, inputs, keys, None)


def _flows_on(site: Site, call: Call, before: Bound) -> Ref:
    """What one copy gives to the next."""
    assert before.refs is not None
    if not before.has_first:
        count = len(before.results)
        message = f"`{call.op.value}` has {count} results, and `repeat` does not say which of them the next copy takes"
        site.scope.run.find("SG307", message, call.keys["repeat"][0].span, help="write a `for` with a `from`")
        raise Failed
    return before.refs[0]


def run_again(
    site: Site,
    kind: str,
    inputs: tuple[Edge | None, ...],
    keys: tuple[tuple[str, ...], ...],
    again: Node | None,
) -> Bound:
    """The node of an op, a block or a class from outside on these inputs. `again`: the node whose module it reuses."""
    scope = site.scope
    reuses = again.name if again else None
    if kind in CATALOG:
        if again is not None:
            assert isinstance(again.work, Op)
            node = add_op(site, again.work, kind, inputs, reuses=reuses)
        else:
            assert site.call is not None
            arguments = Arguments(scope, site.call, site.values, inputs)
            op = arguments.op(CATALOG[kind], kind)
            first = inputs[0] if inputs else None
            if first is not None and not site.unused and does_nothing(site, op, kind, inputs):
                return Bound((first.source,), site.span)
            node = add_op(site, op, kind, inputs, keys=keys, sizes=tuple(arguments.sizes))
        refs = tuple(Ref(node.name, index) for index in range(len(node.types)))
        return Bound(refs, site.span, node.results, op_first(node))
    if kind in scope.file.externs:
        node = _extern(site, kind, inputs, keys, again)
    else:
        made = _block_made(site, kind, inputs, keys, reuses)
        if isinstance(made, Bound):
            return made
        node = made
    refs = tuple(Ref(node.name, index) for index in range(len(node.types)))
    return Bound(refs, site.span, node.results, not node.results)


def op_first(node: Node) -> bool:
    return isinstance(node.work, Op) and (not node.results or node.work.has_first_result)


def ports_of_kind(scope: Scope, kind: str) -> tuple[str, ...]:
    """Names of the inputs of what a step calls."""
    if kind in CATALOG:
        return CATALOG[kind].ports
    if kind in scope.file.externs:
        return ("tensors*",)
    found = _block(scope.file, kind)
    assert found is not None
    return ports_of(found[1])


def _arguments_as_ports(site: Site, kind: str, ports: tuple[str, ...], wires: dict[str, list[Edge]]) -> None:
    """`like: name` fills an optional port as an argument would be written."""
    assert site.call is not None
    if kind not in CATALOG:
        return
    for port in ports:
        name = port.rstrip("?*")
        if port.endswith("?") and name in site.call.arguments and name not in CATALOG[kind].model_fields:
            node = site.call.arguments[name][1]
            text = name_text(site.scope, node, site.values, f"`{name}`")
            wires[name] = [Edge(site.scope.one(text, node.span, site.name), node.span)]


def _block_made(
    site: Site, kind: str, inputs: tuple[Edge | None, ...], keys: tuple[tuple[str, ...], ...], reuses: str | None
) -> Node | Bound:
    """The node of a block, or what its steps give where it has no level of its own."""
    scope, call = site.scope, site.call
    assert call is not None
    found = _block(scope.file, kind)
    assert found is not None
    file, block = found
    outer = scope.run.file_values(file, lambda: defaults(scope, file.params))
    types = tuple(scope.builder.type_of(edge.source) for edge in inputs if edge is not None)
    arguments = block_arguments(scope, file, block, kind, call, site.values, outer, types)
    if has_no_level(call, kind):
        return inlined(site, kind, file, block, arguments, outer, inputs)
    graph = block_graph(scope, file, block, kind, call, arguments, outer, types, site.exact)
    return add_node(site, graph, kind, inputs, graph.result_types, result_names(graph.outputs), keys, reuses=reuses)


def _extern(
    site: Site, kind: str, inputs: tuple[Edge | None, ...], keys: tuple[tuple[str, ...], ...], again: Node | None
) -> Node:
    scope, call = site.scope, site.call
    assert call is not None
    maker = scope.run.externs.get(kind)
    if maker is None:
        scope.run.find(
            "SG217",
            f"`{kind}` is a class from outside, and no one gave it",
            call.op.span,
            help=f"`--extern {kind}=package.module:{kind}`, or `extern={{{kind!r}: {kind}}}` from Python",
        )
        raise Failed
    arguments = {
        name: closed(scope, node, evaluate(scope, node, site.values), f"`{name}`")
        for name, (_, node) in call.arguments.items()
    }
    types = tuple(scope.builder.type_of(edge.source) for edge in inputs if edge is not None)
    try:
        with collecting() as conditions:
            work: Any = again.work if again else maker(kind, arguments)
            inferred = work.infer(*types)
    except Reject as reject:
        scope.run.find(reject.code, f"`{kind}` {reject.reason}", call.span, help=reject.help)
        raise Failed from None
    impossible = scope.run.agree(conditions)
    if impossible is not None:
        scope.run.find("SG217", f"`{kind}` needs {impossible}, which no size left meets", call.span)
        raise Failed
    results = inferred if isinstance(inferred, tuple) else (inferred,)
    names = tuple(str(index) for index in range(len(results))) if isinstance(inferred, tuple) else ()
    return add_node(site, work, kind, inputs, results, names, keys, reuses=again.name if again else None)
