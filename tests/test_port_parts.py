"""The parts of a port: rules of a rename table, and numbers that change their dtype."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from skipgraph import PortError, port_weights
from skipgraph.importers.weights.rename import Table


@pytest.mark.parametrize(
    ("table", "key", "new"),
    [
        ({"a.b": "c"}, "a.b.weight", "c.weight"),
        ({"a.b.": "c."}, "a.b.weight", "c.weight"),
        ({"a.b": "c"}, "a.bc.weight", None),
        ({"a": "x", "a.b": "y"}, "a.b.weight", "y.weight"),
        ({"a.b": "y", "a": "x"}, "a.c.weight", "x.c.weight"),
        ({"module.": ""}, "module.a.weight", "a.weight"),
        ({"": "backbone"}, "a.weight", "backbone.a.weight"),
        ({"layers.{}.conv": "enc{}"}, "layers.12.conv.weight", "enc12.weight"),
        ({"s{i}.b{j}": "{j}.{i}"}, "s1.b2.weight", "2.1.weight"),
        ({"s{i}.b{j}": "x{j}"}, "s1.b2.weight", "x2.weight"),
        ({"a.weight": "b.kernel"}, "a.weight", "b.kernel"),
        ({"a.{}": "b.{}", "a.weight": "c"}, "a.weight", "c"),
        ({"a+": "b"}, "aa.weight", None),
    ],
)
def test_a_rule_renames_the_beginning_of_a_key(table: dict[str, str], key: str, new: str | None) -> None:
    rule = Table(table).of(key)
    assert (rule and rule.renamed(key)) == new


@pytest.mark.parametrize(
    "rows", [{"a.{}": "b"}, {"a": "b.{}"}, {"a{i}{}": "b"}, {"{i}.{i}": "{i}"}, {"{i}": "{j}"}, {"{1}": "{1}"}]
)
def test_braces_that_do_not_match_are_refused(rows: dict[str, str]) -> None:
    assert list(Table(rows).errors) == list(rows)


@pytest.mark.parametrize(
    ("values", "dtype", "note"),
    [
        (torch.float16, torch.float32, "float16 -> float32"),
        (torch.bfloat16, torch.float32, "bfloat16 -> float32"),
        (torch.float64, torch.float32, "float64 -> float32, rounded"),
    ],
)
def test_floats_become_the_target_s_and_rounding_is_told(values: torch.dtype, dtype: torch.dtype, note: str) -> None:
    source = {"weight": torch.rand(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).to(values)}
    target = nn.Linear(3, 2, bias=False, dtype=dtype)
    report = port_weights(source, target)
    assert report.pairs[0].note == note
    assert torch.equal(target.weight, source["weight"].to(dtype))
    assert f"converted  {note}: 1 tensor\n" in str(report)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (torch.full((1, 1), 1e6), "float32 -> float16 is too narrow for its values"),
        (torch.full((1, 1), 1j), "complex64 -> float16 would lose the imaginary part"),
        (torch.full((1, 1), 4097), "int64 -> float16 would change its values"),
    ],
)
def test_values_that_would_be_lost_are_refused(value: Tensor, said: str) -> None:
    target = nn.Linear(1, 1, bias=False, dtype=torch.float16)
    before = target.weight.clone()
    with pytest.raises(PortError, match=said):
        port_weights({"weight": value}, target)
    assert torch.equal(target.weight, before)
