"""The types of arguments that many ops share."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Gt
from pydantic import Field

PositiveInt: TypeAlias = Annotated[int, Gt(0)]
NonNegativeInt: TypeAlias = Annotated[int, Ge(0)]
PositiveFloat: TypeAlias = Annotated[float, Gt(0), Field(allow_inf_nan=False)]
FiniteFloat: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
NonNegativeFloat: TypeAlias = Annotated[float, Ge(0), Field(allow_inf_nan=False)]
Probability: TypeAlias = Annotated[float, Field(ge=0, le=1)]

DType: TypeAlias = Literal[
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"
]

Positive1d: TypeAlias = PositiveInt | tuple[PositiveInt]
Positive2d: TypeAlias = PositiveInt | tuple[PositiveInt, PositiveInt]
Positive3d: TypeAlias = PositiveInt | tuple[PositiveInt, PositiveInt, PositiveInt]
NonNegative1d: TypeAlias = NonNegativeInt | tuple[NonNegativeInt]
NonNegative2d: TypeAlias = NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt]
NonNegative3d: TypeAlias = NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt]
