"""The network as a spec again, fully written out: no parameters, loops, conditions or paths are left."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from skipgraph.emit.landings import Landings
from skipgraph.emit.variables import is_bare, result_names
from skipgraph.graph import Graph, Network, Node, Outputs, Port, Ref
from skipgraph.ops import CATALOG, Computed, Expr, Op, SizeOf, Value
from skipgraph.ops.lowering import Arithmetic, Call
from skipgraph.sizes import show
from skipgraph.spec.keys import StepKeys

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z", re.ASCII)
_WORDS = {"true", "false", "null"}
_AXES = {1: "N", 2: "NC", 3: "NCL", 4: "NCHW", 5: "NCDHW"}
_MERGES = {"Concat": "concat", "Add": "add", "Sub": "sub", "Mul": "mul", "Max": "max", "Mean": "mean"}


def to_spec(network: Network) -> str:
    """The network as YAML in the language itself: every step by its name, every block as it is once."""
    return "\n".join(_Writer(network.graph).lines()) + "\n"


class _Writer:
    """Writes one file."""

    def __init__(self, root: Graph) -> None:
        self.root = root
        self.blocks: dict[str, list[str]] = {}
        """What is written below each block's name."""
        self.names: dict[int, str] = {}
        self.externs: dict[str, None] = {}

    def lines(self) -> list[str]:
        body = list(self._scope(self.root, 0))
        text = ["skipgraph: 1", f"name: {_scalar(self.root.name)}"]
        if self.root.description:
            text.append(f"description: {json.dumps(self.root.description, ensure_ascii=False)}")
        text.append("inputs:")
        text += [f"  {port.name}: {_input(port)}" for port in self.root.inputs]
        if self.externs:
            text += ["use:", *(f"  {name}: extern" for name in self.externs)]
        if self.blocks:
            text.append("blocks:")
            for name, block in self.blocks.items():
                text += [f"  {name}:", *block]
        return text + body

    def _block(self, graph: Graph) -> str:
        """The name of the block that a graph is written as; those that read the same are one."""
        known = self.names.get(id(graph))
        if known is not None:
            return known
        lines = []
        if graph.description:
            lines.append(f"    description: {json.dumps(graph.description, ensure_ascii=False)}")
        ports = [port.name for port in graph.inputs]
        if ports != ["input"]:
            lines.append(f"    inputs: {_flow(ports)}")
        lines += self._scope(graph, 4)
        name, count = graph.name, 2
        while name in self.blocks and self.blocks[name] != lines:
            name, count = f"{graph.name}_{count}", count + 1
        self.blocks[name] = lines
        self.names[id(graph)] = name
        return name

    def _scope(self, graph: Graph, indent: int) -> Iterator[str]:
        margin = " " * indent
        landings = Landings(graph)
        steps = landings.steps
        yield f"{margin}layers:" if steps else f"{margin}layers: []"
        before: Ref | None = Ref(graph.inputs[0].name)
        for node in steps:
            yield f"{margin}  - {self._step(graph, landings, node, before)}"
            before = Ref(node.name) if is_bare(node, 0) else None
        if landings.entries:
            yield f"{margin}skips:"
        for entry in landings.entries:
            skip: dict[str, Any] = {"from": name_of(graph, entry.source), "to": entry.to, "merge": _MERGES[entry.kind]}
            if entry.dim not in (None, 1):
                skip["dim"] = entry.dim
            if entry.first:
                skip["order"] = "skip_first"
            yield f"{margin}  {entry.name}: {_flow(skip)}"
        if not landings.at_output and graph.outputs != before:
            yield f"{margin}outputs: {_flow(_outputs(graph, graph.outputs))}"

    def _step(self, graph: Graph, landings: Landings, node: Node, before: Ref | None) -> str:
        entries: dict[str, Any] = {"name": node.name}
        kind, ports, arguments = self._called(graph, node)
        if node.reuses:
            entries["of"] = node.reuses
        source = _from(graph, landings.inputs(node), ports, before)
        if source is not None:
            entries["from"] = source
        keys = [".".join(key) for key in node.keys]
        if keys and keys != [node.name]:
            entries["key"] = keys if len(keys) > 1 else keys[0]
        if node.parametrize:
            entries["parametrize"] = node.parametrize
        if node.unused:
            entries["unused"] = True
        if node.exact and not isinstance(node.work, Graph):
            entries["exact"] = True
        if node.expected:
            entries["expect"] = [int(size) if size.isdecimal() else size for size in node.expected]
        taken = {info.alias or name for name, info in StepKeys.model_fields.items()}
        if taken & set(arguments):
            entries["args"] = arguments
        else:
            entries |= arguments
        return f"{kind}: {_flow(entries)}"

    def _called(self, graph: Graph, node: Node) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """What a step calls, its ports, its arguments."""
        if isinstance(node.work, Graph):
            ports = tuple(port.name for port in node.work.inputs)
            return "Reuse" if node.reuses else self._block(node.work), ports, {}
        if isinstance(node.work, Op):
            kind = type(node.work).__name__
            ports = CATALOG[kind].ports
            if node.reuses:
                return "Reuse", ports, {}
            given = node.work.given(*node.work.inferred)
            return kind, ports, {name: _argument(graph, node, value) for name, value in given.items()}
        self.externs[node.work.name] = None
        if node.reuses:
            return "Reuse", ("tensors*",), {}
        return node.work.name, ("tensors*",), {n: _argument(graph, node, v) for n, v in node.work.arguments.items()}


def name_of(graph: Graph, ref: Ref) -> str:
    """How a value is called in its graph."""
    node = graph.by_name.get(ref.node)
    if node is None or is_bare(node, ref.result):
        return ref.node
    return f"{ref.node}.{result_names(node)[ref.result]}"


def _from(graph: Graph, inputs: tuple[Ref | None, ...], ports: tuple[str, ...], before: Ref | None) -> Any:
    """What flows in, as short as it can be said; None where it is the step before."""
    if not any(inputs):
        return None
    if ports[-1].endswith("*") or all(inputs) or not any(inputs[inputs.index(None) :]):
        names = [name_of(graph, ref) for ref in inputs if ref]
        if len(names) > 1 or ports[0].endswith("*"):
            return names if len(names) > 1 or inputs[0] != before else None
        return None if inputs[0] == before else names[0]
    filled = zip(ports, inputs, strict=True)
    return {port.rstrip("?*"): name_of(graph, ref) for port, ref in filled if ref}


def _outputs(graph: Graph, outputs: Outputs) -> Any:
    if isinstance(outputs, Ref):
        return name_of(graph, outputs)
    if isinstance(outputs, Mapping):
        return {name: _outputs(graph, output) for name, output in outputs.items()}
    return [_outputs(graph, output) for output in outputs]


def _argument(graph: Graph, node: Node, value: Any) -> Any:
    """A value as it is written; a size that is open as an expression."""
    if isinstance(value, Computed):
        return f"$({_expression(graph, node, value.code)})"
    if isinstance(value, tuple | list):
        return [_argument(graph, node, item) for item in value]
    return value


def _expression(graph: Graph, node: Node, code: Any, strength: int = 0) -> str:
    match code:
        case SizeOf(Value(index), axis):
            return _size(graph, node, index, axis)
        case Arithmetic("-", 0, right):
            return f"-{_expression(graph, node, right, 3)}"
        case Arithmetic(operator, left, right):
            own = 1 if operator in "+-" else 2
            text = f"{_expression(graph, node, left, own)} {operator} {_expression(graph, node, right, own + 1)}"
            return f"({text})" if own < strength else text
        case Call():
            return f"{code.function}({', '.join(_expression(graph, node, part) for part in code.args)})"
    assert not isinstance(code, Expr), code
    return str(code)


def _size(graph: Graph, node: Node, index: int, axis: int) -> str:
    if index >= len(node.inputs):
        return f"size({name_of(graph, node.sizes[index - len(node.inputs)])!r}, {axis})"
    edge = node.inputs[index]
    assert edge is not None
    letters = _AXES.get(graph.type_of(edge.source).rank)
    if index or letters is None:
        return f"size({name_of(graph, edge.source)!r}, {axis})"
    return letters[axis]


def _input(port: Port) -> str:
    shape = [size if isinstance(size, int) else show(size) for size in port.type.shape]
    return _flow(shape if port.type.dtype == "float32" else {"shape": shape, "dtype": port.type.dtype})


def _flow(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    if isinstance(value, float) and math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return json.dumps(value, ensure_ascii=False)
