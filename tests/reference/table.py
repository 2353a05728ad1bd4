"""The zoo as a table for the docs: `python tests/reference/table.py` rewrites docs/zoo.md."""

from __future__ import annotations

import inspect
import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

from reference.case import SPECS, network_at  # noqa: E402
from reference.cases import CASES  # noqa: E402
from reference.packages import torchvision_models  # noqa: E402
from skipgraph.passes.costs import short  # noqa: E402
from skipgraph.passes.summary import summary  # noqa: E402
from skipgraph.zoo import about  # noqa: E402

PAGE = ROOT / "docs" / "zoo.md"
START, END = "<!-- table -->\n", "<!-- end of table -->\n"


def table() -> str:
    """The rows, in the order of the specs' names."""
    torchvision_models()
    return "".join(
        f"| {' | '.join(row)} |\n"
        for row in [
            ("spec", "what it shows", "weights", "for sizes", "lines", "equal to", "its lines"),
            ("---", "---", "---:", "---", "---:", "---", "---:"),
            *map(_row, sorted(SPECS.glob("*.yaml"))),
        ]
    )


def _row(file: Path) -> tuple[str, ...]:
    network = network_at(file.stem)
    # where a package and a module by hand are both references, the package
    cases = sorted((case for case in CASES if case.spec == file.stem), key=lambda case: not case.package)
    code = next((found for case in cases if (found := case.code())), ())
    assert code, f"{file.stem} does not say what the reference's own code is"
    return (
        f"[{file.stem}](../specs/{file.name})",
        about(file).replace("|", "\\|"),
        short(summary(network).count.trained),
        str(network.contract),
        str(sum(_yaml_lines(each) for each in (file, *_used(file)))),
        _home(code[0]),
        str(sum(_python_lines(inspect.getsource(each)) for each in code)),
    )


def _used(file: Path) -> Iterator[Path]:
    """The files that a spec uses."""
    import yaml

    for path in (yaml.safe_load(file.read_text()).get("use") or {}).values():
        if path != "extern":
            yield file.parent / path
            yield from _used(file.parent / path)


def _home(code: Any) -> str:
    package: str = code.__module__.partition(".")[0]
    return "by hand" if package == "reference" else package


def _yaml_lines(file: Path) -> int:
    """Lines that are neither blank nor comment."""
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in file.read_text().splitlines())


def _python_lines(source: str) -> int:
    """Lines that hold more than blanks, comments and docstrings."""
    lines: set[int] = set()
    before = tokenize.NEWLINE
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    for token in tokenize.generate_tokens(io.StringIO(inspect.cleandoc(source)).readline):
        # a string that begins a statement is a docstring
        docstring = token.type == tokenize.STRING and before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        if token.type not in skipped and not docstring:
            lines |= set(range(token.start[0], token.end[0] + 1))
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            before = token.type
    return len(lines)


if __name__ == "__main__":
    page = PAGE.read_text()
    PAGE.write_text(page[: page.index(START)] + START + table() + page[page.index(END) :])
