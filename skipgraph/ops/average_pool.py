"""Pools that average each window."""

from skipgraph.ops.base import Example
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
from skipgraph.ops.pooling import Pool


class AvgPool1d(Pool):
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


class AvgPool2d(Pool):
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


class AvgPool3d(Pool):
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


class LPPool1d(Pool):
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


class LPPool2d(Pool):
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


class LPPool3d(Pool):
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
