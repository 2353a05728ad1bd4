"""The language, statement by statement: files, steps, what flows where. Each with the smallest spec that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from language import HEAD, codes, contract, keys, message, names, ran, shapes, spec, steps

from skipgraph.api import build, load
from skipgraph.diagnostics import Source

X = torch.arange(2 * 4 * 6 * 6, dtype=torch.float32).reshape(2, 4, 6, 6) / 100 - 1
CONV = "Conv2d: {out_channels: 4, kernel_size: 1}"


def same(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    return torch.equal(ours, theirs)


# One file


def test_a_file_needs_its_version_inputs_and_layers() -> None:
    for body, key in ((f"{HEAD}{steps('ReLU')}", "skipgraph"), (f"skipgraph: 1\n{steps('ReLU')}", "inputs")):
        with pytest.raises(Exception, match=key):
            load(body)
    assert codes("params: {}\n") == ["SG202"]
    with pytest.raises(Exception, match="SG204"):
        load(spec(steps("ReLU")).replace("skipgraph: 1", "skipgraph: 2"))


def test_a_network_is_called_by_its_name_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "tiny_net.yaml"
    file.write_text(spec(steps("ReLU")))
    assert load(file).graph.name == "tiny_net"
    file.write_text(spec("name: other\n" + steps("ReLU")))
    assert load(file).graph.name == "other"


PARAMS = "params: {a: 2, b: $(a + 1), c: [1, 2], on: true}\n" + steps(
    "Conv2d: {out_channels: $(a * b), kernel_size: 1}"
)


def test_a_default_uses_the_parameters_above_it() -> None:
    assert shapes(PARAMS) == ["[N, 6, H, W]"]
    assert shapes(PARAMS, a=3) == ["[N, 12, H, W]"]
    assert shapes(PARAMS, b=5) == ["[N, 10, H, W]"]
    assert codes("params: {a: $b, b: 1}\n" + steps("Dropout: $a")) == ["SG213"]


@pytest.mark.parametrize(("name", "value"), [("a", "two"), ("a", 2.5), ("a", True), ("c", 3), ("on", 1), ("d", 1)])
def test_a_parameter_is_set_to_a_value_of_its_kind(name: str, value: object) -> None:
    used = PARAMS.replace("kernel_size: 1", "kernel_size: '$(c[0])', bias: $on")
    assert codes(used, **{name: value}) == ["SG214"]


def test_a_required_parameter_is_asked_for_before_what_hangs_on_it() -> None:
    body = "params: {a: required, b: $(2 * a)}\n" + steps("Conv2d: {out_channels: $b, kernel_size: 1}")
    assert (codes(body), message(body)) == (["SG214"], "the parameter `a` is required")
    assert shapes(body, a=4) == ["[N, 8, H, W]"]


def test_inputs_have_numbers_and_open_sizes_and_a_dtype() -> None:
    body = "inputs: {ids: {shape: [N, L], dtype: int64}}\n" + steps("Embedding: {num_embeddings: 9, embedding_dim: 3}")
    assert shapes(body) == ["[N, L, 3]"]
    assert ran(body, torch.tensor([[1, 2]])).shape == (1, 2, 3)
    assert codes(body.replace("int64", "float32")) == ["SG409"]


def test_an_inputs_shape_may_be_a_list_among_the_params() -> None:
    body = "params: {dims: 2, shape: \"$(['N', 4, 'H', 'W', 'D'][:dims + 2])\"}\ninputs: {x: $shape}\n" + steps("ReLU")
    assert shapes(body) == ["[N, 4, H, W]"]
    assert shapes(body, dims=3) == ["[N, 4, H, W, D]"]
    assert codes(body.replace("$shape", "$dims")) == ["SG203"]
    assert message(body.replace("$shape", "$dims")).endswith("got the number 2")
    assert codes(body.replace("'H', ", "[1], ")) == ["SG203"]


def test_inputs_that_name_an_axis_alike_have_the_same_size_there() -> None:
    two = "inputs: {a: [N, 4, H, W], b: [N, 4, H, V]}\n" + steps("Add: {from: [a, b]}")
    assert contract(two) == "W = V"
    assert contract(two.replace("V", "8")) == "W = 8"
    assert contract(two.replace("V", "W")) == "any size"


@pytest.mark.parametrize(
    ("outputs", "kind"),
    [
        ("", "Tensor"),
        ("outputs: a\n", "Tensor"),
        ("outputs: [a, b]\n", "list"),
        ("outputs: {u: a, v: [a, b]}\n", "dict"),
    ],
)
def test_outputs_are_a_tensor_a_list_or_a_dict(outputs: str, kind: str) -> None:
    result = ran(steps("ReLU: {name: a}", "Tanh: {name: b}") + outputs, X)
    assert type(result).__name__ == kind
    if kind == "dict":
        assert list(result) == ["u", "v"]
        assert same(result["v"][1], X.relu().tanh())
    if not outputs:
        assert same(result, X.relu().tanh())


# Steps


@pytest.mark.parametrize(
    "step",
    [
        "ReLU",
        "ReLU:",
        "ReLU: {}",
        "ReLU: {inplace: false}",
        "ReLU: {args: {inplace: false}}",
        "$act",
        "$act: {inplace: false}",
    ],
)
def test_forms_of_a_step(step: str) -> None:
    assert same(ran("params: {act: ReLU}\n" + steps(step), X), X.relu()) or "$" not in step


def test_a_leading_argument_is_never_an_input_size() -> None:
    assert shapes("inputs: {x: [N, 4]}\n" + steps("Linear: 7")) == ["[N, 7]"]
    assert shapes(steps("MaxPool2d: 2")) == ["[N, 4, H/2, W/2]"]
    assert codes(steps("Conv2d: 3")) == ["SG208"]


@pytest.mark.parametrize(
    ("loop", "made"),
    [
        ("for: i in range(2)\n    do: [ReLU: {name: r$i}]", ["r0", "r1"]),
        ("for: (a, b) in zip([1, 2], [3, 4])\n    do: [ReLU: {name: r$(a)_$b}]", ["r1_3", "r2_4"]),
        ("for: (i, (a, b)) in enumerate([[1, 2]])\n    do: [ReLU: {name: r$(i)_$(a)_$b}]", ["r0_1_2"]),
        ("for: [i in range(2), j in range(i + 1)]\n    do: [ReLU: {name: r$(i)_$j}]", ["r0_0", "r1_0", "r1_1"]),
        ("for: i in range(3)\n    let: {k: $(2 * i)}\n    when: $(k != 2)\n    do: [ReLU: {name: r$k}]", ["r0", "r4"]),
        ("for: i in reversed(range(2))\n    do: [ReLU: {name: r$i}]", ["r1", "r0"]),
        ("when: $(1 > 2)\n    do: [ReLU]\n    else: [Tanh, Tanh]", ["tanh_0", "tanh_1"]),
        ("when: $(1 < 2)\n    do: [ReLU]", ["relu_0"]),
    ],
)
def test_loops_and_conditions(loop: str, made: list[str]) -> None:
    assert names(steps(loop, "Sigmoid: {name: last}")) == [*made, "last"]


@pytest.mark.parametrize(
    ("inputs", "step", "size"),
    [
        ("[N, 4, H, W]", "Conv2d: {out_channels: 2, kernel_size: 1", "in_channels"),
        ("[N, 4, H, W]", "BatchNorm2d: {", "num_features"),
        ("[N, 4, H, W]", "GroupNorm: {num_groups: 2", "num_channels"),
        ("[N, L, 4]", "Linear: {out_features: 2", "in_features"),
        ("[N, L, 4]", "LayerNorm: {", "normalized_shape"),
    ],
)
def test_an_input_size_is_inferred_and_checked_where_it_is_written(inputs: str, step: str, size: str) -> None:
    head = f"inputs: {{x: {inputs}}}\n"
    comma = "" if step.endswith("{") else ", "
    assert codes(head + steps(step + "}")) == []
    assert codes(head + steps(f"{step}{comma}{size}: 4}}")) == []
    assert codes(head + steps(f"{step}{comma}{size}: 5}}")) == ["SG404"]


def test_a_step_is_called_after_its_op_and_counted_by_it() -> None:
    assert names(steps(CONV, CONV)) == ["conv2d_0", "conv2d_1"]
    assert names(steps(CONV, "ReLU", CONV)) == ["conv2d_0", "relu_0", "conv2d_1"]


@pytest.mark.parametrize("name", ["prev", "input", "output", "forward", "class", "é", "1a", "a b", "a" * 101])
def test_a_name_becomes_code(name: str) -> None:
    assert codes(steps(f"ReLU: {{name: '{name}'}}")) == ["SG211"]


def test_repeat_makes_copies_with_weights_of_their_own() -> None:
    assert keys(steps(CONV.replace("{", "{name: c, repeat: 3, "))) == ["c.0.weight", "c.1.weight", "c.2.weight"]
    assert names(steps(CONV.replace("{", "{repeat: 0, "), "ReLU")) == ["relu_0"]


def test_what_a_when_leaves_out_is_passed_by_and_not_looked_up() -> None:
    body = steps("ReLU: {name: a}", "Tanh: {name: b, from: nowhere, when: false}", "Sigmoid: {name: c}")
    assert same(ran(body, X), X.relu().sigmoid())


def test_two_steps_share_a_name_if_one_of_them_is_in() -> None:
    body = "params: {deep: true}\n" + steps(
        "ReLU: {name: a, when: $deep}", "Tanh: {name: a, when: $(not deep)}", "Abs: {from: a}"
    )
    assert same(ran(body, X), X.relu())
    assert same(ran(body, X, deep=False), X.tanh().abs())
    assert codes(body.replace("$(not deep)", "true")) == ["SG304"]


@pytest.mark.parametrize(
    ("expected", "sizes"),
    [
        ("[N, 4, H/2, W/2]", "H, W = 0 mod 2"),
        ("[N, 4, $(1 + 2), W/2]", "H = 6 or 7; W = 0 mod 2"),
        ("[N, 4, $(H // 2), W/2]", "H at least 2; W = 0 mod 2"),
    ],
)
def test_what_expect_asks_leaves_the_sizes_that_meet_it(expected: str, sizes: str) -> None:
    assert contract(steps(f"MaxPool2d: {{kernel_size: 2, expect: {expected}}}")) == sizes


@pytest.mark.parametrize("expected", ["[N, 5, H/2, W/2]", "[N, 4, H, W/2]", "[N, 4, H - 1, W/2]", "[N, 4, H/2]"])
def test_what_no_size_meets_is_an_error(expected: str) -> None:
    assert codes(steps(f"MaxPool2d: {{kernel_size: 2, expect: {expected}}}")) == ["SG410"]


def test_exact_leaves_nothing_over() -> None:
    assert contract(steps("MaxPool2d: {kernel_size: 2, exact: true}")) == "H, W = 0 mod 2"
    assert (
        contract(steps("Conv2d: {out_channels: 1, kernel_size: 3, stride: 2, exact: true}"))
        == "H, W = 1 mod 2, at least 3"
    )
    body = "inputs: {x: [N, 4, H, W], y: [N, 4, V, W]}\n" + steps(
        "Crop: {from: x, like: y, exact: EXACT}", "Add: {from: [prev, y]}"
    )
    for exact, accepted in (("true", False), ("false", True)):
        assert load(spec(body.replace("EXACT", exact))).contract.accepts({"N": 1, "H": 8, "V": 5, "W": 3}) is accepted
    assert codes(
        steps("MaxPool2d: {kernel_size: 2, exact: true}").replace("layers", "inputs: {x: [N, 4, 5, 5]}\nlayers")
    ) == ["SG411"]


def test_exact_on_a_block_asks_it_of_every_step_within() -> None:
    block = "blocks:\n  down:\n    layers: [MaxPool2d: 2]\n"
    assert contract(block + steps("down")) == "H, W at least 2"
    assert contract(block + steps("down: {exact: true}")) == "H, W = 0 mod 2"


@pytest.mark.parametrize("kind", ["weight_norm", "spectral_norm", "orthogonal"])
def test_parametrize_has_the_keys_of_torch(kind: str) -> None:
    ours = build(spec(steps(f"Conv2d: {{name: c, out_channels: 4, kernel_size: 1, parametrize: {kind}}}")))
    theirs = torch.nn.ModuleDict({"c": getattr(torch.nn.utils.parametrizations, kind)(torch.nn.Conv2d(4, 4, 1))})
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert codes(steps(f"ReLU: {{parametrize: {kind}}}")) == ["SG209"]


def test_axes_are_named_by_rank_or_as_the_step_says() -> None:
    assert shapes(steps("Reshape: {shape: [N, C, $(H * W)]}")) == ["[N, 4, H*W]"]
    assert shapes(steps("Flatten: 2", "Reshape: {shape: [N, L * C]}")) == ["[N, 4*H*W]"]
    assert shapes(steps("Reshape: {shape: [b, $(h * w), c], axes: [b, c, h, w]}")) == ["[N, H*W, 4]"]
    assert codes(steps("Reshape: {shape: [b, c], axes: [b, c]}")) == ["SG203"]


def test_a_step_that_nothing_reads_is_a_warning_but_for_unused_ones() -> None:
    spare = "Conv2d: {name: spare, out_channels: 3, kernel_size: 1UNUSED}"
    body = steps("ReLU: {name: a}", spare, "Tanh: {from: a}")
    assert codes(body.replace("UNUSED", "")) == ["SG308"]
    assert codes(body.replace("UNUSED", ", unused: true")) == []
    assert keys(body.replace("UNUSED", ", unused: true")) == ["spare.weight"]


@pytest.mark.parametrize("join", ["Concat", "Add", "Mul", "Max", "Mean"])
def test_a_join_of_one_value_is_that_value(join: str) -> None:
    body = steps("ReLU: {name: r}", f"{join}: {{name: j, from: [r, other*]}}", "Tanh")
    assert names(body) == ["r", "tanh_0"]
    assert same(ran(body, X), torch.tanh(torch.relu(X)))
    assert names(steps("ReLU", "Stack")) == ["relu_0", "stack_0"]


def test_what_might_do_nothing_is_refused_where_it_is_wrong() -> None:
    assert codes(steps("Flatten: 0", "Pad: {top: 1}")) == ["SG209"]
    assert codes(steps("Flatten: 0", "Crop: {top: 1}")) == ["SG209"]


def test_what_never_runs_asks_for_no_size() -> None:
    aside = "Conv2d: {name: aside, from: x, out_channels: 2, kernel_size: 9, unused: true}"
    block = f"blocks:\n  big: {{layers: [{aside.replace(', unused: true', '').replace('from: x, ', '')}]}}\n"
    contract = "H, W at least 3"
    assert str(load(spec(steps(aside, "Conv2d: {from: x, out_channels: 2, kernel_size: 3}"))).contract) == contract
    again = ["big: {name: one, from: x, unused: true}", "Conv2d: {from: x, out_channels: 2, kernel_size: 3}"]
    assert str(load(spec(block + steps(*again))).contract) == contract
    # the same block, where it runs
    assert str(load(spec(block + steps(*again[:1], "big: {from: x}"))).contract) == "H, W at least 9"


def test_a_step_that_an_output_reads_is_not_unused() -> None:
    assert codes(steps("Conv2d: {out_channels: 2, kernel_size: 9, unused: true}", "ReLU")) == ["SG201"]


def test_a_change_in_place_of_what_is_still_read_is_an_error() -> None:
    body = steps("ReLU: {name: a}", "ReLU: {inplace: true}", "Add: {from: [prev, a]}")
    assert codes(body) == ["SG309"]
    assert codes(body.replace("[prev, a]", "[prev, relu_0]")) == []


# What flows where


def test_prev_is_the_step_before_and_input_the_first_port() -> None:
    assert same(ran(steps("ReLU", "Tanh", "Sub: {from: [prev, input]}"), X), X.relu().tanh() - X)
    assert same(ran(steps("ReLU", "Tanh", "Sub: {from: [x, prev]}"), X), X - X.relu().tanh())


def test_a_bare_name_means_the_first_of_several_results() -> None:
    body = (
        steps("MaxPool2d: {name: pool, kernel_size: 2, return_indices: true}", "Tanh")
        + "outputs: [prev, pool, pool.indices]\n"
    )
    values, indices = torch.nn.functional.max_pool2d(X, 2, return_indices=True)
    assert all(map(same, ran(body, X), (values.tanh(), values, indices)))


@pytest.mark.parametrize("step", ["Chunk: {name: s, chunks: 2}", "Split: {name: s, split_size_or_sections: [2, 2]}"])
def test_parts_have_no_first(step: str) -> None:
    assert codes(steps(step, "ReLU")) == ["SG307"]
    assert same(ran(steps(step, "Sub: {from: [s.1, s.0]}"), X), X[:, 2:] - X[:, :2])
    assert codes(steps(step, "ReLU: {from: s.2}")) == ["SG301"]


PORTS = "blocks:\n  minus:\n    inputs: [a, b]\n    layers: [Sub: {from: [a, b]}]\n"


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("[x, r]", X - X.relu()),
        ("{a: x, b: r}", X - X.relu()),
        ("{b: x}", X.relu() - X),
        ("{b: x, a: [r]}", X.relu() - X),
    ],
)
def test_ports_are_filled_in_order_or_by_name(written: str, what: torch.Tensor) -> None:
    assert same(ran(PORTS + steps("ReLU: {name: r}", f"minus: {{from: {written}}}"), X), what)


@pytest.mark.parametrize(
    ("written", "code"),
    [("[x]", "SG305"), ("[x, x, x]", "SG305"), ("{c: x}", "SG306"), ("{a: x}", "SG305"), ("x", "SG305")],
)
def test_ports_that_are_not_filled_are_errors(written: str, code: str) -> None:
    assert codes(PORTS + steps(f"minus: {{from: {written}}}")) == [code]


def test_a_list_into_a_single_port_is_an_error() -> None:
    assert codes(steps("ReLU: {name: a}", "Tanh: {from: [a, x]}")) == ["SG305"]


def test_an_optional_port_may_stand_among_the_arguments() -> None:
    for step in ("Interpolate: {like: x}", "Interpolate: {from: {like: x}}", "Interpolate: {from: [prev, x]}"):
        assert shapes(steps("MaxPool2d: 2", step)) == ["[N, 4, H, W]"]


MADE = [f"Tanh: {{name: {name}}}" for name in ("m0", "m1", "m12", "m1_2", "mx", "m1x")]


@pytest.mark.parametrize(
    ("items", "read"),
    [
        ("[m*]", ["m0", "m1", "m12", "m1_2"]),
        ("[x, m*]", ["x", "m0", "m1", "m12", "m1_2"]),
        ("[{for: j in range(2), take: m$j}]", ["m0", "m1"]),
        ("[{for: j in range(2), take: m$j, when: $(j > 0)}, x]", ["m1", "x"]),
        ("[x, {for: j in range(1), let: {k: $(j + 12)}, take: m$k}]", ["x", "m12"]),
        ("[{take: m1}, {take: m12, when: $(2 > 1)}, {take: nothing, when: $(1 > 2)}, x]", ["m1", "m12", "x"]),
        ("[x, {let: {k: $(6 + 6)}, take: m$k}]", ["x", "m12"]),
    ],
)
def test_an_item_of_a_list_may_stand_for_many(items: str, read: list[str]) -> None:
    node = load(spec(steps(*MADE, f"Concat: {{name: c, from: {items}}}"))).graph.by_name["c"]
    assert [edge.source.node for edge in node.edges] == read


def test_a_pattern_stands_for_the_steps_above_possibly_none() -> None:
    body = steps(
        "for: i in range(3)\n    do:\n      - Concat: {name: c$i, from: [input, g*]}\n      - Tanh: {name: g$i}"
    )
    assert shapes(body + "  - Concat: {from: [g*]}\n") == ["[N, 28, H, W]"]
    assert codes(steps("Tanh: {name: m0}", "Concat: {from: [x, n*]}"))[-1] == "SG314"
    assert codes(steps("Tanh: {name: m0}", "Concat: {from: m*}")) == ["SG305"]


def test_a_name_that_comes_later_is_an_error_and_so_is_a_cycle() -> None:
    assert codes(steps("ReLU: {from: b}", "Tanh: {name: b, from: x}")) == ["SG302"]
    assert codes(steps("ReLU: {from: b}", "Tanh: {name: b}")) == ["SG303"]
    assert codes(steps("ReLU: {from: b}")) == ["SG301"]


def test_a_json_file_is_the_same_tree() -> None:
    yaml = spec(steps("ReLU: {name: a}"))
    json = '{"skipgraph": 1, "inputs": {"x": ["N", 4, "H", "W"]}, "layers": [{"ReLU": {"name": "a"}}]}'
    assert load(Source("n.json", json)).graph == load(Source("n.yaml", yaml)).graph
