"""Networks of torchvision that are neither ResNets nor GoogLeNet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import nn

from reference.case import Case, images
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
)

CONTRACTS = {"efficientnet": "any size", "inception_v3": "H, W at least 75"}
