"""The specs that come along: listed, and started from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import skipgraph
from skipgraph.cli import main
from skipgraph.zoo import about

SPECS = Path(__file__).parents[1] / "specs"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_spec_is_in_the_zoo_and_says_what_it_shows() -> None:
    zoo = skipgraph.zoo()
    assert {name: file.name for name, file in zoo.items()} == {file.stem: file.name for file in SPECS.glob("*.yaml")}
    assert skipgraph.load(zoo["unet"], base=8).graph.name == "unet"
    for file in zoo.values():
        assert 10 < len(about(file)) < 200, file


def test_the_zoo_is_listed_with_weights_macs_and_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zoo", "u-net", "free"]) == 0
    heading, _, row = capsys.readouterr().out.splitlines()
    assert heading.split("  ")[0] == "name"
    assert row.split()[:3] == ["unet", "31.0M", "735k*H*W"]
    assert "H, W = 0 mod 16" in row


def test_macs_are_told_for_a_size_that_fits(capsys: pytest.CaptureFixture[str]) -> None:
    for size, macs in (("H=256,W=256", "48.2G"), ("H=250,W=256", "does not fit"), ("L=3", "735k*H*W")):
        assert main(["zoo", "--format", "json", "--size", size, "free", "depth"]) == 0
        [row] = json.loads(capsys.readouterr().out)
        assert row["macs"] == macs
        assert row["weights"] == 31_037_698


def test_a_word_that_no_network_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zoo", "perpetuum"]) == 2
    assert "no network has 'perpetuum'" in capsys.readouterr().err


def test_a_spec_is_started_from_the_zoo(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "unet"]) == 0
    assert capsys.readouterr().out == "wrote unet.yaml\nnext: skipgraph build unet.yaml\n"
    text = Path("unet.yaml").read_text()
    assert text.startswith("# U-Net with a free depth")
    assert skipgraph.load("unet.yaml").graph == skipgraph.load(SPECS / "unet.yaml").graph
    # what is there is not written over
    Path("unet.yaml").write_text(text + "# mine\n")
    assert main(["init", "unet"]) == 1
    assert "cannot write `unet.yaml`: it is there" in capsys.readouterr().err
    assert Path("unet.yaml").read_text() == text + "# mine\n"


def test_parameters_are_set_in_what_is_started() -> None:
    assert main(["init", "resnet", "--set", "classes=10", "--set", "counts=[1, 1, 1, 1]", "-o", "mine.yaml"]) == 0
    ours = skipgraph.load("mine.yaml")
    assert ours.graph.result_types[0].shape[1] == 10
    assert list(ours.graph.weights()) == list(
        skipgraph.load(SPECS / "resnet.yaml", classes=10, counts=[1, 1, 1, 1]).graph.weights()
    )
    # comments and all that is not set stay
    before, after = ((SPECS / "resnet.yaml").read_text().splitlines(), Path("mine.yaml").read_text().splitlines())
    assert len(set(after) - set(before)) == 2


def test_what_a_spec_uses_comes_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "resnet18"]) == 0
    assert skipgraph.load("resnet18.yaml").graph == skipgraph.load(SPECS / "resnet18.yaml").graph
    assert main(["init", "resnet50"]) == 0
    assert capsys.readouterr().out.count("wrote resnet.yaml") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["unt"], 2, "there is no `unt` in the zoo: did you mean `unet`?"),
        (["zzzzzzz"], 2, "`skipgraph zoo` lists them"),
        (["unet", "--set", "bse=3"], 1, "the spec has no parameter `bse`"),
        (["unet", "--set", "base"], 2, "--set takes `NAME=VALUE`"),
        (["unet", "--set", "base=-4"], 1, "out_channels"),
        (["unet", "-o", "gone/unet.yaml"], 1, "there is no folder `gone`"),
        (["unet", "-o", "."], 1, "cannot write"),
    ],
)
def test_what_cannot_be_started_writes_nothing(
    arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", *arguments]) == code
    assert told in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.mark.reference
def test_the_table_in_the_docs_is_current() -> None:
    from reference.table import END, PAGE, START, table

    page = PAGE.read_text()
    assert page[page.index(START) + len(START) : page.index(END)] == table()
