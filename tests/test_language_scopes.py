"""The language, statement by statement: skips, blocks, `Branches`, `Reuse` and the places of weights."""

from __future__ import annotations

import pytest
import torch
from language import codes, contract, keys, message, names, ran, shapes, spec, steps
from torch.nn.functional import interpolate, pad

from skipgraph.api import load

X = torch.arange(2 * 4 * 7 * 6, dtype=torch.float32).reshape(2, 4, 7, 6) / 100 - 1
CONV = "Conv2d: {out_channels: 4, kernel_size: 1}"


def same(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    return torch.equal(ours, theirs)


def skipped(*skips: str, before: str = "ReLU: {name: a}", at: str = "Tanh: {name: b}") -> str:
    """A step `a`, a step `b` that skips land at, and what they are."""
    return steps(before, at) + "skips:\n" + "".join(f"  {skip}\n" for skip in skips)


# Skips

A = X.relu()
MERGED = {
    "concat": torch.cat([A, X], 1),
    "add": A + X,
    "sub": A - X,
    "mul": A * X,
    "max": torch.maximum(A, X),
    "mean": (A + X) / 2,
}


@pytest.mark.parametrize("merge", MERGED)
def test_a_skip_merges_with_the_main_path_first(merge: str) -> None:
    assert same(ran(skipped(f"s: {{from: x, to: b, merge: {merge}}}"), X), MERGED[merge].tanh())


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ("", torch.cat([A, X], 1)),
        (", dim: 2", torch.cat([A, X], 2)),
        (", dim: -1", torch.cat([A, X], 3)),
        (", order: skip_first", torch.cat([X, A], 1)),
        (", order: skip_first, merge: sub", X - A),
        (", via: [Abs, Neg]", torch.cat([A, -X.abs()], 1)),
        (", via: [{Mul: {from: [input, a]}}]", torch.cat([A, X * A], 1)),
        (", merge: add, when: false", A),
    ],
)
def test_keys_of_a_skip(options: str, what: torch.Tensor) -> None:
    assert same(ran(skipped(f"s: {{from: x, to: b{options}}}"), X), what.tanh())


POOLED = X[:, :, ::2, ::2]


@pytest.mark.parametrize(
    ("align", "what"),
    [
        ("crop", X[:, :, 1:5, 1:4] + POOLED),
        ("{skip: crop}", X[:, :, 1:5, 1:4] + POOLED),
        ("resize", interpolate(X, (4, 3)) + POOLED),
        ("{skip: resize, mode: bilinear}", interpolate(X, (4, 3), mode="bilinear") + POOLED),
        ("{main: resize}", X + interpolate(POOLED, (7, 6))),
        ("{main: pad}", X + pad(POOLED, (1, 2, 1, 2))),
        ("{main: pad, mode: replicate}", X + pad(POOLED, (1, 2, 1, 2), mode="replicate")),
    ],
)
def test_align_fits_one_side_to_the_other(align: str, what: torch.Tensor) -> None:
    body = skipped(
        f"s: {{from: x, to: b, merge: add, align: {align}}}", before="MaxPool2d: {name: a, kernel_size: 1, stride: 2}"
    )
    assert torch.allclose(ran(body, X), what.tanh())


def test_without_align_sizes_must_agree() -> None:
    pooled = skipped("s: {from: x, to: b}", before="MaxPool2d: {name: a, kernel_size: 2}")
    assert codes(pooled) == ["SG402"]
    assert codes(pooled.replace("to: b}", "to: b, align: crop}")) == []
    up = steps("MaxPool2d: 2", "Upsample: 2", "Tanh: {name: b}") + "skips: {s: {from: x, to: b}}\n"
    assert contract(up) == "H, W = 0 mod 2"


def test_a_skip_lands_at_another_port_or_at_the_output() -> None:
    block = "blocks:\n  minus:\n    inputs: [a, gate]\n    layers: [Sub: {from: [a, gate]}]\n"
    gated = steps("ReLU: {name: r}", "minus: {name: m}") + "skips: {s: {from: x, to: m.gate}}\n"
    assert same(ran(block + gated, X), X.relu() - X)
    both = gated.replace("{name: m}", "{name: m, from: {gate: r}}").replace("m.gate}", "m.gate, merge: mul}")
    assert same(ran(block + both, X), X.relu() - X.relu() * X)
    assert same(ran(steps("ReLU") + "skips: {s: {from: x, to: output, merge: add}}\n", X), X.relu() + X)
    assert codes(steps("ReLU: {name: a}") + "skips: {s: {from: x, to: output}}\noutputs: a\n") == ["SG313"]


def test_skips_of_one_merge_next_to_each_other_are_one_merge() -> None:
    three = (
        "s: {from: x, to: b}",
        "t: {from: a, to: b, order: skip_first, via: [Neg]}",
        "u: {from: x, to: b, via: [Abs]}",
    )
    assert same(ran(skipped(*three), X), torch.cat([-A, A, X, X.abs()], 1).tanh())
    assert names(skipped(*three)) == ["a", "t_neg_0", "u_abs_0", "s", "b"]


def test_skips_of_other_merges_apply_one_after_another() -> None:
    body = skipped(
        "s: {from: x, to: b, merge: mul}", "t: {from: x, to: b, merge: add}", "u: {from: x, to: b, merge: mul}"
    )
    assert same(ran(body, X), ((A * X + X) * X).tanh())


@pytest.mark.parametrize("merge", ["add", "sub", "mul", "max"])
def test_an_axis_is_stretched_only_where_it_is_written_as_1(merge: str) -> None:
    pooled = skipped(f"s: {{from: x, to: b, merge: {merge}}}", before="AdaptiveAvgPool2d: {name: a, output_size: 1}")
    assert shapes(pooled) == ["[N, 4, H, W]"]
    two = "inputs: {x: [N, 4, H, W], y: [N, 4, K, W]}\n" + skipped(f"s: {{from: y, to: b, merge: {merge}}}")
    assert contract(two) == "H = K"


def test_skips_are_made_in_loops_and_left_out_by_name() -> None:
    body = steps(*(f"Conv2d: {{name: c{i}, out_channels: 4, kernel_size: 1}}" for i in range(4)))
    looped = body + "skips:\n  s$i: {for: i in range(3), let: {k: $(i + 1)}, from: c$i, to: c$k, when: $(i != 1)}\n"
    assert names(looped) == ["c0", "s0", "c1", "c2", "s2", "c3"]
    assert names(looped, without="s0") == ["c0", "c1", "c2", "s2", "c3"]
    assert keys(looped, without=["s0", "s2"]) == keys(body)
    assert codes(looped.replace("s$i", "s")) == ["SG304"]


def test_a_when_of_a_skip_sees_the_steps_above_where_it_lands() -> None:
    body = skipped("s: {from: x, to: b, merge: add, when: \"$(channels('a') == channels('input'))\"}")
    assert same(ran(body, X), (A + X).tanh())


@pytest.mark.parametrize(
    ("skip", "code"),
    [
        ("from: nix, to: b", "SG301"),
        ("from: a, to: nix", "SG301"),
        ("from: b, to: a", "SG303"),
        ("from: a, to: a", "SG303"),
    ],
)
def test_ends_of_a_skip_are_names_in_order(skip: str, code: str) -> None:
    assert codes(skipped(f"s: {{{skip}}}")) == [code]


# Blocks

BLOCK = """\
params: {scale: 2}
blocks:
  unit:
    params: {out: required, wide: $(out * scale), first: "$(channels('input'))"}
    layers:
      - Conv2d: {name: a, out_channels: $wide, kernel_size: 1}
      - Conv2d: {name: b, out_channels: $(first + out), kernel_size: 1}
"""


def test_a_block_sees_its_own_parameters_then_its_files() -> None:
    body = BLOCK + steps("unit: {name: u, out: 3}", "unit: {name: v, out: 5, wide: 1}")
    assert [tuple(w.shape)[:2] for key, w in load(spec(body)).graph.weights() if key[-1] == "weight"] == [
        (6, 4),
        (7, 6),
        (1, 7),
        (12, 1),
    ]
    assert keys(body) == ["u.a.weight", "u.b.weight", "v.a.weight", "v.b.weight"]
    assert codes(BLOCK + steps("unit: {wide: 1}")) == ["SG207"]
    assert codes(BLOCK + steps("unit: {out: 1, widht: 1}")) == ["SG206"]


def test_names_in_a_block_are_private() -> None:
    assert codes(BLOCK + steps("unit: {out: 3}", "ReLU: {from: a}")) == ["SG301"]
    assert codes("blocks:\n  u:\n    layers: [ReLU: {from: a}]\n" + steps("Tanh: {name: a}", "u")) == ["SG301"]


def test_a_block_of_one_parameter_takes_a_bare_value() -> None:
    body = "blocks:\n  u:\n    params: {out: required}\n    layers: [Conv2d: {out_channels: $out, kernel_size: 1}]\n"
    assert shapes(body + steps("u: 7")) == ["[N, 7, H, W]"]
    assert codes(BLOCK + steps("unit: 7")) == ["SG208"]


def test_a_call_without_a_level_is_written_out_where_it_stands() -> None:
    within = steps("unit: {out: 3, key: ''}", "ReLU", "unit: {out: 2, name: v}")
    [*_, last] = load(spec(BLOCK + within)).graph.nodes
    assert [node.kind for node in load(spec(BLOCK + within)).graph.nodes] == ["Conv2d", "Conv2d", "ReLU", "unit"]
    assert last.name == "v"
    assert keys(BLOCK + within) == ["a.weight", "b.weight", "v.a.weight", "v.b.weight"]
    plain = ran(BLOCK + steps("unit: {out: 3}"), X)
    assert same(ran(BLOCK + steps("unit: {out: 3, key: ''}"), X), plain)


def test_a_call_without_a_level_keeps_its_names_to_itself() -> None:
    assert codes(BLOCK + steps("unit: {out: 3, key: ''}", "ReLU: {from: a}")) == ["SG301"]
    assert codes("blocks:\n  u:\n    layers: [ReLU: {from: a}]\n" + steps("Tanh: {name: a}", "u: {key: ''}")) == [
        "SG301"
    ]
    assert codes(BLOCK + steps("unit: {out: 3, key: ''}", "unit: {out: 3, key: ''}")) == ["SG310"]
    assert codes(BLOCK + steps("unit: {out: 3, key: '', repeat: 2}")) == ["SG201"]
    assert codes(BLOCK + steps("unit: {out: 3, key: '', name: u}", "Reuse: u")) == ["SG312"]
    assert codes("blocks:\n  u:\n    layers: [u: {key: ''}]\n" + steps("u")) == ["SG215"]
    assert codes(steps("Conv2d: {out_channels: 3, kernel_size: 1, key: ''}")) == ["SG211"]


def test_steps_without_a_name_stand_by_the_call_that_has_no_level() -> None:
    block = f"""blocks:
  u:
    params: {{n: required}}
    layers: [{CONV}, ReLU, {CONV.replace("}", ", key: last.$n}")}]
"""
    assert keys(block + steps("u: {n: 0, key: ''}", "u: {n: 1, key: '', name: w}", CONV)) == [
        "u_0_conv2d_0.weight",
        "last.0.weight",
        "last.1.weight",
        "w_conv2d_0.weight",
        "conv2d_0.weight",
    ]


def test_results_of_a_call_without_a_level_have_their_names() -> None:
    block = "blocks:\n  u:\n    layers: [ReLU: {name: r}, Tanh: {name: t}]\n    outputs: OUT\n"
    for outputs, read in (("{u: r, v: t}", "o.v"), ("[r, t]", "o.1")):
        body = block.replace("OUT", outputs) + steps("u: {name: o, key: ''}", f"Neg: {{from: {read}}}")
        assert same(ran(body, X), -torch.tanh(torch.relu(X)))
    assert codes(block.replace("OUT", "[r, t]") + steps("u: {key: ''}", "ReLU")) == ["SG307"]


def test_the_one_step_of_a_via_or_a_path_may_take_its_place() -> None:
    conv = CONV.replace("}", ", key: ''}")
    assert keys(skipped(f"shortcut: {{from: a, to: b, merge: add, via: [{conv}]}}")) == ["shortcut.weight"]
    path = f"Branches: {{merge: add, paths: {{p: [{conv}], q: []}}}}"
    assert keys(steps(path)) == ["p.weight"]
    assert codes(steps(path.replace("], q", f", {CONV}], q"))) == ["SG310"]
    assert codes(steps(conv)) == ["SG211"]


def test_a_block_may_have_no_ports() -> None:
    block = "blocks:\n  two:\n    inputs: []\n    layers: [Constant: {value: 2, shape: [4, 1, 1]}]\n"
    for key in ("", ", key: ''"):
        body = block + steps("ReLU: {name: r}", f"two: {{name: c{key}}}", "Mul: {from: [r, c]}")
        assert same(ran(body, X), torch.relu(X) * 2)
    assert codes(block + steps("ReLU", "two: {from: x}")) == ["SG305"]
    assert codes("blocks:\n  u:\n    inputs: []\n    layers: [ReLU]\n" + steps("u")) == ["SG301"]


REST = "blocks:\n  u:\n    inputs: [a, rest*]\n    layers: [{Concat: {from: LIST}}]\n"


@pytest.mark.parametrize(
    ("read", "what"), [("[rest*]", [A, -X]), ("rest", [A, -X]), ("[a, rest*]", [X, A, -X]), ("[rest.1, a]", [-X, X])]
)
def test_a_last_port_takes_any_number(read: str, what: list[torch.Tensor]) -> None:
    body = REST.replace("LIST", read) + steps("ReLU: {name: r}", "Neg: {name: n, from: x}", "u: {from: [x, r, n]}")
    assert same(ran(body, X), torch.cat(what, 1))


@pytest.mark.parametrize(("outputs", "read"), [("{u: r, v: t}", "o.u, o.v"), ("[r, t]", "o.0, o.1")])
def test_results_of_a_block_are_read_by_name(outputs: str, read: str) -> None:
    body = f"blocks:\n  two:\n    layers: [ReLU: {{name: r}}, Tanh: {{name: t}}]\n    outputs: {outputs}\n"
    assert same(ran(body + steps("two: {name: o}", f"Sub: {{from: [{read}]}}"), X), A - A.tanh())
    assert codes(body + steps("two: {name: o}", "Abs")) == ["SG307"]
    assert codes(body + steps("two: {name: o, repeat: 2}") + f"outputs: {read.split(',')[0]}\n") == ["SG307"]


def test_a_block_calls_itself_where_a_when_ends_it() -> None:
    body = """\
blocks:
  level:
    params: {depth: required}
    layers:
      - Branches:
          merge: add
          paths:
            identity: []
            deeper:
              - MaxPool2d: 2
              - level: {depth: $(depth - 1), when: $(depth > 1)}
              - Upsample: 2
"""
    assert contract(body + steps("level: {depth: 3}")) == "H, W = 0 mod 8"
    assert codes(body.replace("$(depth > 1)", "true") + steps("level: 3")) == ["SG215"]


def test_a_block_has_skips_and_keys_of_its_own() -> None:
    skip = "skips: {s: {from: input, to: output, merge: add}}"
    body = f"blocks:\n  u:\n    keys: numbered\n    layers: [ReLU, {{name}}]\n    {skip}\n"
    assert keys(body.replace("{name}", CONV) + steps("u: {repeat: 2, name: n}")) == ["n.0.1.weight", "n.1.1.weight"]
    assert same(ran(body.replace("{name}", "Tanh") + steps("u"), X), A.tanh() + X)


# Branches


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("paths: {a: [ReLU], b: []}", torch.cat([A, X], 1)),
        ("dim: 2, paths: {a: [ReLU], b: []}", torch.cat([A, X], 2)),
        ("merge: sub, paths: {b: [], a: [ReLU]}", X - A),
        ("merge: add, paths: {a: [ReLU, {Sub: {from: [prev, n]}}], b: []}", A + X + X),
        ("merge: add, paths: {a: [ReLU], b: {from: n, do: [Tanh]}}", A + (-X).tanh()),
        ("merge: add, paths: {a: [ReLU], b: {when: false, do: [Abs]}, c: []}", A + X),
        ("merge: add, paths: {p$i: {for: 'i in [2, 3]', do: [{Pow: $i}]}}", X**2 + X**3),
        ("merge: add, paths: {a: {do: [ReLU, {Tanh: {name: t}}], skips: SKIP}, b: []}", (A * X).tanh() + X),
    ],
)
def test_branches_run_side_by_side_and_merge_in_order(written: str, what: torch.Tensor) -> None:
    skip = "{s: {from: input, to: t, merge: mul}}"
    body = steps("Neg: {name: n}", f"Branches: {{from: x, {written.replace('SKIP', skip)}}}") + "outputs: [prev, n]\n"
    assert torch.allclose(ran(body, X)[0], what)


def test_names_of_a_path_are_private() -> None:
    assert codes(steps("Branches: {merge: add, paths: {a: [ReLU: {name: r}], b: []}}", "Abs: {from: r}")) == ["SG301"]
    assert codes(steps("Branches: {merge: add, repeat: 2, paths: {a: [ReLU], b: []}}")) == ["SG201"]


# Reuse


def test_a_reuse_shares_its_weights() -> None:
    body = steps(
        "Conv2d: {name: c, out_channels: 4, kernel_size: 1}", "Reuse: {name: again, of: c}", "Reuse: {of: again}"
    )
    assert keys(body) == ["c.weight"]
    assert [node.reuses for node in load(spec(body)).graph.nodes] == [None, "c", "c"]


@pytest.mark.parametrize(
    "written",
    [
        "Conv2d: {name: c, out_channels: 8, kernel_size: 1}",
        "Conv2d: {name: c, out_channels: 4, kernel_size: 1, repeat: 2}",
        "Identity: {name: d}",
    ],
)
def test_what_does_not_fit_is_not_run_again(written: str) -> None:
    of = "c" if "name: c" in written else "x"
    assert codes(steps(written, f"Reuse: {{of: {of}}}")) == ["SG312"]


def test_a_reuse_takes_no_place_of_its_own() -> None:
    for key in ("repeat: 2", "key: k", "parametrize: weight_norm"):
        assert codes(steps(CONV.replace("{", "{name: c, "), f"Reuse: {{of: c, {key}}}")) == ["SG201"], key


# The state_dict


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (CONV, ["conv2d_0.weight"]),
        ("Conv2d: {out_channels: 4, kernel_size: 1, key: a.0.b}", ["a.0.b.weight"]),
        ("Conv2d: {out_channels: 4, kernel_size: 1, key: 0}", ["0.weight"]),
        ("Conv2d: {out_channels: 4, kernel_size: 1, key: [a.w, a.v, b]}", ["a.w.weight", "a.v.weight", "b.weight"]),
        ("Conv2d: {out_channels: 4, kernel_size: 1, key: a.b, repeat: 2}", ["a.b.0.weight", "a.b.1.weight"]),
        ("Scale: {dim: 1, key: a.gamma}", ["a.gamma"]),
        (f"Branches: {{merge: add, paths: {{p: [{CONV}], q: []}}}}", ["p.conv2d_0.weight"]),
        (f"Branches: {{merge: add, key: k, paths: {{p: [{CONV}], q: []}}}}", ["k.p.conv2d_0.weight"]),
        (f"Branches: {{merge: add, paths: {{p: {{key: r.0, do: [{CONV}]}}, q: []}}}}", ["r.0.conv2d_0.weight"]),
        (
            f"Branches: {{paths: {{p$i: {{for: 'i in range(2)', key: r.$i, do: [{CONV}]}}}}}}",
            ["r.0.conv2d_0.weight", "r.1.conv2d_0.weight"],
        ),
        (f"Branches: {{merge: add, paths: {{p: {{key: '', do: [{CONV}]}}, q: []}}}}", ["branches_0_p_conv2d_0.weight"]),
        (f"Branches: {{merge: add, paths: {{p: {{keys: numbered, do: [ReLU, {CONV}]}}, q: []}}}}", ["p.1.weight"]),
    ],
)
def test_places_of_weights(written: str, place: list[str]) -> None:
    assert keys(steps(written)) == place


def test_weights_of_a_via_stand_below_the_skip() -> None:
    assert keys(skipped(f"s: {{from: x, to: b, merge: add, via: [{CONV}]}}")) == ["s.conv2d_0.weight"]


@pytest.mark.parametrize("second", ["key: a.b", "key: a", "key: a.b.c", "key: [q, a.b]", "key: a.b.weight"])
def test_a_place_is_taken_once(second: str) -> None:
    first = "Conv2d: {out_channels: 4, kernel_size: 1, key: a.b}"
    assert codes(steps(first, first.replace("key: a.b", second))) == ["SG310"]


NUMBERED = (
    CONV,
    "ReLU: {name: named}",
    "Add: {from: [prev, x]}",
    "Conv2d: {out_channels: 4, kernel_size: 1, key: own}",
    "Conv2d: {out_channels: 4, kernel_size: 1, when: false}",
    f"Branches: {{merge: add, paths: {{p: [{CONV}], q: []}}}}",
    "Conv2d: {out_channels: 4, kernel_size: 1, repeat: 2}",
)


@pytest.mark.parametrize(
    ("keys_", "below"), [("numbered", ""), ("{numbered: model}", "model."), ("{numbered: a.b}", "a.b.")]
)
def test_numbered_keys_count_modules_as_a_sequential_does(keys_: str, below: str) -> None:
    body = f"keys: {keys_}\n" + steps(*NUMBERED)
    places = ["0.weight", "own.weight", "2.p.conv2d_0.weight", "3.0.weight", "3.1.weight"]
    assert sorted(keys(body)) == sorted(place if "own" in place else below + place for place in places)


def test_what_is_wrong_with_keys_is_said() -> None:
    assert codes("keys: numbred\n" + steps(CONV)) == ["SG203"]
    assert message(steps("Conv2d: {out_channels: 4, kernel_size: 1, key: a b}")).startswith("a key cannot be `a b`")
