"""What a fully written out spec means, evaluated step by step: the compiler's judge.

It reads the text as plain YAML, keeps every value, and calls torch by a table of its own. It shares no code with the
compiler: arguments come from the spec, weights from a state_dict by the places that the language prescribes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
import yaml
from torch import Tensor, nn

Spec: TypeAlias = Mapping[str, Any]
State: TypeAlias = Mapping[str, Tensor]
Result: TypeAlias = "Tensor | tuple[Tensor, ...]"

KEYS = ("name", "from", "key", "parametrize", "unused", "args", "exact", "expect", "repeat", "when", "axes")
"""What a step has beside its arguments."""
LETTERS = {1: "N", 2: "NC", 3: "NCL", 4: "NCHW", 5: "NCDHW"}
INFERRED: Mapping[str, tuple[str, int]] = {
    "Conv": ("in_channels", 1),
    "Linear": ("in_features", -1),
    "BatchNorm": ("num_features", 1),
    "InstanceNorm": ("num_features", 1),
    "GroupNorm": ("num_channels", 1),
    "LayerNorm": ("normalized_shape", -1),
    "RMSNorm": ("normalized_shape", -1),
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
    "Constant": lambda value, shape=(), dtype="float32": torch.full(tuple(shape), value, dtype=getattr(torch, dtype)),
}
"""Ops that are not classes of torch.nn."""
OWN = ("Parameter", "Scale")
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


@dataclass
class Interpreter:
    """Runs a fully written out spec.

    `state` holds the weights; without one every module has weights of its own, made once: for shapes alone.
    """

    spec: Spec
    state: State | None = None
    train: bool = True
    frees: bool = False
    """Whether a value is dropped once its last reader has run; then there is no trace."""
    whole: bool = False
    """Whether steps run that no output reads."""
    children: nn.Module | None = None
    """Whose submodules are called in place of modules made here: for what memory they take."""
    trace: dict[tuple[str, ...], Result] = field(default_factory=dict)
    """Every value of the last run, by the names of the blocks' calls and the step."""
    _modules: dict[tuple[Any, ...], nn.Module] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, state: State | None = None, train: bool = True) -> Interpreter:
        return cls(yaml.safe_load(text), state, train)

    def __call__(self, *inputs: Tensor) -> Any:
        """What the network returns."""
        self.trace = {}
        self.env = self._axes(inputs)
        names = list(self.spec["inputs"])
        return _Scope(self, self.spec, dict(zip(names, inputs, strict=True)), (), ()).run()

    def _axes(self, inputs: Sequence[Tensor]) -> dict[str, int]:
        """The sizes of the inputs' open axes."""
        env: dict[str, int] = {}
        for shape, x in zip(self.spec["inputs"].values(), inputs, strict=True):
            axes = shape["shape"] if isinstance(shape, dict) else shape
            for axis, size in zip(axes, x.shape, strict=True):
                if (env.setdefault(axis, size) if isinstance(axis, str) else axis) != size:
                    raise Refusal("the inputs are not as declared")
        return env

    def apply(
        self,
        kind: str,
        arguments: Mapping[str, Any],
        inputs: Sequence[Tensor | None],
        key: tuple[str, ...],
        parametrize: str | None,
    ) -> Result:
        """One op."""
        if kind in OWN:
            weight = self._own(kind, arguments, inputs, key)
            if kind == "Parameter":
                return weight
            assert inputs[0] is not None
            return inputs[0] * weight
        if kind in TABLE:
            return TABLE[kind](*inputs, **arguments)
        x = inputs[0]
        assert x is not None
        if self.children is not None:
            return self.children.get_submodule(".".join(key))(*inputs)  # type: ignore[no-any-return]
        if self.state is None:
            signature = (key, kind, x.shape[1] if x.ndim > 1 else 0, x.shape[-1] if kind == "Linear" else 0)
            if signature not in self._modules:
                self._modules[signature] = made(kind, arguments, x, parametrize).train(self.train)
            return self._modules[signature](*inputs)  # type: ignore[no-any-return]
        with torch.device("cpu" if parametrize else "meta"):
            module = made(kind, arguments, x, parametrize).train(self.train)
        place = ".".join(key)
        # `tie_weights` apart, this is `module(x)` with the tensors of the state_dict in place of the module's own
        own = {name: self.state[f"{place}.{name}"] for name in module.state_dict()}
        return torch.func.functional_call(module, own, tuple(inputs))  # type: ignore[no-any-return]

    def _own(
        self, kind: str, arguments: Mapping[str, Any], inputs: Sequence[Tensor | None], key: tuple[str, ...]
    ) -> Tensor:
        if self.state is not None:
            return self.state[".".join(key)]
        if kind == "Parameter":
            return torch.zeros(arguments["shape"])
        x, dim = inputs[0], arguments.get("dim")
        assert x is not None
        return torch.ones(()) if dim is None else torch.ones((x.shape[dim], *(1,) * (x.ndim - dim % x.ndim - 1)))


class _Scope:
    """The file's steps, or a block's in one call."""

    def __init__(
        self,
        run: Interpreter,
        written: Mapping[str, Any],
        values: dict[str, Result],
        key: tuple[str, ...],
        path: tuple[str, ...],
    ) -> None:
        self.interpreter = run
        self.written = written
        self.values = values
        self.key = key
        self.path = path
        self.input = next(iter(values))
        self.steps: dict[str, tuple[str, Mapping[str, Any]]] = {}
        before = self.input
        self.sources: dict[str, Any] = {}
        for step in written["layers"]:
            ((kind, entries),) = step.items()
            name = entries["name"]
            self.steps[name] = kind, entries
            self.sources[name] = entries.get("from", before)
            before = name
        self.last = before
        self.skips: list[tuple[str, str, str, Mapping[str, Any]]] = []
        for name, skip in (written.get("skips") or {}).items():
            target, _, port = skip["to"].partition(".")
            self.skips.append((name, target, port, skip))

    def run(self) -> Any:
        """What the scope returns: what it hangs on, in the order written."""
        outputs = self.written.get("outputs", self.last)
        ending = [name for name, target, _, _ in self.skips if target == "output"]
        wanted = set(self._names(outputs)) | {self._stem(s) for n, _, _, s in self.skips if n in ending}
        for name in reversed(self.steps):
            if name in wanted:
                wanted |= set(self._reads(name))
        running = [name for name in self.steps if name in wanted or self.interpreter.whole]
        kept = set(self._names(outputs)) | {self._stem(s) for n, _, _, s in self.skips if n in ending}
        last = {read: at for at, name in enumerate(running) for read in self._reads(name)}
        for at, name in enumerate(running):
            self.values[name] = self._step(name)
            for read in [read for read in last if last[read] == at and read not in kept]:
                if self.interpreter.frees:
                    self.values.pop(read, None)
        found = self._output(outputs)
        return self._landed("output", "", found) if ending else found

    def _stem(self, skip: Mapping[str, Any]) -> str:
        return str(skip["from"]).partition(".")[0]

    def _names(self, source: Any) -> Iterator[str]:
        """The steps that a name, a list or a mapping of names means."""
        if isinstance(source, str):
            yield self.input if source == "input" and "input" not in self.values else source.partition(".")[0]
        else:
            for item in source.values() if isinstance(source, dict) else source:
                yield from self._names(item)

    def _reads(self, name: str) -> Iterator[str]:
        kind, entries = self.steps[name]
        if kind == "Reuse" or not self._is_source(kind):
            yield from self._names(self.sources[name])
        elif "from" in entries:
            yield from self._names(entries["from"])
        for _, target, _, skip in self.skips:
            if target == name:
                yield self._stem(skip)
        yield from re.findall(r"size\('(\w+)", str(entries))

    def _is_source(self, kind: str) -> bool:
        return kind in ("Parameter", "Constant")

    def value(self, name: str) -> Tensor:
        """A value by its name."""
        stem, _, result = name.partition(".")
        if stem == "input" and stem not in self.values:
            stem = self.input
        found = self.values[stem]
        if isinstance(found, Tensor):
            return found
        if not result:
            return found[0]
        return found[self._results(stem).index(result)]

    def _results(self, name: str) -> list[str]:
        kind, entries = self.steps[name]
        if kind == "Reuse":
            return self._results(entries["of"])
        blocks = self.interpreter.spec.get("blocks") or {}
        outputs = blocks[kind].get("outputs") if kind in blocks else None
        if isinstance(outputs, dict):
            return list(outputs)
        if entries.get("return_indices") or (entries.get("args") or {}).get("return_indices"):
            return ["output", "indices"]
        return [str(index) for index in range(len(self.values[name]))]  # of a list of outputs, or parts

    def _output(self, outputs: Any) -> Any:
        if isinstance(outputs, str):
            return self.value(outputs)
        if isinstance(outputs, dict):
            return {name: self._output(item) for name, item in outputs.items()}
        return [self._output(item) for item in outputs]

    def _ports(self, kind: str) -> list[str]:
        blocks = self.interpreter.spec.get("blocks") or {}
        if kind in blocks:
            return list(blocks[kind].get("inputs", ["input"]))
        return {"Pad": ["input", "like"], "Crop": ["input", "like"], "Interpolate": ["input", "like"]}.get(
            kind, ["input", "other"] if kind == "MatMul" else ["input"]
        )

    def _step(self, name: str) -> Result:
        kind, entries = self.steps[name]
        key = self._place(name)
        source = self.sources[name]
        arguments, parametrize = self._arguments(entries), entries.get("parametrize")
        if kind == "Reuse":
            kind, original = self.steps[entries["of"]]
            arguments, parametrize = self._arguments(original), original.get("parametrize")
        ports = self._ports(kind)
        inputs = self._inputs(kind, ports, entries, source)
        for index, port in enumerate(ports):
            if index < len(inputs) and (landed := inputs[index]) is not None:
                inputs[index] = self._landed(name, port, landed, first=index == 0)
        blocks = self.interpreter.spec.get("blocks") or {}
        if kind in blocks:
            assert all(x is not None for x in inputs)
            into: dict[str, Result] = {port: x for port, x in zip(ports, inputs, strict=True) if x is not None}
            found = _Scope(self.interpreter, blocks[kind], into, key, (*self.path, name)).run()
            result: Result = found if isinstance(found, Tensor) else tuple(_leaves(found))
        else:
            if entries.get("exact") and leftover(kind, arguments, inputs):
                raise Refusal("something is left over")
            computed = {n: self._computed(value, inputs) for n, value in arguments.items()}
            result = self.interpreter.apply(kind, computed, inputs, key, parametrize)
        self._expected(entries, result)
        if not self.interpreter.frees:
            self.interpreter.trace[*self.path, name] = result
        return result

    def _expected(self, entries: Mapping[str, Any], result: Result) -> None:
        if "expect" not in entries:
            return
        first = result if isinstance(result, Tensor) else result[0]
        for axis, size in zip(entries["expect"], first.shape, strict=True):
            # a quotient that is not whole equals no size
            if eval(str(axis), {"__builtins__": {}}, dict(self.interpreter.env)) != size:
                raise Refusal(f"expected {entries['expect']}, got {tuple(first.shape)}")

    def _place(self, name: str) -> tuple[str, ...]:
        kind, entries = self.steps[name]
        if kind == "Reuse":
            return self._place(entries["of"])
        written = entries.get("key", name)
        first = written[0] if isinstance(written, list) else written
        return (*self.key, *str(first).split("."))

    def _arguments(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        own = {name: value for name, value in entries.items() if name not in (*KEYS, "of")}
        return {**own, **(entries.get("args") or {})}

    def _inputs(self, kind: str, ports: Sequence[str], entries: Mapping[str, Any], source: Any) -> list[Tensor | None]:
        if self._is_source(kind):
            return []
        if isinstance(source, str):
            return [self.value(source)]
        if isinstance(source, list):
            return [self.value(item) for item in source]
        return [self.value(source[port]) if port in source else None for port in ports]

    def _landed(self, name: str, port: str, main: Tensor, first: bool = True) -> Tensor:
        """What arrives at a port once its skips are merged in: neighbours of one kind at once."""
        here = [skip for _, target, aim, skip in self.skips if target == name and (aim == port or (first and not aim))]
        while here:
            merge, dim = here[0]["merge"], here[0].get("dim", 1)
            group = []
            while here and here[0]["merge"] == merge and (merge != "concat" or here[0].get("dim", 1) == dim):
                group.append(here.pop(0))
            before = [self.value(s["from"]) for s in group if s.get("order") == "skip_first"]
            after = [self.value(s["from"]) for s in group if s.get("order") != "skip_first"]
            operands = [*before, main, *after]
            options = {"dim": dim} if merge == "concat" else {}
            merged = TABLE[merge.capitalize()](*operands, **options)
            assert isinstance(merged, Tensor)
            main = merged
        return main

    def _computed(self, value: Any, inputs: Sequence[Tensor | None]) -> Any:
        """An argument, its expressions over sizes worked out."""
        if isinstance(value, list):
            return [self._computed(item, inputs) for item in value]
        if not isinstance(value, str) or not value.startswith("$("):
            return value
        first = inputs[0] if inputs else None
        axes = {} if first is None else dict(zip(LETTERS.get(first.ndim, ""), first.shape, strict=False))
        known = {"size": lambda name, axis: self.value(name).shape[axis], "min": min, "max": max, **axes}
        return eval(value[2:-1], {"__builtins__": {}}, known)


def _leaves(outputs: Any) -> Iterator[Tensor]:
    if isinstance(outputs, Tensor):
        yield outputs
    else:
        for item in outputs.values() if isinstance(outputs, dict) else outputs:
            yield from _leaves(item)


leaves = _leaves
