"""`skipgraph why`: how a step's shape came to be."""

from __future__ import annotations

import sys
from argparse import Namespace

from skipgraph.cli.main import CLEAN, FINDINGS
from skipgraph.cli.options import settings
from skipgraph.cli.printing import checked, print_findings
from skipgraph.diagnostics import Report, Source, Span
from skipgraph.graph import Network
from skipgraph.passes.why import Stop, nearest, why


def run(arguments: Namespace) -> int:
    """Print the way back from a step to the inputs."""
    network = checked(arguments.file, settings(arguments))
    if network is None:
        return FINDINGS
    stops = why(network, arguments.name)
    if stops is None:
        _unknown(network, arguments.file, arguments.name)
        return FINDINGS
    sys.stdout.write(_text(stops))
    return CLEAN


def _unknown(network: Network, file: str, name: str) -> None:
    report = Report()
    near = nearest(network, name)
    help = f"did you mean `{near}`?" if near else "`skipgraph build --emit summary --detail` lists the steps"
    nowhere = Span(Source(file, ""), 1, 1, 1, 1)
    report.add("SG301", f"there is no step `{name}` in `{network.graph.name}`", nowhere, help=help)
    print_findings(report, sys.stderr)


def _text(stops: tuple[Stop, ...]) -> str:
    """Each stop with its reasons below it, places in a column of their own."""
    rows: list[tuple[str, str]] = []
    for stop in stops:
        rows.append((f"{stop.name}: {stop.shape}", f"{stop.span.source.name}:{stop.span.line}  {stop.kind}"))
        for reason in stop.reasons:
            rows.append((f"    {reason.text}", f"{reason.span.source.name}:{reason.span.line}" if reason.span else ""))
    width = min(max(len(left) for left, right in rows if right), 72)
    return "".join(f"{left:<{width}}  {right}".rstrip() + "\n" for left, right in rows)
