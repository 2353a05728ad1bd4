"""`skipgraph check`: what is wrong with specs, and what flows out of those that are right."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from skipgraph.api import examine
from skipgraph.cli.main import CLEAN, FINDINGS
from skipgraph.cli.options import settings
from skipgraph.cli.printing import print_findings
from skipgraph.diagnostics import Report, writers


def run(arguments: Namespace) -> int:
    """Check every file, and print what was found."""
    chosen = settings(arguments)
    everything = Report()
    clean = []
    for file in dict.fromkeys(arguments.files):
        network, report = examine(Path(file), chosen)
        everything.extend(report)
        if network is not None:
            from skipgraph.passes.signature import signature

            clean.append(f"{file}: {signature(network, chosen.sizes)}\n")
    if arguments.format == "text":
        sys.stdout.write("".join(clean) + ("\n" if clean and len(everything) else ""))
        print_findings(everything, sys.stdout)
    else:
        sys.stdout.write(getattr(writers, arguments.format)(everything))
    return FINDINGS if everything.failed else CLEAN
