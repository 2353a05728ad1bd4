"""nnU-Net's networks, as its plans ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from torch import nn

from reference.case import Case, Shapes, images


def _package(module: str) -> Any:
    return import_module(f"dynamic_network_architectures.{module}")


def _options(dims: int, features: Sequence[int], classes: int, deep_supervision: bool) -> dict[str, Any]:
    """What nnU-Net's planner writes beside the lists."""
    return {
        "input_channels": 1,
        "n_stages": len(features),
        "features_per_stage": features,
        "conv_op": getattr(nn, f"Conv{dims}d"),
        "num_classes": classes,
        "conv_bias": True,
        "norm_op": getattr(nn, f"InstanceNorm{dims}d"),
        "norm_op_kwargs": {"eps": 1e-5, "affine": True},
        "nonlin": nn.LeakyReLU,
        "nonlin_kwargs": {"inplace": True},
        "deep_supervision": deep_supervision,
    }


def _nnunet(
    spec: str,
    lists: Mapping[str, Any],
    examples: tuple[Shapes, ...],
    code: Sequence[tuple[str, str]],
    *,
    deep_supervision: bool = True,
) -> Case:
    """A network of three classes by its lists, which a spec and the package call by different names."""
    dims = len(lists["kernels"][0])
    architecture, encoder = {
        "nnunet_plain": ("PlainConvUNet", "counts"),
        "nnunet_residual": ("ResidualEncoderUNet", "blocks"),
    }[spec]

    def make() -> nn.Module:
        module: nn.Module = getattr(_package("architectures.unet"), architecture)(
            **_options(dims, lists["features"], 3, deep_supervision),
            kernel_sizes=lists["kernels"],
            strides=lists["strides"],
            n_conv_per_stage_decoder=lists["decoder_counts"],
            **{"n_conv_per_stage" if encoder == "counts" else "n_blocks_per_stage": lists[encoder]},
        )
        return module

    return Case(
        spec,
        make,
        examples,
        {"dims": dims, "classes": 3, "deep_supervision": deep_supervision, **lists},
        # the checkpoints have them all, whether they are read or not
        idle=() if deep_supervision else ("decoder.seg_layers.0.*",),
        code=lambda: [
            getattr(_package(module), name) for module, name in (("architectures.unet", architecture), *code)
        ],
    )


_PLAIN = (
    ("building_blocks.plain_conv_encoder", "PlainConvEncoder"),
    ("building_blocks.unet_decoder", "UNetDecoder"),
    ("building_blocks.simple_conv_blocks", "StackedConvBlocks"),
    ("building_blocks.simple_conv_blocks", "ConvDropoutNormReLU"),
)
_RESIDUAL = (
    ("building_blocks.residual_encoders", "ResidualEncoder"),
    ("building_blocks.residual", "StackedResidualBlocks"),
    ("building_blocks.residual", "BasicBlockD"),
    *_PLAIN[1:],
)
_FLAT = {
    "features": [4, 6, 8, 8],
    "kernels": [[3, 3]] * 4,
    "strides": [[1, 1], [2, 2], [2, 2], [2, 2]],
    "decoder_counts": [1, 2, 2],
}
_THICK = {
    "features": [4, 6, 8],
    "kernels": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
    "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2]],
    "decoder_counts": [1, 2],
}
_IMAGES = images((32, 32), (16, 24), channels=1)
_VOLUMES = (((1, 1, 8, 16, 16),), ((1, 1, 8, 16, 16),), ((2, 1, 4, 8, 12),))

CASES = (
    _nnunet("nnunet_plain", {**_FLAT, "counts": [2, 1, 3, 2]}, _IMAGES, _PLAIN),
    _nnunet("nnunet_plain", {**_THICK, "counts": [2, 1, 3]}, _VOLUMES, _PLAIN, deep_supervision=False),
    _nnunet("nnunet_residual", {**_FLAT, "blocks": [1, 2, 3, 1]}, _IMAGES, _RESIDUAL),
    _nnunet("nnunet_residual", {**_THICK, "blocks": [1, 2, 3]}, _VOLUMES, _RESIDUAL, deep_supervision=False),
)

CONTRACTS = dict.fromkeys(("nnunet_plain", "nnunet_residual"), "H, W = 0 mod 32; H*W/1024 >= 2")
