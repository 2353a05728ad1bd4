"""Every spec of the zoo is to the bit the network that it names, and says for which sizes it holds."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from reference.case import SPECS, Case, Relative, network_at
from reference.cases import CASES, CONTRACTS, RELATIVES
from reference.comparing import copy_weights, differences, perturb, same_output, silent
from reference.packages import torchvision_models
from torch import nn

from skipgraph import text
from skipgraph.api import LIMITS, build, check, load
from skipgraph.diagnostics import Report
from skipgraph.emit import to_module, to_spec

FILES = sorted(SPECS.glob("*.yaml"))


def _marked(cases: Iterable[Case]) -> list[Any]:
    return [pytest.param(case, marks=pytest.mark.reference if case.package else (), id=str(case)) for case in cases]


def _case(spec: str) -> Case:
    return next(case for case in CASES if case.spec == spec)


EVERY = _marked(CASES)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Threads cost small maps more than they bring: on two busy cores sixty times the time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("case", EVERY)
def test_a_spec_gives_and_learns_what_its_reference_does_to_the_bit(case: Case) -> None:
    ours, theirs = case.modules()
    for number in range(len(case.examples)):
        assert case.differences(ours, theirs, case.inputs(number)) == []
    idle = silent(ours)
    assert [name for name in idle if not any(fnmatchcase(name, pattern) for pattern in case.idle)] == []
    assert [pattern for pattern in case.idle if not any(fnmatchcase(name, pattern) for name in idle)] == []
    assert case.differences(ours, theirs, case.inputs(len(case.examples) - 1), train=True) == []


@pytest.mark.parametrize("case", EVERY)
def test_a_changed_weight_shows(case: Case) -> None:
    ours, theirs = case.modules()
    weights = [
        each for name, each in theirs.named_parameters() if not any(fnmatchcase(name, idle) for idle in case.idle)
    ]
    inputs = case.inputs(0)
    assert same_output(ours, theirs, inputs)
    with torch.no_grad():
        for weight in (weights[0], weights[len(weights) // 2], weights[-1]):
            kept = weight.clone()
            weight.mul_(1.01)
            assert not same_output(ours, theirs, inputs)
            weight.copy_(kept)
    assert same_output(ours, theirs, inputs)


@pytest.mark.parametrize("case", _marked(case for case in CASES if not case.by_order and not case.rename))
def test_published_keys_are_the_specs_own(case: Case) -> None:
    theirs = {key: tuple(each.shape) for key, each in case.reference().state_dict().items()}
    assert {".".join(key): weight.shape for key, weight in case.network().graph.weights()} == theirs


@pytest.mark.reference
@pytest.mark.parametrize("relative", RELATIVES, ids=str)
def test_relatives_have_the_published_keys(relative: Relative) -> None:
    torchvision_models()
    with torch.device("meta"):
        theirs = relative.reference().state_dict()
    ours = {
        ".".join(key): weight.shape for key, weight in network_at(relative.spec, **relative.settings).graph.weights()
    }
    assert ours == {key: tuple(each.shape) for key, each in theirs.items()}


TWO_SKIPS = """
skipgraph: 1
inputs: {x: [N, 4, H, W]}
layers:
  - Conv2d: {name: a, out_channels: 4, kernel_size: 3, padding: 1}
  - Conv2d: {name: b, out_channels: 4, kernel_size: 3, padding: 1}
  - Conv2d: {name: c, out_channels: 4, kernel_size: 3, padding: 1}
  - Conv2d: {name: d, out_channels: 4, kernel_size: 3, padding: 1}
skips:
  first: {from: a, to: c, merge: MERGE}
  second: {from: b, to: d, merge: MERGE}
"""


class TwoSkips(nn.Module):
    """The same by hand, its skips the right way round or not."""

    def __init__(self, merge: str, swapped: bool) -> None:
        super().__init__()
        wide = 8 if merge == "concat" else 4
        self.layers = nn.ModuleList(nn.Conv2d(inside, 4, 3, padding=1) for inside in (4, 4, wide, wide))
        self.concat = merge == "concat"
        self.swapped = swapped

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.layers[0](x)
        b = self.layers[1](a)
        first, second = (b, a) if self.swapped else (a, b)
        c = self.layers[2](self.joined(b, first))
        out: torch.Tensor = self.layers[3](self.joined(c, second))
        return out

    def joined(self, main: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        return torch.cat([main, skip], 1) if self.concat else main + skip


@pytest.mark.parametrize("merge", ["concat", "add"])
def test_two_swapped_skips_show(merge: str) -> None:
    ours = build(TWO_SKIPS.replace("MERGE", merge))
    x = torch.randn(2, 4, 6, 6)
    perturb(ours, [x])
    for swapped in (False, True):
        theirs = TwoSkips(merge, swapped)
        copy_weights(ours, theirs, by_order=True)
        assert same_output(ours, theirs, [x]) is not swapped


FIRST = {case.spec: case for case in reversed(CASES)}
"""The first case of each spec."""


@pytest.mark.slow
@pytest.mark.parametrize("spec", sorted(FIRST))
def test_two_swapped_skips_of_a_spec_show_or_are_refused(spec: str) -> None:
    network, inputs = FIRST[spec].network(), FIRST[spec].inputs(0)
    swapped = list(with_skips_swapped(yaml.safe_load(to_spec(network))))
    if not swapped:
        pytest.skip("no two merges in one scope")
    ours = to_module(network)
    perturb(ours, FIRST[spec].inputs(len(FIRST[spec].examples) - 1))
    for tree in swapped:
        if not check(tree).failed:
            other = build(tree)
            copy_weights(ours, other)
            assert not same_output(ours, other, inputs)


def with_skips_swapped(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A spec without loops, a few times for each scope: two of the values that merges there take are swapped."""
    for block in [None, *tree.get("blocks", {})]:
        count = len(merged_edges(tree if block is None else tree["blocks"][block]))
        done = 0
        for one, other in itertools.combinations(range(count), 2):
            changed = copy.deepcopy(tree)
            edges = merged_edges(changed if block is None else changed["blocks"][block])
            (first, at), (second, there) = edges[one], edges[other]
            if first is not second and first[at] != second[there] and done < 3:
                first[at], second[there] = second[there], first[at]
                done += 1
                yield changed


def merged_edges(scope: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Where a scope names what its merges take besides the main path: what holds the name, and at which key."""
    edges: list[tuple[Any, Any]] = [(skip, "from") for skip in scope.get("skips", {}).values()]
    for step in scope["layers"]:
        [(kind, written)] = step.items()
        if kind in ("Concat", "Add", "Sub", "Mul") and isinstance(written.get("from"), list):
            edges += [(written["from"], index) for index in range(1, len(written["from"]))]
    return edges


def test_the_order_of_a_concat_shows() -> None:
    case = _case("skip_autoencoder")
    _, theirs = case.modules()
    written = (SPECS / f"{case.spec}.yaml").read_text()
    turned = build(written.replace("to: deconv4", "to: deconv4, order: skip_first"))
    copy_weights(theirs, turned, by_order=True)
    assert not same_output(turned, theirs, case.inputs(0))


def test_the_autoencoder_has_346_723_weights() -> None:
    module = to_module(network_at("skip_autoencoder"))
    assert sum(weight.numel() for weight in module.parameters()) == 346_723


def test_the_original_unet_takes_572_and_gives_388() -> None:
    network = network_at("unet_2015")
    assert network.contract.accepts({"N": 1, "H": 572, "W": 572})
    with torch.device("meta"):
        module = to_module(network)
        assert module(torch.empty(1, 1, 572, 572)).shape == (1, 2, 388, 388)


@pytest.mark.parametrize("downs", [7, 8])
def test_pix2pix_has_the_published_keys(downs: int) -> None:
    keys = {".".join(key) for key, _ in network_at("pix2pix_unet", num_downs=downs).graph.weights()}
    assert {"model.model.0.weight", "model.model.1.model.3.model.3.model.1.weight", "model.model.3.bias"} <= keys
    innermost = "model.model.1" + ".model.3" * (downs - 2)
    assert {f"{innermost}.model.1.weight", f"{innermost}.model.4.running_mean"} <= keys
    assert len(keys) == {7: 70, 8: 82}[downs]


def test_pix2pix_skips_carry_what_the_activation_gave() -> None:
    """The published code writes into the tensor that its skip reads."""
    [level] = [node.work for node in network_at("pix2pix_unet", num_downs=7).graph.nodes if node.kind == "level"]
    [merge] = [node for node in level.nodes if node.merge]  # type: ignore[union-attr]
    assert merge.edges[0].source.node == "act"


@pytest.mark.reference
def test_pix2pix_levels_give_what_the_published_ones_give() -> None:
    """The ReLU behind each level hides from the output what its skip carries."""
    case = _case("pix2pix_unet")
    seen: list[list[torch.Tensor]] = []
    for module in case.modules():
        found: list[torch.Tensor] = []
        for depth in range(1, 7):
            level = module.get_submodule("model.model.1" + ".model.3" * (depth - 1))
            level.register_forward_hook(lambda _, __, value, found=found: found.append(value.clone()))
        module.eval()(*case.inputs(0))
        seen.append(found)
    assert len(seen[0]) == 6
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(*seen, strict=True))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_spec_is_clean_and_states_its_contract(file: Path) -> None:
    assert str(network_at(file.stem).contract) == CONTRACTS[file.stem]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_spec_begins_with_its_schema_and_a_comment(file: Path) -> None:
    first, second = file.read_text().splitlines()[:2]
    assert first == "# yaml-language-server: $schema=../docs/skipgraph.schema.json"
    assert second.startswith("# ")


def test_every_spec_has_a_reference() -> None:
    assert {file.stem for file in FILES} == {case.spec for case in CASES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_json_twin_is_the_same_network(file: Path, tmp_path: Path) -> None:
    ours, twin = load(file), load(json_twin(file, tmp_path))
    assert twin.graph == ours.graph
    assert twin.contract == ours.contract
    assert list(twin.graph.weights()) == list(ours.graph.weights())


def test_a_json_twin_runs_as_its_spec_does(tmp_path: Path) -> None:
    case = _case("skip_autoencoder")
    ours, _ = case.modules()
    twin = build(json_twin(SPECS / f"{case.spec}.yaml", tmp_path))
    copy_weights(ours, twin)
    assert differences(twin, ours, case.inputs(0)) == []


def json_twin(file: Path, folder: Path) -> Path:
    """The same tree as JSON, beside what it uses."""
    for used in file.parent.glob("*.yaml"):
        (folder / used.name).write_text(used.read_text())
    report = Report()
    source = text.load(file, report, LIMITS)
    document = text.read(source, report, LIMITS) if source else None
    assert document is not None
    twin = folder / f"{file.stem}.json"
    twin.write_text(json.dumps(document.data))
    return twin
