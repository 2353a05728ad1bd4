"""The server of `skipgraph watch` answers this machine's own browser, and no other site that a page of it shows."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from watch_session import BROKEN, GOOD, Session

from skipgraph.api import Settings
from skipgraph.cli.main import Usage
from skipgraph.cli.watch import server as server_module
from skipgraph.cli.watch.command import Watcher
from skipgraph.cli.watch.server import Server

Headers = dict[str, str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    spec = tmp_path_factory.mktemp("watched") / "net.yaml"
    spec.write_text(GOOD)
    watcher = Watcher(spec, Settings())
    watcher.look()
    server = Server(watcher.board, 0)
    yield server
    server.close()


def ask(server: Server, path: str, headers: Headers, method: str = "GET") -> tuple[int, http.client.HTTPMessage, str]:
    """The status, the headers and the text of an answer; `Host` is ours unless another is given."""
    connection = http.client.HTTPConnection(*server.address, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{server.address[1]}", **headers}.items():
        if value:
            connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    text = "" if path == "/events" and answer.status == 200 else answer.read().decode()
    connection.close()
    return answer.status, answer.headers, text


PATHS = ("/", "/page.js", "/page.css", "/picture", "/events")


@pytest.mark.parametrize("path", PATHS)
def test_only_our_own_names_are_answered(server: Server, path: str) -> None:
    port = server.address[1]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "localhost:8080", "127.0.0.1"):
        assert ask(server, path, {"Host": host})[0] == 200
    for host in (
        "evil.example",
        f"evil.example:{port}",
        f"127.0.0.1.evil.example:{port}",
        f"localhost.evil.example:{port}",
        f"127.0.0.1:{port}@evil.example",
        f"127.0.0.1:{port}, evil.example",
        f"0.0.0.0:{port}",
        f"[::1]:{port}",
        "",
    ):
        status, headers, text = ask(server, path, {"Host": host})
        assert status == 403 and "small" not in text and headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_another_origin_gets_nothing(server: Server, path: str) -> None:
    own = f"http://127.0.0.1:{server.address[1]}"
    assert ask(server, path, {"Origin": own})[0] == 200
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        own.replace("http", "https"),
        f"{own}.evil.example",
    ):
        assert ask(server, path, {"Origin": origin})[0] == 403
    assert ask(server, path, {"Sec-Fetch-Site": "same-origin"})[0] == 200
    assert ask(server, path, {"Sec-Fetch-Site": "none"})[0] == 200
    for site in ("cross-site", "same-site"):
        for kind in ("script", "iframe", "image", "empty", "style"):
            assert ask(server, path, {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": kind})[0] == 403


def test_a_link_may_lead_to_the_page_and_nowhere_else(server: Server) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    assert [ask(server, path, followed)[0] for path in PATHS] == [200, 403, 403, 403, 403]


def test_nothing_can_be_sent_and_nothing_else_is_there(server: Server) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        status, headers, _ = ask(server, "/", {}, method)
        assert status == 405 and headers["Allow"] == "GET, HEAD"
    for path in ("/net.yaml", "/../net.yaml", "/page.html", "/picture/", "//etc/passwd", "/%2e%2e/net.yaml"):
        assert ask(server, path, {})[0] == 404
    assert ask(server, "/", {}, "HEAD")[0] == 200
    assert ask(server, "/events", {}, "HEAD")[0] == 200


def test_another_s_name_in_the_request_line_is_refused(server: Server) -> None:
    assert ask(server, "http://evil.example/picture", {})[0] == 403


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_every_answer_shuts_out_other_pages(server: Server, path: str) -> None:
    _, headers, _ = ask(server, path, {})
    policy = headers["Content-Security-Policy"]
    ancestors = "'self'" if path == "/picture" else "'none'"
    assert f"frame-ancestors {ancestors}" in policy and "unsafe" not in policy and "*" not in policy
    assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
    assert headers["Access-Control-Allow-Origin"] is None and headers["Referrer-Policy"] == "no-referrer"
    if path != "/picture":
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';")


def test_the_page_holds_no_script_of_its_own_and_asks_for_nothing_elsewhere() -> None:
    page, script, style = (
        files("skipgraph.cli.watch").joinpath(name).read_text() for name in ("page.html", "page.js", "page.css")
    )
    assert re.findall(r"<script(.*?)>(.*?)</script>", page) == [(' src="page.js" defer', "")]
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["data:,", "page.css", "page.js"]
    assert not re.search(r"\son\w+=|style=|<style", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|srcdoc|https?:", script)
    assert "url(" not in style and "@import" not in style
    assert max(text.count("\n") for text in (page, script, style)) <= 400


def test_only_the_loopback_of_ipv4_is_bound(server: Server) -> None:
    host, port = server.address
    assert host == "127.0.0.1"
    others = [(socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")]
    others += [(socket.AF_INET, address) for address in addresses() if not address.startswith("127.")]
    for family, address in others:
        with socket.socket(family) as other:
            other.settimeout(2)
            assert other.connect_ex((address, port)), address
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def addresses() -> list[str]:
    """Those of this machine that others can reach, as far as its own name tells them."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    except OSError:
        return []


def test_no_request_leaves_the_process(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(GOOD)
    hook = (
        "def hook(event, given):\n"
        "    if event.startswith('socket.') and event not in ('socket.__new__',):\n"
        "        print(event, given[-1] if event == 'socket.bind' else given[0], file=sys.stderr)\n"
        "sys.addaudithook(hook)"
    )
    session = Session(spec, prelude=hook)
    session.rest(lambda view: view["state"] == "good")
    session.saved(BROKEN)
    code, _, err = session.end()
    assert code == 0 and err == "socket.bind ('127.0.0.1', 0)\nsocket.getaddrinfo 127.0.0.1\n"


def test_a_second_one_takes_a_free_port(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server_module, "PORT", server.address[1])
    (tmp_path / "net.yaml").write_text(GOOD)
    second = Server(Watcher(tmp_path / "net.yaml", Settings()).board, None)
    assert second.address[0] == "127.0.0.1" and second.address[1] != server.address[1]
    assert ask(second, "/picture", {})[0] == 404
    second.close()
    with pytest.raises(Usage, match="is in use"):
        Server(Watcher(tmp_path / "net.yaml", Settings()).board, server.address[1])


def test_those_who_listen_are_let_go(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(GOOD)
    server = Server(Watcher(tmp_path / "net.yaml", Settings()).board, 0)
    connection = http.client.HTTPConnection(*server.address, timeout=20)
    connection.request("GET", "/events")
    answer = connection.getresponse()
    while not answer.readline().startswith(b"data: "):
        pass
    server.close()
    assert [answer.readline() for _ in range(4)][-1] == b""
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.address, timeout=2)
