"""Scopes that become graphs: a block for one set of arguments and input types, and the file itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from skipgraph.diagnostics import Span
from skipgraph.elaborate.builder import Builder
from skipgraph.elaborate.evaluate import Values, closed, evaluate, evaluate_text, show_plain
from skipgraph.elaborate.landings import expand_skips, merged, report_unlanded
from skipgraph.elaborate.run import Failed, Run
from skipgraph.elaborate.scope import Bound, Scope
from skipgraph.elaborate.wiring import listed
from skipgraph.graph import Edge, Graph, Outputs, Port, Ref
from skipgraph.spec.mappings import meant_by
from skipgraph.spec.model import Block, Call, Entries, File
from skipgraph.spec.reader import REQUIRED
from skipgraph.text import Mapping as MappingNode
from skipgraph.text import Node, Scalar
from skipgraph.text import Sequence as SequenceNode
from skipgraph.types import TensorType


def is_required(node: Node) -> bool:
    """Whether a parameter has no default."""
    return isinstance(node, Scalar) and node.value == REQUIRED


def defaults(scope: Scope, params: Entries) -> dict[str, Any]:
    """Parameters by their defaults; `required` ones are not there."""
    found: dict[str, Any] = {}
    for name, (_, node) in params.items():
        if not is_required(node):
            found[name] = default_of(scope, params, name, found)
    return found


def default_of(scope: Scope, params: Entries, name: str, values: Values) -> Any:
    """The value that is written for a parameter, which may use those above it."""
    names = list(params)
    scope.run.below = frozenset(names[names.index(name) + 1 :])
    node = params[name][1]
    try:
        return closed(scope, node, evaluate(scope, node, values), f"`{name}`")
    finally:
        scope.run.below = frozenset()


def report_choice(scope: Scope, name: str, value: Any, choices: Node | None, values: Values, span: Span) -> bool:
    """Whether a parameter takes a value; one that it does not is reported."""
    if choices is None:
        return True
    allowed = evaluate(scope, choices, values)
    if not isinstance(allowed, tuple | list) or not allowed:
        scope.run.find("SG203", f"`one_of` is a list of values, got {show_plain(allowed)}", choices.span)
        return False
    if any(each == value and isinstance(each, bool) is isinstance(value, bool) for each in allowed):
        return True
    *first, last = map(repr, allowed)
    shown = f"{', '.join(first)} or {last}" if first else last
    scope.run.find("SG209", f"`{name}` takes {shown}, not {value!r}", span)
    return False


def block_arguments(
    scope: Scope,
    file: File,
    block: Block,
    kind: str,
    call: Call,
    values: Values,
    outer: Values,
    types: tuple[TensorType, ...],
) -> dict[str, Any]:
    """A block's parameters for one call; unknown and missing ones are reported.

    What the call gives is evaluated where the call stands, a default inside the block, whose ports it sees.
    """
    run = scope.run
    given: dict[str, Any] = {}
    failed = False
    arguments = {name: node for name, (_, node) in call.arguments.items()}
    if call.leading is not None:
        if len(block.params) != 1:
            run.find("SG208", f"`{kind}` takes its arguments by name, got {call.leading.kind}", call.leading.span)
            raise Failed
        arguments = {next(iter(block.params)): call.leading}
    for name, node in arguments.items():
        if name not in block.params:
            required = [each for each, (_, node) in block.params.items() if node.data == REQUIRED]
            run.find(
                "SG206",
                f"block `{kind}` has no parameter `{name}`",
                call.arguments[name][0].span,
                help=meant_by(name, block.params, [each for each in required if each not in arguments]),
            )
            failed = True
            continue
        try:
            given[name] = closed(scope, node, evaluate(scope, node, values), f"`{name}`")
        except Failed:
            failed = True
    if failed:
        raise Failed
    found: dict[str, Any] = {}
    inside = _opened(scope, file, block, types)
    for name, (_, node) in block.params.items():
        if name in given:
            found[name] = given[name]
        elif is_required(node):
            run.find("SG207", f"block `{kind}` needs `{name}`", call.span, help=f"add `{name}: ...`")
            failed = True
        else:
            found[name] = default_of(inside, block.params, name, {**outer, **found})
        if name in found:
            span = (arguments[name] if name in given else node).span
            # those below may hang on it
            if not report_choice(inside, name, found[name], block.choices.get(name), {**outer, **found}, span):
                raise Failed
    if failed:
        raise Failed
    return found


def ports_of(block: Block) -> tuple[str, ...]:
    """Names of a block's ports, a last `rest*` with its mark."""
    return ("input",) if block.ports is None else tuple(str(port.value) for port in block.ports)


def port_spans(block: Block) -> list[Span]:
    """Where a block's ports are written."""
    return [block.span] if block.ports is None else [port.span for port in block.ports]


def block_graph(
    caller: Scope,
    file: File,
    block: Block,
    kind: str,
    call: Call,
    arguments: Mapping[str, Any],
    outer: Values,
    types: tuple[TensorType, ...],
    exact: bool,
) -> Graph:
    """The graph of a block for these arguments and input types; equal calls share one."""
    run = caller.run
    key = _key(run, block, arguments, types, exact)
    if key not in run.blocks or key in run.making:
        try:
            with opening(run, call.span, kind, block, arguments, types, exact):
                run.blocks[key] = None
                run.blocks[key] = _made(caller, file, block, arguments, outer, types, exact)
        except Failed:
            pass
    graph = run.blocks.get(key)
    if graph is None:
        raise Failed
    return graph


@contextmanager
def opening(
    run: Run,
    span: Span,
    kind: str,
    block: Block,
    arguments: Mapping[str, Any],
    types: tuple[TensorType, ...],
    exact: bool,
) -> Iterator[None]:
    """Within it, the block is being made for these arguments and input types. One that is already calls itself."""
    key = _key(run, block, arguments, types, exact)
    if key in run.making:
        run.find("SG215", f"block `{kind}` calls itself with the same arguments, without end", span)
        raise Failed
    shown = ", ".join(f"{name}={value}" for name, value in list(arguments.items())[:4])
    with run.calling(span, f"`{kind}` is called here" + (f" with {shown}" if shown else "")):
        run.making.add(key)
        try:
            yield
        finally:
            run.making.discard(key)


def _key(
    run: Run, block: Block, arguments: Mapping[str, Any], types: tuple[TensorType, ...], exact: bool
) -> tuple[Any, ...]:
    """What makes two calls of a block equal. One that never runs has agreed on no size."""
    return id(block), _frozen(arguments), types, exact, run.idle


def _made(
    caller: Scope,
    file: File,
    block: Block,
    arguments: Mapping[str, Any],
    outer: Values,
    types: tuple[TensorType, ...],
    exact: bool,
) -> Graph:
    scope = _opened(caller, file, block, types)
    scope.is_exact = exact
    values = {**outer, **arguments}
    errors = len(caller.run.report.errors)
    expand_skips(scope, block.skips, values)
    caller.run.walk(scope, block.layers, values)
    outputs = flat(scope, block, finish(scope, block.outputs, values, block.span))
    if len(caller.run.report.errors) > errors:
        raise Failed
    return scope.builder.graph(outputs, arguments, block.span, block.description)


def flat(scope: Scope, block: Block, outputs: Outputs) -> Outputs:
    """A block's outputs, which are not nested."""
    if not isinstance(outputs, Ref) and not all(isinstance(each, Ref) for each in _items(outputs)):
        assert block.outputs is not None
        message = "a block's `outputs` are a name, a list of names or a mapping of names, not nested"
        scope.run.find("SG313", message, block.outputs.span)
        raise Failed
    return outputs


def _opened(caller: Scope, file: File, block: Block, types: tuple[TensorType, ...]) -> Scope:
    """A block's scope before its first step: its ports."""
    scope = Scope(caller.run, file, Builder(block.name), numbered=block.numbered)
    names = ports_of(block)
    many = names[-1:] and names[-1].endswith("*")
    singles = len(names) - bool(many)
    ports = list(zip(names[:singles], types, port_spans(block), strict=False))
    if many:
        ports += [(f"{names[-1][:-1]}_{k}", each, port_spans(block)[-1]) for k, each in enumerate(types[singles:])]
    bind_ports(scope, block, tuple(scope.builder.add_input(Port(name, kind, span)) for name, kind, span in ports))
    return scope


def bind_ports(scope: Scope, block: Block, refs: tuple[Ref, ...]) -> None:
    """A block's ports, as names for what flows in."""
    for index, (port, span) in enumerate(zip(ports_of(block), port_spans(block), strict=True)):
        if port.endswith("*"):
            rest = refs[index:]
            bound = Bound(rest, span, tuple(str(k) for k in range(len(rest))), many=True)
        else:
            bound = Bound((refs[index],), span)
        scope.names[port.rstrip("*")] = bound
        if index == 0:
            scope.prev = scope.input = bound


def result_names(outputs: Outputs) -> tuple[str, ...]:
    """What the results of a block are called by those who call it; nothing where it has one."""
    if isinstance(outputs, Ref):
        return ()
    return tuple(outputs) if isinstance(outputs, Mapping) else tuple(str(index) for index in range(len(outputs)))


def finish(scope: Scope, outputs: Node | None, values: Values, span: Span) -> Outputs:
    """What a scope returns, once its steps are made; what was left hanging is reported."""
    failed = False
    result: Outputs | None = None
    ending = scope.landings.pop("output", [])
    try:
        if "output" in scope.lost:
            raise Failed
        if outputs is None:
            result = _last(scope)
            if ending:
                main = Edge(result, span)
                result = merged(scope, "output", "output", ending, main)[0].source
        else:
            if ending:
                scope.run.find(
                    "SG313",
                    f"the skip `{ending[0].name}` lands at `output`, but `outputs` names steps",
                    ending[0].written.entries["to"][1].span,
                    help="aim it at a step",
                )
                raise Failed
            result = outputs_of(scope, outputs, values)
    except Failed:
        failed = True
    report_unlanded(scope)
    scope.judge_pending()
    if failed or result is None:
        raise Failed
    return result


def _items(outputs: tuple[Outputs, ...] | Mapping[str, Outputs]) -> Iterable[Outputs]:
    return outputs.values() if isinstance(outputs, Mapping) else outputs


def _last(scope: Scope) -> Ref:
    last = scope.prev
    if last is None or last.refs is None:
        raise Failed
    if not last.has_first:
        choices = " or ".join(f"`outputs: {scope.prev_name}.{result}`" for result in last.results[:4])
        message = f"the last step has {len(last.results)} results: name one in `outputs`"
        scope.run.find("SG307", message, last.span, help=f"write {choices}")
        raise Failed
    return last.refs[0]


def outputs_of(scope: Scope, node: Node, values: Values) -> Outputs:
    """What `outputs` names: a value, a list or a mapping of them."""
    if isinstance(node, MappingNode):
        return {name: outputs_of(scope, value, values) for name, (_, value) in node.entries.items()}
    if isinstance(node, SequenceNode):
        edges = list(listed(scope, node, values, "output"))
        if not edges:
            scope.run.find("SG313", "`outputs` names nothing", node.span)
            raise Failed
        return tuple(edge.source for edge in edges)
    assert isinstance(node, Scalar)
    name = evaluate_text(scope, node, values)
    if not isinstance(name, str):
        scope.run.find("SG313", f"`outputs` names steps, got {node.kind}", node.span)
        raise Failed
    return scope.one(name, node.span, "output", "`outputs` names")


def _frozen(value: Any) -> Any:
    """A value that can be a key."""
    if isinstance(value, Mapping):
        return tuple((name, _frozen(item)) for name, item in value.items())
    if isinstance(value, tuple | list):
        return tuple(_frozen(item) for item in value)
    return type(value).__name__, value
