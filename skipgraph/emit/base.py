"""What the classes of built networks are made from: they pickle as the program that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex

from torch import Tensor, nn

if TYPE_CHECKING:
    from skipgraph.emit.module import Classes


class Generated(nn.Module):
    """A module whose class comes from a spec."""

    # underscored, so that no step's name can hide them
    _skipgraph_classes: ClassVar[Classes]
    _skipgraph_place: ClassVar[str]
    """What the program calls the class."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        from skipgraph.emit.module import restored

        reduced = super().__reduce_ex__(2)
        return restored, (self._skipgraph_classes.program, self._skipgraph_place), *tuple(reduced)[2:]


class SpecModule(Generated):
    """A whole network that was made from a spec."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        restore, program, *state = super().__reduce_ex__(protocol)
        return restore, (*program, self._skipgraph_classes.picture), *state

    def _repr_svg_(self) -> str | None:
        return self._skipgraph_classes.picture.svg


class WithFeatures(SpecModule):
    """A network none of whose own children is called `features`."""

    def features(self, *inputs: Tensor | str, **named: Tensor) -> dict[str, Tensor]:
        """Values inside the network, by name: `model.features(image, "enc1", "enc2.relu_0", "skip1")`.

        The network runs as far as it must. A skip's name gives what it was merged into. Hooks of blocks that are
        looked into do not run.
        """
        from skipgraph.emit.values import features

        return features(self, *inputs, **named)


class Block(Generated):
    """A block of a spec."""


class Chain(Generated, nn.Sequential):
    """Children that run one after another, each at its own line of the spec."""


class ChainNetwork(WithFeatures, Chain):
    """A whole network whose children run one after another."""
