"""A template with what is known written in: how an expanded spec prints what only a tensor will tell."""

from __future__ import annotations

import ast
import math
from typing import TypeVar

from skipgraph.sizes import collecting
from skipgraph.spec.expressions.calls import ASKING, BARE
from skipgraph.spec.expressions.compiler import CONSTANTS, compiled_node, printed_value
from skipgraph.spec.expressions.scan import Hole, Tree, split
from skipgraph.spec.expressions.values import ExpressionError, Meter, Names, Value, written

_ITEMS = 64
"""Items of a list that is written out."""
_OPERATIONS = 200_000
_NOTHING = Names({})
_UNKNOWN = object()
_NodeT = TypeVar("_NodeT", bound=ast.AST)


def folded(parts: tuple[str | Hole, ...], names: Names, bare: bool = False, alone: bool = True) -> str:
    """The text with known names replaced by their values and constant parts computed.

    `bare` is an expression without `$`; a hole that is `alone` may stand as a plain scalar. Never an error: what has no
    value, or none that can be written, stays as it is.
    """
    alone = alone and len(parts) == 1
    return "".join(
        part.replace("$", "$$") if isinstance(part, str) else _hole(part, names, bare, alone) for part in parts
    )


def _hole(hole: Hole, names: Names, bare: bool, alone: bool) -> str:
    before = Tree(hole).root
    after = _Folder(names).fold(before)
    same = ast.dump(before) == ast.dump(after)
    source = hole.source if same else ast.unparse(after)
    if bare:
        return source
    value = _value(after)
    if alone and (value is None or isinstance(value, bool | int | float)):
        return written(value) if value is None or isinstance(value, bool) else repr(value)
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return printed_value(value).replace("$", "$$")
        except ExpressionError:
            pass
    return f"${source}" if alone and isinstance(after, ast.Name) and source == after.id else f"$({source})"


class _Folder:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.meter = Meter(_OPERATIONS)

    def fold(self, node: ast.expr) -> ast.expr:
        """The node with its known parts as literals."""
        match node:
            case ast.Name(id=name):
                known = name not in CONSTANTS and name in self.names.values
                return (known and _literal(self.names.values[name])) or node
            case ast.Constant(value=str() as text) if "$" in text:
                return _string(folded(split(text), self.names, alone=False)) or node
            case ast.Constant():
                return node
            case ast.IfExp():
                return self._conditional(node)
            case ast.Call():
                return self._computed(self._call(node))
        return self._computed(self._rebuilt(node))

    def _conditional(self, node: ast.IfExp) -> ast.expr:
        test = self.fold(node.test)
        known = _value(test)
        if known is _UNKNOWN:
            return ast.IfExp(test, self.fold(node.body), self.fold(node.orelse))
        return self.fold(node.body if known else node.orelse)

    def _call(self, node: ast.Call) -> ast.Call:
        keywords = [ast.keyword(keyword.arg, self.fold(keyword.value)) for keyword in node.keywords]
        arguments = [argument if self._is_step(node.func, argument) else self.fold(argument) for argument in node.args]
        return ast.Call(node.func, arguments, keywords)

    def _is_step(self, function: ast.expr, argument: ast.expr) -> bool:
        asks = isinstance(function, ast.Name) and function.id in ASKING
        return asks and isinstance(argument, ast.Name) and argument.id in BARE

    def _rebuilt(self, node: _NodeT) -> _NodeT:
        parts = {}
        for field, part in ast.iter_fields(node):
            if isinstance(part, list):
                part = [self.fold(item) if isinstance(item, ast.expr) else item for item in part]
            elif isinstance(part, ast.expr):
                part = self.fold(part)
            parts[field] = part
        return type(node)(**parts)

    def _computed(self, node: ast.expr) -> ast.expr:
        value = _value(node, self.names, self.meter)
        return (value is not _UNKNOWN and _literal(value)) or node


def _value(node: ast.expr, names: Names = _NOTHING, meter: Meter | None = None) -> Value:
    """The value of a node that reads no name, if it has one."""
    try:
        ready = compiled_node(node)
        if ready.reads:
            return _UNKNOWN
        with collecting():
            return ready.run(names, meter or Meter(_OPERATIONS))
    except (ExpressionError, RecursionError):
        return _UNKNOWN


def _literal(value: Value) -> ast.expr | None:
    """A value as it is written in an expression, if it can be."""
    match value:
        case None | bool():
            return ast.Constant(value)
        case int() | float():
            # Not Constant(-3): `(-3) ** H` would lose its parentheses.
            negative = math.copysign(1, value) < 0 if isinstance(value, float) else value < 0
            return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if negative else ast.Constant(value)
        case str():
            return _string(value.replace("$", "$$"))
        case list() | tuple() if len(value) <= _ITEMS:
            items = [_literal(item) for item in value]
            known = [item for item in items if item is not None]
            if len(known) < len(items):
                return None
            return ast.List(known, ast.Load()) if isinstance(value, list) else ast.Tuple(known, ast.Load())
    return None


def _string(text: str) -> ast.Constant | None:
    plain = repr(text)[1:-1] == text
    return ast.Constant(text) if plain else None
