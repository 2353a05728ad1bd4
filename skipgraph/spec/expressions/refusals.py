"""What is refused in an expression, in words."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from skipgraph.spec.expressions.values import ExpressionError, Names

Place = tuple[int, int]
"""Offset and length."""

_WORDS: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.NamedExpr: "an assignment",
    ast.JoinedStr: "an f-string",
    ast.Starred: "a `*` before a list",
    ast.Dict: "a mapping",
    ast.Set: "a set",
    ast.Await: "an await",
    ast.Yield: "a yield",
    ast.YieldFrom: "a yield",
    ast.Slice: "a slice among other indices",
    ast.LShift: "the operator `<<`",
    ast.RShift: "the operator `>>`",
    ast.BitOr: "the operator `|`",
    ast.BitAnd: "the operator `&`",
    ast.BitXor: "the operator `^`",
    ast.Invert: "the operator `~`",
    ast.MatMult: "the operator `@`",
    ast.Is: "the comparison `is`",
    ast.IsNot: "the comparison `is not`",
    ast.Call: "a call of anything but a name",
    ast.Subscript: "a call of anything but a name",
}
_INSTEAD: dict[type[ast.AST], str] = {
    ast.BitXor: "a power is written `**`",
    ast.Is: "compare with `==`",
    ast.IsNot: "compare with `!=`",
    ast.BitOr: "write `or`",
    ast.BitAnd: "write `and`",
    ast.Invert: "write `not`",
}


def refusal(message: str, place: Place, help: str | None = None) -> ExpressionError:
    """An expression that no values could help."""
    return ExpressionError(message, *place, help=help, kind="syntax")


def refused(what: ast.AST, place: Place) -> ExpressionError:
    """Syntax of Python that is none of ours."""
    words = f"the attribute `.{what.attr}`" if isinstance(what, ast.Attribute) else _WORDS.get(type(what), "this")
    return refusal(f"{words} is refused in an expression", place, _INSTEAD.get(type(what)))


def unknown_name(name: str, names: Names, functions: Iterable[str], place: Place) -> ExpressionError:
    """A name that nothing has."""
    from skipgraph.diagnostics.suggest import closest

    near = closest(name, list(names.values))
    help = f"did you mean `{near}`?" if near else None
    if name in functions:
        help = f"`{name}` is a function: write `{name}(...)`"
    return ExpressionError(f"unknown name `{name}`", *place, help=help, kind="name", name=name)


def unknown_function(name: str, functions: Iterable[str], place: Place) -> ExpressionError:
    """A call of what is no function."""
    from skipgraph.diagnostics.suggest import closest

    near = closest(name, list(functions))
    help = f"did you mean `{near}`?" if near else f"the functions are {', '.join(functions)}"
    return refusal(f"`{name}` is not a function of the language", place, help)
