"""Loops that come to more than the limits are stopped before their first step, and no others are."""

from __future__ import annotations

import pytest

from skipgraph.api import Settings, network_of
from skipgraph.diagnostics import Report, Source
from skipgraph.limits import Limits

HEAD = "skipgraph: 1\ninputs: {image: [N, 3, H, W]}\n"

WITHIN = {
    "a loop's variable hides a parameter": (
        "params: {i: 1000000}\nlayers:\n- for: i in range(2)\n  do:\n  - for: j in range(i)\n    do: [ReLU]\n",
        1 + 2 + 1,
    ),
    "a `let` hides a parameter": (
        "params: {n: 9000000}\nlayers:\n"
        "- for: i in range(2)\n  let: {n: 2}\n  do:\n  - for: j in range(n)\n    do: [ReLU]\n",
        1 + 2 + 4,
    ),
    "a `when` leaves rounds out": (
        "layers:\n- for: i in range(1000)\n  when: $(i < 2)\n  do: [ReLU]\n",
        1 + 2,
    ),
    "a step's `when` leaves it out": (
        "layers:\n- for: i in range(8)\n  do:\n  - ReLU: {when: $(i < 2)}\n",
        1 + 8,
    ),
    "a loop over channels that steps make": (
        "layers:\n- Conv2d: {name: a, out_channels: 4, kernel_size: 1}\n"
        "- for: i in range(channels('a'))\n  do: [ReLU]\n",
        1 + 1 + 4,
    ),
    "triangles": ("layers:\n- for: [i in range(4), j in range(i)]\n  do: [ReLU]\n", 1 + 6),
}
"""Loops, and how many steps they come to, themselves included."""


def codes(text: str, steps: int) -> list[str]:
    report = Report()
    network_of(Source("loops.yaml", HEAD + text), report, Settings(limits=Limits(steps=steps)))
    return [found.code for found in report]


@pytest.mark.parametrize("what", WITHIN)
def test_what_fits_the_limit_exactly_is_not_stopped(what: str) -> None:
    text, steps = WITHIN[what]
    assert codes(text, steps) == []
    assert codes(text, steps - 1) == ["SG215"]


@pytest.mark.parametrize(
    "text",
    [
        "layers:\n- for: i in range(100000)\n  do:\n  - for: j in range(100000)\n    do: [ReLU]\n",
        "layers:\n- for: [i in range(100000), j in range(100000)]\n  do: [ReLU, GELU]\n",
        "layers:\n- ReLU: {repeat: 100000000}\n",
    ],
)
def test_what_is_far_too_much_is_stopped_before_its_first_step(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a step was made")

    monkeypatch.setattr("skipgraph.elaborate.steps._once", fail)
    assert codes(text, 100_000) == ["SG215"]
