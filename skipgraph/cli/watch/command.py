"""The command: look at the files, check, draw, tell; again whenever they have changed."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from dataclasses import dataclass, replace
from pathlib import Path

from skipgraph.api import Settings, examine
from skipgraph.cli.main import CLEAN, FINDINGS, Usage
from skipgraph.cli.options import settings
from skipgraph.cli.printing import failure, print_findings
from skipgraph.cli.watch.board import Board, Picture, View
from skipgraph.cli.watch.files import Files, Held
from skipgraph.cli.watch.findings import Told, told
from skipgraph.diagnostics import Report
from skipgraph.graph import Network


def run(arguments: Namespace) -> int:
    """Serve the page until the person has seen enough."""
    chosen = settings(arguments)
    port = _port(arguments.port)
    watcher = Watcher(Path(arguments.file), chosen)
    if not watcher.is_there():
        _, report = examine(watcher.spec, chosen)
        print_findings(report, sys.stderr)
        return FINDINGS
    from skipgraph.cli.watch.server import Server

    server = Server(watcher.board, port)
    try:
        sys.stdout.write(f"watching {arguments.file} at {server.url} (Ctrl-C ends)\n")
        sys.stdout.flush()
        if not arguments.no_open:
            _open(server.url)
        watcher.run()
    except KeyboardInterrupt:
        sys.stdout.write("\n" if sys.stdout.isatty() else "")
    finally:
        server.close()
    return CLEAN


def _port(written: str | None) -> int | None:
    if written is None:
        return None
    if not (written.isascii() and written.isdigit() and int(written[:6]) < 1 << 16):
        raise Usage(f"--port takes a number from 0 to 65535, such as `--port 8000`; got `{written}`")
    return int(written)


def _open(url: str) -> None:
    """Show the page, where there is a screen: a browser for terminals would take ours."""
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if has_screen:
        import webbrowser

        webbrowser.open(url)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A run of the check, and what the files held that it read."""

    network: Network | None
    report: Report
    held: Held


class Watcher:
    """A spec, looked at again and again; what came of it is on the board."""

    def __init__(self, spec: Path, settings: Settings) -> None:
        self.spec = spec
        self.board = Board(View(str(spec), Told(), is_working=True))
        self._settings = settings
        self._files = Files(spec, settings.limits.bytes)

    def is_there(self) -> bool:
        """Whether the spec is a file that can be read."""
        return self._files.held()[""] is not None

    def run(self) -> None:
        """Check and draw whenever a file has changed, for ever."""
        while True:
            self._files.wait(self.look())

    def look(self) -> Held:
        """Check, draw, put up what came of it; what the files held."""
        before = self.board.view
        # all stays as it is until there is something new
        self.board.show(replace(before, is_working=True))
        seen = self._examined()
        report, picture, said = seen.report, before.picture, ""
        if seen.network is not None:
            try:
                page = _drawn(seen.network, self._settings)
                said = _said(seen.network, self._settings)
                if picture is None or picture.page != page:
                    picture = Picture(page, _now())
            except _Undrawn as error:
                report.extend([failure("SG503", str(error), str(self.spec), None)])
        self.board.show(View(str(self.spec), told(report), picture, said))
        _print(self.spec, said, report)
        return seen.held

    def _examined(self) -> _Seen:
        while True:
            held, asked = self._files.held(), set[str]()
            network, report = examine(self.spec, self._settings, asked)
            if asked <= held.keys():
                self._files.used = frozenset(asked)
                return _Seen(network, report, {name: held[name] for name in ("", *asked)})
            # what it uses is known only now: once more, so that no change between two looks is missed
            self._files.used |= asked


class _Undrawn(Exception):
    """A network that cannot be drawn: why."""


def _drawn(network: Network, settings: Settings) -> bytes:
    from skipgraph.render import RenderError
    from skipgraph.render.formats import Choice, draw

    try:
        return draw(network, "html", Choice(sizes=settings.sizes)).data
    except RenderError as error:
        raise _Undrawn(str(error)) from error


def _said(network: Network, settings: Settings) -> str:
    from skipgraph.passes.signature import signature

    return str(signature(network, settings.sizes))


def _print(spec: Path, said: str, report: Report) -> None:
    """The same for the terminal."""
    sys.stdout.write(f"{_now()} {spec}: {said or 'not drawn, see the findings'}\n")
    print_findings(report, sys.stdout)
    sys.stdout.flush()


def _now() -> str:
    return time.strftime("%H:%M:%S")
