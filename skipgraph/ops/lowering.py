"""What an op does in torch, as data: the module builder runs it, the source printer prints it.

A lowering is either a `Module` (a child with weights or state of its own, made once and called) or an expression
over the op's inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, Union

from skipgraph.sizes import Dim, Size, Symbolic, maximum, minimum

Atom: TypeAlias = Union[int, float, bool, str, "EllipsisLiteral", None]
Argument: TypeAlias = Union[Atom, "Expr", tuple["Argument", ...], list["Argument"]]
"""What a call may be given: literals, expressions, tuples and lists of them."""


class Expr:
    """An expression of the generated forward."""

    __slots__ = ()

    @property
    def parts(self) -> Iterator[Argument]:
        """What it is made of, in the order it is computed."""
        yield from ()


@dataclass(frozen=True, slots=True)
class EllipsisLiteral:
    """`...` in an index."""


@dataclass(frozen=True, slots=True)
class Value(Expr):
    """The op's input number `index`: its ports in order, then the values whose sizes its arguments ask for."""

    index: int


@dataclass(frozen=True, slots=True)
class Own(Expr):
    """The op's own weight or buffer (see `Tensor`)."""


@dataclass(frozen=True, slots=True)
class Name(Expr):
    """A dotted name of torch, such as `torch.float32`, or `self.training`."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute(Expr):
    """`value.name`."""

    value: Expr
    name: str

    @property
    def parts(self) -> Iterator[Argument]:
        yield self.value


@dataclass(frozen=True, slots=True)
class SizeOf(Expr):
    """`value.size(axis)`: a size found at run time."""

    value: Expr
    axis: int

    @property
    def parts(self) -> Iterator[Argument]:
        yield self.value


@dataclass(frozen=True, slots=True)
class Arithmetic(Expr):
    """`left operator right`, the operator one of Python's; of tensors or of sizes."""

    operator: str
    left: Argument
    right: Argument

    @property
    def parts(self) -> Iterator[Argument]:
        yield self.left
        yield self.right


@dataclass(frozen=True, slots=True, init=False)
class Call(Expr):
    """`function(*args, **kwargs)`, the function a dotted name (`torch.cat`) or a builtin (`min`)."""

    function: str
    args: tuple[Argument, ...]
    kwargs: Mapping[str, Argument] = field(hash=False)

    def __init__(self, function: str, /, *args: Argument, **kwargs: Argument) -> None:
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "args", args)
        object.__setattr__(self, "kwargs", kwargs)

    @property
    def parts(self) -> Iterator[Argument]:
        yield from self.args
        yield from self.kwargs.values()


@dataclass(frozen=True, slots=True, init=False)
class Method(Expr):
    """`receiver.name(*args, **kwargs)`."""

    receiver: Expr
    name: str
    args: tuple[Argument, ...]
    kwargs: Mapping[str, Argument] = field(hash=False)

    def __init__(self, receiver: Expr, name: str, /, *args: Argument, **kwargs: Argument) -> None:
        object.__setattr__(self, "receiver", receiver)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "args", args)
        object.__setattr__(self, "kwargs", kwargs)

    @property
    def parts(self) -> Iterator[Argument]:
        yield self.receiver
        yield from self.args
        yield from self.kwargs.values()


@dataclass(frozen=True, slots=True)
class Slice(Expr):
    """`start:stop:step` in an index; None leaves a part out."""

    start: Argument = None
    stop: Argument = None
    step: Argument = None

    @property
    def parts(self) -> Iterator[Argument]:
        yield from (self.start, self.stop, self.step)


@dataclass(frozen=True, slots=True)
class Index(Expr):
    """`value[items]`."""

    value: Expr
    items: tuple[Argument, ...]

    @property
    def parts(self) -> Iterator[Argument]:
        yield self.value
        yield from self.items


@dataclass(frozen=True, slots=True)
class Choice(Expr):
    """`then if test else otherwise`."""

    then: Argument
    test: Expr
    otherwise: Argument

    @property
    def parts(self) -> Iterator[Argument]:
        yield from (self.test, self.then, self.otherwise)


@dataclass(frozen=True, slots=True)
class Shared(Expr):
    """A part that is read more than once: computed first, and kept under `name`."""

    name: str
    value: Expr

    @property
    def parts(self) -> Iterator[Argument]:
        yield self.value


Returned: TypeAlias = int | tuple["Returned", ...] | None
"""How results stand in what a call returns: each by its number, None for what is no result."""


@dataclass(frozen=True, slots=True)
class Module:
    """A child module: how it is made, and what its call is given (default: the op's inputs in order).

    `returned` says how the results stand in what the call returns, where that is not one value or a flat tuple of
    them: `(0, (1, 2))` for `output, (h_n, c_n)`, `(0, None)` for a pair whose second is None.
    """

    make: Call
    args: tuple[Argument, ...] = (Value(0),)
    kwargs: Mapping[str, Argument] = field(default_factory=dict, hash=False)
    returned: Returned = None


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor that the op owns: `kind` is `parameter`, `buffer` (in the state_dict) or `constant` (not in it)."""

    kind: str
    make: Call


Lowering: TypeAlias = Module | Expr


def module(function: str, /, *args: Argument, **kwargs: Argument) -> Module:
    """A child module that is called with the op's one input."""
    return Module(Call(function, *args, **kwargs))


@dataclass(frozen=True, slots=True)
class Computed(Symbolic):
    """A size argument that is open until run time: its size in symbols, and how forward computes it."""

    size: Size
    code: Expr

    def __add__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("+", self, other)

    def __radd__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("+", other, self)

    def __sub__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("-", self, other)

    def __rsub__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("-", other, self)

    def __mul__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("*", self, other)

    def __rmul__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("*", other, self)

    def __floordiv__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("//", self, other)

    def __rfloordiv__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("//", other, self)

    def __mod__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("%", self, other)

    def __rmod__(self, other: SizeArgument) -> SizeArgument:
        return _arithmetic("%", other, self)

    def __truediv__(self, other: int) -> SizeArgument:
        if not isinstance(other, int):
            return NotImplemented
        size = self.size / other
        return size if isinstance(size, int) else Computed(size, Arithmetic("//", self.code, other))

    def __neg__(self) -> SizeArgument:
        return _arithmetic("-", 0, self)

    def __repr__(self) -> str:
        return str(self.size)


SizeArgument: TypeAlias = int | Computed
"""A size among an op's arguments: a number, or one that forward computes."""


def size_of(argument: SizeArgument | Size) -> Dim:
    """The size in symbols."""
    return argument.size if isinstance(argument, Computed) else argument


def code_of(argument: SizeArgument) -> int | Expr:
    """How forward writes it."""
    return argument.code if isinstance(argument, Computed) else argument


def smaller(a: SizeArgument | Size, b: SizeArgument | Size) -> SizeArgument | Size:
    """`min(a, b)`."""
    return _extreme("min", minimum, a, b)


def larger(a: SizeArgument | Size, b: SizeArgument | Size) -> SizeArgument | Size:
    """`max(a, b)`."""
    return _extreme("max", maximum, a, b)


def _extreme(
    name: str, extreme: Callable[[Dim, Dim], Dim], a: SizeArgument | Size, b: SizeArgument | Size
) -> SizeArgument | Size:
    if isinstance(a, Size) or isinstance(b, Size):
        return extreme(size_of(a), size_of(b))
    return _computed(extreme(size_of(a), size_of(b)), Call(name, code_of(a), code_of(b)))


_OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


def _arithmetic(operator: str, left: SizeArgument, right: SizeArgument) -> SizeArgument:
    if not isinstance(left, int | Computed) or not isinstance(right, int | Computed):
        return NotImplemented
    size = _OPERATIONS[operator](size_of(left), size_of(right))
    if operator in ("+", "-") and right == 0 and isinstance(right, int):
        return left
    if operator == "-" and left == 0 and isinstance(left, int):
        return _computed(size, Arithmetic("-", 0, code_of(right)))
    return _computed(size, Arithmetic(operator, code_of(left), code_of(right)))


def _computed(size: Dim, code: Expr) -> SizeArgument:
    return size if isinstance(size, int) else Computed(size, code)
