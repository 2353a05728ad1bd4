"""What a random spec may hold next: loops, skips in loops, branches, blocks and their calls."""

from __future__ import annotations

from typing import Any

from random_ops import activation, axes_of
from random_scope import MERGES, BlockInfo, Data, Scope, Unfit, after, meta
from torch import Tensor


def loop(s: Scope) -> None:
    """A chain in a loop, with names and channels of the round."""
    x = s.prev[1]
    d = axes_of(x)
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
    d = axes_of(x)
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
    d = axes_of(x)
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
    d = axes_of(x)
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
    d = axes_of(x)
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
