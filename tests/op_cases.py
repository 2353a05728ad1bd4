"""Cases for the laws of ops: arguments drawn by the types of the fields, shapes drawn around the examples."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import prod
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import torch
from annotated_types import Ge, Gt
from hypothesis import assume, reject
from hypothesis import strategies as st
from lowering_runner import made, owned, run
from pydantic import ValidationError

from skipgraph.ops import CATALOG, Computed, Example, Module, Op
from skipgraph.ops.fields import AnyNumber
from skipgraph.types import TensorType

Types = tuple[TensorType | None, ...]


@dataclass(frozen=True)
class Case:
    """An op and what arrives at its ports; None where an optional one is left out."""

    op: Op
    inputs: Types

    def __str__(self) -> str:
        return f"{self.op!r} of {', '.join(map(str, self.inputs))}"


def example_case(op: type[Op], example: Example, **sizes: int) -> Case:
    """The case that an example stands for, its names given sizes (otherwise N is 2, others 8)."""
    types = []
    for text in example.inputs:
        axes, _, dtype = text.rpartition(" ") if re.search(r" [a-z]+\d*$", text) else (text, "", "float32")
        names = (axis.strip() for axis in axes.split(","))
        shape = (int(axis) if axis.isdigit() else sizes.get(axis, 2 if axis == "N" else 8) for axis in names if axis)
        types.append(TensorType(tuple(shape), dtype))
    return Case(op(**example.arguments), filled(op, tuple(types)))


def filled(op: type[Op], inputs: Types) -> Types:
    """The inputs, with None for optional ports that nothing fills."""
    missing = [port for port in op.ports[len(inputs) :] if port.endswith("?")]
    return inputs + (None,) * len(missing)


def values(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Values of a field's type, small; some may be out of its range."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if "_SizeField" in repr(metadata):
        return st.integers(1, 13)
    for number in (part for part in metadata if isinstance(part, AnyNumber)):
        one = st.sampled_from((-1, 0, 0.5, 2.0, float("inf"), float("-inf")))
        return st.one_of(one, st.booleans(), st.lists(one, min_size=1, max_size=3).map(tuple)) if number.lists else one
    if origin is Annotated:
        return values(parts[0], parts[1:])
    if origin in (Union, UnionType):
        return st.one_of(*(values(part) for part in parts))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        if parts[-1] is Ellipsis:
            return st.lists(values(parts[0]), min_size=1, max_size=4).map(tuple)
        return st.tuples(*(values(part) for part in parts))
    if annotation is type(None):
        return st.none()
    if annotation is bool:
        return st.booleans()
    least = next((item.ge if isinstance(item, Ge) else 1 for item in metadata if isinstance(item, Ge | Gt)), None)
    if annotation is int:
        low = -3 if least is None else int(str(least))
        return st.integers(low, low + 4)
    if annotation is float:
        return st.sampled_from((0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 3.0, *((-0.5,) if least is None else ())))
    return st.nothing()


_SIZES = st.integers(0, 12)
_MASKS = st.integers(0, 2**16 - 1)
_CHANGES = st.sampled_from(("none", "none", "none", "size", "drop", "add", "dtype", "dtypes"))
_DTYPES = st.sampled_from(("float64", "int64", "bool"))


@cache
def _strategies(name: str) -> tuple[st.SearchStrategy[Example], dict[str, st.SearchStrategy[Any]]]:
    """The examples of an op, and the values of each argument that can be drawn. Kept: making them takes longest."""
    op = CATALOG[name]
    fields = {info.alias or key: values(info.annotation, tuple(info.metadata)) for key, info in op.model_fields.items()}
    drawn = {field: strategy for field, strategy in fields.items() if not strategy.is_empty}
    return st.sampled_from(op.examples), drawn


@st.composite
def cases(draw: st.DrawFn, name: str) -> Case:
    """A case of an op, near one of its examples: many that it takes, and many that it must refuse."""
    op = CATALOG[name]
    examples, fields = _strategies(name)
    example = draw(examples)
    arguments = dict(example.arguments)
    chosen = draw(_MASKS) & draw(_MASKS) if fields else 0  # a quarter of them
    arguments |= {field: draw(strategy) for bit, (field, strategy) in enumerate(fields.items()) if chosen >> bit & 1}
    try:
        made_op = op(**arguments)
    except ValidationError:
        reject()
    return Case(made_op, filled(op, _near(draw, example_case(op, example).inputs)))


def _near(draw: st.DrawFn, inputs: Types) -> Types:
    """Inputs near these: sizes that are equal stay so but for one, ranks may differ, dtypes too."""
    shapes = [list(x.shape) for x in inputs if x is not None]
    dtypes = [x.dtype for x in inputs if x is not None]
    new = {size: draw(_SIZES) or size for size in sorted({int(n) for shape in shapes for n in shape})}
    shapes = [[new[int(size)] for size in shape] for shape in shapes]
    if not shapes:
        return ()
    change = draw(_CHANGES)
    index = draw(st.integers(0, len(shapes) - 1)) if len(shapes) > 1 else 0
    if change == "size" and shapes[index]:
        shapes[index][draw(st.integers(0, len(shapes[index]) - 1))] = draw(st.integers(1, 12))
    elif change == "drop" and shapes[index]:
        shapes[index].pop(draw(st.integers(0, len(shapes[index]) - 1)))
    elif change == "add" and len(shapes[index]) < 5:
        shapes[index].insert(draw(st.integers(0, len(shapes[index]))), draw(st.integers(1, 3)))
    elif change == "dtype":
        dtypes[index] = draw(_DTYPES)
    elif change == "dtypes":
        dtypes = [draw(_DTYPES)] * len(dtypes)
    assume(all(prod(map(int, shape)) <= 20_000 for shape in shapes))
    return tuple(TensorType(tuple(shape), dtype) for shape, dtype in zip(shapes, dtypes, strict=True))


def tensor(x: TensorType) -> torch.Tensor:
    """A tensor of that type: random floats, zeros otherwise (an index that every table has)."""
    dtype, shape = getattr(torch, x.dtype), tuple(map(int, x.shape))
    return torch.rand(shape, dtype=dtype) if dtype.is_floating_point else torch.zeros(shape, dtype=dtype)


def executed(op: Op, types: Types, tensors: tuple[torch.Tensor | None, ...], train: bool = False) -> Any:
    """What torch gives for the op's lowering at `types`. Weights take the dtype of the first floating input."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        lowering = op.lower(*types)
        dtype = next((t.dtype for t in tensors if t is not None and t.dtype.is_floating_point), torch.float32)
        tensor = op.own(*types)
        own = None if tensor is None else owned(tensor)
        child = made(lowering).train(train).to(dtype) if isinstance(lowering, Module) else None
        return run(lowering, *tensors, own=own, child=child)


def leaves(found: Any) -> Iterator[torch.Tensor]:
    """The tensors that torch gives, out of the tuples it puts them in."""
    if isinstance(found, tuple | list):
        for item in found:
            yield from leaves(item)
    elif found is not None:
        yield found


STRETCHING = (
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Max",
    "Min",
    "Mean",
    "MatMul",
    "Expand",
    "Einsum",
    "Where",
    "Equal",
    "NotEqual",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "LogicalAnd",
    "LogicalOr",
    "CosineSimilarity",
    "PairwiseDistance",
    "ScaledDotProductAttention",
)
"""Ops for which an axis written as 1 is not what an open one is, even where that comes out as 1."""


def with_open_axes(case: Case, chosen: st.DataObject | None = None) -> tuple[Case, dict[str, int]]:
    """The case with axes and size arguments left open, all or those chosen, and the sizes they had."""
    from skipgraph.ops.lowering import SizeOf, Value
    from skipgraph.sizes import Dim, Size, symbol

    env: dict[str, int] = {}
    types: list[TensorType | None] = []
    for index, x in enumerate(case.inputs):
        if x is None:
            types.append(None)
            continue
        shape: list[Dim] = []
        for axis, size in enumerate(x.shape):
            assert isinstance(size, int)
            if (size == 1 and type(case.op).__name__ in STRETCHING) or (chosen and chosen.draw(st.integers(0, 2)) == 0):
                shape.append(size)
                continue
            env[f"A{index}{axis}"] = size
            shape.append(symbol(f"A{index}{axis}"))
        types.append(x.with_shape(shape))
    sizes = [
        (Computed(size, SizeOf(Value(index), axis)), env[str(size)])
        for index, x in enumerate(types)
        for axis, size in enumerate(() if x is None else x.shape)
        if isinstance(size, Size)
    ]

    def opened(argument: Any) -> Any:
        if isinstance(argument, tuple):
            return tuple(map(opened, argument))
        if not isinstance(argument, int) or isinstance(argument, bool) or argument < 1 or not sizes or chosen is None:
            return argument  # a sign: -1 for the rest, or counted from the end; 0 for an amount that is not there
        size, number = sizes[chosen.draw(st.integers(0, len(sizes) - 1))]
        return size + (argument - number) if chosen.draw(st.booleans()) else argument

    changed = {name: opened(getattr(case.op, name)) for name in sorted(case.op.size_arguments())}
    try:
        op = type(case.op)(**(case.op.model_dump(by_alias=True) | changed))
    except ValidationError:  # a number where only the items of a list may be open
        op = case.op
    return Case(op, tuple(types)), env
