"""A lowering as Python text: of several instances at once, which differ in nothing but literals."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from skipgraph.emit.layout import Group, Text, flat, joined
from skipgraph.ops.lowering import (
    Argument,
    Arithmetic,
    Attribute,
    Call,
    Choice,
    EllipsisLiteral,
    Expr,
    Index,
    Method,
    Name,
    Own,
    Shared,
    SizeOf,
    Slice,
    Value,
)

_STRENGTH = {"<": 3, "<=": 3, ">": 3, ">=": 3, "==": 3, "!=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "//": 5, "%": 5}
_STRENGTH |= {"@": 5, "**": 7}
_UNARY, _WHOLE = 6, 9
_MODULES = (("torch.nn.functional.", "F."), ("torch.nn.", "nn."))


def literal(value: Any) -> str:
    """A plain value as Python writes it."""
    match value:
        case str():
            return json.dumps(value)
        case float() if math.isnan(value) or math.isinf(value):
            return f'float("{value}")'
        case tuple() | list():
            inner = ", ".join(map(literal, value))
            if isinstance(value, list):
                return f"[{inner}]"
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case Mapping():
            return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


def dotted(name: str) -> str:
    """A name of torch as the printed module imports it: `nn.Conv2d`, `F.pad`, `torch.cat`."""
    for long, short in _MODULES:
        if name.startswith(long):
            return short + name.removeprefix(long)
    return name


def is_plain(argument: Argument) -> bool:
    """Whether it holds no expression."""
    if isinstance(argument, tuple | list):
        return all(map(is_plain, argument))
    return not isinstance(argument, Expr | EllipsisLiteral)


def skeleton(argument: Argument) -> Any:
    """What is left of it when its literals are taken out; hashable."""
    match argument:
        case EllipsisLiteral():
            return "..."
        case Value(index):
            return ("value", index)
        case Own():
            return "own"
        case Name(name):
            return ("name", name)
        case SizeOf(value, axis):
            return ("size", skeleton(value), axis)
        case Attribute(value, name):
            return ("attribute", skeleton(value), name)
        case Arithmetic(operator, left, right):
            # `0 - x` prints as `-x`
            negated = operator == "-" and is_plain(left) and left == 0
            return ("arithmetic", operator, negated, skeleton(left), skeleton(right))
        case Call(function, args, kwargs):
            return ("call", function, *_all(args), tuple((name, skeleton(value)) for name, value in kwargs.items()))
        case Method(receiver, name, args, kwargs):
            named = tuple((name, skeleton(value)) for name, value in kwargs.items())
            return ("method", skeleton(receiver), name, *_all(args), named)
        case Choice(then, test, otherwise):
            return ("choice", *_all((then, test, otherwise)))
        case Shared(name, value):
            return ("shared", name, skeleton(value))
        case Slice(start, stop, step):
            return ("slice", *(part is None or skeleton(part) for part in (start, stop, step)))
        case Index(value, items):
            return ("index", skeleton(value), *_all(items))
        case tuple() | list() if not is_plain(argument):
            return (type(argument).__name__, *_all(argument))
    return "literal"


def _all(arguments: Sequence[Argument]) -> tuple[Any, ...]:
    return tuple(skeleton(argument) for argument in arguments)


class Writer:
    """Writes expressions of instances with one skeleton.

    `hole` gives the text for a literal's values over the instances; its second argument suggests a name.
    `size` gives the text of an input's size, `shared` the name under which a part is kept that is read twice.
    """

    def __init__(
        self,
        hole: Callable[[Sequence[Any], str], str],
        value: Callable[[int], str] = str,
        size: Callable[[int, int], str] | None = None,
        own: str = "",
        shared: Callable[[Sequence[Shared]], str] | None = None,
    ) -> None:
        self.hole = hole
        self.value = value
        self.size = size
        self.own = own
        self.shared = shared

    def write(self, arguments: Sequence[Argument], suggestion: str) -> Text:
        """The text of one argument, given as it is in each instance."""
        return self._write(arguments, suggestion)[0]

    def call(self, calls: Sequence[Call], suggest: Callable[[int | str], str]) -> Text:
        """The text of a call; `suggest` names an argument by its position or keyword."""
        return self._called(dotted(calls[0].function), calls, suggest)

    def _called(self, head: str, calls: Sequence[Call | Method], suggest: Callable[[int | str], str]) -> Text:
        items: list[Text] = [
            self.write([call.args[at] for call in calls], suggest(at)) for at in range(len(calls[0].args))
        ]
        for name in calls[0].kwargs:
            items.append(joined(f"{name}=", self.write([call.kwargs[name] for call in calls], suggest(name))))
        return Group(f"{head}(", tuple(items), ")")

    def _write(self, each: Sequence[Argument], suggestion: str) -> tuple[Text, int]:
        """The text, and how strongly it binds."""
        first: Any = each[0]
        if is_plain(first):
            return self._literal(each, suggestion)
        parts: list[Any] = list(each)
        match first:
            case EllipsisLiteral():
                return "...", _WHOLE
            case Value(index):
                return self.value(index), _WHOLE
            case Own():
                return self.own, _WHOLE
            case Name(name):
                return dotted(name), _WHOLE
            case SizeOf(Value(index), axis) if self.size:
                return self.size(index, axis), _WHOLE
            case SizeOf(_, axis):
                return joined(self._tight([part.value for part in parts], suggestion), f".size({axis})"), _WHOLE
            case Attribute(_, name):
                return joined(self._tight([part.value for part in parts], suggestion), f".{name}"), _WHOLE
            case Arithmetic():
                return self._arithmetic(parts, suggestion)
            case Call():
                return self._called(dotted(first.function), parts, lambda at: f"{suggestion}_{at}"), _WHOLE
            case Method():
                receiver = self._tight([part.receiver for part in parts], suggestion)
                call = self._called(f".{first.name}", parts, lambda at: f"{suggestion}_{at}")
                return (
                    Group(flat(receiver) + call.head, call.items, call.tail)
                    if isinstance(call, Group)
                    else joined(receiver, call)
                ), _WHOLE
            case Index():
                value = self._tight([part.value for part in parts], suggestion)
                items = [self.write([part.items[at] for part in parts], suggestion) for at in range(len(first.items))]
                return Group(f"{flat(value)}[", tuple(items), "]"), _WHOLE
            case Choice():
                return self._choice(parts, suggestion), 0
            case Shared() if self.shared:
                return self.shared(parts), _WHOLE
            case Shared():
                return self._write([part.value for part in parts], suggestion)
            case Slice():
                return self._slice(parts, suggestion), 0
            case tuple() | list():
                inner = tuple(self.write([part[at] for part in parts], suggestion) for at in range(len(first)))
                return Group(*(("(", inner, ")") if isinstance(first, tuple) else ("[", inner, "]"))), _WHOLE
        raise AssertionError(first)

    def _literal(self, each: Sequence[Any], suggestion: str) -> tuple[str, int]:
        text = self.hole(each, suggestion)
        if isinstance(each[0], tuple):
            return text, _WHOLE
        if text.startswith("-"):
            return text, _UNARY
        return text, 4 if " + " in text else 5 if " " in text else _WHOLE

    def _arithmetic(self, each: Sequence[Any], suggestion: str) -> tuple[Text, int]:
        first = each[0]
        right, right_binds = self._write([part.right for part in each], suggestion)
        if first.operator == "-" and is_plain(first.left) and first.left == 0:
            return joined("-", right if right_binds > _UNARY else _bracketed(right)), _UNARY
        strength = _STRENGTH[first.operator]
        left, left_binds = self._write([part.left for part in each], suggestion)
        from_right = first.operator == "**"
        if left_binds < strength or (from_right and left_binds == strength):
            left = _bracketed(left)
        if right_binds < strength or (not from_right and right_binds == strength):
            right = _bracketed(right)
        return joined(left, f" {first.operator} ", right), strength

    def _tight(self, each: Sequence[Argument], suggestion: str) -> Text:
        """As something that a dot or an index may follow."""
        text, binds = self._write(each, suggestion)
        return text if binds == _WHOLE and not flat(text)[0].isdigit() else _bracketed(text)

    def _choice(self, each: Sequence[Any], suggestion: str) -> Text:
        then, test, otherwise = (
            self.write([getattr(one, name) for one in each], f"{suggestion}{suffix}")
            for name, suffix in (("then", ""), ("test", "_test"), ("otherwise", "_otherwise"))
        )
        return joined(then, " if ", test, " else ", otherwise)

    def _slice(self, each: Sequence[Any], suggestion: str) -> str:
        first = each[0]

        def part(name: str) -> str:
            values = [getattr(one, name) for one in each]
            return "" if values[0] is None else flat(self.write(values, f"{suggestion}_{name}"))

        pieces = [part("start"), part("stop"), *([part("step")] if first.step is not None else [])]
        if not any(" " in piece for piece in pieces):
            return ":".join(pieces)
        return " : ".join(pieces).strip() if pieces[-1] else f"{' : '.join(pieces[:-1])} :".strip()


def _bracketed(text: Text) -> Text:
    return joined("(", text, ")")
