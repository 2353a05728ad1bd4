"""Built networks against hand-written ones and against their own printed source: the same weights, the same results.

At usual sizes convolutions take the time, and the ratio should be 1. At one pixel the Python around them does.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import handwritten
from benchmarks.measure import compare, title
from skipgraph import build, source

SPECS = Path(__file__).parents[1] / "specs"
CALLS, SMALL = 5, 8
"""Passes that take a millisecond: so many in one sample, so many times the samples."""

BASE = 16
"""Channels of the U-Net's first level at a usual size: a quarter, so that a pass takes less than a second on a CPU."""


Models = tuple[nn.Module, nn.Module, nn.Module]
"""One network: built, its printed source, by hand."""


def run(rounds: int) -> None:
    """Print the rows."""
    torch.manual_seed(0)
    # one thread and its own clock: what else the machine does moves these ratios least
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    title("built : by hand, usual sizes", "within 2 %")
    for name, models, shape in (
        (f"U-Net of {BASE} channels, 1x3x256x256", unet(BASE), (1, 3, 256, 256)),
        ("ResNet-50, 1x3x224x224", resnet50(64), (1, 3, 224, 224)),
    ):
        built, _, hand = models
        rows(name, built, hand, shape, rounds)
    small = (
        ("U-Net of 1 channel, 1x3x16x16", unet(1), (1, 3, 16, 16)),
        ("ResNet-50 of 1 channel, 1x3x1x1", resnet50(1), (1, 3, 1, 1)),
    )
    print()
    title("built : by hand, nothing but overhead", "at most 1")
    for name, (built, _, hand), shape in small:
        rows(name, built, hand, shape, SMALL * rounds, calls=CALLS)
    print()
    title("built : its printed source, nothing but overhead", "at most 1")
    for name, (built, printed, _), shape in small:
        rows(name, built, printed, shape, SMALL * rounds, calls=CALLS)
    torch.set_num_threads(threads)


def rows(name: str, one: nn.Module, other: nn.Module, shape: tuple[int, ...], rounds: int, calls: int = 1) -> None:
    """Print how a forward compares, and a forward with its backward, after seeing that the results are equal."""
    x = torch.randn(shape)
    # batch norm refuses to train on one value a channel
    models = [model.train(calls == 1) for model in (one, other)]
    assert torch.equal(result(one, x), result(other, x)), name
    both = compare(partial(train, one, x), partial(train, other, x), rounds, process_time, calls)
    for model in models:
        model.eval()
    with torch.no_grad():
        forward = compare(partial(one, x), partial(other, x), rounds, process_time, calls)
    print(forward.row(f"{name}, forward"))
    print(both.row(f"{name}, and backward"))


def train(model: nn.Module, x: Tensor) -> None:
    """A forward and its backward."""
    torch.autograd.backward(result(model, x).sum())


def result(model: nn.Module, x: Tensor) -> Tensor:
    """The one tensor that a model returns."""
    out = model(x)
    tensor: Tensor = out["logits"] if isinstance(out, dict) else out
    return tensor


def unet(base: int) -> Models:
    """The U-Net with so many channels in its first level."""
    return alike(SPECS / "unet.yaml", handwritten.UNet(base), base=base)


def resnet50(base: int) -> Models:
    """ResNet-50, whose first stage has so many planes."""
    text = (SPECS / "resnet.yaml").read_text()
    text = text.replace("64 * 2**i", f"{base} * 2**i").replace("out_channels: 64", f"out_channels: {base}")
    return alike(text, handwritten.ResNet50(base), depth=50)


def alike(spec: str | Path, hand: nn.Module, **params: Any) -> Models:
    """A spec built, printed and run, and the module by hand, with the same weights."""
    built = build(spec, **params)
    names: dict[str, Any] = {"__name__": "printed"}
    exec(source(spec, **params), names)
    printed: nn.Module = names[type(built).__name__]()
    for model in (built, printed):
        model.load_state_dict(hand.state_dict())
    return built, printed, hand
