"""Laws over random specs: the module, its source, its expansion and its twins all mean what the spec says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import laws
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_specs import Drawn, is_by_chance, seeded, specs

ROOT = Path(__file__).parent.parent
LAWS = (
    laws.module_is_the_spec,
    laws.module_is_the_spec_as_written,
    laws.expanding_changes_nothing,
    laws.compiling_twice_is_compiling_once,
    laws.json_is_the_same_tree,
    laws.activations_are_freed,
)
FEW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
MANY = 300
"""Specs of the long runs; laws that repeat much of another one's work see a quarter of them."""

each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
Law = Callable[[Drawn], None]


def test_random_specs_check_clean() -> None:
    """But for those whose sizes meet by chance of the drawing, which are refused as what they are."""
    drawings = [seeded(seed) for seed in range(15)]
    clean = [drawn for drawn in drawings if not is_by_chance(drawn)]
    assert len(clean) > 12
    for drawn in clean:
        laws.compiled(drawn.yaml)


def test_random_specs_hold_what_the_language_has() -> None:
    written = " ".join(json.dumps(seeded(seed).data) for seed in range(300))
    words = "for do when else take via align order repeat exact expect key keys parametrize Branches Reuse Chunk Split"
    assert not [word for word in words.split() if f'"{word}"' not in written]


@each_law
@pytest.mark.parametrize("start", [0])
def test_laws_hold_for_a_few(law: Law, start: int) -> None:
    hold(law, range(start, start + 8))


@pytest.mark.slow
@each_law
def test_laws_hold_for_many(law: Law) -> None:
    first = law is laws.module_is_the_spec
    hold(law, range(10_000, 10_000 + (MANY if first else MANY // 4)), size=10)


def hold(law: Law, seeds: range, size: int = 8) -> None:
    for seed in seeds:
        drawn = seeded(seed, size)
        if not is_by_chance(drawn):
            try:
                law(drawn)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}") from error


@FEW
@given(specs())
def test_laws_hold_where_specs_shrink(drawn: Drawn) -> None:
    assume(not is_by_chance(drawn))
    laws.module_is_the_spec(drawn)
    laws.expanding_changes_nothing(drawn)


DIGESTS = """
import hashlib, json, sys
from skipgraph.api import network_of
from skipgraph.diagnostics import Report, Source
from skipgraph.emit import to_source, to_spec
from skipgraph.render import to_dot

networks = [network_of(Source("random.yaml", text), Report()) for text in json.load(sys.stdin)]
texts = ["\\0".join((to_source(one), to_spec(one), to_dot(one))) for one in networks]
print(json.dumps([hashlib.sha256(text.encode()).hexdigest() for text in texts]))
"""


def test_bytes_hang_on_no_hash_seed() -> None:
    texts = [drawn.yaml for drawn in map(seeded, range(5)) if not is_by_chance(drawn)]
    here = [hashlib.sha256("\0".join(laws.written(text)).encode()).hexdigest() for text in texts]
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(
            [sys.executable, "-c", DIGESTS],
            input=json.dumps(texts),
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(ran.stdout) == here


def unheard(drawn: Drawn, rng: Random) -> list[str]:
    """Keys put in, misspelt or given a wrong value at one place of the spec, of which no finding tells."""
    data = drawn.data
    path, mapping = rng.choice(list(laws.mappings_of(data)))
    silent = []
    stranger = {**mapping, "stranger": 1}
    if not laws.is_mentioned(laws.replaced(data, path, stranger), "stranger"):
        silent.append(f"`stranger` at {path}")
    key = rng.choice(list(mapping))
    free = not path or path[-1] in laws.FREE or key in laws.FREE
    misspelt = key + key[-1]
    renamed = {(misspelt if name == key else name): value for name, value in mapping.items()}
    if not free and not laws.is_mentioned(laws.replaced(data, path, renamed), misspelt):
        silent.append(f"`{misspelt}` at {path}")
    nonsense = {name: {"nonsense": [[]]} if name == key else value for name, value in mapping.items()}
    report, network, _ = laws.findings(laws.replaced(data, path, nonsense))
    # a default that every call overrides is never asked for
    if network is not None and not len(report) and path[-1:] != ("params",):
        silent.append(f"nonsense at {(*path, key)}")
    return silent


def heard(drawn: Drawn) -> None:
    """Every key of a spec is used or reported, tried at five places."""
    for seed in range(5):
        silent = unheard(drawn, Random(seed))
        assert not silent, silent


def keys_are_used_or_reported(seeds: range) -> None:
    for seed in seeds:
        drawn = seeded(seed)
        if not is_by_chance(drawn):
            silent = unheard(drawn, Random(seed))
            assert not silent, f"seed {seed}: nothing tells of {silent}\n{drawn.yaml}"


def test_every_key_is_used_or_reported() -> None:
    keys_are_used_or_reported(range(15))


@pytest.mark.slow
def test_every_key_is_used_or_reported_in_many() -> None:
    keys_are_used_or_reported(range(20_000, 20_000 + MANY))


STEP_KEYS = {
    "name": "another",
    "from": "nowhere",
    "repeat": 2,
    "when": False,
    "key": "else.where",
    "parametrize": "weight_norm",
    "exact": True,
    "unused": True,
    "axes": ["a", "b", "c", "d"],
    "args": {"nothing": 1},
    "expect": [1, 2, 3, 4],
}


PASSED_BY = ("Crop", "Pad", "Slice", "Concat", "Add", "Sub", "Mul", "Max", "Min", "Mean")
"""Steps that are not there where they are known to do nothing: what is said of them then says nothing."""


def without_effect(drawn: Drawn, rng: Random) -> str | None:
    """A step's key put in or taken out that changes nothing and is not told of."""
    report, network, _ = laws.findings(drawn.data)
    if network is None:
        return None
    found = laws.mappings_of(drawn.data)
    steps = [(path, mapping) for path, mapping in found if len(path) > 2 and path[-3] == "layers"]
    if not steps:
        return None
    path, mapping = rng.choice(steps)
    key = rng.choice(list(STEP_KEYS))
    if key in mapping or path[-1] in PASSED_BY:
        return None
    changed = laws.replaced(drawn.data, path, {**mapping, key: STEP_KEYS[key]})
    told, other, _ = laws.findings(changed)
    if other is None or len(told) > len(report) or laws.everything(other) != laws.everything(network):
        return None
    return f"`{key}: {STEP_KEYS[key]}` at {path}"


def test_a_key_of_a_step_has_an_effect_or_is_reported() -> None:
    for seed in range(20):
        silent = without_effect(seeded(seed), Random(seed))
        assert silent is None, f"seed {seed}: {silent} changes nothing"


@pytest.mark.slow
def test_a_key_of_a_step_has_an_effect_or_is_reported_in_many() -> None:
    for seed in range(30_000, 30_000 + MANY):
        silent = without_effect(seeded(seed), Random(seed))
        assert silent is None, f"seed {seed}: {silent} changes nothing"


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(10), st.randoms(use_true_random=False))
def test_keys_are_heard_where_specs_shrink(drawn: Drawn, rng: Random) -> None:
    assume(not is_by_chance(drawn))
    assert not unheard(drawn, rng)
