"""Look-ups between places: where to read is a value itself."""

from __future__ import annotations

from typing import ClassVar, Literal

from skipgraph.ops.base import Example, Op, Reject, SizeField, Style
from skipgraph.ops.lowering import Argument, Call, Expr, SizeOf, Value, code_of, size_of
from skipgraph.ops.rules import at_least, floating, one_dtype, ranked, same
from skipgraph.sizes import Dim, show
from skipgraph.types import TensorType


class GridSample(Op):
    """What the input has at the places that `grid` says, interpolated between its own.

    A place is `(x, y)` or `(x, y, z)`, -1 one edge and 1 the other: the middle of the outermost places with
    `align_corners`, else their outer sides. `padding_mode` says what is outside. Shape: `[N, C, H, W]` and a grid
    `[N, h, w, 2]` -> `[N, C, h, w]`; `[N, C, D, H, W]` and `[N, d, h, w, 3]` -> `[N, C, d, h, w]`.
    Source: torch.nn.functional.grid_sample; Jaderberg et al., 2015.
    """

    style = Style.RESAMPLE
    ports = ("input", "grid")
    examples = (
        Example(("N, 4, 8, 8", "N, 5, 6, 2"), align_corners=True),
        Example(("N, 4, 8, 8", "N, 5, 6, 2"), mode="bicubic", padding_mode="border"),
        Example(("N, 4, 4, 8, 8", "N, 3, 5, 6, 3")),
    )

    mode: Literal["bilinear", "nearest", "bicubic"] = "bilinear"
    padding_mode: Literal["zeros", "border", "reflection"] = "zeros"
    align_corners: bool = False

    def infer(self, x: TensorType, grid: TensorType) -> TensorType:
        ranked(floating(x), 4, 5, layout="[N, C, H, W] or [N, C, D, H, W]")
        ranked(floating(grid, 1), x.rank, input=1, layout="[N, h, w, 2]" if x.rank == 4 else "[N, d, h, w, 3]")
        one_dtype(x, grid)
        if self.mode == "bicubic" and x.rank == 5:
            raise Reject(f"`mode: bicubic` goes with [N, C, H, W], not with {x}", code="SG209", argument="mode")
        batch = same(x.shape[0], grid.shape[0], 0)
        same(grid.shape[-1], x.rank - 2, x.rank - 1)
        return x.with_shape((batch, x.channels, *grid.shape[1:-1]))

    def lower(self, x: TensorType, grid: TensorType) -> Expr:
        # torch warns where `align_corners` is left out
        options: dict[str, Argument] = self.given("align_corners") | {"align_corners": self.align_corners}
        return Call("torch.nn.functional.grid_sample", Value(0), Value(1), **options)


class AffineGrid(Op):
    """A grid for GridSample: each place of a map of `size`, or as large as `like`, moved by a matrix.

    Shape: `[N, 2, 3]` and a `size` of `[H, W]` -> `[N, H, W, 2]`; `[N, 3, 4]` and `[D, H, W]` -> `[N, D, H, W, 3]`.
    Source: torch.nn.functional.affine_grid; Jaderberg et al., 2015.
    """

    style = Style.RESAMPLE
    ports: ClassVar[tuple[str, ...]] = ("theta", "like?")
    leading = "size"
    examples = (
        Example(("N, 2, 3",), size=(6, 8), align_corners=True),
        Example(("N, 3, 4",), size=(4, 6, 8)),
        Example(("N, 2, 3", "N, 4, 6, 8")),
    )

    size: tuple[SizeField, ...] | None = None
    align_corners: bool = False

    def infer(self, theta: TensorType, like: TensorType | None = None) -> TensorType:
        ranked(floating(theta), 3, layout="[N, 2, 3] or [N, 3, 4]")
        axes = len(self._sizes(like))
        if axes not in (2, 3):
            raise Reject(f"makes a grid of 2 or 3 axes, not of {axes}", code="SG209", argument="size")
        same(theta.shape[1], axes, 1, 0)
        same(theta.shape[2], axes + 1, 2, 0)
        return theta.with_shape((theta.shape[0], *self._sizes(like), axes))

    def lower(self, theta: TensorType, like: TensorType | None = None) -> Expr:
        # of channels, which torch asks for, there is one
        sizes: Argument = (SizeOf(Value(0), 0), 1, *map(code_of, self.size or ()))
        if like is not None:
            sizes = (SizeOf(Value(0), 0), 1, *(SizeOf(Value(1), axis) for axis in range(2, like.rank)))
        return Call("torch.nn.functional.affine_grid", Value(0), sizes, align_corners=self.align_corners)

    def _sizes(self, like: TensorType | None) -> tuple[Dim, ...]:
        if (self.size is None) == (like is None):
            raise Reject(
                "needs a `size` or a value that it is `like`, one of them", code="SG207" if like is None else "SG209"
            )
        sizes = like.spatial if like is not None else tuple(map(size_of, self.size or ()))
        return tuple(at_least(size, 1, f"makes no grid of size {show(size)}") for size in sizes)
