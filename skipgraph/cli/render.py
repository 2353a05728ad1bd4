"""`skipgraph render`: the drawing alone."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from skipgraph.cli.folder import Unwritable, write_file
from skipgraph.cli.main import CLEAN, FINDINGS, Usage
from skipgraph.cli.options import settings
from skipgraph.cli.printing import checked, failure, print_findings, working
from skipgraph.diagnostics import Report
from skipgraph.graph import Network
from skipgraph.render import RenderError
from skipgraph.render.formats import BEGINNINGS, BINARY, Choice, Drawing, Format, draw, format_of, misfit

_UNITS = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72, "px": 1 / 96}
"""In inches."""


def run(arguments: Namespace) -> int:
    """Draw the network into a file, or on stdout."""
    chosen = settings(arguments)
    format, choice = _format(arguments), _choice(arguments)
    why_not = misfit(format, choice)
    if why_not:
        raise Usage(why_not)
    network = checked(arguments.file, chosen)
    if network is None:
        return FINDINGS
    report = Report()
    choice = replace(choice, sizes=chosen.sizes)
    try:
        with working("drawing"):
            drawing = draw(network, format, choice)
        for note in drawing.notes:
            sys.stderr.write(f"note: {note}\n")
        _write(drawing, network, arguments, format, choice)
    except RenderError as error:
        report.extend([failure("SG503", str(error), arguments.file, None)])
    except Unwritable as error:
        report.extend([failure("SG501", str(error), str(error.path), error.help)])
    print_findings(report, sys.stderr)
    return FINDINGS if report.failed else CLEAN


def _format(arguments: Namespace) -> Format:
    """As asked for, or as the file's name ends."""
    output = arguments.output
    try:
        format: Format = arguments.format or (format_of(output) if output not in (None, "-") else "svg")
    except ValueError as error:
        raise Usage(str(error)) from None
    if output == "-" and format in BINARY and sys.stdout.isatty():
        raise Usage(f"a {format} is nothing for a terminal; `-o net.{format}` writes a file, txt can be shown here")
    return format


def _choice(arguments: Namespace) -> Choice:
    width = inches(arguments.width) if arguments.width is not None else None
    return Choice(
        arguments.view, arguments.detail, arguments.theme, width=width, dpi=arguments.dpi, ascii=arguments.ascii
    )


def inches(width: str) -> float:
    """A length as `--width` takes it. Raises `Usage`."""
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+) *(in|cm|mm|pt|px)", width.strip())
    if not found or not float(found[1]):
        raise Usage(f"--width takes a length in {', '.join(_UNITS)}, such as `6.5in` or `165mm`; got `{width}`")
    return float(found[1]) * _UNITS[found[2]]


def _write(drawing: Drawing, network: Network, arguments: Namespace, format: Format, choice: Choice) -> None:
    if arguments.output != "-":
        path = Path(arguments.output or f"{network.graph.name}.{format}")
        write_file(path, drawing.data, over=(BEGINNINGS[format],))
        sys.stdout.write(f"wrote {path}\n")
    elif format in BINARY:
        sys.stdout.buffer.write(drawing.data)
    else:
        sys.stdout.write(_shown(drawing.data.decode(), network, format, choice))


def _shown(text: str, network: Network, format: Format, choice: Choice) -> str:
    """The text, in ASCII where it goes to a terminal that has no more."""
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        if format == "txt":
            return draw(network, "txt", replace(choice, ascii=True)).data.decode()
    return text
