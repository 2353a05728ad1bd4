"""A random spec while it is drawn: its steps, names, skips, and what torch's meta device says of each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

import torch
from interpreter import STATES, Interpreter
from torch import Tensor
from torch_table import Refusal

Data: TypeAlias = dict[str, Any]
Shape: TypeAlias = tuple[int, ...]

MERGES = ("concat", "add", "sub", "mul", "max", "mean")
LEADING = {"MaxPool": "kernel_size", "AvgPool": "kernel_size", "Linear": "out_features", "Upsample": "scale_factor"}


class Unfit(Exception):
    """A choice that does not fit what arrives: another one is drawn."""


def after(kind: str, arguments: Mapping[str, Any], *inputs: Tensor) -> tuple[Tensor, ...]:
    """What an op gives, on the meta device."""
    try:
        with torch.device("meta"):
            plain = {name: _worked_out(value, inputs) for name, value in arguments.items()}
            found = Interpreter({}).apply(kind, plain, inputs, ("x",), None)
    except (RuntimeError, ValueError, TypeError, IndexError, Refusal, NotImplementedError, AssertionError) as error:
        raise Unfit(str(error)) from None
    results = (found,) if isinstance(found, Tensor) else tuple(found)
    if any(min((1, *x.shape)) < 1 or x.numel() > 20_000 for x in results):
        raise Unfit("too small, or too large")
    return results


def _worked_out(value: Any, inputs: Sequence[Tensor]) -> Any:
    if isinstance(value, list):
        return [_worked_out(item, inputs) for item in value]
    if isinstance(value, str) and (value.startswith("$(") or value in ("N", "C", "L", "H", "W")):
        x = inputs[0]
        axes = dict(zip({3: "NCL", 4: "NCHW"}.get(x.ndim, "N"), x.shape, strict=False))
        return eval(value.removeprefix("$"), {"__builtins__": {}, "min": min, "max": max}, axes)
    return value


def meta(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


@dataclass
class BlockInfo:
    """A block that is drawn already, and how it may be called again."""

    shapes: tuple[Shape, ...]
    arguments: Data
    """What a call has to say."""
    defaults: Data
    results: dict[str, Tensor] | Tensor


@dataclass
class Drawing:
    """One spec while it is drawn."""

    rng: Random
    blocks: Data = field(default_factory=dict)
    infos: dict[str, BlockInfo] = field(default_factory=dict)
    params: Data = field(default_factory=dict)
    steps: int = 0
    actions: Sequence[Any] = ()
    letters: list[Any] = field(default_factory=list)
    """The shape of the first input, as written."""

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def pick(self, items: Sequence[Any]) -> Any:
        if not items:
            raise Unfit("nothing to pick from")
        return items[self.rng.randrange(len(items))]

    def flag(self) -> tuple[str, bool]:
        """A `when`, and whether it holds."""
        if not self.params or self.chance(0.3):
            self.params[f"p{len(self.params)}"] = self.pick([1, 2, 3])
        name = self.pick(list(self.params))
        value, least = self.params[name], self.rng.randint(1, 3)
        return f"$({name} >= {least})", value >= least


class Scope:
    """A file's or block's steps while they are drawn."""

    def __init__(self, drawing: Drawing, ports: dict[str, Tensor], depth: int, prefix: str = "") -> None:
        self.d = drawing
        self.rng = drawing.rng
        self.layers: list[Any] = []
        self.skips: Data = {}
        self.values: dict[str, Tensor] = dict(ports)
        """What has a name."""
        self.first = next(iter(ports))
        self.prev: tuple[str | None, Tensor] = next(iter(ports.items()))
        self.depth = depth
        self.prefix = prefix
        self.unread: dict[str, None] = {}
        self.modules: dict[str, tuple[str, Data, Shape]] = {}
        self.params: Data = {}
        """The block's own: numbers that a call may say."""
        self.is_block = depth > 0
        self.count = 0

    # names and numbers

    def name(self, stem: str = "s") -> str:
        self.count += 1
        return f"{self.prefix}{stem}{self.count}"

    def number(self, value: int) -> Any:
        """A number, in a block perhaps as a parameter."""
        if not self.is_block or not self.d.chance(0.2):
            return value
        name = f"n{len(self.params)}"
        self.params[name] = value
        return self.d.pick([f"${name}", f"$({name})", f"$({name} + 1 - 1)"])

    def plain(self, arguments: Data) -> Data:
        """Arguments with the block's parameters put in."""

        def worked(value: Any) -> Any:
            if isinstance(value, list):
                return [worked(item) for item in value]
            if isinstance(value, str) and value.startswith("$") and self.params:
                try:
                    return eval(value.removeprefix("$"), {"__builtins__": {}}, dict(self.params))
                except NameError:
                    return value
            return value

        return {name: worked(value) for name, value in arguments.items()}

    # one step

    def floats(self, ndim: int | None = None) -> list[str]:
        return [n for n, x in self.values.items() if x.dtype.is_floating_point and (ndim is None or x.ndim == ndim)]

    def read(self, name: str | None) -> Tensor:
        if name is None or name == self.prev[0]:
            self.unread.pop(self.prev[0] or "", None)
            return self.prev[1]
        self.unread.pop(name, None)
        return self.values[name]

    def source(self) -> str | None:
        """What a step reads: mostly the one before."""
        if self.d.chance(0.85):
            return None
        names = self.floats()
        return self.d.pick(names) if names else None

    def add(
        self,
        kind: str,
        arguments: Data | None = None,
        sources: str | Sequence[str] | None = None,
        *,
        name: str | None = None,
        may_skip: bool = True,
        keys: Data | None = None,
        hidden: bool = False,
        nameless: bool = False,
    ) -> str | None:
        """One step, its skips with it. Raises Unfit and changes nothing where it does not fit."""
        arguments = arguments or {}
        saved = dict(self.skips), dict(self.unread), dict(self.params)
        try:
            found = self._add(kind, arguments, sources, name, may_skip, keys or {}, nameless)
        except Unfit:
            self.skips, self.unread, self.params = saved[0], saved[1], saved[2] | self.params
            raise
        if hidden and found:
            self.values.pop(found, None)
            self.modules.pop(found, None)
            self.unread.pop(found, None)
            self.prev = None, self.prev[1]
        return found

    def _add(
        self,
        kind: str,
        arguments: Data,
        sources: str | Sequence[str] | None,
        name: str | None,
        may_skip: bool,
        keys: Data,
        nameless: bool,
    ) -> str | None:
        given = [None] if sources is None else [sources] if isinstance(sources, str) else list(sources)
        inputs = [] if kind in ("Parameter", "Buffer", "Constant") else [self.read(one) for one in given]
        wants_skip = may_skip and not nameless and inputs and inputs[0].ndim > 2 and self.d.chance(0.25)
        if name is None and not nameless and (wants_skip or self.d.chance(0.7) or keys):
            name = self.name()
        if wants_skip and inputs[0].dtype.is_floating_point and kind not in ("Concat", "Stack"):
            assert name is not None
            for number in range(self.d.pick([1, 1, 2, 3])):
                try:
                    inputs[0] = self.skip(name, inputs[0], fits_main=not number)
                except Unfit:
                    break
        results = after(kind, self.plain(arguments), *inputs)
        entries: Data = {}
        if name is not None:
            entries["name"] = name
        if sources is not None:
            entries["from"] = self._written(sources, kind)
        entries |= keys
        leading = next((v for k, v in LEADING.items() if kind.startswith(k)), None)
        if not entries and leading and list(arguments) == [leading] and self.d.chance(0.5):
            self.layers.append({kind: arguments[leading]})
        elif not entries and not arguments:
            self.layers.append(kind)
        else:
            self.layers.append({kind: {**entries, **arguments}})
        self.d.steps += 1
        self._bind(kind, name, results, arguments, inputs)
        return name

    def _written(self, sources: str | Sequence[str], kind: str) -> Any:
        if isinstance(sources, str):
            return sources
        return list(sources)

    def _bind(
        self, kind: str, name: str | None, results: tuple[Tensor, ...], arguments: Data, inputs: list[Tensor]
    ) -> None:
        if kind in ("Chunk", "Split"):
            assert name is not None
            for index, part in enumerate(results):
                self.values[f"{name}.{index}"] = part
                self.unread[f"{name}.{index}"] = None
            self.prev = f"{name}.0", results[0]
            return
        if name is not None:
            self.values[name] = results[0]
            for result, value in zip(STATES.get(kind, ("indices",)), results[1:], strict=False):
                self.values[f"{name}.{result}"] = value
            if kind.startswith(("Conv", "Linear", "BatchNorm")):
                self.modules[name] = kind, arguments, tuple(inputs[0].shape)
        self.unread[name or "?"] = None
        self.unread.pop("?", None)
        self.prev = name, results[0]

    # skips

    def skip(self, target: str, main: Tensor, port: str = "", *, fits_main: bool = True) -> Tensor:
        """A skip to a step; what arrives there then."""
        names = [n for n in self.floats(main.ndim) if n != target and self.values[n].shape[0] == main.shape[0]]
        if not names:
            raise Unfit("nothing to carry")
        source = self.d.pick(names)
        value = self.values[source]
        entries: Data = {"from": source, "to": target + (f".{port}" if port else "")}
        arrived = main
        merge = self.d.pick(MERGES)
        if merge != "concat" or self.d.chance(0.5):
            entries["merge"] = merge
        if self.d.chance(0.3):
            entries["order"] = "skip_first"
        if main.ndim > 2 and value.shape[2:] != main.shape[2:]:
            value, main = self._align(entries, value, main, fits_main)
        if merge != "concat" and value.shape[1] != main.shape[1]:
            value = self._via(entries, value, main.shape[1])
        elif self.d.chance(0.15):
            value = self._via(entries, value, main.shape[1] if merge != "concat" else self.rng.randint(1, 3))
        holds = True
        if self.d.chance(0.15) and main is arrived:
            entries["when"], holds = self.d.flag()
        name = self.name("skip")
        if not holds:
            self.skips[name] = entries
            return arrived
        (joined,) = after("Concat" if merge == "concat" else merge.capitalize(), {}, main, value)
        self.skips[name] = entries
        self.unread.pop(source, None)
        return joined

    def _align(self, entries: Data, value: Tensor, main: Tensor, fits_main: bool) -> tuple[Tensor, Tensor]:
        sides: list[tuple[str, str]] = []
        larger = all(a >= b for a, b in zip(value.shape[2:], main.shape[2:], strict=True))
        smaller = all(a <= b for a, b in zip(value.shape[2:], main.shape[2:], strict=True))
        if larger:
            sides += [("skip", "crop"), ("main", "pad")]
        if smaller:
            sides += [("skip", "pad"), ("main", "crop")]
        sides += [("skip", "resize"), ("main", "resize")]
        side, how = self.d.pick([pair for pair in sides if fits_main or pair[0] == "skip"])
        options: Data = {}
        if how == "resize" and main.ndim == 4 and self.d.chance(0.5):
            options = {"mode": "bilinear"}
        entries["align"] = how if side == "skip" and not options else {side: how, **options}
        if side == "skip":
            return meta(*value.shape[:2], *main.shape[2:]), main
        return value, meta(*main.shape[:2], *value.shape[2:])

    def _via(self, entries: Data, value: Tensor, channels: int) -> Tensor:
        d = value.ndim - 2
        steps: list[Any] = [{f"Conv{d}d": {"out_channels": channels, "kernel_size": 1}}]
        if self.d.chance(0.3):
            steps.append(self.d.pick(["ReLU", "Tanh", "Sigmoid"]))
        if self.d.chance(0.2):
            steps.append({f"Conv{d}d": {"name": "last", "out_channels": channels, "kernel_size": 3, "padding": 1}})
        entries["via"] = steps
        return meta(value.shape[0], channels, *value.shape[2:])

    # drawing

    def grow(self, count: int) -> None:
        """So many things more."""
        for _ in range(count):
            for _ in range(4):
                kept = (
                    *(list(self.layers), self.prev, dict(self.values), dict(self.modules)),
                    *(dict(self.skips), dict(self.unread), dict(self.params)),
                )
                try:
                    self.d.pick(self.d.actions)(self)
                    break
                except Unfit:
                    # nothing of a thing that was half drawn
                    self.layers, self.prev, self.values, self.modules = kept[:4]
                    self.skips, self.unread, self.params = kept[4:]

    def outputs(self, data: Data, *, block: bool) -> dict[str, Tensor] | Tensor:
        """Draw what the scope returns, and a skip to its end."""
        if self.prev[0] is not None:
            self.unread.pop(self.prev[0], None)
        loose = [name for name in self.unread if name in self.values]
        several = loose and self.d.chance(0.7)
        if not several and not (self.prev[0] or "").count("."):
            value = self.prev[1]
            ends_at_input = self.prev[0] == self.first and not self.layers
            if not ends_at_input and value.ndim > 2 and value.dtype.is_floating_point and self.d.chance(0.3):
                with suppress(Unfit):
                    value = self.skip("output", value)
            elif self.prev[0] in self.values and self.d.chance(0.3):
                data["outputs"] = self.prev[0]
            return value
        if self.prev[0] is None:
            self.add("Identity", {}, None, name=self.name(), may_skip=False)
        assert self.prev[0] is not None
        names = [self.prev[0], *(name for name in loose[:3] if name != self.prev[0])]
        found = {f"o{index}": self.values[name] for index, name in enumerate(names)}
        if block or self.d.chance(0.5):
            data["outputs"] = {f"o{index}": name for index, name in enumerate(names)}
        else:
            data["outputs"] = names
        return found
