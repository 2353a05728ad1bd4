"""Padding and cropping in a forward: by amounts, or to the size of another value."""

from __future__ import annotations

from typing import Literal

from skipgraph.ops.base import Example, Op, Reject, SizeField, Style
from skipgraph.ops.fields import Number
from skipgraph.ops.lowering import (
    Argument,
    Call,
    EllipsisLiteral,
    Expr,
    Index,
    SizeArgument,
    Slice,
    Value,
    code_of,
    size_of,
)
from skipgraph.ops.modules import axis_size
from skipgraph.ops.pad import padded, padding_value
from skipgraph.ops.rules import at_least, floating, halved
from skipgraph.sizes import show
from skipgraph.types import TensorType

_Sides = dict[int, tuple[SizeArgument, SizeArgument]]
"""Amounts before and after, by axis counted from the end."""


class _Fit(Op):
    ports = ("input", "like?")

    left: SizeField = 0
    right: SizeField = 0
    top: SizeField = 0
    bottom: SizeField = 0
    front: SizeField = 0
    back: SizeField = 0

    def does_nothing(self, x: TensorType, like: TensorType | None = None) -> bool:
        if like is None or x.rank != like.rank:
            return like is None and not self._written(x)
        return not self._differences(x, like, crop=True)

    def _written(self, x: TensorType) -> _Sides:
        """The amounts that are written, for the axes they stand for."""
        pairs = {-1: (self.left, self.right), -2: (self.top, self.bottom), -3: (self.front, self.back)}
        sides = {axis: pair for axis, pair in pairs.items() if not (_none(pair[0]) and _none(pair[1]))}
        for axis in sides:
            if -axis > x.rank:
                raise Reject(f"has an amount for axis {axis}, which {x} lacks", code="SG209", input=0)
        return sides

    def _differences(self, x: TensorType, like: TensorType, *, crop: bool) -> list[tuple[int, SizeArgument]]:
        """By how much `like` is larger (for a crop: smaller), for each spatial axis counted from the end."""
        differences = []
        for axis in range(2, x.rank):
            here, there = axis_size(x, axis), axis_size(like, axis, value=1)
            differences.append((axis - x.rank, here - there if crop else there - here))
        return [(axis, difference) for axis, difference in differences if not _none(difference)]

    def _fits(self, x: TensorType, like: TensorType, *, crop: bool) -> None:
        """`x` can be cut (padded) to the spatial size of `like`."""
        if self._written(x):
            raise Reject("takes either amounts or `like`, not both", code="SG209")
        if x.rank != like.rank:
            raise Reject(f"cannot fit {x} to {like}, which differ in rank", input=1)
        for axis, difference in self._differences(x, like, crop=crop):
            here, there = show(x.shape[axis]), show(like.shape[axis])
            verb, word = ("crop", "larger") if crop else ("pad", "smaller")
            at_least(
                size_of(difference), 0, f"cannot {verb} axis {axis % x.rank} from {here} to {there}, which is {word}"
            )


def _none(amount: SizeArgument) -> bool:
    return isinstance(amount, int) and amount == 0


class Pad(_Fit):
    """Pad the last axes by amounts, or all spatial axes up to the size of `like`.

    Up to a size, half goes before, rounded down, and the rest after. A negative amount crops. `mode` is `constant`
    (with `value`), `reflect`, `replicate` or `circular`.
    Shape: `[N, C, H, W]` -> `[N, C, H + top + bottom, W + left + right]`, or the spatial size of `like`.
    Source: torch.nn.functional.pad.
    """

    style = Style.PAD
    examples = (
        Example(left=1, right=2, top=3),
        Example(right=-1, left=2, bottom=1, mode="reflect"),
        Example(("N, 4, 5, 8", "N, 2, 8, 8"), mode="replicate"),
        Example(("N, 8 int64",), left=1, value=7),
    )

    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    value: Number = 0.0

    def infer(self, x: TensorType, like: TensorType | None = None) -> TensorType:
        if self.mode != "constant" and self.value:
            raise Reject(f"`value` has no meaning with `mode: {self.mode}`", code="SG209", argument="value")
        if self.mode in ("reflect", "replicate"):
            floating(x)
        padding_value(self.value, x)
        if like is not None:
            self._fits(x, like, crop=False)
        y = x
        sides = self._sides(x, like)
        if self.mode != "constant" and not (2 <= x.rank <= 5 and all(-axis < x.rank for axis in sides)):
            raise Reject(
                f"pads at most the axes behind the first, and 3 of them, with `mode: {self.mode}`, got {x}", input=0
            )
        for axis, (before, after) in sides.items():
            y = y.with_axis(axis, padded(x.shape[axis], size_of(before), size_of(after), self.mode))
        return y

    def lower(self, x: TensorType, like: TensorType | None = None) -> Expr:
        sides = self._sides(x, like)
        axes = max([1, *(-axis for axis in sides)])
        if self.mode != "constant":
            # torch reads the rank off the number of amounts
            axes = max(axes, x.rank - 2)
        amounts = [code_of(amount) for axis in range(1, axes + 1) for amount in sides.get(-axis, (0, 0))]
        options: dict[str, Argument] = {name: getattr(self, name) for name in ("mode", "value") if name in self.given()}
        return Call("torch.nn.functional.pad", Value(0), tuple(amounts), **options)

    def _sides(self, x: TensorType, like: TensorType | None) -> _Sides:
        if like is None:
            return self._written(x)
        halves = {axis: (total, total // 2) for axis, total in self._differences(x, like, crop=False)}
        return {axis: (before, total - before) for axis, (total, before) in halves.items()}


class Crop(_Fit):
    """Cut amounts off the last axes, or all spatial axes down to the size of `like`.

    Down to a size, half goes before, rounded down, and the rest after.
    Shape: `[N, C, H, W]` -> `[N, C, H - top - bottom, W - left - right]`, or the spatial size of `like`, which must not
    be larger. Source: `x[..., top:-bottom, left:-right]`; the crop of Ronneberger et al., 2015.
    """

    style = Style.PAD
    is_view = True
    examples = (
        Example(left=1, right=2, top=3),
        Example(("N, 4, 9, 8", "N, 2, 6, 8")),
        Example(("N, 4, H, W", "N, 2, 8, 8")),
    )

    def infer(self, x: TensorType, like: TensorType | None = None) -> TensorType:
        if like is not None:
            self._fits(x, like, crop=True)
            for _, total in self._differences(x, like, crop=True):
                halved(size_of(total))
            return x.with_spatial(like.spatial)
        y = x
        for axis, sides in self._written(x).items():
            for amount in map(size_of, sides):
                at_least(amount, 0, f"cannot cut off {show(amount)}: `Pad` adds")
            before, after = map(size_of, sides)
            kept = at_least(
                x.shape[axis] - before - after, 1, f"nothing of {show(x.shape[axis])} is left on axis {axis % x.rank}"
            )
            y = y.with_axis(axis, kept)
        return y

    def lower(self, x: TensorType, like: TensorType | None = None) -> Expr:
        windows = self._written_windows(x) if like is None else self._windows_to(x, like)
        if not windows:
            return Value(0)
        return Index(Value(0), (EllipsisLiteral(), *(windows.get(axis, Slice()) for axis in range(min(windows), 0))))

    def _written_windows(self, x: TensorType) -> dict[int, Slice]:
        windows = {}
        for axis, (before, after) in self._written(x).items():
            stop = -after or None if isinstance(after, int) else code_of(axis_size(x, axis % x.rank) - after)
            windows[axis] = Slice(code_of(before) or None, stop)
        return windows

    def _windows_to(self, x: TensorType, like: TensorType) -> dict[int, Slice]:
        windows = {}
        for axis, total in self._differences(x, like, crop=True):
            start = total // 2
            if isinstance(total, int) and isinstance(start, int):
                windows[axis] = Slice(start or None, start - total)
            else:
                windows[axis] = Slice(code_of(start), code_of(start + axis_size(like, axis % x.rank, value=1)))
        return windows
