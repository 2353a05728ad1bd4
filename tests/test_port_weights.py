"""Weights that go from one network into another: what pairs them, and what is refused, with nothing written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import skipgraph
from skipgraph import PortError, PortReport, port_weights
from skipgraph.importers.weights import Way, example_of

SPECS = Path(__file__).parents[1] / "specs"

BEFORE = """\
skipgraph: 1
inputs: {x: [N, 3, H, W]}
layers:
  - Conv2d: {name: stem, out_channels: 8, kernel_size: 3}
  - BatchNorm2d: {name: norm}
  - ReLU
  - Conv2d: {name: middle, out_channels: 8, kernel_size: 3}
  - Conv2d: {name: head, out_channels: 4, kernel_size: 1}
"""
AFTER = (
    BEFORE.replace("name: head, out_channels: 4", "name: head, out_channels: 5")
    .replace("  - ReLU\n", "  - ReLU\n  - Conv2d: {name: extra, out_channels: 8, kernel_size: 3}\n")
    .replace("  - Conv2d: {name: middle, out_channels: 8, kernel_size: 3}\n", "")
)
IMAGE = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def stirred(module: nn.Module, seed: int = 1) -> nn.Module:
    """The module with every weight and buffer away from where it starts."""
    numbers = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                tensor.mul_(1 + 0.1 * torch.rand(tensor.shape, generator=numbers, dtype=tensor.dtype))
                tensor.add_(0.01 * torch.randn(tensor.shape, generator=numbers, dtype=tensor.dtype))
            else:
                tensor.add_(7)
    return module


def state(module: nn.Module) -> dict[str, Tensor]:
    return {key: value.clone() for key, value in module.state_dict().items()}


def same(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def refused(*arguments: Any, **named: Any) -> PortError:
    """The refusal, after which the target is as it was."""
    target = arguments[1]
    before, modes = state(target), [each.training for each in target.modules()]
    with pytest.raises(PortError) as raised:
        port_weights(*arguments, **named)
    assert same(state(target), before)
    assert [each.training for each in target.modules()] == modes
    return raised.value


def ways(report: PortReport) -> dict[str, str]:
    return {pair.target: pair.way.value for pair in report.pairs}


def went(report: PortReport) -> dict[str, str]:
    return {pair.target: pair.source for pair in report.pairs}


class Chain(nn.Module):
    """Convolutions alike in shape, registered in one order and used in another."""

    def __init__(self, registered: str, used: str) -> None:
        super().__init__()
        for name in registered:
            self.add_module(name, nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)))
        self.used = used

    def forward(self, x: Tensor) -> Tensor:
        for name in self.used:
            x = torch.relu(self.get_submodule(name)(x))
        return x


def test_names_pair_and_buffers_go_along() -> None:
    source, target = stirred(skipgraph.build(BEFORE)), skipgraph.build(BEFORE)
    report = port_weights(source, target, IMAGE)
    assert same(source.state_dict(), target.state_dict())
    assert set(ways(report).values()) == {"name"}
    assert (report.compared, report.new, report.dropped, report.changed) == (True, (), (), ())
    assert "norm.num_batches_tracked" in went(report)
    assert str(report) == "kept       11 of 11 tensors: 11 by name\noutputs    equal to the bit\n"


@pytest.mark.reference
def test_a_published_resnet_loads_by_its_names_by_a_table_and_by_order() -> None:
    from reference.packages import torchvision_models

    source = stirred(torchvision_models().resnet18())
    whole = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    for rename, by in ((None, None), (None, "order"), ({"layer1": "layer1"}, None)):
        target = skipgraph.build(SPECS / "resnet.yaml")
        assert port_weights(source, target, whole, rename=rename, by=by).compared  # type: ignore[arg-type]
        assert same(source.state_dict(), target.state_dict())
    renamed = {f"net.{key.replace('layer', 'stage')}": value for key, value in source.state_dict().items()}
    target = skipgraph.build(SPECS / "resnet.yaml")
    table = {
        "net": "",
        "net.stage1": "layer1",
        "net.stage2": "layer2",
        "net.stage3.": "layer3.",
        "net.stage4": "layer4",
    }
    assert set(ways(port_weights(renamed, target, rename=table)).values()) == {"table"}
    assert same(source.state_dict(), target.state_dict())


def test_order_of_use_is_right_where_order_of_registration_is_wrong() -> None:
    source, target = stirred(Chain("abcd", "abcd")), Chain("zxwy", "wxyz")
    zipped = dict(zip(target.state_dict(), source.state_dict(), strict=True))
    report = port_weights(source, target, IMAGE)
    assert set(ways(report).values()) == {"order"}
    assert {each.split(".")[0]: key.split(".")[0] for each, key in went(report).items()} == dict(
        zip("wxyz", "abcd", strict=True)
    )
    assert went(report) != zipped
    assert report.compared
    assert went(report)["w.1.num_batches_tracked"] == "a.1.num_batches_tracked"
    assert torch.equal(target(IMAGE[:1]), source(IMAGE[:1]))


def test_names_that_mean_other_layers_are_refused_and_order_finds_them() -> None:
    source, target = stirred(Chain("abc", "abc")), Chain("abc", "cba")
    error = refused(source, target, IMAGE)
    assert error.what == "the outputs differ on the example"
    assert "by='order'" in str(error)
    report = port_weights(source, target, IMAGE, by="order")
    assert went(report)["c.0.weight"] == "a.0.weight"
    assert torch.equal(target.eval()(IMAGE), source.eval()(IMAGE))


def test_a_wrong_pairing_that_is_planted_is_caught() -> None:
    source, target = stirred(Chain("abc", "abc")), Chain("xyz", "xyz")
    wrong = {"a": "y", "b": "x", "c": "z"}
    error = refused(source, target, IMAGE, rename=wrong)
    assert error.what == "the outputs differ on the example"
    assert "numbers differ, by up to" in error.problems[0]
    # without the example no one can know
    assert not port_weights(source, target, rename=wrong).compared


def test_layers_that_run_side_by_side_in_another_order_are_refused() -> None:
    class Two(nn.Module):
        def __init__(self, first: str, second: str) -> None:
            super().__init__()
            self.add_module(first, nn.Linear(4, 4))
            self.add_module(second, nn.Linear(4, 4))
            self.names = first, second

        def forward(self, x: Tensor) -> Tensor:
            a, b = (self.get_submodule(name)(x) for name in self.names)
            result: Tensor = a - b if self.names[0] == "a" else b - a
            return result

    error = refused(stirred(Two("a", "b")), Two("x", "y"), torch.rand(2, 4))
    assert error.what == "the outputs differ on the example"
    assert "`a.weight -> x.weight`" in str(error)


def test_an_example_that_shows_nothing_is_told() -> None:
    class Bare(nn.Module):
        def __init__(self, *names: str) -> None:
            super().__init__()
            for name in names:
                self.add_module(name, nn.Conv2d(3, 3, 3, bias=False))

        def forward(self, x: Tensor) -> Tensor:
            for each in self.children():
                x = each(x)
            return x

    source = stirred(Bare("a", "b"))
    assert port_weights(source, Bare("x", "y"), IMAGE).unproved == ()
    report = port_weights(source, Bare("x", "y"), torch.zeros_like(IMAGE))
    assert report.unproved == ("x.weight", "y.weight")
    assert "unproved   x: weight; these outputs do not hang on it" in str(report)


def test_a_functional_network_pairs_with_one_of_modules() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.offset = nn.Parameter(torch.rand(4))
            self.kernel = nn.Parameter(torch.rand(4, 3, 3, 3))
            self.matrix = nn.Parameter(torch.rand(4, 4))

        def forward(self, x: Tensor) -> dict[str, list[Tensor]]:
            assert self.kernel.dtype == x.dtype
            x = nn.functional.conv2d(x, self.kernel, self.offset).mean((2, 3))
            return {"y": [x @ self.matrix.t()]}

    class Modules(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.out = nn.Linear(4, 4, bias=False)
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = self.out(self.conv(x).mean((2, 3)))
            return result

    report = port_weights(Functional(), Modules(), IMAGE)
    assert went(report) == {"out.weight": "matrix", "conv.weight": "kernel", "conv.bias": "offset"}
    assert report.compared


def test_to_look_at_a_weight_is_not_to_use_it() -> None:
    class Looks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Parameter(torch.rand(3, 3)), nn.Parameter(torch.rand(3, 3))

        def forward(self, x: Tensor) -> Tensor:
            assert self.two.dtype == x.dtype and self.two.shape == (3, 3)
            return nn.functional.linear(torch.relu(nn.functional.linear(x, self.one)), self.two)

    target = nn.Sequential(nn.Linear(3, 3, bias=False), nn.ReLU(), nn.Linear(3, 3, bias=False))
    assert went(port_weights(Looks(), target, torch.rand(2, 3))) == {"0.weight": "one", "2.weight": "two"}


def test_layers_of_which_one_side_has_more_are_not_paired_by_order() -> None:
    source, target = stirred(Chain("abc", "abc")), Chain("xy", "xy")
    error = refused(source, target, IMAGE)
    assert "order of use does not tell which is which: [3, 3, 3, 3]: 3 in the source, 2 in the target" in error.problems
    assert port_weights(source, target, IMAGE, by="order", partial=True, rename={"a": "x"}).new == tuple(
        Chain("y", "y").state_dict()
    )


def test_shapes_that_differ_are_all_told_at_once() -> None:
    source, target = skipgraph.build(BEFORE), skipgraph.build(BEFORE.replace("out_channels: 8", "out_channels: 6"))
    error = refused(source, target)
    assert "`stem.weight` has another shape: [8, 3, 3, 3] in the source, [6, 3, 3, 3] in the target" in error.problems
    assert len(error.problems) == 9


def test_after_an_edit_the_steps_that_kept_their_name_keep_their_weights() -> None:
    source, target = stirred(skipgraph.build(BEFORE)), skipgraph.build(AFTER)
    fresh = state(target)
    refused(source, target)
    report = port_weights(source, target, IMAGE, partial=True)
    now, old = state(target), state(source)
    kept = [key for key in now if key.startswith(("stem", "norm"))]
    assert all(torch.equal(now[key], old[key]) for key in kept)
    assert all(torch.equal(now[key], fresh[key]) for key in now if key not in kept)
    assert not report.compared
    assert str(report) == (
        "kept       7 of 11 tensors: 7 by name\n"
        "changed    head.weight: [4, 8, 1, 1] -> [5, 8, 1, 1]\n"
        "           head.bias: [4] -> [5]\n"
        "new        extra: weight, bias\n"
        "dropped    middle: weight, bias\n"
        "outputs    not compared: some of the target is as it was\n"
    )


def test_what_nothing_goes_to_is_refused_but_for_counts() -> None:
    source = stirred(skipgraph.build(BEFORE)).state_dict()
    old = {key: value for key, value in source.items() if not key.endswith("num_batches_tracked")}
    assert port_weights(old, skipgraph.build(BEFORE)).new == ("norm.num_batches_tracked",)
    del old["norm.running_mean"], old["stem.bias"]
    error = refused(old, skipgraph.build(BEFORE))
    assert error.problems == ("nothing goes to stem: bias", "nothing goes to norm: running_mean")


def test_a_rule_that_does_nothing_is_refused_with_what_was_meant() -> None:
    source, target = skipgraph.build(BEFORE), skipgraph.build(BEFORE)
    error = refused(source, target, rename={"steem": "stem", "head": "heda", "middle": "middle"})
    assert error.rules == {
        "steem": "the source has no key `steem` and none that begins so; did you mean `stem`?",
        "head": "`head` leads to `heda.weight`, which the target does not have; did you mean `head.weight`?",
    }


def test_two_that_lead_to_one_place_are_refused() -> None:
    error = refused(skipgraph.build(BEFORE), skipgraph.build(BEFORE), rename={"middle": "stem"})
    assert "`stem.weight` and `middle.weight` both lead to `stem.weight`" in error.problems


def test_a_table_may_swap_names() -> None:
    source, target = stirred(Chain("ab", "ab")), Chain("ab", "ba")
    assert port_weights(source, target, IMAGE, rename={"a": "b", "b": "a"}).compared


def test_a_table_may_leave_a_tensor_out() -> None:
    source, target = stirred(skipgraph.build(BEFORE)), skipgraph.build(AFTER)
    report = port_weights(source, target, rename={"head": None, "middle": "extra"}, partial=True)
    assert report.changed == ()
    assert report.new == ("head.weight", "head.bias")
    assert report.dropped == ("head.weight", "head.bias")


def test_a_prefix_around_all_names_is_noticed() -> None:
    source, target = nn.DataParallel(skipgraph.build(BEFORE)), skipgraph.build(BEFORE)
    assert refused(source.state_dict(), target).help == "`rename={'module.': ''}` takes `module.` away"
    assert len(port_weights(source.state_dict(), target, rename={"module.": ""}).pairs) == 11


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")
@pytest.mark.parametrize("by", [None, "order"])
def test_parametrized_weights_pair_across_torch_s_two_styles(by: Any) -> None:
    new: Callable[..., Any] = nn.utils.parametrizations.weight_norm
    old_norms, new_norms = (
        (nn.utils.weight_norm, nn.utils.spectral_norm),
        (new, nn.utils.parametrizations.spectral_norm),
    )

    def made(norms: tuple[Any, Any]) -> nn.Module:
        return nn.Sequential(norms[0](nn.Conv2d(3, 4, 3)), norms[1](nn.Conv2d(4, 4, 3)))

    for first, second in ((old_norms, new_norms), (new_norms, old_norms), (new_norms, new_norms)):
        source, target = stirred(made(first)), made(second)
        report = port_weights(source, target, IMAGE, by=by)
        assert report.compared
        assert len(report.pairs) == 7
    ported = port_weights(stirred(made(old_norms)).state_dict(), made(new_norms))
    assert went(ported)["0.parametrizations.weight.original0"] == "0.weight_g"
    assert went(ported)["1.parametrizations.weight.0._v"] == "1.weight_v"


class Tied(nn.Module):
    def __init__(self, tied: bool) -> None:
        super().__init__()
        self.inside, self.outside = nn.Linear(4, 6, bias=False), nn.Linear(4, 6, bias=False)
        if tied:
            self.outside.weight = self.inside.weight

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.inside(x) @ self.outside.weight
        return result


def test_one_tensor_under_two_keys_needs_one_of_them() -> None:
    source, target = stirred(Tied(tied=True)), Tied(tied=True)
    assert port_weights(source, target, torch.rand(2, 4)).compared
    saved = {"outside.weight": source.state_dict()["inside.weight"]}
    target = Tied(tied=True)
    assert ways(port_weights(saved, target)) == {"inside.weight": Way.TIED, "outside.weight": Way.NAME}
    assert same(source.state_dict(), target.state_dict())
    assert port_weights(source, Tied(tied=False), torch.rand(2, 4)).compared


def test_two_tensors_for_one_place_are_refused() -> None:
    error = refused(stirred(Tied(tied=False)), Tied(tied=True))
    assert "`inside.weight`, `outside.weight` are one tensor in the target" in error.problems[0]


def test_a_tied_source_leaves_nothing_over_when_one_of_its_keys_is_used() -> None:
    source, target = stirred(Tied(tied=True)), nn.Linear(4, 6, bias=False)
    assert port_weights(source, target, rename={"inside": ""}).dropped == ()


def test_nothing_is_written_when_writing_fails() -> None:
    target = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    target[1].bias = nn.Parameter(torch.zeros(1).expand(2))  # cannot be written to
    before = state(target)
    with pytest.raises(PortError, match="cannot be written to"):
        port_weights(stirred(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))), target)
    assert same(state(target), before)


def test_modes_buffers_gradients_and_random_numbers_are_as_they_were() -> None:
    source, target = stirred(skipgraph.build(BEFORE)).train(), skipgraph.build(BEFORE).train()
    source.get_submodule("norm").eval()
    before, drawn = state(source), torch.random.get_rng_state()
    port_weights(source, target, IMAGE)
    assert (source.training, source.get_submodule("norm").training, target.training) == (True, False, True)
    assert same(state(source), before)
    assert torch.equal(torch.random.get_rng_state(), drawn)
    assert all(each.grad is None and each.requires_grad for each in target.parameters())


def test_a_buffer_that_counts_runs_is_as_it_was() -> None:
    class Counts(nn.Linear):
        calls: Tensor

        def __init__(self) -> None:
            super().__init__(2, 2)
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return super().forward(x)

    source, target = Counts(), Counts()
    source.calls += 3
    assert port_weights(source, target, torch.rand(1, 2), by="order", rename={"calls": "calls"}).compared
    assert (float(source.calls), float(target.calls)) == (3.0, 3.0)


def test_a_module_ported_into_itself_by_a_swap_reads_before_it_writes() -> None:
    module = stirred(Chain("ab", "ab"))
    before = state(module)
    port_weights(module.state_dict(), module, rename={"a": "b", "b": "a"})
    assert torch.equal(module.state_dict()["a.0.weight"], before["b.0.weight"])
    assert torch.equal(module.state_dict()["b.0.weight"], before["a.0.weight"])


def test_what_cannot_run_on_the_example_is_told() -> None:
    source, target = skipgraph.build(BEFORE), skipgraph.build(BEFORE)
    error = refused(source, target, torch.rand(1, 4, 8, 8))
    assert error.what == "the source does not run on the example"
    assert "give both" in str(refused(source.state_dict(), target, by="order"))


def test_several_inputs_go_in_as_a_tuple_or_a_dict() -> None:
    network = skipgraph.load(SPECS / "time_unet.yaml", base=8, depth=1)
    example = example_of(network, {})
    assert example is not None
    for given in (example, dict(zip(("image", "time"), example, strict=True))):
        source, target = (skipgraph.build(SPECS / "time_unet.yaml", base=8, depth=1) for _ in range(2))
        assert port_weights(source, target, given, by="order").compared


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"state_dict": {"weight": torch.rand(2, 2)}}, "pass what is below it: `checkpoint['state_dict']`"),
        ({"weight": [1.0]}, "`weight` is of type list"),
        (nn.LazyLinear(2), "run it once, then port"),
        (nn.Linear(2, 2, device="meta"), "on the meta device"),
        ({}, "nothing in the source goes anywhere"),
    ],
    ids=["nested", "numbers", "lazy", "meta", "empty"],
)
def test_what_holds_no_weights_is_refused(source: Any, said: str) -> None:
    assert said in str(refused(source, nn.Linear(2, 2)))


def test_what_is_no_module_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="got int"):
        port_weights(3, nn.Linear(2, 2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the target is a module"):
        port_weights({}, {})  # type: ignore[arg-type]


SMALL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("unet", {"base": 4}),
    ("siamese", {"features": 16}),
    ("pix2pix_unet", {"ngf": 4}),
    ("skip_autoencoder", {}),
)


@pytest.mark.parametrize(("name", "settings"), SMALL)
def test_order_of_use_finds_every_weight_of_a_network_of_the_zoo(name: str, settings: dict[str, Any]) -> None:
    path = SPECS / f"{name}.yaml"
    source, target = stirred(skipgraph.build(path, **settings)), skipgraph.build(path, **settings)
    report = port_weights(source, target, example_of(skipgraph.load(path, **settings), {}), by="order")
    assert all(pair.source == pair.target for pair in report.pairs)
    assert (report.compared, report.new, report.dropped, report.unproved) == (True, (), (), ())
