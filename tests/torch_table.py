"""What each op means in torch: a table of its own, which shares nothing with the compiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Result: TypeAlias = "Tensor | tuple[Tensor, ...]"

INFERRED: Mapping[str, tuple[str, int]] = {
    "Conv": ("in_channels", 1),
    "Linear": ("in_features", -1),
    "BatchNorm": ("num_features", 1),
    "InstanceNorm": ("num_features", 1),
    "GroupNorm": ("num_channels", 1),
    "LayerNorm": ("normalized_shape", -1),
    "RMSNorm": ("normalized_shape", -1),
    "GRU": ("input_size", -1),
    "LSTM": ("input_size", -1),
}
"""Arguments that are an axis of the input, by the beginning of the class's name."""


class Refusal(Exception):
    """What the language refuses though torch would run: a window cut short, a silent broadcast."""


def _same_axes(inputs: Sequence[Tensor], but: int | None = None) -> None:
    first = inputs[0]
    for x in inputs[1:]:
        if x.ndim != first.ndim:
            raise Refusal("ranks differ")
        for axis, (a, b) in enumerate(zip(first.shape, x.shape, strict=True)):
            if a != b and (but is None or axis != but % first.ndim):
                raise Refusal(f"{tuple(first.shape)} and {tuple(x.shape)} differ on axis {axis}")


def _concat(*inputs: Tensor, dim: int = 1) -> Tensor:
    _same_axes(inputs, dim)
    return torch.cat(inputs, dim)


def _fold(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda *inputs: reduce(function, inputs)


def _mean(*inputs: Tensor) -> Tensor:
    return reduce(torch.add, inputs) / len(inputs)


def _chunk(x: Tensor, chunks: int, dim: int = 1) -> tuple[Tensor, ...]:
    parts = torch.chunk(x, chunks, dim)
    if len(parts) != chunks:
        raise Refusal(f"{len(parts)} chunks")
    return parts


def _split(x: Tensor, split_size_or_sections: int | list[int], dim: int = 1) -> tuple[Tensor, ...]:
    return torch.split(x, split_size_or_sections, dim)


def _slice(x: Tensor, dim: int = 1, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    size = x.shape[dim]
    first, last = start or 0, size if end is None else end
    first, last = (place + size if place < 0 else place for place in (first, last))
    if not (0 <= first < last <= size):
        raise Refusal(f"{start}:{end} of {size}")
    return x[(*(slice(None),) * (dim % x.ndim), slice(first, last, step))]


def _crop(x: Tensor, like: Tensor | None = None, **amounts: int) -> Tensor:
    sides = _sides(x, like, amounts, sign=1)
    for axis, (before, after) in sides.items():
        kept = x.shape[axis] - before - after
        if before < 0 or after < 0 or kept < 1:
            raise Refusal(f"cannot cut {before} and {after} off {x.shape[axis]}")
        x = x.narrow(axis, before, kept)
    return x


def _pad(x: Tensor, like: Tensor | None = None, mode: str = "constant", value: float = 0.0, **amounts: int) -> Tensor:
    sides = _sides(x, like, amounts, sign=-1)
    if like is not None and any(min(pair) < 0 for pair in sides.values()):
        raise Refusal("cannot pad to a smaller size")
    axes = x.ndim - 2 if mode != "constant" else max([1, *(x.ndim - axis for axis in sides)])
    flat = [amount for axis in range(1, axes + 1) for amount in sides.get(x.ndim - axis, (0, 0))]
    for axis, (before, after) in sides.items():
        if min(x.shape[axis] + min(before, 0) + min(after, 0), x.shape[axis] + before + after) < (mode != "constant"):
            raise Refusal("nothing is left")
        if mode == "circular" and max(before, after) > x.shape[axis] + min(before, 0) + min(after, 0):
            raise Refusal("wraps more than there is")
    y = F.pad(x, flat, mode=mode, value=value if mode == "constant" else None)
    if min(y.shape) < 1:
        raise Refusal("nothing is left")
    return y


def _sides(x: Tensor, like: Tensor | None, amounts: Mapping[str, int], sign: int) -> dict[int, tuple[int, int]]:
    if like is None:
        pairs = (("left", "right"), ("top", "bottom"), ("front", "back"))
        found = {x.ndim - 1 - i: (amounts.get(a, 0), amounts.get(b, 0)) for i, (a, b) in enumerate(pairs)}
        return {axis: pair for axis, pair in found.items() if any(pair)}
    if x.ndim != like.ndim:
        raise Refusal("ranks differ")
    totals = {axis: sign * (x.shape[axis] - like.shape[axis]) for axis in range(2, x.ndim)}
    if any(total < 0 for total in totals.values()):
        raise Refusal("the sign of the difference")
    return {axis: (total // 2, total - total // 2) for axis, total in totals.items()}


def _interpolate(x: Tensor, like: Tensor | None = None, **options: Any) -> Tensor:
    if like is not None:
        options["size"] = tuple(like.shape[2:])
    return F.interpolate(x, **options)


def _squeeze(x: Tensor, dim: int | list[int]) -> Tensor:
    axes = dim if isinstance(dim, list) else [dim]
    if any(x.shape[axis] != 1 for axis in axes):
        raise Refusal("squeezes an axis that is not 1")
    return x.squeeze(tuple(axes))


def _reduce(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def reduced(x: Tensor, dim: int | list[int], keepdim: bool = False) -> Tensor:
        return function(x, dim if isinstance(dim, int) else tuple(dim), keepdim)

    return reduced


TABLE: Mapping[str, Callable[..., Result]] = {
    "Concat": _concat,
    "Stack": lambda *inputs, dim=0: torch.stack(inputs, dim),
    "Add": _fold(torch.add),
    "Sub": _fold(torch.sub),
    "Mul": _fold(torch.mul),
    "Div": _fold(torch.div),
    "Max": _fold(torch.maximum),
    "Min": _fold(torch.minimum),
    "Mean": _mean,
    "MatMul": torch.matmul,
    "Chunk": _chunk,
    "Split": _split,
    "Slice": _slice,
    "Select": lambda x, index, dim=1: x.select(dim, index),
    "Reshape": lambda x, shape: x.reshape(shape),
    "Permute": lambda x, dims: x.permute(dims),
    "Transpose": lambda x, dim0, dim1: x.transpose(dim0, dim1),
    "Squeeze": _squeeze,
    "Unsqueeze": lambda x, dim: x.unsqueeze(dim),
    "Expand": lambda x, sizes: x.expand(sizes),
    "Contiguous": lambda x: x.contiguous(),
    "Crop": _crop,
    "Pad": _pad,
    "Interpolate": _interpolate,
    "ReduceSum": _reduce(torch.sum),
    "ReduceMean": _reduce(torch.mean),
    "ReduceMax": _reduce(torch.amax),
    "ReduceMin": _reduce(torch.amin),
    "Abs": torch.abs,
    "Neg": torch.neg,
    "Exp": torch.exp,
    "Sin": torch.sin,
    "Cos": torch.cos,
    "Clamp": lambda x, **limits: torch.clamp(x, **limits),
    "Pow": lambda x, exponent: torch.pow(x, exponent),
    "Rescale": lambda x, scale, offset=0.0: x * scale + offset,
    "CumSum": lambda x, dim: torch.cumsum(x, dim),
    "Roll": lambda x, shifts, dims: torch.roll(x, shifts, dims),
    "Flip": lambda x, dims: torch.flip(x, [dims] if isinstance(dims, int) else dims),
    "Tile": lambda x, dims: x.repeat(*(1,) * (x.ndim - len(dims)), *dims),
    "RepeatInterleave": lambda x, repeats, dim=1: torch.repeat_interleave(x, repeats, dim),
    "Normalize": lambda x, p=2.0, dim=1: F.normalize(x, p, dim),
    "Constant": lambda value, shape=(), dtype="float32": torch.full(tuple(shape), value, dtype=getattr(torch, dtype)),
}
"""Ops that are not classes of torch.nn."""
OWN = ("Parameter", "Buffer", "Scale")
"""Ops whose weight stands at the step's key itself."""


def made(kind: str, arguments: Mapping[str, Any], x: Tensor, parametrize: str | None = None) -> nn.Module:
    """The torch.nn module of a step, for what arrives. Its own weights are of no interest."""
    given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in arguments.items()}
    given.pop("inplace", None)
    for beginning, (argument, axis) in INFERRED.items():
        if kind.startswith(beginning):
            given.setdefault(argument, x.shape[axis])
    if not parametrize:
        cls: Callable[..., nn.Module] = getattr(nn, kind)
        return cls(**given)
    # its random beginning is not to be seen in a dropout behind it
    state = torch.get_rng_state()
    module: nn.Module = getattr(nn.utils.parametrizations, parametrize)(getattr(nn, kind)(**given))
    torch.set_rng_state(state)
    return module


def leftover(kind: str, arguments: Mapping[str, Any], inputs: Sequence[Tensor | None]) -> bool:
    """Whether a strided window leaves something over, or a crop in the middle has no two equal halves."""
    if not inputs or inputs[0] is None:
        return False
    x = inputs[0]
    if kind == "Crop" and len(inputs) == 2 and inputs[1] is not None:
        return any((a - b) % 2 for a, b in zip(x.shape[2:], inputs[1].shape[2:], strict=True))

    def at(name: str, axis: int, otherwise: Any) -> Any:
        value = arguments.get(name, otherwise)
        return value[axis] if isinstance(value, list) else value

    if "Pool" not in kind and kind not in ("Conv1d", "Conv2d", "Conv3d"):
        return False
    for axis, size in enumerate(x.shape[2:]):
        kernel = at("kernel_size", axis, 1)
        stride = at("stride", axis, kernel if "Pool" in kind else 1) or kernel
        padding, dilation = at("padding", axis, 0), at("dilation", axis, 1)
        if not isinstance(padding, int) or "Adaptive" in kind or arguments.get("ceil_mode"):
            continue
        if (size + 2 * padding - dilation * (kernel - 1) - 1) % stride:
            return True
    return False
