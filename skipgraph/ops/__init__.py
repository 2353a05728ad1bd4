"""The ops: one class each, by family. No torch, no files, no lines."""

from skipgraph.ops.base import Example, Inferred, Op, Reject, SizeField, Style, Weight
from skipgraph.ops.catalog import CATALOG
from skipgraph.ops.lowering import Computed, Expr, Lowering, Module, SizeArgument, SizeOf, Tensor, Value, size_of

__all__ = [
    "CATALOG",
    "Computed",
    "Example",
    "Expr",
    "Inferred",
    "Lowering",
    "Module",
    "Op",
    "Reject",
    "SizeArgument",
    "SizeField",
    "SizeOf",
    "Style",
    "Tensor",
    "Value",
    "Weight",
    "size_of",
]
