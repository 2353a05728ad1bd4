"""The expression language: `$name` and `$(...)` in a spec, bare sizes, and the loops of `for`."""

from skipgraph.spec.expressions.loops import Loop, iterate, loop
from skipgraph.spec.expressions.templates import Template, expression, template
from skipgraph.spec.expressions.values import ExpressionError, Meter, Names, Value

__all__ = [
    "ExpressionError",
    "Loop",
    "Meter",
    "Names",
    "Template",
    "Value",
    "expression",
    "iterate",
    "loop",
    "template",
]
