"""The figure view: scene -> cells and links -> a grid -> routes -> a sheet. A layout of our own, for any DAG."""

from skipgraph.render.figure.choose import figure

__all__ = ["figure"]
