"""What differs between two networks: in their steps and skips, and in numbers."""

from __future__ import annotations

from skipgraph.passes.diff.model import (
    Difference,
    Field,
    Item,
    Landing,
    Mark,
    Place,
    Places,
    Scope,
    Skip,
    Step,
    Totals,
    What,
    Wire,
)
from skipgraph.passes.diff.scopes import difference

__all__ = [
    "Difference",
    "Field",
    "Item",
    "Landing",
    "Mark",
    "Place",
    "Places",
    "Scope",
    "Skip",
    "Step",
    "Totals",
    "What",
    "Wire",
    "difference",
]
