"""Networks of torchvision that are neither ResNets nor GoogLeNet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import nn

from reference.case import Case, Relative, images
from reference.packages import published, torchvision_models


def _code(module: str, *names: str) -> Callable[[], Sequence[Any]]:
    """Classes and functions of one file of torchvision.models."""
    return lambda: [getattr(getattr(torchvision_models(), module), name) for name in names]


def _efficientnet(width: float, depth: float, dropout: float) -> nn.Module:
    """The family between its members, with the norms of the large ones."""
    found = torchvision_models().efficientnet
    stages, last = found._efficientnet_conf("efficientnet_b5", width_mult=width, depth_mult=depth)
    norms = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)
    module: nn.Module = found.EfficientNet(stages, dropout, num_classes=10, norm_layer=norms, last_channel=last)
    return module


def _convnext() -> nn.Module:
    """Narrow, with drops that show in few samples."""
    found = torchvision_models().convnext
    stages = [found.CNBlockConfig(*stage) for stage in ((8, 16, 1), (16, 32, 2), (32, 64, 1), (64, None, 1))]
    module: nn.Module = found.ConvNeXt(stages, stochastic_depth_prob=0.5, layer_scale=0.1, num_classes=10)
    return module


def _vit(dropout: float) -> nn.Module:
    module: nn.Module = torchvision_models().VisionTransformer(
        image_size=32,
        patch_size=8,
        num_layers=3,
        num_heads=4,
        hidden_dim=32,
        mlp_dim=128,
        dropout=dropout,
        num_classes=10,
    )
    return module


_VIT = {"image_size": 32, "patch": 8, "depth": 3, "heads": 4, "hidden": 32, "classes": 10}

CASES = (
    Case(
        "inception_v3",
        published("inception_v3", weights=None, aux_logits=False, init_weights=False, num_classes=10),
        images((75, 75), (80, 107)),
        {"classes": 10},
        code=_code("inception", "Inception3", *(f"Inception{letter}" for letter in "ABCDE"), "BasicConv2d"),
    ),
    Case(
        "efficientnet",
        published("efficientnet_b0", weights=None),
        images((64, 64), (65, 33)),
        code=_code("efficientnet", "EfficientNet", "MBConv", "MBConvConfig", "_MBConvConfig"),
    ),
    Case(
        "efficientnet",
        lambda: _efficientnet(0.25, 0.5, 0.4),
        images((64, 64), (65, 33)),
        {"b": 5, "width": 0.25, "depth": 0.5, "classes": 10},
    ),
    Case(
        "convnext",
        published("convnext_tiny", weights=None),
        images((32, 32), (65, 47)),
        code=_code("convnext", "LayerNorm2d", "CNBlock", "CNBlockConfig", "ConvNeXt"),
    ),
    Case(
        "convnext",
        _convnext,
        images((32, 32), (65, 47)),
        {"width": 8, "counts": [1, 2, 1, 1], "drop_path": 0.5, "layer_scale": 0.1, "classes": 10},
    ),
    Case(
        "vit",
        lambda: _vit(0.0),
        images((32, 32), (32, 32)),
        _VIT,
        code=_code("vision_transformer", "MLPBlock", "EncoderBlock", "Encoder", "VisionTransformer"),
    ),
    Case("vit", lambda: _vit(0.1), images((32, 32), (32, 32)), {**_VIT, "dropout": 0.1}),
)

RELATIVES = (
    Relative("inception_v3", published("inception_v3", init_weights=False), {"aux": True}),
    *(Relative("efficientnet", published(f"efficientnet_b{b}"), {"b": b}) for b in range(1, 8)),
    *(Relative("convnext", published(f"convnext_{size}"), {"size": size}) for size in ("small", "base", "large")),
    Relative("vit", published("vit_b_16"), {}),
    Relative("vit", published("vit_b_32"), {"patch": 32}),
    Relative(
        "vit", published("vit_l_16", image_size=512), {"image_size": 512, "depth": 24, "heads": 16, "hidden": 1024}
    ),
    Relative("vit", published("vit_h_14"), {"patch": 14, "depth": 32, "heads": 16, "hidden": 1280}),
)

CONTRACTS = {
    "convnext": "H, W at least 32",
    "efficientnet": "any size",
    "inception_v3": "H, W at least 75",
    "vit": "any size",
}
