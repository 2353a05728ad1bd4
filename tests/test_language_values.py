"""The language, statement by statement: expressions, sizes, other files, classes from outside, text, limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from language import codes, contract, names, ran, shapes, spec, steps

from skipgraph.api import Settings, build, check, examine, load
from skipgraph.limits import Limits

X = torch.arange(2 * 4 * 7 * 6, dtype=torch.float32).reshape(2, 4, 7, 6) / 100 - 1
PARAMS = "params: {n: 3, widths: [8, 16, 32], kind: hs, on: true}\n"


# Expressions


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("$n", 3),
        ("$(n)", 3),
        ("$(2**n - n // 2 + 7 % 4 * -1)", 4),
        ("$(n if kind == 'hs' else 9)", 3),
        ("$(9 if not on or n > 3 else 4)", 4),
        ("$(1 if 2 < n <= 3 and kind != 're' else 9)", 1),
        ("$(widths[0] + widths[-1])", 40),
        ("$(sum(widths[1:]))", 48),
        ("$(len([1, (2, 3)]))", 2),
        ("$(max(1, n) * min([4, 5]) + abs(-2))", 14),
        ("$(round(2.6) + floor(2.6) + ceil(2.1) + int(2.9))", 10),
        ("$(make_divisible(37))", 40),
        ("$(make_divisible(10, 8))", 16),
        ("$(make_divisible(3, 8, 24))", 24),
        ("$(channels('input') + channels('c'))", 9),
        ("$(size('c', 1) + size('c', -3))", 10),
        ("$(sum(zip([1, 2], [3, 4])[1]))", 6),
    ],
)
def test_an_expression_has_pythons_value(written: str, value: int) -> None:
    body = PARAMS + steps(
        "Conv2d: {name: c, out_channels: 5, kernel_size: 1}", f'Conv2d: {{out_channels: "{written}", kernel_size: 1}}'
    )
    assert shapes(body) == [f"[N, {value}, H, W]"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("r$n", "r3"),
        ("r$(n + 1)", "r4"),
        ("r$(n)_x", "r3_x"),
        ("r$(n)x$n", "r3x3"),
        ("$kind", "hs"),
        ("$(kind)_$(widths[0])", "hs_8"),
    ],
)
def test_inside_a_string_a_value_is_printed(written: str, name: str) -> None:
    assert names(PARAMS + steps(f'ReLU: {{name: "{written}"}}')) == [name]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("$n_x", "SG213"),
        ("$(m)", "SG213"),
        ("$(1 / 0)", "SG213"),
        ("$(n.real)", "SG212"),
        ("$([i for i in widths])", "SG212"),
        ("$(open('x'))", "SG212"),
        ("$(n +)", "SG212"),
        ("$((lambda: 1)())", "SG212"),
        ("$(channels('nix'))", "SG213"),
        ("$(10**10**10)", "SG213"),
        ("$(size('x', 2))", "SG408"),
        ("$(H)", "SG408"),
    ],
)
def test_there_is_nothing_else(written: str, code: str) -> None:
    assert codes(PARAMS + steps(f'Conv2d: {{out_channels: "{written}", kernel_size: 1}}')) == [code]


def test_two_dollars_are_one() -> None:
    assert load(spec("description: costs 5$$\n" + steps("ReLU"))).graph.description == "costs 5$$"
    assert codes(steps("ReLU: {name: a$$}")) == ["SG211"]


@pytest.mark.parametrize(
    "step",
    [
        "for: i in range(H)\n    do: [ReLU]",
        "for: i in range(size('x', 2))\n    do: [ReLU]",
        "ReLU: {repeat: '$(size(\"x\", 2))'}",
        "ReLU: {when: '$(size(\"x\", 2) > 1)'}",
    ],
)
def test_the_shape_of_the_graph_hangs_on_no_open_size(step: str) -> None:
    assert codes(steps(step, "Tanh")) == ["SG408"]
    assert codes("inputs: {x: [N, 4, 2, 2]}\n" + steps(step.replace("(H)", "(2)"), "Tanh")) == []


def test_sizes_are_computed_with_the_axes_that_arrive() -> None:
    padded = steps("Pad: {right: $(-W % 4), bottom: $(-H % 4)}", "Reshape: {shape: [N, C, H // 4, 4, W // 4, 4]}")
    assert contract(padded) == "any size"
    assert ran(padded, X).shape == (2, 4, 2, 4, 2, 4)
    back = steps("Pad: {right: $(-W % 4)}", "Slice: {dim: 3, end: \"$(size('x', 3))\"}")
    assert shapes(back) == ["[N, 4, H, W]"]
    assert torch.equal(ran(back, X), X)


def test_a_size_of_another_value_is_found_at_run_time() -> None:
    body = steps(
        "Parameter: {name: cls, shape: [1, 1, 4], init: ones}", "Flatten: {name: t, start_dim: 2, from: x}"
    ) + (
        "  - Transpose: {name: tokens, dim0: 1, dim1: 2}\n"
        "  - Expand: {name: first, from: cls, sizes: [\"$(size('tokens', 0))\", -1, -1]}\n"
        "  - Concat: {from: [first, tokens], dim: 1}\n"
    )
    assert shapes(body) == ["[N, H*W + 1, 4]"]
    assert ran(body, X).shape == (2, 43, 4)


# Sizes


DOWN = "Conv2d: {out_channels: 4, kernel_size: 3, stride: 2, padding: 1}"


@pytest.mark.parametrize(
    ("written", "sizes"),
    [
        (("MaxPool2d: 2", "Upsample: 2", "Add: {from: [prev, x]}"), "H, W = 0 mod 2"),
        ((DOWN, "Upsample: 2", "Concat: {from: [prev, x]}"), "H, W = 0 mod 2"),
        (("Conv2d: {out_channels: 4, kernel_size: 3}",), "H, W at least 3"),
        (("AvgPool2d: 4", "Interpolate: {like: x}", "Add: {from: [prev, x]}"), "H, W at least 4"),
        (("ReLU",), "any size"),
    ],
)
def test_the_contract_is_where_it_runs(written: tuple[str, ...], sizes: str) -> None:
    body = steps(*written)
    assert contract(body) == sizes
    network, module = load(spec(body)), build(spec(body))
    for size in range(1, 11):
        x = torch.zeros(1, 4, size, 8)
        if network.contract.accepts({"N": 1, "H": size, "W": 8}):
            module(x)
        else:
            with pytest.raises(RuntimeError):
                module(x)


def test_a_size_at_which_torch_would_stretch_a_sum_is_not_in_the_contract() -> None:
    body = steps(DOWN, "Upsample: 2", "Add: {from: [prev, x]}")
    assert contract(body) == "H, W = 0 mod 2"
    assert build(spec(body))(torch.zeros(1, 4, 1, 1)).shape == (1, 4, 2, 2)


def test_an_axis_that_has_to_be_a_number_cannot_be_open() -> None:
    assert codes(steps("Flatten: 1", "Linear: 2")) == ["SG408"]
    assert codes("inputs: {x: [N, C, H, W]}\n" + steps(DOWN)) == ["SG408"]


def test_where_no_size_fits_the_edge_is_named() -> None:
    assert codes(steps("MaxPool2d: 2", "Add: {from: [prev, x]}")) == ["SG402"]
    report = check(spec(steps("MaxPool2d: 2", "Upsample: 2", "Add: {from: [prev, x]}")), sizes={"H": 7, "W": 8})
    assert [found.code for found in report] == ["SG407"]


# Other files and classes

PART = """\
skipgraph: 1
params: {wide: 3}
inputs: {x: [N, 4, H, W]}
blocks:
  unit:
    params: {k: 1}
    layers: [Conv2d: {out_channels: $(wide * k), kernel_size: 1}]
layers: [unit]
"""


def test_use_brings_the_blocks_of_another_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "part.yaml").write_text(PART)
    file = tmp_path / "net.yaml"
    file.write_text(
        spec(
            "use: {p: ./parts/part.yaml}\nparams: {wide: 100}\n"
            + steps("p.unit", "p.unit: {name: u, k: 2}", "p.unit: $wide")
        )
    )
    network = load(file)
    assert [node.name for node in network.graph.nodes] == ["unit_0", "u", "unit_1"]
    assert [str(kind) for kind in network.graph.result_types] == ["[N, 300, H, W]"]


@pytest.mark.parametrize("path", ["../part.yaml", "/etc/passwd", "./nix.yaml", "./link.yaml"])
def test_use_leads_down_and_through_no_link(tmp_path: Path, path: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "part.yaml").write_text(PART)
    (inner / "link.yaml").symlink_to(tmp_path / "part.yaml")
    file = inner / "net.yaml"
    file.write_text(spec(f"use: {{p: {path}}}\n" + steps("p.unit")))
    assert [found.code for found in check(file)] == ["SG216"]


class Doubled(torch.nn.Module):
    """A class from outside."""

    def __init__(self, times: int = 2) -> None:
        super().__init__()
        self.times = times

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x] * self.times, 1)


def test_a_class_from_outside_is_handed_over_by_the_caller() -> None:
    body = "use: {Doubled: extern}\n" + steps("Doubled: {times: 3}", "Conv2d: {out_channels: 2, kernel_size: 1}")
    assert shapes(body, extern={"Doubled": Doubled}) == ["[N, 2, H, W]"]
    assert ran(body, X, extern={"Doubled": Doubled}).shape == (2, 2, 7, 6)
    assert codes(body) == ["SG217"]


# Text


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("layers: [ReLU]\nlayers: [Tanh]\n", "SG103"),
        ("layers: &a [ReLU]\n", "SG104"),
        ("layers: [!!str ReLU]\n", "SG105"),
        ("layers: [ReLU]\n---\nlayers: [Tanh]\n", "SG108"),
        ("layers: [ReLU]\n1: 2\n", "SG110"),
        ("layers: [ReLU]\nlayer: [ReLU]\n", "SG201"),
        ("layers: [Conv2d: {out_channels: $(max(1, 2)), kernel_size: 1}]\n", "SG112"),
        ("layers: [Conv2d: {out_channels: 4, kernel_size: (3, 3)}]\n", "SG112"),
        ("layers: [ReLU\n", "SG101"),
    ],
)
def test_rules_of_the_text(written: str, code: str) -> None:
    assert codes(written) == [code]


def test_scalars_are_those_of_yaml_1_2() -> None:
    assert codes(steps("Dropout: 1e-3", "Conv2d: {out_channels: 2, kernel_size: [1, 1], bias: false}")) == []
    for text in ("on", "no", "010", "1_000", "12:30"):
        assert codes(steps(f"Conv2d: {{out_channels: 2, kernel_size: 1, bias: {text}}}")) == ["SG208"], text


# Limits


@pytest.mark.parametrize(
    ("limits", "body"),
    [
        (Limits(steps=3), steps("for: i in range(4)\n    do: [ReLU]")),
        (Limits(steps=3), steps("ReLU: {repeat: 4}")),
        (Limits(bytes=20), steps("ReLU")),
        (
            Limits(nesting=3),
            "blocks:\n  b:\n    params: {k: required}\n    layers: [ReLU, b: {k: $(k - 1), when: $(k > 1)}]\n"
            + steps("b: 5"),
        ),
    ],
)
def test_limits_are_the_callers(limits: Limits, body: str) -> None:
    assert not examine(spec(body), Settings())[1].errors
    assert next(found.code for found in examine(spec(body), Settings(limits=limits))[1]) in ("SG106", "SG215")


def test_a_contract_names_the_axes_in_the_order_of_the_inputs() -> None:
    assert contract(steps("Pad: {right: 3, bottom: 3, mode: reflect}")) == "H, W at least 4"
    assert (
        contract(steps("Conv2d: {out_channels: 4, kernel_size: [1, 3]}", "MaxPool2d: [2, 1]"))
        == "H at least 2; W at least 3"
    )


CHOICES = """\
params:
  depth: {default: 1, one_of: [1, 2, "$(1 + 2)"]}
  act: {one_of: [ReLU, Tanh]}
blocks:
  u:
    params: {k: {default: 3, one_of: [1, 3]}}
    layers: [Conv2d: {out_channels: $k, kernel_size: 1}]
layers:
  - $act: {repeat: $depth}
  - u: {k: K}
"""


def test_a_parameter_takes_the_values_that_are_listed() -> None:
    body = CHOICES.replace("K}", "1}")
    assert codes(body, act="ReLU") == []
    assert len(load(spec(body), act="Tanh", depth=3).graph.nodes) == 4
    # without a default it is required
    assert codes(body) == ["SG214"]


@pytest.mark.parametrize(
    ("k", "settings", "told"),
    [
        (1, {"act": "ReLU", "depth": 4}, "`depth` takes 1, 2 or 3, not 4"),
        (1, {"act": "GELU"}, "`act` takes 'ReLU' or 'Tanh', not 'GELU'"),
        (2, {"act": "ReLU"}, "`k` takes 1 or 3, not 2"),
    ],
)
def test_another_value_is_told_where_it_is_given(k: int, settings: dict[str, Any], told: str) -> None:
    report = check(spec(CHOICES.replace("K}", f"{k}}}")), **settings)
    assert [(found.code, found.message) for found in report] == [("SG209", told)]


def test_what_is_wrong_with_the_values_of_a_parameter_is_said() -> None:
    def told(param: str) -> list[str]:
        return codes(f"params: {{w: {param}}}\n" + steps("Conv2d: {out_channels: $w, kernel_size: 1}"))

    assert told("{default: 1, one_of: [1, 2]}") == []
    assert told("{default: 3, one_of: [1, 2]}") == ["SG209"]
    assert told("{default: 1, one_of: 1}") == ["SG203"]
    assert told("{default: 1, one_of: []}") == ["SG203"]
    assert told("{default: 1}") == ["SG202"]
    assert told("{default: 1, oneof: [1]}") == ["SG201"]
    # `true` is not 1
    assert told("{default: 1, one_of: [true, 2]}") == ["SG209"]


def test_what_hangs_on_a_refused_parameter_is_no_second_fault() -> None:
    params = "params: {i: {default: 0, one_of: [0, 1]}, out: '$([8, 16][i])'}\n"
    conv = "Conv2d: {out_channels: $out, kernel_size: 1}"
    assert codes(params + steps(conv), i=1) == []
    assert codes(params + steps(conv), i=2) == ["SG209"]
    block = f"blocks:\n  u:\n    {params}    layers: [{conv}]\n"
    assert codes(block + steps("u: {i: 2}")) == ["SG209"]
    # `modules` is an attribute of every module
    assert codes("params: {modules: 8}\n" + steps(conv.replace("$out", "$modules"))) == ["SG211"]
