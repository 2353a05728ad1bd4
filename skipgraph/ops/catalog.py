"""Every op that a spec may name: read off the classes of the families, one closed table."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from skipgraph.ops.base import Op

_FAMILIES = (
    "conv",
    "merge",
    "linear",
    "norm",
    "pool",
    "resample",
    "fold",
    "embedding",
    "activation",
    "softmax",
    "dropout",
    "pad",
    "fit",
    "shape",
    "select",
    "reduce",
    "unary",
    "weight",
)


def _collected() -> Mapping[str, type[Op]]:
    found: dict[str, type[Op]] = {}
    for family in _FAMILIES:
        module = import_module(f"skipgraph.ops.{family}")
        for name, member in vars(module).items():
            if (
                isinstance(member, type)
                and issubclass(member, Op)
                and member.__module__ == module.__name__
                and not name.startswith("_")
            ):
                found[name] = member
    return MappingProxyType(found)


CATALOG: Mapping[str, type[Op]] = _collected()
"""The ops, by name."""
