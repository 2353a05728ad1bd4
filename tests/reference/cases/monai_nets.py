"""Networks for volumes and images: MONAI's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from torch import nn

from reference.case import Case, images


def _made(module: str, name: str, **options: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        network: nn.Module = getattr(import_module(f"monai.networks.nets.{module}"), name)(**options)
        return network

    return make


def _code(*places: str) -> Callable[[], Sequence[Any]]:
    """Classes by their places."""

    def find() -> Sequence[Any]:
        parts = (place.rpartition(".") for place in places)
        return [getattr(import_module(f"monai.networks.{module}"), name) for module, _, name in parts]

    return find


_BLOCKS = ("blocks.convolutions.Convolution", "blocks.acti_norm.ADN")


def _attention(dims: int, dropout: float, *sizes: tuple[int, ...]) -> Case:
    widths, strides = [8, 10, 12, 16], [2, 1, 2]
    return Case(
        "attention_unet",
        _made(
            "attentionunet",
            "AttentionUnet",
            spatial_dims=dims,
            in_channels=1,
            out_channels=3,
            channels=widths,
            strides=strides,
            dropout=dropout,
        ),
        images(*sizes, channels=1),
        {"dims": dims, "widths": widths, "strides": strides, "classes": 3, "dropout": dropout},
        code=_code(
            *(
                f"nets.attentionunet.{name}"
                for name in ("AttentionUnet", "AttentionLayer", "AttentionBlock", "UpConv", "ConvBlock")
            ),
            *_BLOCKS,
        ),
    )


def _basic(dims: int, *sizes: tuple[int, ...]) -> Case:
    features = [6, 8, 10, 12, 14, 7]
    return Case(
        "basic_unet",
        _made("basic_unet", "BasicUNet", spatial_dims=dims, out_channels=3, features=features),
        images(*sizes, channels=1),
        {"dims": dims, "features": features, "classes": 3},
        code=_code(
            *(f"nets.basic_unet.{name}" for name in ("BasicUNet", "TwoConv", "Down", "UpCat")),
            "blocks.upsample.UpSample",
            *_BLOCKS,
        ),
    )


def _vnet(dims: int, *sizes: tuple[int, ...]) -> Case:
    def make() -> nn.Module:
        network = _made("vnet", "VNet", spatial_dims=dims, out_channels=3)()
        if dims == 2:
            # it takes Dropout3d for images too, which then drops images, not channels
            for name, module in list(network.named_modules()):
                if isinstance(module, nn.Dropout3d):
                    network.set_submodule(name, nn.Dropout2d(module.p))
        return network

    return Case(
        "vnet",
        make,
        images(*sizes, channels=1),
        {"dims": dims, "classes": 3},
        code=_code(
            *(
                f"nets.vnet.{name}"
                for name in (
                    "VNet",
                    "InputTransition",
                    "DownTransition",
                    "UpTransition",
                    "OutputTransition",
                    "LUConv",
                    "_make_nconv",
                    "get_acti_layer",
                )
            ),
            *_BLOCKS,
        ),
    )


CASES = (
    _attention(2, 0.0, (24, 16), (16, 32)),
    _attention(3, 0.3, (8, 4, 8), (4, 8, 8)),
    _basic(2, (39, 32), (18, 53)),
    _basic(3, (16, 17, 32), (16, 35, 16)),
    _vnet(2, (32, 16), (16, 48)),
    _vnet(3, (16, 16, 16), (16, 16, 16)),
)

CONTRACTS = {
    "attention_unet": "D, H, W = 0 mod 16",
    "basic_unet": "D, H, W at least 16; (D/16)*(H/16)*(W/16) >= 2",
    "vnet": "D, H, W = 0 mod 16",
}
