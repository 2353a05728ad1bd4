"""Pools to a size that is given."""

from skipgraph.ops.base import Example, Inferred
from skipgraph.ops.fields import (
    Positive1d,
    PositiveInt,
)
from skipgraph.ops.lowering import Module, module
from skipgraph.ops.pooling import AnyPool
from skipgraph.types import TensorType


class _AdaptivePool(AnyPool):
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
