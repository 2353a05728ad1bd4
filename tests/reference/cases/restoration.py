"""Networks that give a better image: less noise, more pixels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from torch import Tensor, nn

from reference.case import Case, images
from reference.packages import torchvision_models


def _arch(name: str) -> Any:
    # spandrel imports torchvision
    torchvision_models()
    return import_module(f"spandrel.architectures.{name}")


def _dncnn(norm: bool, **settings: Any) -> Case:
    def make() -> nn.Module:
        channels = settings.get("channels", 1)
        module: nn.Module = _arch("DnCNN").DnCNN(
            in_nc=channels, out_nc=channels, nc=8, nb=settings["depth"], act_mode="BR" if norm else "R"
        )
        return module

    def code() -> Sequence[Any]:
        return _arch("DnCNN").DnCNN, *(
            _arch("__arch_helpers.dpir_basic_block").__dict__[n] for n in ("sequential", "conv")
        )

    settings = {"width": 8, "norm": norm, **settings}
    return Case("dncnn", make, images((16, 16), (17, 9), channels=settings.get("channels", 1)), settings, code=code)


def _esrgan(scale: int) -> Case:
    def make() -> nn.Module:
        module: nn.Module = _arch("ESRGAN.__arch.RRDB").RRDBNet(num_filters=8, num_blocks=2, scale=scale)
        return module

    def code() -> Sequence[Any]:
        block = _arch("__arch_helpers.block")
        return (
            _arch("ESRGAN.__arch.RRDB").RRDBNet,
            block.RRDB,
            block.ResidualDenseBlock_5C,
            block.ShortcutBlock,
            block.upconv_block,
            block.conv_block,
        )

    return Case("esrgan", make, images((12, 12), (9, 8)), {"width": 8, "count": 2, "scale": scale}, code=code)


def _nafnet() -> nn.Module:
    """NAFNet, whose norm torch derives: the derivative that its authors wrote by hand rounds otherwise."""
    naf = _arch("NAFNet.__arch.NAFNet_arch")
    module: nn.Module = naf.NAFNet(width=8, enc_blk_nums=[1, 2], middle_blk_num=2, dec_blk_nums=[2, 1])
    for each in module.modules():
        if isinstance(each, naf.LayerNorm2d):
            each.forward = partial(_normed, each)
    return module


def _normed(norm: Any, x: Tensor) -> Tensor:
    """What the published norm computes, line by line its own."""
    unsaved = SimpleNamespace(save_for_backward=lambda *_: None)
    out: Tensor = _arch("NAFNet.__arch.arch_util").LayerNormFunction.forward(
        unsaved, x, norm.weight, norm.bias, norm.eps
    )
    return out


def _nafnet_code() -> Sequence[Any]:
    naf = _arch("NAFNet.__arch.NAFNet_arch")
    return naf.NAFNet, naf.NAFBlock, naf.SimpleGate, naf.LayerNorm2d, _arch("NAFNet.__arch.arch_util").LayerNormFunction


def _super_image() -> Any:
    # super-image imports torchvision
    torchvision_models()
    return import_module("super_image")


def _edsr(scale: int, res_scale: float) -> Case:
    def make() -> nn.Module:
        package = _super_image()
        config = package.EdsrConfig(scale=scale, n_resblocks=2, n_feats=8, res_scale=res_scale)
        module: nn.Module = package.EdsrModel(config)
        return module

    def code() -> Sequence[Any]:
        edsr, shared = (
            import_module(f"super_image.{name}") for name in ("models.edsr.modeling_edsr", "modeling_utils")
        )
        return edsr.EdsrModel, edsr.ResBlock, shared.MeanShift, shared.Upsampler, shared.default_conv

    settings = {"width": 8, "count": 2, "scale": scale, "res_scale": res_scale}
    return Case("edsr", make, images((12, 12), (9, 8)), settings, idle=("sub_mean.*", "add_mean.*"), code=code)


def _rcan() -> nn.Module:
    package = _super_image()
    config = package.RcanConfig(scale=2, n_resgroups=2, n_resblocks=2, n_feats=16, reduction=2)
    module: nn.Module = package.RcanModel(config)
    return module


def _rcan_code() -> Sequence[Any]:
    rcan, shared = (import_module(f"super_image.{name}") for name in ("models.rcan.modeling_rcan", "modeling_utils"))
    parts = (rcan.RcanModel, rcan.ResidualGroup, rcan.RCAB, rcan.CALayer)
    return *parts, shared.MeanShift, shared.Upsampler, shared.default_conv


CASES = (
    _dncnn(True, depth=5),
    _dncnn(False, depth=4, channels=3),
    _esrgan(4),
    _esrgan(1),
    Case(
        "nafnet",
        _nafnet,
        images((16, 16), (17, 14)),
        {"width": 8, "enc": [1, 2], "middle": 2, "dec": [2, 1]},
        code=_nafnet_code,
    ),
    _edsr(4, 1.0),
    _edsr(3, 0.1),
    Case(
        "rcan",
        _rcan,
        images((12, 12), (9, 8)),
        {"width": 16, "groups": 2, "count": 2, "reduction": 2, "scale": 2},
        code=_rcan_code,
    ),
)

CONTRACTS = dict.fromkeys(("dncnn", "edsr", "esrgan", "nafnet", "rcan"), "any size")
