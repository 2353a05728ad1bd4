"""Reads the text view back, from its characters alone: the steps, and every way between them.

It knows the signs, and nothing of how they are put there.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from skipgraph.render.scene import Box, Kind, Scene
from skipgraph.render.text import RAILS, SHAPES, WEIGHTS
from skipgraph.render.words import count

UNICODE = {
    "pass": "┃│",
    "begin": "┓┐",
    "tee": "┫┤",
    "end": "┛┘",
    "turn": "●○",
    "line": "━─",
    "head": "◀◁",
    "flow": "╵╷│",
}
ASCII = {"pass": "|:", "begin": ".,", "tee": "+}", "end": "'`", "turn": "*o", "line": "=-", "head": "<<", "flow": "',|"}


@dataclass
class Read:
    """What a person can read off the characters."""

    steps: list[tuple[str, str, str]] = field(default_factory=list)
    """Text, shape, weights."""
    flows: set[tuple[int, int]] = field(default_factory=set)
    """From a line to the next."""
    rails: list[tuple[int, int, bool, str]] = field(default_factory=list)
    """From, to, whether it is a skip, and what stands beside its landing."""
    faults: list[str] = field(default_factory=list)


def read(text: str, ascii: bool = False) -> Read:
    """The steps and the ways between them, from the characters alone."""
    signs = ASCII if ascii else UNICODE
    kinds = {
        sign: (kind, place == 0) for kind, pair in signs.items() if kind != "flow" for place, sign in enumerate(pair)
    }
    found = Read()
    body = text.split("\n\n")[1].split("\n")
    lanes: dict[int, tuple[int, bool]] = {}
    told: dict[int, str] = {}
    for line in (line for line in body if line):
        columns, drawn = line[:RAILS].ljust(RAILS), line[RAILS:]
        left, weights = columns[2:SHAPES], columns[SHAPES:WEIGHTS].strip()
        here = len(found.steps) - 1
        if not left.strip():
            pass
        elif left.lstrip()[:2] in ({"v ", "/ "} if ascii else {"▾ ", "▿ "}):
            here = -1
        elif found.steps and (not found.steps[-1][1] or found.steps[-1][1].endswith(",")):
            what, shape, told_weights = found.steps[-1]
            found.steps[-1] = what, f"{shape} {left.strip()}".strip(), told_weights
        else:
            here = len(found.steps)
            words = re.split(r" {2,}", left.strip())
            found.steps.append((words[0], words[1] if len(words) > 1 else "", weights))
            told[here] = columns[0]
        match = re.match(r"(.*?)(?:  (?P<labels>[A-Za-z_(].*))?$", drawn)
        assert match
        labels = (match["labels"] or "").split(", ") if match["labels"] else []
        _rails(found, kinds, match[1], labels, here, lanes)
    for at, sign in told.items():
        above, below = (sign in (signs["flow"][0], signs["flow"][2])), (sign in signs["flow"][1:])
        if below:
            found.flows.add((at, at + 1))
        if above is not (at - 1 in told and told[at - 1] in signs["flow"][1:]):
            found.faults.append(f"the spine is broken above line {at}")
    found.faults += [f"a rail from {source} never ends" for source, _ in lanes.values()]
    return found


def _rails(
    found: Read,
    kinds: dict[str, tuple[str, bool]],
    drawn: str,
    labels: list[str],
    here: int,
    lanes: dict[int, tuple[int, bool]],
) -> None:
    landings: list[tuple[int, bool]] = []
    begun: dict[int, bool] = {}
    for lane in range(max(len(drawn) // 2 + 1, *(lane + 2 for lane in lanes), 1)):
        sign = drawn[2 * lane + 2 : 2 * lane + 3] or " "
        kind, skip = kinds.get(sign, ("blank", False))
        if kind in ("line", "blank", "head"):
            if lane in lanes:
                found.faults.append(f"the rail in lane {lane} is cut below line {here}")
                del lanes[lane]
            continue
        if kind in ("pass", "tee", "end", "turn") and lane not in lanes:
            found.faults.append(f"a rail in lane {lane} comes from nowhere at line {here}")
            continue
        if kind in ("pass", "tee", "end") and lanes[lane][1] is not skip:
            found.faults.append(f"the rail in lane {lane} changes its kind at line {here}")
        if kind != "pass" and here < 0:
            found.faults.append(f"a rail in lane {lane} touches no step")
        if kind in ("tee", "end", "turn"):
            landings.append(lanes[lane])
        if kind in ("end", "turn"):
            del lanes[lane]
        if kind in ("begin", "turn"):
            if lane in lanes:
                found.faults.append(f"a rail begins in lane {lane}, which is taken, at line {here}")
            begun[lane] = skip
    for lane, skip in begun.items():
        lanes[lane] = here, skip
    for of_skip in (True, False):
        names = [label for label in labels if label.startswith("(") is not of_skip]
        arriving = [source for source, skip in landings if skip is of_skip]
        if names and len(names) != len(arriving):
            found.faults.append(f"{len(names)} names for {len(arriving)} landings at line {here}")
        names += [""] * (len(arriving) - len(names))
        found.rails += [(source, here, of_skip, name) for source, name in zip(arriving, names, strict=False)]


def findings(text: str, scene: Scene, ascii: bool = False) -> list[str]:
    """How a drawing differs from its scene."""
    drawn = read(text, ascii)
    found = list(drawn.faults)
    if len(drawn.steps) != len(scene.boxes):
        return [*found, f"{len(drawn.steps)} steps for {len(scene.boxes)}"]
    for (what, shape, weights), box in zip(drawn.steps, scene.boxes, strict=True):
        expected = (spelled(box.shape) if ascii else box.shape), (count(box.weights) if box.weights else "")
        if (shape, weights) != expected or not says(what, box, ascii):
            found.append(f"{what}: {shape} {weights} for {box.id}: {expected}")
    number = {box.id: index for index, box in enumerate(scene.boxes)}
    wires = {(number[wire.source], number[wire.target]) for wire in scene.wires}
    ways = {(source, target) for source, target, *_ in drawn.rails} | drawn.flows
    found += [f"the way {way} is not drawn" for way in wires - ways] + [
        f"there is no way {way}" for way in ways - wires
    ]
    # a size that is asked for is no skip, though it be a skip's
    kinds = {
        (number[wire.source], number[wire.target], bool(wire.skip and (wire.named or not wire.size_only)))
        for wire in scene.wires
    }
    found += [f"{rail} is of another kind" for rail in drawn.rails if rail[:3] not in kinds]
    named = Counter(
        (number[wire.source], number[wire.target], True, scene.skip[wire.skip].name)
        for wire in scene.wires
        if wire.named and wire.skip
    )
    names = Counter((*rail[:3], re.sub(r"\(.*\)$", "", rail[3])) for rail in drawn.rails if rail[2] and rail[3])
    found += [f"{skip} is not named once" for skip in (named - names) + (names - named)]
    return found + unclear(drawn, scene, number)


def unclear(drawn: Read, scene: Scene, number: dict[str, int]) -> list[str]:
    """Landings that could be of several skips: without a name, from where several begin."""
    skips = {(number[w.source], number[w.target]): 0 for w in scene.wires if w.skip}
    for wire in scene.wires:
        if wire.skip and not wire.named:
            skips[number[wire.source], number[wire.target]] += 1
    nameless = Counter(rail[:2] for rail in drawn.rails if rail[2] and not rail[3])
    return [f"{way} has landings without a name" for way, n in nameless.items() if n > skips.get(way, 0)]


def spelled(text: str) -> str:
    return text.replace("×", "x").replace("−", "-").replace("…", "~").replace("·", "-")


def says(what: str, box: Box, ascii: bool) -> bool:
    """Whether a line's text is about the box, cut or not."""
    if box.kind is Kind.INPUT or box.kind is Kind.OUTPUT:
        return what.split()[0] == box.kind and what.split()[-1] == box.lines[0]
    head = str(box.symbol) if box.symbol else box.lines[0]
    head = spelled(head) if ascii else head
    cut = "~" if ascii else "…"
    return head in what or (cut in what and what.removeprefix(f"{box.name}: ").split(cut)[0] in head)
