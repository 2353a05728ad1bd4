"""The command: look at the files, check, draw, tell; again whenever they have changed."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from skipgraph.api import Settings, examine
from skipgraph.cli.main import CLEAN, FINDINGS, Usage
from skipgraph.cli.options import settings
from skipgraph.cli.printing import colored, failure, print_findings
from skipgraph.cli.watch.board import Board, Picture, View
from skipgraph.cli.watch.files import Files, Held
from skipgraph.cli.watch.findings import Told, told
from skipgraph.diagnostics import Report, writers
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
    from skipgraph.cli.watch.server import PORT, Server

    server = Server(watcher.board, port)
    try:
        usual = "" if port is not None or server.address[1] == PORT else f"; port {PORT}, the usual one, is in use"
        sys.stdout.write(f"watching {arguments.file} at {server.url} (Ctrl-C ends{usual})\n")
        sys.stdout.flush()
        if not arguments.no_open:
            _open(server.url)
        for text in watcher.news():
            sys.stdout.write(text)
            sys.stdout.flush()
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
        self._news: SimpleQueue[str | Exception] = SimpleQueue()

    def is_there(self) -> bool:
        """Whether the spec is a file that can be read."""
        return self._files.held()[""] is not None

    def news(self) -> Iterator[str]:
        """Check and draw whenever a file has changed, for ever: what there is to print of it.

        A thread of its own does the work. Ctrl-C reaches the main one, which here only waits: elsewhere it may come
        inside a call back from C, which swallows it.
        """
        Thread(target=self._work, daemon=True).start()
        while True:
            try:
                # with an end, since on Windows no Ctrl-C ends a wait without one
                news = self._news.get(timeout=0.5)
            except Empty:
                continue
            if isinstance(news, Exception):
                raise news
            yield news

    def _work(self) -> None:
        try:
            while True:
                self._files.wait(self.look())
        except Exception as error:
            self._news.put(error)

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
        findings = writers.text(report, color=colored(sys.stdout))
        self._news.put(f"{_now()} {self.spec}: {said or 'not drawn, see the findings'}\n{findings}")
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


def _now() -> str:
    return time.strftime("%H:%M:%S")
