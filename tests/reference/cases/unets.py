"""U-Nets and autoencoders."""

from __future__ import annotations

from importlib import import_module

from torch import nn

from reference.case import Case, images
from reference.handwritten import autoencoders, unets


def _unet2d() -> nn.Module:
    module: nn.Module = import_module("unet").UNet2D(out_channels_first_layer=4, padding=0)
    return module


CASES = (
    Case(
        "skip_autoencoder",
        autoencoders.SkipAutoencoder,
        images((64, 64), (32, 49)),
        by_order=True,
        package=False,
        code=lambda: (autoencoders.SkipAutoencoder,),
    ),
    Case(
        "unet",
        lambda: unets.UNet(8),
        images((64, 64), (32, 48)),
        {"base": 8},
        by_order=True,
        package=False,
        code=lambda: (unets.padded, unets.UNet),
    ),
    Case(
        "unet",
        lambda: unets.UNet(4, 2, 5),
        images((16, 16), (8, 12)),
        {"base": 4, "depth": 2, "classes": 5},
        by_order=True,
        package=False,
    ),
    Case(
        "unet_2015",
        lambda: unets.UNet2015(8, 2),
        images((44, 44), (48, 60), channels=1),
        {"base": 8, "depth": 2},
        by_order=True,
        package=False,
    ),
    Case(
        "unet_2015",
        _unet2d,
        images((188, 188), (204, 188), channels=1),
        {"base": 4, "halve": False},
        by_order=True,
        code=lambda: [
            getattr(import_module(f"unet.{module}"), name)
            for module, name in (
                ("unet", "UNet"),
                ("unet", "UNet2D"),
                ("encoding", "Encoder"),
                ("encoding", "EncodingBlock"),
                ("decoding", "Decoder"),
                ("decoding", "DecodingBlock"),
                ("conv", "ConvolutionalBlock"),
            )
        ],
    ),
    Case(
        "time_unet",
        lambda: unets.TimeUNet(8),
        (((1, 3, 16, 16), (1,)), ((1, 3, 16, 16), (1,)), ((2, 3, 24, 8), (2,))),
        {"base": 8},
        by_order=True,
        package=False,
        code=lambda: (unets.Film, unets.TimeUNet),
    ),
)

CONTRACTS = {
    "skip_autoencoder": "H, W = 0 or 1 mod 16, at least 16",
    "time_unet": "H, W = 0 mod 8",
    "unet": "H, W = 0 mod 16",
    "unet_2015": "H, W = 12 mod 16, at least 188",
}
"""Strides multiplied, and for the U-Net of 2015 the paper's tiling."""
