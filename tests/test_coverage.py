"""Every class of torch.nn is an op, or it is said why it is none."""

from __future__ import annotations

import pytest
import torch

from skipgraph.api import SpecError, build
from skipgraph.cli import main
from skipgraph.ops.coverage import NO_OPS, layers


def classes() -> set[str]:
    """The classes that the installed torch.nn has."""
    return {name for name in dir(torch.nn) if isinstance(getattr(torch.nn, name), type)}


def test_every_class_of_torch_is_an_op_or_has_a_reason() -> None:
    assert classes() - set(layers()) - set(NO_OPS) == set(), "make these ops, or write in ops/coverage.py why not"
    assert set(NO_OPS) - classes() == set()
    assert set(layers()) - classes() == set()
    assert set(layers()) & set(NO_OPS) == set()


def test_what_is_no_op_is_what_its_reason_says() -> None:
    for name, reason in NO_OPS.items():
        made = getattr(torch.nn, name)
        losses = name.endswith(("Loss", "Options", "Loss2d"))
        assert losses == reason.startswith("a loss"), name
        assert name.startswith("Lazy") == reason.startswith("write `"), name
        if reason.startswith("write `"):
            assert f"`{name.removeprefix('Lazy')}`" in reason
            assert made.cls_to_become is getattr(torch.nn, name.removeprefix("Lazy"))


def test_the_list_names_every_class_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", "--coverage"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    named = [name for line in lines if line.startswith("  ") for name in line.split()]
    assert sorted(named) == sorted(classes())
    assert first.startswith(f"{len(named)} classes")


@pytest.mark.parametrize(
    ("name", "help"),
    [("nn.LazyLinear", "write `Linear`"), ("CrossEntropyLoss", "a loss"), ("Sequential", "a container")],
)
def test_a_spec_that_names_one_is_told_why(name: str, help: str) -> None:
    with pytest.raises(SpecError, match=help):
        build(f"skipgraph: 1\ninputs: {{x: [N, 3]}}\nlayers: [{name}: {{out_features: 2}}]\n")
