"""What holds for every op from the moment it is declared."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, get_overloads

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lowering_runner import made, owned
from op_cases import Case, cases, example_case, executed, leaves, tensor, with_open_axes
from op_refusals import ends_torch, narrower
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from skipgraph.ops import CATALOG, Example, Module, Op, Reject, Weight
from skipgraph.ops.linear import Bilinear
from skipgraph.sizes import Size, collecting, evaluate
from skipgraph.types import TensorType

NAMES = sorted(CATALOG)
MODULES = [name for name in NAMES if CATALOG[name].is_module]

_PHASES = (Phase.generate, Phase.shrink)
deep = settings(deadline=None, max_examples=60, phases=_PHASES, suppress_health_check=list(HealthCheck))
quick = settings(deep, max_examples=6, derandomize=True)

TRAINED = ("InstanceNorm",)
"""Ops that ask for what training needs, and so run in train mode; all others run in eval mode."""


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def inferred(case: Case) -> tuple[TensorType, ...] | Reject:
    """What the op infers, as a tuple, or its refusal."""
    try:
        found = case.op.infer(*case.inputs)
    except Reject as refusal:
        return refusal
    return found if isinstance(found, tuple) else (found,)


def run_by_torch(case: Case, at: Case | None = None) -> tuple[TensorType, ...] | Exception:
    """What torch makes of it, on the CPU, as types, or its error; lowered as it stands in `at`.

    Not on the meta device, which takes what the CPU refuses (a reflection as wide as its input, a pool's output of 0).
    """
    at = case if at is None else at
    tensors = tuple(None if x is None else tensor(x) for x in case.inputs)
    try:
        found = executed(at.op, at.inputs, tensors, train=type(case.op).__name__.startswith(TRAINED))
    except Exception as error:
        return error
    return tuple(TensorType(tuple(t.shape), str(t.dtype).removeprefix("torch.")) for t in leaves(found))


def check_acceptance(case: Case) -> None:
    ours = inferred(case)
    if ends_torch(case):
        assert isinstance(ours, Reject)
        return
    theirs = run_by_torch(case)
    if isinstance(ours, Reject):
        assert isinstance(theirs, Exception) or narrower(case, ours, theirs), f"{case}: only we refuse: {ours}"
    else:
        assert ours == theirs, f"{case}: {[str(x) for x in ours]} is not {theirs}"


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_infer_accepts_what_torch_accepts_and_gives_the_same_types(name: str, data: st.DataObject) -> None:
    check_acceptance(data.draw(cases(name)))


_CONV: dict[str, Any] = {"out_channels": 4}
EDGES: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    # a kernel as wide as the input, and one wider; padding that just fits its mode, and padding that does not
    *(("Conv1d", ("N, 4, 3",), _CONV | {"kernel_size": size}) for size in (3, 4)),
    *(
        ("Conv1d", ("N, 4, 3",), _CONV | {"kernel_size": 1, "padding": padding, "padding_mode": mode})
        for mode in ("reflect", "replicate", "circular")
        for padding in (2, 3, 4)
    ),
    *(
        ("Conv2d", ("N, 4, 3, 6",), _CONV | {"kernel_size": size, "padding": "same", "padding_mode": mode})
        for mode in ("zeros", "reflect", "replicate", "circular")
        for size in (2, 4, 5, 6, 7, 8)
    ),
    *(("Conv2d", ("N, 4, 6, 6",), _CONV | {"kernel_size": 3, "padding": "same", "stride": s}) for s in (1, 2, (1, 2))),
    *(("Conv2d", ("N, 4, 6, 6",), _CONV | {"kernel_size": 3, "padding": "valid", "stride": s}) for s in (1, 2)),
    *(
        ("Conv3d", ("N, 4, 3, 3, 3",), _CONV | {"kernel_size": 3, "padding": p, "padding_mode": "reflect"})
        for p in (2, 3)
    ),
    # output_padding below the stride, below the dilation, below neither
    *(
        (
            "ConvTranspose2d",
            ("N, 4, 5, 5",),
            _CONV | {"kernel_size": 3, "stride": s, "dilation": d, "output_padding": p},
        )
        for s, d in ((1, 1), (2, 1), (1, 3), (3, 2))
        for p in (0, 1, 2, 3)
    ),
    *(("ConvTranspose1d", ("N, 4, 1",), _CONV | {"kernel_size": 3, "padding": p}) for p in (1, 2)),
    *(
        ("Embedding", ("N, 6 int64",), {"num_embeddings": 5, "embedding_dim": 2, "padding_idx": i})
        for i in (-6, -5, 4, 5)
    ),
    # the last window of ceil_mode: inside, in the padding before, behind
    *(
        (
            "MaxPool1d",
            (f"N, 4, {length}",),
            {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": True},
        )
        for length in range(1, 8)
        for kernel, stride, padding in ((2, 2, 0), (2, 3, 1), (3, 2, 1), (3, 5, 1), (1, 4, 0))
    ),
    *(("InstanceNorm2d", (f"N, 4, {size}",), {}) for size in ("1, 1", "1, 2")),
    *(("GroupNorm", (f"{batch}, 4",), {"num_groups": groups}) for batch in (1, 2) for groups in (1, 2, 4)),
    *(("BatchNorm1d", (f"{batch}, 4",), {"track_running_stats": False}) for batch in (1, 2)),
    *(("Upsample", ("N, 4, 3, 10",), {"scale_factor": factor}) for factor in (0.1, 0.3, 0.34, 0.7, 1.1, 2.3)),
)


@pytest.mark.parametrize(("name", "inputs", "arguments"), EDGES)
def test_edges_lie_where_torch_has_them(name: str, inputs: tuple[str, ...], arguments: dict[str, Any]) -> None:
    case = example_case(CATALOG[name], Example(inputs, **arguments))
    check_acceptance(case)
    check_open_axes(case, None)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@deep
@given(data=st.data())
def test_infer_agrees_with_torch_on_many_cases(name: str, data: st.DataObject) -> None:
    check_acceptance(data.draw(cases(name)))


@pytest.mark.parametrize("name", NAMES)
def test_examples_work(name: str) -> None:
    op = CATALOG[name]
    assert op.examples
    for example in op.examples:
        case = example_case(op, example)
        assert not isinstance(inferred(case), Reject), inferred(case)
        check_acceptance(case)


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_is_a_page(name: str) -> None:
    doc = CATALOG[name].__doc__ or ""
    assert "Shape:" in doc
    assert "Source:" in doc
    assert doc.splitlines()[0].endswith((".", "!")), "the first line is a sentence"


def _flat(arguments: Iterable[inspect.Parameter]) -> Iterator[inspect.Parameter]:
    """A layer that torch is handed, by its own arguments; a function by its name."""
    for argument in arguments:
        if argument.name in ("encoder_layer", "decoder_layer"):
            layer = getattr(torch.nn, str(argument.annotation))
            yield from _flat(inspect.signature(layer).parameters.values())
        else:
            default = argument.default
            yield argument.replace(default=default.__name__) if inspect.isfunction(default) else argument


NEW_IN_TORCH = {"bias"}
"""Arguments that only newer releases of torch have, in norms."""
LEFT_OUT = {
    "self",
    "device",
    "dtype",
    "process_group",
    "custom_encoder",
    "custom_decoder",
    "recompute_scale_factor",
    "min_value",
    "max_value",
}
"""Arguments that no op has: where and in what weights are made, and what torch itself calls deprecated."""


@pytest.mark.parametrize("name", MODULES)
def test_arguments_are_those_of_torch(name: str) -> None:
    op = CATALOG[name]
    made = getattr(torch.nn, name)
    written = get_overloads(made.__init__)[:1]  # where the class itself takes `*args`
    theirs = {
        argument.name: argument.default
        for argument in _flat(inspect.signature(written[0] if written else made).parameters.values())
        if argument.name not in LEFT_OUT
        and not argument.name.startswith("_")
        and argument.kind not in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD)
    }
    # what torch asks for at the call
    called = inspect.signature(made.forward).parameters.values()
    theirs |= {argument.name: argument.default for argument in called if argument.name in op.model_fields}
    fields = {
        info.alias or field: inspect.Parameter.empty if info.is_required() else info.default
        for field, info in op.model_fields.items()
        if field in theirs or field not in NEW_IN_TORCH
    }
    assert list(fields) == list(theirs)
    for field, default in fields.items():
        if field in op.inferred:
            assert default is None
        elif theirs[field] is None and field == "dim":
            assert default is inspect.Parameter.empty, "the axis that torch would guess, with a warning, is asked for"
        else:
            assert default == theirs[field], field
            assert type(default) is type(theirs[field]), field


def check_weights(case: Case) -> None:
    if isinstance(inferred(case), Reject):
        return
    weights = case.op.weights(*case.inputs)
    lowering = case.op.lower(*case.inputs)
    if not isinstance(lowering, Module):
        own = case.op.own(*case.inputs)
        kept = own is not None and own.kind != "constant"
        assert weights == ({"": Weight(tuple(owned(own).shape), own.kind == "parameter")} if own and kept else {})
        return
    child = made(lowering)
    assert {key: weight.shape for key, weight in weights.items()} == {
        key: tuple(value.shape) for key, value in child.state_dict().items()
    }
    assert list(weights) == list(child.state_dict()), "in torch's order"
    assert [key for key, weight in weights.items() if weight.trained] == [key for key, _ in child.named_parameters()]


@pytest.mark.parametrize("name", NAMES)
@settings(quick, max_examples=4)
@given(data=st.data())
def test_weights_are_those_of_the_state_dict(name: str, data: st.DataObject) -> None:
    for example in CATALOG[name].examples:
        check_weights(example_case(CATALOG[name], example))
    check_weights(data.draw(cases(name)))


def check_open_axes(case: Case, data: st.DataObject | None) -> None:
    open_case, env = with_open_axes(case, data)
    numbers = inferred(case)
    with collecting() as conditions:
        symbols = inferred(open_case)
    if isinstance(symbols, Reject):
        assert isinstance(numbers, Reject) or symbols.code == "SG408", f"{open_case}: only it is refused: {symbols}"
        return
    holds = all(condition.holds(env) for condition in conditions)
    assert holds == (not isinstance(numbers, Reject)), f"{open_case} at {env}: {[*map(str, conditions)]}, {numbers}"
    if isinstance(numbers, Reject):
        return
    assert numbers == tuple(x.with_shape(evaluate(size, env) for size in x.shape) for x in symbols), open_case
    assert run_by_torch(case, at=open_case) == numbers, f"{open_case}: what is lowered with open axes"
    output = open_case.op.macs(symbols[0], *open_case.inputs)
    assert evaluate(output, env) == case.op.macs(numbers[0], *case.inputs)


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_open_axes_say_what_numbers_say(name: str, data: st.DataObject) -> None:
    check_open_axes(data.draw(cases(name)), data)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@deep
@given(data=st.data())
def test_open_axes_say_what_numbers_say_on_many_cases(name: str, data: st.DataObject) -> None:
    check_open_axes(data.draw(cases(name)), data)


COUNTED = ("Conv", "Linear", "MatMul", "RNN", "GRU", "LSTM", "Multihead", "ScaledDot", "Transformer")


def check_macs(case: Case) -> None:
    found = inferred(case)
    if isinstance(found, Reject):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of flags that are set to what they are
        # the products within an LSTM or attention are only seen where they are not one call of a library
        with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH):
            torch.backends.mha.set_fastpath_enabled(False)
            try:
                with FlopCounterMode(display=False) as counter:
                    assert not isinstance(run_by_torch(case), Exception)
            finally:
                torch.backends.mha.set_fastpath_enabled(True)
    macs = case.op.macs(found[0], *case.inputs)
    assert counter.get_total_flops() == 2 * macs, case
    assert macs or not type(case.op).__name__.startswith(COUNTED)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "Bilinear"])
@settings(quick, max_examples=3)
@given(data=st.data())
def test_macs_are_those_that_torch_counts(name: str, data: st.DataObject) -> None:
    for example in CATALOG[name].examples:
        check_macs(example_case(CATALOG[name], example))
    check_macs(data.draw(cases(name)))


def test_macs_of_a_bilinear_are_those_of_its_sum() -> None:
    # torch's counter does not know it
    op = Bilinear(out_features=5)
    x, y = TensorType((2, 3, 4)), TensorType((2, 3, 6))
    assert op.macs(op.infer(x, y), x, y) == 2 * 3 * 5 * 4 * 6


@pytest.mark.parametrize("name", NAMES)
def test_the_json_schema_builds(name: str) -> None:
    op = CATALOG[name]
    schema = op.model_json_schema()
    assert list(schema.get("properties", {})) == [info.alias or field for field, info in op.model_fields.items()]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("name", NAMES)
def test_declarations_fit_together(name: str) -> None:
    op: type[Op] = CATALOG[name]
    assert op.leading is None or op.leading in op.model_fields
    assert op.leading not in op.inferred
    assert set(op.inferred) <= set(op.model_fields)
    assert all(port.rstrip("?*").isidentifier() for port in op.ports)
    assert not any(port.endswith("*") for port in op.ports[:-1])


def test_numbers_that_yaml_writes_are_taken_as_they_are() -> None:
    def refused(name: str, **arguments: Any) -> bool:
        try:
            CATALOG[name](**arguments)
        except ValueError:
            return True
        return False

    assert not refused("Upsample", scale_factor=2)
    assert not refused("MaxPool2d", kernel_size=(2, 2))
    assert refused("MaxPool2d", kernel_size=2.0)
    assert refused("MaxPool2d", kernel_size=True)
    assert refused("BatchNorm2d", eps=float("nan"))
    assert refused("Conv2d", out_channels=0, kernel_size=3)
    assert refused("Conv2d", out_channels=8, kernel_size=3, bias="no")


def test_open_sizes_are_open() -> None:
    """The laws above are only as good as this: with no choice, every axis is open."""
    case, env = with_open_axes(example_case(CATALOG["Conv2d"], CATALOG["Conv2d"].examples[0]))
    x = case.inputs[0]
    assert x is not None
    assert all(isinstance(size, Size) for size in x.shape)
    assert sorted(env.values()) == [2, 4, 8, 8]
