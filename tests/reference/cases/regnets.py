"""RegNets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import patch

import torch
from torch import nn

from reference.case import Case, Relative, images
from reference.packages import published, torchvision_models

_FAMILY = {
    "x_400mf": ([32, 64, 160, 400], [1, 2, 7, 12], 16),
    "x_800mf": ([64, 128, 288, 672], [1, 3, 7, 5], 16),
    "x_1_6gf": ([72, 168, 408, 912], [2, 4, 10, 2], 24),
    "x_3_2gf": ([96, 192, 432, 1008], [2, 6, 15, 2], 48),
    "x_8gf": ([80, 240, 720, 1920], [2, 5, 15, 1], 120),
    "x_16gf": ([256, 512, 896, 2048], [2, 6, 13, 1], 128),
    "x_32gf": ([336, 672, 1344, 2520], [2, 7, 13, 1], 168),
    "y_800mf": ([64, 144, 320, 784], [1, 3, 8, 2], 16),
    "y_1_6gf": ([48, 120, 336, 888], [2, 6, 17, 2], 24),
    "y_3_2gf": ([72, 216, 576, 1512], [2, 5, 13, 1], 24),
    "y_8gf": ([224, 448, 896, 2016], [2, 4, 10, 1], 56),
    "y_16gf": ([224, 448, 1232, 3024], [2, 4, 11, 1], 112),
    "y_32gf": ([232, 696, 1392, 3712], [2, 5, 12, 1], 232),
    "y_128gf": ([528, 1056, 2904, 7392], [2, 7, 17, 1], 264),
}
"""Widths, depths and the width of a group, as torchvision finds them from the paper's line."""


def _settings(name: str) -> Mapping[str, Any]:
    widths, depths, group_width = _FAMILY[name]
    ratio = {"se_ratio": 0.0} if name.startswith("x") else {}
    return {"widths": widths, "depths": depths, "group_width": group_width, **ratio}


def _code() -> Sequence[Any]:
    regnet = torchvision_models().regnet
    return [
        getattr(regnet, name)
        for name in ("SimpleStemIN", "BottleneckTransform", "ResBottleneckBlock", "AnyStage", "BlockParams", "RegNet")
    ]


def _relative(name: str) -> Relative:
    def make() -> nn.Module:
        regnet = torchvision_models().regnet
        # the widths are computed with tensors, which on the meta device have no numbers
        with torch.device("cpu"), patch.object(regnet, "_regnet", lambda params, *_, **__: params):
            params = getattr(regnet, f"regnet_{name}")()
        module: nn.Module = regnet.RegNet(params)
        return module

    return Relative("regnet", make, _settings(name))


CASES = (
    Case("regnet", published("regnet_y_400mf", weights=None), images((64, 64), (65, 33)), code=_code),
    Case(
        "regnet",
        published("regnet_x_400mf", weights=None),
        images((64, 64), (65, 33)),
        _settings("x_400mf"),
        code=_code,
    ),
)

RELATIVES = tuple(_relative(name) for name in _FAMILY)

CONTRACTS = {"regnet": "any size"}
