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
)

CONTRACTS = {"dncnn": "any size", "esrgan": "any size", "nafnet": "any size"}
