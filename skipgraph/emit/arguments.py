"""What a class takes as arguments: the values in which its instances differ, under natural names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from skipgraph.emit.expressions import literal
from skipgraph.emit.names import Names, free
from skipgraph.graph import Graph
from skipgraph.sizes import Dim

Vector: TypeAlias = tuple[Any, ...]
"""A value in each instance."""

_FACTORS = (2, 3, 4, 6, 8, 16)


class Arguments:
    """The arguments found so far for the instances of one class.

    A value that all instances share is a literal. One that differs takes the name of the block's parameter or of the
    input's channels that has the same values, or is written with one of them; failing that, it is an argument itself.
    """

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self._graphs = graphs
        self._names = Names()
        self._natural: dict[str, Vector] = {}
        self._extra: dict[str, Vector] = {}
        self._used: dict[str, None] = {}
        self._channels: list[str] = []
        if len(graphs) > 1:
            self._gather()

    @property
    def signature(self) -> Mapping[str, Vector]:
        """The arguments that are used: the input's channels, then the block's parameters, then the others."""
        rank = {name: index for index, name in enumerate([*self._channels, *self._natural, *self._extra][::-1])}
        names = sorted(self._used, key=lambda name: -rank[name])
        # channels stand first, as torch has them
        names.sort(key=lambda name: name not in self._channels)
        return {name: self._value(name) for name in names}

    def written(self, values: Sequence[Any], suggestion: str, read: Callable[[str], str] = str, at: int = 0) -> str:
        """The text of a value, given in each instance.

        `read` says how an argument is read, `at` which place of a tuple the value has.
        """
        vector = tuple(values)
        if all(_same(value, vector[0]) for value in vector):
            return literal(vector[0])
        for template, names in self._candidates(vector, _is_count(suggestion, vector), at):
            for name in names:
                self._used[name] = None
            return template.format(*map(read, names))
        length = _length(vector)
        if length:
            items = [self.written([one[k] for one in vector], f"{suggestion}_{k}", read, k) for k in range(length)]
            return f"({', '.join(items)}{',' if length == 1 else ''})"
        name = self._names.take(suggestion)
        self._extra[name] = vector
        self._used[name] = None
        return read(name)

    def of(self, vector: Vector) -> str | None:
        """How a number is written with the arguments that are used already, for a docstring."""
        if all(_same(value, vector[0]) for value in vector):
            return literal(vector[0])
        used = {name: self._value(name) for name in self.signature}
        return next((template.format(*names) for template, names in _written_with(vector, used)), None)

    def _gather(self) -> None:
        for name in self._graphs[0].arguments:
            vector = tuple(_frozen(graph.arguments.get(name)) for graph in self._graphs)
            self._natural[self._names.take(name)] = vector
        for at, port in enumerate(self._graphs[0].inputs):
            types = [graph.inputs[at].type for graph in self._graphs]
            # a Linear's features are its last axis, a convolution's channels the second
            axes = {"channels": 1, "features": -1} if types[0].rank >= 3 else {"features": -1}
            for word, axis in axes.items():
                sizes: list[Dim] = [each.shape[axis] for each in types if each.rank > max(axis, 0)]
                if len(sizes) == len(types) and all(isinstance(size, int) for size in sizes):
                    name = self._names.take(f"in_{word}" if at == 0 else f"{free(port.name)}_{word}")
                    self._channels.append(name)
                    self._natural[name] = tuple(sizes)

    def _value(self, name: str) -> Vector:
        return self._natural[name] if name in self._natural else self._extra[name]

    def _candidates(self, vector: Vector, computed: bool, at: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from _written_with(vector, self._natural, computed, at)
        yield from _written_with(vector, self._extra, False)


def _is_count(suggestion: str, vector: Vector) -> bool:
    """Whether an argument counts channels or the like; those of a window, and few groups, agree by chance."""
    suggestion = suggestion.rstrip("_0123456789")
    if suggestion.endswith("groups"):
        return _whole(vector) and min(vector) >= 16
    return not suggestion.endswith(("stride", "dilation", "kernel_size", "padding"))


def _written_with(
    vector: Vector, known: Mapping[str, Vector], computed: bool = True, at: int = 0
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Ways to write a value with known ones: a form, and the names that fill it. The simplest first.

    `at` is the place in a tuple. Unless `computed`, only their names, the half of one (a padding of `kernel_size // 2`)
    and what a dilation reaches.
    """
    for name, values in known.items():
        if all(map(_same, vector, values)):
            yield "{}", (name,)
    if not _whole(vector):
        return
    numbers = {name: values for name, values in known.items() if _whole(values)}
    if not computed:
        for name, form, values in sorted(_with_items(known), key=lambda each: each[1] != f"{{}}[{at}]"):
            if "kernel" in name and all(one == other // 2 for one, other in zip(vector, values, strict=True)):
                yield f"{form} // 2", (name,)
        for name, values in numbers.items():
            factor = _factor(vector, (0,) * len(vector), values)
            if "dilation" in name and factor:
                yield f"{factor} * {{}}", (name,)
        return
    for name, values in numbers.items():
        for factor in _FACTORS:
            if all(one == factor * other for one, other in zip(vector, values, strict=True)):
                yield f"{factor} * {{}}", (name,)
            if all(one * factor == other for one, other in zip(vector, values, strict=True)):
                yield f"{{}} // {factor}", (name,)
    for name, values in numbers.items():
        if all(2 * one == 3 * other for one, other in zip(vector, values, strict=True)):
            yield "3 * {} // 2", (name,)
    # `in_channels + 2 * growth`: what arrives stands first
    for first, some in reversed(numbers.items()):
        for second, others in numbers.items():
            factor = _factor(vector, some, others)
            if first != second and factor:
                yield ("{} + {}" if factor == 1 else f"{{}} + {factor} * {{}}"), (first, second)


def _with_items(known: Mapping[str, Vector]) -> Iterator[tuple[str, str, Vector]]:
    """The numbers among the values, and those in their tuples: name, form, values."""
    for name, values in known.items():
        if _whole(values):
            yield name, "{}", values
        for at in range(_length(values)):
            if _whole(items := tuple(value[at] for value in values)):
                yield name, f"{{}}[{at}]", items


def _length(vector: Vector) -> int:
    """The length of tuples that are of one length, else 0."""
    lengths = {len(value) if isinstance(value, tuple) else 0 for value in vector}
    return lengths.pop() if len(lengths) == 1 else 0


def _factor(vector: Vector, some: Vector, others: Vector) -> int:
    """k where `vector = some + k * others`; 0 where there is none."""
    rest = [one - other for one, other in zip(vector, some, strict=True)]
    factor: int = rest[0] // others[0] if others[0] else 0
    return factor if factor > 0 and all(r == factor * o for r, o in zip(rest, others, strict=True)) else 0


def _whole(vector: Vector) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in vector)


def _frozen(value: Any) -> Any:
    """A list as ops hold it."""
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _same(a: Any, b: Any) -> bool:
    """Equal, and of one type: `True` is not 1."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and bool(a == b)
