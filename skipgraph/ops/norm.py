"""Normalizations."""

from collections.abc import Mapping
from typing import ClassVar

from skipgraph.ops.base import Example, Op, Reject, Style, Weight
from skipgraph.ops.fields import FiniteFloat, PositiveFloat, PositiveInt
from skipgraph.ops.lowering import Module, module
from skipgraph.ops.rules import at_least, declared, divided, floating, number, ranked
from skipgraph.sizes import Dim
from skipgraph.types import TensorType


def _product(sizes: tuple[Dim, ...]) -> Dim:
    count: Dim = 1
    for size in sizes:
        count = count * size
    return count


class _StatisticsNorm(Op):
    """What batch and instance norms share: a mean and a variance for each channel."""

    ranks: ClassVar[tuple[int, ...]]
    layout: ClassVar[str]
    inferred = ("num_features",)
    style = Style.NORM
    is_module = True

    num_features: PositiveInt | None = None
    eps: PositiveFloat = 1e-05

    def _enter(self, x: TensorType) -> TensorType:
        ranked(floating(x), *self.ranks, layout=self.layout)
        declared(self.num_features, x.channels, "num_features")
        return x

    def lower(self, x: TensorType) -> Module:
        return module(
            f"torch.nn.{type(self).__name__}", number(x.channels, "the channels"), **self.given("num_features")
        )

    def _kept(self, x: TensorType, affine: bool, bias: bool, tracked: bool) -> Mapping[str, Weight]:
        channels = (number(x.channels, "the channels"),)
        weights = {"weight": Weight(channels)} if affine else {}
        if affine and bias:
            weights["bias"] = Weight(channels)
        if tracked:
            weights["running_mean"] = Weight(channels, trained=False)
            weights["running_var"] = Weight(channels, trained=False)
            weights["num_batches_tracked"] = Weight((), trained=False)
        return weights


class _BatchNorm(_StatisticsNorm):
    momentum: FiniteFloat | None = 0.1
    affine: bool = True
    track_running_stats: bool = True
    bias: bool = True

    def infer(self, x: TensorType) -> TensorType:
        self._enter(x)
        if not self.track_running_stats:
            at_least(
                _product((x.shape[0], *x.spatial)), 2, f"needs more than one value for each channel, got {x}", input=0
            )
        return x

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        return self._kept(x, self.affine, self.bias, self.track_running_stats)


class _InstanceNorm(_StatisticsNorm):
    momentum: FiniteFloat = 0.1
    affine: bool = False
    track_running_stats: bool = False
    bias: bool = True

    def infer(self, x: TensorType) -> TensorType:
        self._enter(x)
        at_least(_product(x.spatial), 2, f"needs more than one value for each channel of a sample, got {x}", input=0)
        return x

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        return self._kept(x, self.affine, self.bias, self.track_running_stats)


class BatchNorm1d(_BatchNorm):
    """Normalize each channel over the batch and the length.

    Shape: `[N, C]` or `[N, C, L]` -> the same. Source: torch.nn.BatchNorm1d; Ioffe and Szegedy, 2015.
    """

    ranks = (2, 3)
    layout = "[N, C] or [N, C, L]"
    examples = (Example(("N, 4",)), Example(("N, 4, 8",), affine=False))


class BatchNorm2d(_BatchNorm):
    """Normalize each channel over the batch, height and width.

    Shape: `[N, C, H, W]` -> the same. Source: torch.nn.BatchNorm2d; Ioffe and Szegedy, 2015.
    """

    ranks = (4,)
    layout = "[N, C, H, W]"
    examples = (Example(), Example(momentum=0.01, eps=0.001))


class BatchNorm3d(_BatchNorm):
    """Normalize each channel over the batch, depth, height and width.

    Shape: `[N, C, D, H, W]` -> the same. Source: torch.nn.BatchNorm3d; Ioffe and Szegedy, 2015.
    """

    ranks = (5,)
    layout = "[N, C, D, H, W]"
    examples = (Example(("N, 4, 6, 8, 8",)),)


class SyncBatchNorm(_BatchNorm):
    """Normalize each channel over the batch of all processes and the places.

    Trained on GPUs alone; in eval mode it is the batch norm of its input's rank, and runs anywhere.
    Shape: `[N, C, ...]` -> the same. Source: torch.nn.SyncBatchNorm.
    """

    ranks = (2, 3, 4, 5)
    layout = "[N, C, ...]"
    examples = (Example(), Example(("N, 4, 8",), eps=0.001), Example(("N, 4",)), Example(("N, 4, 2, 6, 8",)))


class InstanceNorm1d(_InstanceNorm):
    """Normalize each channel of each sample over its length.

    Shape: `[N, C, L]` -> the same, with `L > 1`. Source: torch.nn.InstanceNorm1d; Ulyanov et al., 2016.
    """

    ranks = (3,)
    layout = "[N, C, L]"
    examples = (Example(("N, 4, 8",)),)


class InstanceNorm2d(_InstanceNorm):
    """Normalize each channel of each sample over its height and width.

    Shape: `[N, C, H, W]` -> the same, with `H * W > 1`. Source: torch.nn.InstanceNorm2d; Ulyanov et al., 2016.
    """

    ranks = (4,)
    layout = "[N, C, H, W]"
    examples = (Example(), Example(affine=True, track_running_stats=True))


class InstanceNorm3d(_InstanceNorm):
    """Normalize each channel of each sample over its depth, height and width.

    Shape: `[N, C, D, H, W]` -> the same, with `D * H * W > 1`. Source: torch.nn.InstanceNorm3d; Ulyanov et al., 2016.
    """

    ranks = (5,)
    layout = "[N, C, D, H, W]"
    examples = (Example(("N, 4, 6, 8, 8",)),)


class GroupNorm(Op):
    """Normalize groups of channels of each sample.

    Shape: `[N, C, ...]` -> the same; `num_groups` divides C. Source: torch.nn.GroupNorm; Wu and He, 2018.
    """

    leading = "num_groups"
    inferred = ("num_channels",)
    style = Style.NORM
    is_module = True
    examples = (Example(num_groups=2), Example(("N, 6",), num_groups=3, affine=False))

    num_groups: PositiveInt
    num_channels: PositiveInt | None = None
    eps: FiniteFloat = 1e-05
    affine: bool = True
    bias: bool = True

    def infer(self, x: TensorType) -> TensorType:
        if floating(x).rank < 2:
            raise Reject(f"needs an input of at least 2 axes [N, C, ...], got {x}", input=0)
        channels = declared(self.num_channels, x.channels, "num_channels")
        size = divided(channels, self.num_groups, argument="num_groups")
        # torch counts the batch in: a single value to normalize is refused, one for each sample is not
        at_least(x.shape[0] * size * _product(x.spatial), 2, f"needs more than one value for each group, got {x}")
        return x

    def lower(self, x: TensorType) -> Module:
        return module(
            "torch.nn.GroupNorm",
            self.num_groups,
            number(x.channels, "the channels"),
            **self.given("num_groups", "num_channels"),
        )

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        channels = Weight((number(x.channels, "the channels"),))
        if not self.affine:
            return {}
        return {"weight": channels, "bias": channels} if self.bias else {"weight": channels}


class _LastAxesNorm(Op):
    """What norms over the last axes share."""

    inferred = ("normalized_shape",)
    style = Style.NORM
    is_module = True

    normalized_shape: PositiveInt | tuple[PositiveInt, ...] | None = None

    def _axes(self, x: TensorType) -> tuple[int, ...]:
        """The sizes of the axes that are normalized."""
        written = self.normalized_shape
        sizes = (None,) if written is None else (written,) if isinstance(written, int) else written
        if not sizes:
            raise Reject("`normalized_shape` needs at least 1 axis", code="SG209", argument="normalized_shape")
        if x.rank < len(sizes):
            raise Reject(f"needs an input of at least {len(sizes)} axes, got {x}", input=0)
        arrive = x.shape[x.rank - len(sizes) :]
        return tuple(declared(*pair, "normalized_shape") for pair in zip(sizes, arrive, strict=True))

    def infer(self, x: TensorType) -> TensorType:
        self._axes(floating(x))
        return x

    def lower(self, x: TensorType) -> Module:
        axes = self._axes(x)
        shape = axes if isinstance(self.normalized_shape, tuple) else axes[0]
        return module(f"torch.nn.{type(self).__name__}", shape, **self.given("normalized_shape"))


class LayerNorm(_LastAxesNorm):
    """Normalize each place over the last axis, or over the last axes that `normalized_shape` lists.

    Shape: `[..., C]` -> the same. Source: torch.nn.LayerNorm; Ba et al., 2016.
    """

    examples = (Example(("N, 6, 8",)), Example(("N, 6, 8",), normalized_shape=(6, 8), bias=False))

    eps: FiniteFloat = 1e-05
    elementwise_affine: bool = True
    bias: bool = True

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        if not self.elementwise_affine:
            return {}
        weight = Weight(self._axes(x))
        return {"weight": weight, "bias": weight} if self.bias else {"weight": weight}


class RMSNorm(_LastAxesNorm):
    """Divide each place by the root mean square over the last axis, or over those that `normalized_shape` lists.

    Shape: `[..., C]` -> the same. Source: torch.nn.RMSNorm; Zhang and Sennrich, 2019.
    """

    examples = (Example(("N, 6, 8",)), Example(("N, 6, 8",), eps=1e-06))

    eps: FiniteFloat | None = None
    elementwise_affine: bool = True

    def weights(self, x: TensorType) -> Mapping[str, Weight]:
        return {"weight": Weight(self._axes(x))} if self.elementwise_affine else {}


class LocalResponseNorm(Op):
    """Divide each channel by the power of its neighbours, `size` channels wide.

    Shape: `[N, C, ...]` -> the same, with at least one axis behind C. Source: torch.nn.LocalResponseNorm;
    Krizhevsky et al., 2012.
    """

    leading = "size"
    style = Style.NORM
    is_module = True
    examples = (Example(size=5), Example(("N, 4, 8",), size=2, k=2.0))

    size: PositiveInt
    alpha: FiniteFloat = 0.0001
    beta: FiniteFloat = 0.75
    k: FiniteFloat = 1.0

    def infer(self, x: TensorType) -> TensorType:
        if floating(x).rank < 3:
            raise Reject(f"needs an input of at least 3 axes [N, C, ...], got {x}", input=0)
        return x

    def lower(self, x: TensorType) -> Module:
        return module("torch.nn.LocalResponseNorm", self.size, **self.given("size"))


class CrossMapLRN2d(Op):
    """Divide each channel by the power of its neighbours, `size` channels wide, as Caffe does.

    Shape: `[N, C, H, W]` -> the same. Source: torch.nn.CrossMapLRN2d; Krizhevsky et al., 2012.
    """

    leading = "size"
    style = Style.NORM
    is_module = True
    examples = (Example(size=5), Example(size=3, k=2))

    size: PositiveInt
    alpha: FiniteFloat = 0.0001
    beta: FiniteFloat = 0.75
    k: FiniteFloat = 1

    def infer(self, x: TensorType) -> TensorType:
        return ranked(floating(x), 4, layout="[N, C, H, W]")

    def lower(self, x: TensorType) -> Module:
        return module("torch.nn.CrossMapLRN2d", self.size, **self.given("size"))
