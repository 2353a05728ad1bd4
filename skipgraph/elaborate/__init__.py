"""From the spec as written to the typed graph, in one walk."""

from skipgraph.elaborate.network import elaborate

__all__ = ["elaborate"]
