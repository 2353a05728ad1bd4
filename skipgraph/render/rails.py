"""The rails of the text view: which wires need one, which lane each takes, and what every line shows of them.

A rail takes the lowest lane that is free where it begins: one rail more, or one less, moves only what stands beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from skipgraph.render.scene import Scene, Wire


class Mark(StrEnum):
    """What a line has in a lane."""

    PASS = "pass"
    BEGIN = "begin"
    TEE = "tee"
    """It lands here, and goes on to land again."""
    END = "end"
    TURN = "turn"
    """One ends, and another begins."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a rail is read: the box's number, and what stands beside it."""

    target: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Rail:
    """A value on its way past other lines, from the box it comes out of to those that read it."""

    source: int
    skip: bool
    landings: tuple[Landing, ...]
    """In order."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one line shows of the rails."""

    marks: Mapping[int, tuple[Mark, bool]] = field(default_factory=dict)
    """By lane; whether it is a skip's."""
    labels: tuple[str, ...] = ()
    """Of the landings that have one, from the left."""


def joined(scene: Scene) -> frozenset[int]:
    """The boxes, by number, whose value flows into the next line's without a rail."""
    numbers = {box.id: number for number, box in enumerate(scene.boxes)}
    return frozenset(numbers[wire.source] for wire in scene.wires if _needs_none(wire, numbers))


def rails_of(scene: Scene) -> tuple[Rail, ...]:
    """The rails, in order of their beginnings: a value's skips share one, where each is read once."""
    numbers = {box.id: number for number, box in enumerate(scene.boxes)}
    railed = [wire for wire in scene.wires if not _needs_none(wire, numbers)]
    uses = Counter((wire.skip, wire.source, wire.result) for wire in railed if _carries_skip(wire))
    ways: dict[tuple[object, ...], list[Landing]] = {}
    for wire in railed:
        # a landing without a name has to be on a rail that is one skip's
        skip = _carries_skip(wire)
        alone = skip and not (wire.named and uses[wire.skip, wire.source, wire.result] == 1)
        key = numbers[wire.source], skip, wire.result, wire.size_only, wire.skip if alone else None
        landing, landings = Landing(numbers[wire.target], _label(scene, wire)), ways.setdefault(key, [])
        if landing.label or landing not in landings:
            landings.append(landing)
    found = (
        Rail(int(str(key[0])), bool(key[1]), tuple(sorted(landings, key=lambda landing: landing.target)))
        for key, landings in ways.items()
    )
    return tuple(sorted(found, key=lambda rail: rail.source))


def rows_of(rails: Iterable[Rail], boxes: int, room: int) -> Iterator[tuple[list[Row], Row]]:
    """For each box what its lines show, and what those between it and the next; labels within `room`, or one a line."""
    starting: dict[int, list[Rail]] = {}
    for rail in rails:
        starting.setdefault(rail.source, []).append(rail)
    active: dict[int, Rail] = {}
    left: dict[int, int] = {}
    for number in range(boxes):
        arriving = [
            (lane, rail, landing)
            for lane, rail in sorted(active.items())
            for landing in rail.landings
            if landing.target == number
        ]
        rows = []
        for together in _together(arriving, room) or [[]]:
            marks = {lane: (Mark.PASS, rail.skip) for lane, rail in active.items()}
            for lane, rail, _ in together:
                left[lane] -= 1
                marks[lane] = (Mark.TEE if left[lane] else Mark.END), rail.skip
                if not left[lane]:
                    del active[lane]
            rows.append(Row(marks, tuple(landing.label for *_, landing in together if landing.label)))
        last = dict(rows[-1].marks)
        for rail in starting.get(number, ()):
            lane = next(lane for lane in range(len(active) + 1) if lane not in active)
            last[lane] = (Mark.TURN if lane in last else Mark.BEGIN), rail.skip
            active[lane], left[lane] = rail, len(rail.landings)
        rows[-1] = Row(last, rows[-1].labels)
        yield rows, Row({lane: (Mark.PASS, rail.skip) for lane, rail in active.items()})


def _needs_none(wire: Wire, numbers: Mapping[str, int]) -> bool:
    """Whether a wire leads from a line to the next, and there is nothing to say about it."""
    follows = numbers[wire.target] == numbers[wire.source] + 1
    return follows and not (wire.named or wire.size_only or wire.result)


def _carries_skip(wire: Wire) -> bool:
    """Whether it is the skip itself: not where only its size is asked for."""
    return wire.skip is not None and (wire.named or not wire.size_only)


def _label(scene: Scene, wire: Wire) -> str:
    name = scene.skip[wire.skip].name if wire.named and wire.skip else ""
    what = "size" if wire.size_only else wire.result
    return f"{name}({what})" if what else name


_Arrival = tuple[int, Rail, Landing]


def _together(arriving: Sequence[_Arrival], room: int) -> list[list[_Arrival]]:
    """The arrivals line by line: so that it is plain which of them a label belongs to, and labels have room."""
    named = [arrival for arrival in arriving if arrival[1].skip and arrival[2].label]
    plain = [arrival for arrival in arriving if not arrival[1].skip and not arrival[2].label]
    others = [arrival for arrival in arriving if arrival not in named and arrival not in plain]
    if not named and not any(landing.label for *_, landing in others):
        plain, others = sorted([*plain, *others], key=lambda arrival: arrival[0]), []
    rows: list[list[_Arrival]] = []
    for group in (sorted([*named, *plain], key=lambda arrival: arrival[0]), others):
        row: list[_Arrival] = []
        for arrival in group:
            longer = [*row, arrival]
            labels = ", ".join(landing.label for *_, landing in longer if landing.label)
            twice = row and row[-1][0] == arrival[0]
            if row and (twice or 2 * max(lane for lane, *_ in arriving) + len(labels) > room):
                rows.append(row)
                longer = [arrival]
            row = longer
        rows += [row] if row else []
    return rows
