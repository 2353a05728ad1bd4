"""What ops promise beside their shapes: shared memory, sizes found at run time, how weights start."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from lowering_runner import made, owned, run
from op_cases import example_case, leaves, tensor
from torch.utils.flop_counter import FlopCounterMode

from skipgraph.api import build
from skipgraph.ops import CATALOG, Computed, Module, Op, Reject, SizeOf, Value
from skipgraph.sizes import collecting, evaluate, symbol
from skipgraph.types import TensorType

NAMES = sorted(CATALOG)


def op_of(kind: str, /, **arguments: Any) -> Op:
    return CATALOG[kind](**arguments)


def executed(op: Op, *inputs: torch.Tensor, at: tuple[TensorType, ...], train: bool = True) -> tuple[Any, ...]:
    """What torch gives for the op as it is lowered for inputs of the types `at`."""
    lowering, own = op.lower(*at), op.own(*at)
    child = made(lowering).train(train) if isinstance(lowering, Module) else None
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = run(lowering, *inputs, own=None if own is None else owned(own), child=child)
    return tuple(leaves(found))


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_an_op_that_shares_memory_with_its_input_says_so(name: str, train: bool) -> None:
    for example in CATALOG[name].examples:
        case = example_case(CATALOG[name], example)
        types = tuple(x for x in case.inputs if x is not None)
        inputs = tuple(map(tensor, types))
        given = [x.clone() for x in inputs]
        results = executed(case.op, *inputs, at=types, train=train)
        memory = {x.untyped_storage().data_ptr() for x in inputs}
        if any(y.untyped_storage().data_ptr() in memory for y in results):
            assert case.op.is_view or case.op.in_place
        if not case.op.in_place:
            assert all(map(torch.equal, inputs, given)), "the input is as it was"


X = TensorType((symbol("N"), 4, symbol("H"), symbol("W")))
N, H, W = (Computed(symbol(name), SizeOf(Value(0), axis)) for name, axis in (("N", 0), ("H", 2), ("W", 3)))


@pytest.mark.parametrize(
    ("name", "arguments", "result", "asked"),
    [
        ("Reshape", {"shape": (N, 4, H * W)}, "[N, 4, H*W]", []),
        ("Reshape", {"shape": (N, 2, 2, -1)}, "[N, 2, 2, H*W]", []),
        ("Reshape", {"shape": (N, 4, H // 2, 2, W)}, "[N, 4, H/2, 2, W]", ["H/2 >= 1", "4*N*H*W = 8*N*W*(H/2)"]),
        ("Pad", {"right": -W % 8}, "[N, 4, H, 8*((W + 7)/8)]", []),
        ("Pad", {"left": 1, "top": -2, "mode": "reflect"}, "[N, 4, H - 2, W + 1]", ["W - 1 >= 1", "H - 2 >= 1"]),
        ("Crop", {"left": W % 4}, "[N, 4, H, 4*(W/4)]", ["W - 4*(W/4) >= 0", "4*(W/4) >= 1"]),
        ("Crop", {"top": 1, "bottom": 2}, "[N, 4, H - 3, W]", ["H - 3 >= 1"]),
        ("Slice", {"dim": 2, "start": H // 2}, "[N, 4, H - H/2, W]", ["H - H/2 >= 0", "H - H/2 >= 1"]),
        ("Slice", {"dim": -1, "start": 1, "step": 2}, "[N, 4, H, W/2]", ["W/2 >= 1"]),
        ("Slice", {"dim": 3, "end": -3}, "[N, 4, H, W - 3]", ["W - 3 >= 0", "W - 3 >= 1"]),
        ("Select", {"dim": 2, "index": H // 2}, "[N, 4, W]", ["H - H/2 >= 0", "H - H/2 >= 1"]),
        ("Split", {"split_size_or_sections": (2, H - 2), "dim": 2}, "[N, 4, 2, W] [N, 4, H - 2, W]", ["H - 2 >= 1"]),
        ("Chunk", {"chunks": 2, "dim": 2}, "[N, 4, (H + 1)/2, W] [N, 4, H - (H + 1)/2, W]", ["H - (H + 1)/2 >= 1"]),
        ("Unflatten", {"dim": 2, "unflattened_size": (3, -1)}, "[N, 4, 3, H/3, W]", ["H divisible by 3"]),
        ("GLU", {"dim": 2}, "[N, 4, H/2, W]", ["H divisible by 2"]),
        ("Flatten", {}, "[N, 4*H*W]", []),
    ],
)
def test_open_sizes_are_found_at_run_time(name: str, arguments: dict[str, Any], result: str, asked: list[str]) -> None:
    op = op_of(name, **arguments)
    with collecting() as conditions:
        inferred = op.infer(X)
    types: tuple[TensorType, ...] = inferred if isinstance(inferred, tuple) else (inferred,)
    assert " ".join(map(str, types)) == result
    assert list(map(str, conditions)) == asked
    for env in ({"N": 2, "H": h, "W": w} for h in range(1, 11) for w in (1, 3, 8, 9)):
        numbers = X.with_shape(evaluate(size, env) for size in X.shape)
        if all(condition.holds(env) for condition in conditions):
            results = executed(op, tensor(numbers), at=(X,))
            assert [tuple(y.shape) for y in results] == [tuple(evaluate(d, env) for d in y.shape) for y in types], env


def test_pad_and_crop_to_a_size_are_each_others_inverse_and_centred() -> None:
    small, large = (torch.arange(float(h * w)).reshape(1, 1, h, w) + 1 for h, w in ((3, 4), (6, 9)))
    at = (TensorType((1, 1, symbol("h"), symbol("w"))), TensorType((1, 1, symbol("H"), symbol("W"))))
    (padded,) = executed(op_of("Pad"), small, large, at=at)
    assert torch.equal(padded[..., 1:4, 2:6], small), "half before, rounded down"
    assert padded.sum() == small.sum()
    (cropped,) = executed(op_of("Crop"), large, small, at=at[::-1])
    assert torch.equal(cropped, large[..., 1:4, 2:6])
    (back,) = executed(op_of("Crop"), padded, small, at=at[::-1])
    assert torch.equal(back, small)


def test_a_split_by_one_size_makes_as_many_parts_as_there_are() -> None:
    op = op_of("Split", split_size_or_sections=3)
    assert op.infer(TensorType((2, 7))) == tuple(TensorType((2, size)) for size in (3, 3, 1))
    with pytest.raises(Reject, match="open until run time") as refusal:
        op.infer(TensorType((2, symbol("L"))))
    assert refusal.value.code == "SG408"


@pytest.mark.parametrize(
    ("init", "least", "most", "deviation"),
    [
        ("zeros", 0, 0, 0),
        ("ones", 1, 1, 0),
        ({"constant": 0.25}, 0.25, 0.25, 0),
        ({"normal": 0.1}, -1, 1, 0.1),
        ({"trunc_normal": 0.02}, -0.2, 0.2, 0.02),
        ({"uniform": 0.5}, -0.5, 0.5, 0.5 / 3**0.5),
        ("normal", -6, 6, 1),
        ("trunc_normal", -2, 2, 0.88),
    ],
)
def test_a_parameter_starts_as_asked(init: Any, least: float, most: float, deviation: float) -> None:
    own = op_of("Parameter", shape=(100, 100), init=init).own()
    assert own is not None
    value = owned(own).detach()
    assert least <= value.min()
    assert value.max() <= most
    assert value.std().item() == pytest.approx(deviation, rel=0.05)


@pytest.mark.parametrize(
    ("value", "dtype", "fits"),
    [
        (255, "uint8", True),
        (256, "uint8", False),
        (-129, "int8", False),
        (0.5, "int64", False),
        (2**63 - 1, "int64", True),
        (2**63, "int64", False),
        (70_000, "float16", False),
        (1e39, "float32", False),
        (10**400, "float64", False),
        (True, "float32", False),
        (True, "bool", True),
        (1, "bool", False),
    ],
)
def test_a_constant_is_a_number_of_its_dtype(value: float, dtype: str, fits: bool) -> None:
    op = op_of("Constant", value=value, dtype=dtype)
    if fits:
        own = op.own()
        assert own is not None
        assert owned(own).item() == value
        return
    with pytest.raises(Reject, match="is not a number of"):
        op.infer()


def test_a_scale_has_one_factor_or_one_for_each_place() -> None:
    x = TensorType((2, 4, 3, 3))
    assert op_of("Scale").weights(x)[""].shape == ()
    assert op_of("Scale", dim=1).weights(x)[""].shape == (4, 1, 1)
    assert op_of("Scale", dim=-1).weights(x)[""].shape == (3,)
    with pytest.raises(Reject, match="to be a number"):
        op_of("Scale", dim=2).infer(X)


def test_arguments_that_contradict_each_other_are_refused() -> None:
    for name, arguments in (
        ("RReLU", {"lower": 0.5, "upper": 0.1}),
        ("Hardtanh", {"min_val": 1, "max_val": 1}),
        ("CELU", {"alpha": 0}),
        ("PReLU", {"num_parameters": 3}),
        ("Clamp", {}),
        ("Pad", {"left": 1, "mode": "reflect", "value": 2}),
        ("Flatten", {"start_dim": 2, "end_dim": 1}),
        ("Permute", {"dims": (0, 1, 1, 2)}),
        ("ReduceMean", {"dim": (1, -3)}),
        ("Reshape", {"shape": (-1, -1)}),
        ("Parameter", {"shape": (2,), "init": {"normal": 0}}),
    ):
        inputs = () if name == "Parameter" else (TensorType((2, 4, 8, 8)),)
        with pytest.raises(Reject):
            op_of(name, **arguments).infer(*inputs)


def test_drop_path_drops_whole_samples_in_training_alone() -> None:
    module = build("skipgraph: 1\ninputs: {x: [N, 4, L]}\nlayers: [DropPath: 0.25]\n")
    x = torch.ones(4000, 4, 2)
    assert torch.equal(module.eval()(x), x)
    torch.manual_seed(0)
    kept = module.train()(x).flatten(1)
    assert torch.equal(kept, kept[:, :1].expand_as(kept))
    assert kept.unique().tolist() == [0.0, pytest.approx(1 / 0.75)]
    assert abs(float((kept[:, 0] == 0).float().mean()) - 0.25) < 0.03


@pytest.mark.parametrize(
    ("equation", "inputs", "result", "macs"),
    [
        ("ij,jk", ("2, 3", "3, 4"), "[2, 4]", 24),
        ("ba", ("2, 3",), "[3, 2]", 0),
        ("ii->i", ("3, 3",), "[3]", 0),
        ("ij, ij ->", ("2, 3", "2, 3"), "[]", 6),
        ("ij,ij->ij", ("2, 3", "2, 3"), "[2, 3]", 0),
        ("nij,njk,k->ni", ("5, 2, 3", "5, 3, 4", "4"), "[5, 2]", 160),
        ("ij,jk->k", ("2, 3", "3, 4"), "[4]", 12),
        ("ij,jk->ik", ("2, 1", "3, 4"), "[2, 4]", 0),
    ],
)
def test_an_equation_means_what_torch_makes_of_it(
    equation: str, inputs: tuple[str, ...], result: str, macs: int
) -> None:
    types = tuple(TensorType(tuple(map(int, text.split(",")))) for text in inputs)
    op = op_of("Einsum", equation=equation)
    y = op.infer(*types)
    assert isinstance(y, TensorType)
    assert str(y) == result
    with FlopCounterMode(display=False) as counter:
        (found,) = executed(op, *map(tensor, types), at=types)
    assert tuple(found.shape) == y.shape
    assert counter.get_total_flops() == 2 * macs
    assert op.macs(y, *types) == macs


@pytest.mark.parametrize(
    ("equation", "reason"),
    [
        ("...i,ij->...j", "give each axis a letter"),
        ("ij;jk", "is no equation"),
        ("ij,jk->il", "no operand has an axis `l`"),
        ("ij,jk->ii", "has `i` twice"),
        ("ij,jk,kl->il", "has 3 operands, and 2 arrive"),
        ("i,ij->j", "`i` names 1 axis of"),
        ("ij,ik->jk", "differ"),
    ],
)
def test_an_equation_that_does_not_fit_is_refused(equation: str, reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        op_of("Einsum", equation=equation).infer(TensorType((2, 3)), TensorType((3, 4)))


@pytest.mark.parametrize(
    ("init", "dtype", "fits"),
    [
        ("zeros", "bool", True),
        ({"constant": 3}, "int64", True),
        ({"constant": 0.5}, "int64", False),
        ({"constant": 300}, "uint8", False),
        ({"constant": 2}, "bool", False),
        ({"constant": 0.5}, "float16", True),
        ("normal", "int64", False),
    ],
)
def test_a_buffer_starts_with_numbers_of_its_dtype(init: Any, dtype: str, fits: bool) -> None:
    op = op_of("Buffer", shape=(2,), init=init, dtype=dtype)
    if not fits:
        with pytest.raises(Reject):
            op.infer()
        return
    own = op.own()
    assert own is not None
    assert owned(own).dtype == getattr(torch, dtype)
    value = {"zeros": 0}.get(init) if isinstance(init, str) else init["constant"]
    assert owned(own).tolist() == [value, value]


def test_unpooling_finds_the_places_and_the_size_again() -> None:
    text = """\
skipgraph: 1
inputs: {x: [N, 3, H, W]}
layers:
  - MaxPool2d: {name: pool, kernel_size: 2, return_indices: true}
  - MaxUnpool2d: {kernel_size: 2, from: {indices: pool.indices, like: input}, expect: [N, 3, H, W]}
"""
    x = torch.rand(2, 3, 7, 9)
    y = build(text)(x)
    assert y.shape == x.shape
    assert torch.equal(y[y > 0], x[y > 0])
    assert torch.equal(torch.nn.functional.max_pool2d(y, 2), torch.nn.functional.max_pool2d(x, 2))


def test_an_unpooled_size_is_less_than_a_stride_away() -> None:
    x = TensorType((2, 4, 8, 8))
    indices = x.with_dtype("int64")
    for size, fits in ((14, False), (15, True), (17, True), (18, False)):
        op = op_of("MaxUnpool2d", kernel_size=2, output_size=size)
        if fits:
            assert op.infer(x, indices) == x.with_spatial((size, size))
        else:
            with pytest.raises(Reject, match="is not near it"):
                op.infer(x, indices)
