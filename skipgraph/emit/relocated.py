"""Printed classes as syntax trees that run fast and stand at the spec's lines."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence

from skipgraph.emit.program import ClassMarks, Mark, Stretch


class Places:
    """A spec's file name, and its places as Python's compiler counts them: columns in bytes, from 0."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def put(self, node: ast.AST, place: Stretch | None, otherwise: Stretch) -> None:
        """Move a tree to a place."""
        line, column, end_line, end_column = place or otherwise
        start, end = self._bytes(line, column), self._bytes(end_line, end_column)
        for part in ast.walk(node):
            if "lineno" in part._attributes:
                part.lineno, part.col_offset = line, start  # type: ignore[attr-defined]
                part.end_lineno, part.end_col_offset = end_line, end  # type: ignore[attr-defined]

    def _bytes(self, line: int, column: int) -> int:
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        return len(text[: column - 1].encode())


def runnable(definition: ast.ClassDef, marks: ClassMarks, places: Places, base: str) -> ast.ClassDef:
    """The class with another base, children read without a detour, and every statement at its step."""
    tree = copy.deepcopy(definition)
    tree.bases = [_name(base)]
    places.put(tree, None, marks.place)
    for method in tree.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            _initial(method, marks, places)
        elif isinstance(method, ast.FunctionDef):
            method.body = [*preamble(marks, places), *statements(method, marks, places)]
    if marks.is_chain:
        (chain,) = marks.chains
        tree.body += chain_class("", chain, places).body
    # annotations are evaluated when a function is made, and say nothing to anyone here
    for method in tree.body:
        if isinstance(method, ast.FunctionDef):
            method.returns = None
            for argument in method.args.args:
                argument.annotation = None
    return tree


def statements(forward: ast.FunctionDef, marks: ClassMarks, places: Places) -> list[ast.stmt]:
    """The statements of forward, each at its step, with children read from `_modules`."""
    body = []
    assert len(forward.body) == len(marks.forward), marks.name
    for statement, mark in zip(forward.body, marks.forward, strict=True):
        made = _Direct(mark).visit(statement) if mark.child else statement
        places.put(made, mark.place, marks.place)
        body.append(made)
    return body


def chain_class(name: str, chain: Sequence[Stretch], places: Places) -> ast.ClassDef:
    """A class of nn.Sequential whose forward calls each child at its step's line."""
    calls = "".join(f'        input = _modules["{at}"](input)\n' for at in range(len(chain)))
    text = (
        f"class {name or 'Chain'}(_Chain):\n"
        "    def forward(self, input):\n"
        "        _modules = self._modules\n"
        # children that were added, removed or sliced since
        f"        if len(_modules) != {len(chain)}:\n"
        "            return nn.Sequential.forward(self, input)\n"
        f"{calls}"
        "        return input\n"
    )
    (tree,) = ast.parse(text).body
    assert isinstance(tree, ast.ClassDef)
    places.put(tree, None, chain[0])
    (method,) = tree.body
    assert isinstance(method, ast.FunctionDef)
    for statement, place in zip(method.body[2:-1], chain, strict=True):
        places.put(statement, place, place)
    return tree


def child_at(path: Sequence[str]) -> ast.expr:
    """The expression for a module at a path, read from the dicts that hold it."""
    found: ast.expr = ast.Subscript(_name("_modules"), ast.Constant(path[0]), ast.Load())
    for part in path[1:]:
        found = ast.Subscript(ast.Attribute(found, "_modules", ast.Load()), ast.Constant(part), ast.Load())
    return found


class _Direct(ast.NodeTransformer):
    """Calls the statement's child without nn.Module's `__getattr__`, which costs more than the call itself."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.done = False

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not self.done and path_of(node.func) == self.mark.child:
            self.done = True
            node.func = child_at(self.mark.child)
            return node
        self.generic_visit(node)
        return node


def path_of(node: ast.expr) -> tuple[str, ...] | None:
    """The path that an expression reads, from `self` on."""
    match node:
        case ast.Name("self"):
            return ()
        case ast.Attribute(value, attr):
            part: object = attr
        case ast.Subscript(value, ast.Constant(part)):
            pass
        case ast.Call(ast.Name("getattr"), [value, ast.Constant(part)]):
            pass
        case _:
            return None
    above = path_of(value)
    return None if above is None else (*above, str(part))


def _initial(method: ast.FunctionDef, marks: ClassMarks, places: Places) -> None:
    """`__init__` at the steps' lines, its nn.Sequentials as chains of their own."""
    if marks.is_chain:
        return
    counter = iter(range(len(marks.chains)))
    # the first statement is super().__init__()
    for statement, place in zip(method.body[1:], marks.init, strict=True):
        places.put(statement, place, marks.place)
        _Chains(counter).visit(statement)


class _Chains(ast.NodeTransformer):
    def __init__(self, counter: Iterator[int]) -> None:
        self.counter = counter

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func) == "nn.Sequential":
            node.func = ast.copy_location(_name(f"_Sequential{next(self.counter)}"), node.func)
        self.generic_visit(node)
        return node


def preamble(marks: ClassMarks, places: Places) -> list[ast.stmt]:
    """What stands before the statements, where a child is called."""
    if not any(mark.child for mark in marks.forward):
        return []
    body = ast.parse("_modules = self._modules").body
    places.put(body[0], None, marks.place)
    return body


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())
