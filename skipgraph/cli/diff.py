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
from skipgraph.cli.render import inches
from skipgraph.diagnostics import Report
from skipgraph.passes.diff import Difference, difference
from skipgraph.render import RenderError
from skipgraph.render.formats import BINARY, PICTURES, Choice, draw_difference, misfit

_FORMATS = {".txt": "text", ".json": "json", **{f".{each}": each for each in PICTURES}}


def run(arguments: Namespace) -> int:
    """Print what differs. The exit code is that of diff tools: 0 the same, 1 different, 2 not compared."""
    format = _format(arguments)
    choice = _choice(arguments, format)
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
        _write(made, arguments, format, choice, report)
    print_findings(report, sys.stderr)
    if made is None or report.failed:
        return USAGE
    return FINDINGS if made else CLEAN


def _format(arguments: Namespace) -> str:
    suffix = Path(arguments.output).suffix.lower() if arguments.output else None
    if suffix is not None and suffix not in _FORMATS:
        raise Usage(f"-o takes a name that ends in {', '.join(_FORMATS)}; got `{arguments.output}`")
    format = str(arguments.format or (_FORMATS[suffix] if suffix else "text"))
    if not arguments.output and format in BINARY and sys.stdout.isatty():
        raise Usage(f"a {format} is nothing for a terminal; `-o diff.{format}` writes a file")
    return format


def _choice(arguments: Namespace, format: str) -> Choice:
    """How a picture is to look."""
    width = inches(arguments.width) if arguments.width is not None else None
    choice = Choice(theme=arguments.theme, width=width)
    if format in PICTURES:
        why_not = misfit(format, choice)
    else:
        why_not = f"{format} has no theme and no width; pictures have" if arguments.theme or width else None
    if why_not:
        raise Usage(why_not)
    return choice


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


def _write(made: Difference, arguments: Namespace, format: str, choice: Choice, report: Report) -> None:
    def fill(part: Path) -> None:
        part.write_bytes(data)

    try:
        data = _data(made, arguments, format, choice)
        if arguments.output:
            path = Path(arguments.output)
            write_made(path, fill, force=arguments.force)
            sys.stdout.write(f"wrote {path}\n")
        elif format in PICTURES:
            sys.stdout.buffer.write(data)
        else:
            sys.stdout.write(data.decode())
    except RenderError as error:
        report.extend([failure("SG503", str(error), arguments.file, None)])
    except Unwritable as error:
        report.extend([failure("SG501", str(error), str(error.path), error.help)])


def _data(made: Difference, arguments: Namespace, format: str, choice: Choice) -> bytes:
    if format == "json":
        return (json.dumps(made.as_data(), indent=2) + "\n").encode()
    if format == "text":
        return made.text(detail=arguments.detail, color=not arguments.output and colored(sys.stdout)).encode()
    drawing = draw_difference(made, format, choice)  # type: ignore[arg-type]
    for note in drawing.notes:
        sys.stderr.write(f"note: {note}\n")
    return drawing.data
