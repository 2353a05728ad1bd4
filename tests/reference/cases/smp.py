"""Segmentation networks over a ResNet-34: those of segmentation-models-pytorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from torch import nn

from reference.case import Case, images
from reference.packages import torchvision_models


def _module(path: str) -> ModuleType:
    """A module of the package, which imports torchvision."""
    torchvision_models()
    return import_module(f"segmentation_models_pytorch.{path}")


def _network(name: str, **options: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        torchvision_models()
        package = import_module("segmentation_models_pytorch")
        module: nn.Module = getattr(package, name)("resnet34", encoder_weights=None, **options)
        return module

    return make


def _code(*places: str) -> Callable[[], Sequence[Any]]:
    """Classes by their places, and those of the encoder that all have."""
    shared = (
        "encoders.resnet.ResNetEncoder",
        "base.heads.SegmentationHead",
        "base.model.SegmentationModel",
    )

    def find() -> Sequence[Any]:
        resnet = torchvision_models().resnet
        own = [
            getattr(_module(path), name) for path, _, name in (place.rpartition(".") for place in (*places, *shared))
        ]
        return (*own, resnet.BasicBlock, resnet.Bottleneck, resnet.ResNet)

    return find


def _fpn(merge: str) -> Case:
    widths = {"decoder_pyramid_channels": 16, "decoder_segmentation_channels": 32}
    policy = {"Add": "add", "Concat": "cat"}[merge]
    return Case(
        "fpn",
        _network("FPN", decoder_merge_policy=policy, classes=3, **widths),
        images((64, 32), (32, 64)),
        {"pyramid": 16, "segmentation": 32, "merge": merge, "classes": 3},
        code=_code(
            "decoders.fpn.model.FPN",
            "decoders.fpn.decoder.FPNDecoder",
            "decoders.fpn.decoder.FPNBlock",
            "decoders.fpn.decoder.Conv3x3GNReLU",
            "decoders.fpn.decoder.SegmentationBlock",
            "decoders.fpn.decoder.MergeBlock",
        ),
    )


def _deeplab(output_stride: int) -> Case:
    return Case(
        "deeplabv3plus",
        _network(
            "DeepLabV3Plus",
            encoder_output_stride=output_stride,
            decoder_channels=16,
            decoder_atrous_rates=(1, 2, 3),
            classes=3,
        ),
        images((64, 32), (32, 48)),
        {"output_stride": output_stride, "rates": [1, 2, 3], "out": 16, "classes": 3},
        code=_code(
            "decoders.deeplabv3.model.DeepLabV3Plus",
            "decoders.deeplabv3.decoder.DeepLabV3PlusDecoder",
            "decoders.deeplabv3.decoder.ASPP",
            "decoders.deeplabv3.decoder.ASPPSeparableConv",
            "decoders.deeplabv3.decoder.ASPPPooling",
            "decoders.deeplabv3.decoder.SeparableConv2d",
        ),
    )


CASES = (
    Case(
        "unetpp",
        _network("UnetPlusPlus", decoder_channels=(32, 16, 16, 8, 8), classes=3),
        images((64, 32), (32, 64)),
        {"decoder_channels": [32, 16, 16, 8, 8], "classes": 3},
        code=_code(
            "decoders.unetplusplus.model.UnetPlusPlus",
            "decoders.unetplusplus.decoder.UnetPlusPlusDecoder",
            "decoders.unetplusplus.decoder.DecoderBlock",
            "base.modules.Conv2dReLU",
        ),
    ),
    _deeplab(16),
    _deeplab(8),
    _fpn("Add"),
    _fpn("Concat"),
)

CONTRACTS = {
    "deeplabv3plus": "H, W = 0 mod 16",
    "fpn": "H, W = 0 mod 32",
    "unetpp": "H, W = 0 mod 32",
}
