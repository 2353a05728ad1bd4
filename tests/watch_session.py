"""`skipgraph watch` as a process of its own, as a person runs it, and what it tells a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

GOOD = """\
skipgraph: 1
name: small
inputs: {image: [N, 3, H, W]}
layers:
  - Conv2d: {name: first, out_channels: 8, kernel_size: 3, padding: 1}
  - ReLU: {name: middle}
  - Conv2d: {name: last, out_channels: 8, kernel_size: 3, padding: 1}
skips:
  s1: {from: first, to: last, merge: concat}
"""
BETTER = GOOD.replace("first", "stem")
BROKEN = GOOD.replace(
    "kernel_size: 3, padding: 1}\n  - ReLU", "kernel_size: 3, padding: 1}\n  - MaxPool2d: 2\n  - Relu"
)

_SECONDS = 30.0
"""After which a test has failed."""

View = dict[str, Any]


class Session:
    """A running `skipgraph watch FILE`."""

    def __init__(self, spec: Path, *options: str, prelude: str = "") -> None:
        self.spec = spec
        # whoever runs the tests in the background may have Ctrl-C ignored, and children inherit that
        heard = "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)"
        code = f"{heard}\n{prelude}\nfrom skipgraph.cli import main\nsys.exit(main(sys.argv[1:]))"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "watch", spec.name, "--port", "0", "--no-open", *options],
            cwd=spec.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        assert self.process.stdout
        said = self.process.stdout.readline()
        assert said.startswith("watching "), said
        self.url = said.split(" at ")[1].split(" ")[0]
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def events(self) -> Generator[View, None, None]:
        """What a page is told, from now on."""
        with urlopen(f"{self.url}events", timeout=_SECONDS) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    def until(self, wanted: Callable[[View], bool]) -> list[View]:
        """The views from now to the first that is wanted."""
        views = []
        for view in self.events():
            views.append(view)
            if wanted(view):
                return views
        raise AssertionError("the server has ended")

    def rest(self, wanted: Callable[[View], bool]) -> View:
        """The first view that is wanted, once nothing more is being done."""
        return self.until(lambda view: not view["working"] and wanted(view))[-1]

    def saved(self, text: str) -> View:
        """The view once a text has been saved: its picture, or its findings."""
        before = self.rest(lambda view: True)
        self.spec.write_text(text)
        return self.rest(lambda view: different(view, before))

    def picture(self) -> str:
        with urlopen(f"{self.url}picture", timeout=_SECONDS) as answer:
            found: bytes = answer.read()
        return found.decode()

    def end(self) -> tuple[int, str, str]:
        """The exit code after Ctrl-C, and all that was printed."""
        import signal

        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=_SECONDS)
        return self.process.returncode, out, err


def different(view: View, before: View) -> bool:
    return any(view[key] != before[key] for key in ("state", "picture", "findings"))


def text_of(view: View) -> str:
    """The findings, as `check` prints them without colours."""
    texts = ["".join(piece for _, piece in found["text"]) + "\n" for found in view["findings"]]
    if view["more"]:
        texts.append(f"and {view['more']} more\n")
    return "\n".join([*texts, view["count"] + "\n"])
