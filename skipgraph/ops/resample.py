"""Changes of the spatial size: interpolation, and channels traded for places."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from skipgraph.ops.base import Example, Op, Reject, SizeField, Style
from skipgraph.ops.fields import PositiveFloat, PositiveInt
from skipgraph.ops.lowering import (
    Argument,
    Attribute,
    Call,
    Computed,
    Index,
    Lowering,
    Module,
    SizeArgument,
    Slice,
    Value,
    code_of,
    module,
    size_of,
)
from skipgraph.ops.rules import at_least, divided, floating, ranked
from skipgraph.sizes import Dim, scaled, show
from skipgraph.types import TensorType

Mode: TypeAlias = Literal["nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact"]

_RANKS = {"linear": (3,), "bilinear": (4,), "bicubic": (4,), "trilinear": (5,)}
_LAYOUT = "[N, C, ...]"


class _Interpolation(Op):
    """What Upsample and Interpolate share."""

    style = Style.RESAMPLE

    size: SizeField | tuple[SizeField, ...] | None = None
    scale_factor: PositiveFloat | tuple[PositiveFloat, ...] | None = None
    mode: Mode = "nearest"
    align_corners: bool | None = None

    def _resampled(self, x: TensorType, like: TensorType | None = None) -> TensorType:
        ranked(floating(x), *_RANKS.get(self.mode, (3, 4, 5)), layout=f"{_LAYOUT} for `mode: {self.mode}`")
        if self.align_corners is not None and self.mode not in _RANKS:
            raise Reject(
                f"`align_corners` goes with linear, bilinear, bicubic and trilinear, not with {self.mode}",
                code="SG209",
                argument="align_corners",
            )
        return x.with_spatial(
            at_least(size, 1, f"needs a larger input: {show(x.spatial[axis])} becomes {show(size)}")
            for axis, size in enumerate(self._sizes(x, like))
        )

    def _sizes(self, x: TensorType, like: TensorType | None) -> tuple[Dim, ...]:
        axes = x.rank - 2
        if like is not None:
            return ranked(like, x.rank, input=1).spatial
        if self.size is not None:
            sizes = self.size if isinstance(self.size, tuple) else (self.size,) * axes
            self._one_for_each(len(sizes), axes, "size")
            return tuple(size_of(size) for size in sizes)
        assert self.scale_factor is not None
        factors = self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor,) * axes
        self._one_for_each(len(factors), axes, "scale_factor")
        return tuple(scaled(size, float(factor)) for size, factor in zip(x.spatial, factors, strict=True))

    def _one_for_each(self, count: int, axes: int, argument: str) -> None:
        if count != axes:
            raise Reject(f"`{argument}` has {count} numbers for {axes} axes", code="SG209", argument=argument)

    def _one_of(self, **given: object) -> None:
        """Exactly one of the ways to say the size is taken."""
        written = [name for name, value in given.items() if value is not None]
        names = ", ".join(f"`{name}`" for name in given)
        if not written:
            raise Reject(f"needs one of {names}", code="SG207")
        if len(written) > 1:
            raise Reject(f"takes only one of {names}, got {' and '.join(written)}", code="SG209", argument=written[-1])

    def _interpolated(self, **more: Argument) -> Call:
        arguments: dict[str, Argument] = self.given("size")
        if self.size is not None:
            size = self.size
            code: Argument = tuple(map(code_of, size)) if isinstance(size, tuple) else code_of(size)
            arguments = {"size": code, **arguments}
        return Call("torch.nn.functional.interpolate", Value(0), **more, **arguments)


class Upsample(_Interpolation):
    """The input at another spatial size: a factor, or a size.

    Shape: `[N, C, L]`, `[N, C, H, W]` or `[N, C, D, H, W]` -> each size `floor(size * scale_factor)`, or `size`.
    Source: torch.nn.Upsample.
    """

    leading = "scale_factor"
    is_module = True
    examples = (
        Example(scale_factor=2),
        Example(scale_factor=(1.5, 2.0), mode="bilinear", align_corners=False),
        Example(("N, 4, 8",), size=20, mode="linear"),
    )

    def infer(self, x: TensorType) -> TensorType:
        self._one_of(scale_factor=self.scale_factor, size=self.size)
        return self._resampled(x)

    def lower(self, x: TensorType) -> Lowering:
        if any(isinstance(size, Computed) for size in _listed(self.size)):
            # a module could not be made from a size that only forward knows
            return self._interpolated()
        return module("torch.nn.Upsample", **self.given())


class _Upsampling2d(Op):
    """Upsample in two dimensions, its mode fixed."""

    mode: ClassVar[Mode]
    leading = "scale_factor"
    style = Style.RESAMPLE
    is_module = True
    examples = (Example(scale_factor=2), Example(size=(12, 10)), Example(scale_factor=(1.5, 2.0)))

    size: SizeField | tuple[SizeField, ...] | None = None
    scale_factor: PositiveFloat | tuple[PositiveFloat, PositiveFloat] | None = None

    def infer(self, x: TensorType) -> TensorType:
        return self._upsample.infer(ranked(floating(x), 4, layout="[N, C, H, W]"))

    def lower(self, x: TensorType) -> Lowering:
        found = self._upsample.lower(x)
        return module(f"torch.nn.{type(self).__name__}", **self.given()) if isinstance(found, Module) else found

    @property
    def _upsample(self) -> Upsample:
        corners = True if self.mode == "bilinear" else None
        return Upsample(size=self.size, scale_factor=self.scale_factor, mode=self.mode, align_corners=corners)


class UpsamplingNearest2d(_Upsampling2d):
    """The input at another spatial size, each place that of the nearest.

    Shape: `[N, C, H, W]` -> each size `floor(size * scale_factor)`, or `size`. Source: torch.nn.UpsamplingNearest2d.
    """

    mode = "nearest"


class UpsamplingBilinear2d(_Upsampling2d):
    """The input at another spatial size, interpolated, corners kept as they are.

    Shape: `[N, C, H, W]` -> each size `floor(size * scale_factor)`, or `size`. Source: torch.nn.UpsamplingBilinear2d.
    """

    mode = "bilinear"


class Interpolate(_Interpolation):
    """The input at another spatial size: a factor, a size, or the size of another value.

    Shape: `[N, C, L]`, `[N, C, H, W]` or `[N, C, D, H, W]` -> each size `floor(size * scale_factor)`, or `size`, or
    that of `like`. Source: torch.nn.functional.interpolate.
    """

    leading = "scale_factor"
    ports = ("input", "like?")
    examples = (
        Example(scale_factor=2),
        Example(size=(12, 10), mode="bilinear", antialias=True),
        Example(("N, 4, 8, 8", "N, 2, 16, 12"), mode="bilinear", align_corners=False),
    )

    antialias: bool = False

    def infer(self, x: TensorType, like: TensorType | None = None) -> TensorType:
        self._one_of(scale_factor=self.scale_factor, size=self.size, like=like)
        if self.antialias and self.mode not in ("bilinear", "bicubic"):
            raise Reject(
                f"`antialias` goes with bilinear and bicubic, not with {self.mode}", code="SG209", argument="antialias"
            )
        return self._resampled(x, like)

    def lower(self, x: TensorType, like: TensorType | None = None) -> Call:
        if like is None:
            return self._interpolated()
        return self._interpolated(size=Index(Attribute(Value(1), "shape"), (Slice(2),)))


def _listed(size: SizeArgument | tuple[SizeArgument, ...] | None) -> tuple[SizeArgument | None, ...]:
    return size if isinstance(size, tuple) else (size,)


def _channels_and_places(x: TensorType) -> tuple[tuple[Dim, ...], Dim, Dim, Dim]:
    if x.rank < 3:
        raise Reject(f"needs an input of at least 3 axes [..., C, H, W], got {x}", input=0)
    return x.shape[:-3], x.shape[-3], x.shape[-2], x.shape[-1]


class PixelShuffle(Op):
    """Trade channels for height and width.

    Shape: `[..., C * r**2, H, W]` -> `[..., C, H * r, W * r]` with r the `upscale_factor`.
    Source: torch.nn.PixelShuffle; Shi et al., 2016.
    """

    leading = "upscale_factor"
    style = Style.RESAMPLE
    is_module = True
    examples = (Example(("N, 12, 4, 4",), upscale_factor=2),)

    upscale_factor: PositiveInt

    def infer(self, x: TensorType) -> TensorType:
        before, channels, height, width = _channels_and_places(x)
        r = self.upscale_factor
        return x.with_shape((*before, divided(channels, r**2, argument="upscale_factor"), height * r, width * r))

    def lower(self, x: TensorType) -> Module:
        return module("torch.nn.PixelShuffle", self.upscale_factor)


class PixelUnshuffle(Op):
    """Trade height and width for channels.

    Shape: `[..., C, H * r, W * r]` -> `[..., C * r**2, H, W]` with r the `downscale_factor`.
    Source: torch.nn.PixelUnshuffle.
    """

    leading = "downscale_factor"
    style = Style.RESAMPLE
    is_module = True
    examples = (Example(downscale_factor=2),)

    downscale_factor: PositiveInt

    def infer(self, x: TensorType) -> TensorType:
        before, channels, height, width = _channels_and_places(x)
        r = self.downscale_factor
        high, wide = (
            divided(size, r, f"{what} places", argument="downscale_factor")
            for size, what in ((height, "vertical"), (width, "horizontal"))
        )
        return x.with_shape((*before, channels * r**2, high, wide))

    def lower(self, x: TensorType) -> Module:
        return module("torch.nn.PixelUnshuffle", self.downscale_factor)


class ChannelShuffle(Op):
    """Deal the channels of `groups` groups out in turn.

    Shape: `[N, C, ...]` -> the same, with at least one axis behind C; `groups` divides C.
    Source: torch.nn.ChannelShuffle; Zhang et al., 2018.
    """

    leading = "groups"
    style = Style.RESAMPLE
    is_module = True
    examples = (Example(groups=2),)

    groups: PositiveInt

    def infer(self, x: TensorType) -> TensorType:
        if x.rank < 3:
            raise Reject(f"needs an input of at least 3 axes [N, C, ...], got {x}", input=0)
        divided(x.channels, self.groups, argument="groups")
        return x

    def lower(self, x: TensorType) -> Module:
        return module("torch.nn.ChannelShuffle", self.groups)
