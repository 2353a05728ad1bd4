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


_PADS = {"ReflectionPad2d": "reflect", "ReplicationPad2d": "replicate"}


def _resnet(blocks: int, norm: str, dropout: bool, pad: str = "ReflectionPad2d") -> Case:
    def make() -> nn.Module:
        networks = pix2pix_networks()
        norms = networks.get_norm_layer("batch" if norm == "BatchNorm2d" else "instance")
        module: nn.Module = networks.ResnetGenerator(3, 2, 4, norms, dropout, blocks, _PADS[pad])
        return module

    settings = {"output_nc": 2, "ngf": 4, "n_blocks": blocks, "norm": norm, "use_dropout": dropout, "pad": pad}
    return Case(
        "cyclegan_resnet9",
        make,
        images((32, 32), (20, 28)),
        settings,
        code=lambda: (pix2pix_networks().ResnetGenerator, pix2pix_networks().ResnetBlock),
    )


def _patchgan(layers: int, norm: str) -> Case:
    def make() -> nn.Module:
        networks = pix2pix_networks()
        norms = networks.get_norm_layer("batch" if norm == "BatchNorm2d" else "instance")
        module: nn.Module = networks.NLayerDiscriminator(6, 4, layers, norms)
        return module

    return Case(
        "patchgan",
        make,
        images((64, 64), (96, 65), channels=6),
        {"input_nc": 6, "ndf": 4, "n_layers": layers, "norm": norm},
        code=lambda: (pix2pix_networks().NLayerDiscriminator,),
    )


CASES = (
    _resnet(9, "InstanceNorm2d", False),
    _resnet(6, "BatchNorm2d", True),
    _resnet(6, "InstanceNorm2d", False, "ReplicationPad2d"),
    _patchgan(3, "BatchNorm2d"),
    _patchgan(4, "InstanceNorm2d"),
    _pix2pix(7, "BatchNorm2d", False),
    _pix2pix(7, "InstanceNorm2d", True),
    _pix2pix(8, "BatchNorm2d", True),
)

CONTRACTS = {
    "cyclegan_resnet9": "H, W at least 5",
    "patchgan": "H, W at least 24",
    "pix2pix_unet": "H, W = 0 or 1 mod 256, at least 256",
}
