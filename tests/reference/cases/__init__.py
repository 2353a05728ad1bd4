"""Every spec beside what it equals: each module here has `CASES`, and `CONTRACTS`, the sizes by hand, of its specs.

It may have `RELATIVES`, the large ones.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from reference.case import Case, Relative

_MODULES = [import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]

CASES: tuple[Case, ...] = tuple(case for module in _MODULES for case in module.CASES)
"""Every spec of the zoo is here at least once."""

RELATIVES: tuple[Relative, ...] = tuple(
    relative for module in _MODULES for relative in getattr(module, "RELATIVES", ())
)
"""Published networks that a spec gives under other parameters."""

CONTRACTS: dict[str, str] = {spec: contract for module in _MODULES for spec, contract in module.CONTRACTS.items()}
"""For which sizes each spec holds as it stands."""

__all__ = ["CASES", "CONTRACTS", "RELATIVES"]
