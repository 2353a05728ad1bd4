"""Networks for segmentation that are written by hand here."""

from __future__ import annotations

from reference.case import Case, images
from reference.handwritten import segmentation


def _padded(bilinear: bool) -> Case:
    return Case(
        "unet_padded",
        lambda: segmentation.PaddedUNet(3, bilinear, 8),
        images((40, 33), (37, 31)),
        {"base": 8, "classes": 3, "bilinear": bilinear},
        package=False,
        code=lambda: (
            segmentation.DoubleConv,
            segmentation.Down,
            segmentation.Up,
            segmentation.Head,
            segmentation.PaddedUNet,
        ),
    )


CASES = (
    _padded(bilinear=False),
    _padded(bilinear=True),
    Case(
        "unet3plus",
        lambda: segmentation.UNet3Plus(8, 6, 2),
        images((48, 32), (32, 16)),
        {"base": 8, "width": 6, "classes": 2},
        package=False,
        code=lambda: (segmentation.conv_norm, segmentation.UNet3Plus),
    ),
)

CONTRACTS = {"unet3plus": "H, W = 0 mod 16", "unet_padded": "H, W at least 16"}
