"""`skipgraph zoo`: the specs that come with skipgraph, and what they cost."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

from skipgraph.api import Settings, examine
from skipgraph.cli.main import CLEAN, FINDINGS, USAGE
from skipgraph.cli.options import sizes_of
from skipgraph.cli.printing import colored, print_findings, width, working
from skipgraph.diagnostics import Report
from skipgraph.passes.costs import cost, short
from skipgraph.passes.fit import open_axes
from skipgraph.passes.summary import summary
from skipgraph.zoo import about, zoo


@dataclass(frozen=True)
class _Row:
    """A network of the zoo, its parameters at their defaults."""

    name: str
    file: str
    about: str
    weights: int
    macs: str
    contract: str


def run(arguments: Namespace) -> int:
    """List the specs whose name or description has every word."""
    words = [word.lower() for word in arguments.words]
    found = {
        name: file for name, file in zoo().items() if all(word in f"{name} {about(file)}".lower() for word in words)
    }
    if not found:
        print(f"skipgraph zoo: no network has {' '.join(arguments.words)!r} in its name or title", file=sys.stderr)
        return USAGE
    report = Report()
    sizes = sizes_of(arguments.size)
    with working("checking the specs"):
        rows = [row for name, file in found.items() if (row := _row(name, file, sizes, report))]
    if arguments.format == "json":
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    else:
        sys.stdout.write(_table(rows, color=colored(sys.stdout), columns=width(sys.stdout)))
    print_findings(report, sys.stderr)
    return FINDINGS if report.failed else CLEAN


def _row(name: str, file: Path, sizes: dict[str, int], report: Report) -> _Row | None:
    network, found = examine(file, Settings())
    if network is None:
        report.extend(found)
        return None
    known = {axis: size for axis, size in sizes.items() if axis in open_axes(network)}
    fits = not known or examine(file, Settings(sizes=known))[0] is not None
    made = summary(network, known if fits else {})
    macs = cost(made.macs, made.contract) if fits else "does not fit"
    return _Row(name, str(file), about(file), made.count.trained, macs, str(network.contract))


def _table(rows: list[_Row], *, color: bool, columns: int | None) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("weights", justify="right", no_wrap=True)
    table.add_column("MACs", justify="right", overflow="fold")
    table.add_column("for sizes", overflow="fold")
    table.add_column("what it shows", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in (row.name, short(row.weights), row.macs, row.contract, row.about)))
    out = StringIO()
    console = Console(file=out, force_terminal=color, no_color=not color, width=columns or 100_000, highlight=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
