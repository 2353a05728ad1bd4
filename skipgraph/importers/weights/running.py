"""A module run on an example and left as it was: what it gives, and in which order it uses its tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from skipgraph.importers.weights.report import PortError
from skipgraph.importers.weights.tensors import flat


@dataclass(frozen=True, slots=True)
class Use:
    """A call that reads tensors of a module which no call has read before."""

    op: str
    keys: tuple[str, ...]
    """In the order of its arguments."""


@dataclass(frozen=True, slots=True)
class Run:
    """One forward in eval mode."""

    uses: tuple[Use, ...]
    outputs: tuple[Tensor, ...]


def run(module: nn.Module, tensors: Mapping[str, Tensor], example: Any, role: str) -> Run:
    """Run a module on the example: a tensor, a tuple of arguments, or a mapping of them. Raises `PortError`."""
    arguments, named = _arguments(example)
    order = _Order(tensors)
    with undisturbed(module), torch.no_grad(), _seeded():
        module.eval()
        try:
            with order:
                result = module(*arguments, **named)
        except Exception as error:
            said = str(error).strip().split("\n")[0]
            raise PortError(f"the {role} does not run on the example", [f"{type(error).__name__}: {said}"]) from error
        outputs = tuple(each.detach().clone() for each in flat(result))
    return Run(tuple(order.uses), outputs)


def silent(module: nn.Module, tensors: Mapping[str, Tensor], example: Any) -> frozenset[str]:
    """The weights on which the outputs on the example do not hang: of them it proves nothing."""
    arguments, named = _arguments(example)
    weights = {key: tensor for key, tensor in tensors.items() if tensor.requires_grad}
    with undisturbed(module), torch.enable_grad(), _seeded():
        module.eval()
        try:
            outputs = [each for each in flat(module(*arguments, **named)) if each.requires_grad]
            # any weights but ones: after a norm or a softmax the sum hangs on nothing
            total = torch.stack([(each * torch.randn_like(each)).sum().abs() for each in outputs]).sum()
            found = torch.autograd.grad(total, [*weights.values()], allow_unused=True)
        except RuntimeError:  # no gradient flows here, which says nothing
            return frozenset()
    return frozenset(key for key, each in zip(weights, found, strict=True) if each is None or not bool(each.any()))


@contextmanager
def undisturbed(module: nn.Module) -> Iterator[None]:
    """Within it a module may run: its modes and its buffers are put back."""
    modes = [(each, each.training) for each in module.modules()]
    buffers = [(each, each.detach().clone()) for each in module.buffers()]
    try:
        yield
    finally:
        for each, mode in modes:
            each.training = mode
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)


@contextmanager
def _seeded() -> Iterator[None]:
    """Within it, whatever draws numbers draws the same, and the caller's generators are left alone."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(0)
        yield


def _arguments(example: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a forward, cloned, since one may write into them."""
    if isinstance(example, Mapping):
        return (), {key: _cloned(value) for key, value in example.items()}
    if isinstance(example, tuple | list):
        return tuple(_cloned(each) for each in example), {}
    return (_cloned(example),), {}


def _cloned(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, Mapping):
        return {key: _cloned(each) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_cloned(each) for each in value)
    return value


class _Order(TorchFunctionMode):
    """Sees every call of torch, the outermost ones: which of the tensors it is given for the first time."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.uses: list[Use] = []
        self._unseen: dict[int, str] = {}
        for key, tensor in tensors.items():
            self._unseen.setdefault(id(tensor), key)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        # `weight.dtype` and the like look at a tensor without using it
        if any(True for _ in flat(result)):
            keys = tuple(self._first(args)) + tuple(self._first(kwargs.values()))
            if keys:
                self.uses.append(Use(getattr(func, "__name__", str(func)), keys))
        return result

    def _first(self, values: Iterable[Any]) -> Iterator[str]:
        for value in values:
            if isinstance(value, Tensor):
                key = self._unseen.pop(id(value), None)
                if key is not None:
                    yield key
            elif isinstance(value, list | tuple):
                yield from self._first(value)
            elif isinstance(value, dict):
                yield from self._first(value.values())


def differences(wanted: Iterable[Tensor], got: Iterable[Tensor]) -> list[str]:
    """How outputs differ, one by one; nothing where they are equal to the bit."""
    wanted, got = list(wanted), list(got)
    if not wanted:
        return ["the source gives no tensor"]
    if len(wanted) != len(got):
        return [f"the source gives {len(wanted)} tensors, the target {len(got)}"]
    return [
        f"output {index}: {said}"
        for index, (a, b) in enumerate(zip(wanted, got, strict=True))
        if (said := _differ(a, b))
    ]


def _differ(a: Tensor, b: Tensor) -> str:
    if a.shape != b.shape:
        return f"{list(a.shape)} and {list(b.shape)}"
    if a.dtype != b.dtype:
        return f"{a.dtype} and {b.dtype}".replace("torch.", "")
    b = b.to(a.device)
    if torch.equal(a, b):
        return ""
    unequal = a != b
    count = f"{int(unequal.sum()):,} of {a.numel():,} numbers differ"
    if a.dtype == torch.bool:
        return count
    if bool(a.isnan().any() | b.isnan().any()):
        return f"{count}, some are not a number"
    return f"{count}, by up to {float((a.double() - b.double()).abs().max()):.3g}" if not a.is_complex() else count
