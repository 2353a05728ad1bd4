"""The flow view: one row an op, blocks as frames, what flows on the left, skips as lanes on the right."""

from skipgraph.render.flow.draw import flow
from skipgraph.render.flow.plan import Flow, Row, Way, plan

__all__ = ["Flow", "Row", "Way", "flow", "plan"]
