"""Networks that were written after the language stood still: for volumes and for segmentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

from reference.case import Case, Relative, images
from reference.handwritten import further
from reference.packages import module


def _code(path: str, *names: str) -> Callable[[], Sequence[Any]]:
    """Classes of one file of a package."""
    return lambda: [getattr(module(path), name) for name in names]


def _highresnet(**options: Any) -> Callable[[], nn.Module]:
    """What makes monai's."""
    return lambda: module("monai.networks.nets").HighResNet(**options)


def _layers(first: int, blocks: Sequence[tuple[int, int]], last: int, kernels: tuple[int, ...]) -> list[dict[str, Any]]:
    """How monai writes a network down."""
    return [
        {"name": "first", "n_features": first, "kernel_size": 3},
        *({"name": "res", "n_features": width, "kernels": kernels, "repeat": count} for width, count in blocks),
        {"name": "last", "n_features": last, "kernel_size": 1},
        {"name": "scores", "kernel_size": 1},
    ]


def _unetr(**options: Any) -> Callable[[], nn.Module]:
    """What makes monai's."""
    return lambda: module("monai.networks.nets").UNETR(in_channels=1, out_channels=2, **options)


def _deeplabv3() -> nn.Module:
    """As shallow as can be, so that a forward is quick."""
    resnet, found = module("torchvision.models.resnet"), module("torchvision.models.segmentation.deeplabv3")
    body = resnet.ResNet(resnet.Bottleneck, [1, 2, 1, 2], replace_stride_with_dilation=[False, True, True])
    made: nn.Module = found._deeplabv3_resnet(body, 5, aux=True)
    return made


CASES = (
    Case(
        "highresnet",
        _highresnet(),
        (((1, 1, 8, 8, 8),), ((1, 1, 8, 8, 8),), ((2, 1, 6, 7, 9),)),
        code=lambda: [
            *_code("monai.networks.nets.highresnet", "HighResBlock", "HighResNet")(),
            *_code("monai.networks.layers.simplelayers", "ChannelPad")(),
        ],
    ),
    Case(
        "highresnet",
        _highresnet(
            in_channels=2, out_channels=3, dropout_prob=0.5, layer_params=_layers(4, [(4, 1), (9, 2)], 6, (3, 5, 1))
        ),
        (((1, 2, 8, 8, 8),), ((1, 2, 8, 8, 8),), ((2, 2, 6, 7, 9),)),
        {
            "widths": [4, 9],
            "counts": [1, 2],
            "kernels": [3, 5, 1],
            "last": 6,
            "drop": 0.5,
            "channels_in": 2,
            "classes": 3,
        },
    ),
    Case(
        "unetr",
        _unetr(img_size=(16, 32, 32), feature_size=4, hidden_size=24, mlp_dim=48, num_heads=3),
        (((1, 1, 16, 32, 32),), ((1, 1, 16, 32, 32),), ((2, 1, 16, 32, 32),)),
        {"size": [16, 32, 32], "dim": 24, "inside": 48, "heads": 3, "base": 4},
        idle=("vit.blocks.*.norm_cross_attn.*",),
        code=lambda: [
            *_code("monai.networks.nets.unetr", "UNETR")(),
            *_code("monai.networks.nets.vit", "ViT")(),
            *_code("monai.networks.blocks.patchembedding", "PatchEmbeddingBlock")(),
            *_code("monai.networks.blocks.transformerblock", "TransformerBlock")(),
            *_code("monai.networks.blocks.selfattention", "SABlock")(),
            *_code("monai.networks.blocks.mlp", "MLPBlock")(),
            *_code("monai.networks.blocks.unetr_block", "UnetrUpBlock", "UnetrPrUpBlock", "UnetrBasicBlock")(),
            *_code("monai.networks.blocks.dynunet_block", "UnetResBlock", "UnetOutBlock")(),
        ],
    ),
    Case(
        "deeplabv3",
        _deeplabv3,
        images((40, 40), (33, 50)),
        {"counts": [1, 2, 1, 2], "classes": 5},
        code=lambda: [
            *_code("torchvision.models.segmentation._utils", "_SimpleSegmentationModel")(),
            *_code("torchvision.models.segmentation.fcn", "FCNHead")(),
            *_code(
                "torchvision.models.segmentation.deeplabv3",
                "DeepLabV3",
                "DeepLabHead",
                "ASPPConv",
                "ASPPPooling",
                "ASPP",
                "_deeplabv3_resnet",
            )(),
        ],
    ),
    Case(
        "segnet",
        lambda: further.SegNet([8, 12, 16], [2, 2, 3], 5),
        images((32, 32), (29, 43)),
        {"widths": [8, 12, 16], "counts": [2, 2, 3], "classes": 5},
        package=False,
        code=lambda: [further.conv_norm, further.SegNet],
    ),
)

RELATIVES = (
    Relative(
        "deeplabv3",
        lambda: module("torchvision.models.segmentation").deeplabv3_resnet50(
            weights=None, weights_backbone=None, aux_loss=True
        ),
        {},
    ),
    Relative("unetr", _unetr(img_size=(96, 96, 96)), {}),
)

CONTRACTS = {"segnet": "H, W at least 32", "deeplabv3": "any size", "unetr": "any size", "highresnet": "any size"}
