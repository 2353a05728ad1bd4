"""The laws that every spec obeys, as functions: each raises an AssertionError that says what it broke."""

from __future__ import annotations

import re
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from interpreter import Interpreter, leaves
from random_specs import Drawn
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from walker import Walker

from skipgraph.api import Settings, network_of
from skipgraph.diagnostics import Report, Source
from skipgraph.emit import to_module, to_source, to_spec
from skipgraph.graph import Network
from skipgraph.render import to_dot

ROOT = Path(__file__).parent.parent
ONE_VALUE = "Expected more than 1 value per channel when training"
"""What torch says of a batch norm that meets a single number: no contract speaks of training alone."""


def compiled(text: str, name: str = "random.yaml") -> Network:
    """The network of a spec that must check clean."""
    report = Report()
    network = network_of(Source(name, text), report)
    assert network is not None, f"{[f'{found.code} {found.message}' for found in report.errors]}\n{text}"
    return network


def inputs_of(network: Network, drawn: Drawn, seed: int) -> list[Tensor]:
    """Random inputs of the sizes drawn, in doubles."""
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randint(0, 5, shape, generator=generator)
        if port.type.dtype == "int64"
        else torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for port, shape in zip(network.graph.inputs, drawn.sizes, strict=True)
    ]


def sizes_of(network: Network, drawn: Drawn) -> dict[str, int]:
    """The open axes' sizes for which the spec was drawn."""
    return {
        str(axis): size
        for port, shape in zip(network.graph.inputs, drawn.sizes, strict=True)
        for axis, size in zip(port.type.shape, shape, strict=True)
        if not isinstance(axis, int)
    }


def printed_module(source: str) -> nn.Module:
    """The module of a printed source, run as a person would."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "printed.py", "exec"), namespace)
    module = namespace[re.findall(r"^class (\w+)", source, re.MULTILINE)[-1]]()
    assert isinstance(module, nn.Module)
    return module


def _loss(values: list[Tensor]) -> Tensor:
    """A number that hangs on every output in its own way."""
    total = torch.zeros((), dtype=torch.float64)
    for value in values:
        if value.is_floating_point():
            total = total + (value * torch.linspace(1, 2, value.numel(), dtype=value.dtype).reshape(value.shape)).sum()
    return total


def _ran(module: Any, inputs: list[Tensor], seed: int) -> list[Tensor]:
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(leaves(module(*inputs)))


def module_is_the_spec(drawn: Drawn) -> None:
    """The module gives what the interpreter gives, and so does its printed source: values, gradients, buffers.

    Values are compared to the last bit: both call the same kernels in the order written. Dropouts draw alike.
    """
    network = compiled(drawn.yaml)
    assert network.contract.accepts(sizes_of(network, drawn)), network.contract
    text, source = to_spec(network), to_source(network)
    torch.manual_seed(0)
    module, printed = to_module(network).double(), printed_module(source).double()
    assert list(printed.state_dict()) == list(module.state_dict())
    printed.load_state_dict(module.state_dict())
    trained = dict(module.named_parameters(remove_duplicate=False))
    for seed, train in ((1, True), (2, False)):
        module.train(train).zero_grad()
        printed.train(train)
        # one leaf for each place: a weight of two places is one tensor in both
        twins: dict[int, Tensor] = {}
        state = {}
        for name, value in module.state_dict(keep_vars=True).items():
            copy = twins.setdefault(id(value), value.detach().clone().requires_grad_(name in trained))
            state[name] = copy
        ours, theirs, others = (inputs_of(network, drawn, seed) for _ in range(3))
        try:
            found = _ran(module, ours, seed)
        except ValueError as error:
            if train and ONE_VALUE in str(error):
                continue
            raise
        judged = _ran(Interpreter.of(text, state, train), theirs, seed)
        again = _ran(printed, others, seed)
        assert len(found) == len(judged) == len(again)
        for ours_, judged_, again_ in zip(found, judged, again, strict=True):
            assert ours_.shape == judged_.shape, f"{ours_.shape} is not {judged_.shape}\n{text}"
            assert torch.equal(ours_, judged_) or _nan_alike(ours_, judged_), f"another value\n{text}\n{source}"
            assert torch.equal(ours_, again_) or _nan_alike(ours_, again_), f"the source gives another value\n{source}"
        for shape, value in zip(network.graph.result_types, found, strict=True):
            assert len(shape.shape) == value.ndim
        for name, value in module.state_dict().items():
            assert torch.equal(value, state[name].detach()) or _nan_alike(value, state[name]), f"{name} after the run"
        for values in (found, judged):
            loss = _loss(values)
            if loss.requires_grad:
                loss.backward()  # type: ignore[no-untyped-call]
        for name, weight in trained.items():
            _same_gradient(weight.grad, state[name].grad, name)
        for index, (x, y) in enumerate(zip(ours, theirs, strict=True)):
            _same_gradient(x.grad, y.grad, f"input {index}")


def _nan_alike(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a.detach(), b.detach(), rtol=0, atol=0, equal_nan=True)


def _same_gradient(a: Tensor | None, b: Tensor | None, name: str) -> None:
    assert (a is None) == (b is None), f"only one has a gradient of {name}"
    # kernels may sum in another order where a tensor lies in memory in another way
    assert a is None or b is None or torch.allclose(a, b, 1e-10, 1e-13, equal_nan=True), f"another gradient of {name}"


def expanding_changes_nothing(drawn: Drawn) -> None:
    """The spec written out is a spec of the same network: keys, contract, source, picture; and is its own expansion."""
    network = compiled(drawn.yaml)
    text = to_spec(network)
    again = compiled(text, "expanded.yaml")
    assert to_spec(again) == text
    assert again.contract == network.contract, f"{again.contract} is not {network.contract}"
    before, after = to_module(network), to_module(again)
    # the steps of a skip's `via` may be made earlier, so that weights start elsewhere
    after.load_state_dict(before.state_dict(), strict=True)
    inputs = inputs_of(network, drawn, 3)
    pairs = zip(_ran(before.double().eval(), inputs, 0), _ran(after.double().eval(), inputs, 0), strict=True)
    assert all(torch.equal(a, b) or _nan_alike(a, b) for a, b in pairs)
    assert [str(kind) for kind in again.graph.result_types] == [str(kind) for kind in network.graph.result_types]


def written(text: str, name: str = "random.yaml") -> tuple[str, str, str]:
    """Everything that is printed of a spec."""
    network = compiled(text, name)
    return to_source(network), to_spec(network), to_dot(network)


def compiling_twice_is_compiling_once(drawn: Drawn) -> None:
    assert written(drawn.yaml) == written(drawn.yaml)


def json_is_the_same_tree(drawn: Drawn) -> None:
    """The JSON twin compiles to the same bytes, and has the same findings."""
    assert written(drawn.yaml) == written(drawn.json, "random.json")
    found = []
    for name, text in (("random.yaml", drawn.yaml), ("random.json", drawn.json)):
        report = Report()
        network_of(Source(name, text), report)
        found.append(sorted((one.code, one.message) for one in report))
    assert found[0] == found[1]


class Live(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """How many bytes of results are alive at once, at most."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.alive: dict[int, tuple[weakref.ref[Tensor], int, int]] = {}
        self.peak = 0
        self._count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        for x in found if isinstance(found, tuple | list) else [found]:
            if isinstance(x, Tensor):
                self._count += 1
                size = x.untyped_storage().nbytes()
                self.alive[self._count] = weakref.ref(x), x.untyped_storage().data_ptr(), size
        self.alive = {number: item for number, item in self.alive.items() if item[0]() is not None}
        self.peak = max(self.peak, sum({place: size for _, place, size in self.alive.values()}.values()))
        return found


def activations_are_freed(drawn: Drawn) -> None:
    """The module never holds more than an interpreter that drops every value behind its last reader."""
    network = compiled(drawn.yaml)
    module = to_module(network).double().eval()
    inputs = [x.detach() for x in inputs_of(network, drawn, 0)]
    if any(isinstance(child, nn.Sequential) for child in module.modules()):
        return  # whoever calls a chain holds its input while all of it runs
    judge = Interpreter.of(to_spec(network), module.state_dict(keep_vars=True), train=False)
    judge.frees, judge.children = True, module
    peaks = []
    for run in (module, judge):
        with torch.no_grad(), Live() as live, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run(*inputs)
        peaks.append(live.peak)
    assert peaks[0] <= peaks[1], f"{peaks[0]} bytes where {peaks[1]} do\n{to_source(network)}"


# every key is used or reported

FREE = ("params", "inputs", "blocks", "skips", "outputs", "paths", "let")
"""Mappings whose keys are names that the author chose."""


def mappings_of(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Every mapping of a spec that is looked at: not what a `when` may leave out."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from mappings_of(item, (*path, index))
    if isinstance(data, dict):
        if "when" in data or "for" in data:
            return
        if len(data) > 1 or not any(isinstance(value, dict) and "when" in value for value in data.values()):
            yield path, data
        for key, value in data.items():
            yield from mappings_of(value, (*path, key))


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return value
    if isinstance(data, list):
        return [replaced(item, path[1:], value) if index == path[0] else item for index, item in enumerate(data)]
    return {key: replaced(item, path[1:], value) if key == path[0] else item for key, item in data.items()}


def findings(data: Any) -> tuple[Report, Network | None, list[str]]:
    """What the checker says of a spec as data, and where: messages, helps and the lines they point at."""
    import json

    text = json.dumps(data, indent=1)
    report = Report()
    network = network_of(Source("random.json", text), report, Settings())
    lines = text.splitlines()
    said = [
        " ".join((found.message, found.help or "", *lines[found.span.line - 1 : found.span.end_line]))
        for found in report
    ]
    return report, network, said


def is_mentioned(data: Any, key: str) -> bool:
    return any(key in text for text in findings(data)[2])


def everything(network: Network) -> tuple[str, ...]:
    """All that a network is, as text."""
    keys = [".".join(key) for key, _ in network.graph.weights()]
    return to_source(network), to_spec(network), str(network.contract), *keys


def module_is_the_spec_as_written(drawn: Drawn) -> None:
    """The module gives what walking through the spec as it was written gives, training and not.

    Dead steps run in the walk alone, so that with dropout only the untrained network is compared.
    """
    network = compiled(drawn.yaml)
    torch.manual_seed(0)
    module = to_module(network).double()
    for seed, train in ((1, True), (2, False)):
        if train and "Dropout" in drawn.json:
            continue
        module.train(train)
        state = {name: value.clone() for name, value in module.state_dict().items()}
        with torch.no_grad():
            try:
                found = _ran(module, inputs_of(network, drawn, seed), seed)
            except ValueError as error:
                if train and ONE_VALUE in str(error):
                    continue
                raise
            walked = _ran(Walker(drawn.data, state, train), inputs_of(network, drawn, seed), seed)
        assert len(found) == len(walked)
        for a, b in zip(found, walked, strict=True):
            # torch runs a Linear of a weight that is trained in another way
            close = a.shape == b.shape and torch.allclose(a.detach(), b.detach(), 1e-9, 1e-11, equal_nan=True)
            assert close, f"another value\n{drawn.yaml}"
