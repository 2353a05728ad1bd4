"""`skipgraph weights port`: safetensors in, safetensors out, and one clear error for whatever else comes."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import skipgraph
from skipgraph.cli import main
from skipgraph.importers.weights import Unreadable, read_weights, write_weights
from skipgraph.importers.weights.rename import Table

OLD = """\
skipgraph: 1
inputs: {x: [N, 3, H, W]}
layers:
  - Conv2d: {name: stem, out_channels: 8, kernel_size: 3}
  - BatchNorm2d: {name: norm}
  - Conv2d: {name: middle, out_channels: 8, kernel_size: 3}
  - Conv2d: {name: head, out_channels: 8, kernel_size: 3}
"""
RENAMED = OLD.replace("stem", "enc").replace("middle", "mid")
EDITED = OLD.replace("name: head, out_channels: 8", "name: head, out_channels: 5")
PORT = ["weights", "port", "old.safetensors", "-o", "new.safetensors", "--to"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own, with three specs and a checkpoint of the first in it."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("old", OLD), ("renamed", RENAMED), ("edited", EDITED)):
        (tmp_path / f"{name}.yaml").write_text(text)
    module = skipgraph.build(OLD)
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.add_(0.1)
    save_file(module.state_dict(), tmp_path / "old.safetensors")
    return tmp_path


def refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of a port that writes nothing."""
    before = sorted(os.listdir())
    assert main(argv) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert "SG901" not in err
    assert sorted(os.listdir()) == before
    return err


def test_a_checkpoint_goes_under_the_keys_of_a_spec(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PORT, "old.yaml"]) == 0
    assert capsys.readouterr().out == (
        "kept       11 of 11 tensors: 11 by name\noutputs    not compared: no example\nwrote      new.safetensors\n"
    )
    module = skipgraph.build(OLD)
    module.load_state_dict(load_file("new.safetensors"))
    assert torch.equal(module.state_dict()["head.bias"], load_file("old.safetensors")["head.bias"])
    assert oct(Path("new.safetensors").stat().st_mode) == oct(Path("old.yaml").stat().st_mode)


def test_a_table_gives_new_names(capsys: pytest.CaptureFixture[str]) -> None:
    Path("table.yaml").write_text("stem: enc\nmiddle: mid\n")
    Path("table.json").write_text('{"stem": "enc", "middle.weight": "mid.weight", "middle.bias": "mid.bias"}')
    for table in ("table.yaml", "table.json"):
        assert main([*PORT, "renamed.yaml", "--rename", table, "--force"]) == 0
        out = capsys.readouterr().out
        assert "kept       11 of 11 tensors: 7 by name, 4 by the table\n" in out
        assert "stem -> enc: weight, bias (by the table)\n" in out
        assert torch.equal(load_file("new.safetensors")["mid.bias"], load_file("old.safetensors")["middle.bias"])


def test_with_both_specs_other_names_pair_by_order_and_outputs_are_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*PORT, "renamed.yaml", "--from", "old.yaml", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["wrote"] == "new.safetensors"
    assert document["compared"] is True
    assert document["findings"] == []
    pairs = {pair["target"]: (pair["source"], pair["way"]) for pair in document["pairs"]}
    assert pairs["mid.weight"] == ("middle.weight", "order")
    assert pairs["head.weight"] == ("head.weight", "name")


def test_what_neither_spec_has_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    save_file({**load_file("old.safetensors"), "aux.weight": torch.ones(2)}, "old.safetensors")
    for more in ([], ["--from", "old.yaml"]):
        assert main([*PORT, "old.yaml", "--force", *more]) == 0
        assert "dropped    aux: weight\n" in capsys.readouterr().out


def test_a_table_that_pairs_alike_layers_wrongly_is_caught_by_the_outputs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("table.yaml").write_text("head: mid\nmiddle: head\n")
    err = refused([*PORT, "renamed.yaml", "--from", "old.yaml", "--rename", "table.yaml"], capsys)
    assert "error[SG602]: the outputs differ on the example: output 0: " in err


def test_after_an_edit_what_kept_its_name_is_kept_and_the_rest_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    err = refused([*PORT, "edited.yaml"], capsys)
    assert "`head.weight` has another shape: [8, 8, 3, 3] in the source, [5, 8, 3, 3] in the target" in err
    assert "`--partial` lets the rest start afresh" in err
    assert main([*PORT, "edited.yaml", "--partial"]) == 0
    out = capsys.readouterr().out
    assert "changed    head.weight: [8, 8, 3, 3] -> [5, 8, 3, 3]\n           head.bias: [8] -> [5]\n" in out
    assert torch.equal(load_file("new.safetensors")["stem.bias"], load_file("old.safetensors")["stem.bias"])
    first = Path("new.safetensors").read_bytes()
    torch.manual_seed(5)
    assert main([*PORT, "edited.yaml", "--partial", "--force"]) == 0
    assert Path("new.safetensors").read_bytes() == first


def test_each_spec_has_its_own_parameters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = OLD.replace("inputs", "params: {wide: 8}\ninputs").replace(
        "head, out_channels: 8", "head, out_channels: $wide"
    )
    (folder / "wide.yaml").write_text(text)
    argv = [*PORT, "wide.yaml", "--from", "wide.yaml"]
    assert main([*argv, "--set", "wide=4", "--partial"]) == 0
    assert "changed    head.weight: [8, 8, 3, 3] -> [4, 8, 3, 3]\n" in capsys.readouterr().out
    assert "is not for `wide.yaml`" in refused([*argv, "--from-set", "wide=3", "--force"], capsys)


def test_half_precision_becomes_the_spec_s_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    half = {
        key: value.half() if value.is_floating_point() else value for key, value in load_file("old.safetensors").items()
    }
    save_file(half, "old.safetensors")
    for more in ([], ["--from", "old.yaml"]):
        assert main([*PORT, "old.yaml", "--force", *more]) == 0
        assert "converted  float16 -> float32: 10 tensors\n" in capsys.readouterr().out
        assert load_file("new.safetensors")["stem.bias"].dtype == torch.float32


def test_tied_weights_are_written_whole_under_each_key(folder: Path) -> None:
    (folder / "tied.yaml").write_text(
        "skipgraph: 1\ninputs: {x: [N, 3]}\nlayers:\n  - Linear: {name: l, out_features: 3, bias: false, key: [a, b]}\n"
    )
    save_file({"a.weight": torch.full((3, 3), 2.0)}, "old.safetensors")
    assert main([*PORT, "tied.yaml"]) == 0
    made = load_file("new.safetensors")
    assert torch.equal(made["b.weight"], torch.full((3, 3), 2.0))
    skipgraph.build(folder / "tied.yaml").load_state_dict(made)


def header(text: str, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text.encode() + data


def pickled() -> bytes:
    torch.save({"w": torch.ones(1)}, "made.pt")
    return Path("made.pt").read_bytes()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "short": lambda: b"\x01\x02",
    "a header without end": lambda: struct.pack("<Q", 2**62) + b"{",
    "a header of a gigabyte": lambda: struct.pack("<Q", 2**30) + b"{}",
    "no json": lambda: header("{not json"),
    "a list": lambda: header("[]"),
    "no tensors": lambda: header("{}"),
    "truncated": lambda: Path("old.safetensors").read_bytes()[:-7],
    "half a header": lambda: Path("old.safetensors").read_bytes()[:40],
    "more behind": lambda: Path("old.safetensors").read_bytes() + b"x",
    "an unknown dtype": lambda: header('{"a":{"dtype":"Q9","shape":[1],"data_offsets":[0,4]}}', b"abcd"),
    "a shape that lies": lambda: header('{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,4]}}', b"abcd"),
    "a shape that overflows": lambda: header(
        '{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}'
    ),
    "a negative shape": lambda: header('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', b"abcd"),
    "offsets beyond": lambda: header('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', b"abcd"),
    "offsets that overlap": lambda: header(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b"abcd",
    ),
    "a nest": lambda: header("[" * 100_000),
    "text": lambda: OLD.encode(),
    "a pickle": pickled,
    "an old pickle": lambda: b"\x80\x02cos\nsystem\n(S'touch hacked'\ntR.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_whole_safetensors_is_one_finding(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("old.safetensors").write_bytes(HOSTILE[name]())
    err = refused([*PORT, "old.yaml"], capsys)
    assert err.count("error[SG601]: cannot read `old.safetensors`: ") == 1
    assert err.endswith("1 error\n")
    assert len(err) < 800
    assert not Path("hacked").exists()


@pytest.mark.parametrize("name", ["w.pt", "w.pth", "w.bin", "w.ckpt"])
def test_a_pickle_is_not_loaded_and_the_way_to_convert_it_works(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"state_dict": skipgraph.build(OLD).state_dict()}, name)
    err = refused(["weights", "port", name, "--to", "old.yaml", "-o", "new.safetensors"], capsys)
    assert "it is a pickle, and to load one is to run what is in it" in err
    command = err.partition('python -c "')[2].partition('"\n')[0]
    exec(command, {})
    assert main(["weights", "port", "w.safetensors", "--to", "old.yaml", "-o", "new.safetensors"]) == 0


def test_a_safetensors_file_of_any_name_is_read() -> None:
    Path("old.safetensors").rename("old.bin")
    assert len(read_weights(Path("old.bin"))) == 11


@pytest.mark.parametrize(
    ("file", "reason"),
    [("gone.safetensors", "no such file or directory"), (".", "it is a folder"), ("pipe", "it is not a regular file")],
)
def test_a_file_that_is_none_is_told(file: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe")
    err = refused(["weights", "port", file, "--to", "old.yaml", "-o", "new.safetensors"], capsys)
    assert f"error[SG601]: cannot read `{file}`: {reason}" in err


def test_keys_that_match_nothing_are_one_finding_with_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    save_file({"x\x1b[31m.weight": torch.ones(1)}, "old.safetensors")
    err = refused([*PORT, "old.yaml"], capsys)
    assert "nothing in the source goes anywhere in the target" in err
    assert "the target with `stem.weight`" in err
    assert "\x1b" not in err


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[stem]", "a rename table maps keys of the file to keys of the spec; this is a list"),
        ("stem: [enc]", "`stem` becomes another key, or nothing (`null`); got a list"),
        ("stem.{}: enc", "`stem.{}` and `enc` have different braces"),
        ("stem: enc\nmidle: mid", "the source has no key `midle` and none that begins so; did you mean `middle`?"),
        ("stem: enc\nstem: enc", "SG103"),
        ("stem: 'enc", "SG101"),
        ("", "SG109"),
    ],
)
def test_a_rename_table_that_is_wrong_is_told_at_its_line(
    table: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("table.yaml").write_text(table)
    err = refused([*PORT, "renamed.yaml", "--rename", "table.yaml"], capsys)
    assert said in err
    assert "--> table.yaml" in err
    assert err.endswith("1 error\n")


def test_findings_of_a_spec_come_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.yaml").write_text(OLD.replace("Conv2d", "Conv2"))
    assert "SG205" in refused([*PORT, "bad.yaml"], capsys)
    assert main([*PORT, "bad.yaml", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["wrote"] is None
    assert document["findings"][0]["code"] == "SG205"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["weights"], "required: ACTION"),
        (["weights", "port", "old.safetensors", "-o", "new.safetensors"], "required: --to"),
        (["weights", "port", "old.safetensors", "--to", "old.yaml", "-o", "new.pt"], "ends in .safetensors"),
        ([*PORT, "old.yaml", "--by", "order"], "`--from` names the spec"),
        ([*PORT, "old.yaml", "--from", "old.yaml", "--from-set", "a"], "--from-set takes `NAME=VALUE`"),
    ],
)
def test_a_command_line_that_cannot_be_followed_is_told(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert said in capsys.readouterr().err


def test_what_is_there_is_kept_unless_forced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.safetensors").write_text("mine")
    assert "cannot write `new.safetensors`: it is there" in refused([*PORT, "old.yaml"], capsys)
    assert Path("new.safetensors").read_text() == "mine"
    assert main([*PORT, "old.yaml", "--force"]) == 0
    capsys.readouterr()
    Path("new.safetensors").unlink()
    Path("new.safetensors").symlink_to("old.yaml")
    assert "it is a symbolic link" in refused([*PORT, "old.yaml", "--force"], capsys)
    assert (folder / "old.yaml").read_text() == OLD
    argv = ["weights", "port", "old.safetensors", "--to", "old.yaml", "-o", "gone/new.safetensors"]
    assert "SG501" in refused(argv, capsys)


def test_a_checkpoint_can_be_ported_over_itself() -> None:
    before = load_file("old.safetensors")
    argv = ["weights", "port", "old.safetensors", "--to", "old.yaml", "-o", "old.safetensors", "--force"]
    assert main(argv) == 0
    assert all(torch.equal(value, before[key]) for key, value in load_file("old.safetensors").items())


def test_a_disk_that_is_full_leaves_all_as_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "no space left" in refused([*PORT, "old.yaml"], capsys)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int64", "bool", "complex64", "float8_e4m3fn"])
def test_every_dtype_is_written_as_it_is(dtype: str) -> None:
    value = torch.tensor([[1, 0], [1, 1]]).to(getattr(torch, dtype)).t()  # not contiguous
    write_weights(Path("a.safetensors"), {"a": value, "none": value[:0], "one": value[0, 0]})
    found = read_weights(Path("a.safetensors"))
    assert [each.dtype for each in found.values()] == [value.dtype] * 3
    assert torch.equal(found["a"].to(torch.complex64), value.to(torch.complex64))
    assert (found["none"].shape, found["one"].shape) == ((0, 2), ())


def test_reading_gives_the_reason() -> None:
    with pytest.raises(Unreadable, match="it is a folder"):
        read_weights(Path())


def test_it_runs_as_a_program(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "skipgraph", *PORT, "renamed.yaml", "--from", "old.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "outputs    equal to the bit\n" in done.stdout


_NO_NUMPY = """
import sys
sys.modules["numpy"] = None
import warnings
warnings.simplefilter("ignore")
from skipgraph.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_numpy_is_not_needed(folder: Path) -> None:
    done: Any = subprocess.run(
        [sys.executable, "-c", _NO_NUMPY, *PORT, "old.yaml"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(read_weights(folder / "new.safetensors")) == 11


def test_the_report_s_classes_load_no_torch() -> None:
    program = "import sys, skipgraph; skipgraph.PortError; assert not {'torch', 'safetensors'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_module_made_by_hand_loads_a_file() -> None:
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3))
    table = {"stem": "0", "norm": "1", "middle": "2", "head": "3"}
    report = skipgraph.port_weights(read_weights(Path("old.safetensors")), module, rename=table)
    assert len(report.pairs) == 11


PAGE = Path(__file__).parents[1] / "docs" / "weights.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def shown(language: str) -> list[str]:
    return [code for name, code in BLOCKS if name == language]


def test_the_page_s_program_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    exec(shown("python")[1], {})
    assert capsys.readouterr().out.strip() == shown("text")[0].strip()


def test_the_page_s_table_renames_as_its_comments_say() -> None:
    import yaml

    table = Table(yaml.safe_load(shown("yaml")[0]))
    assert table.errors == {}
    renamed = {
        "encoder.conv.weight": "enc.conv.weight",
        "layers.3.norm.bias": "norm3.bias",
        "blocks.1.2.weight": "stage1.step2.weight",
        "head.weight": "classifier.weight",
        "module.x.weight": "x.weight",
        "aux.0.weight": None,
    }
    assert {key: rule.renamed(key) for key in renamed if (rule := table.of(key))} == renamed


def test_the_page_s_commands_run(capsys: pytest.CaptureFixture[str]) -> None:
    edited = OLD.replace("name: head, out_channels: 8", "name: head, out_channels: 5").replace("middle", "extra")
    for name in ("net", "old"):
        Path(f"{name}.yaml").write_text(OLD)
    Path("new.yaml").write_text(RENAMED)
    Path("edited.yaml").write_text(edited)
    Path("table.yaml").write_text("stem: stem\n")
    Path("old.safetensors").rename("trained.safetensors")
    Path("published.safetensors").write_bytes(Path("trained.safetensors").read_bytes())
    commands = [line for code in shown("sh") for line in code.splitlines() if line.startswith("skipgraph ")]
    assert len(commands) == 3
    for command in commands:
        assert main([*command.split()[1:], "--force"]) == 0
    capsys.readouterr()
    command, _, wanted = shown("console")[0].partition("\n")
    assert main(command.removeprefix("$ skipgraph ").split()) == 0
    assert capsys.readouterr().out == wanted
