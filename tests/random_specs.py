"""Random specs as plain data, drawn so that most of them check clean.

A spec is drawn step by step while torch's meta device says what each step gives, so that merges meet what fits. All
choices come from one `random.Random`: a seeded one for the long runs, hypothesis's for those that shrink.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

import torch
import yaml
from hypothesis import strategies as st
from interpreter import Interpreter, Refusal
from torch import Tensor

from skipgraph.api import network_of
from skipgraph.diagnostics import Report, Source

Data: TypeAlias = dict[str, Any]
Shape: TypeAlias = tuple[int, ...]

ACTIVATIONS: tuple[tuple[str, Data], ...] = (
    ("ReLU", {}),
    ("LeakyReLU", {"negative_slope": 0.2}),
    ("ELU", {}),
    ("SiLU", {}),
    ("GELU", {}),
    ("Tanh", {}),
    ("Sigmoid", {}),
    ("Hardswish", {}),
    ("Softplus", {"beta": 2.0}),
    ("PReLU", {}),
)
MERGES = ("concat", "add", "sub", "mul", "max", "mean")
BY_CHANCE = ("SG402", "SG403", "SG410")
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
    ) -> str | None:
        """One step, its skips with it. Raises Unfit and changes nothing where it does not fit."""
        arguments = arguments or {}
        saved = dict(self.skips), dict(self.unread), dict(self.params)
        try:
            found = self._add(kind, arguments, sources, name, may_skip, keys or {})
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
    ) -> str | None:
        given = [None] if sources is None else [sources] if isinstance(sources, str) else list(sources)
        inputs = [] if kind in ("Parameter", "Constant") else [self.read(one) for one in given]
        wants_skip = may_skip and inputs and inputs[0].ndim > 2 and self.d.chance(0.25)
        if name is None and (wants_skip or self.d.chance(0.7) or keys):
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
            if len(results) == 2:
                self.values[f"{name}.indices"] = results[1]
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
                try:
                    self.d.pick(self.d.actions)(self)
                    break
                except Unfit:
                    continue

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


# what may be drawn next


def _axes(x: Tensor) -> int:
    if x.ndim not in (3, 4):
        raise Unfit("no spatial axes")
    return x.ndim - 2


def _divisors(n: int) -> list[int]:
    return [i for i in range(1, n + 1) if n % i == 0]


def conv(s: Scope) -> None:
    source = s.source()
    x = s.values[source] if source else s.prev[1]
    d, rng = _axes(x), s.rng
    groups = s.d.pick(_divisors(x.shape[1])) if s.d.chance(0.2) else 1
    arguments: Data = {"out_channels": s.number(groups * rng.randint(1, 3)), "kernel_size": rng.randint(1, 4)}
    if d == 2 and s.d.chance(0.2):
        arguments["kernel_size"] = [rng.randint(1, 3), rng.randint(1, 3)]
    if s.d.chance(0.6):
        arguments["padding"] = rng.randint(0, 2)
    if s.d.chance(0.3):
        arguments["stride"] = s.number(rng.randint(1, 3))
    elif s.d.chance(0.2):
        arguments["padding"] = "same"
    if s.d.chance(0.2):
        arguments["dilation"] = 2
    if groups > 1:
        arguments["groups"] = groups
    if s.d.chance(0.3):
        arguments["bias"] = False
    if s.d.chance(0.1) and arguments.get("padding") in (1, 2):
        arguments["padding_mode"] = s.d.pick(["reflect", "replicate", "circular"])
    keys: Data = {}
    if s.d.chance(0.1):
        keys["parametrize"] = s.d.pick(["weight_norm", "weight_norm", "spectral_norm"])
    if s.d.chance(0.1):
        keys["key"] = s.name("k") + s.d.pick(["", ".0", ".conv"])
    s.add(f"Conv{d}d", arguments, source, keys=keys, may_skip=groups == 1)


def conv_norm_act(s: Scope) -> None:
    conv(s)
    norm(s)
    activation(s)


def conv_transpose(s: Scope) -> None:
    x = s.prev[1]
    d, rng = _axes(x), s.rng
    stride = rng.randint(1, 3)
    arguments: Data = {
        "out_channels": rng.randint(1, 4),
        "kernel_size": rng.randint(1, 4),
        "stride": stride,
        "padding": rng.randint(0, 1),
    }
    if stride > 1 and s.d.chance(0.4):
        arguments["output_padding"] = rng.randint(1, stride - 1)
    s.add(f"ConvTranspose{d}d", arguments)


def activation(s: Scope) -> None:
    kind, arguments = s.d.pick(ACTIVATIONS)
    source = s.source()
    if kind == "ReLU" and s.d.chance(0.15) and source is None and _own_result(s):
        arguments = {"inplace": True}
        s.add(kind, arguments, may_skip=False, name=None)
        return
    if s.d.chance(0.1) and source is None:
        flag, holds = s.d.flag()
        if not holds:
            s.layers.append({kind: {"when": flag, **arguments}})
            return
        s.add(kind, arguments, keys={"when": flag})
        return
    s.add(kind, arguments, source)


def _own_result(s: Scope) -> bool:
    """Whether the step before made a tensor of its own, that has no name."""
    last = s.layers[-1] if s.layers else None
    return s.prev[0] is None and isinstance(last, dict) and next(iter(last)).startswith(("BatchNorm", "ConvT"))


def norm(s: Scope) -> None:
    x = s.prev[1]
    if x.ndim == 2:
        s.add("BatchNorm1d", {})
        return
    d = _axes(x)
    kind = s.d.pick([f"BatchNorm{d}d", f"BatchNorm{d}d", "GroupNorm", f"InstanceNorm{d}d"])
    arguments: Data = {}
    if kind == "GroupNorm":
        arguments["num_groups"] = s.d.pick(_divisors(x.shape[1]))
        if x.shape[0] * x[0].numel() // arguments["num_groups"] < 2:
            raise Unfit("one value")
    elif s.d.chance(0.3):
        arguments["eps"] = 0.001
    if kind.startswith("Instance") and s.d.chance(0.5):
        arguments["affine"] = True
    if kind.startswith("Batch") and s.d.chance(0.2):
        arguments["momentum"] = 0.3
    s.add(kind, arguments)


def pool(s: Scope) -> None:
    x = s.prev[1]
    d, rng = _axes(x), s.rng
    kernel = rng.randint(1, 3)
    arguments: Data = {"kernel_size": kernel}
    if s.d.chance(0.4):
        arguments["stride"] = rng.randint(1, 3)
    if kernel > 1 and s.d.chance(0.3):
        arguments["padding"] = 1
    if s.d.chance(0.3):
        arguments["ceil_mode"] = True
    kind = s.d.pick(["Max", "Max", "Avg"])
    name = None
    if kind == "Max" and s.d.chance(0.1):
        arguments["return_indices"] = True
        name = s.name("pool")
    keys = {}
    if s.d.chance(0.2) and not arguments.get("ceil_mode"):
        stride = arguments.get("stride", kernel)
        if all((n + 2 * arguments.get("padding", 0) - kernel) % stride == 0 for n in x.shape[2:]):
            keys = {"exact": True}
    s.add(f"{kind}Pool{d}d", arguments, keys=keys, name=name, may_skip=not keys)


def adaptive(s: Scope) -> None:
    s.add(f"Adaptive{s.d.pick(['Avg', 'Max'])}Pool{_axes(s.prev[1])}d", {"output_size": s.rng.randint(1, 4)})


def upsample(s: Scope) -> None:
    d = _axes(s.prev[1])
    arguments: Data = {"scale_factor": s.d.pick([2, 2, 3, 1.5, 0.5])}
    if s.d.chance(0.3):
        arguments |= {"mode": {1: "linear", 2: "bilinear"}[d], "align_corners": s.d.chance(0.5)}
    s.add(s.d.pick(["Upsample", "Interpolate"]), arguments)


def shuffle(s: Scope) -> None:
    if s.prev[1].ndim != 4:
        raise Unfit("no images")
    s.add(*s.d.pick([("PixelShuffle", {"upscale_factor": 2}), ("PixelUnshuffle", {"downscale_factor": 2})]))


def fit_like(s: Scope) -> None:
    """Fit what arrives to another value, or another value to what arrives."""
    x = s.prev[1]
    _axes(x)
    others = [n for n in s.floats(x.ndim) if s.values[n].shape[2:] != x.shape[2:]]
    if not others:
        raise Unfit("nothing to fit to")
    like = s.d.pick(others)
    reference = s.values[like]
    larger = all(a >= b for a, b in zip(x.shape[2:], reference.shape[2:], strict=True))
    smaller = all(a <= b for a, b in zip(x.shape[2:], reference.shape[2:], strict=True))
    kind = s.d.pick(["Interpolate", *(["Crop"] if larger else []), *(["Pad"] if smaller else [])])
    name = s.name()
    s.layers.append({kind: {"name": name, "like": like}})
    s.read(None)
    s.unread.pop(like, None)
    s._bind(kind, name, (meta(*x.shape[:2], *reference.shape[2:]),), {}, [x])


def pad(s: Scope) -> None:
    x = s.prev[1]
    last = "L" if x.ndim == 3 else "W"
    _axes(x)
    amounts = s.d.pick([{"right": f"$(-{last} % 4)"}, {"left": 1, "right": 2}, {"left": 1, "mode": "reflect"}])
    if x.ndim == 4 and s.d.chance(0.5):
        amounts = {**amounts, "bottom": s.d.pick([1, "$(-H % 4)", "$(H // 2)"])}
        amounts.pop("mode", None)
    s.add("Pad", dict(amounts))


def crop(s: Scope) -> None:
    _axes(s.prev[1])
    s.add("Crop", {"left": s.rng.randint(0, 1), "right": s.rng.randint(0, 2)})


def parts(s: Scope) -> None:
    """Chunk or split, and put it together again in another order."""
    x = s.prev[1]
    if x.shape[1] < 2:
        raise Unfit("one channel")
    name = s.name("parts")
    if s.d.chance(0.5):
        s.add("Chunk", {"chunks": 2}, name=name, may_skip=False)
    else:
        first = s.rng.randint(1, x.shape[1] - 1)
        s.add("Split", {"split_size_or_sections": [first, x.shape[1] - first]}, name=name, may_skip=False)
    s.add("Concat", {}, [f"{name}.1", f"{name}.0"], may_skip=False)


def slices(s: Scope) -> None:
    s.add("Slice", s.d.pick([{"end": -1, "dim": 2}, {"start": 1, "dim": -1}, {"dim": 2, "step": 2}, {"end": 1}]))


def join(s: Scope) -> None:
    """A merge written as a step."""
    x = s.prev[1]
    name = s.prev[0]
    if name is None or not x.dtype.is_floating_point:
        raise Unfit("no name")
    kind = s.d.pick(["Concat", "Add", "Sub", "Mul", "Max", "Min", "Mean"])
    fits = [
        n
        for n in s.floats(x.ndim)
        if s.values[n].shape == x.shape
        or (kind == "Concat" and s.values[n].shape[2:] == x.shape[2:] and s.values[n].shape[0] == x.shape[0])
    ]
    names = [name, *(s.d.pick(fits) for _ in range(s.rng.randint(1, 2)))]
    s.rng.shuffle(names)
    if s.d.chance(0.3):
        names = ["prev" if n == name else n for n in names]
    s.read(None)
    inputs = [x if n == "prev" else s.read(n) for n in names]
    results = after(kind, {}, *inputs)
    own = s.name()
    s.layers.append({kind: {"name": own, "from": names}})
    s._bind(kind, own, results, {}, inputs)


def gate(s: Scope) -> None:
    """Squeeze and excite: a written 1 that stretches."""
    x = s.prev[1]
    d = _axes(x)
    base = s.add("Identity", {}, name=s.name(), may_skip=False)
    s.add(f"AdaptiveAvgPool{d}d", {"output_size": 1}, may_skip=False)
    s.add(f"Conv{d}d", {"out_channels": x.shape[1], "kernel_size": 1}, may_skip=False)
    own = s.add("Sigmoid", {}, name=s.name(), may_skip=False)
    s.add("Mul", {}, [str(base), str(own)], may_skip=False)


def attend(s: Scope) -> None:
    """Places as tokens, and back."""
    x = s.prev[1]
    _axes(x)
    base = s.add("Identity", {}, name=s.name("grid"), may_skip=False)
    assert base is not None
    if x.ndim == 4:
        s.add("Flatten", {"start_dim": 2}, may_skip=False, hidden=True)
    s.add("Transpose", {"dim0": 1, "dim1": 2}, may_skip=False, hidden=True)
    if s.d.chance(0.5):
        s.add("LayerNorm", {}, may_skip=False, hidden=True)
    width = s.rng.randint(1, 4)
    s.add("Linear", {"out_features": width}, may_skip=False, hidden=True)
    s.add("Permute", {"dims": [0, 2, 1]}, may_skip=False, hidden=True)
    if x.ndim == 4:
        name = s.name()
        shape: list[Any] = ["N", width, f"$(size('{base}', 2))", -1]
        if s.d.chance(0.5):
            shape[-1] = f"$(size('{base}', 3))"
        s.layers.append({"Reshape": {"name": name, "shape": shape}})
        s.read(None)
        s._bind("Reshape", name, (meta(x.shape[0], width, *x.shape[2:]),), {}, [x])


def weights(s: Scope) -> None:
    x = s.prev[1]
    _axes(x)
    if s.d.chance(0.5):
        s.add("Scale", s.d.pick([{"dim": 1}, {"init": 0.5}, {"dim": -3, "init": 0.1} if x.ndim == 4 else {}]))
        return
    base = s.add("Identity", {}, name=s.name(), may_skip=False)
    keys = {"key": s.name("token")} if s.d.chance(0.3) else {}
    shape = [1, x.shape[1], *(1,) * (x.ndim - 2)]
    own = s.add("Parameter", {"shape": shape, "init": "ones"}, name=s.name(), may_skip=False, keys=keys)
    s.add(s.d.pick(["Add", "Mul"]), {}, [str(base), str(own)], may_skip=False)


def shapes(s: Scope) -> None:
    """There and back."""
    x = s.prev[1]
    if s.d.chance(0.5):
        axis = s.rng.randint(0, x.ndim)
        s.add("Unsqueeze", {"dim": axis}, may_skip=False, hidden=True)
        s.add("Squeeze", {"dim": axis}, may_skip=False)
    elif x.ndim == 4:
        s.add("Permute", {"dims": [0, 1, 3, 2]}, may_skip=False)
    else:
        s.add("Contiguous", {}, may_skip=False)


def unary(s: Scope) -> None:
    s.add(*s.d.pick([("Abs", {}), ("Neg", {}), ("Sin", {}), ("Clamp", {"min": -0.5, "max": 0.5}), ("Dropout", {})]))


def repeated(s: Scope) -> None:
    x = s.prev[1]
    d = _axes(x)
    arguments = {"out_channels": s.rng.randint(1, 4), "kernel_size": 3, "padding": 1}
    first = after(f"Conv{d}d", arguments, x)
    name = s.name("rep")
    s.read(None)
    if s.d.chance(0.3):
        x = s.skip(name, x)
        first = after(f"Conv{d}d", arguments, x)
    s.layers.append({f"Conv{d}d": {"name": name, "repeat": s.rng.randint(1, 3), **arguments}})
    s.values[name] = first[0]
    s.prev = name, first[0]


def loop(s: Scope) -> None:
    """A chain in a loop, with names and channels of the round."""
    x = s.prev[1]
    d = _axes(x)
    stem, count = s.name("x") + "_", s.rng.randint(1, 3)
    base = s.rng.randint(1, 3)
    pools = s.d.chance(0.3)
    named: dict[str, Tensor] = {}
    for i in range(count):
        x = after(f"Conv{d}d", {"out_channels": base + i, "kernel_size": 3, "padding": 1}, x)[0]
        named[f"{stem}{i}"] = x
        if pools:
            x = after(f"MaxPool{d}d", {"kernel_size": 2}, x)[0]
    step: Data = {"name": f"{stem}$i", "out_channels": f"$({base} + i)", "kernel_size": 3, "padding": 1}
    body: list[Any] = [{f"Conv{d}d": step}]
    if s.d.chance(0.5):
        body.append(s.d.pick(["ReLU", "Tanh"]))
    if pools:
        body.append({f"MaxPool{d}d": 2})
    s.read(None)
    s.layers.append({"for": f"i in range({count})", "do": body})
    s.values |= named
    s.prev = (None if len(body) > 1 else f"{stem}{count - 1}"), x


def dense(s: Scope) -> None:
    """Every step reads all before it."""
    if s.prev[0] is None:
        s.add("Identity", {}, name=s.name(), may_skip=False)
    base, x = s.prev
    d = _axes(x)
    stem, count, growth = s.name("m") + "_", s.rng.randint(1, 3), s.rng.randint(1, 2)
    items: list[Any] = [base, f"{stem}*"]
    if s.d.chance(0.4):
        items = [base, {"for": "j in range(i)", "take": f"{stem}$j", "when": "$(j % 2 == i % 2)"}]
    growing: Data = {"name": f"{stem}$i", "out_channels": growth, "kernel_size": 3, "padding": 1}
    cat = s.name("cat")
    s.layers.append(
        {
            "for": f"i in range({count})",
            "do": [{"Concat": {"name": f"{cat}_$i", "from": items}}, {f"Conv{d}d": growing}],
        }
    )
    for i in range(count):
        s.values[f"{stem}{i}"] = meta(x.shape[0], growth, *x.shape[2:])
    last = s.name()
    s.layers.append({"Concat": {"name": last, "from": [base, f"{stem}*"]}})
    s.unread.pop(str(base), None)
    s._bind("Concat", last, (meta(x.shape[0], x.shape[1] + count * growth, *x.shape[2:]),), {}, [x])


def unet(s: Scope) -> None:
    """Down and up again, with skips in a loop."""
    x = s.prev[1]
    d = _axes(x)
    tag, depth, base = s.name("u"), s.rng.randint(1, 3), s.rng.randint(1, 2)
    padded = s.d.chance(0.7)
    unit = {"kernel_size": 3, **({"padding": 1} if padded else {})}
    merge = s.d.pick(MERGES)
    order = s.d.pick(["main_first", "skip_first"])
    encoded: list[Tensor] = []
    for i in range(depth):
        (x,) = after(f"Conv{d}d", {"out_channels": base * 2**i, **unit}, x)
        encoded.append(x)
        (x,) = after(f"MaxPool{d}d", {"kernel_size": 2}, x)
    align = set()
    for i in reversed(range(depth)):
        (x,) = after(f"ConvTranspose{d}d", {"out_channels": base * 2**i, "kernel_size": 2, "stride": 2}, x)
        if encoded[i].shape[2:] != x.shape[2:]:
            align.add("larger" if all(map(int.__ge__, encoded[i].shape[2:], x.shape[2:])) else "mixed")
        channels = x.shape[1] * (2 if merge == "concat" else 1)
        (x,) = after(f"Conv{d}d", {"out_channels": base, **unit}, meta(x.shape[0], channels, *x.shape[2:]))
    skip: Data = {"for": f"i in range({depth})", "from": f"{tag}e$i", "to": f"{tag}d$i", "merge": merge, "order": order}
    if align:
        skip["align"] = s.d.pick(["crop", "resize"]) if align == {"larger"} else "resize"
    elif s.d.chance(0.2):
        skip["align"] = "crop"
    if s.d.chance(0.2):
        skip["via"] = [{f"Conv{d}d": {"out_channels": f"$({base} * 2**i)", "kernel_size": 1}}]
    s.read(None)
    up = {"out_channels": f"$({base} * 2**i)", "kernel_size": 2, "stride": 2}
    s.layers.append(
        {
            "for": f"(i, k) in enumerate([{', '.join(str(base * 2**i) for i in range(depth))}])",
            "do": [{f"Conv{d}d": {"name": f"{tag}e$i", "out_channels": "$k", **unit}}, {f"MaxPool{d}d": 2}],
        }
    )
    s.layers.append(
        {
            "for": f"i in reversed(range({depth}))",
            "do": [
                {f"ConvTranspose{d}d": up},
                {f"Conv{d}d": {"name": f"{tag}d$i", "out_channels": base, **unit}},
            ],
        }
    )
    s.skips[f"{tag}skip$i"] = skip
    for i, value in enumerate(encoded):
        s.values[f"{tag}e{i}"] = value
    s.values[f"{tag}d0"] = x
    s.prev = f"{tag}d0", x


def branches(s: Scope) -> None:
    x = s.prev[1]
    d = _axes(x)
    merge = s.d.pick(MERGES)
    width = x.shape[1]
    name = s.name("br")
    keyed = s.d.chance(0.3)
    paths: Data = {}
    total = 0
    for letter in "abc"[: s.rng.randint(1, 3)]:
        # without a key of its own, `Branches` adds no level, and paths of one name would take one place
        letter = letter if keyed else f"{name}{letter}"
        form = s.rng.randint(0 if paths else 1, 3)
        out = width if merge != "concat" else s.rng.randint(1, 3)
        conv_step: Data = {f"Conv{d}d": {"out_channels": out, "kernel_size": 3, "padding": 1}}
        if form == 0:
            paths[letter] = []
            total += width
        elif form == 1:
            paths[letter] = [conv_step, "ReLU"]
            total += out
        elif form == 2:
            count = s.rng.randint(1, 2)
            step = {f"Conv{d}d": {"out_channels": out, "kernel_size": 3, "padding": "$r", "dilation": "$r"}}
            paths[f"{letter}$r"] = {"for": f"r in range(1, {count + 1})", "do": [step]}
            total += count * out
        else:
            paths[letter] = {"do": [conv_step, {f"BatchNorm{d}d": {"name": "bn"}}], "keys": "numbered"}
            if merge == "concat" or out == width:
                paths[letter]["skips"] = {"inner": {"from": "input", "to": "bn", "via": [conv_step], "merge": "add"}}
            total += out
    after(f"Conv{d}d", {"out_channels": 1, "kernel_size": 5, "padding": 2}, x)
    s.read(None)
    arguments: Data = {"name": name, **({"key": name} if keyed else {}), "paths": paths}
    if merge != "concat":
        arguments["merge"] = merge
    s.layers.append({"Branches": arguments})
    value = meta(x.shape[0], total if merge == "concat" else width, *x.shape[2:])
    s.values[name] = value
    s.prev = name, value


def conditional(s: Scope) -> None:
    flag, holds = s.d.flag()
    there, elsewhere = Scope(s.d, {"x": s.prev[1]}, 9), Scope(s.d, {"x": s.prev[1]}, 9)
    for one in (there, elsewhere):
        one.params, one.is_block = s.params, s.is_block
        one.prev = None, s.prev[1]
        activation(one)
        one.skips.clear()
    if any("from" in str(one.layers) or "name" in str(one.layers) for one in (there, elsewhere)):
        raise Unfit("names")
    s.read(None)
    s.layers.append({"when": flag, "do": there.layers, "else": elsewhere.layers})
    s.prev = None, (there if holds else elsewhere).prev[1]


def reuse(s: Scope) -> None:
    """The same weights again, on another value with as many channels."""
    if not s.modules:
        raise Unfit("nothing to reuse")
    of = s.d.pick(list(s.modules))
    kind, arguments, shape = s.modules[of]
    at = -1 if kind == "Linear" else 1
    fits = [n for n in s.floats(len(shape)) if s.values[n].shape[at] == shape[at]]
    if not fits:
        raise Unfit("nothing fits")
    source = s.d.pick(fits)
    results = after(kind, s.plain(arguments), s.values[source])
    name = s.name()
    s.read(source)
    s.layers.append({"Reuse": {"name": name, "of": of, "from": source}})
    s._bind("Reuse", name, results, {}, [])


def expected(s: Scope) -> None:
    x = s.prev[1]
    if s.is_block or s.values[s.first].shape[0] != x.shape[0] or s.values[s.first].ndim != x.ndim:
        raise Unfit("no axes to speak of")
    axes: list[Any] = ["N", *x.shape[1:]]
    for index in range(2, x.ndim):
        letter = s.d.letters[index]
        origin = s.values[s.first]
        if isinstance(letter, str) and origin.ndim == x.ndim and origin.shape[index] % x.shape[index] == 0:
            factor = origin.shape[index] // x.shape[index]
            axes[index] = f"{letter}/{factor}" if factor > 1 else letter
    s.add("Identity", {}, keys={"expect": axes}, may_skip=False)


def block(s: Scope) -> None:
    """A call of a block, drawn now or before."""
    x = s.prev[1]
    if s.depth >= 2 or (s.d.steps > 25 and not s.d.infos):
        raise Unfit("deep enough")
    fits = [n for n, info in s.d.infos.items() if info.shapes[0] == tuple(x.shape)]
    if fits and s.d.chance(0.6):
        _call(s, s.d.pick(fits))
    elif s.d.chance(0.3):
        _unit(s)
    else:
        _new_block(s)


def _new_block(s: Scope) -> None:
    x = s.prev[1]
    ports = {"input": x}
    if s.d.chance(0.3):
        ports = {"x": x, "g": s.values[s.d.pick(s.floats())]} if s.floats() else ports
    inner = Scope(s.d, ports, s.depth + 1)
    inner.grow(s.rng.randint(1, 4))
    if not inner.layers:
        raise Unfit("empty")
    data: Data = {}
    results = inner.outputs(data, block=True)
    if "g" in ports and not any("g" in str(layer) for layer in [inner.layers, inner.skips]):
        pass
    name = f"block{len(s.d.blocks)}"
    made: Data = {}
    arguments: Data = {}
    if inner.params:
        made["params"] = {}
        for param, value in inner.params.items():
            if s.d.chance(0.5):
                made["params"][param] = value
            else:
                made["params"][param] = "required"
                arguments[param] = value
    if list(ports) != ["input"]:
        made["inputs"] = list(ports)
    if s.d.chance(0.2):
        made["keys"] = "numbered" if s.d.chance(0.6) else {"numbered": "model"}
    made["layers"] = inner.layers
    if inner.skips:
        made["skips"] = inner.skips
    s.d.blocks[name] = made | data
    shapes = tuple(tuple(p.shape) for p in ports.values())
    s.d.infos[name] = BlockInfo(shapes, arguments, {}, results)
    _call(s, name)


def _call(s: Scope, block_name: str) -> None:
    info = s.d.infos[block_name]
    name = s.name("call")
    entries: Data = {"name": name}
    x = s.prev[1]
    if tuple(x.shape) != info.shapes[0]:
        raise Unfit("another shape")
    if len(info.shapes) == 2:
        second = [n for n in s.floats() if tuple(s.values[n].shape) == info.shapes[1]]
        if not second:
            raise Unfit("no second input")
        other = s.d.pick(second)
        entries["from"] = s.d.pick([["prev", other], {"g": other}]) if s.d.chance(0.7) else {"x": "prev", "g": other}
        s.read(other)
    s.read(None)
    s.layers.append({block_name: {**entries, **info.arguments}})
    if isinstance(info.results, Tensor):
        s._bind(block_name, name, (info.results,), {}, [])
        return
    for result, value in info.results.items():
        s.values[f"{name}.{result}"] = value
        s.unread[f"{name}.{result}"] = None
    first = next(iter(info.results))
    s.prev = f"{name}.{first}", info.results[first]
    s.add("Identity", {}, f"{name}.{first}", name=s.name(), may_skip=False)


def _unit(s: Scope) -> None:
    """The residual unit, called with other widths and strides."""
    x = s.prev[1]
    d = _axes(x)
    name = f"unit{d}"
    if name not in s.d.blocks:
        projection = {f"Conv{d}d": {"out_channels": "$out", "kernel_size": 1, "stride": "$stride"}}
        s.d.blocks[name] = {
            "params": {"out": "required", "stride": 1, "mid": "$(2 * out)"},
            "layers": [
                {f"Conv{d}d": {"out_channels": "$mid", "kernel_size": 3, "padding": 1, "stride": "$stride"}},
                {f"BatchNorm{d}d": {"name": "bn"}},
                "ReLU",
                {f"Conv{d}d": {"name": "last", "out_channels": "$out", "kernel_size": 1}},
            ],
            "skips": {
                "short": {
                    "from": "input",
                    "to": "output",
                    "merge": "add",
                    "via": [{"when": "$(stride > 1 or channels('input') != out)", "do": [projection]}],
                }
            },
        }
    arguments: Data = {"out": s.rng.randint(1, 4)}
    if s.d.chance(0.4):
        arguments["stride"] = s.rng.randint(1, 2)
    if s.d.chance(0.2):
        arguments["mid"] = s.rng.randint(1, 3)
    stride = arguments.get("stride", 1)
    (value,) = after(
        f"Conv{d}d", {"out_channels": arguments["out"], "kernel_size": 3, "padding": 1, "stride": stride}, x
    )
    keys: Data = {"name": s.name("unit")}
    if stride == 1 and s.d.chance(0.3):
        keys["repeat"] = s.rng.randint(1, 3)
    s.read(None)
    s.layers.append({name: {**keys, **arguments}})
    s._bind(name, keys["name"], (value,), {}, [])


def linear(s: Scope) -> None:
    x = s.prev[1]
    if x.ndim == 2:
        s.add("Linear", {"out_features": s.rng.randint(1, 5)}, may_skip=False)
        activation(s)
    else:
        raise Unfit("no vector")


ACTIONS = (
    *(conv, conv, conv_norm_act, conv_norm_act, activation, norm, pool, pool, block, block, block, join, join),
    *(conv_transpose, adaptive, upsample, shuffle, fit_like, pad, crop, parts, slices, gate, attend, weights, shapes),
    *(unary, repeated, loop, dense, unet, unet, branches, branches, conditional, reuse, reuse, expected, linear),
)


WINDOWS = (
    *(conv, conv, conv, pool, pool, pool, conv_transpose, conv_transpose, upsample, pad, crop, slices, shuffle),
    *(
        fit_like,
        fit_like,
        adaptive,
        expected,
        unet,
        unet,
        join,
        join,
        parts,
        gate,
        dense,
        repeated,
        reuse,
        shapes,
        attend,
    ),
)
"""What changes sizes, and what asks them to agree."""


def draw_spec(rng: Random, size: int = 8, actions: Sequence[Any] = ACTIONS) -> Data:
    """A random spec. `size`: about how many things it holds in its file's own steps."""
    drawing = Drawing(rng, actions=actions)
    spatial = rng.choice([1, 2, 2])
    shape = (2, rng.randint(1, 4), *(rng.randint(6, 20) for _ in range(spatial)))
    letters: list[Any] = ["N", shape[1], *({1: "L", 2: "HW"}[spatial])]
    if drawing.chance(0.15):
        letters[2:] = shape[2:]
    elif spatial == 2 and drawing.chance(0.15):
        letters[3] = shape[3]
    drawing.letters = letters
    ports = {"image": meta(*shape)}
    inputs: Data = {"image": letters}
    if drawing.chance(0.2):
        ports["other"] = meta(*shape)
        inputs["other"] = list(letters)
    if drawing.chance(0.15):
        ports["time"] = meta(2, dtype=torch.int64)
        inputs["time"] = {"shape": ["N"], "dtype": "int64"}
    spec: Data = {"skipgraph": 1, "name": "random"}
    if drawing.chance(0.1):
        spec["description"] = "A network that nobody needs."
    scope = Scope(drawing, ports, 0)
    if "time" in ports:
        width = rng.randint(1, 3)
        scope.add("Embedding", {"num_embeddings": 5, "embedding_dim": width}, "time", name="embedded", may_skip=False)
        scope.add("Linear", {"out_features": shape[1]}, may_skip=False)
        scope.add("Unflatten", {"dim": 1, "unflattened_size": [shape[1], *(1,) * spatial]}, name="told", may_skip=False)
        scope.add("Add", {}, ["image", "told"], may_skip=False)
    scope.grow(rng.randint(1, size))
    if not scope.layers:
        activation(scope)
    if drawing.chance(0.3) and scope.prev[1].ndim > 2:
        scope.add(f"AdaptiveAvgPool{scope.prev[1].ndim - 2}d", {"output_size": 1}, may_skip=False)
        scope.add("Flatten", {}, may_skip=False)
        scope.add("Linear", {"out_features": 3}, may_skip=False)
    ending: Data = {}
    scope.outputs(ending, block=False)
    if drawing.params:
        spec["params"] = drawing.params
    spec["inputs"] = inputs
    if drawing.blocks:
        spec["blocks"] = drawing.blocks
    if drawing.chance(0.1):
        spec["keys"] = "numbered"
    spec["layers"] = scope.layers
    if scope.skips:
        spec["skips"] = scope.skips
    sizes = [tuple(port.shape) for port in ports.values()]
    return {"spec": spec | ending, "sizes": sizes}


@dataclass(frozen=True)
class Drawn:
    """A spec as data, and sizes of its inputs for which it runs."""

    data: Data
    sizes: tuple[Shape, ...]

    @property
    def yaml(self) -> str:
        return yaml.safe_dump(json.loads(self.json), sort_keys=False, width=1000)

    @property
    def json(self) -> str:
        return json.dumps(self.data)


def drawn(rng: Random, size: int = 8, actions: Sequence[Any] = ACTIONS) -> Drawn:
    """A random spec and its input sizes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = draw_spec(rng, size, actions)
    return Drawn(found["spec"], tuple(found["sizes"]))


def is_by_chance(drawn: Drawn) -> bool:
    """Whether the checker refuses the spec because sizes meet there for a few inputs only, by chance of the drawing."""
    report = Report()
    network = network_of(Source("random.yaml", drawn.yaml), report)
    return network is None and all(found.code in BY_CHANCE and "only" in found.message for found in report.errors)


def seeded(seed: int, size: int = 8) -> Drawn:
    return drawn(Random(seed), size)


def specs(size: int = 6) -> st.SearchStrategy[Drawn]:
    """Random specs that shrink."""
    return st.randoms(use_true_random=False).map(lambda rng: drawn(rng, size))
