"""Convolutions and their transposes."""

from collections.abc import Mapping
from math import prod
from typing import Any, ClassVar, Literal, TypeAlias

from skipgraph.ops.base import Example, Op, Reject, Style, Weight
from skipgraph.ops.fields import (
    NonNegative1d,
    NonNegative2d,
    NonNegative3d,
    Positive1d,
    Positive2d,
    Positive3d,
    PositiveInt,
)
from skipgraph.ops.lowering import Module, module
from skipgraph.ops.rules import at_least, declared, divided, each, floating, number, padded_by, ranked, windowed
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType

PaddingMode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]


class _AnyConv(Op):
    """What convolutions and transposed ones share."""

    axes: ClassVar[int]
    style = Style.CONV
    is_module = True
    inferred = ("in_channels",)

    def lower(self, x: TensorType) -> Module:
        arguments = self.given("in_channels", "out_channels")
        channels = number(x.channels, "the channels")
        return module(f"torch.nn.{type(self).__name__}", channels, self._at("out_channels"), **arguments)

    def macs(self, output: TensorType, x: TensorType) -> Dim:
        taps = prod(each(self._at("kernel_size"), self.axes))
        # a transposed one visits each place of its input, the other each place of its output
        over, channels = (x, output.channels) if isinstance(self, _ConvTranspose) else (output, x.channels)
        groups: int = self._at("groups")
        return over.elements * (channels * taps // groups)

    def _at(self, name: str) -> Any:
        return getattr(self, name)

    def _enter(self, x: TensorType) -> int:
        """The channels that arrive, when this convolution can take them."""
        layout = "[N, C, " + {1: "L", 2: "H, W", 3: "D, H, W"}[self.axes] + "]"
        ranked(floating(x), self.axes + 2, layout=layout)
        channels = declared(self._at("in_channels"), x.channels, "in_channels")
        divided(channels, self._at("groups"), "input channels", "groups")
        divided(self._at("out_channels"), self._at("groups"), "output channels", "groups", input=None)
        return channels


class _Conv(_AnyConv):
    def infer(self, x: TensorType) -> TensorType:
        self._enter(x)
        kernels, strides = each(self._at("kernel_size"), self.axes), each(self._at("stride"), self.axes)
        dilations, padding = each(self._at("dilation"), self.axes), self._at("padding")
        if padding == "same" and any(stride != 1 for stride in strides):
            raise Reject("`padding: same` needs a stride of 1", code="SG209", argument="padding")
        spatial = []
        for axis, (size, kernel, stride, dilation) in enumerate(
            zip(x.spatial, kernels, strides, dilations, strict=True)
        ):
            if padding == "same":
                padded_by(size, dilation * (kernel - 1), self._at("padding_mode"))
                spatial.append(size)
                continue
            pad = 0 if padding == "valid" else each(padding, self.axes)[axis]
            padded_by(size, 2 * pad, self._at("padding_mode"), each_side=pad)
            spatial.append(windowed(size, kernel=kernel, stride=stride, before=pad, dilation=dilation))
        return x.with_channels(self._at("out_channels")).with_spatial(spatial)

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        kernel = each(self._at("kernel_size"), self.axes)
        shape = (self._at("out_channels"), number(x.channels, "the channels") // self._at("groups"), *kernel)
        return {"weight": Weight(shape)} | ({"bias": Weight((self._at("out_channels"),))} if self._at("bias") else {})


class _ConvTranspose(_AnyConv):
    def infer(self, x: TensorType) -> TensorType:
        self._enter(x)
        spatial = []
        for axis, size in enumerate(x.spatial):
            kernel, stride, padding, extra, dilation = (
                each(self._at(name), self.axes)[axis]
                for name in ("kernel_size", "stride", "padding", "output_padding", "dilation")
            )
            if extra >= max(stride, dilation):
                raise Reject(
                    f"`output_padding` of {extra} must be smaller than the stride or the dilation",
                    code="SG209",
                    argument="output_padding",
                )
            result = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1
            spatial.append(at_least(result, 1, f"needs a larger input: {show(size)} becomes {show(result)}"))
        return x.with_channels(self._at("out_channels")).with_spatial(spatial)

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        kernel = each(self._at("kernel_size"), self.axes)
        shape = (number(x.channels, "the channels"), self._at("out_channels") // self._at("groups"), *kernel)
        return {"weight": Weight(shape)} | ({"bias": Weight((self._at("out_channels"),))} if self._at("bias") else {})


class Conv1d(_Conv):
    """Slide a kernel along one axis.

    Shape: `[N, C, L]` -> `[N, out_channels, (L + 2*padding - dilation*(kernel_size - 1) - 1)/stride + 1]`.
    Source: torch.nn.Conv1d.
    """

    axes = 1
    examples = (Example(("N, 4, 16",), out_channels=6, kernel_size=3, padding=1),)

    in_channels: PositiveInt | None = None
    out_channels: PositiveInt
    kernel_size: Positive1d
    stride: Positive1d = 1
    padding: NonNegative1d | Literal["same", "valid"] = 0
    dilation: Positive1d = 1
    groups: PositiveInt = 1
    bias: bool = True
    padding_mode: PaddingMode = "zeros"


class Conv2d(_Conv):
    """Slide a kernel over height and width.

    Shape: `[N, C, H, W]` -> `[N, out_channels, H', W']` with
    `H' = (H + 2*padding - dilation*(kernel_size - 1) - 1)/stride + 1`. Source: torch.nn.Conv2d.
    """

    axes = 2
    examples = (
        Example(("N, 4, 8, 8",), out_channels=6, kernel_size=3, padding=1),
        Example(("N, 4, 9, 8",), out_channels=8, kernel_size=(3, 1), stride=2, groups=2, bias=False),
    )

    in_channels: PositiveInt | None = None
    out_channels: PositiveInt
    kernel_size: Positive2d
    stride: Positive2d = 1
    padding: NonNegative2d | Literal["same", "valid"] = 0
    dilation: Positive2d = 1
    groups: PositiveInt = 1
    bias: bool = True
    padding_mode: PaddingMode = "zeros"


class Conv3d(_Conv):
    """Slide a kernel over depth, height and width.

    Shape: `[N, C, D, H, W]` -> `[N, out_channels, D', H', W']`, each as in Conv2d. Source: torch.nn.Conv3d.
    """

    axes = 3
    examples = (Example(("N, 4, 6, 8, 8",), out_channels=6, kernel_size=3, padding=1),)

    in_channels: PositiveInt | None = None
    out_channels: PositiveInt
    kernel_size: Positive3d
    stride: Positive3d = 1
    padding: NonNegative3d | Literal["same", "valid"] = 0
    dilation: Positive3d = 1
    groups: PositiveInt = 1
    bias: bool = True
    padding_mode: PaddingMode = "zeros"


class ConvTranspose1d(_ConvTranspose):
    """Spread a kernel along one axis: the transpose of Conv1d.

    Shape: `[N, C, L]` -> `[N, out_channels, L']` with
    `L' = (L - 1)*stride - 2*padding + dilation*(kernel_size - 1) + output_padding + 1`.
    Source: torch.nn.ConvTranspose1d.
    """

    axes = 1
    examples = (Example(("N, 4, 8",), out_channels=6, kernel_size=4, stride=2, padding=1),)

    in_channels: PositiveInt | None = None
    out_channels: PositiveInt
    kernel_size: Positive1d
    stride: Positive1d = 1
    padding: NonNegative1d = 0
    output_padding: NonNegative1d = 0
    groups: PositiveInt = 1
    bias: bool = True
    dilation: Positive1d = 1
    padding_mode: Literal["zeros"] = "zeros"


class ConvTranspose2d(_ConvTranspose):
    """Spread a kernel over height and width: the transpose of Conv2d.

    Shape: `[N, C, H, W]` -> `[N, out_channels, H', W']` with
    `H' = (H - 1)*stride - 2*padding + dilation*(kernel_size - 1) + output_padding + 1`.
    Source: torch.nn.ConvTranspose2d.
    """

    axes = 2
    examples = (
        Example(("N, 4, 8, 8",), out_channels=6, kernel_size=2, stride=2),
        Example(("N, 4, 8, 8",), out_channels=6, kernel_size=3, stride=2, padding=1, output_padding=1, groups=2),
    )

    in_channels: PositiveInt | None = None
    out_channels: PositiveInt
    kernel_size: Positive2d
    stride: Positive2d = 1
    padding: NonNegative2d = 0
    output_padding: NonNegative2d = 0
    groups: PositiveInt = 1
    bias: bool = True
    dilation: Positive2d = 1
    padding_mode: Literal["zeros"] = "zeros"


class ConvTranspose3d(_ConvTranspose):
    """Spread a kernel over depth, height and width: the transpose of Conv3d.

    Shape: `[N, C, D, H, W]` -> `[N, out_channels, D', H', W']`, each as in ConvTranspose2d.
    Source: torch.nn.ConvTranspose3d.
    """

    axes = 3
    examples = (Example(("N, 4, 4, 4, 4",), out_channels=6, kernel_size=2, stride=2),)

    in_channels: PositiveInt | None = None
    out_channels: PositiveInt
    kernel_size: Positive3d
    stride: Positive3d = 1
    padding: NonNegative3d = 0
    output_padding: NonNegative3d = 0
    groups: PositiveInt = 1
    bias: bool = True
    dilation: Positive3d = 1
    padding_mode: Literal["zeros"] = "zeros"
