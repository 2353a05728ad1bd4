"""`skipgraph diff`: what differs between two specs, or between a spec and itself under options."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from skipgraph.api import Settings, examine
from skipgraph.cli.folder import Unwritable, write_made
from skipgraph.cli.main import CLEAN, FINDINGS, USAGE, Usage
from skipgraph.cli.options import pairs, settings
from skipgraph.cli.printing import colored, failure, print_findings
from skipgraph.diagnostics import Report
from skipgraph.passes.diff import Difference, difference

_FORMATS = {".txt": "text", ".json": "json"}


def run(arguments: Namespace) -> int:
    """Print what differs. The exit code is that of diff tools: 0 the same, 1 different, 2 not compared."""
    format = _format(arguments)
    before, after = _settings(arguments)
    report = Report()
    networks = []
    for file, chosen in ((arguments.file, before), (arguments.other or arguments.file, after)):
        network, found = examine(Path(file), chosen)
        report.extend(found)
        networks.append(network)
    old, new = networks
    made = difference(old, new, after.sizes) if old is not None and new is not None else None
    if made is not None:
        _write(made, arguments, format, report)
    print_findings(report, sys.stderr)
    if made is None or report.failed:
        return USAGE
    return FINDINGS if made else CLEAN


def _format(arguments: Namespace) -> str:
    suffix = Path(arguments.output).suffix.lower() if arguments.output else None
    if suffix is not None and suffix not in _FORMATS:
        raise Usage(f"-o takes a name that ends in {', '.join(_FORMATS)}; got `{arguments.output}`")
    return str(arguments.format or (_FORMATS[suffix] if suffix else "text"))


def _settings(arguments: Namespace) -> tuple[Settings, Settings]:
    """Those of each side. Without a second file the options that are for both are for the second alone."""
    both = settings(arguments)
    plain = replace(both, written={}, without=frozenset())
    sides = []
    for side, base in (("a", both if arguments.other else plain), ("b", both)):
        written = dict(pairs(getattr(arguments, f"set_{side}"), f"--set-{side}", "base=32"))
        without = frozenset(name for names in getattr(arguments, f"without_{side}") for name in names.split(","))
        sides.append(replace(base, written={**base.written, **written}, without=base.without | without))
    before, after = sides
    if not arguments.other and (before.written, before.without) == (after.written, after.without):
        raise Usage("name a second spec, or what to change in the one: `--set base=32`, `--without skip2`")
    return before, after


def _write(made: Difference, arguments: Namespace, format: str, report: Report) -> None:
    color = not arguments.output and colored(sys.stdout)
    if format == "json":
        text = json.dumps(made.as_data(), indent=2) + "\n"
    else:
        text = made.text(detail=arguments.detail, color=color)
    if not arguments.output:
        sys.stdout.write(text)
        return

    def fill(part: Path) -> None:
        part.write_bytes(text.encode())

    path = Path(arguments.output)
    try:
        write_made(path, fill, force=arguments.force)
        sys.stdout.write(f"wrote {path}\n")
    except Unwritable as error:
        report.extend([failure("SG501", str(error), str(error.path), error.help)])
