"""The reference of ops as text, read off their classes: what `skipgraph ops` prints."""

from __future__ import annotations

import inspect
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from skipgraph.ops.base import Example, Op, _SizeField
from skipgraph.ops.catalog import CATALOG
from skipgraph.ops.fields import AnyNumber
from skipgraph.sizes import Dim, collecting, symbol
from skipgraph.types import TensorType

_PLAIN = re.compile(r"[\w-]+", re.ASCII)
"""A string that YAML reads as one without quotes."""

_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 6: "six"}


def reference(name: str | None = None) -> str | None:
    """All ops by family, a line each; with a name the page of that op, or None where there is no such op."""
    if name is None:
        return "\n\n".join(_families()) + "\n"
    op = CATALOG.get(name)
    return None if op is None else "\n\n".join(_page(op)) + "\n"


def example_step(op: type[Op], example: Example) -> str:
    """An example as a step of a spec, its inputs called `a`, `b`, ... where it has several."""
    arguments = {key: _yaml(value) for key, value in example.arguments.items()}
    several = len(example.inputs) > 1
    if several:
        arguments["from"] = _yaml(tuple(_letters(len(example.inputs))))
    if not arguments:
        return f"- {op.__name__}"
    only = example.arguments.get(op.leading) if op.leading else None
    if not several and len(arguments) == 1 and isinstance(only, int | float | str):
        return f"- {op.__name__}: {_yaml(only)}"
    return f"- {op.__name__}: {{{', '.join(f'{key}: {value}' for key, value in arguments.items())}}}"


def example_types(example: Example) -> tuple[TensorType, ...]:
    """What arrives in an example, named axes left open."""
    return tuple(_type(text) for text in example.inputs)


def _families() -> Iterator[str]:
    width = max(map(len, CATALOG))
    families: dict[str, list[type[Op]]] = {}
    for op in CATALOG.values():
        families.setdefault(op.__module__, []).append(op)
    for module, ops in families.items():
        lines = [f"  {op.__name__:<{width}}  {_lines(op)[0]}" for op in ops]
        yield "\n".join([_first_line(sys.modules[module].__doc__).rstrip("."), *lines])


def _page(op: type[Op]) -> Iterator[str]:
    yield _signature(op)
    yield "\n".join(f"  {line}".rstrip() for line in _lines(op))
    if op.model_fields:
        rows = [
            (name, _words(info.annotation, tuple(info.metadata)), _default(op, name, info))
            for name, info in _fields(op)
        ]
        yield "\n".join(["Arguments", *_table(rows)])
    yield "\n".join(_ports(op))
    yield "\n".join(["Examples" if len(op.examples) > 1 else "Example", *_examples(op)])


def _fields(op: type[Op]) -> list[tuple[str, FieldInfo]]:
    return [(info.alias or name, info) for name, info in op.model_fields.items()]


def _signature(op: type[Op]) -> str:
    written = [
        name if info.is_required() else f"{name}={_yaml(info.default)}"
        for name, info in _fields(op)
        if name not in op.inferred
    ]
    return f"{op.__name__}({', '.join(written)})"


def _default(op: type[Op], name: str, info: FieldInfo) -> str:
    if name in op.inferred:
        return "inferred; checked where it is written"
    return "required" if info.is_required() else f"default {_yaml(info.default)}"


def _ports(op: type[Op]) -> Iterator[str]:
    ports = [
        f"{port[:-1]} (any number)"
        if port.endswith("*")
        else f"{port[:-1]} (may be left out)"
        if port.endswith("?")
        else port
        for port in op.ports
    ]
    yield f"Inputs: {', '.join(ports) or 'none'}"
    named = {op(**example.arguments).results for example in op.examples} - {()}
    if named:
        # how many there are hangs on the arguments: the examples show it
        yield f"Results: {' or '.join(', '.join(results) for results in sorted(named))}"
    if op.leading:
        yield f"Leading argument: {op.leading}"


def _examples(op: type[Op]) -> Iterator[str]:
    for example in op.examples:
        types = example_types(example)
        made = op(**example.arguments)
        missing = [None for port in op.ports[len(types) :] if port.endswith("?")]
        with collecting():
            found = made.infer(*types, *missing)
        results = found if isinstance(found, tuple) else (found,)
        arrives = ", ".join(map(str, types)) or "nothing"
        yield f"  {example_step(op, example)}"
        yield f"      # {arrives} -> {', '.join(map(str, results))}"


def _type(text: str) -> TensorType:
    head, _, last = text.rpartition(" ")
    axes, dtype = (head, last) if head and not head.endswith(",") else (text, "float32")

    def size(axis: str) -> Dim:
        return int(axis) if axis.isdigit() else symbol(axis)

    return TensorType(tuple(size(axis.strip()) for axis in axes.split(",") if axis.strip()), dtype)


def _lines(op: type[Op]) -> list[str]:
    return inspect.cleandoc(op.__doc__ or "").splitlines()


def _first_line(doc: str | None) -> str:
    return inspect.cleandoc(doc or "").splitlines()[0]


def _letters(count: int) -> str:
    return "abcdefghijklmnopqrstuvwxyz"[:count]


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _yaml(value: Any) -> str:
    """A value as it is written in a flow of YAML."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, float) and math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return json.dumps(value)
    return str(value)


def _words(annotation: Any, metadata: tuple[Any, ...] = (), many: bool = False) -> str:
    """A field's type, for people; of many, in the plural."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if _SizeField in metadata:
        return "sizes" if many else "a size"
    for number in (part for part in metadata if isinstance(part, AnyNumber)):
        return number.words
    if origin is Annotated:
        return _words(parts[0], parts[1:], many)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_words(part, many=many) for part in _null_last(parts)))
    if origin is Literal:
        names = [_yaml(part) for part in parts]
        return " or ".join(names) if len(names) < 3 else "one of " + ", ".join(names)
    if origin is tuple:
        return (
            f"a list of {_words(parts[0], many=True) if parts[-1] is Ellipsis else _COUNTS.get(len(parts), len(parts))}"
        )
    if origin is dict:
        return "one of " + ", ".join(f"{{{key}: ...}}" for key in get_args(parts[0]))
    if annotation is type(None):
        return "null"
    if annotation is bool:
        return "true or false"
    kinds = {int: ("an integer", "integers"), float: ("a number", "numbers"), str: ("a string", "strings")}
    one, more = kinds.get(annotation, ("a value", "values"))
    return (more if many else one) + _range(metadata)


def _null_last(parts: tuple[Any, ...]) -> list[Any]:
    return sorted(parts, key=lambda part: part is type(None))


def _range(metadata: tuple[Any, ...]) -> str:
    bounds: list[Any] = []
    for item in metadata:
        bounds += item.metadata if isinstance(item, FieldInfo) else [item]
    for bound in bounds:
        if isinstance(bound, Gt):
            return f" above {bound.gt}"
    low = next((bound.ge for bound in bounds if isinstance(bound, Ge)), None)
    high = next(
        (bound.le if isinstance(bound, Le) else bound.lt for bound in bounds if isinstance(bound, Le | Lt)), None
    )
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return "" if low is None else f" of at least {low}"
