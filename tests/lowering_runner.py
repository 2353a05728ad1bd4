"""Runs an op's lowering with torch, straight from the data: a reading of its own, to compare with the emitters'."""

from __future__ import annotations

import builtins
import operator
import warnings
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import torch

from skipgraph.ops.lowering import (
    Arithmetic,
    Attribute,
    Call,
    Choice,
    EllipsisLiteral,
    Expr,
    Index,
    Lowering,
    Method,
    Module,
    Name,
    Own,
    Shared,
    SizeOf,
    Slice,
    Tensor,
    Value,
)

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def run(lowering: Lowering, *values: Any, own: Any = None, child: torch.nn.Module | None = None) -> Any:
    """What the lowering gives for these inputs; `child` is its module, where it is one and made before."""
    if isinstance(lowering, Module):
        child = made(lowering) if child is None else child
        args = [_value(argument, values, own) for argument in lowering.args]
        return child(*args, **{name: _value(argument, values, own) for name, argument in lowering.kwargs.items()})
    return _value(lowering, values, own)


def made(lowering: Module) -> torch.nn.Module:
    """The child module, new."""
    with warnings.catch_warnings():
        # said of every torch.nn.Transformer without `batch_first`
        warnings.filterwarnings("ignore", "enable_nested_tensor is True")
        child = _value(lowering.make, (), None)
    assert isinstance(child, torch.nn.Module)
    return child


def owned(tensor: Tensor) -> torch.Tensor:
    """The tensor that an op owns, new."""
    value = _value(tensor.make, (), None)
    assert isinstance(value, torch.Tensor)
    return torch.nn.Parameter(value) if tensor.kind == "parameter" else value


def named(dotted: str) -> Any:
    """What a dotted name of torch, or the name of a builtin, stands for; a module is as it is outside training."""
    if dotted == "self.training":
        return False
    first, *rest = dotted.split(".")
    return reduce(getattr, rest, torch) if first == "torch" else getattr(builtins, dotted)


def _value(argument: Any, values: tuple[Any, ...], own: Any) -> Any:
    def of(part: Any) -> Any:
        return _value(part, values, own)

    match argument:
        case Value(index):
            return values[index]
        case Own():
            return own
        case Name(name):
            return named(name)
        case SizeOf(value, axis):
            return of(value).size(axis)
        case Attribute(value, name):
            return getattr(of(value), name)
        case Arithmetic(symbol, left, right):
            return _OPERATORS[symbol](of(left), of(right))
        case Call():
            return named(argument.function)(*map(of, argument.args), **_all(argument.kwargs, of))
        case Method():
            method = getattr(of(argument.receiver), argument.name)
            return method(*map(of, argument.args), **_all(argument.kwargs, of))
        case Choice(then, test, otherwise):
            return of(then) if of(test) else of(otherwise)
        case Shared(_, value):
            return of(value)
        case Index(value, items):
            chosen = tuple(map(of, items))
            return of(value)[chosen[0] if len(chosen) == 1 else chosen]
        case Slice(start, stop, step):
            return slice(of(start), of(stop), of(step))
        case EllipsisLiteral():
            return ...
        case tuple() | list():
            return type(argument)(map(of, argument))
    assert not isinstance(argument, Expr), argument
    return argument


def _all(arguments: Mapping[str, Any], of: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: of(argument) for name, argument in arguments.items()}
