"""The pages of the codes: each shows its finding at the marked line, and what mends it checks clean."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from skipgraph import text
from skipgraph.api import Settings, network_of
from skipgraph.cli.main import main
from skipgraph.diagnostics import CODES, Report, writers
from skipgraph.diagnostics.pages import page
from skipgraph.limits import Limits

FOLDER = Path(__file__).parents[1] / "docs" / "diagnostics"
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

NO_EXAMPLE = {"SG503", "SG901"}
"""What no file can show: a machine without Graphviz, a fault of ours."""
NO_CURE = {"SG106", "SG113", "SG217", "SG501", "SG601", "SG602", "SG603"} | NO_EXAMPLE
"""What is mended outside the spec."""


@dataclass(frozen=True)
class Shown:
    """A block of code of a page. `options`: what stands behind the language (`line=4`, `file=...`, `size=H=33`)."""

    language: str
    options: dict[str, str]
    code: str


def shown(part: str) -> list[Shown]:
    return [
        Shown(language, dict(item.split("=", 1) for item in options.split()), code)
        for language, options, code in FENCE.findall(part)
    ]


def parts(code: str) -> tuple[list[Shown], list[Shown]]:
    """What a page shows as failing, and what it shows as mended."""
    content = page(code)
    assert content is not None
    before, heading, after = content.partition("## How to mend it")
    assert heading, "a page says how to mend it"
    return shown(before), shown(after)


def checked(blocks: list[Shown], folder: Path) -> tuple[Shown, Report]:
    """The one spec among the blocks, and what is found in it; the others are files beside it."""
    for block in blocks:
        if "file" in block.options:
            file = folder / block.options["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.code, encoding="utf-8")
    [spec] = [block for block in blocks if "file" not in block.options]
    file = folder / f"shown.{spec.language}"
    file.write_text(spec.code, encoding="utf-8")
    sizes = dict(item.split("=") for item in spec.options.get("size", "").split(",") if item)
    settings = Settings(
        without=frozenset([spec.options["without"]] if "without" in spec.options else []),
        sizes={name: int(size) for name, size in sizes.items()},
    )
    report = Report()
    source = text.load(file, report, Limits(), name=file.name)
    if source is not None:
        network_of(source, report, settings)
    return spec, report


def marked(spec: Shown, code: str) -> int:
    """The line that the page says the finding is at."""
    if "line" in spec.options:
        return int(spec.options["line"])
    [line] = [number for number, line in enumerate(spec.code.split("\n"), 1) if line.endswith(f"# <-- {code}")]
    return line


EXAMPLES = [code for code in CODES if code not in NO_EXAMPLE]


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(code: str) -> None:
    content = page(code)
    assert content is not None
    assert content.startswith(f"# {code}: {CODES[code].title}\n")
    assert "## Why\n" in content
    assert all(len(line) <= 400 for line in content.split("\n"))


def test_there_is_no_page_of_a_code_that_is_gone() -> None:
    assert {file.stem for file in FOLDER.glob("SG*.md")} == set(CODES)


def test_the_index_lists_every_code() -> None:
    rows = re.findall(
        r"^- \[(SG\d+)\]\((SG\d+)\.md\): (.*?)( \*\(warning\)\*)?$", (FOLDER / "index.md").read_text(), re.M
    )
    assert rows == [(c, c, row.title, " *(warning)*" if row.warning else "") for c, row in CODES.items()]


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_gives_that_one_finding_at_the_marked_line(
    code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing, _ = parts(code)
    consoles = [block for block in failing if block.language == "console"]
    if consoles:
        monkeypatch.chdir(tmp_path)
        for block in failing:
            if "file" in block.options:
                (tmp_path / block.options["file"]).write_text(block.code, encoding="utf-8")
        run(consoles[0].code, capsys)
        return
    spec, report = checked(failing, tmp_path)
    assert [found.code for found in report] == [code], writers.text(report, color=False)
    [found] = report
    # What is wrong with an option is told there, and the place in the spec beside it.
    places = [found.span, *(label.span for label in found.related if found.span.source.name.startswith("--"))]
    assert marked(spec, code) in [span.line for span in places if not span.source.name.startswith("--")]


def run(console: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run the commands of a console; the lines shown below one stand in what it prints."""
    for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", console, re.MULTILINE):
        name, *arguments = shlex.split(command)
        if name == "touch":
            Path(arguments[0]).touch()
            continue
        if name == "python":
            exec(arguments[1], {})
            continue
        assert name == "skipgraph"
        assert main(arguments) == 1
        printed = "".join(capsys.readouterr())
        assert output
        assert output in printed


@pytest.mark.parametrize("code", [code for code in CODES if code not in NO_CURE])
def test_what_mends_it_checks_clean(code: str, tmp_path: Path) -> None:
    _, mended = parts(code)
    _, report = checked(mended, tmp_path)
    assert not len(report), writers.text(report, color=False)


def test_a_page_that_shows_another_finding_is_noticed(tmp_path: Path) -> None:
    failing, _ = parts("SG402")
    broken = Shown("yaml", {}, failing[0].code.replace("from: enc1", "from: enc0"))
    _, report = checked([broken], tmp_path)
    assert [found.code for found in report] != ["SG402"]
