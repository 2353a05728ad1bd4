"""Networks of timm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from torch import nn

from reference.case import Case, images
from reference.packages import torchvision_models


def _made(name: str, **options: Any) -> Callable[[], nn.Module]:
    """What makes a network of timm."""

    def make() -> nn.Module:
        torchvision_models()
        module: nn.Module = import_module("timm").create_model(name, **options)
        return module

    return make


def _code(module: str, *names: str) -> Callable[[], Sequence[Any]]:
    """Classes and functions of one file of timm."""

    def found() -> Sequence[Any]:
        torchvision_models()
        return [getattr(import_module(f"timm.{module}"), name) for name in names]

    return found


CASES = (
    Case(
        "cspdarknet",
        _made("cspdarknet53", num_classes=10),
        images((64, 64), (65, 33)),
        {"classes": 10},
        code=_code("models.cspnet", "DarkBlock", "CrossStage", "CspNet"),
    ),
    Case(
        "res2net",
        _made("res2net50_26w_4s", num_classes=10),
        images((64, 64), (65, 33)),
        {"classes": 10},
    ),
    Case(
        "res2net",
        _made(
            "res2net50_26w_4s",
            num_classes=10,
            layers=[1, 2, 1, 1],
            block_args={"scale": 3},
            base_width=8,
            cardinality=2,
        ),
        images((64, 64), (65, 33)),
        {"counts": [1, 2, 1, 1], "scale": 3, "base_width": 8, "groups": 2, "classes": 10},
    ),
)

CONTRACTS = {"cspdarknet": "any size", "res2net": "any size"}
