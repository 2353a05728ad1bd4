"""Changes of shape that keep every number."""

from __future__ import annotations

from collections.abc import Sequence

from skipgraph.ops.base import Example, Op, Reject, SizeField, Style
from skipgraph.ops.lowering import Argument, Expr, Method, Module, Value, code_of, size_of
from skipgraph.ops.modules import axes_of, axis_of, exactly_divided, made
from skipgraph.ops.rules import at_least, same
from skipgraph.sizes import Dim, Equal, require, show
from skipgraph.types import Shape, TensorType


def _product(sizes: Sequence[Dim]) -> Dim:
    return TensorType(tuple(sizes)).elements


def _filled(total: Dim, sizes: Sequence[Dim], argument: str) -> Shape:
    """The sizes that hold `total` numbers together; a -1 among them takes what is left."""
    for size in sizes:
        if isinstance(size, int) and size < 1 and size != -1:
            raise Reject(f"a size of {size} in `{argument}`", code="SG209", argument=argument)
        if not isinstance(size, int):
            at_least(size, 1, "")
    free = [index for index, size in enumerate(sizes) if isinstance(size, int) and size == -1]
    if len(free) > 1:
        raise Reject(f"-1 stands twice in `{argument}`", code="SG209", argument=argument)
    known = _product([size for index, size in enumerate(sizes) if index not in free])
    if not free:
        if isinstance(total, int) and isinstance(known, int):
            if total != known:
                raise Reject(f"{total} numbers do not fill {known} places", argument=argument, input=0)
        else:
            require(Equal(total, known))
        return tuple(sizes)
    rest = exactly_divided(total, known, "numbers", argument)
    return tuple(rest if index in free else size for index, size in enumerate(sizes))


def _called(method: str, sizes: Sequence[Argument]) -> Expr:
    """A method of the input that takes sizes one by one; torch wants none of them as a tuple."""
    return Method(Value(0), method, *(sizes or ((),)))


class _View(Op):
    style = Style.SHAPE
    is_view = True


class Flatten(_View):
    """Join the axes from `start_dim` to `end_dim` in one.

    Shape: `[N, C, H, W]` -> `[N, C * H * W]`. Source: torch.nn.Flatten.
    """

    is_module = True
    leading = "start_dim"
    examples = (Example(), Example(start_dim=2), Example(start_dim=-3, end_dim=-2))

    start_dim: int = 1
    end_dim: int = -1

    def infer(self, x: TensorType) -> TensorType:
        start, end = axis_of(x, self.start_dim, "start_dim"), axis_of(x, self.end_dim, "end_dim")
        if start > end:
            raise Reject(f"`start_dim` comes after `end_dim` in {x}", code="SG209", argument="start_dim")
        return x.with_shape((*x.shape[:start], _product(x.shape[start : end + 1]), *x.shape[end + 1 :]))

    def lower(self, x: TensorType) -> Module:
        return made(self)


class Unflatten(_View):
    """Take one axis apart; a -1 takes what is left.

    Shape: `[N, C * H * W]` -> `[N, C, H, W]`. Source: torch.nn.Unflatten.
    """

    is_module = True
    examples = (
        Example(("N, 12, 8",), dim=1, unflattened_size=(3, 4)),
        Example(("N, 12, L",), dim=-1, unflattened_size=(4, -1)),
    )

    dim: int
    unflattened_size: tuple[int, ...]

    def infer(self, x: TensorType) -> TensorType:
        axis = axis_of(x, self.dim)
        if not self.unflattened_size:
            raise Reject("`unflattened_size` is empty", code="SG209", argument="unflattened_size")
        sizes = _filled(x.shape[axis], self.unflattened_size, "unflattened_size")
        return x.with_shape((*x.shape[:axis], *sizes, *x.shape[axis + 1 :]))

    def lower(self, x: TensorType) -> Module:
        return made(self)


class Reshape(_View):
    """The same numbers in another shape; a -1 takes what is left.

    Shape: `[N, C, H, W]` -> `shape`. Source: torch.reshape.
    """

    leading = "shape"
    examples = (Example(shape=(-1, 16)), Example(("2, 6, 4",), shape=(3, 4, 4)), Example(("6, L",), shape=(2, 3, -1)))

    shape: tuple[SizeField, ...]

    def infer(self, x: TensorType) -> TensorType:
        return x.with_shape(_filled(x.elements, [size_of(size) for size in self.shape], "shape"))

    def lower(self, x: TensorType) -> Expr:
        return _called("reshape", [code_of(size) for size in self.shape])


class Permute(_View):
    """The axes in another order.

    Shape: `[N, C, H, W]` -> `[N, H, W, C]` for dims of `[0, 2, 3, 1]`. Source: torch.permute.
    """

    leading = "dims"
    examples = (Example(dims=(0, 2, 3, 1)), Example(("N, 4, 8",), dims=(0, -1, 1)))

    dims: tuple[int, ...]

    def infer(self, x: TensorType) -> TensorType:
        axes = [axis_of(x, dim, "dims") for dim in self.dims]
        if sorted(axes) != list(range(x.rank)):
            raise Reject(
                f"`dims` of {list(self.dims)} does not name every axis of {x} once", code="SG209", argument="dims"
            )
        return x.with_shape(x.shape[axis] for axis in axes)

    def lower(self, x: TensorType) -> Expr:
        return _called("permute", self.dims)


class Transpose(_View):
    """Two axes exchanged.

    Shape: `[N, C, L]` -> `[N, L, C]` for 1 and 2. Source: torch.transpose.
    """

    examples = (Example(dim0=1, dim1=2), Example(dim0=-1, dim1=1))

    dim0: int
    dim1: int

    def infer(self, x: TensorType) -> TensorType:
        a, b = axis_of(x, self.dim0, "dim0"), axis_of(x, self.dim1, "dim1")
        return x.with_axis(a, x.shape[b]).with_axis(b, x.shape[a])

    def lower(self, x: TensorType) -> Expr:
        return Method(Value(0), "transpose", self.dim0, self.dim1)


class Squeeze(_View):
    """Drop axes of size 1.

    Shape: `[N, C, 1, 1]` -> `[N, C]` for dims of `[2, 3]`. An axis of another size is refused, where torch keeps it.
    Source: torch.squeeze.
    """

    leading = "dim"
    examples = (Example(("N, 4, 1",), dim=-1), Example(("N, 4, 1, 1",), dim=(2, 3)))

    dim: int | tuple[int, ...]

    def infer(self, x: TensorType) -> TensorType:
        axes = axes_of(x, self.dim)
        for axis in axes:
            size = x.shape[axis]
            if not isinstance(size, int):
                require(Equal(size, 1))
            elif size != 1:
                raise Reject(f"needs a size of 1 on axis {axis}, got {size}", code="SG401", argument="dim", input=0)
        return x.with_shape(size for axis, size in enumerate(x.shape) if axis not in axes)

    def lower(self, x: TensorType) -> Expr:
        return Method(Value(0), "squeeze", self.dim)


class Unsqueeze(_View):
    """One more axis, of size 1, at `dim`.

    Shape: `[N, C]` -> `[N, 1, C]` for 1. Source: torch.unsqueeze.
    """

    leading = "dim"
    examples = (Example(dim=1), Example(("N, 4",), dim=-1))

    dim: int

    def infer(self, x: TensorType) -> TensorType:
        axis = axis_of(x, self.dim, new=True)
        return x.with_shape((*x.shape[:axis], 1, *x.shape[axis:]))

    def lower(self, x: TensorType) -> Expr:
        return Method(Value(0), "unsqueeze", self.dim)


class Expand(_View):
    """Axes written as 1 repeated, without a copy; -1 keeps an axis, and new axes may stand in front.

    Shape: `[N, 1, C]` -> `[N, L, C]` for sizes of `[-1, L, -1]`. Source: torch.Tensor.expand.
    """

    leading = "sizes"
    examples = (Example(("N, 1, 4",), sizes=(-1, 6, -1)), Example(("1, 4",), sizes=(2, 3, 4)))

    sizes: tuple[SizeField, ...]

    def infer(self, x: TensorType) -> TensorType:
        new = len(self.sizes) - x.rank
        if new < 0:
            raise Reject(f"`sizes` names {len(self.sizes)} of the axes of {x}", code="SG209", argument="sizes", input=0)
        shape = []
        for index, argument in enumerate(self.sizes):
            size = size_of(argument)
            keeps = isinstance(size, int) and size == -1 and index >= new
            if not keeps:
                at_least(size, 1, f"a size of {show(size)} in `sizes`")
            here = x.shape[index - new] if index >= new else 1
            shape.append(here if keeps else size if here == 1 else _kept(here, size, index - new))
        return x.with_shape(shape)

    def lower(self, x: TensorType) -> Expr:
        return _called("expand", [code_of(size) for size in self.sizes])


def _kept(here: Dim, size: Dim, axis: int) -> Dim:
    """The size of an axis that is not 1, and so cannot be repeated."""
    if isinstance(here, int) and isinstance(size, int) and here != size:
        raise Reject(f"axis {axis} has size {here}, not 1: it cannot become {size}", argument="sizes", input=0)
    return same(here, size, axis, 0)


class Contiguous(_View):
    """The same numbers, laid out in memory in the order of the axes.

    Shape: any, kept. Source: torch.Tensor.contiguous.
    """

    examples = (Example(),)

    def infer(self, x: TensorType) -> TensorType:
        return x

    def lower(self, x: TensorType) -> Expr:
        return Method(Value(0), "contiguous")
