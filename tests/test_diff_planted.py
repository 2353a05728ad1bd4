"""An edit planted into a random spec is told as that edit, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
import yaml
from random_specs import seeded
from test_diff import edits

import skipgraph
from skipgraph import Difference, Network
from skipgraph.passes.diff import Mark, difference

Planted = Callable[[dict[str, Any], Random], str | None]


def _top_steps(data: dict[str, Any]) -> list[tuple[int, str, Any]]:
    found = []
    for at, step in enumerate(data["layers"]):
        if isinstance(step, dict) and len(step) == 1:
            [(kind, keys)] = step.items()
            if isinstance(keys, dict) and "name" in keys and kind not in ("for", "when", "Branches"):
                found.append((at, kind, keys))
    return found


def _inserted(data: dict[str, Any], rng: Random) -> str | None:
    at = rng.randrange(len(data["layers"]) + 1)
    step = data["layers"][at - 1] if at else None
    # behind what has several results nothing stands alone
    if at and (isinstance(step, dict) and {"Chunk", "Split", "Unbind"} & set(step)):
        return None
    data["layers"].insert(at, {"Hardtanh": {"min_val": -7.0}})
    return "Hardtanh"


def _with_argument(data: dict[str, Any], rng: Random) -> str | None:
    steps = [keys for _, kind, keys in _top_steps(data) if kind.startswith("BatchNorm") and "repeat" not in keys]
    if not steps:
        return None
    keys = rng.choice(steps)
    keys["eps"] = 0.125
    return str(keys["name"])


def _without_skip(data: dict[str, Any], rng: Random) -> str | None:
    plain = [name for name, keys in data.get("skips", {}).items() if "$" not in name and "when" not in keys]
    if not plain:
        return None
    name = rng.choice(plain)
    del data["skips"][name]
    return str(name)


def _renamed_skip(data: dict[str, Any], rng: Random) -> str | None:
    plain = [name for name, keys in data.get("skips", {}).items() if "$" not in name and "when" not in keys]
    if not plain:
        return None
    name = rng.choice(plain)
    data["skips"] = {("other_name" if key == name else key): value for key, value in data["skips"].items()}
    return str(name)


def _renamed(data: dict[str, Any], rng: Random) -> str | None:
    steps = [keys["name"] for _, kind, keys in _top_steps(data) if "repeat" not in keys]
    if not steps:
        return None
    name = rng.choice(steps)

    def walked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walked(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walked(item) for item in value]
        if isinstance(value, str) and (value == name or value.startswith(f"{name}.")):
            return "other_name" + value[len(name) :]
        return value

    for key in ("layers", "skips", "outputs"):
        if key in data:
            data[key] = walked(data[key])
    return str(name)


def checked(data: dict[str, Any]) -> Network | None:
    text = yaml.safe_dump(data, sort_keys=False, width=1000)
    try:
        return skipgraph.load(text)
    except skipgraph.SpecError:
        return None


@cache
def drawn(seed: int) -> str:
    return seeded(seed).json


@cache
def unplanted(seed: int) -> Network | None:
    return checked(json.loads(drawn(seed)))


def planted(plant: Planted, seeds: Iterable[int]) -> Iterator[tuple[int, str, Network, Network]]:
    """Each seed whose spec can bear the edit: what is edited, and the networks before and after it."""
    for seed in seeds:
        data = json.loads(drawn(seed))
        if data.get("keys"):
            continue
        name = plant(data, Random(seed))
        before, after = unplanted(seed), checked(data) if name else None
        if name and before is not None and after is not None:
            yield seed, name, before, after


PLANTS = (_inserted, _with_argument, _without_skip, _renamed_skip, _renamed)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: p.__name__)
def test_a_planted_edit_is_told_and_nothing_else(plant: Planted) -> None:
    told = 0
    for seed, name, before, after in planted(plant, range(160)):
        _EXPECTED[plant.__name__](difference(before, after), name, seed)
        told += 1
    assert told >= 10


def _is_inserted(found: Difference, name: str, seed: int) -> None:
    assert len(edits(found)) == 1, (seed, edits(found))
    [(mark, added)] = edits(found)
    assert (mark, found.after.graph.by_name[added].kind) == ("+", name), seed


def _is_argument(found: Difference, name: str, seed: int) -> None:
    assert edits(found) == [("~", name, "eps")], seed


def _is_skip_gone(found: Difference, name: str, seed: int) -> None:
    skips = [each for scope in found.scopes for each in scope.skips if each.mark is not Mark.KEPT]
    assert [(each.mark, each.before and each.before.name) for each in skips] == [(Mark.REMOVED, name)], seed
    # what fitted it, and its own steps, go with it
    for step in (step for scope in found.scopes for step in scope.steps if step.mark is not Mark.KEPT):
        assert step.mark is Mark.REMOVED, (seed, step)


def _is_skip_renamed(found: Difference, name: str, seed: int) -> None:
    skips = [each for scope in found.scopes for each in scope.skips if each.mark is not Mark.KEPT]
    assert [(each.mark, each.before and each.before.name) for each in skips] == [(Mark.RENAMED, name)], seed
    assert all(mark == ">" for mark, *_ in edits(found)), seed


def _is_renamed(found: Difference, name: str, seed: int) -> None:
    if name not in found.before.graph.by_name:
        # a step that does nothing is passed by: only the skips that land there say its name
        assert all(what[:1] == ("~",) and what[-1] == "to" for what in edits(found)), (seed, edits(found))
        return
    assert (">", name, "other_name") in edits(found), seed
    assert all(mark == ">" for mark, *_ in edits(found)), (seed, edits(found))


_EXPECTED: dict[str, Callable[[Difference, str, int], None]] = {
    "_inserted": _is_inserted,
    "_with_argument": _is_argument,
    "_without_skip": _is_skip_gone,
    "_renamed_skip": _is_skip_renamed,
    "_renamed": _is_renamed,
}
