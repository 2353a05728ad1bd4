"""Networks that were written after the language stood still: timm's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

from reference.case import Case, Relative, images
from reference.packages import module


def _made(name: str, **options: Any) -> Callable[[], nn.Module]:
    """What makes a network of timm."""

    def make() -> nn.Module:
        made: nn.Module = module("timm").create_model(name, **options)
        return made

    return make


def _code(path: str, *names: str) -> Callable[[], Sequence[Any]]:
    """Classes of one file of timm."""
    return lambda: [getattr(module(f"timm.{path}"), name) for name in names]


def _sknet_deep() -> nn.Module:
    """A bottleneck of groups in each stage."""
    sknet = module("timm.models.sknet")
    made: nn.Module = module("timm.models.resnet").ResNet(
        sknet.SelectiveKernelBottleneck,
        [1, 2, 1, 1],
        num_classes=10,
        cardinality=8,
        base_width=4,
        block_args={"sk_kwargs": {"rd_ratio": 1 / 16, "rd_divisor": 32, "split_input": False}},
    )
    return made


def _mixer() -> nn.Module:
    """Small, with drops that show in few samples."""
    found = module("timm.models.mlp_mixer")
    made: nn.Module = found.MlpMixer(10, 32, patch_size=8, num_blocks=3, embed_dim=32, drop_path_rate=0.5)
    return made


def _nasnet() -> nn.Module:
    """All cells, narrow."""
    made: nn.Module = module("timm.models.nasnet").NASNetALarge(10, stem_size=8, num_features=192)
    return made


CASES = (
    Case(
        "dpn",
        _made("dpn68", num_classes=10),
        images((64, 64), (65, 33)),
        {"classes": 10},
        code=_code("models.dpn", "BnAct", "BnActConv2d", "DualPathBlock", "DPN"),
    ),
    Case(
        "dpn",
        _made("dpn68b", num_classes=10, k_sec=(1, 2, 1, 1), num_init_features=12, act_layer="relu"),
        images((64, 64), (65, 33)),
        {"counts": [1, 2, 1, 1], "stem": 12, "b": True, "classes": 10},
    ),
    Case(
        "dla",
        _made("dla34", num_classes=10),
        images((64, 64), (63, 32)),
        {"classes": 10},
        code=_code("models.dla", "DlaBasic", "DlaBottleneck", "DlaRoot", "DlaTree", "DLA"),
    ),
    Case(
        "dla",
        _made(
            "dla102x",
            num_classes=10,
            levels=[1, 1, 1, 3, 2, 1],
            channels=[8, 8, 16, 24, 32, 48],
            cardinality=4,
            base_width=64,
        ),
        images((64, 64), (63, 32)),
        {
            "deep": True,
            "levels": [1, 3, 2, 1],
            "planes": [8, 8, 16, 24, 32, 48],
            "groups": 4,
            "base_width": 64,
            "root_residual": True,
            "classes": 10,
        },
    ),
    Case(
        "sknet",
        _made("skresnet18", num_classes=10),
        images((64, 64), (33, 65)),
        {"classes": 10},
        code=_code("models.sknet", "SelectiveKernelBasic", "SelectiveKernelBottleneck", "SelectiveKernel"),
    ),
    Case(
        "sknet",
        _sknet_deep,
        images((64, 64), (33, 65)),
        {
            "deep": True,
            "counts": [1, 2, 1, 1],
            "groups": 8,
            "base_width": 4,
            "split": False,
            "reduce": 16,
            "divisor": 32,
            "classes": 10,
        },
    ),
    Case(
        "mixer",
        _mixer,
        images((32, 32), (32, 32)),
        {"size": 32, "patch": 8, "dim": 32, "depth": 3, "drop_path": 0.5, "classes": 10},
        code=_code("models.mlp_mixer", "MixerBlock", "MlpMixer"),
    ),
    Case(
        "nasnet",
        _nasnet,
        images((64, 64), (67, 98)),
        {"stem": 8, "features": 192, "classes": 10},
        code=_code(
            "models.nasnet",
            "ActConvBn",
            "SeparableConv2d",
            "BranchSeparables",
            "CellStem0",
            "CellStem1",
            "FirstCell",
            "NormalCell",
            "ReductionCell0",
            "ReductionCell1",
            "NASNetALarge",
        ),
    ),
    Case(
        "ghostnet",
        _made("ghostnet_100", num_classes=10),
        images((64, 64), (65, 33)),
        {"classes": 10},
        code=_code("models.ghostnet", "GhostModule", "GhostModuleV2", "GhostBottleneck", "GhostNet"),
    ),
    Case(
        "ghostnet",
        _made("ghostnetv2_130", num_classes=10),
        images((64, 64), (65, 33)),
        {"version": 2, "width": 1.3, "classes": 10},
    ),
)

RELATIVES = (
    Relative("ghostnet", _made("ghostnetv2_160"), {"version": 2, "width": 1.6}),
    Relative("nasnet", _made("nasnetalarge"), {}),
    Relative(
        "dpn",
        _made("dpn92"),
        {
            "counts": [3, 4, 20, 3],
            "grows": [16, 32, 24, 128],
            "wide": 256,
            "inside": 96,
            "stem": 64,
            "kernel": 7,
        },
    ),
    Relative(
        "dla",
        _made("dla60"),
        {
            "deep": True,
            "levels": [1, 2, 3, 1],
            "planes": [16, 32, 128, 256, 512, 1024],
        },
    ),
    Relative(
        "sknet",
        _made("skresnext50_32x4d"),
        {
            "deep": True,
            "counts": [3, 4, 6, 3],
            "groups": 32,
            "base_width": 4,
            "split": False,
            "reduce": 16,
            "divisor": 32,
        },
    ),
    Relative("mixer", _made("mixer_s32_224"), {"patch": 32, "dim": 512, "depth": 8}),
    Relative("mixer", _made("mixer_b16_224"), {}),
)

CONTRACTS = {
    "ghostnet": "any size",
    "dpn": "any size",
    "dla": "H, W = 0 or 31 mod 32",
    "sknet": "any size",
    "mixer": "any size",
    "nasnet": "H, W at least 3",
}
