"""Draws the figures of the README and the docs: `python docs/figures/make.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import skipgraph
from skipgraph.diagnostics import Source

ROOT = Path(__file__).parents[2]
GALLERY = (
    *("unet", "unetpp", "unet3plus", "pix2pix_unet", "time_unet", "resnet", "inception", "fpn", "hourglass", "hrnet"),
    *("yolov8n", "siamese", "wide_deep"),
)
"""The networks of the zoo whose figures docs/zoo.md shows."""


def figures() -> Iterator[tuple[Path, str]]:
    """Every figure's file and what it should hold."""
    [spec, *_] = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    yield ROOT / "docs" / "figures" / "readme.svg", skipgraph.render(Source("net.yaml", spec))
    for name in GALLERY:
        yield ROOT / "docs" / "figures" / f"{name}.svg", skipgraph.render(ROOT / "specs" / f"{name}.yaml")
    unet = ROOT / "specs" / "unet.yaml"
    difference = skipgraph.diff(skipgraph.load(unet), skipgraph.load(unet, without="skip2"))
    yield ROOT / "docs" / "figures" / "diff.svg", skipgraph.render(difference)


if __name__ == "__main__":
    for file, svg in figures():
        file.write_text(svg, encoding="utf-8")
        print(file.relative_to(ROOT))
