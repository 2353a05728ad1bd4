"""Networks over sequences of samples."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from torch import Tensor, nn

from reference.case import Case
from reference.handwritten import audio


def _wavenet() -> nn.Module:
    with warnings.catch_warnings():
        # torch's weight norm of old, whose keys published checkpoints have
        warnings.simplefilter("ignore", FutureWarning)
        module: nn.Module = import_module("wavenet_vocoder").WaveNet(
            out_channels=16,
            layers=6,
            stacks=2,
            residual_channels=8,
            gate_channels=12,
            skip_out_channels=10,
            dropout=0.05,
            legacy=False,
        )
    for each in module.modules():
        # they clear what only sampling step by step fills, and torch warns of their kind
        each._backward_hooks.clear()
    return module


def _wavenet_code() -> Sequence[Any]:
    wavenet, modules = (import_module(f"wavenet_vocoder.{name}") for name in ("wavenet", "modules"))
    return (
        wavenet.WaveNet.__init__,
        wavenet.WaveNet.forward,
        modules.ResidualConv1dGLU,
        modules.Conv1d,
        modules.Conv1d1x1,
    )


def _weight_norm_of_old(state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """`parametrizations.weight.original0` and 1 are `weight_g` and `weight_v`."""
    return {
        re.sub(r"parametrizations\.weight\.original([01])", lambda found: f"weight_{'gv'[int(found[1])]}", key): value
        for key, value in state.items()
    }


CASES = (
    Case(
        "wavenet",
        _wavenet,
        (((1, 16, 40),), ((1, 16, 40),), ((2, 16, 17),)),
        {"channels": 16, "layers": 6, "stacks": 2, "residual": 8, "gate": 12, "skip": 10},
        rename=_weight_norm_of_old,
        idle=("conv_layers.5.conv1x1_out.*",),
        code=_wavenet_code,
    ),
    Case(
        "tcn",
        lambda: audio.TCN([6, 6, 8], 3, 0.2),
        (((1, 1, 30),), ((1, 1, 30),), ((2, 1, 21),)),
        {"widths": [6, 6, 8], "kernel": 3, "dropout": 0.2},
        by_order=True,
        package=False,
        code=lambda: (audio.TemporalBlock, audio.TCN),
    ),
)

CONTRACTS = {"tcn": "any size", "wavenet": "any size"}
