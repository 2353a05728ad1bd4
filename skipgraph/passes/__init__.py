"""What is judged, or worked out, once the graph is whole: one file a pass."""

from __future__ import annotations

from skipgraph.diagnostics import Report
from skipgraph.graph import Network
from skipgraph.passes.in_place import report_in_place
from skipgraph.passes.patterns import report_patterns
from skipgraph.passes.unused import graphs_of, live_nodes, report_unused
from skipgraph.spec import File

__all__ = ["graphs_of", "live_nodes", "review"]


def review(network: Network, spec: File, report: Report) -> None:
    """Report what is wrong with a whole network, or suspicious."""
    report_in_place(network, report)
    report_unused(network, spec, report)
    report_patterns(spec, report)
