"""A graph's forward, statement by statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skipgraph.emit.expressions import Writer, literal
from skipgraph.emit.layout import WIDTH, Group, Text, joined, lines
from skipgraph.emit.places import Path, Places, is_child, lowered
from skipgraph.emit.variables import BEFORE, Unit, Variables, has_parts, is_bare, result_names, returned, unpacks
from skipgraph.graph import Graph, Node, Outputs, Ref
from skipgraph.ops import Module, Op
from skipgraph.ops.lowering import Own, Returned, Shared

INDENT = 8


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its lines, the node it runs, the values that can be read behind it, by their public names."""

    lines: tuple[str, ...]
    node: Node | None = None
    taps: tuple[tuple[str, str], ...] = ()
    child: Path = ()
    """Where the module stands that it calls."""
    chain: tuple[tuple[str, Path], ...] = ()
    """Of a container that it runs as one: the nodes' names, and where their modules stand."""


class Forward:
    """Writes the forward of instances that differ in nothing but literals.

    `hole` gives the text of a literal, given in each instance.
    """

    def __init__(
        self, graphs: Sequence[Graph], places: Places, units: Sequence[Unit], hole: Callable[[Sequence[Any], str], str]
    ) -> None:
        self.graphs = graphs
        self.graph = graphs[0]
        self.places = places
        fixed = {
            node.name: places.read(places.key(node))
            for node in self.graph.nodes
            if isinstance(node.work, Op) and isinstance(lowered(self.graph, node), Own)
        }
        self.units = [unit for unit in units if unit[0].name not in fixed]
        self.hole = hole
        self.variables = Variables(self.graph, self.units, fixed)
        self._kept: list[tuple[str, Text]] = []
        """What a statement reads more than once, by the name that it is to have before."""
        self._index = {node.name: index for index, node in enumerate(self.graph.nodes)}

    @property
    def arguments(self) -> list[str]:
        names = [self.variables.lives[Ref(port.name)].name for port in self.graph.inputs]
        return [name for name in names if name]

    def statements(self) -> list[Statement]:
        """The body, in order."""
        made: list[Statement] = []
        made += self._sizes(BEFORE)
        done = False
        for position, unit in enumerate(self.units):
            expression = self._expression(unit, position)
            node = unit[-1]
            kept, self._kept = self._kept, []
            made += [Statement(tuple(lines(text, INDENT, f"{name} = ")), node) for name, text in kept]
            if (
                position == len(self.units) - 1
                and self.graph.outputs == Ref(node.name)
                and not unpacks(self.graph, node)
            ):
                made.append(self._statement(expression, "return ", unit))
                done = True
                break
            targets = self._targets(node)
            made.append(self._statement(self._selected(expression, node), f"{targets} = ", unit))
            made += self._sizes(position)
            # a result that nothing reads would live on under the name `_`
            unread = ["_"] if re.search(r"\b_\b", targets) and self._has_unread(node) else []
            if names := [*unread, *(name for name, _ in kept), *self.variables.let_go(position)]:
                made.append(Statement((f"{' ' * INDENT}del {', '.join(names)}",), node))
        if not done:
            made.append(Statement(tuple(lines(self._outputs(self.graph.outputs), INDENT, "return "))))
        return made

    def _statement(self, expression: Text, before: str, unit: Unit) -> Statement:
        node = unit[-1]
        text = lines(expression, INDENT, before)
        if node.merge is not None and node.merge.skips:
            comment = f"  # {', '.join(node.merge.skips)}"
            if len(text[-1]) + len(comment) <= WIDTH:
                text[-1] += comment
        chain = tuple((one.name, self.places.key(one)) for one in unit) if self._is_chain(unit) else ()
        return Statement(tuple(text), node, self._taps(node), self._child(unit), chain)

    def _is_chain(self, unit: Unit) -> bool:
        """Whether a container runs it, be it a container of one."""
        child = self._child(unit)
        return bool(child) and child != self.places.key(unit[0])

    def _child(self, unit: Unit) -> Path:
        """Where the module stands that runs the nodes; empty for a mere expression."""
        if not is_child(self.graph, unit[0]):
            return ()
        path = self.places.key(unit[0])
        while len(list(self.places.at(path).leaves)) < len(unit):
            path = path[:-1]
        # a chain of one runs as a chain of many does
        while (
            len(path) > 1
            and not unit[0].reuses
            and (above := self.places.at(path[:-1])).is_chain
            and len(above.children) == 1
        ):
            path = path[:-1]
        return path

    def _taps(self, node: Node) -> tuple[tuple[str, str], ...]:
        found: dict[str, str] = {}
        for result, name in enumerate(result_names(node) if has_parts(node) else ("",)):
            life = self.variables.lives[Ref(node.name, result)]
            variable = self.variables.main if life.flows else life.name
            if variable is None:
                continue
            if name:
                found[f"{node.name}.{name}"] = variable
            if is_bare(node, result):
                found[node.name] = variable
                for skip in node.merge.skips if node.merge else ():
                    found.setdefault(skip, variable)
        return tuple(found.items())

    def _targets(self, node: Node) -> str:
        each = []
        for result in range(len(node.types)):
            life = self.variables.lives[Ref(node.name, result)]
            held = [name for name in (life.name, self.variables.main if life.flows else None) if name]
            each.append(" = ".join(held) or "_")
        if isinstance(node.work, Graph) and isinstance(node.work.outputs, Mapping) and each.count("_") == len(each) - 1:
            return next(name for name in each if name != "_")
        return _targets(returned(self.graph, node), each)

    def _has_unread(self, node: Node) -> bool:
        lives = (self.variables.lives[Ref(node.name, result)] for result in range(len(node.types)))
        return not all(life.name or life.flows for life in lives)

    def _selected(self, expression: Text, node: Node) -> Text:
        """What a block with named outputs returns, taken apart."""
        if not isinstance(node.work, Graph) or not isinstance(node.work.outputs, Mapping):
            return expression
        read = [bool(self.variables.lives[Ref(node.name, r)].whole) for r in range(len(node.types))]
        if sum(read) == 1:
            return joined(expression, f"[{literal(list(node.work.outputs)[read.index(True)])}]")
        return joined(expression, ".values()")

    def _sizes(self, made: int) -> list[Statement]:
        found = []
        for ref, axis, name in self.variables.taken_sizes(made):
            value = self.variables.read(ref, made + 1)
            found.append(Statement((f"{' ' * INDENT}{name} = {value}.size({axis})",), self.graph.by_name.get(ref.node)))
        return found

    def _expression(self, unit: Unit, position: int) -> Text:
        node = unit[0]
        values: list[str | None] = [
            None if edge is None else self.variables.read(edge.source, position) for edge in node.inputs
        ]
        if self._is_chain(unit):
            return Group(f"{self.places.read(self._child(unit))}(", (values[0] or "None",), ")")
        if not isinstance(node.work, Op):
            return Group(f"{self.places.read(self.places.key(node))}(", tuple(self._given(values)), ")")
        return self._op(node, values, position)

    @staticmethod
    def _given(values: list[str | None]) -> list[str]:
        while values and values[-1] is None:
            values = values[:-1]
        return [value or "None" for value in values]

    def _op(self, node: Node, values: list[str | None], position: int) -> Text:
        def value(index: int) -> str:
            if index < len(values):
                return values[index] or "None"
            return self.variables.read(node.sizes[index - len(values)], position)

        def size(index: int, axis: int) -> str:
            if index < len(values):
                return f"{values[index]}.size({axis})"
            return self.variables.size(node.sizes[index - len(values)], axis, position)

        owner = node.reuses or node.name
        own = self.places.read(self.places.keys[owner][0]) if owner in self.places.tensors else ""
        names: dict[str, str] = {}

        def shared(each: Sequence[Shared]) -> str:
            name = each[0].name
            if name not in names:
                text = writer.write([one.value for one in each], f"{node.name}_{name}")
                names[name] = self.variables.names.take(f"{node.name}_{name}")
                self._kept.append((names[name], text))
            return names[name]

        writer = Writer(self.hole, value, size, own, shared)
        each: list[Any] = [lowered(graph, graph.nodes[self._index[node.name]]) for graph in self.graphs]
        first = each[0]
        if not isinstance(first, Module):
            return writer.write(each, node.name)
        items = [writer.write([one.args[at] for one in each], f"{node.name}_{at}") for at in range(len(first.args))]
        for name in first.kwargs:
            items.append(joined(f"{name}=", writer.write([one.kwargs[name] for one in each], f"{node.name}_{name}")))
        return Group(f"{self.places.read(self.places.key(node))}(", tuple(items), ")")

    def _outputs(self, outputs: Outputs) -> Text:
        if isinstance(outputs, Ref):
            return self.variables.read(outputs, self.variables.end)
        if isinstance(outputs, Mapping):
            return Group("{", tuple(joined(f"{literal(n)}: ", self._outputs(o)) for n, o in outputs.items()), "}")
        return Group("[", tuple(self._outputs(output) for output in outputs), "]")


def _targets(pattern: Returned, names: Sequence[str], *, inner: bool = False) -> str:
    """The targets of an assignment, shaped as the results are returned; one for a tuple that nothing reads."""
    if not isinstance(pattern, tuple):
        return "_" if pattern is None else names[pattern]
    each = [_targets(part, names, inner=True) for part in pattern]
    if len(each) == 1:
        return f"({each[0]},)"
    text = ", ".join(each)
    return text if not inner else f"({text})" if set(each) != {"_"} else "_"
