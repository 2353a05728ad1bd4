"""The server: this machine alone may ask, and gets the page, the picture and the events.

A page of another site can neither read what is here nor have it shown. It may make its own name lead to this machine
(DNS rebinding): names other than our own are refused. A browser says whence a request comes: others' are refused.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from importlib.resources import files
from threading import Thread
from typing import TYPE_CHECKING, Any

from werkzeug.sansio.utils import host_is_trusted
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from skipgraph.cli.main import Usage
from skipgraph.cli.watch.board import Board

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
PORT = 7325
"""The first that is tried: one that stays lets a browser's tab find us again."""
_NAMES = (HOST, "localhost")
_BEAT = 10.0
"""Seconds after which a word is sent to a page that hears nothing, to learn whether it is still there."""

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# the picture says the rest itself, by the hashes of its script and style
_PICTURE_POLICY = "frame-ancestors 'self'; connect-src 'none'; form-action 'none'; base-uri 'none'"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}


def application(board: Board) -> WSGIApplication:
    """What answers a request."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Any:
        request = Request(environ)
        refusal = _refusal(request)
        response = refusal or _answer(request, board)
        response.headers.extend(_HEADERS)
        if "Content-Security-Policy" not in response.headers:
            response.headers["Content-Security-Policy"] = _PAGE_POLICY
        return response(environ, start)

    return answer


def _refusal(request: Request) -> Response | None:
    """Why a request is not answered, or None."""
    headers = request.headers
    host = headers.get("Host", "")
    if not host_is_trusted(host, _NAMES):
        return _text(403, f"This page is at {HOST}, under no other name.")
    if headers.get("Origin", f"http://{host}") != f"http://{host}":
        return _text(403, "This page answers no other.")
    # a person may follow a link to the page; nothing else of another site's gets an answer
    is_opened = request.path == "/" and headers.get("Sec-Fetch-Dest") == "document"
    if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not is_opened:
        return _text(403, "This page answers no other.")
    if request.method not in ("GET", "HEAD"):
        refused = _text(405, "There is nothing to send here.")
        refused.headers["Allow"] = "GET, HEAD"
        return refused
    return None


def _answer(request: Request, board: Board) -> Response:
    if request.path in _FILES:
        name, kind = _FILES[request.path]
        return Response(files("skipgraph.cli.watch").joinpath(name).read_bytes(), mimetype=kind)
    if request.path == "/picture":
        picture = board.view.picture
        if picture is None:
            return _text(404, "There is no picture yet.")
        policy = {"Content-Security-Policy": _PICTURE_POLICY}
        return Response(picture.page, headers=policy, mimetype="text/html")
    if request.path == "/events":
        body = iter(()) if request.method == "HEAD" else _events(board)
        return Response(body, mimetype="text/event-stream")
    return _text(404, "There is nothing here.")


def _events(board: Board) -> Iterator[bytes]:
    """Every view from now on, as server-sent events."""
    yield b"retry: 500\n\n"
    number = 0
    while not board.is_closed:
        newer = board.after(number, _BEAT)
        if newer is None:
            yield b":\n\n"
            continue
        number, view = newer
        yield f"data: {view.json()}\n\n".encode("ascii")


def _text(status: int, text: str) -> Response:
    return Response(text + "\n", status, mimetype="text/plain")


class _Handler(WSGIRequestHandler):
    """Says nothing of requests: the terminal is for findings."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    """Seconds for a request to be made in full."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log_error(self, format: str, *args: Any) -> None:
        pass

    def version_string(self) -> str:
        return "skipgraph"


class Server:
    """The server, listening from the start. Raises `Usage` where the port is not to be had."""

    def __init__(self, board: Board, port: int | None) -> None:
        with _listening(port) as listener:
            self._server = ThreadedWSGIServer(HOST, 0, application(board), _Handler, fd=listener.fileno())
        self.address: tuple[str, int] = self._server.socket.getsockname()
        self.url = f"http://{HOST}:{self.address[1]}/"
        self._board = board
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let go of the port and of all who listen."""
        self._board.close()
        self._server.shutdown()
        self._thread.join()


def _listening(port: int | None) -> socket.socket:
    """A socket at the port; without one, at ours or any that is free."""
    try:
        return _bound(PORT if port is None else port)
    except OSError as error:
        if port is None:
            return _bound(0)
        # Windows has a word of its own
        taken = error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE))
        why = "is in use" if taken else f"cannot be had: {(error.strerror or str(error)).lower()}"
        raise Usage(f"port {port} {why}; `--port 0` takes one that is free") from None


def _bound(port: int) -> socket.socket:
    # IPv4 alone: what listens on `localhost` may be reached as ::1 by one program and as 127.0.0.1 by another
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # a port that we had a moment ago is ours again; on Windows the same option would let others take it
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        listener.setsockopt(socket.SOL_SOCKET, option, 1)
        listener.bind((HOST, port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener
