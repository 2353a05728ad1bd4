"""The `dot` program: the machine's own, or the one that the wheel `graphviz-pure` brings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TIMEOUT = 120.0
"""Seconds for one layout."""

_WHEEL = "graphviz-pure"


class RenderError(Exception):
    """A drawing cannot be made on this machine; the message says what to do."""


def find_dot() -> str:
    """The program that lays out: `dot` on PATH, else that of the wheel. Raises `RenderError` where neither is."""
    found = shutil.which("dot") or wheel_dot()
    if found:
        return found
    raise RenderError(
        "drawing needs Graphviz, and there is neither a `dot` on PATH nor the wheel's: "
        "run `pip install graphviz-pure`, or install Graphviz (https://graphviz.org/download)"
    )


def wheel_dot() -> str | None:
    """The program of the wheel `graphviz-pure`, where it is installed."""
    runs = (each for each in _wheel_programs() if os.access(each, os.X_OK) and each.is_file())
    return next(map(str, runs), None)


def lay_out(dot: str, timeout: float = TIMEOUT) -> dict[str, Any]:
    """Graphviz's JSON for a dot text: places of nodes, clusters and edges."""
    program = find_dot()
    try:
        done = subprocess.run(
            [program, "-Tjson0"], input=dot.encode(), capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"`{program}` gave no layout within {timeout:g} seconds; draw with blocks folded (detail `blocks`)"
        ) from None
    except OSError as error:
        raise RenderError(f"`{program}` does not run: {error.strerror or error}") from None
    # warnings go to stderr with a status of 0, and some of them with 1 although the layout is whole
    try:
        layout = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RenderError(
            f"`{program}` gave no layout (status {done.returncode}){': ' + said[0] if said else ''}"
        ) from None
    return dict(layout)


def _wheel_programs() -> Iterator[Path]:
    """Where the wheel's program may lie: the scripts of this environment, then what the wheel itself recorded."""
    name = f"{_WHEEL}.exe" if os.name == "nt" else _WHEEL
    folders = [Path(sys.executable).parent]
    for scheme in (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")):
        folders.append(Path(sysconfig.get_path("scripts", scheme)))
    yield from (folder / name for folder in folders)
    from importlib.metadata import PackageNotFoundError, files

    try:
        recorded = files(_WHEEL) or []
    except PackageNotFoundError:
        recorded = []
    yield from (Path(str(file.locate())) for file in recorded if file.name == name)
    on_path = shutil.which(_WHEEL)
    if on_path:
        yield Path(on_path)
