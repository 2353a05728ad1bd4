"""The built module: it behaves like one written by hand, keeps nothing, and tells errors at the spec's lines."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import subprocess
import sys
import traceback
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from emit_cases import CASES, MIXED, RESNET, VGG, built, inputs, network, printed, same, tensors
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from skipgraph.api import Settings, build, network_of
from skipgraph.diagnostics import Report, Source
from skipgraph.emit import to_module, to_source
from skipgraph.graph import Network

SKIPS = """\
skipgraph: 1
name: small
inputs: {image: [N, 3, H, W]}
layers:
  - Conv2d: {name: a, out_channels: 4, kernel_size: 3, padding: 1}
  - ReLU: {name: b}
  - Conv2d: {name: c, out_channels: 4, kernel_size: 3, padding: 1}
  - ReLU: {name: d}
  - Conv2d: {name: e, out_channels: 4, kernel_size: 3, padding: 1}
  - ReLU: {name: f}
  - Conv2d: {name: g, out_channels: 4, kernel_size: 3, padding: 1}
  - ReLU: {name: h}
skips:
  s: {from: b, to: e, merge: add}
"""


def test_it_prints_as_a_module_written_by_hand() -> None:
    spec = network(RESNET)
    assert repr(to_module(spec)) == repr(printed(spec))
    assert type(to_module(spec)).__name__ == "Resnet"


@pytest.mark.parametrize("name", [name for name in CASES if name != "mixed"])
def test_it_can_be_pickled_copied_and_saved_also_after_a_forward(name: str) -> None:
    spec = network(CASES[name])
    model, given = built(spec), inputs(spec)
    wanted = model(*given)
    again = pickle.loads(pickle.dumps(model))
    assert type(again) is type(model)
    assert same(again(*given), wanted)
    assert same(copy.deepcopy(model)(*given), wanted)
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    assert same(torch.load(buffer, weights_only=False)(*given), wanted)
    child = next(child for child in model.modules() if child is not model)
    assert repr(pickle.loads(pickle.dumps(child))) == repr(child)


def test_it_can_be_unpickled_in_a_process_that_never_saw_the_spec(tmp_path: Path) -> None:
    spec = network(RESNET)
    model, given = built(spec), inputs(spec)
    with torch.no_grad():
        torch.save((model, model.layer2, given, model(*given)), tmp_path / "model.pt")
    code = (
        "import sys, torch\n"
        "model, child, given, wanted = torch.load(sys.argv[1], weights_only=False)\n"
        "assert torch.equal(model(*given), wanted) and child is model.layer2\n"
        "assert list(model.features(*given, 'layer2_0.conv1')) == ['layer2_0.conv1']\n"
        "try:\n    model(given[0][:, :2])\n"
        "except RuntimeError:\n    import traceback; print(traceback.format_exc())\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model.pt")]
    run = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert run.returncode == 0, run.stderr
    assert "- Conv2d: {name: conv1, out_channels: 16, kernel_size: 7" in run.stdout


@pytest.mark.parametrize(("text", "line"), [(RESNET, "name: conv1, out_channels: 16"), (VGG, "key: features.$(3 * i)")])
def test_an_error_inside_forward_shows_the_line_of_the_spec(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    spec = network(text, str(path))
    model: Any = to_module(spec)
    (image,) = inputs(spec)
    with pytest.raises(RuntimeError, match="channels") as caught:
        model(image[:, :2])
    frames = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == str(path)]
    number = next(at for at, written in enumerate(text.split("\n"), 1) if line in written)
    assert frames[-1].lineno == number
    assert line in (frames[-1].line or "")


def test_two_specs_without_a_file_do_not_mix_their_lines() -> None:
    first = to_module(network(SKIPS))
    second = to_module(network(SKIPS.replace("name: small", "name: small\ndescription: another")))
    for model, number in ((first, 5), (second, 6), (first, 5)):
        with pytest.raises(RuntimeError) as caught:
            model(torch.zeros(1, 2, 4, 4))
        frame = next(f for f in traceback.extract_tb(caught.value.__traceback__) if f.filename.startswith("<string>"))
        assert (frame.lineno, (frame.line or "")[:20]) == (number, "- Conv2d: {name: a, ")


class _Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts, at each op, the results of earlier ops that are still alive."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.refs: list[weakref.ref[torch.Tensor]] = []
        self.counts: list[int] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.counts.append(sum(ref() is not None for ref in self.refs))
        result = func(*args, **(kwargs or {}))
        self.refs.append(weakref.ref(result))
        return result


@contextmanager
def _alive() -> Iterator[_Alive]:
    with torch.no_grad(), _Alive() as mode:
        yield mode


def test_every_value_is_let_go_behind_its_last_use() -> None:
    model: Any = to_module(network(SKIPS))
    image = torch.zeros(1, 3, 8, 8)
    with _alive() as mode:
        model(image)
    # conv, relu, conv, relu, add, conv, relu, conv, relu: `b` lives until the add, all else for one step
    assert mode.counts == [0, 1, 1, 2, 2, 1, 1, 1, 1]


def test_the_input_is_let_go_as_well() -> None:
    model: Any = to_module(network(SKIPS))
    seen = []

    def look(module: nn.Module, args: Any) -> None:
        seen.append(reference() is None)

    model.g.register_forward_pre_hook(look)
    held = [torch.zeros(1, 3, 8, 8)]
    reference = weakref.ref(held[0])
    with torch.no_grad():
        # called as a function, nothing but forward holds it
        type(model).forward(model, held.pop())
    assert seen == [True]


def test_nothing_is_kept_on_the_module_after_a_forward() -> None:
    spec = network(MIXED)
    model, given = built(spec), inputs(spec)
    before = {name: set(vars(module)) for name, module in model.named_modules()}
    with torch.no_grad():
        references = [weakref.ref(tensor) for tensor in tensors(model(*given))]
        model.features(*given, "incep", "s1")
    gc.collect()
    assert all(reference() is None for reference in references)
    assert {name: set(vars(module)) for name, module in model.named_modules()} == before


def test_inputs_go_by_position_or_by_name() -> None:
    spec = network(MIXED)
    model, (image, t) = built(spec), inputs(spec)
    assert same(model(image, t), model(t=t, image=image))


def test_hooks_of_every_module_that_runs_fire() -> None:
    spec = network(RESNET)
    model = built(spec)
    fired = []
    for name, module in model.named_modules():
        module.register_forward_hook(lambda module, args, result, name=name: fired.append(name))
    model(*inputs(spec))
    assert sorted(fired) == sorted(name for name, _ in model.named_modules())


@pytest.mark.parametrize("text", [RESNET, VGG])
def test_children_can_be_replaced_added_and_removed(text: str) -> None:
    spec = network(text)
    model, alone, given = built(spec), printed(spec), inputs(spec)
    for each in (model, alone):
        if text is VGG:
            each.features[1] = nn.Identity()
            del each.classifier[1]
            each.features.append(nn.Tanh())
        else:
            each.relu = nn.Tanh()
            each.layer2[0].relu = nn.Identity()
            each.layer3 = each.layer3[:1]
    assert same(model(*given), alone(*given))
    assert same(pickle.loads(pickle.dumps(model))(*given), alone(*given))


def test_initial_weights_are_those_of_the_printed_source() -> None:
    spec = network(CASES["unet"])
    one, other = built(spec).state_dict(), printed(spec).state_dict()
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_shared_weights_are_one_tensor() -> None:
    model = built(network(MIXED))
    assert model.head is model.heads[0]
    assert model.state_dict()["head.weight"].data_ptr() == model.state_dict()["heads.0.weight"].data_ptr()


@pytest.mark.parametrize("name", ["mixed", "vgg", "resnet"])
def test_torch_compile_takes_it_whole(name: str) -> None:
    spec = network(CASES[name])
    model, given = built(spec), inputs(spec)
    torch._dynamo.reset()
    compiled: Any = torch.compile(model, fullgraph=True, backend="eager")
    assert same(compiled(*given), model(*given))


# torch itself traces no recurrent layer
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CASES if name != "states"])
def test_torch_compile_takes_it_whole_with_autograd(name: str) -> None:
    spec = network(CASES[name])
    model, given = built(spec), inputs(spec)
    torch._dynamo.reset()
    compiled: Any = torch.compile(model, fullgraph=True, backend="aot_eager")
    assert same(compiled(*given), model(*given))


@pytest.mark.parametrize("strict", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["mixed", "vgg"])
def test_torch_export_takes_it_whole(name: str, strict: bool) -> None:
    spec = network(CASES[name])
    model, given = built(spec), inputs(spec)
    torch._dynamo.reset()
    assert same(torch.export.export(model, tuple(given), strict=strict).module()(*given), model(*given))


@pytest.mark.parametrize("name", ["vgg", "resnet", "unet"])
def test_it_can_be_traced(name: str) -> None:
    spec = network(CASES[name])
    model, given = built(spec), inputs(spec)
    assert same(torch.fx.symbolic_trace(model)(*given), model(*given))


def test_functional_calls_use_the_given_weights() -> None:
    model = built(network(SKIPS))
    image = torch.randn(1, 3, 4, 4)
    zeros = {name: torch.zeros_like(weight) for name, weight in model.named_parameters()}
    assert torch.func.functional_call(model, zeros, (image,)).abs().sum() == 0


class Halve(nn.Module):
    """A class from outside: two results."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        return [half * self.weight for half in x.chunk(2, dim=self.dim)]

    @staticmethod
    def infer_shape(shape: Any, dim: int) -> list[Any]:
        part = tuple(size // 2 if axis == dim else size for axis, size in enumerate(shape))
        return [part, part]


def test_a_class_from_outside_runs_is_imported_by_the_source_and_pickles() -> None:
    text = (
        "skipgraph: 1\nname: n\ninputs: {x: [N, 4, L]}\nuse: {Half: extern}\nlayers:\n"
        "  - Half: {name: parts, dim: 1}\n  - Sub: {from: [parts.1, parts.0]}\n"
    )
    report = Report()
    spec = network_of(Source("<string>", text), report, Settings(externs={"Half": Halve}))
    assert spec is not None, [finding.message for finding in report]
    assert f"from {__name__} import Halve as Half" in to_source(spec)
    model, x = built(spec), torch.randn(2, 4, 3)
    assert torch.equal(model(x), x[:, 2:] - x[:, :2])
    assert torch.equal(pickle.loads(pickle.dumps(model))(x), printed(spec)(x))


def test_the_classes_of_a_network_go_when_it_goes() -> None:
    model: Any = to_module(network(SKIPS.replace("small", "short_lived")))
    reference = weakref.ref(type(model))
    del model
    gc.collect()
    assert reference() is None


def test_a_notebook_shows_its_figure_also_after_a_file_and_in_another_process(tmp_path: Path) -> None:
    model: Any = build(Path(__file__).parents[1] / "specs" / "unet.yaml")
    figure = model._repr_svg_()
    assert figure.startswith("<svg") and "skip3" in figure
    assert copy.deepcopy(model)._repr_svg_() == pickle.loads(pickle.dumps(model))._repr_svg_() == figure
    torch.save((model, model.enc0), tmp_path / "model.pt")
    code = (
        "import sys, torch, pickle, copy\n"
        "model, child = torch.load(sys.argv[1], weights_only=False)\n"
        "again = pickle.loads(pickle.dumps(copy.deepcopy(model)))\n"
        "assert again._repr_svg_() == model._repr_svg_() and not hasattr(child, '_repr_svg_')\n"
        "sys.stdout.buffer.write(model._repr_svg_().encode())\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model.pt")]
    run = subprocess.run(command, capture_output=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert run.returncode == 0, run.stderr
    assert run.stdout.decode() == figure


def test_a_picture_that_cannot_be_drawn_keeps_no_weights_from_being_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(network: Network) -> str:
        raise RecursionError("planted")

    model: Any = to_module(network(SKIPS + "\n# not drawn yet\n")).eval()
    given = inputs(network(SKIPS))
    monkeypatch.setattr(Network, "drawn", fails)
    with pytest.raises(RecursionError, match="planted"):
        model._repr_svg_()
    data = pickle.dumps(model)
    assert same(pickle.loads(data)(*given), model(*given))


def test_a_copy_draws_nothing_and_a_pickle_draws_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def draw(network: Network) -> str:
        drawn.append(network.graph.name)
        return "<svg/>"

    monkeypatch.setattr(Network, "drawn", draw)
    model = to_module(network(SKIPS + "\n# drawn once\n"))
    copy.deepcopy(copy.deepcopy(model))
    assert drawn == []
    for each in (model, copy.deepcopy(model), model):
        assert pickle.loads(pickle.dumps(each))._repr_svg_() == "<svg/>"
    assert len(drawn) == 1
