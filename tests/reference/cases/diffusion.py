"""Networks that denoise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any

from torch import nn

from reference.case import Case
from reference.packages import torchvision_models


def _diffusers(file: str) -> Any:
    # diffusers imports torchvision
    torchvision_models()
    return import_module(f"diffusers.models.{file}")


def _ddpm(widths: list[int], attend: list[int], layers: int, head_dim: int | None, dropout: float) -> Case:
    def make() -> nn.Module:
        levels = range(len(widths))
        module: nn.Module = _diffusers("unets.unet_2d").UNet2DModel(
            block_out_channels=widths,
            down_block_types=[f"{'Attn' if i in attend else ''}DownBlock2D" for i in levels],
            up_block_types=[f"{'Attn' if i in attend else ''}UpBlock2D" for i in reversed(levels)],
            layers_per_block=layers,
            attention_head_dim=head_dim,
            dropout=dropout,
            norm_num_groups=4,
            norm_eps=1e-6,
            downsample_padding=0,
            flip_sin_to_cos=False,
            freq_shift=1,
        )
        for block in module.modules():
            if isinstance(block, _diffusers("resnet").ResnetBlock2D):
                # in training its forward copies what the shortcut reads to another layout, where torch rounds otherwise
                block.training = False
                block.train = partial(_train_children, block)
        return module

    size = 2 ** len(widths)
    shapes = ((1, 3, size, 2 * size), (1,))
    settings = {
        "widths": widths,
        "attend": attend,
        "layers": layers,
        "head_dim": head_dim,
        "dropout": dropout,
        "groups": 4,
    }
    return Case(
        "ddpm_unet", make, (shapes, shapes, ((2, 3, 2 * size, size), (2,))), settings, whole=1000, code=_ddpm_code
    )


def _train_children(block: nn.Module, mode: bool = True) -> nn.Module:
    for child in block.children():
        child.train(mode)
    return block


def _ddpm_code() -> Sequence[Any]:
    models = {
        "unets.unet_2d": ("UNet2DModel",),
        "unets.unet_2d_blocks": ("DownBlock2D", "AttnDownBlock2D", "UNetMidBlock2D", "UpBlock2D", "AttnUpBlock2D"),
        "resnet": ("ResnetBlock2D",),
        "downsampling": ("Downsample2D",),
        "upsampling": ("Upsample2D",),
        "embeddings": ("get_timestep_embedding", "Timesteps", "TimestepEmbedding"),
        "attention_processor": ("Attention", "AttnProcessor2_0"),
    }
    return [getattr(_diffusers(file), name) for file, names in models.items() for name in names]


CASES = (
    _ddpm([8, 16, 16], [1], 2, None, 0.0),
    _ddpm([8, 16], [0, 1], 1, 4, 0.1),
)

CONTRACTS = {"ddpm_unet": "H, W = 0 mod 8"}
