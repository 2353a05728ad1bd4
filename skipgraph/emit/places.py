"""Where a graph's children stand: its tree of attributes and containers, read off the nodes' keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from skipgraph.graph import Graph, Node
from skipgraph.ops import Module, Op, Tensor

Path = tuple[str, ...]

_DICT_METHODS = {"keys", "items", "values", "pop", "clear", "update", "type"}


@dataclass
class Place:
    """A child, or a container of places, while the tree grows."""

    path: Path
    node: Node | None = None
    children: dict[str, Place] = field(default_factory=dict)
    is_chain: bool = False
    """Whether its children run one after another and nowhere else: nn.Sequential."""

    @property
    def is_numbered(self) -> bool:
        """Whether its children are 0, 1, 2, ..., in order."""
        return list(self.children) == [str(index) for index in range(len(self.children))]

    @property
    def leaves(self) -> Iterator[Node]:
        """The nodes that stand here, in order."""
        if self.node is not None:
            yield self.node
        for child in self.children.values():
            yield from child.leaves


def own_tensor(graph: Graph, node: Node) -> Tensor | None:
    """The tensor that the node's op owns itself."""
    if not isinstance(node.work, Op) or node.reuses:
        return None
    return node.work.own(*graph.types_into(node))


def lowered(graph: Graph, node: Node) -> object:
    """The op's lowering."""
    assert isinstance(node.work, Op)
    return node.work.lower(*graph.types_into(node))


def is_child(graph: Graph, node: Node) -> bool:
    """Whether it is a submodule: a block, a class from outside, a torch.nn class."""
    return not isinstance(node.work, Op) or isinstance(lowered(graph, node), Module)


def keys_of(graph: Graph, node: Node) -> tuple[Path, ...]:
    """The places of its module or tensor; none for a reuse and for a mere expression."""
    if node.reuses or not (is_child(graph, node) or own_tensor(graph, node)):
        return ()
    return node.keys or ((node.name,),)


class Places:
    """The tree of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.root = Place(())
        self.keys: dict[str, tuple[Path, ...]] = {}
        self.tensors: dict[str, Tensor] = {}
        """The tensors that nodes own, by the nodes' names."""
        for node in graph.nodes:
            self.keys[node.name] = keys_of(graph, node)
            tensor = own_tensor(graph, node)
            if tensor is not None:
                self.tensors[node.name] = tensor
            for key in self.keys[node.name]:
                self._add(key, node)
        self.shared = {name for name, keys in self.keys.items() if len(keys) > 1}
        """The nodes with several places."""

    def _add(self, key: Path, node: Node) -> None:
        place = self.root
        for depth, part in enumerate(key, start=1):
            place = place.children.setdefault(part, Place(key[:depth]))
        place.node = node

    def at(self, path: Path) -> Place:
        place = self.root
        for part in path:
            place = place.children[part]
        return place

    def key(self, node: Node) -> Path:
        """Where the module that a node runs, or the tensor it owns, stands first."""
        return self.keys[node.reuses or node.name][0]

    def kind(self, place: Place) -> str:
        """The container's class: `Sequential`, `ModuleList`, `ModuleDict`, or plain `Module`."""
        if place.is_chain:
            return "Sequential"
        if any(child.node is not None and child.node.name in self.tensors for child in place.children.values()):
            return "Module"
        if self._is_shared(place):
            return "Module"
        if place.is_numbered:
            return "ModuleList"
        return "Module" if _DICT_METHODS & set(place.children) else "ModuleDict"

    def _is_shared(self, place: Place) -> bool:
        """Whether two of its children hold one module, so that it cannot be made in one expression."""
        seen: set[str] = set()
        for child in place.children.values() if self.shared else ():
            here = self.shared & {node.name for node in child.leaves}
            if here & seen:
                return True
            seen |= here
        return False

    def read(self, path: Path, *, start: str = "self") -> str:
        """The expression for what stands at a path."""
        text, place = start, self.root
        for part in path:
            kind = self.kind(place) if place.path else "Module"
            if kind == "Module":
                text = f"{text}.{part}" if part.isidentifier() else f'getattr({text}, "{part}")'
            else:
                text = f"{text}[{part}]" if kind in ("Sequential", "ModuleList") else f'{text}["{part}"]'
            place = place.children[part]
        return text

    def containers(self) -> Iterator[Place]:
        """Every container, the inner ones first."""

        def walk(place: Place) -> Iterator[Place]:
            for child in place.children.values():
                yield from walk(child)
            if place.children and place.path:
                yield place

        yield from walk(self.root)
