"""Values inside a network, by name: variants of its forwards that keep them, made when they are asked for."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from skipgraph.diagnostics.suggest import closest
from skipgraph.emit.base import Generated
from skipgraph.emit.module import Classes
from skipgraph.emit.program import Mark
from skipgraph.emit.relocated import child_at, preamble, statements


def features(model: nn.Module, *inputs: Tensor | str, **named: Tensor) -> dict[str, Tensor]:
    """Values inside a built network, by name: `features(model, image, "enc1", "enc2.relu_0")`.

    Raises KeyError for a name that the network does not have.
    """
    names = tuple(dict.fromkeys(item for item in inputs if isinstance(item, str)))
    found: dict[str, Tensor] = {}
    _look(model, names, found, "", tuple(item for item in inputs if not isinstance(item, str)), named)
    return {name: found[name] for name in names}


def _look(
    module: nn.Module,
    names: tuple[str, ...],
    found: dict[str, Any],
    prefix: str,
    inputs: tuple[Any, ...],
    named: Mapping[str, Any],
    whole: bool = False,
) -> Any:
    """Run a module, and put the values called `names` into `found`; with `whole`, to its end."""
    if not isinstance(module, Generated):
        raise KeyError(f"{type(module).__name__} has no values to look at: {', '.join(prefix + n for n in names)}")
    classes = module._skipgraph_classes
    key = (module._skipgraph_place, names, whole)
    if key not in classes.looks:
        classes.looks[key] = _variant(classes, *key)
    return classes.looks[key](module, *inputs, _found=found, _prefix=prefix, **named)


def _variant(classes: Classes, place: str, names: Sequence[str], whole: bool) -> Any:
    """The class's forward, keeping these values, and ending behind the last of them unless it is to be `whole`."""
    marks, definition = classes.marks[place], classes.definitions[place]
    forward = next(
        copy.deepcopy(item) for item in definition.body if isinstance(item, ast.FunctionDef) and item.name == "forward"
    )
    asked = _asked(marks.forward, names)
    body: list[ast.stmt] = [*preamble(marks, classes.places[marks.source])]
    last = max((at for at, wanted in asked.items() if wanted), default=-1)
    for at, statement in enumerate(statements(forward, marks, classes.places[marks.source])):
        if at > last and not whole:
            break
        body += _kept(statement, marks.forward[at], asked[at])
    forward.body = [*body, *([] if whole else [ast.Return(ast.Constant(None))])]
    forward.returns = None
    for argument in forward.args.args:
        argument.annotation = None
    forward.args.kwonlyargs = [ast.arg("_found"), ast.arg("_prefix")]
    forward.args.kw_defaults = [None, None]
    scope = {**classes.globals, "_look": _look}
    tree = ast.fix_missing_locations(ast.Module([forward], []))
    exec(compile(tree, classes.places[marks.source].file, "exec"), scope)
    return scope["forward"]


def _asked(marks: Sequence[Mark], names: Sequence[str]) -> dict[int, list[str]]:
    """Which names each statement answers."""
    asked: dict[int, list[str]] = {at: [] for at in range(len(marks))}
    known: dict[str, int] = {}
    for at, mark in enumerate(marks):
        for name in (*(name for name, _ in mark.taps), *(name for name, _ in mark.chain)):
            known.setdefault(name, at)
        if mark.child:
            known.setdefault(f"{mark.name}.", at)
        for name, _ in mark.chain:
            known.setdefault(f"{name}.", at)
    for name in names:
        place = known.get(name, known.get(f"{name.partition('.')[0]}."))
        if place is None:
            near = closest(name, [each for each in known if not each.endswith(".")])
            raise KeyError(f"no value `{name}`" + (f": did you mean `{near}`?" if near else ""))
        asked[place].append(name)
    return asked


def _kept(statement: ast.stmt, mark: Mark, names: Sequence[str]) -> list[ast.stmt]:
    """The statement, and what keeps the values asked of it."""
    if not names:
        return [statement]
    taps = dict(mark.taps)
    returned = isinstance(statement, ast.Return) and bool(mark.name)
    if returned:
        assert isinstance(statement, ast.Return)
        assert statement.value is not None
        statement = ast.Assign([ast.Name("_value", ast.Store())], statement.value)
    made = _expanded(statement, mark, names) if mark.chain else [_looked(statement, mark.child, mark.name, taps, names)]
    for name in names:
        if name in taps:
            made.append(_keep(name, "_value" if returned else taps[name]))
    if returned:
        made.append(ast.Return(ast.Name("_value", ast.Load())))
    return made


def _expanded(statement: ast.stmt, mark: Mark, names: Sequence[str]) -> list[ast.stmt]:
    """A chain, child by child."""
    call = next(part for part in ast.walk(statement) if isinstance(part, ast.Call))
    made: list[ast.stmt] = [ast.Assign([ast.Name("_link", ast.Store())], call.args[0])]
    for name, path in mark.chain:
        link = ast.Assign([ast.Name("_link", ast.Store())], ast.Call(child_at(path), [_link()], []))
        made.append(_looked(link, path, name, {name: ""}, names))
        if name in names:
            made.append(_keep(name, "_link"))
    assert isinstance(statement, ast.Assign)
    statement.value = _link()
    return [*made, statement]


def _looked(
    statement: ast.stmt, path: Sequence[str], node: str, taps: Mapping[str, str], names: Sequence[str]
) -> ast.stmt:
    """The statement, looking into its child where a name stands for a value in there."""
    inner = tuple(name.removeprefix(f"{node}.") for name in names if name not in taps and name.startswith(f"{node}."))
    if not inner:
        return statement
    wanted = ast.unparse(child_at(path))
    call = next(part for part in ast.walk(statement) if isinstance(part, ast.Call) and ast.unparse(part.func) == wanted)
    given = ast.Tuple(call.args, ast.Load())
    prefix = ast.parse(f"_prefix + {node + '.'!r}", mode="eval").body
    options = ast.Dict([ast.Constant(word.arg) for word in call.keywords], [word.value for word in call.keywords])
    call.args = [call.func, ast.parse(repr(inner), mode="eval").body, ast.Name("_found", ast.Load()), prefix]
    call.args += [given, options, ast.Constant(True)]
    call.keywords = []
    call.func = ast.Name("_look", ast.Load())
    return statement


def _keep(name: str, variable: str) -> ast.stmt:
    return ast.parse(f"_found[_prefix + {name!r}] = {variable}").body[0]


def _link() -> ast.expr:
    return ast.Name("_link", ast.Load())
