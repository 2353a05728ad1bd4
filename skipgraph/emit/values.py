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
from skipgraph.emit.program import CHAINED, ClassMarks, Mark
from skipgraph.emit.relocated import chain_class, child_at, preamble, statements

_MOST = 10
"""How many names a message lists."""


def features(model: nn.Module, *inputs: Tensor | str, **named: Tensor) -> dict[str, Tensor]:
    """Values inside a built network, by name: `features(model, image, "enc1", "enc2.relu_0")`.

    Raises KeyError for a name that the network does not have, and tells the nearest.
    """
    if not isinstance(model, Generated):
        raise TypeError(f"only what `build` gave can be looked into, not a {type(model).__name__}")
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
    if not isinstance(module, Generated) or module._skipgraph_place not in module._skipgraph_classes.marks:
        raise KeyError(f"no value {_listed([prefix + name for name in names])}: a {type(module).__name__} has no steps")
    classes = module._skipgraph_classes
    key = (module._skipgraph_place, names, whole)
    if key not in classes.looks:
        classes.looks[key] = _variant(classes, *key, prefix)
    return classes.looks[key](module, *inputs, _found=found, _prefix=prefix, **named)


def _variant(classes: Classes, place: str, names: Sequence[str], whole: bool, prefix: str) -> Any:
    """The class's forward, keeping these values, and ending behind the last of them unless it is to be `whole`."""
    marks = classes.marks[place]
    forward = _forward(classes, marks)
    asked = _asked(marks, names, prefix)
    body: list[ast.stmt] = [_keep(name, held) for name, held in marks.tensors if name in names]
    body += preamble(marks, classes.places[marks.source])
    last = max((at for at, wanted in asked.items() if wanted), default=-1)
    for at, statement in enumerate(statements(forward, marks, classes.places[marks.source])):
        if at > last and not whole:
            break
        body += _kept(statement, marks.forward[at], asked[at])
    if whole and marks.is_chain:
        body.append(ast.Return(ast.Name(CHAINED, ast.Load())))
    forward.body = [*body, *([] if whole else [ast.Return(ast.Constant(None))])]
    forward.returns = None
    for argument in forward.args.args:
        argument.annotation = None
    forward.args.kwonlyargs = [ast.arg("_found"), ast.arg("_prefix")]
    forward.args.kw_defaults = [None, None]
    # a later step may work in place
    copies = "inplace=" in classes.program.text or bool(classes.program.externs)
    scope = {**classes.globals, "_look": _look, "_held": Tensor.clone if copies else _same}
    tree = ast.fix_missing_locations(ast.Module([forward], []))
    exec(compile(tree, classes.places[marks.source].file, "exec"), scope)
    return scope["forward"]


def _forward(classes: Classes, marks: ClassMarks) -> ast.FunctionDef:
    """The class's forward, a statement a mark."""
    if marks.is_chain:
        (chain,) = marks.chains
        (forward,) = chain_class("", chain, classes.places[marks.source]).body
        assert isinstance(forward, ast.FunctionDef)
        forward.body = forward.body[-1 - len(marks.forward) : -1]
        return forward
    body = classes.definitions[marks.name].body
    return next(copy.deepcopy(part) for part in body if isinstance(part, ast.FunctionDef) and part.name == "forward")


def _asked(marks: ClassMarks, names: Sequence[str], prefix: str) -> dict[int, list[str]]:
    """Which names each statement answers."""
    asked: dict[int, list[str]] = {at: [] for at in range(len(marks.forward))}
    known: dict[str, int] = {}
    for at, mark in enumerate(marks.forward):
        for name in (*(name for name, _ in mark.taps), *(name for name, _ in mark.chain)):
            known.setdefault(name, at)
        if mark.child:
            known.setdefault(f"{mark.name}.", at)
        for name, _ in mark.chain:
            known.setdefault(f"{name}.", at)
    for name in names:
        if name in dict(marks.tensors):
            continue
        head, dot, _ = name.partition(".")
        place = known.get(name, known.get(f"{head}.") if dot else None)
        if place is None:
            values = [*dict(marks.tensors), *(each for each in known if not each.endswith("."))]
            raise KeyError(_unknown(name, values, prefix))
        asked[place].append(name)
    return asked


def _unknown(name: str, known: Sequence[str], prefix: str) -> str:
    """What is said of a name that stands for no value."""
    parts = [prefix + each for each in known if each.startswith(f"{name}.")]
    if parts:
        return f"`{prefix}{name}` is several values: {_listed(parts)}"
    head, dot, rest = name.partition(".")
    near = closest(name, known)
    if near is None and (first := closest(head, known)):
        near = first + dot + rest
    told = f"did you mean `{prefix}{near}`?" if near else f"there are {_listed([prefix + each for each in known])}"
    return f"no value `{prefix}{name}`: {told}"


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(f"`{name}`" for name in names[:_MOST]) + more


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
    return ast.parse(f"_found[_prefix + {name!r}] = _held({variable})").body[0]


def _same(value: Tensor) -> Tensor:
    return value


def _link() -> ast.expr:
    return ast.Name("_link", ast.Load())
