"""A spec, what it is compared with, and on which inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference.comparing import Renaming, copy_weights, differences, perturb
from skipgraph.api import load
from skipgraph.emit import to_module
from skipgraph.graph import Network

SPECS = Path(__file__).parents[2] / "specs"

Shape = tuple[int, ...]
Shapes = tuple[Shape, ...]


@dataclass(frozen=True)
class Case:
    """A spec under some parameters, its reference, and shapes of three inputs or more: two sizes, one a batch."""

    spec: str
    reference: Callable[[], nn.Module]
    examples: tuple[Shapes, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    by_order: bool = False
    """Whether weights go over in the order in which both modules have them, else by key."""
    rename: Renaming | None = None
    """Our state_dict as the reference's, where a published one holds keys twice or never reads some."""
    package: bool = True
    """Whether the reference is a package of the extra `reference`; else it is by hand."""
    idle: tuple[str, ...] = ()
    """Our weights on which no output hangs: patterns of `fnmatch`, each of which must match one."""
    whole: int = 100
    """Inputs of whole numbers are below it."""
    code: Callable[[], Sequence[Any]] = tuple
    """The classes and functions that are the reference's own Python, to compare lengths."""

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
                made.append(torch.randint(0, self.whole, shape, generator=numbers))
            else:
                made.append(torch.randn(shape, generator=numbers))
        return tuple(made)

    def modules(self) -> tuple[nn.Module, nn.Module]:
        """Our module and the reference, with the same weights, none where it started."""
        ours, theirs = to_module(self.network()), self.reference()
        perturb(ours, self.inputs(len(self.examples) - 1))
        copy_weights(ours, theirs, by_order=self.by_order, rename=self.rename)
        return ours, theirs

    def differences(
        self, ours: nn.Module, theirs: nn.Module, inputs: Sequence[Tensor], *, train: bool = False
    ) -> list[str]:
        """What is not the same to the bit, weights paired as here."""
        return differences(ours, theirs, inputs, train=train, by_order=self.by_order, rename=self.rename)


@dataclass(frozen=True)
class Relative:
    """A spec under other parameters, and a published network whose keys and shapes it has: never run, so large ones."""

    spec: str
    reference: Callable[[], nn.Module]
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        return "_".join([self.spec, *(f"{name}_{value}" for name, value in self.settings.items())])


def network_at(spec: str, **settings: Any) -> Network:
    """The network of a spec of the zoo, in which nothing is found."""
    return load(SPECS / f"{spec}.yaml", strict=True, **settings)


def images(*sizes: Shape, channels: int = 3) -> tuple[Shapes, ...]:
    """Two single images of one size, then the other sizes as batches of two."""
    first, *others = sizes
    return (
        ((1, channels, *first),),
        ((1, channels, *first),),
        *(((2, channels, *size),) for size in others),
    )
