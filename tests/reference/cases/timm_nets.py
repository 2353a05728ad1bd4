"""Networks of timm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from torch import nn

from reference.case import Case, Relative, images
from reference.packages import torchvision_models


def _made(name: str, **options: Any) -> Callable[[], nn.Module]:
    """What makes a network of timm."""

    def make() -> nn.Module:
        torchvision_models()
        module: nn.Module = import_module("timm").create_model(name, **options)
        return module

    return make


def _code(*names: str) -> Callable[[], Sequence[Any]]:
    """Classes and functions of timm's models: `hrnet.HighResolutionNet`."""

    def found() -> Sequence[Any]:
        torchvision_models()
        parts = (name.split(".") for name in names)
        return [getattr(import_module(f"timm.models.{module}"), name) for module, name in parts]

    return found


def _hrnet() -> nn.Module:
    """As deep as HRNet-W18 is, and as shallow in each branch as can be."""
    torchvision_models()
    found = import_module("timm.models.hrnet")

    def stage(count: int, branches: int) -> dict[str, Any]:
        blocks = {"num_blocks": (1,) * branches, "num_channels": tuple(4 * 2**i for i in range(branches))}
        return {"num_modules": count, "num_branches": branches, "block_type": "BASIC", "fuse_method": "SUM", **blocks}

    first = {"num_blocks": (2,), "num_channels": (8,), "block_type": "BOTTLENECK"}
    stages = {"stage2": stage(1, 2), "stage3": stage(2, 3), "stage4": stage(3, 4)}
    module: nn.Module = found.HighResolutionNet({"stem_width": 64, "stage1": first, **stages}, num_classes=10)
    return module


CASES = (
    Case(
        "cspdarknet",
        _made("cspdarknet53", num_classes=10),
        images((64, 64), (65, 33)),
        {"classes": 10},
        code=_code("cspnet.DarkBlock", "cspnet.CrossStage", "cspnet.CspNet"),
    ),
    Case(
        "hrnet",
        _made("hrnet_w18_small", num_classes=10),
        images((64, 64), (61, 32)),
        {"classes": 10},
        code=_code("hrnet.HighResolutionModule", "hrnet.SequentialList", "hrnet.HighResolutionNet"),
    ),
    Case(
        "hrnet",
        _hrnet,
        images((64, 64), (61, 32)),
        {"width": 4, "planes": 8, "first": 2, "depth": 1, "exchanges": [1, 2, 3], "classes": 10},
    ),
    Case(
        "res2net",
        _made("res2net50_26w_4s", num_classes=10),
        images((64, 64), (65, 33)),
        {"classes": 10},
        code=_code("res2net.Bottle2neck", "resnet.ResNet", "resnet.make_blocks", "resnet.downsample_conv"),
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


def _relative(spec: str, name: str, **settings: Any) -> Relative:
    return Relative(spec, _made(name), settings)


RELATIVES = (
    _relative("cspdarknet", "cspdarknet53"),
    _relative("hrnet", "hrnet_w18_small_v2", width=18, planes=64, first=2, exchanges=[1, 3, 2]),
    *(
        _relative("hrnet", f"hrnet_w{width}", width=width, planes=64, first=4, depth=4, exchanges=[1, 4, 3])
        for width in (18, 32, 64)
    ),
    _relative("res2net", "res2net50_48w_2s", base_width=48, scale=2),
    _relative("res2net", "res2net50_26w_8s", scale=8),
    _relative("res2net", "res2net101_26w_4s", counts=[3, 4, 23, 3]),
    _relative("res2net", "res2next50", base_width=4, groups=8),
)

CONTRACTS = {"cspdarknet": "any size", "hrnet": "H, W = 0 or 29 to 31 mod 32", "res2net": "any size"}
