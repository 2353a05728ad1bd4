"""A compiler for neural networks with skip connections."""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from skipgraph._version import __version__

if TYPE_CHECKING:
    from skipgraph.api import Settings, SpecError, build, check, diff, features, load, port_weights, render, source
    from skipgraph.diagnostics import Diagnostic, Report, Source
    from skipgraph.graph import Network
    from skipgraph.importers.weights import PortError, PortReport
    from skipgraph.limits import Limits
    from skipgraph.passes.diff import Difference
    from skipgraph.zoo import zoo

_HOMES = {
    **dict.fromkeys(
        ("Settings", "SpecError", "build", "check", "diff", "features", "load", "port_weights", "render", "source"),
        "api",
    ),
    "Difference": "passes.diff",
    **dict.fromkeys(("Diagnostic", "Report", "Source"), "diagnostics"),
    **dict.fromkeys(("PortError", "PortReport"), "importers.weights"),
    "Limits": "limits",
    "Network": "graph",
    "zoo": "zoo",
}


def __getattr__(name: str) -> Any:
    # Each at the moment it is asked for, so that the import itself takes no time.
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


class _Package(ModuleType):
    """This module: `skipgraph.render` stays the function when the package of that name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "Diagnostic",
    "Difference",
    "Limits",
    "Network",
    "PortError",
    "PortReport",
    "Report",
    "Settings",
    "Source",
    "SpecError",
    "__version__",
    "build",
    "check",
    "diff",
    "features",
    "load",
    "port_weights",
    "render",
    "source",
    "zoo",
]
