"""What a random spec may hold next: one op, or a few that belong together."""

from __future__ import annotations

from typing import Any

from random_scope import Data, Scope, Unfit, after, meta
from torch import Tensor

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


def axes_of(x: Tensor) -> int:
    if x.ndim not in (3, 4):
        raise Unfit("no spatial axes")
    return x.ndim - 2


def divisors(n: int) -> list[int]:
    return [i for i in range(1, n + 1) if n % i == 0]


def conv(s: Scope) -> None:
    source = s.source()
    x = s.values[source] if source else s.prev[1]
    d, rng = axes_of(x), s.rng
    groups = s.d.pick(divisors(x.shape[1])) if s.d.chance(0.2) else 1
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
    if s.d.chance(0.3):
        s.add(f"BatchNorm{axes_of(s.prev[1])}d", {}, nameless=True)
        s.add("ReLU", {"inplace": True}, nameless=s.d.chance(0.5), may_skip=False)
        return
    norm(s)
    activation(s)


def conv_transpose(s: Scope) -> None:
    x = s.prev[1]
    d, rng = axes_of(x), s.rng
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
    if s.d.chance(0.1) and source is None:
        flag, holds = s.d.flag()
        if not holds:
            s.layers.append({kind: {"when": flag, **arguments}})
            return
        s.add(kind, arguments, keys={"when": flag})
        return
    s.add(kind, arguments, source)


def norm(s: Scope) -> None:
    x = s.prev[1]
    if x.ndim == 2:
        s.add("BatchNorm1d", {})
        return
    d = axes_of(x)
    kind = s.d.pick([f"BatchNorm{d}d", f"BatchNorm{d}d", "GroupNorm", f"InstanceNorm{d}d"])
    arguments: Data = {}
    if kind == "GroupNorm":
        arguments["num_groups"] = s.d.pick(divisors(x.shape[1]))
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
    d, rng = axes_of(x), s.rng
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
    s.add(f"Adaptive{s.d.pick(['Avg', 'Max'])}Pool{axes_of(s.prev[1])}d", {"output_size": s.rng.randint(1, 4)})


def upsample(s: Scope) -> None:
    d = axes_of(s.prev[1])
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
    axes_of(x)
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
    axes_of(x)
    amounts = s.d.pick([{"right": f"$(-{last} % 4)"}, {"left": 1, "right": 2}, {"left": 1, "mode": "reflect"}])
    if x.ndim == 4 and s.d.chance(0.5):
        amounts = {**amounts, "bottom": s.d.pick([1, "$(-H % 4)", "$(H // 2)"])}
        amounts.pop("mode", None)
    s.add("Pad", dict(amounts))


def crop(s: Scope) -> None:
    axes_of(s.prev[1])
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
    d = axes_of(x)
    base = s.add("Identity", {}, name=s.name(), may_skip=False)
    s.add(f"AdaptiveAvgPool{d}d", {"output_size": 1}, may_skip=False)
    s.add(f"Conv{d}d", {"out_channels": x.shape[1], "kernel_size": 1}, may_skip=False)
    own = s.add("Sigmoid", {}, name=s.name(), may_skip=False)
    s.add("Mul", {}, [str(base), str(own)], may_skip=False)


def attend(s: Scope) -> None:
    """Places as tokens, and back."""
    x = s.prev[1]
    axes_of(x)
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
    axes_of(x)
    if s.d.chance(0.5):
        s.add("Scale", s.d.pick([{"dim": 1}, {"init": 0.5}, {"dim": -3, "init": 0.1} if x.ndim == 4 else {}]))
        return
    base = s.add("Identity", {}, name=s.name(), may_skip=False)
    keys = {"key": s.name("token")} if s.d.chance(0.3) else {}
    shape = [1, x.shape[1], *(1,) * (x.ndim - 2)]
    own = s.add(
        s.d.pick(["Parameter", "Buffer"]), {"shape": shape, "init": "ones"}, name=s.name(), may_skip=False, keys=keys
    )
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


def unpooled(s: Scope) -> None:
    """Pooled, and put back where it came from."""
    d = axes_of(s.prev[1])
    base, name = s.add("Identity", {}, name=s.name(), may_skip=False), s.name("pool")
    s.add(f"MaxPool{d}d", {"kernel_size": 2, "return_indices": True}, name=name, may_skip=False)
    s.add(s.d.pick(["Sigmoid", "Abs"]), {}, name=s.name(), may_skip=False)
    # to another size, places would be others, or none
    s.add(f"MaxUnpool{d}d", {"kernel_size": 2}, [str(s.prev[0]), f"{name}.indices", str(base)], may_skip=False)


def recurrent(s: Scope) -> None:
    """A sequence of places, and perhaps the state after the last."""
    if s.prev[1].ndim != 3:
        raise Unfit("no sequence")
    s.add("Transpose", {"dim0": 1, "dim1": 2}, may_skip=False, hidden=True)
    kind, name = s.d.pick(["GRU", "LSTM"]), s.name("states")
    arguments: Data = {"hidden_size": s.rng.randint(1, 3), "batch_first": True}
    if s.d.chance(0.3):
        arguments["bidirectional"] = True
    if s.d.chance(0.3):
        arguments["num_layers"] = 2
    s.add(kind, arguments, name=name, may_skip=False)
    state = f"{name}.h_n"
    if s.d.chance(0.5):
        s.add("Permute", {"dims": [1, 2, 0]}, state, may_skip=False)
    else:
        s.add("Transpose", {"dim0": 1, "dim1": 2}, may_skip=False)
    # what has no channels on axis 1 is for no one else
    for value in [value for value in s.values if value.partition(".")[0] == name]:
        del s.values[value]
        s.unread.pop(value, None)


def arranged(s: Scope) -> None:
    """The same numbers elsewhere, or more of them."""
    choices: tuple[tuple[str, Data], ...] = (
        ("Roll", {"shifts": [1, -2], "dims": [1, -1]}),
        ("Roll", {"shifts": 2, "dims": 2}),
        ("Flip", {"dims": -1}),
        ("Tile", {"dims": [2]}),
        ("RepeatInterleave", {"repeats": 2, "dim": 2}),
        ("CumSum", {"dim": 1}),
        ("Normalize", {"p": 1.0}),
    )
    axes_of(s.prev[1])
    kind, arguments = s.d.pick(choices)
    s.add(kind, arguments)


def repeated(s: Scope) -> None:
    x = s.prev[1]
    d = axes_of(x)
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


def linear(s: Scope) -> None:
    x = s.prev[1]
    if x.ndim == 2:
        s.add("Linear", {"out_features": s.rng.randint(1, 5)}, may_skip=False)
        activation(s)
    else:
        raise Unfit("no vector")
