"""Plain data with the place of every key and value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, Union

from skipgraph.diagnostics import Source, Span

Plain: TypeAlias = Union[bool, int, float, str, list["Plain"], dict[str, "Plain"], None]  # noqa: UP007
"""What a node's data is made of."""


class Node:
    """A value of the text and its place. Not changed after it is composed."""

    __slots__ = ("column", "end_column", "end_line", "line", "source")

    def __init__(self, source: Source, line: int, column: int, end_line: int, end_column: int) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column

    @property
    def span(self) -> Span:
        return Span(self.source, self.line, self.column, self.end_line, self.end_column)

    @property
    def data(self) -> Plain:
        """The node without places: dicts, lists and scalars."""
        raise AssertionError(type(self))

    @property
    def kind(self) -> str:
        """What a message calls it: `the string 'no'`, `a list`, `a mapping`."""
        raise AssertionError(type(self))


class Scalar(Node):
    """A string, number, boolean or null. `raw` is how it stands in the text, `quoted` whether it was in quotes."""

    __slots__ = ("quoted", "raw", "value")

    def __init__(
        self,
        source: Source,
        line: int,
        column: int,
        end_line: int,
        end_column: int,
        value: bool | int | float | str | None,
        raw: str,
        quoted: bool,
    ) -> None:
        super().__init__(source, line, column, end_line, end_column)
        self.value = value
        self.raw = raw
        self.quoted = quoted

    @property
    def data(self) -> Plain:
        return self.value

    @property
    def kind(self) -> str:
        match self.value:
            case None:
                return "nothing"
            case bool():
                return f"`{self.raw}`"
            case str():
                return f"the string {self.value!r}"
            case _:
                return f"the number {self.raw}"


class Sequence(Node):
    """A list."""

    __slots__ = ("items",)

    def __init__(
        self, source: Source, line: int, column: int, end_line: int, end_column: int, items: tuple[Node, ...]
    ) -> None:
        super().__init__(source, line, column, end_line, end_column)
        self.items = items

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def data(self) -> Plain:
        return [item.data for item in self.items]

    @property
    def kind(self) -> str:
        return "a list"


class Mapping(Node):
    """Keys, each a string scalar written once, and their values, in the order written."""

    __slots__ = ("entries",)

    def __init__(
        self,
        source: Source,
        line: int,
        column: int,
        end_line: int,
        end_column: int,
        entries: dict[str, tuple[Scalar, Node]],
    ) -> None:
        super().__init__(source, line, column, end_line, end_column)
        self.entries = entries

    def __len__(self) -> int:
        return len(self.entries)

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry and entry[1]

    def key(self, key: str) -> Scalar:
        """The node of a key that is there."""
        return self.entries[key][0]

    @property
    def data(self) -> Plain:
        return {key: value.data for key, (_, value) in self.entries.items()}

    @property
    def kind(self) -> str:
        return "a mapping"
