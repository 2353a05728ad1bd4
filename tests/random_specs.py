"""Random specs as plain data, drawn so that most of them check clean.

A spec is drawn step by step while torch's meta device says what each step gives, so that merges meet what fits. All
choices come from one `random.Random`: a seeded one for the long runs, hypothesis's for those that shrink.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch
import yaml
from hypothesis import strategies as st
from random_blocks import block, branches, conditional, dense, expected, loop, reuse, unet
from random_ops import (
    activation,
    adaptive,
    arranged,
    attend,
    conv,
    conv_norm_act,
    conv_transpose,
    crop,
    fit_like,
    gate,
    join,
    linear,
    norm,
    pad,
    parts,
    pool,
    recurrent,
    repeated,
    shapes,
    shuffle,
    slices,
    unary,
    unpooled,
    upsample,
    weights,
)
from random_scope import Data, Drawing, Scope, Shape, meta

from skipgraph.api import network_of
from skipgraph.diagnostics import Report, Source

BY_CHANCE = ("SG402", "SG403", "SG410")
"""Findings of sizes that meet for a few inputs only."""

ACTIONS = (
    *(conv, conv, conv_norm_act, conv_norm_act, activation, norm, pool, pool, block, block, block, join, join),
    *(conv_transpose, adaptive, upsample, shuffle, fit_like, pad, crop, parts, slices, gate, attend, weights, shapes),
    *(arranged, recurrent, unpooled),
    *(unary, repeated, loop, dense, unet, unet, branches, branches, conditional, reuse, reuse, expected, linear),
)


WINDOWS = (
    *(conv, conv, conv, pool, pool, pool, conv_transpose, conv_transpose, upsample, pad, crop, slices, shuffle),
    *(
        fit_like,
        fit_like,
        adaptive,
        expected,
        unet,
        unet,
        join,
        join,
        parts,
        gate,
        dense,
        repeated,
        reuse,
        shapes,
        attend,
    ),
)
"""What changes sizes, and what asks them to agree."""


def draw_spec(rng: Random, size: int = 8, actions: Sequence[Any] = ACTIONS) -> Data:
    """A random spec. `size`: about how many things it holds in its file's own steps."""
    drawing = Drawing(rng, actions=actions)
    spatial = rng.choice([1, 2, 2])
    shape = (2, rng.randint(1, 4), *(rng.randint(6, 20) for _ in range(spatial)))
    letters: list[Any] = ["N", shape[1], *({1: "L", 2: "HW"}[spatial])]
    if drawing.chance(0.15):
        letters[2:] = shape[2:]
    elif spatial == 2 and drawing.chance(0.15):
        letters[3] = shape[3]
    drawing.letters = letters
    ports = {"image": meta(*shape)}
    inputs: Data = {"image": letters}
    if drawing.chance(0.2):
        ports["other"] = meta(*shape)
        inputs["other"] = list(letters)
    if drawing.chance(0.15):
        ports["time"] = meta(2, dtype=torch.int64)
        inputs["time"] = {"shape": ["N"], "dtype": "int64"}
    spec: Data = {"skipgraph": 1, "name": "random"}
    if drawing.chance(0.1):
        spec["description"] = "A network that nobody needs."
    scope = Scope(drawing, ports, 0)
    if "time" in ports:
        width = rng.randint(1, 3)
        scope.add("Embedding", {"num_embeddings": 5, "embedding_dim": width}, "time", name="embedded", may_skip=False)
        scope.add("Linear", {"out_features": shape[1]}, may_skip=False)
        scope.add("Unflatten", {"dim": 1, "unflattened_size": [shape[1], *(1,) * spatial]}, name="told", may_skip=False)
        scope.add("Add", {}, ["image", "told"], may_skip=False)
    scope.grow(rng.randint(1, size))
    if not scope.layers:
        activation(scope)
    if drawing.chance(0.3) and scope.prev[1].ndim > 2:
        scope.add(f"AdaptiveAvgPool{scope.prev[1].ndim - 2}d", {"output_size": 1}, may_skip=False)
        scope.add("Flatten", {}, may_skip=False)
        scope.add("Linear", {"out_features": 3}, may_skip=False)
    ending: Data = {}
    scope.outputs(ending, block=False)
    if drawing.params:
        spec["params"] = drawing.params
    spec["inputs"] = inputs
    if drawing.blocks:
        spec["blocks"] = drawing.blocks
    if drawing.chance(0.1):
        spec["keys"] = "numbered"
    spec["layers"] = scope.layers
    if scope.skips:
        spec["skips"] = scope.skips
    sizes = [tuple(port.shape) for port in ports.values()]
    return {"spec": spec | ending, "sizes": sizes}


@dataclass(frozen=True)
class Drawn:
    """A spec as data, and sizes of its inputs for which it runs."""

    data: Data
    sizes: tuple[Shape, ...]

    @property
    def yaml(self) -> str:
        return yaml.safe_dump(json.loads(self.json), sort_keys=False, width=1000)

    @property
    def json(self) -> str:
        return json.dumps(self.data)


def drawn(rng: Random, size: int = 8, actions: Sequence[Any] = ACTIONS) -> Drawn:
    """A random spec and its input sizes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = draw_spec(rng, size, actions)
    return Drawn(found["spec"], tuple(found["sizes"]))


def is_by_chance(drawn: Drawn) -> bool:
    """Whether the checker refuses the spec because sizes meet there for a few inputs only, by chance of the drawing."""
    report = Report()
    network = network_of(Source("random.yaml", drawn.yaml), report)
    return network is None and all(found.code in BY_CHANCE and "only" in found.message for found in report.errors)


def seeded(seed: int, size: int = 8) -> Drawn:
    return drawn(Random(seed), size)


def specs(size: int = 6) -> st.SearchStrategy[Drawn]:
    """Random specs that shrink."""
    return st.randoms(use_true_random=False).map(lambda rng: drawn(rng, size))
