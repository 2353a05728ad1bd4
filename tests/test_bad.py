"""Bad specs, one mistake each: `bad/SG402_odd_input.yaml` gives one finding of that code and the text beside it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from skipgraph import text
from skipgraph.api import Settings, network_of
from skipgraph.diagnostics import CODES, Report, Severity, Source, writers
from skipgraph.limits import Limits

BAD = Path(__file__).parent / "bad"
FILES = sorted(path for path in BAD.iterdir() if path.is_file())

SETTINGS = {
    "SG214_set_of_an_unknown_parameter.yaml": Settings(written={"widht": "16"}),
    "SG218_without_a_skip_that_is_not_there.yaml": Settings(without=frozenset(["skp1"])),
    "SG407_at_a_size_that_does_not_fit.yaml": Settings(sizes={"H": 33, "W": 32}),
}
"""What the caller sets, for the mistakes that are the caller's."""

ELSEWHERE = {"SG113", "SG501", "SG503", "SG601", "SG602", "SG603", "SG901"}
"""Codes of what no spec can cause: they have tests of their own."""


def check(source: Source, name: str) -> Report:
    report = Report()
    network_of(source, report, SETTINGS.get(name, Settings()))
    return report


def codes(report: Report) -> list[str]:
    return [found.code for found in report]


def messages(report: Report) -> list[str]:
    """What is said, but for the lines that it names."""
    return [re.sub(r"line \d+", "line", found.message) for found in report]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_bad_spec_gets_one_finding_with_this_text(path: Path, golden: Callable[[str, str], None]) -> None:
    report = Report()
    source = text.load(path, report, Limits(), name=path.name)
    if source is not None:
        network_of(source, report, SETTINGS.get(path.name, Settings()))
    golden(f"bad/{path.name}.txt", writers.text(report, color=False))
    assert codes(report) == [path.name[:5]]


def twin_of(path: Path) -> tuple[Source, Source] | None:
    """A YAML spec and the same tree as JSON, or None where the mistake is in the text."""
    report = Report()
    source = text.load(path, report, Limits(), name=path.name)
    document = text.read(source, report) if source and path.suffix == ".yaml" else None
    if source is None or document is None or len(report):
        return None
    return source, Source(f"{path.stem}.json", json.dumps(document.data, indent=1), source.path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_same_tree_as_json_gets_the_same_verdict(path: Path) -> None:
    twins = twin_of(path)
    if twins is None:
        assert path.name[:3] == "SG1", "only what is wrong with the text has no twin"
        return
    yaml_report, json_report = (check(source, path.name) for source in twins)
    assert codes(json_report) == codes(yaml_report)
    assert messages(json_report) == messages(yaml_report)


def test_every_code_has_a_bad_spec() -> None:
    assert {path.name[:5] for path in FILES} == CODES.keys() - ELSEWHERE


def test_no_golden_text_is_left_of_a_spec_that_is_gone() -> None:
    golden = Path(__file__).parent / "golden" / "bad"
    assert {path.name for path in golden.iterdir()} == {f"{path.name}.txt" for path in FILES}


def test_two_hundred_mistakes_are_all_found_and_fifty_are_shown() -> None:
    steps = "".join(f"  - ReLU: {{from: missing{index}_}}\n" for index in range(200))
    report = check(Source("many.yaml", f"skipgraph: 1\ninputs: {{image: [N, 3, H, W]}}\nlayers:\n{steps}"), "")
    assert len(report) == 200
    shown = writers.text(report, color=False)
    assert shown.count("error[SG301]") == 50
    assert shown.endswith("and 150 more\n\n200 errors\n")


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in FILES if path.name not in SETTINGS], ids=lambda path: path.name)
def test_a_bad_spec_is_told_by_the_command_within_little_memory(path: Path) -> None:
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    command = [sys.executable, "-m", "skipgraph", "check", str(path)]
    root = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, timeout=60, env=environment)
    warning = CODES[path.name[:5]].warning
    assert done.returncode == (0 if warning else 1), done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert f"{Severity.WARNING if warning else Severity.ERROR}[{path.name[:5]}]" in done.stdout + done.stderr
