"""The padding classes of torch.nn."""

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from skipgraph.ops.base import Example, Op, Reject, Style
from skipgraph.ops.fields import Number
from skipgraph.ops.lowering import Module
from skipgraph.ops.modules import made
from skipgraph.ops.numbers import reaches
from skipgraph.ops.rules import at_least, floating, ranked
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType

Padding1d: TypeAlias = int | tuple[int, int]
Padding2d: TypeAlias = int | tuple[int, int, int, int]
Padding3d: TypeAlias = int | tuple[int, int, int, int, int, int]


def padded(size: Dim, before: Dim, after: Dim, mode: str) -> Dim:
    """The size with what is added on both sides; a mirror image needs more than it shows, a wrapped one as much."""
    kept = size + sum(side for side in (before, after) if isinstance(side, int) and side < 0)
    if mode == "constant":
        at_least(kept, 0, f"cannot cut {show(size - kept)} off a size of {show(size)}")
    elif mode in ("reflect", "circular"):
        # torch wraps what is left after the cut, and reads past it without an error
        there, spare = (size, 1) if mode == "reflect" else (kept, 0)
        for side in dict.fromkeys((before, after)):
            at_least(there - side, spare, f"{mode} padding of {show(side)} needs a larger size than {show(there)}")
    result = size + before + after
    return at_least(result, 1, f"a size of {show(size)} becomes {show(result)}")


def padding_value(value: float, x: TensorType) -> None:
    """What arrives can hold it."""
    if not reaches(value, x.dtype):
        raise Reject(f"`value` of {value} is not a number of {x.dtype}", code="SG209", argument="value")


class _PadModule(Op):
    """A padding class of torch.nn: amounts from the last axis to the first, a negative one crops."""

    mode: ClassVar[str]
    layout: ClassVar[str]
    style = Style.PAD
    is_module = True
    leading = "padding"

    def _amounts(self) -> Sequence[tuple[int, int]]:
        """Before and after, for each spatial axis, in the axes' order."""
        axes = self.layout.count(",") - 1
        padding = getattr(self, "padding")  # noqa: B009
        sides = (padding,) * (2 * axes) if isinstance(padding, int) else padding
        return [(sides[2 * i], sides[2 * i + 1]) for i in reversed(range(axes))]

    def infer(self, x: TensorType) -> TensorType:
        ranked(x, self.layout.count(",") + 1, layout=self.layout)
        if self.mode in ("reflect", "replicate"):
            floating(x)
        padding_value(getattr(self, "value", 0.0), x)
        pairs = zip(x.spatial, self._amounts(), strict=True)
        return x.with_spatial([padded(size, before, after, self.mode) for size, (before, after) in pairs])

    def lower(self, x: TensorType) -> Module:
        return made(self)


class ConstantPad1d(_PadModule):
    """Pad with `value`; `padding` is one number or `[left, right]`.

    Shape: `[N, C, L]` -> `[N, C, L']`. Source: torch.nn.ConstantPad1d.
    """

    mode = "constant"
    layout = "[N, C, L]"
    examples = (Example(("N, 4, 8",), padding=1, value=0.5), Example(("N, 4, 8",), padding=(2, 1), value=0.5))

    padding: Padding1d
    value: Number


class ConstantPad2d(_PadModule):
    """Pad with `value`; `padding` is one number or `[left, right, top, bottom]`.

    Shape: `[N, C, H, W]` -> `[N, C, H', W']`. Source: torch.nn.ConstantPad2d.
    """

    mode = "constant"
    layout = "[N, C, H, W]"
    examples = (
        Example(("N, 4, 8, 8",), padding=1, value=0.5),
        Example(("N, 4, 8, 8",), padding=(1, 2, 0, 3), value=0.5),
    )

    padding: Padding2d
    value: Number


class ConstantPad3d(_PadModule):
    """Pad with `value`; `padding` is one number or `[left, right, top, bottom, front, back]`.

    Shape: `[N, C, D, H, W]` -> `[N, C, D', H', W']`. Source: torch.nn.ConstantPad3d.
    """

    mode = "constant"
    layout = "[N, C, D, H, W]"
    examples = (
        Example(("N, 4, 6, 8, 8",), padding=1, value=0.5),
        Example(("N, 4, 6, 8, 8",), padding=(1, 2, 0, 3, 1, 1), value=0.5),
    )

    padding: Padding3d
    value: Number


class ZeroPad1d(_PadModule):
    """Pad with zeros; `padding` is one number or `[left, right]`.

    Shape: `[N, C, L]` -> `[N, C, L']`. Source: torch.nn.ZeroPad1d.
    """

    mode = "constant"
    layout = "[N, C, L]"
    examples = (Example(("N, 4, 8",), padding=1), Example(("N, 4, 8",), padding=(2, 1)))

    padding: Padding1d


class ZeroPad2d(_PadModule):
    """Pad with zeros; `padding` is one number or `[left, right, top, bottom]`.

    Shape: `[N, C, H, W]` -> `[N, C, H', W']`. Source: torch.nn.ZeroPad2d.
    """

    mode = "constant"
    layout = "[N, C, H, W]"
    examples = (Example(("N, 4, 8, 8",), padding=1), Example(("N, 4, 8, 8",), padding=(1, 2, 0, 3)))

    padding: Padding2d


class ZeroPad3d(_PadModule):
    """Pad with zeros; `padding` is one number or `[left, right, top, bottom, front, back]`.

    Shape: `[N, C, D, H, W]` -> `[N, C, D', H', W']`. Source: torch.nn.ZeroPad3d.
    """

    mode = "constant"
    layout = "[N, C, D, H, W]"
    examples = (Example(("N, 4, 6, 8, 8",), padding=1), Example(("N, 4, 6, 8, 8",), padding=(1, 2, 0, 3, 1, 1)))

    padding: Padding3d


class ReflectionPad1d(_PadModule):
    """Pad with the mirror image behind the edge; `padding` is one number or `[left, right]`.

    Shape: `[N, C, L]` -> `[N, C, L']`. Source: torch.nn.ReflectionPad1d.
    """

    mode = "reflect"
    layout = "[N, C, L]"
    examples = (Example(("N, 4, 8",), padding=1), Example(("N, 4, 8",), padding=(2, 1)))

    padding: Padding1d


class ReflectionPad2d(_PadModule):
    """Pad with the mirror image behind the edge; `padding` is one number or `[left, right, top, bottom]`.

    Shape: `[N, C, H, W]` -> `[N, C, H', W']`. Source: torch.nn.ReflectionPad2d.
    """

    mode = "reflect"
    layout = "[N, C, H, W]"
    examples = (Example(("N, 4, 8, 8",), padding=1), Example(("N, 4, 8, 8",), padding=(1, 2, 0, 3)))

    padding: Padding2d


class ReflectionPad3d(_PadModule):
    """Pad with the mirror image behind the edge; `padding` is one number or `[left, right, top, bottom, front, back]`.

    Shape: `[N, C, D, H, W]` -> `[N, C, D', H', W']`. Source: torch.nn.ReflectionPad3d.
    """

    mode = "reflect"
    layout = "[N, C, D, H, W]"
    examples = (Example(("N, 4, 6, 8, 8",), padding=1), Example(("N, 4, 6, 8, 8",), padding=(1, 2, 0, 3, 1, 1)))

    padding: Padding3d


class ReplicationPad1d(_PadModule):
    """Pad with the number at the edge; `padding` is one number or `[left, right]`.

    Shape: `[N, C, L]` -> `[N, C, L']`. Source: torch.nn.ReplicationPad1d.
    """

    mode = "replicate"
    layout = "[N, C, L]"
    examples = (Example(("N, 4, 8",), padding=1), Example(("N, 4, 8",), padding=(2, 1)))

    padding: Padding1d


class ReplicationPad2d(_PadModule):
    """Pad with the number at the edge; `padding` is one number or `[left, right, top, bottom]`.

    Shape: `[N, C, H, W]` -> `[N, C, H', W']`. Source: torch.nn.ReplicationPad2d.
    """

    mode = "replicate"
    layout = "[N, C, H, W]"
    examples = (Example(("N, 4, 8, 8",), padding=1), Example(("N, 4, 8, 8",), padding=(1, 2, 0, 3)))

    padding: Padding2d


class ReplicationPad3d(_PadModule):
    """Pad with the number at the edge; `padding` is one number or `[left, right, top, bottom, front, back]`.

    Shape: `[N, C, D, H, W]` -> `[N, C, D', H', W']`. Source: torch.nn.ReplicationPad3d.
    """

    mode = "replicate"
    layout = "[N, C, D, H, W]"
    examples = (Example(("N, 4, 6, 8, 8",), padding=1), Example(("N, 4, 6, 8, 8",), padding=(1, 2, 0, 3, 1, 1)))

    padding: Padding3d


class CircularPad1d(_PadModule):
    """Pad with what stands at the other end; `padding` is one number or `[left, right]`.

    Shape: `[N, C, L]` -> `[N, C, L']`. Source: torch.nn.CircularPad1d.
    """

    mode = "circular"
    layout = "[N, C, L]"
    examples = (Example(("N, 4, 8",), padding=1), Example(("N, 4, 8",), padding=(2, 1)))

    padding: Padding1d


class CircularPad2d(_PadModule):
    """Pad with what stands at the other end; `padding` is one number or `[left, right, top, bottom]`.

    Shape: `[N, C, H, W]` -> `[N, C, H', W']`. Source: torch.nn.CircularPad2d.
    """

    mode = "circular"
    layout = "[N, C, H, W]"
    examples = (Example(("N, 4, 8, 8",), padding=1), Example(("N, 4, 8, 8",), padding=(1, 2, 0, 3)))

    padding: Padding2d


class CircularPad3d(_PadModule):
    """Pad with what stands at the other end; `padding` is one number or `[left, right, top, bottom, front, back]`.

    Shape: `[N, C, D, H, W]` -> `[N, C, D', H', W']`. Source: torch.nn.CircularPad3d.
    """

    mode = "circular"
    layout = "[N, C, D, H, W]"
    examples = (Example(("N, 4, 6, 8, 8",), padding=1), Example(("N, 4, 6, 8, 8",), padding=(1, 2, 0, 3, 1, 1)))

    padding: Padding3d
