"""What an unquoted scalar means: YAML 1.2's core schema, without what would be misread."""

from __future__ import annotations

import re

# https://yaml.org/spec/1.2.2/#1032-tag-resolution. Where core reads `010` as ten, C and YAML 1.1 read eight: here it
# stays a string, which a check for a number then reports.
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ZEROS = re.compile(r"[-+]?0[0-9]+")
_NOT_A_NUMBER = re.compile(r"\.(?:nan|NaN|NAN)")

_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER_STARTS = frozenset("0123456789+-.")


class Unheld(Exception):
    """A number that cannot be held; its text says why."""


def resolved(raw: str) -> bool | int | float | str | None:
    """The value of an unquoted scalar. Raises Unheld."""
    if raw in _WORDS:
        return _WORDS[raw]
    if raw[0] not in _NUMBER_STARTS:
        return raw
    if _INT.fullmatch(raw):
        return integer(raw)
    if _FLOAT.fullmatch(raw):
        return raw if _ZEROS.fullmatch(raw) else real(raw)
    if _OCTAL_HEX.fullmatch(raw):
        return integer(raw, 8 if raw[1] == "o" else 16)
    if _NOT_A_NUMBER.fullmatch(raw):
        raise Unheld(f"`{raw}` is not a finite number")
    # `.inf` stays a string, as JSON has it too: arguments that take an infinity know it, expressions hold none
    return raw


def integer(raw: str, base: int = 10) -> int:
    """The integer that `raw` writes. Raises Unheld beyond 64 bits."""
    # int() itself refuses more than 4,300 digits, and is quadratic in them.
    value = int(raw, base) if len(raw) <= 66 else None
    if value is None or not -(2**63) <= value < 2**63:
        digits = len(raw.lstrip("+-"))
        raise Unheld(f"`{raw}` does not fit in 64 bits" if digits <= 40 else f"{digits} digits do not fit in 64 bits")
    return value


def real(raw: str) -> float:
    """The float that `raw` writes. Raises Unheld when it is too large for one."""
    value = float(raw)
    if value - value != 0:
        shown = raw if len(raw) <= 40 else raw[:37] + "..."
        raise Unheld(f"`{shown}` is larger than a float can be")
    return value
