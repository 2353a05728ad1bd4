"""A spec as long as one likes: a chain of steps, six lines each, and a skip over every third."""

from __future__ import annotations


def chain(steps: int) -> str:
    """Its text."""
    lines = ["skipgraph: 1", "inputs: {x: [N, 8, H, W]}", "layers:"]
    for index in range(steps):
        lines += [
            "  - Conv2d:",
            f"      name: c{index}",
            "      out_channels: 8",
            "      kernel_size: 3",
            "      padding: 1",
            "      bias: false",
        ]
    lines.append("skips:")
    lines += [f"  s{at}: {{from: c{at}, to: c{at + 3}, merge: add}}" for at in range(0, steps - 3, 3)]
    return "\n".join(lines) + "\n"
