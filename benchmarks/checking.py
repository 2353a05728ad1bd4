"""Checking a long spec: against PyYAML's C loader on the same text, which makes plain dicts, and against itself."""

from __future__ import annotations

from functools import partial
from statistics import median
from time import process_time

import yaml

from benchmarks.chain import chain
from benchmarks.measure import compare, title
from skipgraph import Limits, check

LIMITS = Limits(bytes=2**30, nodes=10**7, steps=10**6)
STEPS = (2_000, 10_000, 20_000, 50_000)
FEW = 3
"""Rounds of the long ones."""


def run(rounds: int) -> None:
    """Print the rows, in processor time, and what a step costs."""
    title("`check` : yaml.load(CSafeLoader) of the same text", "at most 4")
    costs = []
    for steps in STEPS:
        text = chain(steps)
        load = partial(yaml.load, text, yaml.CSafeLoader)
        found = compare(partial(clean, text), load, min(rounds, FEW) if steps > STEPS[1] else rounds, process_time)
        costs.append(median(found.ours) / steps)
        print(found.row(f"{steps:,} steps, {text.count(chr(10)):,} lines"))
    shown = ", ".join(f"{steps:,}: {cost * 1e6:.0f}" for steps, cost in zip(STEPS, costs, strict=True))
    print(f"microseconds a step (linear where equal): {shown}")


def clean(text: str) -> None:
    """Check a text, and see that it was found clean."""
    assert not len(check(text, limits=LIMITS))
