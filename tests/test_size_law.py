"""The size contract says yes exactly where torch's own forward runs, with the shapes that were stated.

Judged on the CPU with tiny tensors, not on the meta device: torch's meta functions let pass what its kernels refuse (a
reflection wider than its input), and the kernels are what people run.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import laws
import pytest
import torch
import yaml
from interpreter import Interpreter, leaves
from random_scope import Unfit, after, meta
from random_specs import WINDOWS, Drawn, drawn, is_by_chance
from torch import Tensor
from torch_table import Refusal, Result

from skipgraph.api import network_of
from skipgraph.diagnostics import Report, Source
from skipgraph.emit import to_module, to_spec
from skipgraph.graph import Graph, Network
from skipgraph.sizes import evaluate

ROOT_SPECS = laws.ROOT / "specs"
REFUSALS = (RuntimeError, ValueError, IndexError, Refusal)
ELEMENTWISE = ("Add", "Sub", "Mul", "Div", "Max", "Min", "Mean")
Env = Mapping[str, int]


class Unlike(Exception):
    """A shape that is not the one stated, or a merge that broadcasts."""


def tensors(network: Network, env: Env) -> list[Tensor]:
    shapes = [tuple(evaluate(size, env) for size in port.type.shape) for port in network.graph.inputs]
    return [
        torch.zeros(shape, dtype=torch.int64) if port.type.dtype == "int64" else torch.zeros(shape)
        for port, shape in zip(network.graph.inputs, shapes, strict=True)
    ]


def compared(graph: Graph, env: Env, trace: Mapping[tuple[str, ...], Result], path: tuple[str, ...] = ()) -> None:
    """Every value has the shape that was stated, none is empty, and only a written 1 stretches in a merge."""
    for node in graph.nodes:
        stated = [tuple(evaluate(size, env) for size in kind.shape) for kind in node.types]
        if any(size < 1 for shape in stated for size in shape):
            raise Unlike(f"{node.name} is empty: {stated}")
        if (*path, node.name) in trace:
            found = trace[*path, node.name]
            real = [tuple(x.shape) for x in ([found] if isinstance(found, Tensor) else found)]
            if real != stated:
                raise Unlike(f"{node.name} is {real}, stated as {stated}")
        if node.kind in ELEMENTWISE:
            for kind in graph.types_into(node):
                assert kind is not None
                for size, wide in zip(reversed(kind.shape), reversed(stated[0]), strict=False):
                    if size != 1 and evaluate(size, env) != wide:
                        raise Unlike(f"{node.name} broadcasts")
        if isinstance(node.work, Graph):
            compared(node.work, env, trace, (*path, node.name))


def verdict(network: Network, judge: Interpreter, env: Env) -> str | None:
    """Why the network does not run at these sizes, or None."""
    try:
        judge(*tensors(network, env))
        compared(network.graph, env, judge.trace)
    except (Unlike, ZeroDivisionError, *REFUSALS) as error:
        return f"{type(error).__name__}: {error}"
    return None


def contract_is_exact(network: Network, envs: Iterable[Env]) -> int:
    """At each of these sizes the contract, torch and the module agree. How many sizes fit."""
    judge = Interpreter(yaml.safe_load(to_spec(network)), train=False, whole=True)
    module = to_module(network).eval()
    fits = 0
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for env in envs:
            accepted, reason = network.contract.accepts(env), verdict(network, judge, env)
            assert accepted == (reason is None), (
                f"at {dict(env)} the contract `{network.contract}` says {accepted}; {reason}\n{to_spec(network)}"
            )
            if accepted:
                fits += 1
                results = list(leaves(module(*tensors(network, env))))
                stated = [tuple(evaluate(n, env) for n in kind.shape) for kind in network.graph.result_types]
                assert [tuple(x.shape) for x in results] == stated
    return fits


def sweeps(network: Network, drawing: Drawn, upto: int, *, both: bool) -> Iterable[Env]:
    """Each open spatial axis from 1 up, alone and (where there are two) together."""
    at = laws.sizes_of(network, drawing)
    axes = [axis for axis in at if axis != "N"]
    for axis in axes if both else axes[:1]:
        yield from ({**at, axis: size} for size in range(1, upto + 1))
    if both and len(axes) > 1:
        yield from ({**at, axes[0]: size, axes[1]: upto + 1 - size} for size in range(1, upto + 1))


def sweep(seeds: range, upto: int) -> int:
    judged = 0
    for seed in seeds:
        drawing = drawn(Random(seed), 6, WINDOWS)
        if is_by_chance(drawing):
            continue
        network = laws.compiled(drawing.yaml)
        try:
            judged += contract_is_exact(network, sweeps(network, drawing, upto, both=seed % 3 == 0))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    return judged


def test_contract_is_exact_on_random_networks() -> None:
    assert sweep(range(40), 20) > 200


@pytest.mark.slow
def test_contract_is_exact_on_many_networks() -> None:
    assert sweep(range(1_000, 2_000), 60) > 10_000


# merges that may never fit


def blind(rng: Random) -> dict[str, Any]:
    """Two chains of windows from one input, merged as they are: written out already, one name a step."""
    layers: list[Any] = []
    ends = []
    for letter in "ab":
        x, before = meta(1, 1, rng.randint(20, 40)), "x"
        for number in range(rng.randint(0, 3)):
            name = f"{letter}{number}"
            choices: list[tuple[str, dict[str, Any]]] = [
                ("Conv1d", {"out_channels": 1, "kernel_size": rng.randint(1, 4), "stride": rng.randint(1, 3)}),
                ("Conv1d", {"out_channels": 1, "kernel_size": 3, "padding": 1, "stride": rng.randint(1, 2)}),
                ("MaxPool1d", {"kernel_size": rng.randint(2, 3), "ceil_mode": rng.random() < 0.5}),
                ("MaxPool1d", {"kernel_size": 2, "stride": rng.randint(1, 3)}),
                ("ConvTranspose1d", {"out_channels": 1, "kernel_size": rng.randint(1, 3), "stride": 2}),
                ("ConstantPad1d", {"padding": [rng.randint(-1, 2), rng.randint(0, 1)], "value": 0.0}),
            ]
            kind, arguments = rng.choice(choices)
            try:
                (x,) = after(kind, arguments, x)
            except Unfit:
                continue
            layers.append({kind: {"name": name, "from": before, **arguments}})
            before = name
        ends.append(before)
    layers.append({rng.choice(["Concat", "Add"]): {"name": "last", "from": ends}})
    return {"skipgraph": 1, "inputs": {"x": ["N", 1, "L"]}, "layers": layers}


def fitting(spec: Mapping[str, Any], upto: int) -> list[int]:
    """The lengths at which a written out spec runs, both operands of its last step equally long."""
    judge = Interpreter(spec, train=False, whole=True)
    found = []
    for length in range(1, upto + 1):
        x = torch.zeros(1, 1, length)
        try:
            judge(x)
        except REFUSALS:
            continue
        trace = {name: value for (name,), value in judge.trace.items()}
        ends = [trace.get(name, x) for name in next(iter(spec["layers"][-1].values()))["from"]]
        sizes = {value.shape for value in ends if isinstance(value, Tensor)}
        if len(sizes) == 1 and all(min(value.shape) for value in trace.values() if isinstance(value, Tensor)):
            found.append(length)
    return found


def judge_blind(seeds: range, upto: int) -> dict[str, int]:
    counts = {"never": 0, "by chance": 0, "fits": 0}
    for seed in seeds:
        spec = blind(Random(seed))
        report = Report()
        network = network_of(Source("blind.yaml", yaml.safe_dump(spec, sort_keys=False)), report)
        with torch.inference_mode():
            found = fitting(spec, upto)
        if network is not None:
            accepted = [n for n in range(1, upto + 1) if network.contract.accepts({"N": 1, "L": n})]
            assert accepted == found, f"seed {seed}: {network.contract} is not {found}\n{yaml.safe_dump(spec)}"
            counts["fits"] += 1
            continue
        (error,) = report.errors
        assert error.code == "SG402", f"seed {seed}: {error.message}\n{yaml.safe_dump(spec)}"
        by_chance = "only" in error.message
        assert bool(found) == by_chance, f"seed {seed}: {error.message}, and it runs at {found}"
        counts["by chance" if by_chance else "never"] += 1
    return counts


def test_a_merge_that_never_fits_runs_nowhere() -> None:
    counts = judge_blind(range(60), 80)
    assert min(counts.values()) > 0, counts


@pytest.mark.slow
def test_a_merge_that_never_fits_runs_nowhere_in_many() -> None:
    judge_blind(range(1_000, 2_000), 200)


# the two that the language names


def spec_of(name: str, **parameters: Any) -> Network:
    from skipgraph.api import Settings

    report = Report()
    text = (ROOT_SPECS / name).read_text()
    network = network_of(Source(name, text), report, Settings(parameters=parameters))
    assert network is not None
    return network


def test_the_padded_unet_takes_multiples_of_sixteen() -> None:
    network = spec_of("unet.yaml", base=1)
    assert str(network.contract) == "H, W = 0 mod 16"
    assert contract_is_exact(network, ({"N": 1, "H": size, "W": 16} for size in range(1, 82))) == 5
    assert contract_is_exact(network, ({"N": 1, "H": 32, "W": size} for size in range(1, 50))) == 3


def test_the_unpadded_unet_takes_what_tiles() -> None:
    network = spec_of("unet_2015.yaml", base=1)
    assert str(network.contract) == "H, W = 12 mod 16, at least 188"
    (result,) = network.graph.result_types
    assert [evaluate(size, {"N": 1, "H": 572, "W": 572}) for size in result.shape] == [1, 2, 388, 388]
    with torch.inference_mode():
        assert to_module(network).eval()(torch.zeros(1, 1, 572, 572)).shape == (1, 2, 388, 388)
    sizes = (*range(1, 12), *range(170, 240))
    assert contract_is_exact(network, ({"N": 1, "H": size, "W": 188} for size in sizes)) == 4
