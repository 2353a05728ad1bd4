"""The expanded spec: the same network, with nothing left to expand."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from emit_cases import CASES, MIXED, RESNET, ZOO, built, inputs, network, same

from skipgraph.emit import to_source, to_spec
from skipgraph.graph import Graph, Network, Ref

ALL: dict[str, tuple[str, str | None]] = {name: (text, None) for name, text in CASES.items()}
ALL |= {path.stem: (path.read_text(encoding="utf-8"), str(path)) for path in sorted(ZOO.glob("*.yaml"))}


@pytest.mark.parametrize("name", CASES)
def test_it_compiles_to_the_same_network(name: str) -> None:
    first = network(CASES[name])
    again = network(to_spec(first))
    one, other, given = built(first), built(again), inputs(first)
    assert list(one.state_dict()) == list(other.state_dict())
    torch.manual_seed(1)
    wanted = one(*given)
    torch.manual_seed(1)
    assert same(other(*given), wanted)


@pytest.mark.parametrize("name", ALL)
def test_it_has_nothing_left_to_expand_and_is_a_fixed_point(name: str) -> None:
    text = to_spec(network(*ALL[name]))
    keys = set(re.findall(r"(\w+):", text))
    assert not keys & {"params", "for", "do", "repeat", "when", "Branches", "let"}
    assert to_spec(network(text)) == text


@pytest.mark.parametrize("name", ALL)
def test_skips_and_shapes_come_back(name: str) -> None:
    first = network(*ALL[name])
    again = network(to_spec(first))
    assert again.graph.result_types == first.graph.result_types
    assert _merges(again) == _merges(first)


def _merges(network: Network) -> list[tuple[str, ...]]:
    """The names of the skips of each merge, blocks included, where they are known.

    What lands at a block without a level may be read by several of its steps: then it is a step itself.
    """
    found = []

    def walk(graph: Graph) -> None:
        for node in graph.nodes:
            if isinstance(node.work, Graph):
                walk(node.work)
            elif node.merge is not None and len(graph.readers.get(Ref(node.name), ())) < 2:
                found.append(node.merge.skips)

    walk(network.graph)
    return found


@pytest.mark.parametrize("name", ["pix2pix_unet", "vgg", "skip_autoencoder"])
def test_where_each_block_is_called_once_the_source_is_the_same(name: str) -> None:
    first = network(*ALL[name])
    assert to_source(network(to_spec(first))) == to_source(first)


def test_a_person_can_read_it(golden: Callable[[str, str], None]) -> None:
    golden("unet.expanded.yaml", to_spec(network((ZOO / "unet.yaml").read_text(encoding="utf-8"))))
    golden("mixed.expanded.yaml", to_spec(network(MIXED)))


def test_blocks_that_read_the_same_are_one() -> None:
    text = to_spec(network(RESNET))
    # of each stage the first with a projection, the second without; the first stage has two of the second kind
    assert re.findall(r"^  (basic_block\w*):$", text, re.MULTILINE) == [
        "basic_block",
        "basic_block_2",
        "basic_block_3",
        "basic_block_4",
        "basic_block_5",
    ]
