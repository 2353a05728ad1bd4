"""U2-Net: carvekit's."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from torch import nn

from reference.case import Case, images
from reference.packages import loaded


def _u2net_file() -> ModuleType:
    """The one file, which needs torch alone, without the package around it."""
    return loaded("carvekit", "ml/arch/u2net/u2net.py")


def _u2net(heights: list[int], mid: list[int], out: list[int], mid_up: list[int], out_up: list[int]) -> Case:
    def make() -> nn.Module:
        table: dict[str, list[Any]] = {}
        for i, (height, inner, outer) in enumerate(zip(heights, mid, out, strict=True), 1):
            inside = 3 if i == 1 else out[i - 2]
            table[f"stage{i}"] = [f"En_{i}", (height, inside, inner, outer, i >= 5), outer if i == 6 else -1]
        for i in (5, 4, 3, 2, 1):
            inside = out[i - 1] + (out[5] if i == 5 else out_up[i])
            table[f"stage{i}d"] = [
                f"De_{i}",
                (heights[i - 1], inside, mid_up[i - 1], out_up[i - 1], i >= 5),
                out_up[i - 1],
            ]
        module: nn.Module = _u2net_file().U2NETArchitecture(table, out_ch=2)
        return module

    return Case(
        "u2net",
        make,
        images((40, 33), (64, 48)),
        {"heights": heights, "mid": mid, "out": out, "mid_up": mid_up, "out_up": out_up, "masks": 2},
        code=lambda: [
            getattr(_u2net_file(), name)
            for name in ("U2NETArchitecture", "RSU", "REBNCONV", "_upsample_like", "_size_map")
        ],
    )


CASES = (
    _u2net([7, 6, 5, 4, 4, 4], [6, 7, 8, 9, 10, 11], [8, 9, 10, 11, 12, 13], [9, 8, 7, 6, 10], [13, 7, 9, 8, 10]),
    _u2net([3, 4, 3, 4, 3, 5], [4] * 6, [8] * 6, [4] * 5, [8] * 5),
)

CONTRACTS = {"u2net": "any size"}
