"""The text of `skipgraph ops`."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from skipgraph.ops import CATALOG
from skipgraph.ops.reference import example_step, reference

MAX_POOL = """\
MaxPool1d(kernel_size, stride=null, padding=0, dilation=1, return_indices=false, ceil_mode=false)

  The largest value in each window along one axis.

  Shape: `[N, C, L]` -> `[N, C, (L + 2*padding - dilation*(kernel_size - 1) - 1)/stride + 1]`; the stride is
  `kernel_size` where it is left out. With `return_indices` a second result `indices`. Source: torch.nn.MaxPool1d.

Arguments
  kernel_size     an integer above 0 or a list of one          required
  stride          an integer above 0 or a list of one or null  default null
  padding         an integer of at least 0 or a list of one    default 0
  dilation        an integer above 0 or a list of one          default 1
  return_indices  true or false                                default false
  ceil_mode       true or false                                default false

Inputs: input
Leading argument: kernel_size

Example
  - MaxPool1d: 2
      # [N, 4, 16] -> [N, 4, 8]
"""


def test_a_page_says_all_there_is_to_an_op() -> None:
    assert reference("MaxPool1d") == MAX_POOL


def test_an_unknown_op_has_no_page() -> None:
    assert reference("MaxPool4d") is None


def test_the_list_names_every_op_once() -> None:
    lines = (reference() or "").splitlines()
    assert sorted(line.split()[0] for line in lines if line.startswith("  ")) == sorted(CATALOG)


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_the_examples_of_a_page_are_steps(name: str) -> None:
    op = CATALOG[name]
    page = reference(name)
    assert page is not None
    for argument, info in op.model_fields.items():
        assert f"\n  {info.alias or argument} " in page
    for example in op.examples:
        step = example_step(op, example)
        assert step in page
        (read,) = yaml.safe_load(step)
        arguments = read[name] if isinstance(read, dict) else {}
        if not isinstance(arguments, dict):
            assert op.leading is not None
            arguments = {op.leading: arguments}
        arguments.pop("from", None)
        assert op(**_with_tuples(arguments)) == op(**example.arguments)


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(item) for key, item in value.items()}
    if isinstance(value, str) and value.replace("e-", "").isdigit():
        return float(value)  # 1e-05, which YAML 1.2 reads as a number
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value
