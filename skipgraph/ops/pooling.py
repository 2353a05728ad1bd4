"""What pools share: no op itself."""

from typing import Any, ClassVar

from skipgraph.ops.base import Inferred, Op, Reject, Style
from skipgraph.ops.lowering import Module, module
from skipgraph.ops.rules import at_least, each, floating, ranked, windowed
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType

LAYOUTS = {1: "[N, C, L]", 2: "[N, C, H, W]", 3: "[N, C, D, H, W]"}


class AnyPool(Op):
    axes: ClassVar[int]
    style = Style.POOL
    is_module = True

    def _at(self, name: str, default: Any = None) -> Any:
        return getattr(self, name, default)

    def _enter(self, x: TensorType) -> TensorType:
        return ranked(floating(x), self.axes + 2, layout=LAYOUTS[self.axes])


class Pool(AnyPool):
    """What pools with a sliding window share."""

    leading: ClassVar[str | None] = "kernel_size"

    _within: ClassVar[bool] = False
    """Whether a kernel must fit into the input without its padding, as torch asks of means in three dimensions."""

    def infer(self, x: TensorType) -> Inferred:
        self._enter(x)
        y = x.with_spatial(self._pooled(axis, size) for axis, size in enumerate(x.spatial))
        return (y, y.with_dtype("int64")) if self.results else y

    def lower(self, x: TensorType) -> Module:
        written = [name for name in ("norm_type", "kernel_size") if name in type(self).model_fields]
        return module(f"torch.nn.{type(self).__name__}", *map(self._at, written), **self.given(*written))

    @property
    def results(self) -> tuple[str, ...]:
        return ("output", "indices") if self._at("return_indices", False) else ()

    def _pooled(self, axis: int, size: Dim) -> Dim:
        kernels, strides = self._at("kernel_size"), self._at("stride")
        kernel = each(kernels, self.axes)[axis]
        stride = each(kernels if strides is None else strides, self.axes)[axis]
        padding, dilation = (
            each(self._at("padding", 0), self.axes)[axis],
            each(self._at("dilation", 1), self.axes)[axis],
        )
        if padding > kernel // 2:
            raise Reject(
                f"`padding` of {padding} is more than half of a kernel of {kernel}", code="SG209", argument="padding"
            )
        if self._within:
            at_least(size, kernel, f"needs a size of at least {kernel}, padding not counted, got {show(size)}")
        return windowed(
            size, kernel=kernel, stride=stride, before=padding, dilation=dilation, ceil=self._at("ceil_mode")
        )
