"""Text that knows where it may be broken: calls and displays, one item a line where they do not fit on one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias, Union

WIDTH = 110
ALIKE = 4
"""As many alike, one behind the other, are written once."""

Text: TypeAlias = Union[str, "Group", "Joined"]


@dataclass(frozen=True, slots=True)
class Group:
    """`head` item, item, ... `tail`: a call, a tuple, a list, a dict."""

    head: str
    items: tuple[Text, ...]
    tail: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Pieces one behind the other."""

    pieces: tuple[Text, ...]


def joined(*pieces: Text) -> Text:
    """Pieces one behind the other, as a string where all are."""
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(str(piece) for piece in pieces)
    return Joined(pieces)


def repeated(items: tuple[Text, ...]) -> tuple[Text, ...]:
    """The items, those alike that stand together written as one: `*(Layer(64) for _ in range(12))`."""
    made: list[Text] = []
    for text, group in groupby(items, key=flat):
        alike = list(group)
        # a chain within another runs at lines of its own, and what is made already is not made again
        if len(alike) < ALIKE or "nn.Sequential(" in text or text.startswith("self."):
            made += alike
        else:
            made.append(Joined(("*(", alike[0], f" for _ in range({len(alike)}))")))
    return tuple(made)


def flat(text: Text) -> str:
    """The text on one line."""
    match text:
        case str():
            return text
        case Joined(pieces):
            return "".join(map(flat, pieces))
        case Group(head, items, tail):
            comma = "," if len(items) == 1 and (head, tail) == ("(", ")") else ""
            return head + ", ".join(map(flat, items)) + comma + tail


def lines(text: Text, indent: int = 0, before: str = "", after: str = "") -> list[str]:
    """The text in lines that fit, as far as it can be broken."""
    one = f"{' ' * indent}{before}{flat(text)}{after}"
    if isinstance(text, str) or len(one) <= WIDTH:
        return [one]
    if isinstance(text, Joined):
        widest = max(range(len(text.pieces)), key=lambda at: _breadth(text.pieces[at]))
        head = "".join(map(flat, text.pieces[:widest]))
        tail = "".join(map(flat, text.pieces[widest + 1 :]))
        return lines(text.pieces[widest], indent, before + head, tail + after)
    if not text.items:
        return [one]
    if len(text.items) == 1 and isinstance(text.items[0], Group) and text.head != "(":
        return lines(text.items[0], indent, before + text.head, text.tail + after)
    broken = [f"{' ' * indent}{before}{text.head}"]
    for item in text.items:
        broken += lines(item, indent + 4, after=",")
    return [*broken, f"{' ' * indent}{text.tail}{after}"]


def _breadth(text: Text) -> int:
    return -1 if isinstance(text, str) else len(flat(text))
