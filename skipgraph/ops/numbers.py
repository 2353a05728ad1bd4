"""Which numbers a dtype has."""

from __future__ import annotations

import math
from sys import float_info

from skipgraph.types import FLOATS, INTEGERS

LARGEST = {"float16": 65504.0, "bfloat16": 3.3895313892515355e38, "float32": 3.4028234663852886e38}


def is_of(value: bool | float, dtype: str) -> bool:
    """Whether a dtype has the number."""
    if dtype == "bool" or isinstance(value, bool):
        return dtype == "bool" and isinstance(value, bool)
    return isinstance(value, int) and reaches(value, dtype) if dtype in INTEGERS else reaches(value, dtype)


def reaches(value: float, dtype: str) -> bool:
    """Whether a number lies between the smallest and the largest of a dtype, rounded or not."""
    if dtype in INTEGERS:
        bits = int(dtype.lstrip("uint")) - (dtype != "uint8")
        return (0 if dtype == "uint8" else -(1 << bits)) <= value < 1 << bits
    largest = LARGEST.get(dtype, float_info.max)
    return dtype not in FLOATS or math.inf in (value, -value) or -largest <= value <= largest
