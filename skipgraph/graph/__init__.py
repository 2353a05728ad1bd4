"""The typed graph: frozen, nested, in order of execution."""

from skipgraph.graph.model import (
    Count,
    Edge,
    Extern,
    Graph,
    Merge,
    Network,
    Node,
    Outputs,
    Port,
    Ref,
    Work,
    named_leaves,
    own_weights,
)

__all__ = [
    "Count",
    "Edge",
    "Extern",
    "Graph",
    "Merge",
    "Network",
    "Node",
    "Outputs",
    "Port",
    "Ref",
    "Work",
    "named_leaves",
    "own_weights",
]
