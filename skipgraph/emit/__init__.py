"""The typed graph as an nn.Module, as Python source, as a spec without loops. Only the first loads torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skipgraph.emit.expanded import to_spec
    from skipgraph.emit.module import to_module
    from skipgraph.emit.source import to_source
    from skipgraph.emit.values import features

_HOMES = {
    "features": "values",
    "to_module": "module",
    "to_source": "source",
    "to_spec": "expanded",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = ["features", "to_module", "to_source", "to_spec"]
