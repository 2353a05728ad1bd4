"""The short texts of a drawing: shapes, counts, and what is essential about an op."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from skipgraph.graph import Network
from skipgraph.ops import Computed, Op
from skipgraph.sizes import Dim, evaluate, show, substitute
from skipgraph.types import TensorType

LONGEST = 44
"""Characters of one line of a box or a label."""

_UNSEEN = frozenset(
    {"affine", "align_corners", "batch_first", "bias", "ceil_mode", "count_include_pad", "elementwise_affine", "eps"}
    | {"inplace", "momentum", "output_padding", "padding", "padding_mode", "track_running_stats"}
)
"""Arguments that tell little about the architecture; a tooltip has them."""
_PLAIN = (
    *("out_channels", "out_features", "num_groups", "num_embeddings", "embedding_dim", "hidden_size", "embed_dim"),
    *("num_heads", "output_size", "size", "shape", "p", "negative_slope", "upscale_factor", "downscale_factor"),
)
"""Arguments whose value speaks without its name, in the order written."""
_UNPRINTABLE = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Shapes:
    """How the shapes of one network are written: as short as its contract allows, without the batch."""

    def __init__(self, network: Network, sizes: Mapping[str, int] | None = None) -> None:
        """`sizes` are numbers to write in place of open axes."""
        self._batches = {port.type.shape[0] for port in network.graph.inputs if port.type.rank > 1}
        self._sizes = sizes or {}
        self._size = cache(lambda dim: show(_at(dim, self._sizes), network.contract))
        self._factors: dict[Dim, str] = {}
        self._briefs: dict[TensorType, str] = {}
        self._fulls: dict[TensorType, str] = {}

    def size(self, dim: Dim) -> str:
        """A size that can stand between `×` and `+`."""
        if dim not in self._factors:
            text = self._size(dim).replace(" ", "")
            outside = re.sub(r"\([^()]*\)", "", text)
            self._factors[dim] = f"({text})" if "+" in outside or "-" in outside else text
        return self._factors[dim]

    def brief(self, type_: TensorType) -> str:
        """`64×H/2×W/2`."""
        if type_ not in self._briefs:
            self._briefs[type_] = self._brief(type_)
        return self._briefs[type_]

    def _brief(self, type_: TensorType) -> str:
        shape = type_.shape[1:] if type_.rank > 1 and type_.shape[0] in self._batches else type_.shape
        text = "×".join(self.size(dim) for dim in shape) or "scalar"
        return cut(text if type_.dtype == "float32" else f"{text} {type_.dtype}")

    def full(self, type_: TensorType) -> str:
        """`[N, 64, H/2, W/2]`."""
        if type_ not in self._fulls:
            text = f"[{', '.join(self._size(dim) for dim in type_.shape)}]"
            self._fulls[type_] = text if type_.dtype == "float32" else f"{text} {type_.dtype}"
        return self._fulls[type_]

    def given(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Arguments, with numbers in place of open axes."""
        return {name: self._numbered(value) for name, value in values.items()} if self._sizes else values

    def _numbered(self, value: Any) -> Any:
        if isinstance(value, Computed):
            return _at(value.size, self._sizes)
        return tuple(map(self._numbered, value)) if isinstance(value, tuple | list) else value

    def resolutions(self, types: Iterable[TensorType]) -> tuple[str, ...]:
        """The spatial sizes, in the order met."""
        spatial = (type_.spatial for type_ in types if type_.rank > 2)
        return tuple(dict.fromkeys(cut("×".join(self.size(dim) for dim in sizes)) for sizes in spatial))


def _at(dim: Dim, sizes: Mapping[str, int]) -> Dim:
    """A size at these numbers, as far as they reach."""
    if isinstance(dim, int) or dim.symbols.isdisjoint(sizes):
        return dim
    try:
        return evaluate(dim, sizes) if dim.symbols <= sizes.keys() else substitute(dim, sizes)
    except ZeroDivisionError:
        return dim


def printable(text: str) -> str:
    """The text, with a sign in place of each character that XML cannot hold."""
    return text if text.isprintable() else _UNPRINTABLE.sub("\ufffd", text)


def visible(text: str) -> str:
    """The text on one line, with a sign in place of what a terminal or a page would obey or not show."""
    line = " ".join(text.split())
    # not Cn: which characters are not assigned yet hangs on Python's version
    unseen = ("Cc", "Cf", "Co", "Cs")
    return "".join("\ufffd" if unicodedata.category(character) in unseen else character for character in line)


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def count(n: int) -> str:
    """`640`, `1.2k`, `31.0M`."""
    for unit, size in (("T", 10**12), ("B", 10**9), ("M", 10**6), ("k", 10**3)):
        # so that 999,960 is 1.0M, not 1000.0k
        if n >= size - size // 2000:
            return f"{n / size:.1f}{unit}"
    return str(n)


def sum_of(sizes: Sequence[str]) -> str:
    """`64+64`; long runs of equal operands as `64+5×32`."""
    if len(sizes) <= 4:
        return "+".join(sizes)
    runs = [(size, len(list(run))) for size, run in groupby(sizes)]
    return "+".join(size if n == 1 else f"{n}×{size}" for size, n in runs)


def tally(skips: tuple[str, ...]) -> str:
    """`skips a, b ×2`, the last names of these paths."""
    names = Counter(skip.rsplit(".", 1)[-1] for skip in skips)
    listed = ", ".join(name if n == 1 else f"{name} ×{n}" for name, n in names.items())
    return f"skip{'s' * (len(skips) > 1)} {listed}"


def essentials(op: Op, given: Mapping[str, Any], into: Sequence[TensorType | None]) -> str:
    """What tells one use of the op from another, of the arguments given: `3×3, 64, /2`."""
    rest = {name: value for name, value in given.items() if name not in _UNSEEN and value is not None}
    for name in op.inferred:
        rest.pop(name, None)
    axes = _axes(type(op).__name__)
    kernel = rest.pop("kernel_size", None)
    usual = kernel if _steps_by_kernel(type(op)) else 1
    stride, dilation, groups = rest.pop("stride", usual), rest.pop("dilation", 1), rest.pop("groups", 1)
    words = [_each(kernel, axes, "×")] if kernel is not None else []
    words += [_value(rest.pop(name)) for name in _PLAIN if name in rest]
    if "scale_factor" in rest:
        words.append(f"×{_value(rest.pop('scale_factor'))}")
    if stride != usual and _each(stride, axes, "×") != _each(usual, axes, "×"):
        words.append(f"/{_value(stride)}")
    if not _all(dilation, 1):
        words.append(f"dilation {_value(dilation)}")
    if groups != 1:
        words.append("depthwise" if into and into[0] and groups == into[0].channels else f"{_value(groups)} groups")
    words += [f"{name}={_value(value)}" for name, value in rest.items()]
    return ", ".join(words)


def arguments(given: Mapping[str, Any]) -> str:
    """`out=64, norm=BatchNorm2d`."""
    return ", ".join([f"{name}={_value(value)}" for name, value in given.items() if value is not None])


@cache
def _steps_by_kernel(op: type[Op]) -> bool:
    """Whether it steps by its kernel where it does not say, as a pool does."""
    return "stride" in op.model_fields and op.model_fields["stride"].default is None


@cache
def _axes(op: str) -> int:
    found = re.search(r"([123])d$", op)
    return int(found[1]) if found else 1


def _each(value: Any, axes: int, joint: str) -> str:
    if isinstance(value, (tuple, list)):
        return joint.join([_value(item) for item in value])
    return joint.join([_value(value)] * axes)


def _all(value: Any, number: int) -> bool:
    return all(item == number for item in value) if isinstance(value, (tuple, list)) else bool(value == number)


def _value(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        same = len(set(map(str, value))) == 1
        return _value(value[0]) if same else "(" + ", ".join(_value(item) for item in value) + ")"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return cut(str(value), 24)
