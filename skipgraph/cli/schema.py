"""`skipgraph schema`: the JSON Schema of specs, for editors."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from skipgraph.cli.folder import Unwritable, write_file
from skipgraph.cli.main import CLEAN, FINDINGS
from skipgraph.cli.printing import failure, print_findings
from skipgraph.diagnostics import Report
from skipgraph.spec.schema import schema_text


def run(arguments: Namespace) -> int:
    """Print the schema, or write it to a file."""
    if arguments.output is None:
        sys.stdout.write(schema_text())
        return CLEAN
    try:
        write_file(Path(arguments.output), schema_text(), over=('"$schema"',))
    except Unwritable as error:
        report = Report()
        report.extend([failure("SG501", str(error), str(error.path), error.help)])
        print_findings(report, sys.stderr)
        return FINDINGS
    sys.stdout.write(f"wrote {arguments.output}\n")
    return CLEAN
