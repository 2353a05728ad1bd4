"""The view for a terminal, and for the diff of a review: scene -> lines.

A line a step, in columns whose places are fixed, so that an edit changes the lines it is about. On the left the spine:
what flows from a line into the next. On the right the rails: what flows past lines.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from skipgraph.render.rails import Mark, Row, joined, rails_of, rows_of
from skipgraph.render.scene import SIGNS, Box, Frame, Kind, Scene, frames_around
from skipgraph.render.words import count, visible

WIDTH = 100
SHAPES, WEIGHTS, RAILS = 58, 66, 68
"""The columns at which shapes and weights end, and at which rails begin."""
_LEAST = 20
"""Columns, below which a text is not cut to let a shape stand beside it."""
BY = "drawn by skipgraph"
"""By which such a file is known."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """The characters of a drawing."""

    marks: Mapping[Mark, str]
    """In a lane: a skip's, then another value's."""
    lines: str
    """From a step to a lane: a skip's, then another value's."""
    heads: str
    spine: str
    """Nothing above or below, from above, to below, both."""
    frames: str
    """Of a folded block, an open one, and what is no block."""


_UNICODE = _Signs(
    {Mark.PASS: "┃│", Mark.BEGIN: "┓┐", Mark.TEE: "┫┤", Mark.END: "┛┘", Mark.TURN: "●○"}, "━─", "◀◁", "·╵╷│", "▸▾▿"
)
_ASCII = _Signs(
    {Mark.PASS: "|:", Mark.BEGIN: ".,", Mark.TEE: "+}", Mark.END: "'`", Mark.TURN: "*o"}, "=-", "<<", ".',|", ">v/"
)
_SPELLED = str.maketrans({"×": "x", "−": "-", "…": "~", "·": "-"})
"""Signs of ours in ASCII, as wide as they are."""


def text_of(scene: Scene, *, ascii: bool = False) -> str:
    """The scene as lines of text, 100 columns wide where few skips pass each other; `ascii` for old terminals."""
    signs = _ASCII if ascii else _UNICODE
    lines = [*_heading(scene), *_body(scene, signs), *_legend(scene, signs)]
    text = "".join(f"{line.rstrip()}\n" for line in lines)
    return text.translate(_SPELLED).encode("ascii", "backslashreplace").decode() if ascii else text


def _heading(scene: Scene) -> Iterator[str]:
    yield f"{visible(scene.title)} ({BY})"
    for sentence in (scene.description, scene.summary):
        yield from textwrap.wrap(visible(sentence), WIDTH)
    yield ""


def _legend(scene: Scene, signs: _Signs) -> Iterator[str]:
    """What the signs mean, where any are used; the same for every network."""
    if not rails_of(scene):
        return
    skip, other = ("".join(signs.marks[mark][kind] for mark in signs.marks) for kind in (0, 1))
    yield ""
    yield f"{skip[0]} a skip, named where it arrives   {other[0]} another value"
    told = ("begins", "arrives and goes on", "arrives and ends", "ends, and another begins")
    yield "   ".join(f"{sign} {words}" for sign, words in zip(skip[1:], told, strict=True))


def _body(scene: Scene, signs: _Signs) -> Iterator[str]:
    """Every box and frame, in order of execution."""
    frames = {frame.id: frame for frame in scene.frames}
    joins = joined(scene)
    between = Row()
    around: tuple[Frame, ...] = ()
    known: set[str] = set()
    rows = rows_of(rails_of(scene), len(scene.boxes), WIDTH - RAILS - 6)
    for number, (box, (shown, after)) in enumerate(zip(scene.boxes, rows, strict=True)):
        above, below = number - 1 in joins, number in joins
        chain = tuple(frames_around(frames, box.frame))[::-1]
        for depth, frame in enumerate(chain):
            if around[: depth + 1] != chain[: depth + 1]:
                text = _frame_text(frame, signs) + (" (goes on)" if frame.id in known else "")
                weights = count(frame.weights) if frame.weights and frame.id not in known else ""
                spine = signs.spine[3] if above else " "
                yield from _lines(_Texts(spine, f"{'  ' * depth}{text}", "", "", weights), [between], signs)
                known.add(frame.id)
        around = chain
        spine = signs.spine[above + 2 * below] + (signs.spine[3] if below else " ")
        text, end = _box_text(box, signs)
        weights = count(box.weights) if box.weights else ""
        texts = _Texts(
            spine,
            f"{'  ' * len(chain)}{visible(text)}",
            visible(end),
            visible(box.shape),
            weights,
            box.kind is Kind.BLOCK,
        )
        yield from _lines(texts, [*shown, after], signs)
        between = after


@dataclass(frozen=True, slots=True)
class _Texts:
    """What stands on the lines of one box or frame, left of the rails."""

    spine: str
    """On its line, and on those that follow."""
    text: str
    end: str
    """What of the text stays when it is cut."""
    shape: str
    weights: str
    block: bool = False
    """Whether it is a folded block's: its arguments give way to its shape."""


def _lines(texts: _Texts, rows: list[Row], signs: _Signs) -> Iterator[str]:
    """The lines of one box or frame: the first has its text, the others what finds no room there.

    The last of `rows` is what passes where nothing happens.
    """
    room = SHAPES - 2 - (cell_len(texts.shape) + 2 if texts.shape else 0)
    apart = bool(texts.shape) and cell_len(texts.text) > room and (not texts.block or room < _LEAST)
    text = _fitted(texts.text, texts.end, SHAPES - 2 if apart else room)
    cells = [(f"{texts.spine[0]} {text}", "" if apart else texts.shape, texts.weights)]
    if apart:
        shapes = texts.shape if cell_len(texts.shape) < SHAPES - 1 else texts.shape.replace(", ", ",\n")
        cells += [(texts.spine[-1], shape, "") for shape in shapes.split("\n")]
    shown = rows[:-1] or rows
    for index in range(max(len(cells), len(shown))):
        left, shape, weights = cells[index] if index < len(cells) else (texts.spine[-1], "", "")
        columns = f"{left}{' ' * (SHAPES - cell_len(left) - cell_len(shape))}{shape}{weights:>{WEIGHTS - SHAPES}}"
        row = shown[index] if index < len(shown) else rows[-1]
        yield f"{columns}{' ' * (RAILS - cell_len(columns))}{_rails(row, signs)}"


def _rails(row: Row, signs: _Signs) -> str:
    """The lanes of a line: what touches it, what passes, and the names of what arrives."""
    if not row.marks:
        return ""
    touched = {lane: skip for lane, (mark, skip) in row.marks.items() if mark is not Mark.PASS}
    arriving = [row.marks[lane][1] for lane in touched if row.marks[lane][0] not in (Mark.BEGIN,)]

    def line(lane: int) -> str:
        """What runs to this lane and those right of it."""
        beyond = [skip for at, skip in touched.items() if at >= lane]
        return signs.lines[not any(beyond)] if beyond else " "

    text = (signs.heads[not any(arriving)] if arriving else line(0)) + line(0)
    for lane in range(max(row.marks) + 1):
        mark, skip = row.marks.get(lane, (None, False))
        text += signs.marks[mark][not skip] if mark else line(lane)
        text += line(lane + 1)
    labels = ", ".join(visible(label) for label in row.labels)
    return f"{text.rstrip()}  {labels}"


def _frame_text(frame: Frame, signs: _Signs) -> str:
    """`▾ enc0: double_conv out=64`."""
    label = frame.label.removesuffix(f" · {count(frame.weights)}") if frame.weights else frame.label
    return f"{signs.frames[1 if frame.block else 2]} {visible(label).replace(' · ', ': ', 1)}"


def _box_text(box: Box, signs: _Signs) -> tuple[str, str]:
    """`stem: Conv2d 7×7, 64, /2`, and what of it is not to be cut: a folded block's skips, with a comma before them."""
    if box.kind in (Kind.INPUT, Kind.OUTPUT):
        return (f"{box.kind} {box.lines[0]}" if box.lines[0] != box.kind else str(box.kind)), ""
    if box.kind is Kind.BLOCK:
        name, what, *hidden = box.lines
        what = what.removesuffix(count(box.weights)).removesuffix(" · ") if box.weights else what
        end = "".join(f", {line}" for line in hidden)
        return f"{signs.frames[0]} {name}: {what}{end}", end
    what = f"{SIGNS[box.symbol]} {box.symbol}" if box.symbol else box.lines[0]
    again = f", again {box.reuses.rpartition('.')[2]}" if box.reuses else ""
    return (f"{box.name}: {what}{again}" if box.name else f"{what}{again}"), ""


def _fitted(text: str, end: str, width: int) -> str:
    """The text in so many columns; where it is cut, `end` stays if there is room."""
    if cell_len(text) <= width:
        return text
    end = end if cell_len(end) < width // 2 else ""
    return f"{set_cell_size(text, width - cell_len(end) - 1).rstrip(' ,…')}…{end}"
