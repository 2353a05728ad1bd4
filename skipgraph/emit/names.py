"""Names of the generated Python: classes, arguments, locals."""

from __future__ import annotations

import builtins
import keyword
import re

_USED = frozenset({"self", "torch", "nn", "F", "super", "min", "max", "getattr"})
"""What generated code itself reads."""
_RESERVED = _USED | frozenset(dir(builtins))


class Names:
    """The names taken in one Python scope."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str, *, argument: bool = False) -> str:
        """`wanted`, or with underscores behind, so that it shadows nothing and is new.

        An argument of forward may have a builtin's name (`input`, `type`): callers know it by that.
        """
        name = wanted if argument and wanted not in _USED else free(wanted)
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def __contains__(self, name: str) -> bool:
        return name in self._taken


def free(wanted: str) -> str:
    """`wanted` as an identifier that hides no keyword, builtin or import."""
    name = re.sub(r"\W", "_", wanted, flags=re.ASCII)
    if not name or name[0].isdigit():
        name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _RESERVED else name


def class_name(block: str, taken: set[str]) -> str:
    """The CamelCase of a block's name: `double_conv` -> `DoubleConv`, then `DoubleConv2`."""
    parts = re.split(r"[\W_]+", block.rpartition(".")[2], flags=re.ASCII)
    name = "".join(part[:1].upper() + part[1:] for part in parts)
    if not name or name[0].isdigit():
        name = f"Net{name}"
    if name in _RESERVED or keyword.iskeyword(name):
        name += "Block"
    unique, count = name, 2
    while unique in taken:
        unique, count = f"{name}{count}", count + 1
    taken.add(unique)
    return unique
