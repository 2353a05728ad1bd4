"""The way back from pools that keep the largest value."""

from __future__ import annotations

from typing import ClassVar

from skipgraph.ops.base import Example, Op, Reject, SizeField, Style
from skipgraph.ops.fields import (
    NonNegative1d,
    NonNegative2d,
    NonNegative3d,
    Positive1d,
    Positive2d,
    Positive3d,
)
from skipgraph.ops.lowering import (
    Argument,
    Attribute,
    Call,
    Index,
    Module,
    SizeArgument,
    Slice,
    Value,
    code_of,
    size_of,
)
from skipgraph.ops.pooling import LAYOUTS
from skipgraph.ops.rules import at_least, each, floating, ranked, same
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType


class _MaxUnpool(Op):
    axes: ClassVar[int]
    ports = ("input", "indices", "like?")
    leading = "kernel_size"
    style = Style.POOL
    is_module = True

    kernel_size: Positive1d | Positive2d | Positive3d
    stride: Positive1d | Positive2d | Positive3d | None = None
    padding: NonNegative1d | NonNegative2d | NonNegative3d = 0
    output_size: SizeField | tuple[SizeField, ...] | None = None

    def infer(self, x: TensorType, indices: TensorType, like: TensorType | None = None) -> TensorType:
        ranked(floating(x), self.axes + 2, layout=LAYOUTS[self.axes])
        if indices.dtype != "int64":
            raise Reject(f"needs indices of int64, got {indices.dtype}", code="SG409", input=1)
        ranked(indices, self.axes + 2, input=1, layout=LAYOUTS[self.axes])
        y = x.with_shape(
            same(here, there, axis) for axis, (here, there) in enumerate(zip(x.shape, indices.shape, strict=True))
        )
        wanted = self._wanted(like)
        return y.with_spatial(
            self._unpooled(axis, size, wanted[axis] if wanted else None) for axis, size in enumerate(y.spatial)
        )

    def lower(self, x: TensorType, indices: TensorType, like: TensorType | None = None) -> Module:
        make = Call(f"torch.nn.{type(self).__name__}", self.kernel_size, **self.given("kernel_size", "output_size"))
        options: dict[str, Argument] = {}
        if like is not None:
            options = {"output_size": Index(Attribute(Value(2), "shape"), (Slice(2),))}
        elif self.output_size is not None:
            options = {"output_size": tuple(map(code_of, self._sizes))}
        return Module(make, (Value(0), Value(1)), options)

    def _wanted(self, like: TensorType | None) -> tuple[Dim, ...] | None:
        """The spatial size that is asked for, where one is."""
        if like is not None:
            if self.output_size is not None:
                raise Reject("takes either `output_size` or `like`, not both", code="SG209", argument="output_size")
            return ranked(like, self.axes + 2, input=2, layout=LAYOUTS[self.axes]).spatial
        if self.output_size is None:
            return None
        sizes = tuple(map(size_of, self._sizes))
        if len(sizes) != self.axes:
            raise Reject(
                f"`output_size` has {len(sizes)} numbers for {self.axes} axes", code="SG209", argument="output_size"
            )
        return sizes

    @property
    def _sizes(self) -> tuple[SizeArgument, ...]:
        """`output_size`, for each axis."""
        written = self.output_size
        return written if isinstance(written, tuple) else (written,) * self.axes if written is not None else ()

    def _unpooled(self, axis: int, size: Dim, wanted: Dim | None) -> Dim:
        """The size before the pool: the smallest that it made `size` of, or the one that is asked for near it."""
        kernel = each(self.kernel_size, self.axes)[axis]
        stride = each(self.kernel_size if self.stride is None else self.stride, self.axes)[axis]
        found = (size - 1) * stride - 2 * each(self.padding, self.axes)[axis] + kernel
        if wanted is None:
            return at_least(found, 1, f"nothing is left of a size of {show(size)}")
        for room in (wanted - found, found - wanted):
            what = f"cannot become {show(wanted)} on axis {axis + 2}: at this stride {show(found)} is not near it"
            at_least(stride - 1 + room, 0, what)
        return at_least(wanted, 1, "an output size is positive")


class MaxUnpool1d(_MaxUnpool):
    """Put the values of a `MaxPool1d` back to the places they came from, zeros elsewhere.

    Several sizes are pooled to one: `output_size`, or the size of `like`, says which is meant.
    Shape: `[N, C, L]` and indices -> `[N, C, (L - 1)*stride - 2*padding + kernel_size]`, or the size asked for,
    less than a stride away from it. Source: torch.nn.MaxUnpool1d.
    """

    axes = 1
    examples = (
        Example(("N, 4, 8", "N, 4, 8 int64"), kernel_size=2),
        Example(("N, 4, 8", "N, 4, 8 int64"), kernel_size=2, output_size=(17,)),
    )

    kernel_size: Positive1d
    stride: Positive1d | None = None
    padding: NonNegative1d = 0
    output_size: SizeField | tuple[SizeField, ...] | None = None


class MaxUnpool2d(_MaxUnpool):
    """Put the values of a `MaxPool2d` back to the places they came from, zeros elsewhere.

    Several sizes are pooled to one: `output_size`, or the size of `like`, says which is meant. Indices count places in
    what was pooled: to another size they are others, and where one lies outside, forward fails.
    Shape: `[N, C, H, W]` and indices -> `[N, C, H', W']` with `H' = (H - 1)*stride - 2*padding + kernel_size`, or the
    size asked for, less than a stride away from it. Source: torch.nn.MaxUnpool2d; Badrinarayanan et al., 2015 (SegNet).
    """

    axes = 2
    examples = (
        Example(("N, 4, 8, 8", "N, 4, 8, 8 int64"), kernel_size=2),
        Example(("N, 4, 4, 5", "N, 4, 4, 5 int64"), kernel_size=3, stride=2, padding=1, output_size=(8, 10)),
        Example(("N, 4, 8, 8", "N, 4, 8, 8 int64", "N, 3, 17, 16"), kernel_size=2),
    )

    kernel_size: Positive2d
    stride: Positive2d | None = None
    padding: NonNegative2d = 0
    output_size: SizeField | tuple[SizeField, ...] | None = None


class MaxUnpool3d(_MaxUnpool):
    """Put the values of a `MaxPool3d` back to the places they came from, zeros elsewhere.

    Shape: `[N, C, D, H, W]` and indices -> `[N, C, D', H', W']`, each as in MaxUnpool2d.
    Source: torch.nn.MaxUnpool3d.
    """

    axes = 3
    examples = (
        Example(("N, 2, 3, 4, 4", "N, 2, 3, 4, 4 int64"), kernel_size=2),
        Example(("N, 2, 3, 4, 4", "N, 2, 3, 4, 4 int64", "N, 2, 7, 8, 8"), kernel_size=2),
    )

    kernel_size: Positive3d
    stride: Positive3d | None = None
    padding: NonNegative3d = 0
    output_size: SizeField | tuple[SizeField, ...] | None = None
