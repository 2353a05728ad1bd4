"""The page: both views of a network in one HTML file that needs nothing else."""

from skipgraph.render.html.document import document

__all__ = ["document"]
