"""A check pauses Python's cyclic collector, and leaves it as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from skipgraph import SpecError, check, load
from skipgraph.api import _collector_paused

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


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    check(GOOD)
    assert not gc.isenabled()


def test_the_collector_runs_again_after_a_fault_of_ours() -> None:
    with pytest.raises(ZeroDivisionError), _collector_paused():
        raise ZeroDivisionError
    assert gc.isenabled()
