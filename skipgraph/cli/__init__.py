"""The command line: a thin face over `skipgraph.api`."""

from skipgraph.cli.main import main

__all__ = ["main"]
