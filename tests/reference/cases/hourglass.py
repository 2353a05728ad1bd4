"""Networks that go down and up again, and again."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from torch import nn

from reference.case import Case, Relative, images


def _published() -> Any:
    return import_module("stacked_hourglass.model")


def _made(stacks: int, blocks: int, classes: int) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        module: nn.Module = _published().hg(num_stacks=stacks, num_blocks=blocks, num_classes=classes)
        return module

    return make


def _hourglass(stacks: int, blocks: int, classes: int) -> Case:
    return Case(
        "hourglass",
        _made(stacks, blocks, classes),
        # the last is large: norms need a variance where the map is smallest
        images((64, 64), (63, 66), (64, 128)),
        {"num_stacks": stacks, "num_blocks": blocks, "num_classes": classes},
        code=lambda: [getattr(_published(), name) for name in ("Bottleneck", "Hourglass", "HourglassNet")],
    )


CASES = (_hourglass(2, 2, 5),)

# hg1, hg2 and hg8, which are published with weights
RELATIVES = tuple(Relative("hourglass", _made(stacks, 1, 16), {"num_stacks": stacks}) for stacks in (1, 2, 8))

CONTRACTS = {"hourglass": "H, W = 0 to 2 or 63 mod 64, at least 63"}
