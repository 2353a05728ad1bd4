"""Pooling."""

from typing import Any, ClassVar

from skipgraph.ops.base import Example, Inferred, Op, Reject, Style
from skipgraph.ops.fields import (
    NonNegative1d,
    NonNegative2d,
    NonNegative3d,
    Positive1d,
    Positive2d,
    Positive3d,
    PositiveFloat,
    PositiveInt,
)
from skipgraph.ops.lowering import Module, module
from skipgraph.ops.rules import at_least, each, floating, ranked, windowed
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType

_LAYOUTS = {1: "[N, C, L]", 2: "[N, C, H, W]", 3: "[N, C, D, H, W]"}


class _AnyPool(Op):
    axes: ClassVar[int]
    style = Style.POOL
    is_module = True

    def _at(self, name: str, default: Any = None) -> Any:
        return getattr(self, name, default)

    def _enter(self, x: TensorType) -> TensorType:
        return ranked(floating(x), self.axes + 2, layout=_LAYOUTS[self.axes])


class _Pool(_AnyPool):
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


class MaxPool1d(_Pool):
    """The largest value in each window along one axis.

    Shape: `[N, C, L]` -> `[N, C, (L + 2*padding - dilation*(kernel_size - 1) - 1)/stride + 1]`; the stride is
    `kernel_size` where it is left out. With `return_indices` a second result `indices`. Source: torch.nn.MaxPool1d.
    """

    axes = 1
    examples = (Example(("N, 4, 16",), kernel_size=2),)

    kernel_size: Positive1d
    stride: Positive1d | None = None
    padding: NonNegative1d = 0
    dilation: Positive1d = 1
    return_indices: bool = False
    ceil_mode: bool = False


class MaxPool2d(_Pool):
    """The largest value in each window of height and width.

    Shape: `[N, C, H, W]` -> `[N, C, H', W']` with `H' = (H + 2*padding - dilation*(kernel_size - 1) - 1)/stride + 1`;
    the stride is `kernel_size` where it is left out. With `return_indices` a second result `indices`.
    Source: torch.nn.MaxPool2d.
    """

    axes = 2
    examples = (
        Example(kernel_size=2),
        Example(("N, 4, 9, 9",), kernel_size=3, stride=2, padding=1, ceil_mode=True),
        Example(kernel_size=2, return_indices=True),
    )

    kernel_size: Positive2d
    stride: Positive2d | None = None
    padding: NonNegative2d = 0
    dilation: Positive2d = 1
    return_indices: bool = False
    ceil_mode: bool = False


class MaxPool3d(_Pool):
    """The largest value in each window of depth, height and width.

    Shape: `[N, C, D, H, W]` -> `[N, C, D', H', W']`, each as in MaxPool2d. Source: torch.nn.MaxPool3d.
    """

    axes = 3
    examples = (Example(("N, 4, 6, 8, 8",), kernel_size=2),)

    kernel_size: Positive3d
    stride: Positive3d | None = None
    padding: NonNegative3d = 0
    dilation: Positive3d = 1
    return_indices: bool = False
    ceil_mode: bool = False


class AvgPool1d(_Pool):
    """The mean of each window along one axis.

    Shape: `[N, C, L]` -> `[N, C, (L + 2*padding - kernel_size)/stride + 1]`; the stride is `kernel_size` where it is
    left out. Source: torch.nn.AvgPool1d.
    """

    axes = 1
    examples = (Example(("N, 4, 16",), kernel_size=2),)

    kernel_size: Positive1d
    stride: Positive1d | None = None
    padding: NonNegative1d = 0
    ceil_mode: bool = False
    count_include_pad: bool = True


class AvgPool2d(_Pool):
    """The mean of each window of height and width.

    Shape: `[N, C, H, W]` -> `[N, C, H', W']` with `H' = (H + 2*padding - kernel_size)/stride + 1`; the stride is
    `kernel_size` where it is left out. Source: torch.nn.AvgPool2d.
    """

    axes = 2
    examples = (Example(kernel_size=2), Example(kernel_size=(3, 1), stride=1, padding=(1, 0), count_include_pad=False))

    kernel_size: Positive2d
    stride: Positive2d | None = None
    padding: NonNegative2d = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: PositiveInt | None = None


class AvgPool3d(_Pool):
    """The mean of each window of depth, height and width.

    Shape: `[N, C, D, H, W]` -> `[N, C, D', H', W']`, each as in AvgPool2d. Source: torch.nn.AvgPool3d.
    """

    axes = 3
    _within = True
    examples = (Example(("N, 4, 6, 8, 8",), kernel_size=2),)

    kernel_size: Positive3d
    stride: Positive3d | None = None
    padding: NonNegative3d = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: PositiveInt | None = None


class LPPool1d(_Pool):
    """The power mean, without its division, of each window along one axis.

    Shape: `[N, C, L]` -> `[N, C, (L - kernel_size)/stride + 1]`; the stride is `kernel_size` where it is left out.
    Source: torch.nn.LPPool1d.
    """

    axes = 1
    leading = None
    examples = (Example(("N, 4, 16",), norm_type=2.0, kernel_size=2),)

    norm_type: PositiveFloat
    kernel_size: PositiveInt
    stride: Positive1d | None = None
    ceil_mode: bool = False


class LPPool2d(_Pool):
    """The power mean, without its division, of each window of height and width.

    Shape: `[N, C, H, W]` -> `[N, C, H', W']` with `H' = (H - kernel_size)/stride + 1`; the stride is `kernel_size`
    where it is left out. Source: torch.nn.LPPool2d.
    """

    axes = 2
    leading = None
    examples = (Example(norm_type=2.0, kernel_size=2),)

    norm_type: PositiveFloat
    kernel_size: Positive2d
    stride: Positive2d | None = None
    ceil_mode: bool = False


class LPPool3d(_Pool):
    """The power mean, without its division, of each window of depth, height and width.

    Shape: `[N, C, D, H, W]` -> `[N, C, D', H', W']`, each as in LPPool2d. Source: torch.nn.LPPool3d.
    """

    axes = 3
    _within = True
    leading = None
    examples = (Example(("N, 4, 6, 8, 8",), norm_type=2.0, kernel_size=2),)

    norm_type: PositiveFloat
    kernel_size: Positive3d
    stride: Positive3d | None = None
    ceil_mode: bool = False


class _AdaptivePool(_AnyPool):
    """What pools to a given size share."""

    leading = "output_size"

    def infer(self, x: TensorType) -> Inferred:
        self._enter(x)
        wanted = self._at("output_size")
        sizes = wanted if isinstance(wanted, tuple) else (wanted,) * self.axes
        y = x.with_spatial(size if new is None else new for size, new in zip(x.spatial, sizes, strict=True))
        return (y, y.with_dtype("int64")) if self.results else y

    def lower(self, x: TensorType) -> Module:
        return module(f"torch.nn.{type(self).__name__}", self._at("output_size"), **self.given("output_size"))

    @property
    def results(self) -> tuple[str, ...]:
        return ("output", "indices") if self._at("return_indices", False) else ()


class AdaptiveAvgPool1d(_AdaptivePool):
    """The mean of as many windows as make the size asked for.

    Shape: `[N, C, L]` -> `[N, C, output_size]`. Source: torch.nn.AdaptiveAvgPool1d.
    """

    axes = 1
    examples = (Example(("N, 4, 16",), output_size=1),)

    output_size: Positive1d


class AdaptiveAvgPool2d(_AdaptivePool):
    """The mean of as many windows as make the size asked for; null keeps an axis as it is.

    Shape: `[N, C, H, W]` -> `[N, C, *output_size]`. Source: torch.nn.AdaptiveAvgPool2d.
    """

    axes = 2
    examples = (Example(output_size=1), Example(output_size=(4, None)))

    output_size: PositiveInt | tuple[PositiveInt | None, PositiveInt | None]


class AdaptiveAvgPool3d(_AdaptivePool):
    """The mean of as many windows as make the size asked for; null keeps an axis as it is.

    Shape: `[N, C, D, H, W]` -> `[N, C, *output_size]`. Source: torch.nn.AdaptiveAvgPool3d.
    """

    axes = 3
    examples = (Example(("N, 4, 6, 8, 8",), output_size=1),)

    output_size: PositiveInt | tuple[PositiveInt | None, PositiveInt | None, PositiveInt | None]


class AdaptiveMaxPool1d(_AdaptivePool):
    """The largest value of as many windows as make the size asked for.

    Shape: `[N, C, L]` -> `[N, C, output_size]`; with `return_indices` a second result `indices`.
    Source: torch.nn.AdaptiveMaxPool1d.
    """

    axes = 1
    examples = (Example(("N, 4, 16",), output_size=1),)

    output_size: Positive1d
    return_indices: bool = False


class AdaptiveMaxPool2d(_AdaptivePool):
    """The largest value of as many windows as make the size asked for; null keeps an axis as it is.

    Shape: `[N, C, H, W]` -> `[N, C, *output_size]`; with `return_indices` a second result `indices`.
    Source: torch.nn.AdaptiveMaxPool2d.
    """

    axes = 2
    examples = (Example(output_size=1), Example(output_size=(4, None), return_indices=True))

    output_size: PositiveInt | tuple[PositiveInt | None, PositiveInt | None]
    return_indices: bool = False


class AdaptiveMaxPool3d(_AdaptivePool):
    """The largest value of as many windows as make the size asked for; null keeps an axis as it is.

    Shape: `[N, C, D, H, W]` -> `[N, C, *output_size]`; with `return_indices` a second result `indices`.
    Source: torch.nn.AdaptiveMaxPool3d.
    """

    axes = 3
    examples = (Example(("N, 4, 6, 8, 8",), output_size=1),)

    output_size: PositiveInt | tuple[PositiveInt | None, PositiveInt | None, PositiveInt | None]
    return_indices: bool = False
