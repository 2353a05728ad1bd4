"""Which graphs become one class: those whose code differs in nothing but literals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from skipgraph.emit.expressions import is_plain, skeleton
from skipgraph.emit.names import class_name
from skipgraph.emit.places import own_tensor
from skipgraph.graph import Graph, Node, Outputs, Ref
from skipgraph.ops import Module, Op
from skipgraph.ops.lowering import Call


@dataclass
class Family:
    """The graphs of one class, and its name. Grows while the graphs are gathered."""

    name: str = ""
    graphs: list[Graph] = field(default_factory=list)


class Families:
    """The classes of a network, those that others are made of first."""

    def __init__(self, root: Graph) -> None:
        self.families: list[Family] = []
        self._of: dict[int, Family] = {}
        self._skeletons: dict[int, int] = {}
        self._known: dict[Any, int] = {}
        self._by_skeleton: dict[int, Family] = {}
        self._gather(root)
        taken: set[str] = set()
        self.of(root).name = class_name(root.name, taken)
        for family in self.families:
            if not family.name:
                family.name = class_name(family.graphs[0].name, taken)

    def of(self, graph: Graph) -> Family:
        return self._of[id(graph)]

    def _gather(self, graph: Graph) -> int:
        """The number of the graph's skeleton; graphs with one number are one class."""
        if id(graph) in self._skeletons:
            return self._skeletons[id(graph)]
        key = (
            graph.name,
            tuple((port.name, port.type.rank) for port in graph.inputs),
            tuple(self._node(graph, node) for node in graph.nodes),
            _outputs(graph.outputs),
        )
        number = self._known.setdefault(key, len(self._known))
        self._skeletons[id(graph)] = number
        family = self._by_skeleton.get(number)
        if family is None:
            family = self._by_skeleton[number] = Family()
            self.families.append(family)
        family.graphs.append(graph)
        self._of[id(graph)] = family
        return number

    def _node(self, graph: Graph, node: Node) -> Any:
        wiring = (
            node.name,
            node.keys,
            tuple(edge and edge.source for edge in node.inputs),
            node.sizes,
            node.results,
            len(node.types),
            node.reuses,
            node.parametrize,
            node.merge and node.merge.skips,
        )
        if isinstance(node.work, Graph):
            return wiring, self._gather(node.work)
        if not isinstance(node.work, Op):
            return wiring, node.work.name, tuple(node.work.arguments)
        tensor = own_tensor(graph, node)
        return wiring, _lowering(graph, node, node.work), tensor and (tensor.kind, skeleton(tensor.make))


def _lowering(graph: Graph, node: Node, op: Op) -> Any:
    lowering = op.lower(*graph.types_into(node))
    if not isinstance(lowering, Module):
        return skeleton(lowering)
    make = by_name(op, lowering.make)
    # a literal keyword that one instance leaves at its default is still the same code
    named = tuple((name, skeleton(value)) for name, value in make.kwargs.items() if not _has_default(op, name, value))
    called = tuple((name, skeleton(value)) for name, value in lowering.kwargs.items())
    given = skeleton(lowering.args), len(lowering.args), called
    return make.function, tuple(map(skeleton, make.args)), named, given, lowering.returned


def by_name(op: Op, call: Call) -> Call:
    """The call with a leading argument that may be left out under its name."""
    leading = op.leading
    if not call.args or leading is None or next(iter(type(op).model_fields)) != leading:
        return call
    if not _has_default(op, leading, call.args[0]):
        return call
    return Call(call.function, *call.args[1:], **{leading: call.args[0]}, **call.kwargs)


def by_position(op: Op, call: Call) -> Call:
    """The call with a leading argument by position again, as a person writes it; a flag keeps its name."""
    leading = op.leading
    if call.args or leading is None or next(iter(call.kwargs), None) != leading:
        return call
    value = call.kwargs[leading]
    if isinstance(value, bool) or next(iter(type(op).model_fields)) != leading:
        return call
    return Call(call.function, value, **{name: value for name, value in call.kwargs.items() if name != leading})


def _has_default(op: Op, name: str, value: Any) -> bool:
    info = type(op).model_fields.get(name)
    return info is not None and not info.is_required() and is_plain(value) and is_plain(info.default)


def completed(ops: list[Op], calls: list[Call]) -> list[Call]:
    """The calls with the same keywords each: what one leaves at its default is written out where another differs."""
    calls = [by_name(op, call) for op, call in zip(ops, calls, strict=True)]
    names = dict.fromkeys(name for call in calls for name in call.kwargs)
    order = {name: index for index, name in enumerate(type(ops[0]).model_fields)}
    names = dict.fromkeys(sorted(names, key=lambda name: order.get(name, -1)))
    made = []
    for op, call in zip(ops, calls, strict=True):
        values = {name: call.kwargs.get(name, _default(op, name)) for name in names}
        made.append(Call(call.function, *call.args, **values))
    written = [by_position(op, call) for op, call in zip(ops, made, strict=True)]
    return written if all(len(call.args) == len(written[0].args) for call in written) else made


def _default(op: Op, name: str) -> Any:
    info = type(op).model_fields.get(name)
    return info and info.default


def _outputs(outputs: Outputs) -> Any:
    if isinstance(outputs, Ref):
        return outputs
    if isinstance(outputs, Mapping):
        return ("dict", tuple((name, _outputs(output)) for name, output in outputs.items()))
    return ("list", tuple(map(_outputs, outputs)))
