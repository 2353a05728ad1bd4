"""What an op is: typed arguments, a shape rule, and its torch call as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from skipgraph.ops.lowering import Computed, Lowering, SizeArgument, Tensor
from skipgraph.sizes import Dim
from skipgraph.types import TensorType


class Reject(Exception):
    """An op's refusal, in its author's words: what is wrong, at which input or argument.

    `input` is the index of the input at fault, `argument` the argument; `code` the finding's code.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "SG401",
        input: int | None = None,
        argument: str | None = None,
        help: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.input = input
        self.argument = argument
        self.help = help


class Style(StrEnum):
    """How a drawing shows an op."""

    CONV = "conv"
    LINEAR = "linear"
    NORM = "norm"
    ACTIVATION = "activation"
    POOL = "pool"
    RESAMPLE = "resample"
    MERGE = "merge"
    SHAPE = "shape"
    DROPOUT = "dropout"
    PAD = "pad"
    ATTENTION = "attention"
    RECURRENT = "recurrent"
    EMBEDDING = "embedding"
    WEIGHT = "weight"
    OTHER = "other"


@dataclass(frozen=True, slots=True, init=False)
class Example:
    """A call that works: the shapes that arrive, and the arguments.

    A shape is written `"N, 12, 4, 4"`, with a dtype behind it if that is not float32: `"N, 6 int64"`.
    """

    inputs: tuple[str, ...]
    arguments: Mapping[str, Any] = field(hash=False)

    def __init__(self, inputs: tuple[str, ...] = ("N, 4, 8, 8",), /, **arguments: Any) -> None:
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "arguments", arguments)


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor of the state_dict: its shape, and whether it is trained (else it is a buffer)."""

    shape: tuple[int, ...]
    trained: bool = True

    @property
    def elements(self) -> int:
        count = 1
        for size in self.shape:
            count *= size
        return count


class _SizeField:
    """How pydantic sees a size argument: an integer, or a size that forward computes."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def valid(value: Any) -> Any:
            if isinstance(value, Computed) or (isinstance(value, int) and not isinstance(value, bool)):
                return value
            raise PydanticCustomError("size_type", "Input should be a size")

        return core_schema.no_info_plain_validator_function(valid)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer"}, {"type": "string"}]}


SizeField: TypeAlias = Annotated[SizeArgument, _SizeField]
"""The type of an argument that is a size: there, and only there, a spec may compute with the axes that arrive."""

Inferred: TypeAlias = TensorType | tuple[TensorType, ...]


class Op(BaseModel):
    """One operation: its fields are its arguments, named and ordered as torch has them.

    An op knows nothing of files or lines. `infer` refuses with `Reject`, and states what open sizes must satisfy
    through `skipgraph.ops.rules`. `lower` is only asked for inputs that `infer` accepted.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        defer_build=True,
        arbitrary_types_allowed=True,
        use_attribute_docstrings=False,
        protected_namespaces=(),
    )

    ports: ClassVar[tuple[str, ...]] = ("input",)
    """Names of the inputs; `name?` may be left out (then None arrives), a last `name*` takes any number."""

    leading: ClassVar[str | None] = None
    """The argument that a bare value fills: `- MaxPool2d: 2`."""

    inferred: ClassVar[tuple[str, ...]] = ()
    """Arguments that are input sizes: inferred where they are left out, checked where they are written."""

    style: ClassVar[Style] = Style.OTHER
    examples: ClassVar[tuple[Example, ...]] = ()

    is_module: ClassVar[bool] = False
    """Whether it is a class of torch.nn, which takes a number under `keys: numbered`."""

    keeps_one: ClassVar[bool] = False
    """Whether of one input alone the result is that input."""

    is_view: ClassVar[bool] = False
    """Whether its result may share memory with its first input."""

    if TYPE_CHECKING:  # an op takes its own number of inputs, which no signature here could say
        infer: ClassVar[Callable[..., Inferred]]
        lower: ClassVar[Callable[..., Lowering]]
        weights: ClassVar[Callable[..., Mapping[str, Weight]]]
        own: ClassVar[Callable[..., Tensor | None]]
        macs: ClassVar[Callable[..., Dim]]
        does_nothing: ClassVar[Callable[..., bool]]
    else:

        def weights(self, *inputs: TensorType | None) -> Mapping[str, Weight]:
            """What it keeps in the state_dict, by torch's own key (`weight`, `running_mean`), in torch's order."""
            return {}

        def own(self, *inputs: TensorType | None) -> Tensor | None:
            """The tensor that the op itself owns, for ops that are not a module; its key is the step's own."""
            return None

        def does_nothing(self, *inputs: TensorType | None) -> bool:
            """Whether the result is known to be the first input."""
            return self.keeps_one and len(inputs) == 1 and inputs[0] is not None

        def macs(self, output: TensorType, *inputs: TensorType | None) -> Dim:
            """Multiply-accumulates of one forward, the batch included."""
            return 0

    @property
    def results(self) -> tuple[str, ...]:
        """Names of its results where it has several; empty where it has one."""
        return ()

    @property
    def has_first_result(self) -> bool:
        """Whether the bare step name means the first of several results."""
        return True

    @property
    def in_place(self) -> bool:
        """Whether it overwrites its first input."""
        return bool(getattr(self, "inplace", False))

    @classmethod
    def size_arguments(cls) -> frozenset[str]:
        """The arguments that may compute with the axes that arrive."""
        return _size_arguments(cls)

    def given(self, *without: str) -> dict[str, Any]:
        """The arguments that differ from their defaults, in torch's order, but for those named."""
        return {
            name: getattr(self, name)
            for name, required, default in _defaults(type(self))
            if name not in without and (required or getattr(self, name) != default)
        }


@cache
def _defaults(cls: type[Op]) -> tuple[tuple[str, bool, Any], ...]:
    """The arguments, whether each is required, and its default."""
    return tuple((name, info.is_required(), info.default) for name, info in cls.model_fields.items())


_SIZE_ARGUMENTS: dict[type[Op], frozenset[str]] = {}


def _size_arguments(cls: type[Op]) -> frozenset[str]:
    if cls not in _SIZE_ARGUMENTS:
        _SIZE_ARGUMENTS[cls] = frozenset(
            name
            for name, info in cls.model_fields.items()
            if _SizeField in info.metadata or "_SizeField" in repr(info.annotation)
        )
    return _SIZE_ARGUMENTS[cls]
