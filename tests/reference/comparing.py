"""Two modules side by side: weights copied over, the same inputs, every difference by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

Renaming = Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]
"""A state_dict under other names."""

GAIN = 1.25
"""Keeps the signal alive through many layers."""


def perturb(module: nn.Module, inputs: Sequence[Tensor], seed: int = 0) -> None:
    """Every weight and buffer moved away from where it starts: fresh ones hide mistakes, such as a norm left out."""
    numbers = torch.Generator().manual_seed(seed)

    def noise(like: Tensor, scale: float) -> Tensor:
        return torch.randn(like.shape, generator=numbers) * scale

    norms = [each for each in module.modules() if isinstance(each, nn.modules.batchnorm._NormBase)]
    with torch.no_grad():
        for weight in module.parameters():
            if weight.dim() > 1:
                weight.copy_(noise(weight, GAIN * weight[0].numel() ** -0.5))
            else:
                weight.add_(noise(weight, 0.2))
        # statistics of real activations, not 0 and 1
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = 1.0
        module.train()
        module(*(each.clone() for each in inputs))
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        # a constant is no state: it is what the network says
        state = module.state_dict().keys()
        for buffer in (each for name, each in module.named_buffers() if name in state):
            if buffer.is_floating_point():
                buffer.mul_(1 + 0.2 * torch.rand(buffer.shape, generator=numbers))
            else:
                buffer.add_(3)


def copy_weights(
    source: nn.Module, target: nn.Module, *, by_order: bool = False, rename: Renaming | None = None
) -> None:
    """The weights of one module into another: by key, all of them, or in the order in which both have them."""
    if not by_order:
        state = source.state_dict()
        target.load_state_dict(rename(state) if rename else state, strict=True)
        return
    with torch.no_grad():
        for mine, other in ((source.parameters(), target.parameters()), (source.buffers(), target.buffers())):
            for ours, theirs in zip(mine, other, strict=True):
                assert ours.shape == theirs.shape
                theirs.copy_(ours)


def differences(
    ours: nn.Module,
    theirs: nn.Module,
    inputs: Sequence[Tensor],
    *,
    train: bool = False,
    by_order: bool = False,
    rename: Renaming | None = None,
) -> list[str]:
    """What is not the same to the bit: outputs, gradients of inputs and weights, buffers. Best is `[]`."""
    # under each name that it has: two modules need not call a shared weight alike first
    mine, other = (_run(module, inputs, train, once=by_order) for module in (ours, theirs))
    found = []
    for what in ("output", "input", "gradient", "buffer"):
        a, b = mine[what], other[what]
        if not by_order and what in ("gradient", "buffer"):
            a = rename({**mine["buffer"], **mine["gradient"]}) if rename else a
            a = {name: a[name] for name in b if name in a}
        if len(a) != len(b):
            found.append(f"{len(a)} {what}s, not {len(b)}")
        found += [
            f"{what} {name}" for (name, x), y in zip(a.items(), b.values(), strict=False) if not torch.equal(x, y)
        ]
    return found


def same_output(ours: nn.Module, theirs: nn.Module, inputs: Sequence[Tensor]) -> bool:
    """Whether two modules give the same to the bit."""
    mine, other = (list(tensors(each.eval()(*(x.clone() for x in inputs)))) for each in (ours, theirs))
    return len(mine) == len(other) and all(torch.equal(a, b) for a, b in zip(mine, other, strict=True))


def silent(module: nn.Module) -> list[str]:
    """The weights on which nothing hung in the last backward: on them a comparison says nothing."""
    return [name for name, weight in module.named_parameters() if weight.grad is None or not weight.grad.any()]


def _run(module: nn.Module, inputs: Sequence[Tensor], train: bool, *, once: bool) -> dict[str, Mapping[str, Tensor]]:
    """Everything that one forward and backward leave behind, by name; zeros where no gradient arrives."""
    module.train(train)
    module.zero_grad(set_to_none=True)
    copies = [each.clone().requires_grad_(each.is_floating_point()) for each in inputs]
    torch.manual_seed(11)
    # a clone, since some references write into their inputs
    outputs = list(tensors(module(*(each.clone() for each in copies))))
    numbers = torch.Generator().manual_seed(12)
    total = torch.stack([(each * torch.randn(each.shape, generator=numbers)).sum() for each in outputs]).sum()
    total.backward()  # type: ignore[no-untyped-call]

    def gradient(of: Tensor) -> Tensor:
        return torch.zeros_like(of) if of.grad is None else of.grad

    buffers, state = module.named_buffers(remove_duplicate=once), module.state_dict().keys()
    return {
        "output": {str(i): each.detach() for i, each in enumerate(outputs)},
        "input": {str(i): gradient(each) for i, each in enumerate(copies)},
        "gradient": {name: gradient(weight) for name, weight in module.named_parameters(remove_duplicate=once)},
        "buffer": {name: buffer.clone() for name, buffer in buffers if name in state},
    }


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors of an output, in order."""
    if isinstance(value, Tensor):
        yield value
    else:
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from tensors(item)
