"""A check and a drawing pause Python's cyclic collector, and leave it as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from importlib import import_module

import pytest

from skipgraph import SpecError, check, load
from skipgraph.collector import collector_paused
from skipgraph.render import to_svg
from skipgraph.render.formats import Choice, draw

GOOD = "skipgraph: 1\ninputs: {x: [N, 8]}\nlayers: [ReLU]\n"
BAD = "skipgraph: 1\ninputs: {x: [N, 8]}\nlayers: [Relu]\n"


@pytest.fixture(autouse=True)
def _running() -> Iterator[None]:
    assert gc.isenabled()
    yield
    gc.enable()


def test_the_collector_runs_again_after_a_check() -> None:
    check(GOOD)
    check(BAD)
    with pytest.raises(SpecError):
        load(BAD)
    assert gc.isenabled()


def test_the_collector_runs_again_after_a_drawing() -> None:
    network = load(GOOD)
    to_svg(network)
    with pytest.raises(ValueError):
        draw(network, "txt", Choice(view="flow"))
    assert gc.isenabled()


def test_the_collector_is_paused_while_a_drawing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bool] = []

    def compose(*_: object) -> None:
        found.append(gc.isenabled())
        raise ZeroDivisionError

    monkeypatch.setattr(import_module("skipgraph.render.compose"), "compose", compose)
    with pytest.raises(ZeroDivisionError):
        draw(load(GOOD), "txt")
    assert found == [False]
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    check(GOOD)
    assert not gc.isenabled()


def test_the_collector_runs_again_after_a_fault_of_ours() -> None:
    with pytest.raises(ZeroDivisionError), collector_paused():
        raise ZeroDivisionError
    assert gc.isenabled()
