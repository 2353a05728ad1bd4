"""Sizes that may be open until run time, the conditions on them, and their exact solver."""

from skipgraph.sizes.conditions import AtLeast, Condition, Divides, Equal, NotCollecting, collecting, exactly, require
from skipgraph.sizes.contract import Contract
from skipgraph.sizes.display import show
from skipgraph.sizes.functions import evaluate, maximum, minimum, quotient, scaled, substitute
from skipgraph.sizes.intset import IntSet
from skipgraph.sizes.size import Dim, Size, symbol
from skipgraph.sizes.symbolic import OpenSize, Symbolic

__all__ = [
    "AtLeast",
    "Condition",
    "Contract",
    "Dim",
    "Divides",
    "Equal",
    "IntSet",
    "NotCollecting",
    "OpenSize",
    "Size",
    "Symbolic",
    "collecting",
    "evaluate",
    "exactly",
    "maximum",
    "minimum",
    "quotient",
    "require",
    "scaled",
    "show",
    "substitute",
    "symbol",
]
