"""The zoo: how long each spec takes to check, and built networks against the packages' own.

The second part needs the packages that `python tests/reference/install.py` installs.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

import torch
from torch import nn

from benchmarks.measure import compare, shown, title
from skipgraph import check

ROOT = Path(__file__).parents[1]
AGAINST = (
    "resnet",
    "densenet",
    "mobilenet_v3",
    "efficientnet",
    "convnext",
    "vit",
    "unetpp",
    "yolov8n",
    "hourglass",
    "esrgan",
)
"""Specs of different kinds; each in the smallest of its cases that has a package, at that case's own sizes."""


def run(rounds: int) -> None:
    """Print the rows."""
    checks(rounds)
    print()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    networks(rounds)
    torch.set_num_threads(threads)


def checks(rounds: int) -> None:
    """The time that each spec takes in a process that has checked others before."""
    files = sorted((ROOT / "specs").glob("*.yaml"))
    for file in files:
        assert not len(check(file)), file
    print("`check` of each spec of the zoo, in one process")
    total = 0.0
    for file in files:
        times = []
        for _ in range(rounds):
            start = process_time()
            check(file)
            times.append(process_time() - start)
        total += median(times)
        print(f"{file.stem:<30} {shown(median(times)):>10}")
    print(f"{'all':<30} {shown(total):>10}   {shown(total / len(files))} each")


def networks(rounds: int) -> None:
    """Forward, and forward with backward, of built networks and the packages' own."""
    sys.path.insert(0, str(ROOT / "tests"))
    from reference.cases import CASES
    from reference.packages import torchvision_models

    torchvision_models()
    title("built : the package's own", "at most 1.02")
    for spec in AGAINST:
        case = next(case for case in CASES if case.spec == spec and case.package)
        ours, theirs = case.modules()
        inputs = case.inputs(len(case.examples) - 1)
        assert case.differences(ours, theirs, inputs) == [], spec
        both = compare(partial(train, ours, inputs), partial(train, theirs, inputs), rounds, process_time)
        for model in (ours, theirs):
            model.eval()
        with torch.no_grad():
            forward = compare(partial(ours, *inputs), partial(theirs, *inputs), 2 * rounds, process_time)
        sizes = ", ".join("x".join(map(str, each.shape)) for each in inputs)
        print(forward.row(f"{case}, {sizes}"[:50]))
        print(both.row("    and backward"))


def train(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """A forward and its backward."""
    from reference.comparing import tensors

    outputs = list(tensors(model(*inputs)))
    torch.autograd.backward(torch.stack([each.sum() for each in outputs]).sum())
