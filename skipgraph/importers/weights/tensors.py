"""The tensors of a module or a state_dict, by key, and which of them are one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from skipgraph.importers.weights.report import PortError

Tensors = dict[str, Tensor]


def tensors_of(owner: Any, role: str) -> Tensors:
    """The live tensors of a module, or those of a mapping. Raises `PortError`."""
    if isinstance(owner, nn.Module):
        found: Mapping[Any, Any] = owner.state_dict(keep_vars=True)
        # what get_extra_state gives may be anything: it is no weight
        found = {key: value for key, value in found.items() if key.rpartition(".")[2] != "_extra_state"}
    elif isinstance(owner, Mapping):
        found = owner
    else:
        raise TypeError(f"the {role} is a module or a state_dict, got {type(owner).__name__}")
    wrong = [f"`{key}` is {_kind(value)}" for key, value in found.items() if not isinstance(value, Tensor)]
    if wrong:
        nested = next((key for key in ("state_dict", "model", "params") if isinstance(found.get(key), Mapping)), None)
        help = f"pass what is below it: `checkpoint[{nested!r}]`" if nested else None
        raise PortError(f"the {role} has values that are no tensors", wrong, help)
    lazy = [f"`{key}`" for key, value in found.items() if is_lazy(value)]
    if lazy:
        raise PortError(f"the {role} has weights without a shape yet", lazy, "run it once, then port")
    meta = [f"`{key}`" for key, value in found.items() if value.is_meta]
    if meta:
        raise PortError(f"the {role} has weights on the meta device, which hold nothing", meta, "`to_empty` makes room")
    return {str(key): value for key, value in found.items()}


def check_live(target: nn.Module, wanted: Tensors) -> None:
    """Refuse keys that are no parameter or buffer of the module, into which nothing can be written."""
    live = {id(each) for each in (*target.parameters(), *target.buffers())}
    made = [f"`{key}`" for key, tensor in wanted.items() if id(tensor) not in live]
    if made:
        raise PortError("a hook of the target makes values of its state_dict, which cannot be written to", made)


def identity(tensor: Tensor) -> tuple[Any, ...]:
    """The same for tensors that are one: a state_dict detaches, so objects differ where memory does not."""
    if not tensor.numel():
        return (id(tensor),)
    return tensor.device, tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride()


def ties(tensors: Mapping[str, Tensor]) -> dict[str, tuple[str, ...]]:
    """For each key, all keys of the same tensor."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for key, tensor in tensors.items():
        groups.setdefault(identity(tensor), []).append(key)
    return {key: tuple(keys) for keys in groups.values() for key in keys}


def converted(value: Tensor, like: Tensor) -> tuple[Tensor, str]:
    """The values in the dtype and on the device of another, and what was done. Raises ValueError if it loses them."""
    plain = value.detach()
    if plain.dtype == like.dtype:
        return plain.to(like.device), ""
    note = f"{name(plain.dtype)} -> {name(like.dtype)}"
    if plain.is_complex() and not like.is_complex():
        raise ValueError(f"{note} would lose the imaginary part")
    made = plain.to(like.device, like.dtype)
    back = made.to(plain.device, plain.dtype)
    if bool(((back == plain) | ((back != back) & (plain != plain))).all()):
        return made, note
    if not plain.is_floating_point() or not like.is_floating_point():
        raise ValueError(f"{note} would change its values")
    if bool((made.isinf().to(plain.device) & ~plain.isinf()).any()):
        raise ValueError(f"{note} is too narrow for its values")
    return made, f"{note}, rounded"


def same_values(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors hold the same numbers, NaN where the other has NaN."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    other = b.detach().to(a.device)
    return bool(((a.detach() == other) | ((a.detach() != a.detach()) & (other != other))).all())


def flat(value: Any) -> Iterator[Tensor]:
    """The tensors of an output, in order, out of lists, dicts and dataclasses."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from flat(item)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for item in value:
            yield from flat(item)
    elif hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from flat(getattr(value, field))


def name(dtype: torch.dtype) -> str:
    """`float32`."""
    return str(dtype).removeprefix("torch.")


def _kind(value: Any) -> str:
    return "a mapping" if isinstance(value, Mapping) else f"of type {type(value).__name__}"
