"""A difference in lines for people: the totals, the steps and skips by block, the state_dict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from skipgraph.diagnostics.snippets import visible
from skipgraph.graph import Network
from skipgraph.passes.costs import cost, short
from skipgraph.passes.diff.lines import Line, following, items_line, renamed, sections
from skipgraph.passes.diff.model import Difference, Mark, Place
from skipgraph.passes.summary import leading
from skipgraph.sizes import Dim, Size

_COLORS = {Mark.ADDED: "\x1b[32m", Mark.REMOVED: "\x1b[31m", Mark.CHANGED: "\x1b[33m", Mark.RENAMED: "\x1b[36m"}
_BOLD, _DIM, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[0m"

_Paint: TypeAlias = Callable[[str, str], str]

_PLACES = 6
"""Lines of the state_dict of one sort, where the rest is only counted."""
_NAME, _TEXT = 32, 80
"""Columns beyond which a name or a text pushes the next one aside."""


def text(difference: Difference, *, detail: bool, color: bool) -> str:
    """The difference; empty where there is none."""
    if not difference:
        return ""
    paint = _painted if color else _plain
    parts = ["".join(_head(difference, paint))]
    blocks = list(sections(difference, detail=detail))
    lines = [line for block in blocks for line in block.lines]
    name = min(_NAME, max((len(line.name) for line in lines), default=0))
    body = min(_TEXT, max((len(line.text) for line in lines), default=0))
    for block in blocks:
        title = f"{paint(_BOLD, _shown(block.title))}\n" if block.title else ""
        parts.append(title + "".join(_line(line, name, body, paint) for line in block.lines))
    rest = following(difference)
    if rest and not detail:
        parts.append(f"and {rest} {'step' if rest == 1 else 'steps'} with other shapes or weights by what is above\n")
    places = "".join(_state_dict(difference, detail))
    return "\n".join([*parts, *([places] if places else [])])


def _plain(code: str, text: str) -> str:
    return text


def _painted(code: str, text: str) -> str:
    return f"{code}{text}{_OFF}"


def _shown(text: str) -> str:
    """The text on one line: an output may be called as it likes."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _line(line: Line, name: int, body: int, paint: _Paint) -> str:
    head = f"{line.mark} {_shown(line.name):<{name}}"
    at = paint(_DIM, _shown(line.place)) if line.place else ""
    return f"{paint(_COLORS.get(line.mark, _DIM), head)}  {_shown(line.text):<{body}}  {at}".rstrip() + "\n"


def _head(difference: Difference, paint: _Paint) -> Iterator[str]:
    """What the networks are, and their totals."""
    before, after = difference.before, difference.after
    yield paint(_BOLD, _shown(renamed(_file(before), _file(after)))) + "\n"
    for word, said in facts(difference):
        yield _row(word, said)


def facts(difference: Difference) -> Iterator[tuple[str, str]]:
    """What was said about the whole networks and what is: parameters, totals, sizes."""
    before, after = difference.before, difference.after
    params = items_line(difference.params)
    if params:
        yield "params", params
    was, now = difference.totals
    yield "weights", _counts(was.count.trained, now.count.trained)
    if was.count.buffers != now.count.buffers:
        yield "buffers", _counts(was.count.buffers, now.count.buffers)
    costs = [cost(each.macs, of.contract) for each, of in ((was, before), (now, after))]
    hidden = ", classes from outside not counted" if was.is_partial or now.is_partial else ""
    sizes = _size(was.macs, before), _size(now.macs, after)
    part = _percent(sizes[0][0], sizes[1][0]) if sizes[0] and sizes[1] and sizes[0][1] == sizes[1][1] else ""
    yield "MACs", f"{renamed(costs[0], costs[1])}{part}{hidden}"
    if before.contract != after.contract:
        yield "sizes", f"{before.contract} -> {after.contract}"


def _row(word: str, said: str) -> str:
    return f"{word:<9}  {_shown(said)}\n"


def _file(network: Network) -> str:
    return network.graph.span.source.name if network.graph.span else network.graph.name


def _counts(was: int, now: int) -> str:
    """`31.0M -> 7.76M (-75%)`; in full where three digits do not tell them apart."""
    one, other = short(was), short(now)
    if was != now and one == other:
        one, other = f"{was:,}", f"{now:,}"
    return f"{renamed(one, other)}{_percent(was, now)}"


def _percent(was: float, now: float) -> str:
    """By how much a count changed."""
    if was == now or not was:
        return ""
    part = 100 * (now - was) / was
    return f" ({part:+.0f}%)" if abs(part) >= 1 else f" ({part:+.2g}%)"


def _size(macs: Dim, network: Network) -> tuple[float, tuple[str, ...]] | None:
    """A count as one factor and the axes that it grows with; None where there is no such."""
    if not isinstance(macs, Size):
        return macs, ()
    terms, _ = leading(macs, network.contract)
    return terms[0] if len(terms) == 1 else None


def _state_dict(difference: Difference, detail: bool) -> Iterator[str]:
    """What became of the places, a line a step."""
    places = difference.places
    moved = (places.renamed, places.changed, places.new, places.dropped)
    if not any(moved):
        return
    total = len(places.kept) + len(places.renamed) + len(places.changed) + len(places.new)
    yield _row("kept", f"{len(places.kept)} of {total} tensors of the state_dict")
    for word, found, lines in (
        ("renamed", places.renamed, _moves(places.renamed)),
        ("changed", places.changed, [_shapes(each) for each in places.changed]),
        ("new", places.new, _modules([each.after for each in places.new])),
        ("dropped", places.dropped, _modules([each.before for each in places.dropped])),
        ("misread", places.misread, _modules(places.misread)),
    ):
        shown = lines if detail or len(lines) <= _PLACES else lines[: _PLACES - 1]
        for at, line in enumerate(shown):
            yield _row("" if at else word, line)
        if len(shown) < len(lines):
            yield _row("", f"and {len(lines) - len(shown)} more lines; {len(found)} tensors in all")
    if places.misread:
        yield _row("", "a checkpoint from before loads there, and means another step")


def _moves(places: Sequence[Place]) -> list[str]:
    """The places that moved, those of one step in a line: `enc -> down: weight, bias`."""
    groups: dict[tuple[str, str], list[str]] = {}
    for place in places:
        old, new = place.before.split("."), place.after.split(".")
        shared = 0
        while shared < min(len(old), len(new)) - 1 and old[-1 - shared] == new[-1 - shared]:
            shared += 1
        ends = tuple(".".join(each[: len(each) - shared]) for each in (old, new))
        groups.setdefault((ends[0], ends[1]), []).append(".".join(new[len(new) - shared :]))
    return [
        f"{old} -> {new}: {', '.join(names)}" if len(names) <= _PLACES else f"{old} -> {new}: {len(names)} tensors"
        for (old, new), names in groups.items()
    ]


def _shapes(place: Place) -> str:
    assert place.was and place.now
    words = {True: " trained", False: " in a buffer"} if place.was.trained != place.now.trained else {}
    shapes = (f"{list(each.shape)}{words.get(each.trained, '')}" for each in (place.was, place.now))
    return f"{renamed(place.before, place.after)}: {' -> '.join(shapes)}"


def _modules(keys: Sequence[str]) -> list[str]:
    """Places, those of one module in a line."""
    modules: dict[str, list[str]] = {}
    for key in keys:
        module, _, name = key.rpartition(".")
        modules.setdefault(module, []).append(name)
    return [f"{module}: {', '.join(names)}" if module else ", ".join(names) for module, names in modules.items()]
