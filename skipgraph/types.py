"""What flows along an edge: a shape in symbols, and a dtype."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from skipgraph.sizes import Dim, show

Shape: TypeAlias = tuple[Dim, ...]

FLOATS = ("float32", "float64", "float16", "bfloat16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8")
DTYPES = (*FLOATS, *INTEGERS, "bool", "complex64", "complex128")
"""The dtypes that a spec may name, as torch names them."""


@dataclass(frozen=True, slots=True)
class TensorType:
    """A tensor's shape, axis by axis, and its dtype."""

    shape: Shape
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def channels(self) -> Dim:
        """Axis 1."""
        return self.shape[1]

    @property
    def spatial(self) -> Shape:
        """The axes after the channels."""
        return self.shape[2:]

    @property
    def is_float(self) -> bool:
        return self.dtype in FLOATS

    @property
    def elements(self) -> Dim:
        """How many numbers it holds."""
        count: Dim = 1
        for size in self.shape:
            count = count * size
        return count

    def with_shape(self, shape: Iterable[Dim]) -> TensorType:
        return replace(self, shape=tuple(shape))

    def with_channels(self, channels: Dim) -> TensorType:
        return self.with_axis(1, channels)

    def with_spatial(self, spatial: Iterable[Dim]) -> TensorType:
        return replace(self, shape=(*self.shape[:2], *spatial))

    def with_axis(self, axis: int, size: Dim) -> TensorType:
        """The same with another size at `axis`, which may count from the end."""
        axis %= self.rank
        return replace(self, shape=(*self.shape[:axis], size, *self.shape[axis + 1 :]))

    def with_dtype(self, dtype: str) -> TensorType:
        return replace(self, dtype=dtype)

    def __str__(self) -> str:
        shape = f"[{', '.join(show(size) for size in self.shape)}]"
        return shape if self.dtype == "float32" else f"{shape} {self.dtype}"
