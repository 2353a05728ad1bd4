"""The whole network: parameters, inputs, and the walk over the file's steps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from skipgraph.diagnostics import Report
from skipgraph.diagnostics.suggest import closest
from skipgraph.elaborate.blocks import default_of, finish, is_required, report_choice
from skipgraph.elaborate.builder import Builder
from skipgraph.elaborate.evaluate import closed, evaluate, show_plain
from skipgraph.elaborate.fitting import Reopened, sizes_that_fit
from skipgraph.elaborate.landings import expand_skips
from skipgraph.elaborate.run import ExternMaker, Failed, Halt, Run
from skipgraph.elaborate.scope import Bound, Scope
from skipgraph.elaborate.steps import walk
from skipgraph.graph import Network, Outputs, Port
from skipgraph.limits import Limits
from skipgraph.sizes import Contract, Dim, collecting
from skipgraph.spec.expressions import Meter
from skipgraph.spec.keys import InputKeys
from skipgraph.spec.mappings import entries_of
from skipgraph.spec.model import File
from skipgraph.spec.names import refusal
from skipgraph.text import Mapping as MappingNode
from skipgraph.text import Node, Scalar
from skipgraph.text import Sequence as SequenceNode
from skipgraph.types import DTYPES, TensorType


def elaborate(
    spec: File,
    report: Report,
    *,
    limits: Limits,
    settings: Mapping[str, Node] | None = None,
    without: frozenset[str] = frozenset(),
    externs: Mapping[str, ExternMaker] | None = None,
) -> Network | None:
    """The network that a spec stands for, or None where something is wrong.

    `settings` are values for parameters, `without` the skips to leave out.
    """
    run = Run(report, limits, Meter(limits.evaluations), without, dict(externs or {}))
    run.walk = walk
    builder = Builder(spec.name)

    def contract_of(axes: Reopened) -> Contract | None:
        other = Run(Report(), limits, Meter(limits.evaluations), without, run.externs, reopened=axes)
        other.walk = walk
        _walked(other, spec, Builder(spec.name), settings or {})
        return None if other.report.failed else other.contract

    @cache
    def fitting() -> str | None:
        return sizes_that_fit({port.name: port.type.shape for port in builder.inputs}, contract_of)

    run.sizes_that_fit = fitting
    outputs = _walked(run, spec, builder, settings or {})
    _unknown_skips(run, spec)
    if outputs is None or report.failed:
        return None
    graph = builder.graph(outputs, run.parameters[id(spec)], spec.span, spec.description)
    return Network(graph, run.contract, spec.source.path)


def _walked(run: Run, spec: File, builder: Builder, settings: Mapping[str, Node]) -> Outputs | None:
    """What the spec returns, its nodes in the builder."""
    scope = Scope(run, spec, builder, numbered=spec.numbered)
    try:
        values = _parameters(scope, spec, settings)
        run.parameters[id(spec)] = values
        with collecting():
            _inputs(scope, spec, values)
            # its axes in the order of the inputs, not in that of the conditions
            run.contract = Contract.open(run.axes)
            expand_skips(scope, spec.skips, values)
            walk(scope, spec.layers, values)
            return finish(scope, spec.outputs, values, spec.span)
    except (Failed, Halt):
        return None


def _parameters(scope: Scope, spec: File, settings: Mapping[str, Node]) -> dict[str, Any]:
    """The file's parameters: their defaults, or what the caller set."""
    failed = False
    chosen = dict(spec.params)
    for name, node in settings.items():
        if name in spec.params:
            chosen[name] = (spec.params[name][0], node)
            continue
        near = closest(name, spec.params)
        choices = ", ".join(f"`{each}`" for each in spec.params) or "none"
        scope.run.find(
            "SG214",
            f"the spec has no parameter `{name}`",
            node.span,
            help=f"did you mean `{near}`?" if near else f"it has {choices}",
        )
        failed = True
    for name, (key, node) in chosen.items():
        if is_required(node):
            scope.run.find("SG214", f"the parameter `{name}` is required", key.span, help=f"`--set {name}=...`")
            failed = True
    if failed:
        raise Failed
    values: dict[str, Any] = {}
    for name, (_, node) in chosen.items():
        value = default_of(scope, chosen, name, values)
        default = spec.params[name][1]
        if name in settings and not is_required(default):
            written = default_of(scope, spec.params, name, values)
            if not _alike(written, value):
                message = f"`{name}` is {show_plain(written)} in the spec, got {show_plain(value)}"
                scope.run.find("SG214", message, node.span)
                failed, value = True, written
        values[name] = value
        # those below may hang on it
        if not report_choice(scope, name, value, spec.choices.get(name), values, node.span):
            raise Failed
    if failed:
        raise Failed
    return values


def _alike(written: Any, given: Any) -> bool:
    """Whether a value may stand in place of a default: one of its kind, an integer for a number, anything for null."""
    if written is None or given is None:
        return True
    if isinstance(written, bool) or isinstance(given, bool):
        return isinstance(written, bool) and isinstance(given, bool)
    if isinstance(written, float):
        return isinstance(given, int | float)
    if isinstance(written, tuple | list):
        return isinstance(given, tuple | list)
    return isinstance(given, type(written))


def _inputs(scope: Scope, spec: File, values: Mapping[str, Any]) -> None:
    first: Bound | None = None
    failed = False
    for name, (key, node) in spec.inputs.items():
        try:
            kind = _input_type(scope, name, node, values)
        except Failed:
            failed = True
            continue
        if name in scope.run.reopened:
            axes = scope.run.reopened[name]
            kind = kind.with_shape(scope.run.open_axis(axis) if isinstance(axis, str) else axis for axis in axes)
        bound = Bound((scope.builder.add_input(Port(name, kind, key.span)),), key.span)
        scope.names[name] = bound
        first = first or bound
    if failed or first is None:
        raise Failed
    scope.prev = scope.input = first


def _input_type(scope: Scope, name: str, node: Node, values: Mapping[str, Any]) -> TensorType:
    run = scope.run
    dtype = "float32"
    if isinstance(node, MappingNode):
        entries = entries_of(node, InputKeys, run.report, f"input `{name}`")
        if entries is None or "shape" not in entries:
            raise Failed
        if "dtype" in entries:
            dtype = _dtype(scope, entries["dtype"][1], values)
        node = entries["shape"][1]
    if isinstance(node, SequenceNode):
        shape = [_axis(scope, item, evaluate(scope, item, values)) for item in node]
        return TensorType(tuple(shape), dtype)
    axes = evaluate(scope, node, values) if isinstance(node, Scalar) else None
    if not isinstance(axes, list | tuple):
        shown = show_plain(axes) if isinstance(node, Scalar) else node.kind
        run.find(
            "SG203",
            f"an input is a shape such as [N, 3, H, W], got {shown}",
            node.span,
            help=f"write `{name}: [N, 3, H, W]`",
        )
        raise Failed
    return TensorType(tuple(_axis(scope, node, axis) for axis in axes), dtype)


def _dtype(scope: Scope, node: Node, values: Mapping[str, Any]) -> str:
    value = evaluate(scope, node, values)
    if isinstance(value, str) and value in DTYPES:
        return value
    near = closest(str(value), DTYPES)
    scope.run.find(
        "SG203",
        f"`dtype` is one of torch's, such as `float32` or `int64`, got {show_plain(value)}",
        node.span,
        help=f"did you mean `{near}`?" if near else None,
    )
    raise Failed


def _axis(scope: Scope, node: Node, value: Any) -> Dim:
    """One axis of an input: a number of at least 1, or a name for an open size."""
    value = closed(scope, node, value, "an axis")
    if isinstance(value, int) and not isinstance(value, bool):
        if value >= 1:
            return value
        scope.run.find("SG209", f"an axis has a size of at least 1, got {value}", node.span)
        raise Failed
    if isinstance(value, str) and isinstance(node, Scalar):
        reason = refusal(value, reserved=frozenset())
        if reason is None or reason.endswith("torch.nn.Module"):
            return scope.run.open_axis(value)
        scope.run.find("SG211", f"an open axis cannot be called `{value[:40]}`: {reason}", node.span)
        raise Failed
    scope.run.find("SG203", f"an axis is a number, or a name for an open size, got {show_plain(value)}", node.span)
    raise Failed


def _unknown_skips(run: Run, spec: File) -> None:
    """`--without` of a skip that is not there."""
    for name in sorted(run.without - run.left_out):
        if run.report.failed:
            return
        near = closest(name, run.skips)
        choices = ", ".join(f"`{each}`" for each in run.skips) or "none"
        run.find(
            "SG218",
            f"there is no skip `{name}` to leave out",
            spec.span,
            help=f"did you mean `{near}`?" if near else f"the spec's skips: {choices}",
        )
