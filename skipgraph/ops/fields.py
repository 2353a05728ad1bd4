"""The types of arguments that many ops share."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Ge, Gt
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

PositiveInt: TypeAlias = Annotated[int, Gt(0)]
NonNegativeInt: TypeAlias = Annotated[int, Ge(0)]
PositiveFloat: TypeAlias = Annotated[float, Gt(0), Field(allow_inf_nan=False)]
FiniteFloat: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
NonNegativeFloat: TypeAlias = Annotated[float, Ge(0), Field(allow_inf_nan=False)]
Probability: TypeAlias = Annotated[float, Field(ge=0, le=1)]

_INFINITIES = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf}


class AnyNumber:
    """How pydantic sees a number that may be infinite: text and expressions hold no infinity, its word does.

    With `lists` also a list of such, and of lists of one shape.
    """

    def __init__(self, words: str, *, lists: bool = False) -> None:
        self.words = words
        self.lists = lists

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._valid)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        words: list[dict[str, Any]] = [{"enum": list(_INFINITIES)}]
        if self.lists:
            return {"anyOf": [{"type": "boolean"}, {"type": "number"}, *words, {"type": "array", "items": {}}]}
        return {"anyOf": [{"type": "number"}, *words]}

    def _valid(self, value: Any) -> Any:
        if isinstance(value, str) and value.lower() in _INFINITIES:
            return _INFINITIES[value.lower()]
        if self.lists:
            if isinstance(value, tuple) and value:
                items = tuple(map(self._valid, value))
                if len({shape_of(item) for item in items}) == 1:
                    return items
            if isinstance(value, bool | int):
                return value
        if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
            return value if self.lists else float(value)
        raise PydanticCustomError("number_type", "Input should be a number")


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of lists in lists, which have one length on each level."""
    return (len(value), *shape_of(value[0])) if isinstance(value, tuple) else ()


Number: TypeAlias = Annotated[float, AnyNumber("a number")]
"""A number that may be infinite."""
Numbers: TypeAlias = Annotated[
    bool | int | float | tuple[Any, ...], AnyNumber("a number or a list of such", lists=True)
]
"""A number, or a list that has the shape of a tensor."""

DType: TypeAlias = Literal[
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"
]

Positive1d: TypeAlias = PositiveInt | tuple[PositiveInt]
Positive2d: TypeAlias = PositiveInt | tuple[PositiveInt, PositiveInt]
Positive3d: TypeAlias = PositiveInt | tuple[PositiveInt, PositiveInt, PositiveInt]
NonNegative1d: TypeAlias = NonNegativeInt | tuple[NonNegativeInt]
NonNegative2d: TypeAlias = NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt]
NonNegative3d: TypeAlias = NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt]
