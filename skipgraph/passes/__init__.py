"""What is judged, or worked out, once the graph is whole: one file a pass."""

from __future__ import annotations

from skipgraph.diagnostics import Report
from skipgraph.graph import Network
from skipgraph.spec import File

__all__ = ["review"]


def review(network: Network, spec: File, report: Report) -> None:
    """Report what is wrong with a whole network, or suspicious."""
