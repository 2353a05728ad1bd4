"""Every spec, what it is compared with, and on which inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference import handwritten, packages
from skipgraph.api import load
from skipgraph.emit import to_module
from skipgraph.graph import Network

SPECS = Path(__file__).parents[2] / "specs"

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A spec under some parameters, its reference, and the shapes of two inputs or more, of two sizes, one a batch."""

    spec: str
    reference: Callable[[], nn.Module]
    examples: tuple[tuple[Shape, ...], ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    by_order: bool = True
    """Whether weights go over in order; else by key, and the keys are the reference's own."""
    package: bool = False
    """Whether the reference is a package of the extra `reference`."""

    def __str__(self) -> str:
        shown = "_".join(f"{name}_{value}" for name, value in self.settings.items())
        return self.spec + (f"-{shown}" if shown else "") + ("-package" if self.package else "")

    def network(self) -> Network:
        return network_at(self.spec, **self.settings)

    def inputs(self, number: int, seed: int = 1) -> tuple[Tensor, ...]:
        """Inputs of one of the examples; whole numbers for an input that takes them."""
        numbers = torch.Generator().manual_seed(seed + number)
        ports = self.network().graph.inputs
        made = []
        for port, shape in zip(ports, self.examples[number], strict=True):
            if port.type.dtype == "int64":
                made.append(torch.randint(0, 100, shape, generator=numbers))
            else:
                made.append(torch.randn(shape, generator=numbers))
        return tuple(made)

    def modules(self) -> tuple[nn.Module, nn.Module]:
        """Our module and the reference, with the same weights, none where it started."""
        from reference.comparing import copy_weights, perturb

        ours, theirs = to_module(self.network()), self.reference()
        perturb(ours, self.inputs(len(self.examples) - 1))
        copy_weights(ours, theirs, by_order=self.by_order)
        return ours, theirs


def network_at(spec: str, **settings: Any) -> Network:
    """The network of a spec of the zoo, in which nothing is found."""
    return load(SPECS / f"{spec}.yaml", strict=True, **settings)


def _images(*sizes: Shape, channels: int = 3) -> tuple[tuple[Shape, ...], ...]:
    """Two single images of one size, then the other sizes as batches of two."""
    first, *others = sizes
    return (
        ((1, channels, *first),),
        ((1, channels, *first),),
        *(((2, channels, *size),) for size in others),
    )


def _published(name: str, **options: Any) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        module: nn.Module = getattr(packages.torchvision_models(), name)(**options)
        return module

    return make


def _pix2pix(downs: int, norm: str, dropout: bool) -> Case:
    def make() -> nn.Module:
        networks = packages.pix2pix_networks()
        norms = networks.get_norm_layer("batch" if norm == "BatchNorm2d" else "instance")
        module: nn.Module = networks.UnetGenerator(3, 3, downs, 8, norm_layer=norms, use_dropout=dropout)
        return module

    size = 2**downs
    # instance norm refuses maps of one place, so that the deepest one has two
    examples = _images((2 * size, size), (size, 2 * size))
    settings = {"num_downs": downs, "ngf": 8, "norm": norm, "use_dropout": dropout}
    return Case("pix2pix_unet", make, examples, settings, by_order=False, package=True)


def _unet2d() -> nn.Module:
    module: nn.Module = packages.unet_module().UNet2D(out_channels_first_layer=4, padding=0)
    return module


def _resnet(name: str, spec: str = "resnet", **settings: Any) -> Case:
    examples = _images((64, 64), (65, 33))
    return Case(spec, _published(name, weights=None), examples, settings, by_order=False, package=True)


CASES = (
    Case("skip_autoencoder", handwritten.SkipAutoencoder, _images((64, 64), (32, 49))),
    Case("unet", lambda: handwritten.UNet(8), _images((64, 64), (32, 48)), {"base": 8}),
    Case("unet", lambda: handwritten.UNet(4, 2, 5), _images((16, 16), (8, 12)), {"base": 4, "depth": 2, "classes": 5}),
    Case(
        "unet_2015",
        lambda: handwritten.UNet2015(8, 2),
        _images((44, 44), (48, 60), channels=1),
        {"base": 8, "depth": 2},
    ),
    Case("inception", handwritten.GoogLeNet, _images((64, 64), (65, 33))),
    Case(
        "siamese",
        lambda: handwritten.Siamese(32),
        (((1, 1, 105, 105), (1, 1, 105, 105)), ((1, 1, 105, 105), (1, 1, 105, 105)), ((2, 1, 105, 105),) * 2),
        {"features": 32},
    ),
    Case(
        "time_unet",
        lambda: handwritten.TimeUNet(8),
        (((1, 3, 16, 16), (1,)), ((1, 3, 16, 16), (1,)), ((2, 3, 24, 8), (2,))),
        {"base": 8},
    ),
    _pix2pix(7, "BatchNorm2d", False),
    _pix2pix(7, "InstanceNorm2d", True),
    _pix2pix(8, "BatchNorm2d", True),
    Case(
        "unet_2015",
        _unet2d,
        _images((188, 188), (204, 188), channels=1),
        {"base": 4, "halve": False},
        package=True,
    ),
    Case(
        "inception",
        _published("googlenet", weights=None, aux_logits=False, init_weights=False),
        _images((64, 64), (65, 33)),
        {"kernel": 3},
        by_order=False,
        package=True,
    ),
    _resnet("resnet18", spec="resnet18"),
    _resnet("resnet50", spec="resnet50"),
    _resnet("resnet18"),
    _resnet("resnet34", depth=34),
    _resnet("resnet50", depth=50),
    _resnet("resnext50_32x4d", depth=50, groups=32, width_per_group=4),
)
"""Every spec of the zoo is here at least once."""
