"""Pools over windows drawn at random, for a size that is no whole part of the input's."""

from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import Field

from skipgraph.ops.base import Example, Inferred, Reject
from skipgraph.ops.fields import Positive2d, Positive3d
from skipgraph.ops.lowering import Module, module
from skipgraph.ops.pooling import AnyPool
from skipgraph.ops.rules import at_least, each
from skipgraph.sizes import Dim, scaled, show
from skipgraph.types import TensorType

_Ratio: TypeAlias = Annotated[float, Field(gt=0, lt=1)]


class _FractionalMaxPool(AnyPool):
    leading: ClassVar[str | None] = "kernel_size"

    def infer(self, x: TensorType) -> Inferred:
        self._enter(x)
        size, ratio = self._at("output_size"), self._at("output_ratio")
        if (size is None) == (ratio is None):
            how = "needs one" if size is None else "takes only one"
            code = "SG207" if size is None else "SG209"
            raise Reject(f"{how} of `output_size` and `output_ratio`", code=code)
        y = x.with_spatial(self._pooled(axis, here, size, ratio) for axis, here in enumerate(x.spatial))
        return (y, y.with_dtype("int64")) if self.results else y

    def lower(self, x: TensorType) -> Module:
        return module(f"torch.nn.{type(self).__name__}", self._at("kernel_size"), **self.given("kernel_size"))

    @property
    def results(self) -> tuple[str, ...]:
        return ("output", "indices") if self._at("return_indices") else ()

    def _pooled(self, axis: int, here: Dim, size: Any, ratio: Any) -> Dim:
        kernel = each(self._at("kernel_size"), self.axes)[axis]
        if size is None:
            factor = ratio[axis] if isinstance(ratio, tuple) else ratio
            found = at_least(scaled(here, factor), 1, f"nothing is left of a size of {show(here)}")
        else:
            found = each(size, self.axes)[axis]
        # in three dimensions torch asks for one more
        at_least(
            here - found - kernel + 1, self.axes - 2, f"{show(here)} places have no {show(found)} windows of {kernel}"
        )
        return found


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest value in each of windows whose places are drawn at random, at every call.

    Shape: `[N, C, H, W]` -> `[N, C, *output_size]`, or each size times its `output_ratio`, rounded down. With
    `return_indices` a second result `indices`. Source: torch.nn.FractionalMaxPool2d; Graham, 2014.
    """

    axes = 2
    examples = (
        Example(kernel_size=2, output_size=5),
        Example(kernel_size=2, output_ratio=0.7, return_indices=True),
        Example(kernel_size=(3, 2), output_size=(4, 6)),
    )

    kernel_size: Positive2d
    output_size: Positive2d | None = None
    output_ratio: _Ratio | tuple[_Ratio, _Ratio] | None = None
    return_indices: bool = False


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest value in each of windows whose places are drawn at random, at every call.

    Shape: `[N, C, D, H, W]` -> `[N, C, *output_size]`, or each size times its `output_ratio`, rounded down. With
    `return_indices` a second result `indices`. Source: torch.nn.FractionalMaxPool3d; Graham, 2014.
    """

    axes = 3
    examples = (
        Example(("N, 2, 6, 8, 8",), kernel_size=2, output_size=4),
        Example(("N, 2, 6, 8, 8",), kernel_size=2, output_ratio=(0.5, 0.7, 0.7)),
    )

    kernel_size: Positive3d
    output_size: Positive3d | None = None
    output_ratio: _Ratio | tuple[_Ratio, _Ratio, _Ratio] | None = None
    return_indices: bool = False
