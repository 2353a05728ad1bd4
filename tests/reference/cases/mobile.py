"""Small networks, for phones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reference.case import Case, Relative, images
from reference.packages import published, torchvision_models

_SIZES = images((64, 64), (65, 33))


def _code(module: str, *names: str) -> Callable[[], Sequence[Any]]:
    return lambda: [getattr(getattr(torchvision_models(), module), name) for name in names]


_SQUEEZENET = _code("squeezenet", "Fire", "SqueezeNet")
_SHUFFLENET = _code("shufflenetv2", "channel_shuffle", "InvertedResidual", "ShuffleNetV2")
_MOBILENET_2 = _code("mobilenetv2", "InvertedResidual", "MobileNetV2")
_MOBILENET_3 = _code("mobilenetv3", "InvertedResidualConfig", "InvertedResidual", "MobileNetV3", "_mobilenet_v3_conf")


def _mobilenet(version: str, name: str, **settings: Any) -> Case:
    options = {"width_mult": settings["width"]} if "width" in settings else {}
    code = _MOBILENET_2 if version == "v2" else _MOBILENET_3
    return Case(f"mobilenet_{version}", published(name, weights=None, **options), _SIZES, settings, code=code)


CASES = (
    Case("squeezenet", published("squeezenet1_0", weights=None), _SIZES, code=_SQUEEZENET),
    Case("squeezenet", published("squeezenet1_1", weights=None), _SIZES, {"version": 1.1}, code=_SQUEEZENET),
    Case("shufflenet_v2", published("shufflenet_v2_x1_0", weights=None), _SIZES, code=_SHUFFLENET),
    Case("shufflenet_v2", published("shufflenet_v2_x0_5", weights=None), _SIZES, {"width": 0.5}, code=_SHUFFLENET),
    _mobilenet("v2", "mobilenet_v2"),
    _mobilenet("v2", "mobilenet_v2", width=0.35),
    _mobilenet("v3", "mobilenet_v3_large"),
    _mobilenet("v3", "mobilenet_v3_small", size="small"),
    _mobilenet("v3", "mobilenet_v3_small", size="small", width=0.75),
)

RELATIVES = (
    *(
        Relative("shufflenet_v2", published(f"shufflenet_v2_x{tenths // 10}_{tenths % 10}"), {"width": tenths / 10})
        for tenths in (15, 20)
    ),
    Relative("mobilenet_v2", published("mobilenet_v2", width_mult=1.4), {"width": 1.4}),
    Relative("mobilenet_v3", published("mobilenet_v3_large", width_mult=0.75), {"width": 0.75}),
    Relative("mobilenet_v3", published("mobilenet_v3_large", width_mult=1.25), {"width": 1.25}),
)

CONTRACTS = {
    "squeezenet": "H, W at least 21",
    "shufflenet_v2": "any size",
    "mobilenet_v2": "any size",
    "mobilenet_v3": "any size",
}
