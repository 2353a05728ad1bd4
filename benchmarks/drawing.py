"""Figures against Graphviz on the same graphs: layout and writing, up to the text of an SVG. Graphviz writes its own.

Three times. *From the scene*, which says what to draw: layout and writing, of ours with its texts, while Graphviz gets
bare boxes of one size and the lines between them, no labels and no clusters: the least that it could be asked. *The
same boxes*: both lay out and write the same texts and sizes; Graphviz gets what `--format dot` writes, made beforehand.
*From the network*: ours also finds what to say of each box, and Graphviz gets bare boxes again.

Each drawing is of a network loaded anew, so that none has what another has left. Needs a `dot` on PATH (Debian's
graphviz), the wheel's otherwise; its time includes starting the process.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.measure import compare, title
from skipgraph import Limits, load
from skipgraph.collector import collector_paused
from skipgraph.graph import Network
from skipgraph.render import to_svg
from skipgraph.render.compose import compose
from skipgraph.render.engine import wheel_dot
from skipgraph.render.figure.choose import figure_of_scene
from skipgraph.render.figure.scale import Scale
from skipgraph.render.graphviz import dot_text
from skipgraph.render.scene import Scene
from skipgraph.render.sheet_svg import svg_of_sheet

SIZES = (100, 1_000, 5_000)
FEW = 3
"""Rounds of 1,000 steps; of 5,000 there is one, which takes Graphviz minutes."""
_WIDE = 702.0
"""Pixels of a page 6.5 in wide, at the type's 9 pixels for 6 pt."""


def run(rounds: int) -> None:
    """Print the rows."""
    title("from the scene, its figure as SVG : dot -Tsvg of bare boxes", "at most 1 at every size")
    for steps in SIZES:
        _rows(steps, rounds, from_scene, bare_dot(loaded(steps)))
    title("from the scene, its figure as SVG : dot -Tsvg of the same boxes", "at most 1 at every size")
    # of 5,000 Graphviz takes minutes for bare boxes alone
    for steps in SIZES[:2]:
        _rows(steps, rounds, from_scene, dot_text(compose(loaded(steps), "ops")))
    title("from the network, its figure as SVG : dot -Tsvg of bare boxes", "at most 1, and not met at 100")
    for steps in SIZES[:2]:
        _rows(steps, rounds, from_network, bare_dot(loaded(steps)))


def _rows(steps: int, rounds: int, make: Callable[[int], Callable[[], str]], text: str) -> None:
    count = 1 if steps > 1_000 else FEW if steps > 100 else rounds
    for name, program in {"dot on PATH": shutil.which("dot"), "dot of the wheel": wheel_dot()}.items():
        if program is None:
            print(f"{steps:,} steps: no {name}")
            continue
        waiting = iter([make(steps) for _ in range(count + 1)])
        found = compare(partial(_next, waiting), partial(laid_out, program, text), count, warm=count > 1)
        print(found.row(f"{steps:,} steps, {name}"))


def _next(waiting: Iterator[Callable[[], str]]) -> str:
    return next(waiting)()


def loaded(steps: int) -> Network:
    return load(encoder_decoder(steps), limits=Limits(steps=10**6))


def from_network(steps: int) -> Callable[[], str]:
    """What draws a network that nothing was drawn of before."""
    return partial(drawn, loaded(steps))


def from_scene(steps: int) -> Callable[[], str]:
    """What draws the scene of such a network."""
    network = loaded(steps)
    return partial(written, network, compose(network, "ops"))


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
    return to_svg(network, detail="ops")


def written(network: Network, scene: Scene) -> str:
    """The figure of a scene."""
    with collector_paused():
        return svg_of_sheet(figure_of_scene(network, scene, Scale(network, {}), False, _WIDE))


def bare_dot(network: Network) -> str:
    """The same graph in the dot language."""
    graph = network.graph
    lines = ["digraph {", 'node [shape=box, fixedsize=true, width=0.4, height=0.7, label=""];']
    lines += [f"{name};" for name in (*graph.ports, *graph.by_name)]
    lines += [f"{edge.source.node} -> {node.name};" for node in graph.nodes for edge in node.edges]
    return "\n".join([*lines, "}"])


def laid_out(program: str, text: str) -> bytes:
    """What Graphviz makes of it."""
    return subprocess.run([program, "-Tsvg"], input=text.encode(), capture_output=True, check=True).stdout
