"""DenseNets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from reference.case import Case, Relative, images
from reference.packages import published, torchvision_models


def _code() -> Sequence[Any]:
    densenet = torchvision_models().densenet
    return densenet._DenseLayer, densenet._DenseBlock, densenet._Transition, densenet.DenseNet


def _small() -> nn.Module:
    options = {"growth_rate": 8, "block_config": (2, 3, 2), "num_init_features": 16, "drop_rate": 0.2}
    module: nn.Module = torchvision_models().DenseNet(num_classes=10, **options)
    return module


CASES = (
    Case("densenet", published("densenet121", weights=None), images((64, 64), (65, 33)), code=_code),
    Case(
        "densenet",
        _small,
        images((64, 64), (65, 33)),
        {"growth": 8, "counts": [2, 3, 2], "drop": 0.2, "classes": 10},
        code=_code,
    ),
)

RELATIVES = tuple(Relative("densenet", published(f"densenet{depth}"), {"depth": depth}) for depth in (161, 169, 201))

CONTRACTS = {"densenet": "H, W at least 29"}
