"""`skipgraph render`: the drawing alone."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from skipgraph.cli.folder import Unwritable, write_file
from skipgraph.cli.main import CLEAN, FINDINGS, Usage
from skipgraph.cli.options import settings
from skipgraph.cli.printing import checked, failure, print_findings, working
from skipgraph.diagnostics import Report, Severity
from skipgraph.graph import Network

_BY = "drawn by skipgraph"
_FORMATS = {".svg": "<svg", ".html": _BY, ".dot": "digraph", ".gv": "digraph", ".txt": _BY, ".mmd": _BY}
"""Suffixes, and a word that such a file begins with."""


def run(arguments: Namespace) -> int:
    """Draw the network into a file, or on stdout."""
    named = Path(arguments.output).suffix.lower() if arguments.output not in (None, "-") else ".svg"
    suffix = f".{arguments.format}" if arguments.format else named
    if suffix not in _FORMATS:
        raise Usage(f"-o takes a name that ends in {', '.join(_FORMATS)}, or `-`; got `{arguments.output}`")
    network = checked(arguments.file, settings(arguments))
    if network is None:
        return FINDINGS
    report = Report()
    drawing = _drawing(network, arguments, suffix, report)
    if drawing is not None and arguments.output == "-":
        sys.stdout.write(drawing)
    elif drawing is not None:
        path = Path(arguments.output or f"{network.graph.name}{suffix}")
        try:
            write_file(path, drawing, over=(_FORMATS[suffix],))
            sys.stdout.write(f"wrote {path}\n")
        except Unwritable as error:
            report.extend([failure("SG501", str(error), str(error.path), error.help)])
    print_findings(report, sys.stderr)
    return FINDINGS if report.failed else CLEAN


def _drawing(network: Network, arguments: Namespace, suffix: str, report: Report) -> str | None:
    from skipgraph.render import RenderError, to_dot, to_html, to_svg, to_text

    if suffix in (".dot", ".gv"):
        return to_dot(network, detail=arguments.detail)
    if suffix == ".html":
        return to_html(network, sizes=settings(arguments).sizes)
    if suffix == ".txt":
        return _shown(to_text(network, detail=arguments.detail, ascii=arguments.ascii), network, arguments)
    try:
        if suffix == ".mmd":
            return _mermaid(network, arguments)
        with working("drawing"):
            return to_svg(network, detail=arguments.detail, theme=arguments.theme)
    except RenderError as error:
        report.extend([failure("SG503", str(error), arguments.file, None, Severity.ERROR)])
        return None


def _shown(drawing: str, network: Network, arguments: Namespace) -> str:
    """The drawing, in ASCII where it goes to a terminal that has no more."""
    from skipgraph.render import to_text

    try:
        drawing.encode(sys.stdout.encoding if arguments.output == "-" else "utf-8")
    except UnicodeEncodeError:
        return to_text(network, detail=arguments.detail, ascii=True)
    return drawing


def _mermaid(network: Network, arguments: Namespace) -> str:
    """The flowchart; what is folded to make it fit is said on stderr."""
    from skipgraph.render.mermaid import flowchart

    drawn = flowchart(network, arguments.detail)
    if drawn.note:
        sys.stderr.write(f"note: {drawn.note}\n")
    return drawn.text
