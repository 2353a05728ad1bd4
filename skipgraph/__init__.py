"""A compiler for neural networks with skip connections."""

from skipgraph._version import __version__

__all__ = ["__version__"]
