"""A graph's `__init__`: each child where its key puts it, in the order of the nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skipgraph.emit.arguments import Arguments
from skipgraph.emit.classes import Families, completed
from skipgraph.emit.expressions import Writer, literal
from skipgraph.emit.layout import Group, Text, joined, lines, repeated
from skipgraph.emit.places import Path, Place, Places, lowered
from skipgraph.graph import Graph, Node
from skipgraph.ops import Module, Op
from skipgraph.ops.lowering import Call

INDENT = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of `__init__`, the node that it makes, and for each nn.Sequential its children's (first) nodes."""

    lines: tuple[str, ...]
    node: Node | None = None
    chains: tuple[tuple[Node, ...], ...] = ()


class Children:
    """Writes the children of instances that differ in nothing but literals."""

    def __init__(
        self,
        graphs: Sequence[Graph],
        places: Places,
        arguments: Arguments,
        families: Families,
        signatures: Mapping[int, Mapping[str, Any]],
    ) -> None:
        self.graphs = graphs
        self.graph = graphs[0]
        self.places = places
        self.arguments = arguments
        self.families = families
        self.signatures = signatures
        """What a graph's class is given to make it, by the graph's id."""
        self._index = {node.name: index for index, node in enumerate(self.graph.nodes)}
        self._made: dict[str, str] = {}
        """Where each node's child or tensor can be read already."""
        self._chains: list[tuple[Node, ...]] = []

    def statements(self) -> list[Line]:
        """The statements below `super().__init__()`."""
        made: list[Line] = []
        for name, place in self.places.root.children.items():
            made += self._place(name, place)
        return made

    def chain(self) -> list[tuple[Text, Node | None]]:
        """The children of a class that is a chain as a whole."""
        return [(self._value(place), next(place.leaves)) for place in self.places.root.children.values()]

    def _place(self, name: str, place: Place) -> list[Line]:
        self._chains = []
        node = place.node or next(place.leaves)
        if place.node is not None and place.node.name in self.places.tensors:
            return [self._tensor("self", name, place.node)]
        value = self._value(place)
        text = self._assigned("self", name, value)
        made = [Line(text, node, tuple(self._chains))]
        return made + self._loose(place)

    def _assigned(self, owner: str, name: str, value: Text) -> tuple[str, ...]:
        if name.isidentifier():
            return tuple(lines(value, INDENT, f"{owner}.{name} = "))
        return tuple(lines(Group(f"{owner}.add_module(", (literal(name), value), ")"), INDENT))

    def _loose(self, place: Place) -> list[Line]:
        """What is put into plain containers after they are made."""
        made: list[Line] = []
        if not place.children:
            return made
        path = self.places.read(place.path)
        for name, child in place.children.items():
            if self.places.kind(place) == "Module":
                if child.node is not None and child.node.name in self.places.tensors:
                    made.append(self._tensor(path, name, child.node))
                    continue
                self._chains = []
                text = self._assigned(path, name, self._value(child))
                made.append(Line(text, next(child.leaves), tuple(self._chains)))
            made += self._loose(child)
        return made

    def _value(self, place: Place) -> Text:
        """A child, or a container with its children."""
        if place.node is not None:
            return self._child(place.node, place.path)
        kind = self.places.kind(place)
        if kind == "Sequential":
            self._chains.append(tuple(next(child.leaves) for child in place.children.values()))
        if kind == "Module":
            return "nn.Module()"
        items = tuple(self._value(child) for child in place.children.values())
        if kind == "Sequential":
            return Group("nn.Sequential(", repeated(items), ")")
        if kind == "ModuleList":
            return Group("nn.ModuleList(", (Group("[", repeated(items), "]"),), ")")
        named = tuple(joined(f"{literal(name)}: ", item) for name, item in zip(place.children, items, strict=True))
        return Group("nn.ModuleDict(", (Group("{", named, "}"),), ")")

    def _child(self, node: Node, path: Path) -> Text:
        if node.name in self._made:
            return self._made[node.name]
        self._made[node.name] = self.places.read(path)
        nodes = [graph.nodes[self._index[node.name]] for graph in self.graphs]
        if isinstance(node.work, Graph):
            text = self._block(nodes)
        elif isinstance(node.work, Op):
            text = self._module(nodes)
        else:
            text = self._outside(nodes)
        if node.parametrize:
            return Group(f"nn.utils.parametrizations.{node.parametrize}(", (text,), ")")
        return text

    def _block(self, nodes: Sequence[Node]) -> Text:
        works = [node.work for node in nodes if isinstance(node.work, Graph)]
        family = self.families.of(works[0])
        values = [self.signatures[id(work)] for work in works]
        items: list[Text] = []
        for at, name in enumerate(values[0]):
            text = self.arguments.written([each[name] for each in values], f"{nodes[0].name}_{name}")
            positional = len(items) == at and (at == 0 or (at == 1 and isinstance(values[0][name], int)))
            items.append(text if positional else f"{name}={text}")
        return Group(f"{family.name}(", tuple(items), ")")

    def _module(self, nodes: Sequence[Node]) -> Text:
        ops = [node.work for node in nodes if isinstance(node.work, Op)]
        modules = [lowered(graph, node) for graph, node in zip(self.graphs, nodes, strict=True)]
        calls = completed(ops, [module.make for module in modules if isinstance(module, Module)])
        fields = list(type(ops[0]).model_fields)

        def suggest(at: int | str) -> str:
            word = at if isinstance(at, str) else fields[at] if at < len(fields) else str(at)
            return f"{nodes[0].name}_{word}"

        return self._writer.call(calls, suggest)

    def _outside(self, nodes: Sequence[Node]) -> Text:
        works = [node.work for node in nodes if not isinstance(node.work, Graph | Op)]
        items = tuple(
            f"{name}={self.arguments.written([work.arguments[name] for work in works], f'{nodes[0].name}_{name}')}"
            for name in works[0].arguments
        )
        return Group(f"{works[0].name.rpartition('.')[2]}(", items, ")")

    def _tensor(self, owner: str, name: str, node: Node) -> Line:
        tensor = self.places.tensors[node.name]
        first = node.name not in self._made
        makes = [self._tensor_of(graph, node.name) for graph in self.graphs]
        value: Text = self._writer.call(makes, lambda at: f"{node.name}_{at}") if first else self._made[node.name]
        self._made.setdefault(node.name, f"{owner}.{name}" if name.isidentifier() else f'getattr({owner}, "{name}")')
        if tensor.kind == "parameter":
            if first and makes[0].function != "torch.nn.Parameter":
                value = Group("nn.Parameter(", (value,), ")")
            if name.isidentifier():
                return Line(tuple(lines(value, INDENT, f"{owner}.{name} = ")), node)
            return Line(tuple(lines(Group(f"{owner}.register_parameter(", (literal(name), value), ")"), INDENT)), node)
        items = (literal(name), value, *(("persistent=False",) if tensor.kind == "constant" else ()))
        return Line(tuple(lines(Group(f"{owner}.register_buffer(", items, ")"), INDENT)), node)

    def _tensor_of(self, graph: Graph, name: str) -> Call:
        node = graph.nodes[self._index[name]]
        assert isinstance(node.work, Op)
        tensor = node.work.own(*graph.types_into(node))
        assert tensor is not None
        return tensor.make

    @property
    def _writer(self) -> Writer:
        return Writer(self._hole)

    def _hole(self, values: Sequence[Any], suggestion: str) -> str:
        return self.arguments.written(values, suggestion)
