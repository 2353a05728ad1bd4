"""Peak memory of a forward without gradients: the built U-Net, which lets go of what it has read, and the one by hand.

Counted are the bytes of every tensor that is alive beside weights and input: exactly, and the same on any machine.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from benchmarks.running import unet

BASE = 64
SIDE = 256


def run(rounds: int) -> None:
    """Print the peaks, in MiB. They do not vary, so that one round is enough."""
    built, printed, hand = (model.eval() for model in unet(BASE))
    x = torch.randn(1, 3, SIDE, SIDE)
    by_hand = peak(hand, x)
    print(f"peak memory of a forward without gradients, U-Net of {BASE} channels, 1x3x{SIDE}x{SIDE}, MiB")
    for name, model in (("built", built), ("printed source", printed), ("by hand, x1 .. x4 kept", hand)):
        bytes = peak(model, x)
        print(f"{name:<30} {bytes / 2**20:7.1f}   {bytes / by_hand:.3f}")


def peak(model: nn.Module, x: Tensor) -> int:
    """The most bytes that were alive at once, of tensors that the forward made."""
    with torch.no_grad(), Alive() as alive:
        model(x)
    most: int = alive.peak
    return most


class Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the storages that ops make, until Python and torch have let go of them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now: int = 0
        self.peak: int = 0
        self.known: dict[int, int] = {}
        """The bytes of each storage that is alive, by where it lies."""

    def __torch_dispatch__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), options: Mapping[str, Any] | None = None
    ) -> Any:
        given = {
            leaf.untyped_storage()._cdata for leaf in tree_leaves((arguments, options)) if isinstance(leaf, Tensor)
        }
        result = function(*arguments, **(options or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self.add(leaf.untyped_storage(), given)
        self.peak = max(self.peak, self.now)
        return result

    def add(self, storage: torch.UntypedStorage, given: set[int]) -> None:
        """Count a storage that an op returned, unless it came in with its arguments."""
        place = storage._cdata
        if place in given or place in self.known:
            return
        self.known[place] = storage.nbytes()
        self.now += storage.nbytes()
        weakref.finalize(storage, self.drop, place)

    def drop(self, place: int) -> None:
        """A storage is gone."""
        self.now -= self.known.pop(place)
