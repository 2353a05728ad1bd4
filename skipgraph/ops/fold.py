"""Windows taken apart into columns, and put together again."""

from math import prod

from skipgraph.ops.base import Example, Op, Style
from skipgraph.ops.fields import NonNegative2d, Positive2d
from skipgraph.ops.lowering import Module, module
from skipgraph.ops.rules import divided, each, floating, ranked, same, windowed
from skipgraph.sizes import Dim
from skipgraph.types import Shape, TensorType


class _Windows(Op):
    style = Style.SHAPE
    is_module = True

    def _counted(
        self, sizes: Shape, kernel: Positive2d, dilation: Positive2d, padding: NonNegative2d, stride: Positive2d
    ) -> Dim:
        """How many windows there are."""
        arguments = zip(*(each(argument, 2) for argument in (kernel, dilation, padding, stride)), strict=True)
        counts = [
            windowed(size, kernel=k, dilation=d, before=p, stride=s)
            for size, (k, d, p, s) in zip(sizes, arguments, strict=True)
        ]
        return counts[0] * counts[1]


class Unfold(_Windows):
    """Every window as a column.

    Shape: `[N, C, H, W]` -> `[N, C * prod(kernel_size), L]` with L the number of windows. Source: torch.nn.Unfold.
    """

    leading = "kernel_size"
    examples = (Example(kernel_size=3), Example(kernel_size=2, stride=2))

    kernel_size: Positive2d
    dilation: Positive2d = 1
    padding: NonNegative2d = 0
    stride: Positive2d = 1

    def infer(self, x: TensorType) -> TensorType:
        ranked(floating(x), 4, layout="[N, C, H, W]")
        windows = self._counted(x.spatial, self.kernel_size, self.dilation, self.padding, self.stride)
        return x.with_shape((x.shape[0], x.channels * prod(each(self.kernel_size, 2)), windows))

    def lower(self, x: TensorType) -> Module:
        return module("torch.nn.Unfold", self.kernel_size, **self.given("kernel_size"))


class Fold(_Windows):
    """The sum of columns put back at the places of their windows.

    Shape: `[N, C * prod(kernel_size), L]` -> `[N, C, *output_size]` with L the number of windows.
    Source: torch.nn.Fold.
    """

    examples = (
        Example(("N, 16, 9",), output_size=4, kernel_size=2),
        Example(("N, 8, 4",), output_size=4, kernel_size=2, stride=2),
    )

    output_size: Positive2d
    kernel_size: Positive2d
    dilation: Positive2d = 1
    padding: NonNegative2d = 0
    stride: Positive2d = 1

    def infer(self, x: TensorType) -> TensorType:
        ranked(floating(x), 3, layout="[N, C, L]")
        size = each(self.output_size, 2)
        channels = divided(x.channels, prod(each(self.kernel_size, 2)), argument="kernel_size")
        same(self._counted(size, self.kernel_size, self.dilation, self.padding, self.stride), x.shape[2], 2, input=0)
        return x.with_shape((x.shape[0], channels, *size))

    def lower(self, x: TensorType) -> Module:
        return module("torch.nn.Fold", self.output_size, self.kernel_size, **self.given("output_size", "kernel_size"))
