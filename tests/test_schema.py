"""The JSON Schema takes every spec of the zoo, and refuses what an editor can see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from skipgraph.ops import CATALOG
from skipgraph.spec.schema import schema, schema_text

ROOT = Path(__file__).parents[1]
VALIDATOR = jsonschema.Draft7Validator(schema())


def errors(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml12(text))]


def yaml12(text: str) -> Any:
    """The data of a YAML text, read as the compiler reads it."""
    from skipgraph.diagnostics import Report, Source
    from skipgraph.text import read

    report = Report()
    node = read(Source("a.yaml", text), report)
    assert node is not None, [found.message for found in report]
    return node.data


def spec(step: str) -> str:
    return f"skipgraph: 1\ninputs: {{x: [N, 3, H, W]}}\nlayers:\n  - {step}\n"


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(schema())


def test_the_file_in_docs_is_current() -> None:
    file = ROOT / "docs" / "skipgraph.schema.json"
    assert file.read_text() == schema_text(), "run `skipgraph schema -o docs/skipgraph.schema.json`"


@pytest.mark.parametrize("file", sorted((ROOT / "specs").rglob("*.yaml")), ids=lambda file: file.stem)
def test_it_takes_every_spec_of_the_zoo(file: Path) -> None:
    assert errors(file.read_text()) == []


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_it_takes_the_examples_of_every_op(name: str) -> None:
    for example in CATALOG[name].examples:
        step = {name: json.loads(json.dumps(example.arguments, default=list))}
        tree = {"skipgraph": 1, "inputs": {"x": ["N", 3]}, "layers": [step]}
        assert [error.message for error in VALIDATOR.iter_errors(tree)] == []


@pytest.mark.parametrize(
    "step",
    [
        "ReLU",
        "ReLU:",
        "MaxPool2d: 2",
        "MaxPool2d: $k",
        "Conv2d: {out_channels: $c, kernel_size: [3, $k], padding: same, name: a, from: [x], when: $(k > 1)}",
        "Conv2d: {args: {out_channels: 3, kernel_size: 1}}",
        "Conv2d: {out_channels: 3, kernel_size: 1, bias: $(norm == 'none')}",
        "my_block: {anything: 1}",
        "my_block",
        "se.squeeze: 4",
        "$norm: {eps: 0.1}",
        "Interpolate: {like: x}",
        "Reshape: {shape: [N, C, $(H * W)]}",
        "{for: i in range(3), do: [ReLU], let: {k: $(2 * i)}}",
        "{for: [i in range(3), j in range(2)], when: $(i > j), do: [ReLU: {name: a$i}]}",
        "{when: $x, do: [ReLU], else: [Tanh]}",
        "Branches: {merge: add, paths: {a: [ReLU], b: {do: [Tanh], key: ''}}, name: c}",
        "Reuse: {of: a, from: [x]}",
    ],
)
def test_it_takes(step: str) -> None:
    assert errors(spec(step)) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("Conv2d: {out_channels: 3, kernel_sise: 1}", "kernel_sise"),
        ("Conv2d: {out_channels: 3}", "kernel_size"),
        ("Conv2d: {out_channels: many, kernel_size: 1}", "many"),
        ("Conv2d: {out_channels: 0, kernel_size: 1}", "0"),
        ("Conv2d", None),
        ("ReLU: {nmae: a}", "nmae"),
        ("ReLU: 3", "3"),
        ("{for: i in range(3), doo: [ReLU]}", "doo"),
        ("{when: $x, do: [ReLU], esle: []}", "esle"),
        ("{ReLU: {}, Tanh: {}}", "too many"),
        ("Branches: {path: {}}", "path"),
        ("Softmax: {dim: 1.5}", "1.5"),
    ],
)
def test_it_refuses(step: str, said: str | None) -> None:
    found = errors(spec(step))
    if said is None:
        # a bare name may be a block's
        assert found == []
        return
    deep = [str(error) for error in VALIDATOR.iter_errors(yaml12(spec(step)))]
    assert found
    assert any(said in text for text in deep)


@pytest.mark.parametrize(
    "text",
    [
        "skipgraph: 2\ninputs: {x: [3]}\nlayers: [ReLU]\n",
        "inputs: {x: [3]}\nlayers: [ReLU]\n",
        "skipgraph: 1\ninputs: {x: [3]}\nlayres: [ReLU]\n",
        "skipgraph: 1\ninputs: {x: 3}\nlayers: [ReLU]\n",
        "skipgraph: 1\ninputs: {x: [3]}\nlayers: [ReLU]\nskips: {a: {from: x}}\n",
        "skipgraph: 1\ninputs: {x: [3]}\nlayers: [ReLU]\nskips: {a: {from: x, to: y, merge: glue}}\n",
        "skipgraph: 1\ninputs: {x: [3]}\nlayers: [ReLU]\nblocks: {b: {layer: []}}\n",
    ],
)
def test_it_refuses_a_file(text: str) -> None:
    assert errors(text)
