"""The view of Mermaid: scene -> flowchart, which GitHub draws where it stands in a fence.

Mermaid reads labels as Markdown, HTML, icons and formulas, and directives anywhere: what is not plainly a letter or a
digit is written as an entity (`#35;`), which it turns into a character only after all that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from skipgraph.graph import Network
from skipgraph.render.compose import compose_levels
from skipgraph.render.counting import Detail, depth_of, levels_of
from skipgraph.render.engine import RenderError
from skipgraph.render.scene import SIGNS, Box, Kind, Scene, Wire, style_of
from skipgraph.render.theme import LIGHT, skip_paint
from skipgraph.render.words import cut, visible

EDGES, CHARACTERS = 500, 50_000
"""What Mermaid draws at most, where nobody tells it otherwise (`maxEdges`, `maxTextSize`)."""

_WORDS = frozenset(
    {"_blank", "_parent", "_self", "_top", "accdescr", "acctitle", "bt", "call", "class", "classdef", "click"}
    | {"default", "direction", "end", "flowchart", "graph", "href", "interpolate", "linkstyle", "lr", "rl", "style"}
    | {"subgraph", "tb", "td"}
    # what every object of JavaScript has: its layout keeps boxes in objects, by name
    | {"__definegetter__", "__definesetter__", "__lookupgetter__", "__lookupsetter__", "__proto__", "constructor"}
    | {"hasownproperty", "isprototypeof", "propertyisenumerable", "tolocalestring", "tostring", "valueof"}
)
"""Words, in lower case, that name nothing else."""
_ENTITY = re.compile(
    r"(?<![A-Za-z0-9])[._+=-]|[._+=-](?![A-Za-z0-9])|^\d+\)|d(?=irection\s)|[^A-Za-z0-9 ,/()._+=×−·…-]"
)
_ALIVE = "\\$:ﬂ¶"
"""What it obeys even so, by what follows: a line break, a formula, an icon, its own sign for an entity. A space of no
width parts the two."""
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Flowchart:
    """A text for Mermaid, and what was folded to make it fit."""

    text: str
    note: str = ""


def flowchart(network: Network, detail: Detail = "auto", sizes: Mapping[str, int] | None = None) -> Flowchart:
    """The network as a flowchart, its innermost blocks folded until Mermaid draws it. Raises `RenderError` else."""
    wanted = min(levels_of(network.graph, detail), depth_of(network.graph))
    for levels in range(wanted, -1, -1):
        folded = wanted - levels
        note = (
            f"the innermost {folded} of {wanted} levels of blocks are folded: Mermaid draws at most {EDGES} edges "
            f"and {CHARACTERS:,} characters"
        )
        scene = compose_levels(network, levels, sizes)
        text = mermaid_of(scene, note if folded else "")
        if len(scene.wires) <= EDGES and len(text) <= CHARACTERS:
            return Flowchart(text, note if folded else "")
    raise RenderError(
        f"with every block folded there are {len(scene.wires)} edges and {len(text):,} characters, and Mermaid draws "
        f"at most {EDGES} and {CHARACTERS:,}: put steps into blocks, or draw another format"
    )


def mermaid_of(scene: Scene, note: str = "") -> str:
    """The scene as a flowchart, whatever its size; `note` as a comment."""
    ids = _ids([*(box.id for box in scene.boxes), *(frame.id for frame in scene.frames)])
    title = re.sub("[ﬂ¶]", "\\g<0>\u200b", cut(visible(scene.title), 200))
    lines = ["---", f"title: {json.dumps(title, ensure_ascii=False)}", "---"]
    said = (f"{cut(scene.title, 200)}, drawn by skipgraph", scene.description, scene.summary, note)
    # a directive would be obeyed in a comment too
    lines += [f"%% {re.sub('[%{}`]', '-', cut(visible(line), 400))}" for line in said if line]
    lines += ["flowchart TB", *_level(scene, None, ids, "  ")]
    lines += [f"  {_edge(scene, wire, ids)}" for wire in scene.wires]
    return "\n".join([*lines, *_looks(scene, ids), ""])


def _level(scene: Scene, parent: str | None, ids: Mapping[str, str], indent: str) -> Iterator[str]:
    """The boxes and frames that stand directly in a frame."""
    for box in scene.boxes:
        if box.frame == parent:
            yield f"{indent}{ids[box.id]}{_shape(box)}:::{_class(style_of(box))}"
    for frame in scene.frames:
        if frame.parent == parent:
            yield f'{indent}subgraph {ids[frame.id]}["{_escaped(frame.label)}"]'
            yield from _level(scene, frame.id, ids, f"{indent}  ")
            yield f"{indent}end"


def _shape(box: Box) -> str:
    lines = box.lines or ((SIGNS[box.symbol],) if box.symbol else (box.id,))
    label = f'"{"<br>".join(_escaped(line) for line in lines)}"'
    if box.kind is Kind.BLOCK:
        return f"[[{label}]]"
    if box.kind is not Kind.STEP:
        return f"([{label}])"
    return f"(({label}))" if box.symbol and not box.lines else f"[{label}]"


def _edge(scene: Scene, wire: Wire, ids: Mapping[str, str]) -> str:
    name = scene.skip[wire.skip].name if wire.named and wire.skip else ""
    told = f"{wire.result}: {wire.label}" if wire.label and wire.result else wire.label or wire.result
    label = f'|"{_escaped(name or told)}"|' if name or told else ""
    line = "-.-" if wire.size_only else "-.->" if wire.skip else "-->"
    return f"{ids[wire.source]} {line}{label} {ids[wire.target]}"


def _looks(scene: Scene, ids: Mapping[str, str]) -> Iterator[str]:
    """The colours: a class for each style of a box that occurs, a line for each skip."""
    for style in sorted({style_of(box) for box in scene.boxes}):
        fill, stroke = LIGHT.box(style)
        yield f"  classDef {_class(style)} fill:{fill},stroke:{stroke},color:{LIGHT.ink}"
    for block, (fill, stroke) in ((True, LIGHT.frame), (False, LIGHT.group)):
        frames = [ids[frame.id] for frame in scene.frames if frame.block is block]
        if frames:
            name = _class("frame" if block else "group")
            ink = f",color:{LIGHT.ink}" if block else ""
            yield f"  classDef {name} fill:{fill},stroke:{stroke}{ink}"
            yield f"  class {','.join(frames)} {name}"
    for skip in scene.skips:
        edges = [str(index) for index, wire in enumerate(scene.wires) if wire.skip == skip.id]
        color, dashes = skip_paint(skip.number)
        yield f"  linkStyle {','.join(edges)} stroke:{color},stroke-width:2px,stroke-dasharray:{dashes}"


def _class(style: str) -> str:
    return f"is_{style}"


def _ids(paths: Iterable[str]) -> dict[str, str]:
    """A word for each path that Mermaid takes for a name, and for nothing else."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        word = re.sub(r"[^A-Za-z0-9_]", "_", path)[:_LONGEST] or "_"
        word = f"{word}_" if word.lower() in _WORDS else word
        tries = (word, *(f"{word}_{again}" for again in range(2, len(taken) + 3)))
        found[path] = next(each for each in tries if each not in taken)
        taken.add(found[path])
    return found


def _escaped(text: str) -> str:
    """The text, as a label that Mermaid shows as it is."""
    escaped = _ENTITY.sub(lambda found: "".join(map(_entity, found[0])), cut(visible(text), _LONGEST))
    return escaped or _entity("\xa0")  # it takes no empty label


def _entity(character: str) -> str:
    if character.isdigit():
        return character
    return f"#{ord(character)};" + ("#8203;" if character in _ALIVE else "")
