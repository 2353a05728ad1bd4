"""Types of arguments in words: for messages and for the reference."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from skipgraph.ops.fields import AnyNumber

_PLAIN = {int: "an integer", float: "a number", bool: "true or false", str: "a string", type(None): "null"}


def in_words(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    """What a value of the type is: `a positive integer`, `'zeros' or 'reflect'`, `an integer or a list of 2`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return in_words(inner, (*metadata, *more))
    if any(getattr(part, "__name__", "") == "_SizeField" for part in metadata):
        return "a size"
    for number in (part for part in metadata if isinstance(part, AnyNumber)):
        return number.words
    if origin is Literal:
        return listed(f"`{choice}`" for choice in get_args(annotation))
    if origin in (Union, types.UnionType):
        return _alternatives(annotation)
    if origin in (tuple, list):
        return _list_of(annotation)
    if origin is dict:
        return "a mapping"
    return _bounded(annotation, metadata)


def listed(words: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def field_in_words(field: FieldInfo) -> str:
    """The type of a field in words."""
    return in_words(field.annotation, tuple(field.metadata))


def _alternatives(annotation: Any) -> str:
    choices = [choice for choice in get_args(annotation) if choice is not type(None)]
    words = [in_words(choice) for choice in choices]
    lists = [word for word in words if word.startswith("a list of ")]
    if len(lists) == 1 and len(words) == 2:
        return (
            f"{words[0]} or {lists[0].partition(' of ')[0]} of {_count(choices)} such"
            if _count(choices)
            else " or ".join(words)
        )
    return listed(dict.fromkeys(words)) + (
        " or null" if len(choices) < len(get_args(annotation)) and len(choices) > 1 else ""
    )


def _count(choices: list[Any]) -> int:
    sizes = [
        len(get_args(choice)) for choice in choices if get_origin(choice) is tuple and Ellipsis not in get_args(choice)
    ]
    return sizes[0] if sizes else 0


def _list_of(annotation: Any) -> str:
    inner = get_args(annotation)
    if not inner:
        return "a list"
    if Ellipsis in inner or (len(inner) == 1 and get_origin(annotation) is list):
        return f"a list of {_plural(in_words(inner[0]))}"
    return f"a list of {len(inner)} {_plural(in_words(inner[0]))}"


def _plural(words: str) -> str:
    """`a positive integer` -> `positive integers`."""
    for article in ("a ", "an "):
        if words.startswith(article):
            noun, bound, rest = words.removeprefix(article).partition(" of at least")
            return f"{noun}s{bound}{rest}"
    return words


def _bounded(annotation: Any, metadata: tuple[Any, ...]) -> str:
    words = _PLAIN.get(annotation, getattr(annotation, "__name__", "a value").lower())
    bounds: dict[str, Any] = {}
    for part in metadata:
        for bound in ("gt", "ge", "lt", "le"):
            value = getattr(part, bound, None)
            if value is not None:
                bounds[bound] = value
        for inner in getattr(part, "metadata", ()):
            for bound in ("gt", "ge", "lt", "le"):
                value = getattr(inner, bound, None)
                if value is not None:
                    bounds[bound] = value
    article, _, noun = words.partition(" ")
    if not bounds:
        return words
    if bounds == {"gt": 0}:
        return f"a positive {noun}"
    if bounds == {"ge": 0}:
        return f"a {noun} of at least 0" if noun == "number" else f"{article} {noun} of at least 0"
    if bounds.keys() == {"ge", "le"}:
        return f"{article} {noun} from {bounds['ge']} to {bounds['le']}"
    spoken = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
    return f"{article} {noun} " + " and ".join(f"{spoken[bound]} {value}" for bound, value in bounds.items())
