"""Sums of products over named axes."""

from __future__ import annotations

import re
from collections import Counter

from skipgraph.ops.base import Example, Op, Reject, Style
from skipgraph.ops.lowering import Call, Expr, Value
from skipgraph.ops.rules import broadcast, floating, one_dtype, same
from skipgraph.sizes import Dim
from skipgraph.types import TensorType


class Einsum(Op):
    """Products summed as `equation` says: a letter for each axis, and those of the result behind `->`.

    Letters that the result lacks are summed over; without `->` it has those that stand once, in their order. A letter
    is of one size wherever it stands, or of an axis written as 1, which stretches. `...` is not taken.
    Shape: `[N, H, L, C]`, `[N, H, M, C]` -> `[N, H, L, M]` for `nhlc,nhmc->nhlm`. Source: torch.einsum.
    """

    ports = ("operands*",)
    leading = "equation"
    style = Style.MERGE
    is_view = True
    examples = (
        Example(("N, 2, 6, 4", "N, 2, 8, 4"), equation="nhlc,nhmc->nhlm"),
        Example(("N, 4, 6",), equation="ncl->nlc"),
        Example(("N, 4, 6", "4, 5", "5, 6"), equation="ncl,cd,dl->nd"),
    )

    equation: str

    def infer(self, *xs: TensorType) -> TensorType:
        one_dtype(*map(floating, xs))
        axes, result = self._axes(), self._result()
        if len(axes) != len(xs):
            raise Reject(
                f"`equation` has {_count(len(axes), 'operand')}, and {len(xs)} arrive",
                code="SG209",
                argument="equation",
            )
        for index, (letters, x) in enumerate(zip(axes, xs, strict=True)):
            if len(letters) != x.rank:
                raise Reject(
                    f"`{letters}` names {_count(len(letters), 'axis')} of {x}", argument="equation", input=index
                )
        sizes = _sizes(axes, xs)
        return xs[0].with_shape(sizes[letter] for letter in result)

    def lower(self, *xs: TensorType) -> Expr:
        return Call("torch.einsum", self.equation, *map(Value, range(len(xs))))

    def macs(self, output: TensorType, *xs: TensorType) -> Dim:
        """Of products taken two at a time from the left, as torch takes them; without a sum they count as none."""
        axes, result = self._axes(), self._result()
        held = _own(axes[0], xs[0])
        count: Dim = 0
        for index in range(1, len(xs)):
            other = _own(axes[index], xs[index])
            kept = set(result).union(*axes[index + 1 :])
            summed = {at for at in held.keys() & other.keys() - kept if held[at] != 1 and other[at] != 1}
            joined = {at: _wider(held.get(at, 1), other.get(at, 1)) for at in {**held, **other}}
            if summed:
                count = count + TensorType(tuple(joined[at] for at in joined if at in kept | summed)).elements
            held = {at: size for at, size in joined.items() if at in kept}
        return count

    def _axes(self) -> list[str]:
        """The letters of each operand."""
        written = self.equation.replace(" ", "")
        if "." in written:
            raise Reject("`...` is not taken: give each axis a letter", code="SG209", argument="equation")
        if not re.fullmatch(r"[a-zA-Z,]*(->[a-zA-Z]*)?", written, re.ASCII):
            raise Reject(f"`{self.equation}` is no equation such as `ij,jk->ik`", code="SG209", argument="equation")
        return written.partition("->")[0].split(",")

    def _result(self) -> str:
        """The letters of the result."""
        counts = Counter("".join(self._axes()))
        _, arrow, result = self.equation.replace(" ", "").partition("->")
        if not arrow:
            return "".join(sorted(letter for letter, count in counts.items() if count == 1))
        for letter in result:
            if letter not in counts:
                raise Reject(f"no operand has an axis `{letter}`", code="SG209", argument="equation")
            if result.count(letter) > 1:
                raise Reject(f"the result has `{letter}` twice", code="SG209", argument="equation")
        return result


def _sizes(axes: list[str], xs: tuple[TensorType, ...]) -> dict[str, Dim]:
    """The size of each letter."""
    sizes: dict[str, Dim] = {}
    for index, (letters, x) in enumerate(zip(axes, xs, strict=True)):
        for letter, size in _own(letters, x, index).items():
            sizes[letter] = broadcast(sizes.get(letter, size), size, letters.index(letter), index)
    return sizes


def _own(letters: str, x: TensorType, index: int = 0) -> dict[str, Dim]:
    """The size of each letter of one operand; one that stands twice is its diagonal."""
    sizes: dict[str, Dim] = {}
    for axis, (letter, size) in enumerate(zip(letters, x.shape, strict=True)):
        sizes[letter] = same(sizes.get(letter, size), size, axis, index)
    return sizes


def _wider(a: Dim, b: Dim) -> Dim:
    return b if a == 1 else a


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {'axes' if what == 'axis' else what + 's'}"
