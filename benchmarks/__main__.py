"""Run the benchmarks that are named, or all: `python -m benchmarks start check forward memory zoo drawing page`."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from importlib.metadata import version

from benchmarks import checking, drawing, memory, page, running, starting, zoo

ALL: dict[str, Callable[[int], None]] = {
    "start": starting.run,
    "check": checking.run,
    "forward": running.run,
    "memory": memory.run,
    "zoo": zoo.run,
    "drawing": drawing.run,
    "page": page.run,
}


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios, measured side by side.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}; default: all")
    parser.add_argument("--rounds", type=int, default=15, help="how often each pair is measured (15)")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(ALL)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    print(f"Python {platform.python_version()}, torch {version('torch')}, {os.cpu_count()} cores, load {load()}\n")
    for name in arguments.names or ALL:
        ALL[name](arguments.rounds)
        print()


def load() -> str:
    """How busy the machine is; beside other work the spread says more than the median."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


main()
