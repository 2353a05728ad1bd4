"""Specs for pages: one whose every name would run as a script if it could, and one of thousands of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from skipgraph.api import load
from skipgraph.diagnostics import Span
from skipgraph.graph import Network
from skipgraph.ops import Op
from skipgraph.types import TensorType

HOSTILE = {
    "</script><script>window.hit=1</script>": "title",
    "<img src=x onerror=window.hit=1>": "step_a",
    "'\"><svg onload=window.hit=1>": "step_b",
    "</template></title></style><b onclick=window.hit=1>": "skip_a",
    "javascript:window.hit=1//${window.hit=1}": "block_a",
    "<!--<script>\u2028\u2029": "out_a",
}
"""Each with the name that it takes the place of."""

_SPEC = """
skipgraph: 1
name: title
description: "</script><script>window.hit=1</script><img src=x onerror=window.hit=1>"
inputs: {image: [N, 3, H, W]}
blocks:
  pair:
    layers:
      - Conv2d: {name: step_a, out_channels: 3, kernel_size: 1}  # </script><img src=x onerror=window.hit=1>
      - Conv2d: {name: step_b, out_channels: 3, kernel_size: 1}
    skips:
      skip_a: {from: step_a, to: step_b, merge: add}
layers:
  - pair: {name: block_a}
outputs: {out_a: block_a}
"""

T = TypeVar("T")


def hostile() -> Network:
    """A network in which everything that has a name has one that means harm."""
    names = {name: evil for evil, name in HOSTILE.items()}
    return renamed(load(_SPEC), names)


def renamed(value: T, names: Mapping[str, str]) -> T:
    """The value with other names in it, however deep."""
    if isinstance(value, str):
        found: Any = names.get(value, value)
    elif isinstance(value, tuple):
        found = tuple(renamed(item, names) for item in value)
    elif isinstance(value, dict):
        found = {renamed(key, names): renamed(item, names) for key, item in value.items()}
    elif is_dataclass(value) and not isinstance(value, type | Span | Op | TensorType):
        kept = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
        found = replace(value, **{name: renamed(item, names) for name, item in kept.items()})
    else:
        found = value
    return found  # type: ignore[no-any-return]


def large(steps: int) -> str:
    """A spec of so many steps in blocks of five, with skips in the blocks and over twenty of them."""
    blocks = steps // 5
    layers = "".join(f"  - res: {{name: r{i}}}\n" for i in range(blocks))
    skips = "".join(f"  s{i}: {{from: r{i}, to: r{i + 20}, merge: add}}\n" for i in range(0, blocks - 21, 10))
    convolution = "      - Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n"
    return (
        "skipgraph: 1\nname: large\ninputs: {image: [N, 8, H, W]}\nblocks:\n  res:\n    layers:\n"
        f"{convolution}      - ReLU\n{convolution}      - ReLU\n"
        f"    skips: {{short: {{from: input, to: output, merge: add}}}}\nlayers:\n{layers}skips:\n{skips}"
    )
