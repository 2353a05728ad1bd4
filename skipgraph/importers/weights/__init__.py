"""The weights of one network put into another. Only the work itself loads torch, not its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skipgraph.importers.weights.report import Changed, Pair, PortError, PortReport, Way

if TYPE_CHECKING:
    from skipgraph.importers.weights.example import drawn, example_of
    from skipgraph.importers.weights.files import Unreadable, read_weights, write_weights
    from skipgraph.importers.weights.port import port_weights

_HOMES = {
    "Unreadable": "files",
    "drawn": "example",
    "example_of": "example",
    "port_weights": "port",
    "read_weights": "files",
    "write_weights": "files",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "Changed",
    "Pair",
    "PortError",
    "PortReport",
    "Unreadable",
    "Way",
    "drawn",
    "example_of",
    "port_weights",
    "read_weights",
    "write_weights",
]
