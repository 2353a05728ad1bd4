"""The classes of torch.nn, one by one: an op, or why there is none."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from skipgraph.ops.catalog import CATALOG

_LOSS = "a loss: it is part of the training, not of the network"
_CONTAINER = "a container: `layers`, blocks and `repeat` say what it holds"
_BASE = "a base class of layers"
_UNMADE = "a tensor without a shape, of a lazy class: sizes are inferred"

_ELSEWHERE = {
    _LOSS: "AdaptiveLogSoftmaxWithLoss BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss "
    "GaussianNLLLoss HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss LinearCrossEntropyLoss LinearCrossEntropyOptions "
    "MSELoss MarginRankingLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss NLLLoss2d "
    "PoissonNLLLoss SmoothL1Loss SoftMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss",
    _CONTAINER: "Container ModuleDict ModuleList ParameterDict ParameterList Sequential",
    _BASE: "Module RNNBase RNNCellBase",
    _UNMADE: "UninitializedBuffer UninitializedParameter",
    "it wraps a network: wrap what `build` gives": "DataParallel",
}
_LAZY = (
    "BatchNorm1d BatchNorm2d BatchNorm3d Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d "
    "InstanceNorm1d InstanceNorm2d InstanceNorm3d Linear"
)

NO_OPS = {name: reason for reason, names in _ELSEWHERE.items() for name in names.split()} | {
    f"Lazy{name}": f"write `{name}`: input sizes are inferred" for name in _LAZY.split()
}
"""The classes of torch.nn that are no ops, and why. A test holds them to the torch that is installed."""

TENSORS = ("Parameter", "Buffer")
"""Ops that torch.nn has as tensors, not as layers."""


def layers() -> list[str]:
    """The ops that are classes of torch.nn."""
    return [name for name, op in CATALOG.items() if op.is_module or name in TENSORS]


def coverage() -> str:
    """Every class of torch.nn: those that are ops, and why the others are not."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    ops = sorted(layers())
    yield f"{len(ops) + len(NO_OPS)} classes of torch.nn: {len(ops)} are ops, {len(NO_OPS)} are not"
    yield f"\nOps ({len(ops)})"
    yield from _wrapped(ops)
    lazy = " ".join(name for name in NO_OPS if name.startswith("Lazy"))
    for reason, names in {
        **_ELSEWHERE,
        "a lazy class: input sizes are inferred, so it is the class without `Lazy`": lazy,
    }.items():
        yield f"\n{reason[0].upper()}{reason[1:]} ({len(names.split())})"
        yield from _wrapped(names.split())


def _wrapped(names: list[str]) -> list[str]:
    return textwrap.wrap(" ".join(names), 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
