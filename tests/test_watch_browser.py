"""The page of `skipgraph watch` in a real Chromium: it follows the file, and a reader keeps the place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import test_browser
from watch_session import BETTER, BROKEN, GOOD, Session

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

pytestmark = pytest.mark.browser

chromium = test_browser.browser
"""The fixture, a headless Chromium."""

Watched = Callable[..., tuple["Page", Session]]


@pytest.fixture
def troubles() -> list[str]:
    """What went wrong in a page: requests but to the server, errors, whatever the console says."""
    return []


@pytest.fixture
def watched(chromium: Browser, tmp_path: Path, troubles: list[str]) -> Iterator[Watched]:
    """`watched(text)`: the page of a session, and the session; in the end nothing may have gone wrong."""
    begun: list[Any] = []

    def asked(url: str, own: str) -> None:
        if not url.startswith((own, "data:,")):
            troubles.append(f"asks for {url}")

    def watched(text: str, name: str = "net.yaml", **options: Any) -> tuple[Page, Session]:
        spec = tmp_path / name
        spec.write_text(text)
        session = Session(spec)
        context = chromium.new_context(viewport={"width": 1400, "height": 860}, reduced_motion="reduce", **options)
        page = context.new_page()
        begun.append((context, session))
        page.on("request", lambda request: asked(request.url, session.url))
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.goto(session.url)
        return page, session

    yield watched
    for context, session in begun:
        context.close()
        code, _, err = session.end()
        assert code == 0 and err == ""
    assert troubles == []


def picture(page: Page, text: str = "") -> Frame:
    """The picture that is shown, once there is no other on its way and a step is called so."""
    page.wait_for_selector("#picture:not(:has(iframe.coming)) iframe")
    if text:
        page.frame_locator("iframe:not(.coming)").locator("#flow .row", has_text=text).first.wait_for(state="attached")
    for _ in range(50):
        handle = page.query_selector("iframe:not(.coming)")
        # it may just have been swapped
        if frame := handle and handle.content_frame():
            return frame
        page.wait_for_timeout(100)
    raise AssertionError("there is no picture")


def keys(page: Page) -> list[str]:
    """By which the pictures that are there differ."""
    return [str(frame.get_attribute("data-key")) for frame in page.locator("iframe").all()]


def state(page: Page, wanted: str) -> None:
    page.wait_for_selector(f"body[data-state={wanted}]")


def rows(frame: Frame) -> list[str]:
    found: list[str] = frame.evaluate("[...document.querySelectorAll('#flow .row')].map(row => row.dataset.id)")
    return found


def test_the_picture_follows_the_file_and_stays_marked_while_it_is_broken(watched: Watched) -> None:
    page, session = watched(GOOD)
    state(page, "good")
    assert "first" in rows(picture(page))
    assert page.locator("#told").is_hidden() and page.locator("#old").is_hidden()

    session.spec.write_text(BETTER)
    page.frame_locator("iframe:not(.coming)").locator("#flow .row", has_text="stem").first.wait_for()
    assert "stem" in rows(picture(page)) and page.locator("iframe").count() == 1

    session.spec.write_text(BROKEN)
    state(page, "broken")
    assert "stem" in rows(picture(page))
    assert page.locator("#old").is_visible() and "before these findings" in page.locator("#old").inner_text()
    assert float(page.locator("iframe").evaluate("frame => getComputedStyle(frame).opacity")) < 0.7
    assert "1 error" in page.locator("#state").inner_text() and page.title() == "✗ net.yaml"
    [text] = page.locator(".finding").all_inner_texts()
    assert text.startswith("error[SG") and "Relu" in text and "--> net.yaml:7:5" in text and "help" in text
    [line] = page.locator(".line.error").all()
    assert line.is_visible() and line.inner_text().split() == ["7", "-", "Relu:", "{name:", "middle}"]
    assert line.locator("mark.error").inner_text() == "Relu"
    page.locator(".finding").focus()
    page.keyboard.press("Enter")
    assert "here" in str(page.locator(".line.error").get_attribute("class"))

    session.spec.write_text(GOOD)
    state(page, "good")
    assert "first" in rows(picture(page, "first")) and page.locator("#told").is_hidden()
    assert page.locator("#old").is_hidden() and page.title() == "✓ net.yaml"


def test_a_spec_that_begins_broken_has_the_page_for_its_findings(watched: Watched) -> None:
    page, session = watched(BROKEN)
    state(page, "broken")
    assert "The picture comes as soon as the spec checks" in page.locator("#said").inner_text()
    assert page.locator("main").is_hidden()
    wide = [page.locator(each).evaluate("each => each.offsetWidth") for each in ("#told", "#findings", "#sources")]
    assert wide[0] == 1400 and min(wide[1:]) > 600
    session.spec.write_text(GOOD)
    state(page, "good")
    assert "first" in rows(picture(page)) and page.locator("main").is_visible()
    assert page.locator("#said").inner_text() and "as soon as" not in page.locator("#said").inner_text()


def test_a_narrow_page_belongs_to_the_picture_until_there_are_findings(watched: Watched) -> None:
    page, session = watched(GOOD)
    page.set_viewport_size({"width": 600, "height": 900})
    state(page, "good")
    picture(page)

    def high(each: str) -> int:
        found: int = page.locator(each).evaluate("each => each.offsetHeight")
        return found

    assert high("#picture") > 850
    session.spec.write_text(BROKEN)
    state(page, "broken")
    assert high("#picture") > 350 and high("#told") > 350
    assert page.locator(".finding").is_visible() and page.locator(".line.error").is_visible()


BLOCKS = """\
skipgraph: 1
inputs: {image: [N, 8, H, W]}
blocks:
  res:
    layers:
      - Conv2d: {name: a, out_channels: 8, kernel_size: 3, padding: 1}
      - ReLU
      - Conv2d: {name: b, out_channels: 8, kernel_size: 3, padding: 1}
    skips: {short: {from: input, to: output, merge: add}}
layers:
  - for: i in range(12)
    do: [{res: {name: r$i}}]
  - Conv2d: {name: last, out_channels: 2, kernel_size: 1}
skips: {far: {from: r0, to: last, merge: add}}
"""


def test_a_reader_keeps_the_place_when_the_picture_is_swapped(watched: Watched) -> None:
    page, session = watched(BLOCKS)
    state(page, "good")
    frame = picture(page)
    frame.evaluate("""() => {
        const page = window.skipgraph;
        page.foldAll(false);
        page.fold(page.rowOf.get("r3"), true);
        page.choose(page.data.skips.findIndex(each => each.id === "far"));
        page.activate(page.rowOf.get("r9"));
        page.toggleTheme();
        page.flow.scrollTop = 400;
    }""")
    kept = """() => { const {state, data, flow, rowOf} = window.skipgraph; return {
        view: state.view, active: data.rows[state.active].id, chosen: data.skips[state.chosen].id,
        folded: state.folded.has(rowOf.get("r3")), open: !state.folded.has(rowOf.get("r4")),
        top: flow.scrollTop, theme: document.documentElement.dataset.theme,
    }; }"""
    before = frame.evaluate(kept)
    assert before == {
        "view": "flow", "active": "r9", "chosen": "far", "folded": True, "open": True, "top": 400, "theme": "dark"
    }  # fmt: skip
    [key] = keys(page)
    session.spec.write_text(BLOCKS.replace("name: last", "name: head").replace("to: last", "to: head"))
    page.wait_for_selector(f"iframe:not(.coming, [data-key='{key}'])")
    assert picture(page).evaluate(kept) == before
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"

    picture(page).evaluate("() => { skipgraph.show('figure'); skipgraph.zoom(2); skipgraph.find('r9'); }")
    scale = picture(page).evaluate("skipgraph.scale")
    [key] = keys(page)
    session.spec.write_text(BLOCKS)
    page.wait_for_selector(f"iframe:not(.coming, [data-key='{key}'])")
    now = picture(page).evaluate(
        "[skipgraph.state.view, skipgraph.scale, skipgraph.state.query, skipgraph.search.value]"
    )
    assert now == ["figure", pytest.approx(scale), "r9", "r9"]


def test_the_old_picture_is_seen_until_the_new_one_is_there(watched: Watched) -> None:
    page, session = watched(GOOD)
    picture(page)
    page.evaluate("""() => {
        window.gaps = 0;
        window.seen = 0;
        const look = () => {
            const shown = document.querySelectorAll("iframe:not(.coming)");
            window.seen += 1;
            if (shown.length !== 1 || !shown[0].contentDocument?.querySelector("#flow .row")) window.gaps += 1;
            requestAnimationFrame(look);
        };
        look();
    }""")
    for text in (BETTER, BROKEN, GOOD):
        session.saved(text)
        picture(page)
        page.wait_for_timeout(300)
    assert page.evaluate("window.seen") > 20 and page.evaluate("window.gaps") == 0


HOSTILE = "<img src=x onerror=window.hit=1>"


def test_hostile_text_is_text_and_nothing_runs(watched: Watched) -> None:
    text = GOOD.replace(
        "kernel_size: 3, padding: 1}\n  - ReLU", f'"{HOSTILE}</pre><script>window.hit=1</script>": 3}}\n  - ReLU'
    )
    page, _ = watched(text, f"{HOSTILE.replace('/', '')}.yaml")
    state(page, "broken")
    assert HOSTILE in page.locator(".finding").first.inner_text() and HOSTILE in page.locator("#file").inner_text()
    assert HOSTILE in page.locator(".line.error").first.inner_text() and HOSTILE in page.title()
    assert page.evaluate("window.hit") is None and page.locator("img").count() == 0


def test_nothing_may_be_written_as_markup_or_asked_of_another(watched: Watched, troubles: list[str]) -> None:
    page, _ = watched(GOOD)
    state(page, "good")
    picture(page)
    refused = page.evaluate("""() => {
        try { document.body.innerHTML = "<b>x</b>"; return false; } catch { return true; }
    }""")
    asked = page.evaluate("fetch('https://example.org/').then(() => true, () => false)")
    assert refused and not asked
    assert len(troubles) >= 2 and all("Content Security Policy" in each or "TrustedHTML" in each for each in troubles)
    troubles.clear()


class _Elsewhere(BaseHTTPRequestHandler):
    """Another site."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>evil</title>")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def misled(chromium: Browser) -> Iterator[Page]:
    """A page of a Chromium to which `evil.example` is this machine."""
    program = next(filter(None, map(shutil.which, test_browser.NAMES)))
    options = ["--host-resolver-rules=MAP evil.example 127.0.0.1"]
    browser = chromium.browser_type.launch(executable_path=program, args=options)
    yield browser.new_page()
    browser.close()


def test_another_site_gets_nothing_by_any_element(watched: Watched, misled: Page) -> None:
    _, session = watched(GOOD)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        Thread(target=server.serve_forever, args=(0.05,)).start()
        misled.goto(f"http://evil.example:{server.server_port}/")
        answers: list[tuple[str, int]] = []
        misled.on("response", lambda answer: answers.append((answer.url.removeprefix(session.url), answer.status)))
        for path in ("", "picture", "events", "page.js"):
            assert not misled.evaluate("url => fetch(url).then(() => true, () => false)", session.url + path)
            misled.evaluate(
                """url => Promise.all(["iframe", "script", "img"].map(tag => new Promise(done => {
                    const element = document.createElement(tag);
                    element.onload = element.onerror = done;
                    element.src = url;
                    document.body.append(element);
                })))""",
                session.url + path,
            )
        server.shutdown()
    assert {path for path, _ in answers} == {"", "picture", "events", "page.js"}
    assert {status for _, status in answers} == {403}


def test_a_name_that_is_made_to_lead_here_is_refused(watched: Watched, misled: Page) -> None:
    _, session = watched(GOOD)
    for path in ("", "picture", "events"):
        answer = misled.goto(f"http://evil.example:{session.port}/{path}")
        assert answer and answer.status == 403 and "skipgraph" not in answer.text()
        assert misled.evaluate("path => fetch('/' + path).then(answer => answer.status)", path) == 403


def test_the_end_is_told_and_the_next_begin_found(watched: Watched, troubles: list[str]) -> None:
    page, session = watched(GOOD)
    state(page, "good")
    picture(page)
    session.end()
    state(page, "lost")
    assert "has ended" in page.locator("#state").inner_text() and "first" in rows(picture(page))
    session.spec.write_text(BETTER)
    again = Session(session.spec, "--port", str(session.port))
    state(page, "good")
    assert "stem" in rows(picture(page, "stem"))
    again.end()
    page.context.close()
    assert all("ERR_CONNECTION_REFUSED" in each or "ERR_INCOMPLETE_CHUNKED" in each for each in troubles)
    troubles.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_in_both_themes(watched: Watched, scheme: str) -> None:
    page, session = watched(GOOD, color_scheme=scheme)
    state(page, "good")
    picture(page)
    session.spec.write_text(BROKEN)
    state(page, "broken")
    for selector in (
        "#file",
        "#state",
        "#old",
        ".finding",
        ".finding span",
        ".line code",
        ".line mark",
        ".number",
        "h2",
    ):
        assert test_browser.worst_contrast(page, selector) >= 4.5, selector
