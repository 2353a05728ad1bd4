"""YAML and JSON text -> plain data, with line and column for every key and value."""

from skipgraph.text.files import load, load_open
from skipgraph.text.nodes import Mapping, Node, Plain, Scalar, Sequence
from skipgraph.text.reader import parse_value, read

__all__ = ["Mapping", "Node", "Plain", "Scalar", "Sequence", "load", "load_open", "parse_value", "read"]
