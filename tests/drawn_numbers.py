"""What a picture says in numbers that the module that was built does not bear out: shapes, sums, rows, weights, ops."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from math import prod
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import torch
from figure_picture import SVG, picture, points_of
from torch import nn
from torch.overrides import TorchFunctionMode

from skipgraph.api import build, load
from skipgraph.emit.base import Generated
from skipgraph.emit.places import keys_of
from skipgraph.graph import Graph, Network
from skipgraph.passes.fit import open_axes
from skipgraph.sizes import Dim, evaluate

LEAST = 48
"""The size of an open axis is the first from here on that the contract allows."""
UNITS = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


@dataclass(frozen=True)
class Built:
    """A network at one size, and what its module shows when it runs there."""

    network: Network
    sizes: Mapping[str, int]
    shapes: Mapping[str, tuple[int, ...]]
    """Of the value of each step and block that is a module."""
    concats: tuple[tuple[int, ...], ...]
    """Of each concat that ran, in order, the sizes of its operands."""
    weights: tuple[int, ...]
    """Of each step that has some."""


class _Concats(TorchFunctionMode):
    """Keeps what `torch.cat` is called with."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, ...]] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if func is torch.cat:
            given = {**dict(zip(("tensors", "dim"), args, strict=False)), **(kwargs or {})}
            self.found.append(tuple(int(each.shape[given.get("dim", 0)]) for each in given["tensors"]))
        return func(*args, **(kwargs or {}))


@cache
def built(file: Path) -> Built:
    """The network of a file, run on no data: a tensor of the device `meta` has a shape and nothing in it."""
    network = load(file)
    sizes = sizes_of(network)
    with torch.device("meta"), torch.no_grad():
        model = build(file).eval()
        steps: dict[nn.Module, list[str]] = {}
        for step, place in _modules(network.graph, "", ()):
            with suppress(AttributeError):
                module = model.get_submodule(".".join(place))
                if not _only_holds(module):
                    steps.setdefault(module, []).append(step)
        shapes: dict[str, tuple[int, ...]] = {}

        def keep(module: nn.Module, inputs: Any, value: Any) -> None:
            first = value[0] if isinstance(value, tuple) else value
            # one that is called again stands for the next of its steps
            step = next((step for step in steps[module] if step not in shapes), None)
            if step is not None and isinstance(first, torch.Tensor):
                shapes[step] = tuple(first.shape)

        for module in steps:
            module.register_forward_hook(keep)
        types = [port.type for port in network.graph.inputs]
        with _Concats() as concats:
            model(*(torch.zeros([_at(n, sizes) for n in x.shape], dtype=getattr(torch, x.dtype)) for x in types))
    weights = tuple(filter(None, _weights(model, set())))
    return Built(network, sizes, shapes, tuple(concats.found), weights)


def _modules(graph: Graph, scope: str, place: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The steps of a graph and the blocks in it, and where in the module each stands."""
    for node in graph.nodes:
        home = graph.by_name[node.reuses] if node.reuses else node
        for key in keys_of(graph, home)[:1]:
            yield f"{scope}{node.name}", (*place, *key)
            if isinstance(node.work, Graph):
                yield from _modules(node.work, f"{scope}{node.name}.", (*place, *key))


def sizes_of(network: Network) -> dict[str, int]:
    """A size for each open axis, a small one for the first: that is the batch."""
    found: dict[str, int] = {}
    for number, name in enumerate(open_axes(network)):
        allowed, least = network.contract.allowed(name), LEAST + number if number else 2
        found[name] = allowed.above(least - 1) or allowed.below(least) or least
    return found


def _at(size: Dim, sizes: Mapping[str, int]) -> int:
    return size if isinstance(size, int) else evaluate(size, sizes)


def _only_holds(module: nn.Module) -> bool:
    """Whether a module is there for the names of others, and stands for no step."""
    holders = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict)
    return not isinstance(module, Generated) and type(module) in holders


def _weights(module: nn.Module, seen: set[int]) -> Iterator[int]:
    """The weights of each step: of a parameter, or of a module that no block of the spec is."""
    if id(module) in seen:
        return
    seen.add(id(module))
    if not isinstance(module, Generated) and not _only_holds(module):
        yield sum(weight.numel() for weight in module.parameters())
        return
    yield from (weight.numel() for weight in module.parameters(recurse=False))
    for child in module.children():
        yield from _weights(child, seen)


# --------------------------------------------------------------------------------------------------------------------
# what is said


def says(text: str, number: int) -> bool:
    """Whether `31.0M` is how a number is told."""
    found = re.fullmatch(r"(\d+)(?:\.(\d))?([kMBT]?)", text)
    if found is None:
        return False
    unit = UNITS[found[3]]
    told = int(found[1]) * unit + int(found[2] or 0) * unit // 10
    return abs(told - number) <= unit // 20


def terms(text: str) -> tuple[int, ...]:
    """The operands of `64+2×32`."""
    found: list[int] = []
    for term in text.split("+"):
        *times, size = map(int, term.split("×"))
        found += [size] * (times[0] if times else 1)
    return tuple(found)


def in_figure(svg: str, built: Built) -> list[str]:
    """What is wrong with the numbers of a figure in which every block is open."""
    return [*_heading(svg, built), *_channels(svg, built), *_concats(svg, built), *_rows(svg, built)]


def in_flow(svg: str, built: Built) -> list[str]:
    """What is wrong with the numbers of a flow view in which every block is open."""
    return [*_heading(svg, built), *_columns(svg, built)]


def _heading(svg: str, built: Built) -> Iterator[str]:
    root = ElementTree.fromstring(svg)
    steps = [step for group in root.iter(f"{SVG}g") for step in group.get("data-steps", "").split()]
    said = re.search(r"(\S+) weights, (\d+) ops?", " ".join(text.text or "" for text in root.findall(f"{SVG}text")))
    if said is None or not says(said[1], sum(built.weights)):
        yield f"the heading says {said and said[1]} weights, and there are {sum(built.weights)}"
    ends = len(built.network.graph.inputs) + len(built.network.graph.result_types)
    if said is None or int(said[2]) != len(steps) - ends:
        yield f"the heading says {said and said[2]} ops, and {len(steps) - ends} are drawn"


def _cells(svg: str) -> Iterator[tuple[str, list[str]]]:
    """The last step of each box of a figure, and the texts that tell of it."""
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if group.get("data-cell") is not None:
            yield group.get("data-steps", "").split()[-1], [text.text or "" for text in group.findall(f"{SVG}text")]


def maps(shape: tuple[int, ...]) -> set[tuple[int, tuple[int, ...]]]:
    """The channels and the sides of a map: the channels are in the second axis, or come last."""
    if len(shape) < 3:
        return {(shape[-1], ())}
    return {(shape[1], shape[2:]), (shape[-1], shape[1:-1])}


def _channels(svg: str, built: Built) -> Iterator[str]:
    for step, texts in _cells(svg):
        shape = built.shapes.get(step)
        for text in texts if shape is not None else ():
            if re.fullmatch(r"\d+", text) and shape and int(text) not in {channels for channels, _ in maps(shape)}:
                yield f"{step} is drawn with {text} channels, and has {shape}"


def _concats(svg: str, built: Built) -> Iterator[str]:
    ran = iter(built.concats)
    for step, texts in _cells(svg):
        for text in texts:
            # a module may put tensors together for itself, too
            if re.fullmatch(r"[\d×]+(\+[\d×]+)+", text) and terms(text) not in ran:
                yield f"{step} is drawn as {text}, and no such concat ran then"


def _rows(svg: str, built: Built) -> Iterator[str]:
    """Boxes that stand in a row of another resolution."""
    seen, root = picture(svg), ElementTree.fromstring(svg)
    rules = sorted(points_of(path.get("d", ""))[0][1] for path in root.findall(f"{SVG}path[@class='sg-rule']"))
    rows: dict[int, list[tuple[int, ...]]] = {}
    for text in root.findall(f"{SVG}text[@text-anchor='end']"):
        row, said = rows.setdefault(bisect(rules, float(text.get("y", "0"))), []), text.text or ""
        if said.startswith("×"):
            # a label in several lines
            row[-1] += _sides(said)
        else:
            row.append(_sides(said))
    for group in root.iter(f"{SVG}g"):
        step, cell = (group.get("data-steps", "").split() or [""])[-1], seen.cells.get(group.get("data-cell", ""))
        shape = built.shapes.get(step, ())
        if cell is None or len(shape) < 3:
            continue
        # where a figure is wrapped, the last row of a strip and the first of the next have no rule between
        near = rows.get(bisect(rules, (cell.top + cell.bottom) / 2), [])
        axes = max(len(port.type.spatial) for port in built.network.graph.inputs)
        due = [_mean(sides, axes) for _, sides in maps(shape)]
        if not any(sides and 0.99 < _mean(sides, axes) / side < 1.5 for sides in near for side in due):
            yield f"{step} of {shape} stands in the row of {near}"


def _mean(sides: tuple[int, ...], axes: int) -> float:
    """The side of a map; of a sequence of its pixels the side of the map that they make up."""
    return float(prod(sides) ** (1 / max(len(sides), axes)))


def _sides(text: str) -> tuple[int, ...]:
    squared = re.fullmatch(r"(\d+)([²³])", text)
    if squared:
        return (int(squared[1]),) * "²³".index(squared[2]) + (int(squared[1]),) * 2
    return tuple(int(side) for side in text.split("×") if side.isdigit())


def _columns(svg: str, built: Built) -> Iterator[str]:
    weights = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        step = group.get("data-steps")
        texts = [text for text in group.findall(f"{SVG}text") if text.get("text-anchor") == "end"]
        if step is None or not texts:
            continue
        shape = built.shapes.get(step)
        told, *_ = re.split(", | int64", texts[0].text or "")
        if shape is not None and not any("×".join(map(str, each)) == told for each in (shape, shape[1:])):
            yield f"{step} is drawn as {told}, and gives {shape}"
        weights += [text.text or "" for text in texts[1:]]
    due = sorted(built.weights)
    drawn = sorted(weights, key=_size)
    if len(due) != len(drawn) or not all(map(says, drawn, due)):
        wrong = [(text, n) for text, n in zip_longest(drawn, due) if text is None or n is None or not says(text, n)]
        yield f"weights are drawn as {wrong[0][0]} where there are {wrong[0][1]}"


def _size(text: str) -> float:
    return float(text.rstrip("kMBT")) * UNITS[text.lstrip("0123456789.")]
