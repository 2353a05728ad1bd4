"""The page in a real Chromium, as a reader uses it: nothing is asked of a network, nothing goes wrong."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from html_specs import HOSTILE, hostile, large

from skipgraph.api import load
from skipgraph.render import to_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))
UNET = Path(__file__).parents[1] / "specs" / "unet.yaml"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium, the system's own."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    assert program, "no Chromium is on PATH: apt-get install -y chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def troubles() -> list[str]:
    """What went wrong in a page: what it asks for, errors, and whatever the console says."""
    return []


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path, troubles: list[str]) -> Iterator[Open]:
    """`open_page(html)`: a page from a file; in the end nothing may have gone wrong."""
    made: list[BrowserContext] = []

    def asked(url: str) -> None:
        if not url.startswith(tmp_path.as_uri()):
            troubles.append(f"asks for {url}")

    def open_page(html: str, **options: Any) -> Page:
        file = tmp_path / f"page{len(made)}.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce", **options)
        page = context.new_page()
        made.append(context)
        page.on("request", lambda request: asked(request.url))
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in made:
        context.close()
    assert troubles == []


@pytest.fixture(scope="module")
def unet() -> str:
    return to_html(load(UNET))


def rows(page: Page) -> list[str]:
    """The ids of the rows that are drawn."""
    found: list[str] = page.evaluate("[...document.querySelectorAll('#flow .row')].map(row => row.dataset.id)")
    return found


def all_rows(page: Page) -> list[str]:
    """The ids of all rows, from the top to the bottom, seen by scrolling."""
    found: dict[str, None] = {}
    for top in range(0, page.evaluate("document.querySelector('.canvas').offsetHeight"), 500):
        page.evaluate("top => { document.getElementById('flow').scrollTop = top; }", top)
        page.wait_for_timeout(20)
        found |= dict.fromkeys(rows(page))
    return list(found)


def row(page: Page, id: str) -> Any:
    return page.locator(f'#flow .row[data-id="{id}"]')


def active(page: Page) -> str:
    found: str = page.evaluate("document.querySelector('#flow .row.active')?.dataset.id ?? ''")
    return found


def about(page: Page) -> str:
    text: str = page.locator("#about").inner_text()
    return text


def test_trouble_is_seen(open_page: Open, troubles: list[str], unet: str) -> None:
    planted = '<img src="https://example.org/x.png"><script>window.hit=1</script></body>'
    page = open_page(unet.replace("</body>", planted))
    page.wait_for_timeout(200)
    assert page.evaluate("window.hit") is None
    assert "asks for https://example.org/x.png" in troubles
    assert sum("Content Security Policy" in trouble for trouble in troubles) == 2
    troubles.clear()
    page.evaluate("setTimeout(() => { throw new Error('planted'); })")
    page.wait_for_timeout(50)
    assert troubles == ["error: planted"]
    troubles.clear()


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_every_spec_opens_in_both_views(open_page: Open, file: Path) -> None:
    page = open_page(to_html(load(file)))
    page.keyboard.press("+")
    assert len(rows(page)) > 5
    page.keyboard.press("End")
    assert active(page).startswith("output")
    page.keyboard.press("v")
    for button in page.locator("#details button").all():
        if button.is_visible():
            button.click()
        assert page.locator("#figure g[data-cell]").count() > 1


def test_all_steps_are_rows_in_order(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    page.keyboard.press("+")
    steps = [id for id in all_rows(page) if id not in {"enc0", "enc1", "enc2", "enc3", "bottleneck"}]
    assert steps[0] == "image" and steps[-1] == "output.logits"
    assert sum(id.startswith("enc0.") for id in steps) == 6
    assert steps.index("enc3.relu_1") < steps.index("bottleneck.conv2d_0") < steps.index("dec3.conv2d_0")


def test_pointing_shows_shape_weights_costs_and_the_line(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    row(page, "enc0.conv2d_0").hover()
    text = about(page)
    assert "enc0.conv2d_0" in text and "[N, 64, H, W]" in text and "1,728" in text and "1.73k*H*W" in text
    assert "Conv2d(out_channels=64, kernel_size=3" in text
    place = re.search(r"unet\.yaml:(\d+)\n(.*)", text)
    assert place
    line = UNET.read_text(encoding="utf-8").splitlines()[int(place[1]) - 1]
    assert "Conv2d" in line and place[2] == line.strip()
    page.mouse.move(700, 20)
    assert "31.0M weights" in about(page)


def test_search_finds_names_ops_and_skips(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    page.keyboard.press("/")
    page.keyboard.type("convtranspose")
    assert page.locator("#found").inner_text() == "4"
    page.keyboard.press("Enter")
    assert page.locator("#found").inner_text() == "1 of 4"
    first = active(page)
    page.keyboard.press("Enter")
    assert active(page) not in ("", first)
    assert row(page, active(page)).evaluate("row => row.classList.contains('match')")
    page.keyboard.press("Shift+Enter")
    assert active(page) == first
    page.fill("#search", "skip2")
    assert [each.inner_text() for each in page.locator("#skips .name").all() if each.is_visible()] == ["skip2"]
    # where it begins and where it lands
    assert page.locator("#found").inner_text() == "2"
    page.fill("#search", "nothing like it")
    assert page.locator("#found").inner_text() == "0"
    page.keyboard.press("Escape")
    assert page.locator(".match").count() == 0 and page.input_value("#search") == ""


def test_search_unfolds_what_a_match_lies_in(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    page.click("#fold-all")
    assert row(page, "bottleneck.relu_1").count() == 0
    page.fill("#search", "bottleneck.relu_1")
    page.keyboard.press("Enter")
    assert active(page) == "bottleneck.relu_1"
    assert row(page, "enc0.relu_1").count() == 0


def lit_skips(page: Page, view: str) -> set[str]:
    """The skips of which something is drawn as brightly as ever."""
    script = """view => {
        const all = [...document.querySelectorAll(`${view} [data-skip]:not(.hit)`)];
        return all.filter(each => Number(getComputedStyle(each).opacity) > .9).map(each => each.dataset.skip);
    }"""
    return set(page.evaluate(script, view))


def test_a_skip_that_is_chosen_is_lit_and_the_rest_dims(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    page.click("#fold-all")
    assert len(lit_skips(page, "#flow")) == 4
    page.click("#skips button:has-text('skip1')")
    [lit] = lit_skips(page, "#flow")
    assert page.locator(f"#skips button[data-skip='{lit}']").get_attribute("aria-pressed") == "true"
    bright = "[...document.querySelectorAll('#flow .row')].filter(row => getComputedStyle(row).opacity > .9)"
    ends = page.evaluate(f"{bright}.map(row => row.dataset.id)")
    assert len(ends) == 2 and ends[0] == "enc1"
    assert "skip1" in about(page) and "128×H/2×W/2" in about(page)
    page.keyboard.press("v")
    assert lit_skips(page, "#figure") == {"skip1"}
    page.keyboard.press("v")
    page.keyboard.press("Escape")
    assert len(lit_skips(page, "#flow")) == 4
    # a click on its line chooses it too
    x, y = page.evaluate("""() => {
        const path = document.querySelector('.wires .hit'), {x, y} = path.getPointAtLength(path.getTotalLength() / 2);
        const {left, top} = document.querySelector('.canvas').getBoundingClientRect();
        return [left + x, top + y];
    }""")
    page.mouse.click(x, y)
    assert len(lit_skips(page, "#flow")) == 1


def test_skips_between_folded_blocks_stay_and_keep_their_names(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    page.evaluate("document.getElementById('flow').style.height = '6000px'")
    for key, folded in (("+", False), ("-", True)):
        page.keyboard.press(key)
        page.wait_for_timeout(50)
        assert sorted(texts(page)) == [
            "skip0",
            "skip1",
            "skip2",
            "skip3",
        ]
        assert row(page, "enc0").get_attribute("aria-expanded") == str(not folded).lower()
        assert (row(page, "enc0.relu_1").count() == 0) is folded
        assert loose_ends(page) == []
    row(page, "enc0").click()
    assert row(page, "enc0.relu_1").count() == 1 and row(page, "enc1.relu_1").count() == 0


def texts(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...document.querySelectorAll('.wires text')].map(text => text.textContent)")
    return found


def loose_ends(page: Page) -> list[str]:
    """Skips whose line does not lead from a row's right edge to another's."""
    found: list[str] = page.evaluate("""() => {
        const edges = [...document.querySelectorAll('#flow .row')].map(row => [row.offsetLeft + row.offsetWidth,
            row.offsetTop, row.offsetTop + row.offsetHeight]);
        const touches = ({x, y}) => edges.some(([edge, top, low]) => Math.abs(edge - x) < 9 && top < y && y < low);
        const color = skip => getComputedStyle(document.querySelector(`path.skip[data-skip="${skip}"]`)).stroke;
        const tips = [...document.querySelectorAll('.wires path.tip')];
        if (!tips.length) return ['no arrow'];
        const isOff = tip => getComputedStyle(tip).fill !== color(tip.dataset.skip);
        if (tips.some(isOff)) return ['an arrow of another colour'];
        return [...document.querySelectorAll('.wires path.skip')].filter(path =>
            !touches(path.getPointAtLength(0)) || !touches(path.getPointAtLength(path.getTotalLength()))
        ).map(path => path.dataset.skip);
    }""")
    return found


def test_a_skip_inside_a_folded_block_is_uncovered_when_chosen(open_page: Open) -> None:
    page = open_page(to_html(load(SPECS[[file.stem for file in SPECS].index("resnet18")])))
    page.keyboard.press("-")
    assert "1 skip inside" in row(page, "layer1").inner_text()
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert len(lit_skips(page, "#flow")) == 1
    assert row(page, "layer1").get_attribute("aria-expanded") == "true"
    assert row(page, "layer2").get_attribute("aria-expanded") == "false"


def test_everything_can_be_done_by_keys(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    page.keyboard.press("ArrowDown")
    assert active(page) == "image"
    page.keyboard.press("ArrowDown")
    assert active(page) == "enc0"
    page.keyboard.press("ArrowLeft")
    assert row(page, "enc0").get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    assert active(page) == "maxpool2d_0"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert row(page, "enc0").get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowRight")
    assert active(page) == "enc0.conv2d_0"
    page.keyboard.press("ArrowLeft")
    assert active(page) == "enc0"
    page.keyboard.press("Enter")
    assert row(page, "enc0").get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    assert active(page) == "enc0.relu_1"
    page.keyboard.press("Enter")
    assert len(lit_skips(page, "#flow")) == 1 and "skip0" in about(page)
    page.keyboard.press("n")
    page.keyboard.press("p")
    assert "skip0" in about(page)
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    assert active(page) == "output.logits"
    page.keyboard.press("Home")
    assert active(page) == "image"
    page.keyboard.press("?")
    assert page.locator("dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible() and active(page) == "image"
    page.keyboard.press("v")
    assert page.locator("#figure svg").is_visible() and not page.locator("#flow").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.locator("#figure g.active").count() == 1


def test_tab_reaches_every_control(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    reached = []
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(e => e.id || e.textContent)(document.activeElement)"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") in ("solid", "auto", "none")
    for control in ("view-flow", "view-figure", "search", "fold-all", "unfold-all", "theme", "help", "flow"):
        assert control in reached, reached
    assert sum("skip" in each for each in reached) >= 4


def test_the_tree_tells_a_screen_reader_what_it_shows(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    assert page.get_by_role("tree").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    pointed = page.get_by_role("tree").get_attribute("aria-activedescendant")
    item = page.locator(f"#{pointed}")
    assert item.get_attribute("role") == "treeitem" and item.get_attribute("aria-selected") == "true"
    assert item.get_attribute("aria-level") == "1" and item.get_attribute("aria-expanded") == "true"
    assert page.locator("button").evaluate_all("all => all.every(b => b.textContent || b.ariaLabel)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_are_followed_and_every_text_stands_out(open_page: Open, unet: str, scheme: str) -> None:
    page = open_page(unet, color_scheme=scheme)
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}
    other = {"light": "dark", "dark": "light"}[scheme]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground[scheme]
    for selector in ("#flow .row .title", "#flow .row .cell", "#flow .row .note", "#skips .way", "#about p", "h1"):
        assert worst_contrast(page, selector) >= 4.5, selector
    page.keyboard.press("d")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground[other]
    page.keyboard.press("v")
    fill = page.locator("#figure text.sg-ink").first.evaluate("text => getComputedStyle(text).fill")
    assert fill == {"light": "rgb(31, 35, 40)", "dark": "rgb(230, 237, 243)"}[other]


def worst_contrast(page: Page, selector: str) -> float:
    """Of the texts so selected with what they stand on, by WCAG 2."""
    found: float = page.evaluate(
        """selector => {
        const parts = color => color.match(/[\\d.]+/g).map(Number);
        const ground = element => {
            for (let each = element; each; each = each.parentElement) {
                const [r, g, b, a] = parts(getComputedStyle(each).backgroundColor);
                if (a !== 0) return [r, g, b];
            }
        };
        const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
            .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
            .reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
        const of = element => {
            const colors = [parts(getComputedStyle(element).color), ground(element)];
            const [low, high] = colors.map(luminance).sort((a, b) => a - b);
            return (high + .05) / (low + .05);
        };
        return Math.min(...[...document.querySelectorAll(selector)].filter(each => each.textContent).map(of));
    }""",
        selector,
    )
    return found


def test_hostile_names_are_text_and_nothing_runs(open_page: Open) -> None:
    page = open_page(to_html(hostile()))
    page.keyboard.press("+")
    shown = page.locator("body").inner_text() + page.title()
    for _ in all_rows(page):
        page.keyboard.press("ArrowDown")
        shown += about(page)
    page.keyboard.press("n")
    shown += about(page)
    page.keyboard.press("v")
    for button in page.locator("#details button").all():
        if button.is_visible():
            button.click()
        shown += page.evaluate("document.getElementById('figure').textContent")
    squeezed = re.sub(r"\s+", "", shown)
    for evil in HOSTILE:
        assert re.sub(r"\s+", "", evil) in squeezed
    assert "onerror=window.hit=1>" in shown
    assert page.evaluate("window.hit") is None
    assert page.locator("img, iframe, object, b").count() == 0 and page.locator("script").count() == 2


def test_five_thousand_steps_open_and_unfold_within_a_second(open_page: Open, tmp_path: Path) -> None:
    page = open_page("<p>first, to have a clock</p>")
    (tmp_path / "large.html").write_text(to_html(load(large(5_000))), encoding="utf-8")
    session = page.context.new_cdp_session(page)
    # the time that the page's thread works: what an idle core takes, whatever else runs here
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    page.goto((tmp_path / "large.html").as_uri())
    opened = worked()
    assert 0.01 < opened < 1.0
    page.click("#fold-all")
    assert row(page, "r3").get_attribute("aria-expanded") == "false"
    before = worked()
    page.click("#unfold-all")
    assert row(page, "r3.short").count() == 1
    assert 0.001 < worked() - before < 1.0
    # only what is in sight is there
    assert page.evaluate("document.querySelectorAll('.canvas *').length") < 3_000
    page.keyboard.press("End")
    assert active(page) == "output"
    page.fill("#search", "r617.short")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert active(page) == "r617.short"


def test_the_figure_tells_of_its_cells(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    page.keyboard.press("v")
    page.click("#details [data-detail=blocks]")
    page.locator("#figure g[data-cell='bottleneck'] rect").first.hover()
    assert "bottleneck" in about(page) and "[N, 1024, H/16, W/16]" in about(page)
    page.fill("#search", "bottleneck.relu_1")
    assert page.locator("#figure g.match").count() == 1
    wide = page.evaluate("document.querySelector('#figure svg').getBoundingClientRect().width")
    page.click("#zoom-in")
    assert page.evaluate("document.querySelector('#figure svg').getBoundingClientRect().width") > wide * 1.2


def test_search_takes_words_in_any_order_and_shapes(open_page: Open, unet: str) -> None:
    page = open_page(unet)

    def found(query: str) -> int:
        page.fill("#search", query)
        return int(page.locator("#found").inner_text())

    assert found("conv2d enc0") == found("enc0 CONV2D") == 2
    assert found("conv2d 3x3, 64") == found("3×3, 64 conv2d") == 4
    # the block and what is in it
    assert found("1024xh/16xw/16") == 7
    assert found("64×H×W dec0.relu_1") == 1
    assert found("64") < found("64x")
    page.fill("#search", "skip 2")
    assert [each.inner_text() for each in page.locator("#skips .name").all() if each.is_visible()] == ["skip2"]


def test_numbers_that_are_given_are_shown_and_searched(open_page: Open) -> None:
    page = open_page(to_html(load(UNET), sizes={"H": 256, "W": 128}))
    assert "H=256, W=128" in about(page) and "24.1G" in about(page)
    assert row(page, "enc0.conv2d_0").inner_text().split("\n")[1:] == ["64×256×128", "1.7k", "56.6M"]
    page.fill("#search", "1024x16x8")
    assert page.locator("#found").inner_text() == "7"
    row(page, "enc0.conv2d_0").hover()
    assert "[N, 64, 256, 128]" in about(page)
    page.keyboard.press("Escape")
    page.click("#view-figure")
    shown = page.locator("#figure svg").evaluate(
        "svg => [...svg.querySelectorAll('text')].map(text => text.textContent)"
    )
    assert "256×128" in shown and "16×8" in shown


def test_the_panel_tells_of_the_network_again_once_nothing_is_chosen(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    network = about(page)
    assert "MACs\n735k*H*W" in network and "All keys ?" in network
    page.keyboard.press("n")
    assert "enc3.relu_1" in about(page) and "skip3, concat 512+512" in about(page)
    page.keyboard.press("Escape")
    assert about(page) == network
    page.locator("#skips button").first.hover()
    assert about(page) != network
    page.mouse.move(400, 300)
    page.mouse.move(400, 10)
    assert about(page) == network


def test_the_spec_is_shown_with_the_lines_that_belong_to_it(open_page: Open) -> None:
    spec = """
skipgraph: 1
inputs: {image: [N, 3, H, W]}
layers:
  - Conv2d:
      name: first
      out_channels: 3
      kernel_size: 1
  - ReLU: {name: second}
"""
    page = open_page(to_html(load(spec)))
    row(page, "first").hover()
    code = page.locator("#about .line code")
    assert code.inner_text() == "- Conv2d:\n    name: first\n    out_channels: 3\n    kernel_size: 1"
    row(page, "second").hover()
    assert code.inner_text() == "- ReLU: {name: second}"


def test_keys_make_the_figure_larger_and_smaller_and_fit_it(open_page: Open, unet: str) -> None:
    page = open_page(unet)
    page.keyboard.press("v")
    wide = "document.querySelector('#figure svg').getBoundingClientRect().width"
    fitting = page.evaluate(wide)
    page.keyboard.press("+")
    assert page.evaluate(wide) > fitting * 1.2
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert page.evaluate(wide) < fitting * 0.9
    page.keyboard.press("0")
    assert page.evaluate(wide) == pytest.approx(fitting)


def test_the_list_of_skips_has_the_colours_of_the_view(open_page: Open) -> None:
    page = open_page(to_html(load(UNET.with_name("yolov8n.yaml"))))
    page.wait_for_timeout(200)
    looks = """selector => {
        const paths = [...document.querySelectorAll(selector)], skips = window.skipgraph.data.skips;
        const look = path => ["stroke", "stroke-dasharray"].map(name => path.getAttribute(name)).join(" ");
        const name = ({dataset: {skip}}) => skips[skip]?.id ?? skip;
        return Object.fromEntries(paths.filter(path => path.getAttribute("opacity") !== "0.2")
            .map(path => [name(path.closest("[data-skip]")), look(path)]));
    }"""

    def listed() -> dict[str, str]:
        found: dict[str, str] = page.evaluate(looks, "#skips path")
        return found

    flow = listed()
    assert len(flow) == 10 and flow.items() >= page.evaluate(looks, ".wires path.skip").items() != set()
    page.keyboard.press("v")
    for button in ("fit", "ops"):
        page.click(f"#details [data-detail={button}]")
        assert listed() == page.evaluate(looks, "#figure g[data-skip] path[stroke]") != {}
        # what is not folded away has the colours of the flow
        assert (listed() == flow) is (button == "ops")
    page.keyboard.press("v")
    assert listed() == flow


@pytest.mark.parametrize("wide", [1280, 600])
def test_the_list_of_skips_cuts_no_name_and_no_shape(open_page: Open, wide: int) -> None:
    page = open_page(to_html(load(UNET.with_name("yolov8n.yaml"))))
    page.set_viewport_size({"width": wide, "height": 900})
    cut = "all => all.filter(each => each.scrollWidth > each.offsetWidth + 1).map(each => each.textContent)"
    for part in ("name", "size"):
        texts = page.locator(f"#skips .{part}")
        assert texts.count() == 10 and texts.evaluate_all(cut) == []


@pytest.mark.parametrize("name", ["unet", "u2net", "resnet50"])
def test_nothing_is_out_of_sight_on_a_narrow_page(open_page: Open, name: str) -> None:
    page = open_page(to_html(load(UNET.with_name(f"{name}.yaml"))))
    page.set_viewport_size({"width": 600, "height": 900})
    page.keyboard.press("n")
    page.wait_for_timeout(50)
    outside = page.evaluate("""() => {
        const wide = document.documentElement.clientWidth;
        const shown = "header > *, aside section, #about *, #skips button, .wires .lit, .row";
        const isOutside = each => each.getBoundingClientRect().right > wide + 1;
        return [...document.querySelectorAll(shown)].filter(isOutside).map(each => each.outerHTML.slice(0, 80));
    }""")
    assert outside == []
    # the flow has the larger part
    assert page.evaluate("document.getElementById('flow').clientHeight") > 450
