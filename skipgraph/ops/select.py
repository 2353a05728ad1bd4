"""Parts of a value: chunks, splits, slices, one place of an axis."""

from __future__ import annotations

from skipgraph.ops.base import Example, Inferred, Op, Reject, SizeField, Style
from skipgraph.ops.fields import PositiveInt
from skipgraph.ops.lowering import (
    Argument,
    Call,
    EllipsisLiteral,
    Expr,
    Index,
    Method,
    SizeArgument,
    Value,
    code_of,
    size_of,
)
from skipgraph.ops.lowering import Slice as SliceItem
from skipgraph.ops.modules import axis_of
from skipgraph.ops.rules import at_least, number, same
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType


class _Part(Op):
    style = Style.SHAPE
    is_view = True


class Chunk(_Part):
    """`chunks` equal parts along `dim`, the last one smaller where the size does not divide.

    Shape: `[N, C, H, W]` -> chunks times `[N, C / chunks, H, W]`. Source: torch.chunk.
    """

    leading = "chunks"
    examples = (Example(chunks=2), Example(("N, 7, L",), chunks=3), Example(("N, 4, L",), chunks=2, dim=-1))

    chunks: PositiveInt
    dim: int = 1

    @property
    def results(self) -> tuple[str, ...]:
        return tuple(str(index) for index in range(self.chunks))

    @property
    def has_first_result(self) -> bool:
        return False

    def infer(self, x: TensorType) -> Inferred:
        axis = axis_of(x, self.dim)
        size = x.shape[axis]
        part = -(-size // self.chunks)
        last = size - part * (self.chunks - 1)
        # torch gives fewer chunks where they fill the axis already
        what = f"{show(size)} on axis {axis} makes fewer than {self.chunks} chunks of {show(part)}"
        at_least(last, 1, what)
        return (*(x.with_axis(axis, part),) * (self.chunks - 1), x.with_axis(axis, last))

    def lower(self, x: TensorType) -> Expr:
        return Call("torch.chunk", Value(0), self.chunks, dim=self.dim)


class Split(_Part):
    """Parts along `dim` of the sizes that are listed, or as many of one size as there are, the last one smaller.

    Shape: `[N, 6, H, W]` -> `[N, 4, H, W]`, `[N, 2, H, W]` for `[4, 2]` and for 4. Source: torch.split.
    """

    leading = "split_size_or_sections"
    examples = (
        Example(("N, 6, L",), split_size_or_sections=(4, 2)),
        Example(("N, 7, L",), split_size_or_sections=3),
        Example(("N, 6",), split_size_or_sections=(1, 2, 3), dim=-1),
    )

    split_size_or_sections: PositiveInt | tuple[SizeField, ...]
    dim: int = 1

    @property
    def results(self) -> tuple[str, ...]:
        """Empty where the number of parts hangs on the size that arrives; they are numbered all the same."""
        sections = self.split_size_or_sections
        return () if isinstance(sections, int) else tuple(str(index) for index in range(len(sections)))

    @property
    def has_first_result(self) -> bool:
        return False

    def infer(self, x: TensorType) -> Inferred:
        axis = axis_of(x, self.dim)
        size, sections = x.shape[axis], self.split_size_or_sections
        if not isinstance(sections, int):
            return self._listed(x, axis, [size_of(section) for section in sections])
        if not isinstance(size, int):
            raise Reject(
                f"needs a number on axis {axis} to count the parts, but {show(size)} is open until run time",
                code="SG408",
                input=0,
                help="list the sizes of the parts, or use `Chunk`",
            )
        return tuple(x.with_axis(axis, min(sections, size - start)) for start in range(0, size, sections))

    def _listed(self, x: TensorType, axis: int, sections: list[Dim]) -> Inferred:
        total: Dim = 0
        for section in sections:
            total = total + at_least(section, 1, f"a part of size {show(section)}")
        size = x.shape[axis]
        if isinstance(size, int) and isinstance(total, int) and size != total:
            raise Reject(
                f"the parts add to {total}, but axis {axis} has {size}", argument="split_size_or_sections", input=0
            )
        same(size, total, axis, 0)
        return tuple(x.with_axis(axis, section) for section in sections)

    def lower(self, x: TensorType) -> Expr:
        sections = self.split_size_or_sections
        sizes: Argument = sections if isinstance(sections, int) else [code_of(section) for section in sections]
        return Call("torch.split", Value(0), sizes, dim=self.dim)


class Unbind(_Part):
    """Each place of an axis as a value of its own; the axis, of known size, goes away.

    Shape: `[3, N, C]` -> 3 times `[N, C]`. Source: torch.unbind.
    """

    leading = "dim"
    examples = (Example(("3, N, 4",), dim=0), Example(("N, 4, 2",), dim=-1))

    dim: int = 0

    @property
    def has_first_result(self) -> bool:
        return False

    def infer(self, x: TensorType) -> Inferred:
        axis = axis_of(x, self.dim)
        count = number(x.shape[axis], f"axis {axis}")
        return (x.with_shape((*x.shape[:axis], *x.shape[axis + 1 :])),) * count

    def lower(self, x: TensorType) -> Expr:
        return Call("torch.unbind", Value(0), dim=self.dim)


class Slice(_Part):
    """What stands from `start` up to `end`, every `step`, along `dim`; a negative number counts from the end.

    Both must lie inside the axis, where Python cuts them down.
    Shape: `[N, C, H, W]` -> `[N, end - start, H, W]`. Source: `x[:, start:end:step]`.
    """

    examples = (
        Example(end=3),
        Example(start=1, end=-1, dim=2),
        Example(("N, 4, 9",), start=-8, step=3, dim=-1),
        Example(("N, 4, L",), start=1, step=2, dim=2),
    )

    dim: int = 1
    start: SizeField | None = None
    end: SizeField | None = None
    step: PositiveInt = 1

    def does_nothing(self, x: TensorType) -> bool:
        whole = -x.rank <= self.dim < x.rank and (self.end is None or size_of(self.end) == x.shape[self.dim])
        return whole and self.step == 1 and (self.start is None or self.start == 0)

    def infer(self, x: TensorType) -> TensorType:
        axis = axis_of(x, self.dim)
        size = x.shape[axis]
        start = 0 if self.start is None else _place(self.start, size, "start")
        end = size if self.end is None else _place(self.end, size, "end")
        kept = (end - start + self.step - 1) // self.step
        return x.with_axis(axis, at_least(kept, 1, f"nothing is left of {show(size)} on axis {axis}"))

    def lower(self, x: TensorType) -> Expr:
        start, end = (None if part is None else code_of(part) for part in (self.start, self.end))
        item = SliceItem(start, end, self.step if self.step > 1 else None)
        return Index(Value(0), _at(self.dim, item))


class Select(_Part):
    """One place of an axis, which goes away; a negative `index` counts from the end.

    Shape: `[N, L, C]` -> `[N, C]`. Source: torch.select.
    """

    leading = "index"
    examples = (Example(index=0), Example(("N, 4, L",), dim=-1, index=-1))

    dim: int = 1
    index: SizeField

    def infer(self, x: TensorType) -> TensorType:
        axis = axis_of(x, self.dim)
        size = x.shape[axis]
        place = _place(self.index, size, "index")
        at_least(size - place, 1, f"`index` of {show(size_of(self.index))} lies outside {show(size)} on axis {axis}")
        return x.with_shape((*x.shape[:axis], *x.shape[axis + 1 :]))

    def lower(self, x: TensorType) -> Expr:
        return Method(Value(0), "select", self.dim, code_of(self.index))


def _place(argument: SizeArgument, size: Dim, name: str) -> Dim:
    """A place on an axis counted from its front, inside it or at its end."""
    place = size_of(argument)
    what = f"`{name}` of {show(place)} lies outside {show(size)}"
    if isinstance(place, int) and place < 0:
        return at_least(size + place, 0, what)
    # an open one counts from the front: forward would read a negative one from the end
    at_least(place, 0, what)
    at_least(size - place, 0, what)
    return place


def _at(dim: int, item: Argument) -> tuple[Argument, ...]:
    """An index of whole axes but for one."""
    if dim < 0:
        return (EllipsisLiteral(), item, *(SliceItem(),) * (-dim - 1))
    return (*(SliceItem(),) * dim, item)
