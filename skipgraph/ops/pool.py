"""Pools that keep the largest value of each window."""

from skipgraph.ops.base import Example
from skipgraph.ops.fields import (
    NonNegative1d,
    NonNegative2d,
    NonNegative3d,
    Positive1d,
    Positive2d,
    Positive3d,
)
from skipgraph.ops.pooling import Pool


class MaxPool1d(Pool):
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


class MaxPool2d(Pool):
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


class MaxPool3d(Pool):
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
