"""`skipgraph watch`: a page on this machine that is drawn anew whenever the spec is saved."""

from skipgraph.cli.watch.command import run

__all__ = ["run"]
