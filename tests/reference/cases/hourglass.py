"""Networks that go down and up again, and again."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from torch import nn

from reference.case import Case, images


def _published() -> Any:
    return import_module("stacked_hourglass.model")


def _hourglass(stacks: int, blocks: int, classes: int) -> Case:
    def make() -> nn.Module:
        module: nn.Module = _published().hg(num_stacks=stacks, num_blocks=blocks, num_classes=classes)
        return module

    return Case(
        "hourglass",
        make,
        # the last is large: norms need a variance where the map is smallest
        images((64, 64), (63, 66), (64, 128)),
        {"num_stacks": stacks, "num_blocks": blocks, "num_classes": classes},
        code=lambda: [getattr(_published(), name) for name in ("Bottleneck", "Hourglass", "HourglassNet")],
    )


CASES = (_hourglass(2, 2, 5),)

CONTRACTS = {"hourglass": "H, W = 0 to 2 or 63 mod 64, at least 63"}
