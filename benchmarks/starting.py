"""`skipgraph check` as a whole process, against a process that does nothing but import torch."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.measure import compare, title

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""In which bytecode is kept, as that of an installed package is."""
TORCH = [sys.executable, "-c", "import torch"]


def check(spec: str) -> list[str]:
    """The command that checks a spec of the repository."""
    return [sys.executable, "-m", "skipgraph", "check", str(ROOT / "specs" / spec)]


def run(rounds: int) -> None:
    """Print the rows: by the wall's clock, and by the processor's, which others' work moves less."""
    title("`skipgraph check` : `python -c 'import torch'`, whole processes", "at most 0.2")
    clocks: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "processor": processor}
    for spec in ("unet.yaml", "resnet50.yaml"):
        for kind, clock in clocks.items():
            found = compare(partial(process, check(spec)), partial(process, TORCH), rounds, clock)
            print(found.row(f"{spec}, {kind}"))


def process(command: list[str]) -> None:
    """Run it to its end."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=ENVIRONMENT)


def processor() -> float:
    """Processor seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
