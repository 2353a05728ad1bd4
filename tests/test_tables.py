"""Tables of numbers, look-ups and questions, as a spec writes them."""

from __future__ import annotations

import math

import pytest
import torch
from language import codes, contract, keys, message, names, ran, shapes, spec, steps
from torch.nn import functional as F

import skipgraph
from skipgraph.emit import to_source, to_spec

X = torch.randn(2, 4, 7, 6, generator=torch.Generator().manual_seed(0))


def printed(body: str) -> str:
    """The source of the network's forward."""
    return to_source(skipgraph.load(spec(body))).partition("def forward")[2]


ROWS = steps(
    "Arange: {end: \"$(size('x', 2) + 1)\", start: 1, dtype: float32}",
    "Reshape: {name: row, shape: [1, 1, -1, 1]}",
    "Add: {from: [x, row]}",
)


def test_positions_count_up_to_a_size_that_is_open() -> None:
    assert shapes(ROWS) == ["[N, 4, H, W]"]
    assert torch.equal(ran(ROWS, X), X + torch.arange(1, 8, dtype=torch.float32).reshape(1, 1, -1, 1))
    assert contract(ROWS) == "any size"


def test_positions_are_made_where_the_value_is_whose_size_they_have() -> None:
    model = skipgraph.build(spec(ROWS))
    assert model(X.to("meta")).device.type == "meta"
    # the value is kept for it, though its size could be taken before
    later = steps("Conv2d: {name: a, out_channels: 2, kernel_size: 3}", "ReLU: {name: b}", "Tanh")
    later += "  - Arange: {name: at, end: \"$(size('a', 2))\"}\noutputs: [at, b]\n"
    assert torch.equal(ran(later, X)[0], torch.arange(5))
    assert "device=a.device" in printed(later)


def test_positions_of_a_known_size_are_made_once_and_stand_in_no_state_dict() -> None:
    body = steps("Arange: {name: at, start: 9, end: 0, step: -2}")
    assert torch.equal(ran(body, X), torch.tensor([9, 7, 5, 3, 1]))
    assert keys(body) == []
    assert "arange" not in printed(body)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("{end: 3, step: 0}", "`Arange`: `step` of 0 leads nowhere"),
        ("{end: 3, start: 3}", "`Arange`: nothing stands from 3 to 3 by steps of 1"),
        ("{end: 3, dtype: bool}", "`Arange` has more than two numbers to give, not bool"),
    ],
)
def test_positions_that_are_none_are_refused(arguments: str, said: str) -> None:
    assert message(steps(f"Arange: {arguments}")) == said


def test_a_constant_has_the_shape_of_its_list() -> None:
    found = ran(steps("Constant: [[1, 0.5, -.inf], [.inf, 2, $(3 / 4)]]"), X)
    assert torch.equal(found, torch.tensor([[1, 0.5, -math.inf], [math.inf, 2, 0.75]]))
    assert ran(steps("Constant: {value: [true, false], dtype: bool}"), X).tolist() == [True, False]
    assert codes(steps("Constant: {value: [1, 0.5], dtype: int64}")) == ["SG209"]
    assert codes(steps("Constant: {value: [1, 2], shape: [3]}")) == ["SG209"]
    assert codes(steps("Constant: [[1, 2], [3]]")) == ["SG208"]
    assert codes(steps("Constant: [1, two]")) == ["SG208"]
    assert codes(steps("Constant: []")) == ["SG208"]


def test_an_infinity_is_for_those_who_take_it() -> None:
    padded = ran(steps("Pad: {left: 1, value: -.inf}"), X)
    assert torch.equal(padded, F.pad(X, (1, 0), value=-math.inf))
    assert torch.equal(ran("params: {edge: -.inf}\n" + steps("Pad: {left: 1, value: $edge}"), X), padded)
    assert codes(steps("LeakyReLU: .inf")) == ["SG208"]
    assert codes(steps("Pad: {left: .inf}")) != []
    assert codes("params: {edge: .inf}\n" + steps("Rescale: $(edge + 1)")) != []
    assert codes("inputs: {x: {shape: [N, 4], dtype: int64}}\n" + steps("Pad: {left: 1, value: .inf}")) == ["SG209"]


def test_an_infinity_survives_being_written_out() -> None:
    network = skipgraph.load(spec(steps("Pad: {left: 1, value: -.inf}", "Conv2d: {out_channels: 2, kernel_size: 1}")))
    again = to_spec(network)
    assert "value: -.inf" in again
    assert to_source(skipgraph.load(again)) == to_source(network)


@pytest.mark.parametrize(
    "step",
    [
        "Pad: {left: 0}",
        "Pad: {bottom: $(H - H)}",
        "Pad: {from: [x, x]}",
        "Crop: {from: [x, x]}",
        "Slice: {dim: 2, end: $H}",
        "Slice: {dim: 1, start: 0, end: 4}",
        "Slice",
    ],
)
def test_a_step_that_is_known_to_do_nothing_is_passed_by(step: str) -> None:
    body = steps("ReLU: {from: x}", step.replace("x, x", "relu_0, x") if "from" in step else step, "Tanh")
    assert names(body) == ["relu_0", "tanh_0"]
    assert torch.equal(ran(body, X), X.relu().tanh())


@pytest.mark.parametrize("step", ["Pad: {left: $(W % 2)}", "Slice: {dim: 2, end: -1}", "Slice: {dim: 2, step: 2}"])
def test_a_step_that_may_do_something_is_not(step: str) -> None:
    assert len(names(steps(step, "Tanh"))) == 2


def test_the_name_of_what_is_passed_by_stands_for_what_arrived() -> None:
    body = steps("ReLU", "Pad: {name: even, right: 0}", "Tanh", "Add: {from: [prev, even]}")
    assert torch.equal(ran(body, X), X.relu().tanh() + X.relu())


def test_an_axis_is_taken_apart_where_its_size_is_known() -> None:
    body = steps(
        "Unflatten: {dim: 1, unflattened_size: [2, 2]}", "Unbind: {name: part, dim: 1}", "Sub: {from: [part.1, part.0]}"
    )
    assert torch.equal(ran(body, X), X[:, 2:] - X[:, :2])
    assert codes(steps("Unbind: {dim: 2}")) == ["SG408"]


def test_the_nearest_of_a_book_is_a_lookup() -> None:
    body = steps(
        "ReduceSum: {name: score, dim: 3}",
        "TopK: {name: best, k: 2, dim: 1}",
        "ArgMin: {name: worst, from: score, dim: 1, keepdim: true}",
        "Gather: {name: there, dim: 1, from: [score, best.indices]}",
        "Equal: {name: same, from: [there, best]}",
        "GreaterEqual: {name: above, from: [best, best]}",
        "LogicalAnd: {name: both, from: [same, above]}",
        "LogicalNot: {name: none, from: both}",
    )
    best, worst, none = ran(body + "outputs: [best.indices, worst, none]\n", X)
    score = X.sum(3)
    assert torch.equal(best, score.topk(2, dim=1).indices)
    assert torch.equal(worst, score.argmin(1, keepdim=True))
    assert not none.any()


def test_no_gradient_goes_through_a_detached_value() -> None:
    x = X.clone().requires_grad_()
    model = skipgraph.build(spec(steps("Detach: {name: kept}", "Mul: {from: [x, kept]}")))
    model(x).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, X)


GRID = "inputs: {x: [N, 4, H, W], theta: [N, 2, 3]}\n" + steps(
    "AffineGrid: {name: grid, from: {theta: theta, like: x}, align_corners: false}", "GridSample: {from: [x, grid]}"
)


def test_an_affine_grid_that_moves_nothing_gives_the_image_back() -> None:
    still = torch.eye(2, 3).expand(2, 2, 3)
    torch.testing.assert_close(ran(GRID, X, still), X, rtol=0, atol=1e-6)
    turned = ran(GRID, X, torch.tensor([[-1.0, 0, 0], [0, 1, 0]]).expand(2, 2, 3))
    torch.testing.assert_close(turned, X.flip(3), rtol=0, atol=1e-6)
    assert shapes(GRID) == ["[N, 4, H, W]"]
    assert codes(GRID.replace("[N, 2, 3]", "[N, 3, 4]")) == ["SG402"]
