"""Generators and discriminators."""

from __future__ import annotations

from torch import nn

from reference.case import Case, images
from reference.packages import pix2pix_networks


def _pix2pix(downs: int, norm: str, dropout: bool) -> Case:
    def make() -> nn.Module:
        networks = pix2pix_networks()
        norms = networks.get_norm_layer("batch" if norm == "BatchNorm2d" else "instance")
        module: nn.Module = networks.UnetGenerator(3, 3, downs, 8, norm_layer=norms, use_dropout=dropout)
        return module

    size = 2**downs
    # instance norm refuses maps of one place, so that the deepest one has two
    examples = images((2 * size, size), (size, 2 * size))
    settings = {"num_downs": downs, "ngf": 8, "norm": norm, "use_dropout": dropout}
    return Case(
        "pix2pix_unet",
        make,
        examples,
        settings,
        code=lambda: (pix2pix_networks().UnetGenerator, pix2pix_networks().UnetSkipConnectionBlock),
    )


CASES = (
    _pix2pix(7, "BatchNorm2d", False),
    _pix2pix(7, "InstanceNorm2d", True),
    _pix2pix(8, "BatchNorm2d", True),
)

CONTRACTS = {"pix2pix_unet": "H, W = 0 or 1 mod 256, at least 256"}
