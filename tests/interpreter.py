"""What a fully written out spec means, evaluated step by step: the compiler's judge.

It reads the text as plain YAML, keeps every value, and calls torch by a table of its own. It shares no code with the
compiler: arguments come from the spec, weights from a state_dict by the places that the language prescribes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
import yaml
from torch import Tensor, nn
from torch_table import OWN, TABLE, Refusal, Result, leftover, made

Spec: TypeAlias = Mapping[str, Any]
State: TypeAlias = Mapping[str, Tensor]

KEYS = ("name", "from", "key", "parametrize", "unused", "args", "exact", "expect", "repeat", "when", "axes")
"""What a step has beside its arguments."""
STATES = {"GRU": ("h_n",), "LSTM": ("h_n", "c_n")}
"""The results of a recurrent layer, behind the first."""
LETTERS = {1: "N", 2: "NC", 3: "NCL", 4: "NCHW", 5: "NCDHW"}


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
            if kind in ("Parameter", "Buffer"):
                return weight
            assert inputs[0] is not None
            return inputs[0] * weight
        if kind in TABLE:
            return TABLE[kind](*inputs, **arguments)
        x = inputs[0]
        assert x is not None
        options = {}
        like = inputs[2] if kind.startswith("MaxUnpool") and len(inputs) == 3 else None
        if like is not None:
            inputs, options = inputs[:2], {"output_size": like.shape[2:]}
        if self.children is not None:
            return _flat(self.children.get_submodule(".".join(key))(*inputs, **options))
        if self.state is None:
            signature = (key, kind, x.shape[1] if x.ndim > 1 else 0, x.shape[-1] if kind in ("Linear", *STATES) else 0)
            if signature not in self._modules:
                self._modules[signature] = made(kind, arguments, x, parametrize).train(self.train)
            return _flat(self._modules[signature](*inputs, **options))
        with torch.device("cpu" if parametrize else "meta"):
            module = made(kind, arguments, x, parametrize).train(self.train)
        place = ".".join(key)
        # `tie_weights` apart, this is `module(x)` with the tensors of the state_dict in place of the module's own
        own = {name: self.state[f"{place}.{name}"] for name in module.state_dict()}
        return _flat(torch.func.functional_call(module, own, tuple(inputs), options))

    def _own(
        self, kind: str, arguments: Mapping[str, Any], inputs: Sequence[Tensor | None], key: tuple[str, ...]
    ) -> Tensor:
        if self.state is not None:
            return self.state[".".join(key)]
        if kind in ("Parameter", "Buffer"):
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
        return kind in ("Parameter", "Buffer", "Constant")

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
        if kind in STATES:
            return ["output", *STATES[kind]]
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
            result: Result = found if isinstance(found, Tensor) else tuple(leaves(found))
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


def _flat(found: Any) -> Result:
    """A module's results, those of a recurrent layer out of their tuples."""
    return found if isinstance(found, Tensor) else tuple(leaves(found))


def leaves(outputs: Any) -> Iterator[Tensor]:
    if isinstance(outputs, Tensor):
        yield outputs
    else:
        for item in outputs.values() if isinstance(outputs, dict) else outputs:
            yield from leaves(item)
