"""`skipgraph watch` draws at each save, keeps the last good picture, and tells what `check` tells."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watch_session import BETTER, BROKEN, GOOD, Session, View, different, text_of

from skipgraph.api import Settings, load
from skipgraph.cli import main
from skipgraph.cli.watch import command, server
from skipgraph.cli.watch.command import Watcher
from skipgraph.cli.watch.files import Files
from skipgraph.cli.watch.findings import runs, told
from skipgraph.diagnostics import Report, Source, Span, writers
from skipgraph.graph import Network
from skipgraph.render import to_html

Start = Callable[..., Session]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(text)`: a session that watches a file with the text."""
    begun = []

    def start(text: str, *options: str, **more: str) -> Session:
        spec = tmp_path / "net.yaml"
        spec.write_text(text)
        begun.append(Session(spec, *options, **more))
        return begun[-1]

    yield start
    for session in begun:
        session.end()


def test_a_save_draws_anew_and_a_broken_spec_keeps_the_picture(
    start: Start, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = start(GOOD)
    monkeypatch.chdir(session.spec.parent)
    first = session.rest(lambda view: view["state"] == "good")
    assert first["said"] == "[N, 8, H, W]; any size" and first["findings"] == []
    assert session.picture() == to_html(load(session.spec))

    second = session.saved(BETTER)
    assert second["state"] == "good" and second["picture"] != first["picture"]
    drawn = session.picture()
    assert drawn == to_html(load(session.spec)) and "stem" in drawn

    broken = session.saved(BROKEN)
    assert broken["state"] == "broken" and broken["picture"] == second["picture"]
    assert session.picture() == drawn
    assert main(["check", "net.yaml"]) == 1
    assert text_of(broken) == capsys.readouterr().out
    assert [found["text"][0] for found in broken["findings"]] == [["error", "error[SG205]"]]
    [source] = broken["sources"]
    [at] = [found["at"] for found in broken["findings"]]
    lines = {number: (kind, pieces) for number, kind, pieces in source["lines"]}
    assert source["name"] == "net.yaml" and list(lines) == list(range(1, BROKEN.count("\n") + 1))
    assert lines[at[1]] == ("error", [["", "  - "], ["error", "Relu"], ["", ": {name: middle}"]])
    assert [number for number, (kind, _) in lines.items() if kind == "error"] == [at[1]]

    mended = session.saved(GOOD)
    assert mended["state"] == "good" and mended["picture"] == first["picture"] and mended["findings"] == []
    assert session.picture() == to_html(load(session.spec))
    code, out, err = session.end()
    assert code == 0 and err == "" and "error[SG2" in out


def test_files_that_the_spec_uses_are_watched(start: Start, tmp_path: Path) -> None:
    used = tmp_path / "parts" / "pair.yaml"
    used.parent.mkdir()
    block = "skipgraph: 1\nblocks:\n  pair:\n    layers:\n      - ReLU: {name: inner}\n"
    used.write_text(block)
    user = "skipgraph: 1\ninputs: {image: [N, 3, H, W]}\nuse: {parts: parts/pair.yaml}\nlayers: [parts.pair]\n"
    session = start(user)
    first = session.rest(lambda view: view["state"] != "new")
    assert first["state"] == "good", text_of(first)

    def saved(act: Callable[[], object]) -> View:
        before = session.rest(lambda view: True)
        act()
        return session.rest(lambda view: different(view, before))

    assert saved(lambda: used.write_text(block.replace("ReLU", "GELU")))["state"] == "good"
    assert "GELU" in session.picture()
    broken = saved(lambda: used.write_text(block.replace("ReLU", "GELUU")))
    assert broken["state"] == "broken"
    assert "--> parts/pair.yaml:5:9" in text_of(broken)
    assert "GELU" in session.picture()
    gone = saved(used.unlink)
    assert gone["state"] == "broken" and "SG216" in str(gone["findings"])
    back = saved(lambda: used.write_text(block))
    assert back["state"] == "good" and back["picture"] == first["picture"]


def test_nothing_is_looked_at_again_until_it_changes(tmp_path: Path) -> None:
    (tmp_path / "pair.yaml").write_text("skipgraph: 1\nblocks:\n  pair: {layers: [ReLU]}\n")
    spec = tmp_path / "net.yaml"
    spec.write_text("skipgraph: 1\ninputs: {image: [N, 3, H, W]}\nuse: {parts: pair.yaml}\nlayers: [parts.pair]\n")
    watcher = Watcher(spec, Settings())
    for text in (spec.read_text(), GOOD):
        spec.write_text(text)
        held = watcher.look()
        assert held == watcher._files.held() and ("pair.yaml" in held) == ("pair.yaml" in text)


def by_renaming(spec: Path, text: str) -> None:
    other = spec.with_suffix(".swp")
    other.write_text(text)
    os.replace(other, spec)


def with_a_copy(spec: Path, text: str) -> None:
    """As vim does: the old file goes away, the new one comes."""
    spec.rename(spec.with_suffix(".bak"))
    time.sleep(1)
    spec.write_text(text)


def in_two_steps(spec: Path, text: str) -> None:
    """Emptied, then filled."""
    spec.write_text("")
    time.sleep(1)
    spec.write_text(text)


def in_pieces(spec: Path, text: str) -> None:
    with spec.open("w") as file:
        for start in range(0, len(text), 20):
            file.write(text[start : start + 20])
            file.flush()
            time.sleep(0.02)


def in_a_burst(spec: Path, text: str) -> None:
    for number in range(15):
        spec.write_text(BROKEN if number % 2 else text.replace("small", f"n{number}"))
        time.sleep(0.02)
    spec.write_text(text)


def keeping_size_and_date(spec: Path, text: str) -> None:
    """Nothing but the contents differ, and the inode's own date."""
    status = spec.stat()
    assert len(text) == status.st_size
    spec.write_text(text)
    os.utime(spec, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("save", [by_renaming, with_a_copy, in_two_steps, in_pieces, in_a_burst, keeping_size_and_date])
def test_however_an_editor_saves_only_the_whole_is_seen(start: Start, save: Callable[[Path, str], None]) -> None:
    # times that a machine with other things to do keeps as well
    patient = "import skipgraph.cli.watch.files as f\nf._REST, f._GRACE, f._LONGEST = 0.5, 3, 15"
    text = GOOD.replace("middle", "centre")
    session = start(GOOD, prelude=patient)
    first = session.rest(lambda view: view["state"] == "good")
    saving = threading.Thread(target=save, args=(session.spec, text))
    saving.start()
    views = session.until(lambda view: view["picture"] != first["picture"] and not view["working"])
    saving.join()
    assert all(view["state"] == "good" for view in views)
    assert len({view["picture"] for view in views}) == 2
    assert session.picture() == to_html(load(session.spec)) and "centre" in session.picture()


def test_the_same_saved_again_is_no_change(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(GOOD)
    files = Files(spec, 1 << 20)
    held = files.held()
    spec.write_text(GOOD)
    assert files.held() == held
    by_renaming(spec, GOOD)
    assert files.held() == held
    spec.write_text(BETTER)
    assert files.held() != held


def test_a_change_is_seen_although_the_date_of_the_file_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "net.yaml"
    other = GOOD.replace("middle", "centre")
    spec.write_text(GOOD)
    with monkeypatch.context() as still:
        # two saves within one tick of the system's clock
        status = spec.stat()
        still.setattr(os, "fstat", lambda _: status)
        files = Files(spec, 1 << 20)
        held = files.held()
        spec.write_text(other)
        assert files.held() != held
    # a file that has rested long, and a save that puts the old date back
    monkeypatch.setattr("skipgraph.cli.watch.files._RACY", 0)
    held = files.held()
    assert files.held() == held
    time.sleep(0.02)
    keeping_size_and_date(spec, GOOD)
    assert files.held() != held


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "net.yaml")
    (tmp_path / "folder").mkdir()
    (tmp_path / "real.yaml").write_text(GOOD)
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    files = Files(tmp_path / "net.yaml", 1 << 20)
    files.used = frozenset({"folder", "missing/net.yaml", "link.yaml", "a\0b"})
    assert set(files.held().values()) == {None}
    assert Files(tmp_path / "link.yaml", 1 << 20).held()[""], "the file that is named may be a link"


def test_a_link_that_is_used_is_not_followed_to_see_a_change(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_text(GOOD)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    files = Files(tmp_path / "net.yaml", 1 << 20)
    files.used = frozenset({"link/a.yaml", "real/a.yaml"})
    held = files.held()
    assert held["link/a.yaml"] is None and held["real/a.yaml"]


def test_options_hold_at_every_look(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(GOOD.replace("inputs:", "params: {width: 8}\ninputs:").replace("channels: 8", "channels: $(width)"))
    watcher = Watcher(spec, Settings(written={"width": "12"}, without=frozenset({"s1"}), sizes={"H": 32, "W": 64}))
    for _ in range(2):
        watcher.look()
        view = watcher.board.view
        assert view.said == "[N, 12, 32, 64]; H = 32, W = 64" and view.picture and b"s1" not in view.picture.page
        spec.write_text(spec.read_text().replace("middle", "centre"))
    strict = Watcher(spec, Settings(strict=True, without=frozenset({"nothing"})))
    strict.look()
    assert strict.board.view.state == "broken"


def test_while_a_picture_is_drawn_the_last_one_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(GOOD)
    watcher = Watcher(spec, Settings())
    watcher.look()
    before = watcher.board.view
    shown = []
    draw = command._drawn

    def drawn(network: Network, settings: Settings) -> bytes:
        shown.append(watcher.board.view)
        return draw(network, settings)

    monkeypatch.setattr(command, "_drawn", drawn)
    spec.write_text(BETTER)
    watcher.look()
    [during] = shown
    assert during.is_working and during.picture is before.picture is not None and during.said == before.said
    assert watcher.board.view.picture != before.picture and not watcher.board.view.is_working


def test_what_cannot_be_drawn_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from skipgraph.render import RenderError, formats

    def refuse(*_: object) -> None:
        raise RenderError("there is no ink")

    spec = tmp_path / "net.yaml"
    spec.write_text(GOOD)
    monkeypatch.setattr(formats, "draw", refuse)
    watcher = Watcher(spec, Settings())
    watcher.look()
    assert watcher.board.view.state == "broken" and "there is no ink" in watcher.board.view.json()


def test_the_page_tells_as_many_findings_as_check(tmp_path: Path) -> None:
    report = Report()
    source = Source("long.yaml", "\n".join(f"line {number}" for number in range(1, 5_001)))
    for number in range(1, 4_001, 60):
        report.add("SG201", f"finding {number}", Span(source, number, 1, number, 5))
    data = told(report).data
    assert text_of(data) == writers.text(report, color=False)
    assert len(data["findings"]) == 50 and data["more"] == 17
    [listing] = data["sources"]
    assert len(listing["lines"]) < 1_300 and listing["lines"][0] == (1, "error", [("error", "line"), ("", " 1")])


def test_what_a_terminal_would_act_on_is_shown_as_an_escape() -> None:
    report = Report()
    text = "a: \x1b[1;31mred\u202e" + "x" * 1_000
    report.add("SG201", "odd \x1b[0m", Span(Source("\x1b[2Jnet.yaml", text), 1, 4, 1, 9))
    [found] = report
    assert "\x1b" not in str(runs(found)) and "\\x1b[1;31mred" in "".join(piece for _, piece in runs(found))
    data = told(report).data
    # as JSON would escape those that are left
    assert "\\u001b" not in json.dumps(data) and "\\u202e" not in json.dumps(data).replace("\\\\u202e", "")
    assert sum(len(piece) for _, piece in data["sources"][0]["lines"][0][2]) < 450


def test_ctrl_c_ends_it_with_a_reader_listening_and_a_drawing_begun(start: Start) -> None:
    slow = (
        "import time\nimport skipgraph.cli.watch.command as c\nonce = c._drawn\n"
        "def drawn(n, s):\n    if n.graph.name == 'small': return once(n, s)\n    time.sleep(60)\nc._drawn = drawn"
    )
    session = start(GOOD, prelude=slow)
    session.rest(lambda view: view["state"] == "good")
    session.spec.write_text(GOOD.replace("small", "slow"))
    events = session.events()
    while not next(events)["working"]:
        pass
    began = time.monotonic()
    code, _, err = session.end()
    assert code == 0 and err == "" and time.monotonic() - began < 5
    events.close()


def test_a_port_in_use_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(GOOD)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["watch", "net.yaml", "--no-open", "--port", str(port)]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err == f"skipgraph watch: port {port} is in use; `--port 0` takes one that is free\n"
    for port_ in ("70000", "-1", "80a", "٣"):
        assert main(["watch", "net.yaml", "--no-open", f"--port={port_}"]) == 2
        assert "--port takes a number" in capsys.readouterr().err


def test_a_second_watch_says_that_the_usual_port_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(watcher: Watcher) -> Iterator[str]:
        raise KeyboardInterrupt
        yield ""

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Watcher, "news", interrupted)
    Path("net.yaml").write_text(GOOD)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        monkeypatch.setattr(server, "PORT", port)
        other.listen()
        assert main(["watch", "net.yaml", "--no-open"]) == 0
        said = capsys.readouterr().out
        assert said.endswith(f" (Ctrl-C ends; port {port}, the usual one, is in use)\n")
        assert f":{port}/" not in said
    assert main(["watch", "net.yaml", "--no-open"]) == 0
    assert capsys.readouterr().out == f"watching net.yaml at http://127.0.0.1:{port}/ (Ctrl-C ends)\n"


def test_a_spec_that_is_not_there_is_one_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", str(tmp_path / "nett.yaml"), "--no-open"]) == 1
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith("error[SG113]: cannot read")


def test_it_begins_with_a_broken_spec_and_goes_on_past_a_lost_one(start: Start) -> None:
    session = start(BROKEN)
    first = session.rest(lambda view: view["state"] == "broken")
    assert first["picture"] == ""
    assert session.saved(GOOD)["state"] == "good"
    session.spec.unlink()
    lost = session.rest(lambda view: view["state"] == "broken")
    assert lost["picture"] and "SG113" in text_of(lost)
    session.spec.write_text(BETTER)
    assert session.rest(lambda view: view["state"] == "good")["picture"] != lost["picture"]


def test_a_browser_is_opened_where_there_is_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    command._open("http://127.0.0.1:1/")
    assert opened == []
    monkeypatch.setenv("DISPLAY", ":0")
    command._open("http://127.0.0.1:1/")
    assert opened == ["http://127.0.0.1:1/"]


def test_a_fault_of_ours_ends_it_and_is_told_as_one(start: Start) -> None:
    fault = "import skipgraph.cli.watch.command as c\ndef drawn(n, s): raise ValueError('planted')\nc._drawn = drawn"
    session = start(GOOD, prelude=fault)
    session.process.wait(30)
    code, _, err = session.end()
    assert code == 3 and err.startswith("error[SG901]") and "planted" in err and "Traceback" not in err
