"""ResNets and their relatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reference.case import Case, Relative, images
from reference.packages import published, torchvision_models


def _code() -> Sequence[Any]:
    resnet = torchvision_models().resnet
    return resnet.BasicBlock, resnet.Bottleneck, resnet.ResNet, resnet.conv3x3, resnet.conv1x1


def _resnet(name: str, spec: str = "resnet", **settings: Any) -> Case:
    return Case(spec, published(name, weights=None), images((64, 64), (65, 33)), settings, code=_code)


CASES = (
    _resnet("resnet18", spec="resnet18"),
    _resnet("resnet50", spec="resnet50"),
    _resnet("resnet18"),
    _resnet("resnet34", depth=34),
    _resnet("resnet50", depth=50),
    _resnet("resnet101", depth=101),
    _resnet("resnet152", depth=152),
    _resnet("resnext50_32x4d", depth=50, groups=32, width_per_group=4),
    _resnet("wide_resnet50_2", depth=50, width_per_group=128),
)

RELATIVES = (
    Relative("resnet", published("wide_resnet101_2"), {"depth": 101, "width_per_group": 128}),
    Relative("resnet", published("resnext101_32x8d"), {"depth": 101, "groups": 32, "width_per_group": 8}),
    Relative("resnet", published("resnext101_64x4d"), {"depth": 101, "groups": 64, "width_per_group": 4}),
)

CONTRACTS = {
    "resnet": "any size",
    "resnet18": "any size",
    "resnet50": "any size",
}
