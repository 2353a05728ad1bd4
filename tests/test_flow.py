"""The flow view, judged by its geometry, and that judge, by planted defects; folding, by the tracks it has to keep."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from flow_geometry import flow_faults, seen_in
from hypothesis import given
from hypothesis import strategies as st
from random_dags import random_dag

from skipgraph.api import load
from skipgraph.render.compose import compose
from skipgraph.render.counting import Detail
from skipgraph.render.flow import flow, plan
from skipgraph.render.flow.tracks import columns, lanes
from skipgraph.render.page import Rect
from skipgraph.render.scene import Scene
from skipgraph.render.sheet import Group, Item, Line, Rectangle, Sheet, Text

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))
UNET = Path(__file__).parents[1] / "specs" / "unet.yaml"


def faults_of(scene: Scene) -> list[str]:
    steps, skips = {box.id for box in scene.boxes}, {skip.id for skip in scene.skips}
    return flow_faults(flow(scene), steps=steps, skips=skips)


@pytest.mark.parametrize("detail", ["blocks", "ops"])
@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_every_spec_flows_whole_and_nothing_collides(file: Path, detail: Detail) -> None:
    assert faults_of(compose(load(file), detail)) == []


@pytest.mark.parametrize("seeds", [range(20), pytest.param(range(20, 1000), marks=pytest.mark.slow)], ids=str)
def test_any_graph_flows_whole_and_nothing_collides(seeds: range) -> None:
    for seed in seeds:
        assert faults_of(compose(load(random_dag(seed)), "ops")) == [], seed


def changed(key: str, change: Callable[[Group], Iterable[Item]], at: int = 0) -> Callable[[Sheet], Sheet]:
    """The sheet in which one group that has this key is others."""

    def make(sheet: Sheet) -> Sheet:
        index = [i for i, item in enumerate(sheet.items) if isinstance(item, Group) and key in item.data][at]
        group = sheet.items[index]
        assert isinstance(group, Group)
        return replace(sheet, items=(*sheet.items[:index], *change(group), *sheet.items[index + 1 :]))

    return make


def each(change: Callable[[Item], Item]) -> Callable[[Group], Iterable[Item]]:
    return lambda group: [replace(group, items=tuple(change(item) for item in group.items))]


def lower(by: float) -> Callable[[Item], Item]:
    def move(item: Item) -> Item:
        if isinstance(item, Rectangle):
            return item._replace(at=Rect(item.at.x, item.at.y + by, item.at.width, item.at.height))
        return item._replace(y=item.y + by) if isinstance(item, Text) else item

    return move


def shifted(by: float, points: slice) -> Callable[[Item], Item]:
    def move(item: Item) -> Item:
        if not isinstance(item, Line):
            return item
        moved = set(item.points[points])
        return item._replace(points=tuple((x + by, y) if (x, y) in moved else (x, y) for x, y in item.points))

    return move


def longer(item: Item) -> Item:
    return item._replace(text=item.text * 60) if isinstance(item, Text) else item


PLANTED = {
    "a box over the next": (changed("data-steps", each(lower(12.0)), 3), "overlap"),
    "a box left out": (changed("data-steps", lambda group: [], 3), "is not drawn"),
    "a box twice": (changed("data-steps", lambda group: [group, group], 3), "2 times"),
    "a text too long": (changed("data-steps", each(longer), 3), "sticks out"),
    "a name left out": (changed("data-name", lambda group: []), "is not drawn"),
    "a name on a box": (
        changed("data-name", each(lambda item: item._replace(x=90.0) if isinstance(item, Text) else item)),
        "lies on a box",
    ),
    "a skip's end": (changed("data-skip", each(shifted(9.0, slice(-1, None)))), "hangs loose"),
    "a skip's beginning": (changed("data-skip", each(shifted(9.0, slice(0, 1)))), "hangs loose"),
    "a lane through boxes": (changed("data-skip", each(shifted(-400.0, slice(1, -1)))), "runs through"),
    "a lane on another": (changed("data-skip", each(shifted(-10.0, slice(1, -1))), 1), "lie on each other"),
    "a value's end": (changed("data-from", each(shifted(-20.0, slice(-1, None)))), "hangs loose"),
}


@pytest.mark.parametrize(("plant", "finding"), PLANTED.values(), ids=PLANTED)
def test_the_judge_finds_what_is_planted(plant: Callable[[Sheet], Sheet], finding: str) -> None:
    scene = compose(load(UNET), "ops")
    skips, steps = {skip.id for skip in scene.skips}, {box.id for box in scene.boxes}
    found = flow_faults(plant(flow(scene)), steps=steps, skips=skips)
    assert any(finding in fault for fault in found), found


def test_numbers_stand_in_columns() -> None:
    scene = compose(load(UNET), "ops")
    seen = seen_in(flow(scene))
    shapes = {
        text.x for id, texts in seen.texts.items() for text in texts if text.text == scene.box[id].shape and text.text
    }
    assert len(shapes) == 1
    texts = {text.text for text in seen.texts["enc0.conv2d_0"]}
    assert texts == {"Conv2d 3×3, 64", "64×H×W", "1.7k"}


@st.composite
def stretches(draw: st.DrawFn) -> list[tuple[int, int]]:
    starts = draw(st.lists(st.integers(0, 30), max_size=25))
    return [(start, start + draw(st.integers(1, 31 - start))) for start in starts]


def gaps(stretch: tuple[int, int]) -> set[int]:
    return set(range(*stretch))


@given(stretches())
def test_no_lane_is_taken_twice_at_once_and_none_is_left_empty(found: list[tuple[int, int]]) -> None:
    lane = lanes(found)
    for i, one in enumerate(found):
        for j in range(i):
            assert lane[i] != lane[j] or not gaps(one) & gaps(found[j])
        assert lane[i] == 0 or any(lane[j] == lane[i] - 1 and gaps(one) & gaps(found[j]) for j in range(len(found)))


def test_nested_skips_do_not_cross() -> None:
    assert lanes([(0, 9), (1, 8), (2, 7), (10, 12)]) == [2, 1, 0, 0]


@given(stretches())
def test_no_column_is_taken_twice_at_once(found: list[tuple[int, int]]) -> None:
    made = columns(range(33), found)
    for i, one in enumerate(found):
        for j in range(i):
            assert made.values[i] != made.values[j] or not gaps(one) & gaps(found[j])
        for row in range(one[0] + 1, one[1]):
            assert made.rows[row] != made.values[i], "a mark lies on a value that passes"


@given(stretches(), st.randoms(use_true_random=False))
def test_folding_keeps_tracks_apart(found: list[tuple[int, int]], chance: random.Random) -> None:
    stands, row = [], 0
    for _ in range(40):
        row += chance.random() < 0.5
        stands.append(row)
    lane = lanes(found)
    folded = [(stands[start], stands[end]) for start, end in found]
    for i, one in enumerate(folded):
        for j in range(i):
            assert lane[i] != lane[j] or not gaps(one) & gaps(folded[j])


@pytest.mark.slow
def test_thousands_of_steps_are_laid_out() -> None:
    n = 5_000
    layers = "".join(f"  - Identity: {{name: s{i}}}\n" for i in range(n))
    skips = "".join(
        f"  k{i}: {{from: s{i}, to: s{min(i + 2 + i * 7 % 90, n - 1)}, merge: add}}\n" for i in range(0, n - 3, 3)
    )
    scene = compose(load(f"skipgraph: 1\ninputs: {{x: [N, 8]}}\nlayers:\n{layers}skips:\n{skips}"), "ops")
    assert len(plan(scene).rows) >= n
