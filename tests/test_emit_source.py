"""The printed source: it reads as written by hand, and does the same as the module."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from emit_cases import CASES, MIXED, RESNET, ZOO, built, inputs, network, printed, same, tensors

from skipgraph.emit import features, to_source
from skipgraph.emit.arguments import Arguments
from skipgraph.emit.docs import docstring
from skipgraph.emit.expressions import Writer, literal
from skipgraph.emit.layout import WIDTH, Group, lines
from skipgraph.ops.lowering import Argument, Arithmetic, Call, Index, Method, SizeOf, Slice, Value
from skipgraph.sizes import evaluate


@pytest.mark.parametrize("name", ["unet", "resnet", "mixed", "states", "attention"])
def test_a_person_can_read_it(name: str, golden: Callable[[str, str], None]) -> None:
    text = (ZOO / "unet.yaml").read_text(encoding="utf-8") if name == "unet" else CASES[name]
    golden(f"{name}.py.txt", to_source(network(text)))


@pytest.mark.parametrize("name", CASES)
def test_it_does_what_the_module_does_forward_and_backward(name: str) -> None:
    spec = network(CASES[name])
    module, alone, given = built(spec), printed(spec), inputs(spec)
    assert list(module.state_dict()) == list(alone.state_dict())
    results = []
    for model in (module, alone):
        torch.manual_seed(1)
        result = model(*given)
        results.append(result)
        sum(tensor.square().sum() for tensor in tensors(result)).backward()  # type: ignore[union-attr]
    assert same(*results)
    gradients = zip(module.named_parameters(), alone.named_parameters(), strict=True)
    for (key, a), (other, b) in gradients:
        assert key == other
        assert (a.grad is None) == (b.grad is None)
        assert a.grad is None or b.grad is None or torch.equal(a.grad, b.grad), key


@pytest.mark.parametrize("name", CASES)
def test_the_state_dict_is_the_graphs(name: str) -> None:
    spec = network(CASES[name])
    keys = [".".join(key) for key, _ in spec.graph.weights()]
    found = built(spec).state_dict()
    assert sorted(found) == sorted(keys)
    if name != "mixed":
        # torch puts a module's own tensors first, and what `parametrize` adds last; all else goes by the steps
        assert list(found) == keys
    shapes = {".".join(key): weight.shape for key, weight in spec.graph.weights()}
    for key, tensor in found.items():
        assert tuple(tensor.shape) == shapes[key], key


@pytest.mark.parametrize("name", CASES)
def test_results_have_the_shapes_that_check_told(name: str) -> None:
    spec = network(CASES[name])
    given = inputs(spec)
    axes = {
        str(dim): size
        for port, x in zip(spec.graph.inputs, given, strict=True)
        for dim, size in zip(port.type.shape, x.shape, strict=True)
    }
    for tensor, kind in zip(tensors(built(spec)(*given)), spec.graph.result_types, strict=True):
        told = [dim if isinstance(dim, int) else evaluate(dim, axes) for dim in kind.shape]
        assert list(tensor.shape) == told


@pytest.mark.parametrize("name", CASES)
def test_it_imports_nothing_but_torch_and_fits_the_page(name: str) -> None:
    text = to_source(network(CASES[name]))
    tree = ast.parse(text)
    imported = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}
    assert imported <= {"import torch", "from torch import nn", "import torch.nn.functional as F"}
    assert max(map(len, text.splitlines())) <= WIDTH + 10
    assert text == to_source(network(CASES[name]))


def test_it_does_not_hang_on_the_hash_seed() -> None:
    code = (
        "from skipgraph.api import network_of; from skipgraph.diagnostics import Report, Source\n"
        "from skipgraph.emit import to_source, to_spec\n"
        f"found = network_of(Source('s', {MIXED!r}), Report()); print(to_source(found), to_spec(found))"
    )
    outputs = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1


def test_printing_does_not_load_torch() -> None:
    code = (
        "import sys, skipgraph.emit.source, skipgraph.emit.expanded, skipgraph.emit\n"
        "assert 'torch' not in sys.modules and callable(skipgraph.emit.to_source)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_equal_code_is_one_class_and_different_code_is_not() -> None:
    text = to_source(network(RESNET))
    classes = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    # the first block of each stage but the first has a projection
    assert classes == ["BasicBlock", "BasicBlock2", "Resnet"]


def _block(*outs: int) -> str:
    calls = "".join(f"  - b: {{out: {out}}}\n" for out in outs)
    return (
        "skipgraph: 1\nname: n\ninputs: {x: [N, 8, L]}\nblocks:\n  b:\n    params: {out: required}\n    layers:\n"
        "      - Conv1d: {out_channels: $out, kernel_size: 1}\n"
        "      - Conv1d: {out_channels: $(2 * out), kernel_size: 1}\n"
        "      - Conv1d: {out_channels: '$(out // 4 + 1)', kernel_size: 1, stride: '$(2 if out == 8 else 1)'}\n"
        f"layers:\n{calls}"
    )


def test_what_differs_is_written_with_the_blocks_own_parameters() -> None:
    text = to_source(network(_block(8, 12, 16)))
    assert "def __init__(self, in_channels: int, out: int, conv1d_2_out_channels: int, conv1d_2_stride: int)" in text
    assert "nn.Conv1d(in_channels, out, kernel_size=1)" in text
    assert "nn.Conv1d(out, 2 * out, kernel_size=1)" in text
    # one instance strides, and the others leave the default
    assert "nn.Conv1d(2 * out, conv1d_2_out_channels, kernel_size=1, stride=conv1d_2_stride)" in text


def test_lists_and_three_halves_are_written_with_the_blocks_own_parameters() -> None:
    text = to_source(
        network(
            "skipgraph: 1\nname: n\ninputs: {x: [N, 8, H, W]}\n"
            "blocks:\n  b:\n    params: {out: required, kernel: required, stride: required}\n    layers:\n"
            "      - Conv2d: {out_channels: $(3 * out // 2), kernel_size: $kernel, stride: $stride,\n"
            "          padding: ['$(kernel[0] // 2)', '$(kernel[1] // 2)']}\n"
            "layers:\n"
            "  - b: {out: 8, kernel: [1, 5], stride: [1, 2]}\n"
            "  - b: {out: 6, kernel: [3, 7], stride: [2, 2]}\n"
            "  - b: {out: 4, kernel: [5, 5], stride: [1, 1]}\n"
        )
    )
    assert "def __init__(self, in_channels: int, out: int, kernel: tuple, stride: tuple) -> None:" in text
    assert "3 * out // 2," in text
    assert "kernel_size=kernel," in text
    assert "stride=stride," in text
    assert "padding=(kernel[0] // 2, kernel[1] // 2)," in text


@pytest.mark.parametrize(
    ("calls", "written"),
    [
        (
            "{c: 16, dilation: 1}, {c: 16, dilation: 2}, {c: 16, dilation: 4}",
            "padding=6 * dilation, dilation=dilation, groups=32)",
        ),
        ("{c: 16, dilation: 3}, {c: 32, dilation: 3}", "padding=18, dilation=3, groups=2 * c)"),
        # few groups agree by chance
        ("{c: 2, dilation: 3}, {c: 4, dilation: 3}", "padding=18, dilation=3, groups=conv1d_1_groups)"),
    ],
)
def test_paddings_and_many_groups_are_written_with_what_they_hang_on(calls: str, written: str) -> None:
    window = "kernel_size: 7, padding: $(6 * dilation), dilation: $dilation, groups: $(2 * c)"
    text = (
        "skipgraph: 1\nname: n\ninputs: {x: [N, 8, L]}\n"
        "blocks:\n  b:\n    params: {c: required, dilation: required}\n    layers:\n"
        "      - Conv1d: {out_channels: $(2 * c), kernel_size: 1}\n"
        f"      - Conv1d: {{out_channels: $(2 * c), {window}}}\n"
        "layers:\n" + "".join(f"  - b: {call}\n" for call in re.findall("{.*?}", calls))
    )
    assert written in to_source(network(text))


def test_a_block_that_is_called_once_takes_no_argument() -> None:
    assert "def __init__(self) -> None:" in to_source(network(_block(8))).split("class N(")[0]


def _written(*arguments: Argument) -> str:
    return lines(Writer(lambda values, name: literal(values[0]), "xyz".__getitem__).write(arguments, ""), 0)[0]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Arithmetic("*", Arithmetic("+", Value(0), Value(1)), 2), "(x + y) * 2"),
        (Arithmetic("-", Value(0), Arithmetic("-", Value(1), 1)), "x - (y - 1)"),
        (Arithmetic("-", Arithmetic("-", Value(0), Value(1)), 1), "x - y - 1"),
        (Arithmetic("%", Arithmetic("-", 0, SizeOf(Value(0), 2)), 8), "-x.size(2) % 8"),
        (Arithmetic("-", 0, Arithmetic("%", Value(0), 8)), "-(x % 8)"),
        (Arithmetic("**", Arithmetic("**", Value(0), 2), 3), "(x ** 2) ** 3"),
        (Arithmetic("**", Value(0), Arithmetic("**", Value(1), 3)), "x ** y ** 3"),
        (Arithmetic("**", Arithmetic("-", 0, Value(0)), 2), "(-x) ** 2"),
        (
            Method(Arithmetic("+", Value(0), Value(1)), "mean", (2, 3), keepdim=True),
            "(x + y).mean((2, 3), keepdim=True)",
        ),
        (Index(Value(0), (Slice(), Slice(1, None, 2))), "x[:, 1::2]"),
        (Index(Value(0), (Slice(Arithmetic("-", SizeOf(Value(0), 0), 3)),)), "x[x.size(0) - 3 :]"),
        (Call("torch.cat", (Value(0),), dim=1), "torch.cat((x,), dim=1)"),
        (
            Call("torch.nn.functional.pad", Value(0), (0, -1), value=float("inf")),
            'F.pad(x, (0, -1), value=float("inf"))',
        ),
        (Call("torch.pow", Value(0), -2.5), "torch.pow(x, -2.5)"),
    ],
)
def test_expressions_keep_their_meaning(expression: Argument, text: str) -> None:
    assert _written(expression) == text


def test_true_is_not_one() -> None:
    arguments = Arguments(network(_block(8, 16)).graph.nodes[0].work and [])  # type: ignore[arg-type]
    assert arguments.written([1, True], "flag") == "flag"


def test_long_calls_are_broken_one_item_a_line() -> None:
    call = Group("f(", tuple("a" * 30 for _ in range(5)), ")")
    assert lines(call, 4, "x = ") == ["    x = f(", *["        " + "a" * 30 + ","] * 5, "    )"]


ALONE = """\
skipgraph: 1
params: {n: 1}
inputs: {x: [N, 4, H, W]}
layers:
  - Conv2d: {name: c, out_channels: 4, kernel_size: 1, repeat: $n}
  - Concat: {from: [prev, x]}
  - Tanh: {key: act.0}
"""


DASHED = """\
skipgraph: 1
inputs: {x: [N, 4, H, W]}
layers:
  - Conv2d: {name: a, key: a-0, out_channels: 4, kernel_size: 1}
  - Conv2d: {name: b, key: trunk.b-0, out_channels: 4, kernel_size: 1}
  - Conv2d: {name: c, key: trunk.b-1, out_channels: 4, kernel_size: 1, from: input}
  - Add: {from: [b, c]}
  - Scale: {dim: 1, key: s-0}
"""


def test_a_key_may_hold_dashes_as_published_ones_do() -> None:
    spec = network(DASHED)
    model, alone, x = built(spec), printed(spec), torch.randn(2, 4, 3, 3)
    assert list(model.state_dict())[1::2] == ["a-0.weight", "trunk.b-0.weight", "trunk.b-1.weight"]
    assert list(alone.state_dict()) == list(model.state_dict())
    alone.load_state_dict(model.state_dict())
    assert torch.equal(model(x), alone(x))


def test_a_sequential_of_one_runs_as_one_of_many_does() -> None:
    text = to_source(network(ALONE))
    assert "self.c(x)" in text
    assert "return self.act(" in text
    model, x = built(network(ALONE)), torch.randn(2, 4, 3, 3)
    found = features(model, x, "c_0", "tanh_0")
    assert torch.equal(found["c_0"], model.c[0](x))
    assert torch.equal(found["tanh_0"], model(x))


STAGE_OF_ONE = """\
skipgraph: 1
inputs: {x: [N, 4, H, W]}
blocks:
  stage:
    params: {count: required}
    keys: numbered
    layers:
      - for: i in range(count)
        do: [Conv2d: {out_channels: 4, kernel_size: 1}]
layers:
  - stage: {count: 1}
"""


REPEATED = """\
skipgraph: 1
name: n
params: {n: 5}
inputs: {x: [N, 4, L]}
blocks:
  b: {layers: [Conv1d: {out_channels: 4, kernel_size: 1}], skips: {s: {from: input, to: output, merge: add}}}
  c: {keys: numbered, layers: [b: {repeat: $n}, Tanh: {repeat: $n}, b: {}]}
layers:
  - b: {name: many, repeat: $n}
  - c: {repeat: $n}
"""


def test_many_alike_are_written_once() -> None:
    text = to_source(network(REPEATED))
    assert "self.many = nn.Sequential(*(B() for _ in range(5)))" in text
    assert "self.c_0 = nn.Sequential(*(C() for _ in range(5)))" in text
    # a chain within a chain is written out
    assert "nn.Sequential(*(B() for _ in range(5))),\n" in text
    few = to_source(network(REPEATED.replace("n: 5", "n: 3")))
    assert "self.many = nn.Sequential(B(), B(), B())" in few
    module, alone = built(network(REPEATED)), printed(network(REPEATED))
    assert list(module.state_dict()) == list(alone.state_dict())
    alone.load_state_dict(module.state_dict())
    x = torch.randn(2, 4, 3)
    assert torch.equal(module(x), alone(x))


def test_a_block_of_one_numbered_step_is_a_sequential() -> None:
    text = to_source(network(STAGE_OF_ONE))
    assert "class Stage(nn.Sequential):" in text
    assert "super().__init__(nn.Conv2d(4, 4, kernel_size=1))" in text


PADDED = """\
skipgraph: 1
inputs: {x: [N, 4, H, W]}
layers:
  - MaxPool2d: 2
  - Upsample: 2
  - Pad: {like: x}
"""


def test_of_a_padding_by_one_row_at_most_none_stands_before() -> None:
    text = to_source(network(PADDED))
    assert "F.pad(out, (0, x.size(3) - out.size(3), 0, x.size(2) - out.size(2)))" in text


def test_a_docstring_is_no_wider_than_a_line_of_a_file() -> None:
    for words in (3, 30):
        for width in range(1, 20):
            text = docstring(" ".join(["[N, 3, H, W]", "x" * width] * words))
            assert all(len(line) <= WIDTH + 10 for line in text)


TOWERS = """\
skipgraph: 1
inputs: {x: [N, 4, H, W]}
layers:
  - Branches:
      paths:
        near: {key: towers.0, layers: [Conv2d: {key: conv, out_channels: 2, kernel_size: 1}, ReLU: {key: act}]}
        far: {key: towers.1, layers: [Conv2d: {key: conv, out_channels: 2, kernel_size: 1}, ReLU: {key: act}]}
        whole: {key: "", layers: [Conv2d: {key: read, out_channels: 2, kernel_size: 1}]}
        last: [Tanh]
"""


def test_what_a_path_gives_is_called_as_its_child_or_as_the_path() -> None:
    text = to_source(network(TOWERS))
    assert 'near = self.towers[0]["act"](out)' in text
    assert "read = self.read(x)" in text
    assert "torch.cat((near, far, read, out), dim=1)" in text
