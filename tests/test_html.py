"""The page as a file: whole, the same each time, with nothing from outside and nothing that a name could run."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from html_specs import HOSTILE, hostile

from skipgraph.api import build, load
from skipgraph.graph import Network
from skipgraph.passes.costs import cost
from skipgraph.passes.summary import summary
from skipgraph.render import to_html
from skipgraph.render.compose import compose
from skipgraph.sizes import Size

ROOT = Path(__file__).parents[1]
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
UNET = ROOT / "specs" / "unet.yaml"


class Elements(HTMLParser):
    """Every element of a page, and the text of those that a browser takes as it is."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._raw = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._raw = tag in ("script", "style")
        if self._raw:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self._raw:
            self.texts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._raw = False


def data_in(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_the_policy_lets_run_the_script_and_the_style_of_the_page_and_nothing_else() -> None:
    elements = Elements(to_html(load(UNET)))
    [policy] = [each["content"] for tag, each in elements.tags if each.get("http-equiv") == "Content-Security-Policy"]
    style, data, script = elements.texts
    assert json.loads(data)
    for text, kind in ((style, "style-src"), (script, "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "*" not in policy


@pytest.mark.parametrize("network", [pytest.param(load(UNET), id="unet"), pytest.param(hostile(), id="hostile")])
def test_the_page_holds_no_link_no_handler_and_no_script_but_its_own(network: Network) -> None:
    elements = Elements(to_html(network))
    assert [tag for tag, _ in elements.tags if tag in ("script", "style")] == ["style", "script", "script"]
    for tag, attributes in elements.tags:
        assert tag not in ("img", "iframe", "object", "embed", "base", "foreignobject", "b")
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in ("src", "style", "srcset", "action", "xlink:href")
            assert name != "href" or value == "data:,"


def test_hostile_names_come_through_as_they_are() -> None:
    data = data_in(to_html(hostile()))
    names = [row["id"] for row in data["rows"]] + [skip["id"] for skip in data["skips"]] + [data["title"]]
    assert [evil for evil in HOSTILE if not any(evil in name for name in names)] == []


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_every_step_is_in_one_row_and_every_skip_on_its_way(file: Path) -> None:
    network = load(file)
    scene, data = compose(network, "ops"), data_in(to_html(network))
    steps = [row["id"] for row in data["rows"] if "end" not in row]
    assert sorted(steps) == sorted(box.id for box in scene.boxes)
    assert {skip["id"] for skip in data["skips"]} == {skip.id for skip in scene.skips}
    assert {way[3] for way in data["ways"]} - {-1} == set(range(len(scene.skips)))
    blocks = {row["id"]: row["end"] - at for at, row in enumerate(data["rows"]) if row["kind"] == "block"}
    assert set(blocks) == {frame.id for frame in scene.frames if frame.block}


def test_weights_and_multiply_accumulates_are_those_of_the_module() -> None:
    sizes = {"H": 64, "W": 64}
    network, model = load(UNET), build(UNET)
    rows = {row["id"]: row for row in data_in(to_html(network, sizes=sizes))["rows"]}
    for name, module in model.named_modules():
        if name in rows:
            assert rows[name]["weights"] == sum(weight.numel() for weight in module.parameters())
    counted = {row.name: cost(row.macs, network.contract) for row in summary(network, sizes).rows if row.macs}
    assert {name: row["macs"] for name, row in rows.items() if row["macs"]} == counted
    # 64 channels from 3, 3 by 3, at 64 by 64
    assert rows["enc0.conv2d_0"]["macs"] == "7.08M"


def test_each_step_knows_its_own_line() -> None:
    lines = UNET.read_text(encoding="utf-8").splitlines()
    data = data_in(to_html(load(UNET)))
    named = {row["id"]: row["at"] for row in data["rows"] if "at" in row}
    source, number, count = named["bottleneck"]
    shown = data["sources"][source]
    assert shown["name"] == "unet.yaml"
    assert count == 1 and shown["lines"][str(number)] == lines[number - 1] and "bottleneck" in lines[number - 1]
    assert len(named) == len([row for row in data["rows"] if row["kind"] not in ("output", "group")])


def test_a_page_does_not_tell_where_the_spec_lies() -> None:
    assert str(ROOT) not in to_html(load(ROOT / "specs" / "resnet18.yaml"))


def test_the_same_spec_gives_the_same_bytes() -> None:
    code = f"import sys, skipgraph; sys.stdout.buffer.write(skipgraph.render(r'{UNET}', format='html').encode())"
    found = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        found.add(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout)
    assert len(found) == 1


SIZED = ("unet", "ddpm_unet", "highresnet", "nafnet", "nasnet", "wavenet", "yolo11n")
"""Some whose ops take sizes as arguments."""


@pytest.mark.parametrize("name", SIZED)
def test_numbers_stand_for_the_axes_wherever_the_page_shows_one(name: str) -> None:
    network = load(ROOT / "specs" / f"{name}.yaml")
    axes = {axis for port in network.graph.inputs for size in port.type.shape for axis in symbols(size)} - {"N"}
    assert axes
    axis = re.compile(rf"(?<![A-Za-z_\d])({'|'.join(axes)})(?![A-Za-z_])")

    def open_axes(sizes: dict[str, int]) -> list[str]:
        html = to_html(network, sizes=sizes)
        data = data_in(html)
        texts = [str(value) for row in data["rows"] for key, value in row.items() if key != "id"]
        texts += [skip["about"] for skip in data["skips"]] + [data["macs"]]
        texts += re.findall(r"<(?:text|title)\b[^>]*>([^<]*)<", html)
        # which sizes there may be is said as ever
        return [text for text in texts if axis.search(text) and unescape(text) != data["summary"]]

    assert len(open_axes({})) > 10
    assert open_axes(dict.fromkeys(axes, 256)) == []


def symbols(size: int | Size) -> frozenset[str]:
    return frozenset() if isinstance(size, int) else size.symbols


def test_a_page_with_numbers_says_which_and_leaves_the_other_axes_open() -> None:
    data = data_in(to_html(load(UNET), sizes={"H": 96}))
    rows = {row["id"]: row for row in data["rows"]}
    assert data["sizes"] == "H=96" and data["macs"].endswith("*W")
    assert rows["enc1"]["shape"] == "128×48×W/2" and rows["enc1"]["types"] == "[N, 128, 48, W/2]"
    assert next(skip["about"] for skip in data["skips"] if skip["id"] == "skip1").endswith("128×48×W/2")
    # what mixes an axis that is given with one that is not
    rows = {
        row["id"]: row for row in data_in(to_html(load(ROOT / "specs" / "ddpm_unet.yaml"), sizes={"H": 32}))["rows"]
    }
    assert any("(N, 16*(W/2), 1, 256)" in row.get("call", "") for row in rows.values())
