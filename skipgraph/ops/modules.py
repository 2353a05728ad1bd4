"""What families share beside shape rules: how a torch.nn class is made, axes, the base of those that keep the shape."""

from typing import ClassVar

from skipgraph.ops.base import Example, Op, Reject, Style
from skipgraph.ops.lowering import Computed, Module, SizeArgument, SizeOf, Value, module
from skipgraph.ops.rules import divided, floating
from skipgraph.sizes import Dim, Size
from skipgraph.types import TensorType


def made(op: Op) -> Module:
    """The class of torch.nn that has the op's name, with the op's arguments; a leading one goes by position."""
    arguments = op.given()
    first = next(iter(type(op).model_fields), None)
    leading = [arguments.pop(first)] if first == op.leading and first in arguments else []
    return module(f"torch.nn.{type(op).__name__}", *leading, **arguments)


def axis_of(x: TensorType, dim: int, argument: str = "dim", *, new: bool = False) -> int:
    """`dim` counted from the front, when it is an axis of `x`; with `new`, a place for one more."""
    rank = x.rank + new
    if not -rank <= dim < rank:
        raise Reject(f"`{argument}` of {dim} is outside {x}", code="SG209", argument=argument)
    return dim % rank


def axes_of(x: TensorType, dim: int | tuple[int, ...], argument: str = "dim") -> tuple[int, ...]:
    """The axes that one number or several name, counted from the front, none twice."""
    axes = tuple(axis_of(x, each, argument) for each in ((dim,) if isinstance(dim, int) else dim))
    if not axes or len(set(axes)) < len(axes):
        what = "names no axis" if not axes else f"names an axis of {x} twice"
        raise Reject(f"`{argument}` {what}", code="SG209", argument=argument)
    return axes


def exactly_divided(size: Dim, by: Dim, what: str, argument: str | None = None) -> Dim:
    """`size / by`, when that is whole; an open one states that it is."""
    if isinstance(by, Size):
        return size / by
    if isinstance(size, Size):
        return size / by
    return divided(size, by, what, argument)


def axis_size(x: TensorType, axis: int, value: int = 0) -> SizeArgument:
    """The size of an axis of input number `value`, in symbols and as forward finds it."""
    size = x.shape[axis]
    return size if isinstance(size, int) else Computed(size, SizeOf(Value(value), axis))


class SameShape(Op):
    """A class of torch.nn that takes floats of any shape and gives the same shape."""

    is_module = True
    examples: ClassVar[tuple[Example, ...]] = (Example(),)

    def infer(self, x: TensorType) -> TensorType:
        return floating(x)

    def lower(self, x: TensorType) -> Module:
        return made(self)


class Activation(SameShape):
    """What activations share."""

    style = Style.ACTIVATION
