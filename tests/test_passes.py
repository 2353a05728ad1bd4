"""Changes in place of values still read, and what nothing uses."""

from __future__ import annotations

import pytest

from skipgraph.api import network_of
from skipgraph.diagnostics import Report, Source

HEAD = "skipgraph: 1\ninputs: {x: [N, 4, H, W]}\n"


def found(text: str) -> list[str]:
    report = Report()
    network_of(Source("net.yaml", HEAD + text), report)
    return [f"{each.code}:{each.span.line} {each.message}" for each in report]


CLEAN = {
    "read before the change": """
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1}
  - Conv2d: {name: d, out_channels: 4, kernel_size: 1}
  - Conv2d: {out_channels: 4, kernel_size: 1}
  - ReLU: {inplace: true}
""",
    "the result of the change is read": """
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1}
  - ReLU: {name: r, inplace: true}
  - Conv2d: {name: d, out_channels: 4, kernel_size: 1}
skips: {s: {from: r, to: d, merge: add}}
""",
    "another part of a split is read": """
layers:
  - Conv2d: {out_channels: 4, kernel_size: 1}
  - Split: {name: s, split_size_or_sections: 2}
  - ReLU: {name: r, from: s.0, inplace: true}
  - Concat: {from: [r, s.1]}
""",
    "a pooled value is a copy": """
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1}
  - MaxPool2d: {name: p, kernel_size: 1}
  - ReLU: {name: r, inplace: true}
  - Add: {from: [r, c]}
""",
}

FAULTS = {
    "a skip reads it": (
        """
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1}
  - ReLU: {name: r, inplace: true}
  - Conv2d: {name: d, out_channels: 4, kernel_size: 1}
skips: {s: {from: c, to: d, merge: add}}
""",
        "SG309:6 `r` works in place on `c`, which the skip `s` still reads",
    ),
    "through a view": (
        """
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1}
  - Transpose: {name: t, dim0: 2, dim1: 3}
  - ReLU: {name: r, inplace: true}
  - Add: {from: [c, c]}
  - Concat: {from: [prev, r], dim: 1, expect: [N, 8, H, H]}
""",
        "SG309:7 `r` works in place on `t`, which `add_0` still reads",
    ),
    "within a block": (
        """
blocks:
  act: {layers: [ReLU: {inplace: true}]}
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1}
  - act
  - Add: {from: [prev, c]}
""",
        "SG309:8 `act_0` works in place on `c`, which `add_0` still reads",
    ),
    "the caller's input": (
        "layers: [ReLU: {inplace: true}]",
        "SG309:3 `relu_0` works in place on the input `x`, which belongs to the caller",
    ),
    "a weight": (
        """
layers:
  - Parameter: {name: w, shape: [4]}
  - ReLU: {name: r, inplace: true}
  - Reshape: {shape: [1, 4, 1, 1]}
  - Add: {from: [x, prev]}
""",
        "SG309:6 `r` works in place on the weight `w`, and would change it every time",
    ),
    "it is a result": (
        """
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1}
  - ReLU: {name: r, inplace: true}
outputs: [c, r]
""",
        "SG309:6 `r` works in place on `c`, which the result of `net` still reads",
    ),
    "a dead chain is one warning": (
        """
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1}
  - Conv2d: {name: d, out_channels: 4, kernel_size: 1}
  - ReLU: {name: e}
  - Sigmoid: {from: c}
""",
        "SG308:7 no output reads `e`, nor the step before it that leads only here",
    ),
    "a parameter": ("params: {width: 3}\nlayers: [ReLU]", "SG314:3 nothing reads the parameter `width`"),
    "a block": ("blocks: {b: {layers: [ReLU]}}\nlayers: [ReLU]", "SG314:3 nothing calls the block `b`"),
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_a_change_that_nobody_notices_is_allowed(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(("text", "finding"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_overwritten_or_unused_is_found(text: str, finding: str) -> None:
    assert found(text) == [finding]


def test_a_step_meant_to_be_unused_is_silent() -> None:
    assert found("layers:\n  - Conv2d: {out_channels: 4, kernel_size: 1, unused: true}\n  - ReLU: {from: x}") == []


def test_sizes_that_meet_by_chance_are_no_contract() -> None:
    assert found("""
layers:
  - Conv2d: {name: a, out_channels: 4, kernel_size: 3, stride: 2, padding: 1}
  - ReLU: {name: r}
skips: {s: {from: x, to: r, merge: add}}
""") == ["SG402:7 add `s` joins sizes that differ on axis 2: (H + 1)/2 and H, which agree only for H = 1"]
