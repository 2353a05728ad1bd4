"""What the docs show is so: every spec in them checks clean."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from skipgraph.api import network_of
from skipgraph.cli import main
from skipgraph.diagnostics import Report, Source, writers

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "design").glob("*.md"))]
SPECS = [
    pytest.param(code, id=f"{page.name}-{index}")
    for page in PAGES
    for index, (language, code) in enumerate(FENCE.findall(page.read_text()))
    if language == "yaml" and code.startswith("skipgraph: 1")
]


@pytest.mark.parametrize("code", SPECS)
def test_a_spec_in_the_docs_checks_clean(code: str) -> None:
    report = Report()
    network_of(Source("shown.yaml", code), report)
    assert not len(report), writers.text(report, False)


def test_the_docs_show_specs() -> None:
    assert len(SPECS) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


def blocks(language: str) -> list[str]:
    """The README's code in a language."""
    return [code for name, code in FENCE.findall((ROOT / "README.md").read_text()) if name == language]


def test_the_readme_shows_what_its_spec_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    [spec], [answer], [forward, _], [finding] = blocks("yaml"), blocks("console"), blocks("python"), blocks("text")
    Path("net.yaml").write_text(spec)
    command, shown = answer.split("\n", 1)
    assert main(command.removeprefix("$ skipgraph ").split()) == 0
    assert capsys.readouterr().out == shown
    assert main(["build", "net.yaml", "--emit", "source"]) == 0
    assert forward in capsys.readouterr().out
    broken = spec.replace("out_channels: 16, kernel_size: 2, stride: 2", "out_channels: 16, kernel_size: 2")
    Path("net.yaml").write_text(broken)
    assert main(["check", "net.yaml"]) == 1
    told = capsys.readouterr().out
    assert all(line in told for line in finding.splitlines())


def test_the_readme_s_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    exec(blocks("python")[1], names)
    assert tuple(names["logits"].shape) == (1, 2, 64, 64)
    assert list(names["values"]) == ["enc1", "enc2"]
    assert list(names["report"]) == []


def test_the_figures_show_what_the_specs_say() -> None:
    module: dict[str, object] = runpy.run_path(str(ROOT / "docs" / "figures" / "make.py"))
    figures: Callable[[], Iterator[tuple[Path, str]]] = module["figures"]  # type: ignore[assignment]
    for file, svg in figures():
        # Another version of Graphviz may place a box elsewhere: the texts are what has to be current.
        assert texts(svg) == texts(file.read_text(encoding="utf-8")), "run python docs/figures/make.py"


def texts(svg: str) -> list[str]:
    return sorted("".join(each.itertext()) for each in ElementTree.fromstring(svg).iter() if each.tag.endswith("text"))
