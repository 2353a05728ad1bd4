"""Networks of torchvision that are neither ResNets nor GoogLeNet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reference.case import Case, images
from reference.packages import published, torchvision_models


def _code(module: str, *names: str) -> Callable[[], Sequence[Any]]:
    """Classes and functions of one file of torchvision.models."""
    return lambda: [getattr(getattr(torchvision_models(), module), name) for name in names]


CASES = (
    Case(
        "inception_v3",
        published("inception_v3", weights=None, aux_logits=False, init_weights=False, num_classes=10),
        images((75, 75), (80, 107)),
        {"classes": 10},
        code=_code("inception", "Inception3", *(f"Inception{letter}" for letter in "ABCDE"), "BasicConv2d"),
    ),
)

CONTRACTS = {"inception_v3": "H, W at least 75"}
