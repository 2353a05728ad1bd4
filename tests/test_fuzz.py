"""Whatever becomes of a valid spec: findings inside the file, never an exception, and YAML and JSON judged alike."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_faults import UNET

from skipgraph import text
from skipgraph.api import Settings, network_of
from skipgraph.diagnostics import Report, Source, Span, writers
from skipgraph.limits import Limits

MIXED = """\
skipgraph: 1
name: mixed
params: {width: 8, counts: [1, 2], norm: BatchNorm2d, deep: true}
inputs: {image: [N, 3, H, W], mask: {shape: [N, 1, H, W], dtype: float32}}
blocks:
  unit:
    params: {out: required, stride: 1}
    inputs: [x, gate]
    layers:
      - Conv2d: {out_channels: $out, kernel_size: 3, stride: $stride, padding: 1, bias: false, key: conv}
      - $norm
      - Mul: {name: gated, from: [prev, gate]}
    outputs: gated
layers:
  - Conv2d: {name: stem, from: image, out_channels: $width, kernel_size: 3, padding: same}
  - for: (i, n) in enumerate(counts)
    let: {k: $(2 * i + 1)}
    do:
      - Conv2d: {name: c$i, out_channels: $(width * n), kernel_size: $k, padding: $(k // 2)}
      - ReLU: {when: $deep, name: r$i}
  - unit: {name: u, from: [prev, mask], out: 16}
  - Branches:
      name: sides
      merge: concat
      paths:
        a: [{Conv2d: {name: a, out_channels: 4, kernel_size: 1}}, ReLU]
        identity: []
        b: {do: [{AvgPool2d: {kernel_size: 3, stride: 1, padding: 1}}]}
  - Conv2d: {name: tower, out_channels: 20, kernel_size: 1, expect: [N, 20, H, W]}
  - Reuse: {of: tower, name: again, from: sides}
  - Concat: {from: [tower, again, c*]}
  - Interpolate: {name: small, scale_factor: 0.5}
  - Interpolate: {name: large, like: image}
  - Chunk: {name: halves, chunks: 2, dim: 1}
  - Conv2d: {name: head, from: halves.0, out_channels: 2, kernel_size: 1, repeat: 2}
  - Reshape: {shape: [N, 2, $(H * W)], name: flat}
skips:
  s: {from: stem, to: small, merge: concat, align: crop}
  t$i: {for: i in range(2), from: c$i, to: large, merge: add, via: [{Conv2d: {out_channels: 51, kernel_size: 1}}], when: false}
outputs: {flat: flat, rest: [halves.1, head]}
"""  # noqa: E501

LIMITS = Limits(steps=500, nesting=12, evaluations=20_000)
SETTINGS = Settings(limits=LIMITS)
TOKENS: tuple[Any, ...] = (
    *("", "a", "prev", "input", "output", "enc*", "halves.7", "$", "$x", "$(", "$(1 // 0)", "$(w[3])", "$(N)", "$i"),
    *("Conv2d", "Concat", "ReLU", "Reuse", "Branches", "LSTM", "unit", "no", "é", "a" * 120, "../x", "\t", "range(3)"),
    *("i in range(10**9)", "$(9**9**9)", "concat", "crop", "numbered", "required", "H/2", "$(H + 1)", "size('a', 2)"),
    *(-1, 0, 1, 2, 3, 7, 64, 10**9, 2**62, 0.5, -0.0, 1e300, True, False, None, [], {}, [1, 2], ["a"], {"a": 1}),
)
KEYS = (
    *(
        "name",
        "from",
        "to",
        "when",
        "for",
        "do",
        "else",
        "repeat",
        "expect",
        "exact",
        "key",
        "keys",
        "axes",
        "args",
        "let",
    ),
    *(
        "unused",
        "parametrize",
        "skips",
        "outputs",
        "inputs",
        "params",
        "blocks",
        "layers",
        "use",
        "via",
        "align",
        "dim",
    ),
    *("merge", "order", "out_channels", "kernel_size", "bias", "dtype", "shape", "like", "of", "paths", "x", "Conv2d"),
)


def tree(source: str) -> Any:
    report = Report()
    document = text.read(Source("base.yaml", source), report)
    assert document is not None, writers.text(report, color=False)
    return document.data


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with a key or index in it."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(value, dict | list):
            yield from places(value)


def mutate(root: Any, chance: random.Random) -> None:
    """Change one place of a tree."""
    found = list(places(root))
    if not found:
        return
    where, key = chance.choice(found)
    other, other_key = chance.choice(found)
    match chance.randrange(9):
        case 0:
            del where[key]
        case 1 | 2:
            where[key] = chance.choice(TOKENS)
        case 3:
            where[key] = json.loads(json.dumps(other[other_key]))
        case 4 if isinstance(where, dict):
            where[chance.choice((*KEYS, f"{key}s", str(key)[:-1]))] = where.pop(key)
        case 5 if isinstance(where, dict):
            where[chance.choice(KEYS)] = chance.choice(TOKENS)
        case 6 if isinstance(where, list):
            where.insert(chance.randrange(len(where) + 1), json.loads(json.dumps(other[other_key])))
        case 7:
            where[key], other[other_key] = json.loads(json.dumps([other[other_key], where[key]]))
        case _ if isinstance(where[key], int | float):
            where[key] = where[key] * chance.choice((-1, 0, 2, 3)) + chance.choice((-1, 0, 1))
        case _ if isinstance(where[key], str) and where[key]:
            at = chance.randrange(len(where[key]))
            where[key] = where[key][:at] + chance.choice(("", "x", "$", "(", ")", " ", "0")) + where[key][at + 1 :]
        case _:
            pass


def as_yaml(node: Any, indent: int = 0) -> str:
    """A tree in YAML's block style, every string in double quotes."""
    pad = "  " * indent
    if isinstance(node, dict) and node:
        return "".join(f"{pad}{json.dumps(key)}:{_below(value, indent)}" for key, value in node.items())
    if isinstance(node, list) and node:
        return "".join(f"{pad}-{_below(value, indent)}" for value in node)
    return f"{pad}{json.dumps(node)}\n"


def _below(value: Any, indent: int) -> str:
    if isinstance(value, dict | list) and value:
        return "\n" + as_yaml(value, indent + 1)
    return f" {json.dumps(value)}\n"


def check(name: str, content: str) -> list[str]:
    """The codes of what is found, every place of it inside the text."""
    report = Report()
    source = Source(name, content)
    network = network_of(source, report, SETTINGS)
    assert (network is None) == report.failed, content
    for found in report:
        for label in (found.primary, *found.related):
            assert is_inside(label.span), (found, content)
    assert "`None`" not in (shown := writers.text(report, color=False)), shown
    return sorted(found.code for found in report)


def is_inside(span: Span) -> bool:
    lines = span.source.lines
    return (
        1 <= span.line <= span.end_line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )


def fuzz_trees(bases: list[str], rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    trees = [tree(base) for base in bases]
    for _ in range(rounds):
        root = json.loads(json.dumps(chance.choice(trees)))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            mutate(root, chance)
        found = check("mutant.yaml", as_yaml(root))
        assert check("mutant.json", json.dumps(root, indent=chance.choice((None, 1)))) == found, as_yaml(root)


def fuzz_texts(bases: list[str], rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    texts = [
        (name, content) for base in bases for name, content in (("m.yaml", base), ("m.json", json.dumps(tree(base))))
    ]
    edits: tuple[Callable[[str, int], str], ...] = (
        lambda content, at: content[:at],
        lambda content, at: content[:at] + content[at + 1 :],
        lambda content, at: content[:at] + content[at + chance.randrange(40) :],
        lambda content, at: content[:at] + chance.choice("[]{}:,-#&*!|>'\"%@`$()\t\n \r\x00é\u2028") + content[at:],
        lambda content, at: content[:at] + "\n" + content[at:],
        lambda content, at: content[:at] + content[chance.randrange(len(content)) :][:60] + content[at:],
    )
    for _ in range(rounds):
        name, content = chance.choice(texts)
        for _ in range(chance.choice((1, 1, 2, 4))):
            content = chance.choice(edits)(content, chance.randrange(len(content) + 1)) or " "
        check(name, content)


def test_what_is_mutated_is_valid() -> None:
    assert check("unet.yaml", UNET) == []
    assert check("mixed.yaml", MIXED) == []
    assert check("mixed.json", json.dumps(tree(MIXED))) == []


def test_mutated_trees_give_only_findings() -> None:
    fuzz_trees([UNET, MIXED], 300, seed=1)


def test_mutated_texts_give_only_findings() -> None:
    fuzz_texts([UNET, MIXED], 300, seed=2)


SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_thousands_of_mutants_give_only_findings(part: int) -> None:
    fuzz_trees([UNET, MIXED], 600, seed=1000 + part)
    fuzz_texts([UNET, MIXED], 300, seed=2000 + part)
    fuzz_trees([path.read_text(encoding="utf-8") for path in SPECS], 100, seed=3000 + part)
