"""What differs between two specs: exactly what was changed, whichever way it is looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import laws
import pytest
from random_specs import is_by_chance, seeded

import skipgraph
from skipgraph import Difference, Network
from skipgraph.cli import main
from skipgraph.graph import Graph, Node, Ref
from skipgraph.passes.diff import Mark, Scope, Step, What, difference

SPECS = Path(__file__).parents[1] / "specs"
UNET = SPECS / "unet.yaml"
FILES = sorted(SPECS.glob("*.yaml"))
SEEDS = range(30)
MIRRORED = {Mark.ADDED: Mark.REMOVED, Mark.REMOVED: Mark.ADDED}


def spec(*layers: str, more: str = "", inputs: str = "{x: [N, 4, H, W]}") -> str:
    return f"skipgraph: 1\ninputs: {inputs}\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers) + more


def diff(before: str | Path, after: str | Path) -> Difference:
    return skipgraph.diff(before, after)


def edits(found: Difference) -> list[tuple[str, ...]]:
    """What was edited, of every scope: the mark, the names, and of what is changed what of it."""
    listed: list[tuple[str, ...]] = []
    for scope in found.scopes:
        changes: list[Any] = [*scope.steps, *scope.skips]
        for item in changes:
            if item.mark is not Mark.KEPT:
                names = (each.name for each in (item.before, item.after) if each is not None)
                fields = (each.name or each.what for each in item.fields if not each.follows)
                listed.append((item.mark.value, *dict.fromkeys(names), *(str(f) for f in fields if f != What.NAME)))
    return listed


def lines(found: Difference) -> list[str]:
    """The lines of what was edited."""
    return [line for line in str(found).splitlines() if line.startswith(("+", "-", "~", ">"))]


# laws


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_spec_does_not_differ_from_itself(file: Path) -> None:
    found = diff(file, file)
    assert not found
    assert str(found) == ""
    assert all(each.mark is Mark.KEPT for scope in found.scopes for each in (*scope.steps, *scope.skips))
    assert found.as_data()["scopes"] == []
    assert len(found.places.kept) == len(list(found.before.graph.weights()))


@cache
def pairs() -> list[tuple[Network, Network]]:
    """Specs of the zoo, each with the next, and random ones."""
    networks = [skipgraph.load(file) for file in FILES[::6]]
    drawings = [drawn for drawn in map(seeded, SEEDS) if not is_by_chance(drawn)]
    drawn = [laws.compiled(each.yaml) for each in drawings]
    return [*pairwise(networks), *pairwise(drawn)]


@cache
def compared() -> list[tuple[Network, Network, Difference]]:
    """The pairs, and what differs in each."""
    return [(before, after, difference(before, after)) for before, after in pairs()]


def test_seen_from_the_other_side_all_is_mirrored() -> None:
    for before, after, there in compared():
        back = difference(after, before)
        assert {_key(scope) for scope in there.scopes} == {_key(scope)[::-1] for scope in back.scopes}
        other = {_key(scope)[::-1]: scope for scope in back.scopes}
        for scope in there.scopes:
            twin = other[_key(scope)]
            for ours, theirs in ((scope.steps, twin.steps), (scope.skips, twin.skips)):
                found = {_named(one): one.mark for one in ours}
                assert found == {_named(one)[::-1]: MIRRORED.get(one.mark, one.mark) for one in theirs}
        assert there.places.rename == {old: new for new, old in back.places.rename.items()}
        assert {each.after for each in there.places.new} == {each.before for each in back.places.dropped}


def _key(scope: Scope) -> tuple[int, int]:
    return id(scope.before), id(scope.after)


def _named(one: Any) -> tuple[str | None, str | None]:
    return one.before and one.before.name, one.after and one.after.name


def test_every_step_and_every_difference_of_it_is_told() -> None:
    """The older graph, with what is told applied to it, is the newer one: nothing else differs."""
    for _, _, found in compared():
        for scope in found.scopes:
            assert [s.before for s in scope.steps if s.before] != [] or not scope.before.nodes
            assert {s.before.name for s in scope.steps if s.before} == set(scope.before.by_name)
            assert [s.after.name for s in scope.steps if s.after] == [node.name for node in scope.after.nodes]
            assert len({s.before.name for s in scope.steps if s.before}) == sum(1 for s in scope.steps if s.before)
            renames = {s.before.name: s.after.name for s in scope.steps if s.before and s.after}
            renames |= {i.before_name: i.after_name for i in scope.inputs if i.before_name and i.after_name}
            for step in scope.steps:
                if step.before and step.after:
                    assert _applied(scope.before, step, renames) == _facts(scope.after, step.after), step


def _facts(graph: Graph, node: Node) -> dict[Any, Any]:
    """All that can be said of a step, apart from what its skips and its place in a drawing are called."""
    work: Any = node.work
    given = work.given(*work.inferred) if hasattr(work, "given") else work.arguments
    return {
        **{(What.ARGUMENT, name): value for name, value in given.items()},
        What.KIND: node.kind,
        What.READS: tuple(edge and _written(edge.source) for edge in node.inputs),
        What.SIZES: tuple(map(_written, node.sizes)),
        What.REUSES: node.reuses,
        What.TYPE: node.types,
        What.KEY: node.keys,
        What.PARAMETRIZE: node.parametrize,
        What.EXACT: node.exact,
        What.EXPECTED: node.expected,
        What.UNUSED: node.unused,
        What.RESULTS: node.results,
    }


def _written(ref: Ref) -> str:
    return f"{ref.node}.{ref.result}" if ref.result else ref.node


def _applied(graph: Graph, step: Step, renames: dict[str, str]) -> dict[Any, Any]:
    assert step.before and step.after
    facts = _facts(graph, step.before)

    def now(name: str | None) -> str | None:
        head, _, rest = (name or "").partition(".")
        return name and ".".join(filter(None, (renames.get(head, head), rest)))

    facts[What.READS] = tuple(map(now, facts[What.READS]))
    facts[What.SIZES] = tuple(map(now, facts[What.SIZES]))
    facts[What.REUSES] = now(facts[What.REUSES])
    given = _facts(graph, step.after)
    for each in step.fields:
        key = (What.ARGUMENT, each.name) if each.what is What.ARGUMENT else each.what
        if each.what not in (What.NAME, What.WEIGHTS, What.MERGE):
            facts[key] = each.after
        if each.what is What.ARGUMENT and key not in given:
            del facts[key]
    return facts


def test_every_place_of_both_state_dicts_is_told_once() -> None:
    for before, after, found in compared():
        places = found.places
        told = (*places.renamed, *places.changed, *places.new, *places.dropped)
        was, now = dict(before.graph.weights()), dict(after.graph.weights())
        assert sorted([*places.kept, *(p.before for p in told if p.was)]) == sorted(map(".".join, was))
        assert sorted([*places.kept, *(p.after for p in told if p.now)]) == sorted(map(".".join, now))
        assert all(was[tuple(p.split("."))] == now[tuple(p.split("."))] for p in places.kept)


# one edit is one line


CHAIN = (
    "Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}",
    "BatchNorm2d",
    "ReLU",
    "Conv2d: {name: mid, out_channels: 8, kernel_size: 3, padding: 1}",
    "BatchNorm2d",
    "ReLU",
    "Conv2d: {out_channels: 6, kernel_size: 1}",
)


def test_a_step_in_between_shifts_counted_names_and_no_more() -> None:
    found = diff(spec(*CHAIN), spec(CHAIN[0], CHAIN[0].replace("3", "5").replace("1}", "2}"), *CHAIN[1:]))
    assert edits(found) == [("+", "conv2d_1")]
    assert [(each.before, each.after) for each in found.places.renamed] == [
        ("conv2d_1.weight", "conv2d_2.weight"),
        ("conv2d_1.bias", "conv2d_2.bias"),
    ]


def test_a_counted_name_that_means_another_step_now_is_a_trap_that_is_told() -> None:
    extra = "Conv2d: {out_channels: 8, kernel_size: 3, padding: 2, dilation: 2}"
    again = "Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}"
    found = diff(spec(again, again), spec(again, extra, again))
    assert edits(found) == [("+", "conv2d_1")]
    # 8 -> 8 channels both: a checkpoint from before loads
    assert found.places.misread == ("conv2d_1.weight", "conv2d_1.bias")
    assert "misread    conv2d_1: weight, bias" in str(found)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ReLU", "GELU", [("~", "relu_0", "gelu_0", "kind"), ("~", "relu_1", "gelu_1", "kind")]),
        ("mid", "middle", [(">", "mid", "middle")]),
        ("kernel_size: 1", "kernel_size: 3", [("~", "conv2d_1", "kernel_size")]),
        ("  - BatchNorm2d\n", "", [("-", "batchnorm2d_0"), ("-", "batchnorm2d_1")]),
        ("{name: mid", "{name: mid, parametrize: weight_norm", [("~", "mid", "parametrize")]),
        ("{name: mid", "{name: mid, key: body", []),
    ],
)
def test_an_edit_is_told_as_that_edit(old: str, new: str, told: list[tuple[str, ...]]) -> None:
    before = spec(*CHAIN)
    found = diff(before, before.replace(old, new))
    assert edits(found) == told
    assert found


def test_two_steps_that_swap_their_names_are_seen_through() -> None:
    steps = "Conv2d: {name: a, out_channels: 4, kernel_size: 1}", "Conv2d: {name: b, out_channels: 5, kernel_size: 1}"
    swapped = [steps[0].replace("name: a", "name: b"), steps[1].replace("name: b", "name: a")]
    assert sorted(edits(diff(spec(*steps), spec(*swapped)))) == [(">", "a", "b"), (">", "b", "a")]


def test_a_loop_whose_names_shift_is_one_line() -> None:
    found = diff(UNET, _replaced("enc$i", "down$i"))
    assert edits(found) == [(">", f"enc{i}", f"down{i}") for i in range(4)]
    [line] = lines(found)
    assert line.split()[:6] == [">", "enc0..enc3", "->", "down0..down3", "(4", "steps)"]
    assert set(found.places.rename.values()) == {
        k for k in map(".".join, dict(found.after.graph.weights())) if "down" in k
    }


def test_names_that_move_along_a_loop_are_seen_through() -> None:
    assert edits(diff(UNET, _replaced("enc$i", "enc$(i + 1)"))) == [(">", f"enc{i}", f"enc{i + 1}") for i in range(4)]


def test_a_level_more_keeps_the_names_that_are_there() -> None:
    found = difference(skipgraph.load(UNET), skipgraph.load(UNET, depth=5))
    assert [each for each in edits(found)[:9] if len(each) == 2] == [
        *(("+", name) for name in ("enc4", "maxpool2d_4", "up4", "skip4", "dec4", "skip4")),
    ]
    assert ("~", "bottleneck", "out") in edits(found)


def test_a_block_whose_inside_changed_is_told_once() -> None:
    text = str(diff(UNET, _replaced("      - ReLU", "      - SiLU")))
    assert text.count("ReLU -> SiLU") == 2
    assert "double_conv (9 calls)" in text


def _replaced(old: str, new: str) -> str:
    text = UNET.read_text()
    assert old in text
    return text.replace(old, new)


# skips


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("skip$i:", "s$i:", (">", "skip0", "s0")),
        ("merge: concat}", "merge: concat, order: skip_first}", ("~", "skip0", "order")),
        ("from: enc$i, to: dec$i", "from: maxpool2d_$i, to: dec$i, align: resize", ("~", "skip0", "from")),
        ("from: enc$i, to: dec$i", "from: enc$i, to: dec$i, when: $(i > 0)", ("-", "skip0")),
        ("{for: i in range(depth)", "{for: 'i in range(1, depth)'", ("-", "skip0")),
    ],
)
def test_a_skip_is_told_by_its_name(old: str, new: str, told: tuple[str, ...]) -> None:
    found = diff(
        UNET,
        _replaced(old, new).replace("from: maxpool2d_$i", "from: up$i") if "resize" in new else _replaced(old, new),
    )
    [skip] = [each for each in found.scopes[0].skips if each.before and each.before.name == "skip0"]
    fields = [str(each.what) for each in skip.fields if each.what is not What.NAME]
    names = dict.fromkeys(each.name for each in (skip.before, skip.after) if each)
    assert (skip.mark.value, *names, *fields) == told


def test_what_a_skip_is_for() -> None:
    found = difference(skipgraph.load(UNET), skipgraph.load(UNET, without="skip2"))
    assert edits(found) == [("-", "skip2"), ("-", "skip2")]
    [changed] = found.places.changed
    assert changed.after == "dec2.conv2d_0.weight"
    assert lines(found)[0].split()[:2] == ["-", "skip2"]
    assert len(lines(found)) == 1


def test_a_sum_instead_of_a_concat() -> None:
    layers = "Conv2d: {name: a, out_channels: 4, kernel_size: 1}", "ReLU", "ReLU: {name: b}"
    skips = "skips:\n  s: {from: a, to: b, merge: concat}\n"
    found = diff(spec(*layers, more=skips), spec(*layers, more=skips.replace("concat", "add")))
    [skip] = found.scopes[0].skips
    assert skip.mark is Mark.CHANGED
    assert [(each.what, each.before, each.after) for each in skip.fields] == [(What.KIND, "Concat", "Add")]
    assert lines(found)[-1].split() == ["~", "s", "skip", "concat", "->", "add", "<string>:8"]


# weights


def test_the_rename_table_carries_the_weights_along() -> None:
    import torch

    old = spec(*CHAIN)
    new = old.replace("mid", "middle").replace("  - ReLU", "  - Conv2d: {out_channels: 8, kernel_size: 1}\n  - ReLU", 1)
    found = diff(old, new)
    assert [mark for mark, *_ in edits(found)] == ["+", ">"]
    source, target = skipgraph.build(old), skipgraph.build(new)
    skipgraph.port_weights(source, target, rename=found.places.rename, partial=True)
    told = {each.before: each.after for each in found.places.renamed} | {name: name for name in found.places.kept}
    for was, now in told.items():
        assert torch.equal(source.state_dict()[was], target.state_dict()[now]), was


# the union


def test_the_union_has_every_edge_of_both_once() -> None:
    for _, _, found in compared()[:12]:
        for scope in found.scopes:
            for graph, gone in ((scope.before, Mark.ADDED), (scope.after, Mark.REMOVED)):
                edges = {(e.source.node, e.source.result, node.name) for node in graph.nodes for e in node.edges}
                assert len([wire for wire in scope.wires if wire.mark is not gone]) == len(edges)
            assert all(wire.source is None or wire.source < len(scope.steps) for wire in scope.wires)


def test_wires_are_marked() -> None:
    found = difference(skipgraph.load(UNET), skipgraph.load(UNET, without="skip2"))
    [scope, *_] = found.scopes
    names = [step.node.name for step in scope.steps]
    marked = {
        (wire.mark.value, names[wire.source], names[wire.target])
        for wire in scope.wires
        if wire.source is not None and wire.mark is not Mark.KEPT
    }
    assert marked == {("-", "up2", "skip2"), ("-", "enc2", "skip2"), ("-", "skip2", "dec2"), ("+", "up2", "dec2")}


# the texts


@pytest.mark.parametrize(
    ("name", "argv"),
    [
        ("half", ["unet.yaml", "--set-b", "base=32"]),
        ("original", ["unet.yaml", "unet_2015.yaml"]),
        ("resnets", ["resnet18.yaml", "resnet50.yaml"]),
    ],
)
def test_the_text_reads_well(
    name: str,
    argv: list[str],
    golden: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(SPECS)
    assert main(["diff", *argv]) == 1
    golden(f"diff/{name}.txt", capsys.readouterr().out)


def test_detail_lists_what_follows_too() -> None:
    found = difference(skipgraph.load(UNET), skipgraph.load(UNET, without="skip2"))
    assert "dec2" in [line.split()[1] for line in found.text(detail=True).splitlines() if line.startswith("=")]
    assert "and 8 steps with other shapes" in found.text()


def test_colour_is_only_colour() -> None:
    found = diff(UNET, SPECS / "unet_2015.yaml")
    painted = found.text(color=True)
    assert "\x1b[33m~ maxpool2d_0" in painted
    plain = re.sub(r"\x1b\[\d*m", "", painted)
    assert [line.rstrip() for line in plain.splitlines()] == found.text().splitlines()


def test_what_a_stranger_wrote_does_not_reach_the_terminal_as_it_is() -> None:
    evil = "\x1b[31m\u202e"
    old = spec("Linear: {out_features: 4, key: a}", inputs="{x: [N, 4]}")
    source = skipgraph.Source(f"b{evil}.yaml", old.replace("key: a", "key: b").replace("4, key", "5, key"))
    found = skipgraph.diff(old, source)
    assert found
    for text in (str(found), found.text(detail=True)):
        assert "\\x1b[31m\\u202e" in text
        assert "\x1b" not in text and "\u202e" not in text
    assert "\x1b" not in json.dumps(found.as_data())


# the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unet.yaml").write_text(UNET.read_text())
    (tmp_path / "other.yaml").write_text(_replaced("enc$i", "down$i"))
    (tmp_path / "bad.yaml").write_text(spec("Lineer: 3"))
    return tmp_path


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (["unet.yaml", "unet.yaml"], 0, ""),
        (["unet.yaml", "other.yaml"], 1, "> enc0..enc3 -> down0..down3"),
        (["unet.yaml", "--without", "skip2"], 1, "- skip2  skip  enc2 -> dec2"),
        (["unet.yaml", "--set", "base=32"], 1, "params     base 64 -> 32"),
        (["unet.yaml", "--set-a", "base=32"], 1, "params     base 32 -> 64"),
        (["unet.yaml", "unet.yaml", "--set", "base=8", "--set-b", "classes=3"], 1, "params     classes 2 -> 3"),
        (["unet.yaml", "unet.yaml", "--without", "skip1", "--without-b", "skip2"], 1, "- skip2  skip"),
        (["unet.yaml", "--set", "base=32", "--size", "H=256,W=256"], 1, "48.2G -> 12.1G (-75%)"),
        (["unet.yaml"], 2, "name a second spec"),
        (["unet.yaml", "--set", "base"], 2, "--set takes `NAME=VALUE`"),
        (["unet.yaml", "--set-b", "base"], 2, "--set-b takes `NAME=VALUE`"),
        (["unet.yaml", "bad.yaml"], 2, "error[SG205]"),
        (["unet.yaml", "gone.yaml"], 2, "error[SG113]"),
        (["unet.yaml", "other.yaml", "-o", "d.gif"], 2, "ends in .txt, .json"),
    ],
)
def test_the_command_says_what_differs_and_its_code_whether(
    argv: list[str], code: int, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *argv]) == code
    printed = capsys.readouterr()
    assert told in (printed.err if code == 2 else printed.out)
    assert bool(printed.out) == (code == 1)


def test_json_is_one_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "unet.yaml", "--without", "skip2", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    [skip] = data["scopes"][0]["skips"]
    assert (skip["mark"], skip["before"]["name"], skip["after"]) == ("-", "skip2", None)
    assert data["state_dict"]["changed"][0]["shapes"] == [[256, 512, 3, 3], [256, 256, 3, 3]]
    assert main(["diff", "unet.yaml", "unet.yaml", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["different"] is False


def test_a_file_is_written_as_its_name_ends_and_none_is_written_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, begins in (("d.txt", "unet.yaml -> other.yaml\n"), ("d.json", "{")):
        argv = ["diff", "unet.yaml", "other.yaml", "-o", name]
        assert main(argv) == 1
        assert capsys.readouterr().out.endswith(f"wrote {name}\n")
        assert (folder / name).read_text().startswith(begins)
        assert main(argv) == 2
        assert "error[SG501]" in capsys.readouterr().err
        assert main([*argv, "--force"]) == 1


def test_the_library_takes_specs_and_networks() -> None:
    narrow = skipgraph.load(UNET, base=32)
    assert str(skipgraph.diff(UNET, narrow)) == str(difference(skipgraph.load(UNET), narrow))
    with pytest.raises(skipgraph.SpecError):
        skipgraph.diff(UNET, spec("Lineer: 3"))


def test_the_page_shows_what_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (SPECS.parent / "docs" / "diff.md").read_text()
    shown = re.findall(r"^```console\n\$ skipgraph (.*)\n([^`]*)```$", page, re.MULTILINE)
    assert len(shown) == 2
    monkeypatch.chdir(SPECS)
    for command, output in shown:
        assert main(command.split()) == 1
        assert capsys.readouterr().out == output
    [program] = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    exec(program, {})
    assert "linear_1 -> head" in capsys.readouterr().out
