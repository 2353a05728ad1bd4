"""Networks that were written after the language stood still: those with attention."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from reference.case import Case, Relative, images
from reference.packages import module, published


def made(name: str, **options: Any) -> Callable[[], nn.Module]:
    """What makes a network of timm."""

    def make() -> nn.Module:
        network: nn.Module = module("timm").create_model(name, **options)
        return network

    return make


def _code(path: str, *names: str) -> Callable[[], Sequence[Any]]:
    """Classes and functions of one file of a package."""
    return lambda: [getattr(module(path), name) for name in names]


def _swin() -> nn.Module:
    """Narrow, of maps that do not divide by the window, with drops that show in few samples."""
    found = module("torchvision.models.swin_transformer")
    made: nn.Module = found.SwinTransformer(
        [4, 4], 16, [2, 2, 2, 2], [1, 2, 4, 8], [4, 4], stochastic_depth_prob=0.5, num_classes=10
    )
    return made


def _swin_places(state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Ours computes the index, theirs reads it."""
    theirs = _swin().state_dict()
    return {key: theirs[key] if key.endswith("relative_position_index") else each for key, each in state.items()}


def _levit() -> nn.Module:
    """Narrow, of an odd map, with drops that show in few samples."""
    found = module("timm.models.levit")
    made: nn.Module = found.LevitDistilled(
        96, embed_dim=(32, 48, 64), num_heads=(2, 3, 4), depth=(1, 2, 1), key_dim=8, drop_path_rate=0.5, num_classes=10
    )
    return made


CASES = (
    Case(
        "swin",
        _swin,
        images((60, 60), (60, 60)),
        {"size": 60, "width": 16, "counts": [2, 2, 2, 2], "head": 16, "window": 4, "drop_path": 0.5, "classes": 10},
        rename=_swin_places,
        code=_code(
            "torchvision.models.swin_transformer",
            "_patch_merging_pad",
            "_get_relative_position_bias",
            "PatchMerging",
            "shifted_window_attention",
            "ShiftedWindowAttention",
            "SwinTransformerBlock",
            "SwinTransformer",
        ),
    ),
    Case(
        "swin",
        _swin,
        images((140, 140), (135, 150)),
        {
            "large": True,
            "width": 16,
            "counts": [2, 2, 2, 2],
            "head": 16,
            "window": 4,
            "drop_path": 0.5,
            "classes": 10,
        },
        rename=_swin_places,
    ),
    Case(
        "levit",
        _levit,
        images((96, 96), (96, 96)),
        {
            "size": 96,
            "widths": [32, 48, 64],
            "heads": [2, 3, 4],
            "counts": [1, 2, 1],
            "key": 8,
            "drop_path": 0.5,
            "classes": 10,
        },
        code=_code(
            "timm.models.levit",
            "ConvNorm",
            "LinearNorm",
            "NormLinear",
            "Stem16",
            "Downsample",
            "Attention",
            "AttentionDownsample",
            "LevitMlp",
            "LevitDownsample",
            "LevitBlock",
            "LevitStage",
            "Levit",
            "LevitDistilled",
        ),
    ),
    Case(
        "edgenext",
        made("edgenext_xx_small", num_classes=10),
        images((64, 64), (65, 98)),
        {"classes": 10},
        code=_code(
            "timm.models.edgenext",
            "PositionalEncodingFourier",
            "ConvBlock",
            "CrossCovarianceAttn",
            "SplitTransposeBlock",
            "EdgeNeXtStage",
            "EdgeNeXt",
        ),
    ),
    Case(
        "edgenext",
        made(
            "edgenext_x_small",
            num_classes=10,
            dims=(8, 16, 24, 32),
            depths=(1, 1, 2, 1),
            heads=(2,) * 4,
            drop_path_rate=0.5,
            ls_init_value=0.1,
        ),
        images((64, 64), (65, 98)),
        {
            "widths": [8, 16, 24, 32],
            "counts": [1, 1, 2, 1],
            "heads": 2,
            "drop_path": 0.5,
            "layer_scale": 0.1,
            "classes": 10,
        },
    ),
)

RELATIVES = (
    Relative("edgenext", made("edgenext_x_small"), {"widths": [32, 64, 100, 192], "counts": [3, 3, 9, 3]}),
    Relative("levit", made("levit_128s"), {}),
    Relative(
        "levit",
        made("levit_256"),
        {"widths": [256, 384, 512], "heads": [4, 6, 8], "counts": [4, 4, 4], "key": 32},
    ),
    Relative("swin", published("swin_t", weights=None), {}),
    Relative("swin", published("swin_b", weights=None), {"width": 128, "counts": [2, 2, 18, 2], "drop_path": 0.5}),
)

CONTRACTS = {"edgenext": "H, W at least 32", "levit": "any size", "swin": "any size"}
