"""Figures against Graphviz on the same graphs: layout and writing, from the network to the SVG's text.

Graphviz gets the boxes with their sizes and the lines between them, no labels and no clusters, and writes its own SVG:
the least that it could be asked. Needs a `dot` on PATH (Debian's graphviz), the wheel's otherwise.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from functools import partial
from typing import Any

from benchmarks.measure import compare, title
from skipgraph import Limits, load
from skipgraph.graph import Network
from skipgraph.render.engine import wheel_dot
from skipgraph.render.figure import figure
from skipgraph.render.sheet_svg import svg_of_sheet

SIZES = (100, 1_000, 5_000)
FEW = 3
"""Rounds of the large ones."""


def run(rounds: int) -> None:
    """Print the rows."""
    programs = {"dot on PATH": shutil.which("dot"), "dot of the wheel": wheel_dot()}
    title("figure and its SVG : dot -Tsvg", "at most 1 at every size")
    for steps in SIZES:
        network = load(encoder_decoder(steps), limits=Limits(steps=10**6))
        text = dot_of(network)
        for name, program in programs.items():
            if program is None:
                print(f"{steps:,} steps: no {name}")
                continue
            found = compare(partial(drawn, network), partial(laid_out, program, text), FEW if steps > 500 else rounds)
            print(found.row(f"{steps:,} steps, {name}"))


def encoder_decoder(steps: int, seed: int = 0) -> dict[str, Any]:
    """A spec of so many steps: U-Nets in a row, whose convolutions take short and long skips besides."""
    numbers = random.Random(seed)
    layers: list[dict[str, Any]] = []
    skips: dict[str, Any] = {}
    levels = 4
    while len(layers) < steps:
        at = len(layers)
        for level in range(levels):
            layers += [_conv(f"s{len(layers)}"), _conv(f"s{len(layers) + 1}"), {"MaxPool2d": 2}]
            skips[f"skip{at}_{level}"] = {"from": f"s{len(layers) - 2}"}
        layers.append(_conv(f"s{len(layers)}"))
        for level in reversed(range(levels)):
            layers += [{"Upsample": 2}, _conv(f"s{len(layers) + 1}"), _conv(f"s{len(layers) + 2}")]
            skips[f"skip{at}_{level}"]["to"] = f"s{len(layers) - 2}"
            if numbers.random() < 0.3:
                short = {"from": f"s{len(layers) - 2}", "to": f"s{len(layers) - 1}", "merge": "add"}
                skips[f"short{len(layers)}"] = short
    return {"skipgraph": 1, "inputs": {"x": ["N", 8, "H", "W"]}, "layers": layers, "skips": skips}


def _conv(name: str) -> dict[str, Any]:
    return {"Conv2d": {"name": name, "out_channels": 8, "kernel_size": 3, "padding": 1}}


def drawn(network: Network) -> str:
    """The figure with every step in it."""
    return svg_of_sheet(figure(network, detail="ops"))


def dot_of(network: Network) -> str:
    """The same graph in the dot language."""
    graph = network.graph
    lines = ["digraph {", 'node [shape=box, fixedsize=true, width=0.4, height=0.7, label=""];']
    lines += [f"{name};" for name in (*graph.ports, *graph.by_name)]
    lines += [f"{edge.source.node} -> {node.name};" for node in graph.nodes for edge in node.edges]
    return "\n".join([*lines, "}"])


def laid_out(program: str, text: str) -> bytes:
    """What Graphviz makes of it."""
    return subprocess.run([program, "-Tsvg"], input=text.encode(), capture_output=True, check=True).stdout
