"""What the docs show is so: every spec in them checks clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skipgraph.api import network_of
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
