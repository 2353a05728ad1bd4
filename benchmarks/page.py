"""The page in a headless Chromium: until it is seen and answers, and until all its blocks are unfolded.

Beside it the same rows as one SVG, the view `flow` with every op, opened by the same browser: all in the document at
once, and nothing to fold or to find. Neither dot (two minutes for 5,000 steps) nor Mermaid (500 edges at most) would
draw the same. Needs `playwright` and a Chromium on PATH.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Comparison, shown, title
from skipgraph import Limits, load
from skipgraph.render import to_html, to_svg

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SIZES = (1_000, 5_000)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SEEN = """addEventListener("load", () =>
    requestAnimationFrame(() => setTimeout(() => { window.seen = performance.now(); })))"""
"""Notes when the first picture has been drawn and the thread is free, from the start of the navigation."""
_CLICK = """id => new Promise(done => {
    const begin = performance.now();
    document.getElementById(id).click();
    requestAnimationFrame(() => setTimeout(() => done((performance.now() - begin) / 1000)));
})"""
_OPEN_ROWS = "document.querySelectorAll('#flow .row').length"

Times = dict[str, tuple[float, float]]
"""Seconds by the clock on the wall and of the page's thread, by what was done."""


def run(rounds: int) -> None:
    """Print the rows."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("page: skipped, there is no playwright")
        return
    if program is None:
        print(f"page: skipped, none of {', '.join(NAMES)} is on PATH")
        return
    title("page opened : the same rows opened as an SVG", "1 s on an idle core, to open and to unfold")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for steps in SIZES:
            network = load(residual(steps), limits=Limits(steps=10**6))
            page, other = Path(folder, f"{steps}.html"), Path(folder, f"{steps}.svg")
            page.write_text(to_html(network), encoding="utf-8")
            other.write_text(to_svg(network, view="flow", detail="ops", theme="light"), encoding="utf-8")
            browser = playwright.chromium.launch(executable_path=program)
            measure(browser, steps, page, other, rounds)
            browser.close()


def residual(steps: int) -> dict[str, Any]:
    """A spec of so many steps: blocks of five, each with a skip, and skips over twenty of them."""
    count = steps // 5
    convolution = {"Conv2d": {"out_channels": 8, "kernel_size": 3, "padding": 1}}
    layers = [convolution, "ReLU", convolution, "ReLU"]
    block = {"layers": layers, "skips": {"short": {"from": "input", "to": "output", "merge": "add"}}}
    long = {f"long{i}": {"from": f"r{i}", "to": f"r{i + 20}", "merge": "add"} for i in range(0, count - 21, 10)}
    return {
        "skipgraph": 1,
        "inputs": {"x": ["N", 8, "H", "W"]},
        "blocks": {"residual": block},
        "layers": [{"residual": {"name": f"r{i}"}} for i in range(count)],
        "skips": long,
    }


def measure(browser: Browser, steps: int, page: Path, other: Path, rounds: int) -> None:
    """Both in turn, after a round that does not count; in every second round the other goes first."""
    ours: list[Times] = []
    others: list[Times] = []
    for index in range(rounds + 1):
        for file, times in ((page, ours), (other, others))[:: 1 if index % 2 else -1]:
            times.append(times_of(browser, file, is_page=file is page))
    for clock, name in enumerate(("wall", "thread")):
        opened, theirs = (tuple(times["open"][clock] for times in each[1:]) for each in (ours, others))
        print(Comparison(opened, theirs).row(f"{steps:,} steps, opened, {name}"))
    for clock, name in enumerate(("wall", "thread")):
        unfolded = sorted(times["unfold"][clock] for times in ours[1:])
        print(
            f"{f'{steps:,} steps, unfolded, {name}':<50} {shown(median(unfolded)):>11}   at most {shown(unfolded[-1])}"
        )


def times_of(browser: Browser, file: Path, is_page: bool) -> Times:
    """One visit, in a process of its own."""
    with visit(browser) as (page, worked):
        page.goto(file.as_uri())
        page.wait_for_function("window.seen")
        found = {"open": (page.evaluate("window.seen") / 1000, worked())}
        if is_page:
            # what is done later, as time allows, shall not fall into what is measured next
            page.wait_for_timeout(500)
            page.evaluate(_CLICK, "fold-all")
            page.wait_for_timeout(100)
            folded, before = page.evaluate(_OPEN_ROWS), worked()
            wall = page.evaluate(_CLICK, "unfold-all")
            found["unfold"] = wall, worked() - before
            assert page.evaluate("window.skipgraph.state.folded.size") == 0 and folded
        return found


@contextmanager
def visit(browser: Browser) -> Iterator[tuple[Any, Any]]:
    """A page, and what tells how long its thread has worked."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.add_init_script(_SEEN)
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    yield page, worked
    context.close()
