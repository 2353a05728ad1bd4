"""Texts into functions: a whitelist of syntax, checked once, each node one closure over those of its parts."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from skipgraph.spec.expressions.arithmetic import BINARY, COMPARE, bound, bounded, held, index, signed, truth
from skipgraph.spec.expressions.calls import ASKING, BARE, Run, asked, axis_of, called, placed
from skipgraph.spec.expressions.functions import FUNCTIONS
from skipgraph.spec.expressions.refusals import refusal, refused, unknown_function, unknown_name
from skipgraph.spec.expressions.scan import Hole, Tree, split
from skipgraph.spec.expressions.values import (
    DEPTH,
    PRINTED,
    ExpressionError,
    Meter,
    Names,
    Value,
    describe,
    is_open,
    still_open,
)

CONSTANTS = {"True": True, "False": False, "None": None, "true": True, "false": False, "null": None}
"""The names of values."""
_CALLABLE = (*FUNCTIONS, *ASKING)


@dataclass(frozen=True)
class Compiled:
    """A checked text: the function that evaluates it, what that spends, and the names it reads."""

    run: Run
    cost: int
    reads: frozenset[str]


def compiled(parts: tuple[str | Hole, ...], printed: bool = False) -> Compiled:
    """What evaluates a text. A hole alone keeps the type of its value, unless the text is to be `printed`."""
    compiler = _Compiler()
    run = compiler.text(parts, printed)
    return Compiled(run, compiler.cost, frozenset(compiler.reads))


def compiled_node(node: ast.expr) -> Compiled:
    """What evaluates a tree that has been checked before and has no place of its own."""
    compiler = _Compiler()
    run = compiler.node(node, 0)
    return Compiled(run, compiler.cost, frozenset(compiler.reads))


class _Compiler:
    def __init__(self) -> None:
        self.cost = 0
        self.reads: set[str] = set()
        self.tree: Tree | None = None

    def text(self, parts: tuple[str | Hole, ...], printed: bool) -> Run:
        """A function that gives the text with its holes filled."""
        if len(parts) == 1 and not printed and isinstance(parts[0], Hole):
            return self._hole(parts[0])
        if all(isinstance(part, str) for part in parts):
            return _constant("".join(part for part in parts if isinstance(part, str)))
        runs = [part if isinstance(part, str) else self._printing(part) for part in parts]
        self.cost += len(parts)

        def join(names: Names, meter: Meter) -> str:
            result = "".join([run if isinstance(run, str) else run(names, meter) for run in runs])
            if len(result) > PRINTED:
                raise ExpressionError(f"a string of {len(result):,} characters is over the limit of {PRINTED:,}")
            return result

        return join

    def _hole(self, hole: Hole) -> Run:
        outer, self.tree = self.tree, Tree(hole)
        run = self.node(self.tree.root, 0)
        self.tree = outer
        return run

    def _printing(self, hole: Hole) -> Run:
        run = self._hole(hole)

        def printing(names: Names, meter: Meter) -> str:
            value = run(names, meter)
            try:
                return printed_value(value)
            except ExpressionError as error:
                error.place(hole.offset, hole.length)
                raise

        return printing

    def node(self, node: ast.expr, depth: int) -> Run:
        """A function that evaluates a node."""
        self.cost += 1
        if depth >= DEPTH:
            raise refusal(f"an expression more than {DEPTH} levels deep is over the limits", self._place(node))
        match node:
            case ast.Constant():
                return self._literal(node)
            case ast.Name():
                return self._name(node)
            case ast.BinOp():
                return self._binary(node, depth + 1)
            case ast.UnaryOp():
                return self._unary(node, depth + 1)
            case ast.Compare():
                return self._compare(node, depth + 1)
            case ast.BoolOp():
                return self._boolean(node, depth + 1)
            case ast.IfExp():
                return self._conditional(node, depth + 1)
            case ast.List() | ast.Tuple():
                return self._display(node, depth + 1)
            case ast.Subscript():
                return self._subscript(node, depth + 1)
            case ast.Call():
                return self._call(node, depth + 1)
            case _:
                raise refused(node, self._place(node))

    def _literal(self, node: ast.Constant) -> Run:
        value = node.value
        if isinstance(value, str):
            if "$" not in value:
                return _constant(value)
            # The scanner lets through plain strings only, so its text begins one character after its quote.
            return self.text(split(value, self._place(node)[0] + 1), printed=True)
        if value is not None and type(value) not in (bool, int, float):
            raise refusal("this literal is refused", self._place(node))
        if type(value) is int or type(value) is float:
            try:
                bounded(value)
            except ExpressionError:
                raise refusal("this number is too large to be held", self._place(node)) from None
        return _constant(value)

    def _name(self, node: ast.Name) -> Run:
        name = node.id
        if name in CONSTANTS:
            return _constant(CONSTANTS[name])
        self.reads.add(name)
        place = self._place(node)

        def read(names: Names, meter: Meter) -> Value:
            try:
                return names.values[name]
            except KeyError:
                raise unknown_name(name, names, _CALLABLE, place) from None

        return read

    def _binary(self, node: ast.BinOp, depth: int) -> Run:
        apply = BINARY.get(type(node.op))
        if apply is None:
            raise refused(node.op, self._place(node))
        left, right = self.node(node.left, depth), self.node(node.right, depth)
        place = self._place(node)

        def binary(names: Names, meter: Meter) -> Value:
            a = left(names, meter)
            b = right(names, meter)
            try:
                return apply(a, b, meter)
            except ExpressionError as error:
                error.place(*place)
                raise

        return binary

    def _unary(self, node: ast.UnaryOp, depth: int) -> Run:
        sign = node.op
        if isinstance(sign, ast.Invert):
            raise refused(sign, self._place(node))
        operand = self.node(node.operand, depth)
        if isinstance(sign, ast.Not):
            return placed(lambda names, meter: not truth(operand(names, meter)), self._place(node))
        return placed(lambda names, meter: signed(sign, operand(names, meter)), self._place(node))

    def _compare(self, node: ast.Compare, depth: int) -> Run:
        applies = []
        for comparison in node.ops:
            apply = COMPARE.get(type(comparison))
            if apply is None:
                raise refused(comparison, self._place(node))
            applies.append(apply)
        first = self.node(node.left, depth)
        others = [self.node(other, depth) for other in node.comparators]
        steps = list(zip(applies, others, strict=True))

        def compare(names: Names, meter: Meter) -> bool:
            a = first(names, meter)
            for apply, other in steps:
                b = other(names, meter)
                if not apply(a, b, meter):
                    return False
                a = b
            return True

        return placed(compare, self._place(node))

    def _boolean(self, node: ast.BoolOp, depth: int) -> Run:
        runs = [self.node(value, depth) for value in node.values]
        places = [self._place(value) for value in node.values]
        stops_at = isinstance(node.op, ast.Or)
        steps = [(run, place) for run, place in zip(runs[:-1], places, strict=False)]
        last = runs[-1]

        def boolean(names: Names, meter: Meter) -> Value:
            for run, place in steps:
                value = run(names, meter)
                if _truth_at(value, place) is stops_at:
                    return value
            return last(names, meter)

        return boolean

    def _conditional(self, node: ast.IfExp, depth: int) -> Run:
        test, place = self.node(node.test, depth), self._place(node.test)
        body, otherwise = self.node(node.body, depth), self.node(node.orelse, depth)

        def conditional(names: Names, meter: Meter) -> Value:
            return body(names, meter) if _truth_at(test(names, meter), place) else otherwise(names, meter)

        return conditional

    def _display(self, node: ast.List | ast.Tuple, depth: int) -> Run:
        runs = [self.node(item, depth) for item in node.elts]
        kind = list if isinstance(node, ast.List) else tuple
        return placed(lambda names, meter: held(kind([run(names, meter) for run in runs]), meter), self._place(node))

    def _subscript(self, node: ast.Subscript, depth: int) -> Run:
        items = self.node(node.value, depth)
        if not isinstance(node.slice, ast.Slice):
            key = self.node(node.slice, depth)
            return placed(lambda names, meter: index(items(names, meter), key(names, meter), meter), self._place(node))
        ends = [end and self.node(end, depth) for end in (node.slice.lower, node.slice.upper, node.slice.step)]

        def sliced(names: Names, meter: Meter) -> Value:
            bounds = [end and bound(end(names, meter)) for end in ends]
            return index(items(names, meter), slice(*bounds), meter)

        return placed(sliced, self._place(node))

    def _call(self, node: ast.Call, depth: int) -> Run:
        if not isinstance(node.func, ast.Name):
            raise refused(node.func, self._place(node.func))
        name = node.func.id
        if name in ASKING:
            return self._question(name, node, depth)
        function = FUNCTIONS.get(name)
        if function is None:
            raise unknown_function(name, _CALLABLE, self._place(node.func))
        arguments = [self.node(argument, depth) for argument in node.args]
        keywords: dict[str, Run] = {}
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg not in function.keywords:
                raise refusal(f"`{name}` takes no argument by name here", self._place(keyword))
            if len(arguments) > function.keywords.index(keyword.arg) + function.least:
                raise refusal(f"`{keyword.arg}` is given twice", self._place(keyword))
            keywords[keyword.arg] = self.node(keyword.value, depth)
        if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
            raise refusal(f"`{name}` takes {function.arity}, not {len(arguments)}", self._place(node))
        return called(function.call, arguments, keywords, self._place(node))

    def _question(self, name: str, node: ast.Call, depth: int) -> Run:
        if len(node.args) != ASKING.index(name) + 1 or node.keywords:
            form = "`channels('name')`" if name == "channels" else "`size('name', axis)`"
            raise refusal(f"`{name}` is asked as {form}", self._place(node))
        first = node.args[0]
        bare = first.id if isinstance(first, ast.Name) and first.id in BARE else None
        step = self.node(first, depth) if bare is None else _constant(bare)
        axis = axis_of(self.node(node.args[1], depth), self._place(node.args[1])) if name == "size" else None
        return asked(name, step, axis, self._place(first))

    def _place(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        return self.tree.place(node) if self.tree else (0, 0)


def printed_value(value: Value) -> str:
    """A value as it stands inside a longer string."""
    if is_open(value):
        raise still_open(value)
    if isinstance(value, str):
        return value
    if type(value) is int or type(value) is float:
        return str(bounded(value))
    raise ExpressionError(f"{describe(value)} cannot be printed into a string")


def _constant(value: Value) -> Run:
    return lambda names, meter: value


def _truth_at(value: Value, place: tuple[int, int]) -> bool:
    try:
        return truth(value)
    except ExpressionError as error:
        error.place(*place)
        raise
