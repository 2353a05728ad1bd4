"""Values inside a network, by name: every step has one, and what has none is told."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from emit_cases import CASES, RESNET, VGG, ZOO, built, inputs, network
from test_emit_module import SKIPS
from torch import nn

import skipgraph
from skipgraph.api import load
from skipgraph.emit import features
from skipgraph.emit.chains import alive
from skipgraph.emit.places import keys_of, own_tensor
from skipgraph.emit.variables import has_parts, is_bare, result_names
from skipgraph.graph import Graph

QUICK = {"resnet18", "convnext", "shufflenet_v2", "dla", "wavenet"}
"""Chains as classes, containers that are none, several results, blocks in blocks; the others take longer."""


@pytest.mark.parametrize("name", CASES)
def test_features_are_the_values_that_hooks_see(name: str) -> None:
    spec = network(CASES[name])
    model, given = built(spec), inputs(spec)
    seen: dict[str, Any] = {}
    for node in spec.graph.nodes:
        if node.keys and not node.results and len(node.keys[0]) == 1:
            child = dict(model.named_children()).get(node.keys[0][0])
            if child is not None:
                child.register_forward_hook(lambda m, a, result, name=node.name: seen.update({name: result}))
    model(*given)
    asked = list(seen)
    found = features(model, *given, *asked)
    assert list(found) == asked
    # attention returns a pair where it has one result too
    firsts = {name: result[0] if isinstance(result, tuple) else result for name, result in seen.items()}
    assert all(torch.equal(found[name], firsts[name]) for name in asked)


def steps_of(graph: Graph, name: str = "", place: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every step that runs, by the name that its author knows, and where its module stands, if it has one."""
    for node in alive(graph):
        keys = () if own_tensor(graph, node) else keys_of(graph, node)
        path = (*place, *keys[0]) if keys else ()
        count = range(len(node.types)) if has_parts(node) else ()
        yield from ((f"{name}{node.name}.{result_names(node)[at]}", "") for at in count)
        if not has_parts(node) or is_bare(node, 0):
            yield f"{name}{node.name}", ".".join(path)
        if isinstance(node.work, Graph) and keys:
            yield from steps_of(node.work, f"{name}{node.name}.", path)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, id=file.stem, marks=() if file.stem in QUICK else pytest.mark.slow)
        for file in sorted(ZOO.glob("*.yaml"))
    ],
)
def test_every_step_of_a_network_is_a_feature_as_hooks_see_it(file: Path) -> None:
    spec = load(file)
    model, given = built(spec), inputs(spec, 32 if file.stem in QUICK else 64)
    seen: dict[nn.Module, list[Any]] = {}
    for module in model.modules():
        module.register_forward_hook(lambda m, a, result: seen.setdefault(m, []).append(copy.deepcopy(result)))
    steps = dict(steps_of(spec.graph))
    with torch.no_grad():
        model(*given)
        whole = dict(seen)
        seen.clear()
        found = features(model, *given, *steps)
    assert list(found) == list(steps)
    for name, place in steps.items():
        # a module may run more than once, under several names; attention returns a pair
        given = whole[model.get_submodule(place)] if place else []
        results = [result[0] if isinstance(result, tuple) else result for result in given]
        assert not place or any(torch.equal(found[name], result) for result in results), name
    assert any(steps.values())


def test_a_network_that_is_a_sequential_as_a_whole_has_features() -> None:
    text = (
        "skipgraph: 1\ninputs: {input: [N, 3, H, W]}\nlayers:\n"
        "  - Conv2d: {name: first, key: '0', out_channels: 4, kernel_size: 3}\n"
        "  - ReLU: {name: second, key: '1.0'}\n  - Tanh: {name: third, key: '1.1'}\n  - Sigmoid: {key: '2'}\n"
    )
    model, (image,) = built(network(text)), inputs(network(text))
    assert issubclass(type(model), nn.Sequential)
    ran: list[str] = []
    model[2].register_forward_hook(lambda *args: ran.append("2"))
    found = model.features(image, "third", "first")
    assert torch.equal(found["first"], model[0](image))
    assert torch.equal(found["third"], found["first"].relu().tanh())
    assert ran == []


def test_features_reach_into_blocks_chains_and_skips() -> None:
    spec = network(CASES["unet"])
    model, (image,) = built(spec), inputs(spec)
    found = model.features(image, "dec1.relu_0", "skip1", "enc1", "dec1")
    assert torch.equal(model.dec1.conv2d_0(found["skip1"]).shape and model.dec1(found["skip1"]), found["dec1"])
    assert torch.equal(found["skip1"][:, found["enc1"].shape[1] :], found["enc1"])
    residual = network(RESNET)
    deep, (photo,) = built(residual), inputs(residual)
    values = deep.features(photo, "layer2_0.joined", "layer2_1", "fc")
    assert torch.equal(values["fc"], deep(photo))
    assert torch.equal(deep.layer2[1](deep.layer2[0].out(values["layer2_0.joined"])), values["layer2_1"])


def test_features_run_no_further_than_they_must() -> None:
    model = built(network(SKIPS))
    ran = []
    model.e.register_forward_hook(lambda *args: ran.append("e"))
    model.features(torch.zeros(1, 3, 4, 4), "d")
    assert ran == []


def test_an_unknown_feature_is_named_with_the_nearest() -> None:
    with pytest.raises(KeyError, match="did you mean `enc0`"):
        features(built(network(CASES["unet"])), torch.zeros(1, 3, 16, 16), "enc00")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("enc00", "no value `enc00`: did you mean `enc0`?"),
        ("dec1.rel_0", "no value `dec1.rel_0`: did you mean `dec1.relu_0`?"),
        ("dek1.relu_0", "no value `dek1.relu_0`: did you mean `dec1.relu_0`?"),
        ("dec1.conv2d_0.weight", "no value `dec1.conv2d_0.weight`: a Conv2d has no steps"),
        ("wholly_other", "no value `wholly_other`: there are `"),
        ("", "no value ``: there are `"),
    ],
)
def test_what_is_no_feature_is_told_with_what_there_is(name: str, told: str) -> None:
    with pytest.raises(KeyError) as caught:
        skipgraph.features(built(network(CASES["unet"])), torch.zeros(1, 3, 16, 16), name)
    assert caught.value.args[0].startswith(told)


def test_what_a_later_step_does_in_place_does_not_change_a_feature() -> None:
    text = (
        "skipgraph: 1\ninputs: {x: [N, 4]}\nlayers:\n"
        "  - Linear: {name: first, out_features: 4}\n  - ReLU: {name: second, inplace: true}\n  - Tanh\n"
    )
    model, (x,) = built(network(text)), inputs(network(text))
    found = model.features(x, "first", "second")
    assert torch.equal(found["first"], model.first(x))
    assert not torch.equal(found["first"], found["second"])


def test_a_tensor_of_the_networks_own_is_a_feature() -> None:
    text = (
        "skipgraph: 1\ninputs: {x: [N, 4]}\nlayers:\n"
        "  - Parameter: {name: token, shape: [4]}\n  - Add: {name: sum, from: [x, token]}\n  - Tanh\n"
    )
    model, (x,) = built(network(text)), inputs(network(text))
    found = model.features(x, "token", "sum")
    assert found["token"] is model.token
    assert torch.equal(found["sum"], x + model.token)


def test_of_several_results_each_is_a_feature() -> None:
    spec = load(ZOO / "deeplabv3.yaml")
    model, given = built(spec).eval(), inputs(spec)
    assert set(model.features(*given, "backbone.out", "backbone.aux")) == {"backbone.out", "backbone.aux"}
    with pytest.raises(KeyError, match=r"`backbone` is several values: `backbone.out`, `backbone.aux`"):
        model.features(*given, "backbone")


def test_only_what_was_built_has_features() -> None:
    with pytest.raises(TypeError, match="only what `build` gave can be looked into, not a ReLU"):
        skipgraph.features(nn.ReLU(), torch.zeros(1), "x")


def test_a_network_with_a_child_called_features_keeps_it() -> None:
    spec = network(VGG)
    model = built(spec)
    assert isinstance(model.features, nn.Sequential)
    assert list(skipgraph.features(model, *inputs(spec), "conv2d_1")) == ["conv2d_1"]
