"""`skipgraph ops`: the reference of ops."""

from __future__ import annotations

import sys
from argparse import Namespace

from skipgraph.cli.main import CLEAN, USAGE
from skipgraph.diagnostics.suggest import closest
from skipgraph.ops import CATALOG
from skipgraph.ops.coverage import NO_OPS, coverage
from skipgraph.ops.reference import reference


def run(arguments: Namespace) -> int:
    """Print all ops, the page of one, or which classes of torch.nn they are."""
    if arguments.coverage:
        sys.stdout.write(coverage())
        return CLEAN
    found = reference(arguments.name)
    if found is None:
        near = closest(arguments.name.removeprefix("torch.nn.").removeprefix("nn."), CATALOG)
        near = near or (arguments.name.rpartition(".")[2] if arguments.name.rpartition(".")[2] in CATALOG else None)
        no_op = NO_OPS.get(arguments.name.rpartition(".")[2])
        help = no_op or (f"did you mean `{near}`?" if near else "`skipgraph ops` lists them all")
        print(f"skipgraph ops: there is no op `{arguments.name}`: {help}", file=sys.stderr)
        return USAGE
    sys.stdout.write(found)
    return CLEAN
