"""What findings look like to a person and to a program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from skipgraph.diagnostics import Label, Report, Source, Span, writers

UNET = Source("unet.yaml", "\n" * 23 + "      - Conv2d: {name: up0}\n" + "\n" * 6 + "  skip1: {from: enc1, to: dec0}\n")


def report_of(
    text: str, column: int, end_column: int, label: str = "", name: str = "a.yaml", end_line: int = 1
) -> Report:
    report = Report()
    report.add("SG201", "unknown key", Span(Source(name, text), 1, column, end_line, end_column), label)
    return report


def two_places() -> Report:
    report = Report()
    report.add(
        "SG402",
        "concat `skip1` joins sizes that differ on axis 2: H/2 and H/4",
        Span(UNET, 31, 3, 31, 8),
        "the skip brings `enc1`: [N, 128, H/2, W/2]",
        related=(Label(Span(UNET, 24, 9, 24, 15), "the main path brings `up0`: [N, 64, H/4, W/4]"),),
        help="`enc2` has size H/4; or give the skip `align: resize`",
    )
    return report


def test_a_finding_reads_like_the_page_says() -> None:
    assert writers.text(two_places(), color=False) == (
        "error[SG402]: concat `skip1` joins sizes that differ on axis 2: H/2 and H/4\n"
        "  --> unet.yaml:31:3\n"
        "   |\n"
        "31 |   skip1: {from: enc1, to: dec0}\n"
        "   |   ^^^^^ the skip brings `enc1`: [N, 128, H/2, W/2]\n"
        "  ::: unet.yaml:24:9\n"
        "   |\n"
        "24 |       - Conv2d: {name: up0}\n"
        "   |         ------ the main path brings `up0`: [N, 64, H/4, W/4]\n"
        "   = help: `enc2` has size H/4; or give the skip `align: resize`\n"
        "\n"
        "1 error\n"
    )


def test_nothing_found_is_nothing_said() -> None:
    assert writers.text(Report(), color=False) == ""
    assert writers.github(Report()) == ""
    assert json.loads(writers.json(Report())) == []


def test_colour_only_adds_escape_sequences() -> None:
    colored = writers.text(two_places(), color=True)
    assert "\x1b[1;31merror[SG402]" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == writers.text(two_places(), color=False)


def snippet(report: Report) -> tuple[str, str]:
    """The source line and the line beneath it."""
    lines = writers.text(report, color=False).split("\n")
    return lines[3], lines[4]


@pytest.mark.parametrize(
    ("text", "column", "end_column", "shown", "under"),
    [
        ("abc: d", 1, 4, "1 | abc: d", "  | ^^^"),
        ("\tabc", 2, 5, "1 |     abc", "  |     ^^^"),
        ("a\tb", 2, 3, "1 | a    b", "  |  ^^^^"),
        ("名前: x", 1, 3, "1 | 名前: x", "  | ^^^^"),
        ("名前: x", 5, 6, "1 | 名前: x", "  |       ^"),
        ("e\u0301x y", 4, 5, "1 | e\u0301x y", "  |   ^"),
        ("a\x1b[2Jb", 6, 7, "1 | a\\x1b[2Jb", "  |         ^"),
        ("a\u202eb", 3, 4, "1 | a\\u202eb", "  |        ^"),
        ("abc", 4, 4, "1 | abc", "  |    ^"),
        ("abc", 90, 95, "1 | abc", "  |    ^"),
    ],
)
def test_the_mark_stands_under_what_is_meant(text: str, column: int, end_column: int, shown: str, under: str) -> None:
    assert snippet(report_of(text, column, end_column)) == (shown, under)


def test_a_span_of_many_lines_is_underlined_on_its_first() -> None:
    assert snippet(report_of("ab: [1,\n2]", 5, 3, end_line=2)) == ("1 | ab: [1,", "  |     ^^^")


@pytest.mark.parametrize("column", [1, 30, 100, 500, 199_000, 200_001])
@pytest.mark.parametrize("filler", ["x", "名", "\t"])
def test_a_long_line_is_clipped_around_the_place(column: int, filler: str) -> None:
    line = filler * (column - 1) + "HERE" + filler * (200_000 - column)
    shown, under = snippet(report_of(line, column, column + 4))
    start = under.index("^")
    assert under.count("^") == 4
    cells = shown.replace("名", "名_")
    assert cells[start : start + 4] == "HERE"
    assert len(cells) <= 170


def test_a_finding_without_text_gives_only_the_name() -> None:
    report = Report()
    report.add("SG113", "cannot read `no.yaml`", Span(Source("no.yaml", ""), 1, 1, 1, 1), help="check the path")
    assert writers.text(report, color=False) == (
        "error[SG113]: cannot read `no.yaml`\n --> no.yaml\n  = help: check the path\n\n1 error\n"
    )


def test_messages_cannot_drive_the_terminal() -> None:
    report = Report()
    evil = "\x1b]0;owned\x07\u202e\nfake"
    span = Span(Source(evil, "a"), 1, 1, 1, 2)
    report.add("SG301", evil, span, evil, related=(Label(span, evil),), help=evil)
    text = writers.text(report, color=False)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", text)
    assert "\nfake" not in text.replace("         fake", "")


def test_a_message_that_quotes_a_stranger_is_clipped() -> None:
    report = Report()
    report.add("SG301", "x" * 100_000, Span(Source("a.yaml", "a"), 1, 1, 1, 2))
    assert len(writers.text(report, color=False)) < 1000


def many(count: int) -> Report:
    report = Report()
    source = Source("a.yaml", "a\n" * count)
    for line in range(count, 0, -1):
        report.add("SG201" if line % 2 else "SG311", f"finding {line}", Span(source, line, 1, line, 2))
    return report


def test_fifty_findings_are_shown_in_file_order_and_the_rest_counted() -> None:
    text = writers.text(many(200), color=False)
    assert re.findall(r"finding (\d+)", text) == [str(number) for number in range(1, 51)]
    assert text.endswith("\nand 150 more\n\n100 errors, 100 warnings\n")
    assert "more" not in writers.text(many(50), color=False)
    assert writers.text(many(1), color=False).endswith("\n1 error\n")


def test_json_rows_hold_everything() -> None:
    assert json.loads(writers.json(two_places())) == [
        {
            "code": "SG402",
            "severity": "error",
            "message": "concat `skip1` joins sizes that differ on axis 2: H/2 and H/4",
            "file": "unet.yaml",
            "line": 31,
            "column": 3,
            "end_line": 31,
            "end_column": 8,
            "label": "the skip brings `enc1`: [N, 128, H/2, W/2]",
            "help": "`enc2` has size H/4; or give the skip `align: resize`",
            "related": [
                {
                    "message": "the main path brings `up0`: [N, 64, H/4, W/4]",
                    "file": "unet.yaml",
                    "line": 24,
                    "column": 9,
                    "end_line": 24,
                    "end_column": 15,
                }
            ],
        }
    ]


def test_sarif_has_the_parts_that_2_1_0_requires() -> None:
    report = two_places()
    odd = Span(Source("a b/ü%.yaml", "x"), 1, 1, 1, 2)
    report.add("SG311", "names differ in case", odd)
    report.add("SG201", "unknown key", Span(Source("/abs/c.yaml", "x"), 1, 1, 1, 2))
    log: dict[str, Any] = json.loads(writers.sarif(report))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["SG201", "SG311", "SG402"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    assert levels == {"SG402": "error", "SG311": "warning", "SG201": "error"}
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert uris == ["unet.yaml", "a%20b/%C3%BC%25.yaml", "file:///abs/c.yaml"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 31, "startColumn": 3, "endLine": 31, "endColumn": 8}
    assert run["results"][0]["relatedLocations"][0]["message"]["text"].startswith("the main path")
    assert "help:" in run["results"][0]["message"]["text"]


def test_github_commands_are_escaped() -> None:
    report = Report()
    report.add("SG311", "100% a\n::error::b", Span(Source("a,b:c.yaml", "x"), 1, 1, 1, 2), help="do")
    assert writers.github(report) == (
        "::warning file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=1,endColumn=2,title=skipgraph SG311"
        "::100%25 a%0A::error::b%0Ahelp: do\n"
    )
    assert "col=" not in writers.github(report_of("a: [\n]", 4, 2, end_line=2))


def test_writing_text_loads_no_json() -> None:
    code = "import sys; import skipgraph.diagnostics.writers; sys.exit('json' in sys.modules or 'rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
