"""The command line: what each command prints, writes and returns."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from skipgraph.cli import main
from skipgraph.cli.folder import Unwritable, write_folder

SPECS = Path(__file__).parents[1] / "specs"
UNET = SPECS / "unet.yaml"
BAD = "skipgraph: 1\ninputs: {x: [N, 3]}\nlayers:\n  - Lineer: 3\n"
DEAD = "skipgraph: 1\ninputs: {x: [N, 3]}\nlayers:\n  - Linear: {name: out, out_features: 3}\n  - ReLU\noutputs: out\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own, with three specs in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unet.yaml").write_text(UNET.read_text())
    (tmp_path / "bad.yaml").write_text(BAD)
    (tmp_path / "dead.yaml").write_text(DEAD)
    return tmp_path


def test_a_clean_file_says_what_flows_out_and_for_which_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "unet.yaml"]) == 0
    assert capsys.readouterr().out == "unet.yaml: logits: [N, 2, H, W]; H, W = 0 mod 16\n"


def test_sizes_and_parameters_are_put_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "unet.yaml", "--set", "classes=5", "--set", "depth=2", "--size", "H=20,W=24"]) == 0
    assert capsys.readouterr().out == "unet.yaml: logits: [N, 5, 20, 24]; H = 20, W = 24\n"


def test_findings_of_all_files_are_printed_and_the_exit_code_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "unet.yaml", "bad.yaml", "gone.yaml"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("unet.yaml: logits")
    assert "error[SG205]" in out
    assert "error[SG113]: cannot read `gone.yaml`" in out
    assert out.endswith("2 errors\n")


def test_warnings_are_findings_that_do_not_fail_unless_strict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "dead.yaml"]) == 0
    assert "warning[SG308]" in capsys.readouterr().out
    assert main(["check", "dead.yaml", "--strict"]) == 1
    assert "error[SG308]" in capsys.readouterr().out


def test_a_size_outside_the_contract_names_what_asks_and_what_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "unet.yaml", "--size", "H=250"]) == 1
    out = capsys.readouterr().out
    assert "error[SG407]: H = 250 does not fit: `skip3` needs 2*(H/16) = H/8" in out
    assert "unet.yaml:31:3" in out
    assert "help: the nearest that fit: H = 240 and H = 256" in out


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_programs_get_one_document_for_all_files(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", format, "bad.yaml", "unet.yaml", "dead.yaml"]) == 1
    document = json.loads(capsys.readouterr().out)
    rows = document if format == "json" else document["runs"][0]["results"]
    assert [row.get("code") or row.get("ruleId") for row in rows] == ["SG205", "SG308"]


def test_a_clean_run_gives_programs_an_empty_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "json", "unet.yaml"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["check", "--format", "github", "unet.yaml"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "required: COMMAND"),
        (["chekc"], "invalid choice"),
        (["check"], "required: FILE"),
        (["check", "unet.yaml", "--set", "base"], "--set takes `NAME=VALUE`"),
        (["check", "unet.yaml", "--size", "H=big"], "--size takes whole numbers"),
        (["check", "unet.yaml", "--limit", "nods=3"], "there is no limit `nods`: did you mean `nodes`?"),
        (["check", "unet.yaml", "--extern", "A=nowhere:B"], "--extern cannot import `nowhere:B`"),
        (["check", "unet.yaml", "--extern", "A=os.path"], "--extern takes `Name=package.module:Class`"),
        (["explain", "SG4O2"], "did you mean `SG402`?"),
        (["ops", "Conv2"], "did you mean `Conv2d`?"),
        (["render", "unet.yaml", "-o", "unet.gif"], "ends in .svg, .png, .pdf, .tex, .html, .dot, .txt or .mmd"),
        (["render", "unet.yaml", "-o", "unet.gif"], "the nearest to .gif is .png"),
        (["render", "unet.yaml", "-o", "unet.dot", "--view", "flow"], "`flow` is drawn as svg, png, pdf and tex"),
        (["render", "unet.yaml", "-o", "unet.mmd", "--theme", "dark"], "mmd has no theme"),
        (["render", "unet.yaml", "-o", "unet.pdf", "--theme", "auto"], "a pdf cannot follow the page around it"),
        (["render", "unet.yaml", "--dpi", "300"], "svg has no dpi; png has one"),
        (["render", "unet.yaml", "--ascii"], "svg has no ascii; txt has one"),
        (["render", "unet.yaml", "-o", "unet.png", "--dpi", "0"], "greater than 0"),
        (["render", "unet.yaml", "--width", "6.5"], "--width takes a length in in, cm, mm, pt, px, such as `6.5in`"),
    ],
)
def test_a_command_line_that_cannot_be_followed_is_told_in_a_line(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert said in capsys.readouterr().err


def test_a_limit_can_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "unet.yaml", "--limit", "weights=1_000,steps=100000"]) == 1
    assert "error[SG502]" in capsys.readouterr().out


def test_a_skip_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "unet.yaml", "--without", "skip0,skip1", "--emit", "summary"]) == 0
    out = capsys.readouterr().out
    assert "enc0 -> dec0" not in out
    assert "enc2 -> dec2" in out


def test_build_writes_a_module_a_drawing_the_spec_and_a_manifest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "unet.yaml", "--set", "base=4"]) == 0
    out = capsys.readouterr().out
    assert "out      logits: [N, 2, H, W]; H, W = 0 mod 16" in out
    assert f"wrote    unet{os.sep}: unet.py, unet.expanded.yaml, unet.svg, unet.manifest.json" in out
    names = sorted(file.name for file in (folder / "unet").iterdir())
    assert names == ["unet.expanded.yaml", "unet.manifest.json", "unet.py", "unet.svg"]
    manifest = json.loads((folder / "unet" / "unet.manifest.json").read_text())
    assert manifest["set"] == ["base=4"]
    assert main(["check", "unet/unet.expanded.yaml"]) == 0


def test_what_is_built_runs_alone(folder: Path) -> None:
    assert main(["build", "unet.yaml", "--set", "base=4", "--set", "depth=1"]) == 0
    program = "import torch, unet; print(tuple(unet.Unet()(torch.zeros(1, 3, 4, 4))['logits'].shape))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder / "unet", capture_output=True, text=True, check=True
    )
    assert done.stdout == "(1, 2, 4, 4)\n"


def test_the_module_can_be_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "unet.yaml", "--verify"]) == 0
    assert "verified the shape of every output at N = 1, H = 16, W = 16" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("emit", "begins"), [("source", "import torch"), ("spec", "skipgraph: 1"), ("svg", "<"), ("summary", "step ")]
)
def test_one_product_alone_goes_to_stdout(
    emit: str, begins: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "unet.yaml", "--emit", emit]) == 0
    assert capsys.readouterr().out.startswith(begins)
    assert not (folder / "unet").exists()


def test_a_spec_with_errors_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "bad.yaml"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "SG205" in captured.err
    assert not (folder / "bad").exists()


def test_building_twice_replaces_what_was_built_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "unet.yaml", "--set", "base=4"]) == 0
    assert main(["build", "unet.yaml", "--set", "base=8"]) == 0
    written = folder / "unet" / "unet.py"
    written.write_text("# mine\n")
    assert main(["build", "unet.yaml"]) == 1
    assert "error[SG501]: cannot write `unet" in capsys.readouterr().err
    assert written.read_text() == "# mine\n"
    assert main(["build", "unet.yaml", "--force"]) == 0
    assert written.read_text() != "# mine\n"


def make_link(path: Path) -> None:
    path.symlink_to("elsewhere")


def make_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [make_link, make_folder])
def test_a_link_or_folder_in_the_way_is_refused_and_nothing_is_written(
    make: object, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "out").mkdir()
    assert callable(make)
    make(folder / "out" / "unet.py")
    assert main(["build", "unet.yaml", "-o", "out", "--force"]) == 1
    assert "SG501" in capsys.readouterr().err
    assert [file.name for file in (folder / "out").iterdir()] == ["unet.py"]


@pytest.mark.parametrize(
    ("place", "said"), [("unet.yaml", "no folder"), ("a/b", "there is no folder `a`"), ("unet.yaml/x", "cannot write")]
)
def test_an_output_that_cannot_be_a_folder_is_refused(
    place: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "unet.yaml", "-o", place]) == 1
    assert said in capsys.readouterr().err


def test_a_link_in_place_of_the_folder_is_followed_only_where_it_was_named(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "unet").symlink_to("elsewhere")
    assert main(["build", "unet.yaml"]) == 1
    assert not list((folder / "elsewhere").iterdir())
    assert main(["build", "unet.yaml", "-o", "unet"]) == 0


def test_a_disk_that_is_full_leaves_all_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(folder / "out", {"a": "1", "b": "1"}, "m.json", {"skipgraph": ""})
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unwritable, match="no space left"):
        write_folder(folder / "out", {"a": "2", "b": "2"}, "m.json", {"skipgraph": ""})
    assert sorted(file.name for file in (folder / "out").iterdir()) == ["a", "b", "m.json"]
    assert (folder / "out" / "a").read_text() == "1"


def test_what_a_killed_run_left_behind_is_swept_up(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / ".a.1.skipgraph-part").write_text("half")
    write_folder(folder / "out", {"a": "1"}, "m.json", {"skipgraph": ""})
    assert sorted(file.name for file in (folder / "out").iterdir()) == ["a", "m.json"]


def test_a_file_that_one_run_did_not_write_again_stays_known(folder: Path) -> None:
    write_folder(folder / "out", {"a": "1", "b": "1"}, "m.json", {"skipgraph": ""})
    write_folder(folder / "out", {"a": "2"}, "m.json", {"skipgraph": ""})
    write_folder(folder / "out", {"a": "3", "b": "3"}, "m.json", {"skipgraph": ""})
    assert (folder / "out" / "b").read_text() == "3"


def test_a_drawing_that_cannot_be_made_is_told_and_a_build_needs_no_graphviz(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from skipgraph.render import RenderError, engine

    def none() -> str:
        raise RenderError("no Graphviz here")

    monkeypatch.setattr(engine, "find_dot", none)
    assert main(["build", "unet.yaml"]) == 0
    assert (folder / "unet" / "unet.svg").exists()
    assert main(["render", "unet.yaml", "--view", "graphviz"]) == 1
    assert "error[SG503]: no Graphviz here" in capsys.readouterr().err
    assert not (folder / "unet.svg").exists()


def test_render_writes_by_suffix_and_replaces_only_drawings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "unet.yaml", "-o", "a.svg"]) == 0
    assert main(["render", "unet.yaml", "-o", "a.svg", "--theme", "dark"]) == 0
    assert main(["render", "unet.yaml", "-o", "a.dot"]) == 0
    assert (folder / "a.dot").read_text().startswith("digraph")
    (folder / "notes.svg").write_text("not a drawing")
    assert main(["render", "unet.yaml", "-o", "notes.svg"]) == 1
    assert (folder / "notes.svg").read_text() == "not a drawing"
    capsys.readouterr()
    assert main(["render", "unet.yaml", "-o", "-"]) == 0
    assert "<svg" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ending", "beginning"),
    [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("tex", b"% unet, drawn by skipgraph"), ("gv", b"digraph")],
)
def test_render_replaces_its_own_of_each_format_and_nothing_else(ending: str, beginning: bytes, folder: Path) -> None:
    file = folder / f"net.{ending}"
    assert main(["render", "unet.yaml", "-o", file.name]) == 0
    assert file.read_bytes().startswith(beginning)
    assert main(["render", "unet.yaml", "-o", file.name, "--set", "base=4"]) == 0
    file.write_bytes(b"\xff\xfe a person's own")
    assert main(["render", "unet.yaml", "-o", file.name]) == 1
    assert file.read_bytes() == b"\xff\xfe a person's own"


def test_a_picture_can_go_to_stdout(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["render", "unet.yaml", "-o", "-", "--format", "png"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"\x89PNG")


def test_type_that_is_too_small_to_read_is_noted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "unet.yaml", "-o", "a.pdf", "--width", "6.5in", "--detail", "ops"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["render", "unet.yaml", "-o", "a.pdf", "--width", "2in", "--view", "flow"]) == 0
    assert "note: the smallest type is " in capsys.readouterr().err


def test_blocks_that_are_folded_to_fit_are_noted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "unet.yaml", "-o", "a.svg"]) == 0
    assert capsys.readouterr().err == "note: 9 blocks are folded, so that the figure fits; the detail `ops` opens all\n"
    assert main(["render", "unet.yaml", "-o", "a.svg", "--detail", "blocks"]) == 0
    assert capsys.readouterr().err == ""


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "sg402"]) == 0
    assert capsys.readouterr().out.startswith("# SG402")
    assert main(["explain"]) == 0
    assert "  SG402  a merge joins sizes that differ\n" in capsys.readouterr().out


def test_ops_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops"]) == 0
    assert "Conv2d" in capsys.readouterr().out
    assert main(["ops", "Conv2d"]) == 0
    assert capsys.readouterr().out.startswith("Conv2d(")


def test_the_schema_is_printed_or_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "skipgraph spec, version 1"
    assert main(["schema", "-o", "s.json"]) == 0
    assert main(["schema", "-o", "s.json"]) == 0
    assert main(["schema", "-o", "unet.yaml"]) == 1


def test_why_goes_back_to_the_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "unet.yaml", "dec0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["dec0:", "[N,", "64,", "H,", "W]", "unet.yaml:28", "double_conv"]
    assert lines[-1].split() == ["image:", "[N,", "3,", "H,", "W]", "unet.yaml:8", "input"]
    assert main(["why", "unet.yaml", "dec9"]) == 1
    assert "did you mean `dec3`?" in capsys.readouterr().err


def test_a_fault_of_ours_says_what_to_send(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from skipgraph.cli import check

    def broken(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(check, "examine", broken)
    assert main(["check", "unet.yaml"]) == 3
    err = capsys.readouterr().err
    assert "error[SG901]" in err
    assert "KeyError: 'lost'" in err
    assert "cli/check.py:" in err
    assert "Traceback" not in err
    monkeypatch.setenv("SKIPGRAPH_DEBUG", "1")
    with pytest.raises(KeyError):
        main(["check", "unet.yaml"])


def test_colour_needs_a_terminal_and_leave(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["check", "bad.yaml"])
    assert "\x1b[1;31m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main(["check", "bad.yaml"])
    assert "\x1b" not in capsys.readouterr().out


def run(*argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "skipgraph", *argv], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_version_is_printed(folder: Path) -> None:
    done = run("--version", cwd=folder)
    assert (done.returncode, done.stdout.split()[0]) == (0, "skipgraph")


def test_a_reader_that_goes_away_is_no_fault(folder: Path) -> None:
    command = f"{sys.executable} -m skipgraph build unet.yaml --emit source | head -c 1"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_stream_that_cannot_say_it_all_is_no_fault(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.yaml")).write_text(BAD)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for argv in (["check", os.fsdecode(b"caf\xe9.yaml")], ["build", "unet.yaml", "--emit", "summary"]):
        command = [sys.executable, "-m", "skipgraph", *argv]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        assert done.returncode in (0, 1)
        assert b"SG901" not in done.stderr


_SLOW = """
import os, signal, sys, time
# a job in the background is begun deaf to it
signal.signal(signal.SIGINT, signal.default_int_handler)
real = os.fsync
def slow(descriptor):
    print("writing", flush=True)
    time.sleep(30)
os.fsync = slow
from skipgraph.cli import main
sys.exit(main(["build", "unet.yaml", "--set", "base=4"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_nothing_behind(number: signal.Signals, folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _SLOW], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "writing" not in process.stdout.readline():
            pass
        time.sleep(0.05)
        process.send_signal(number)
        code = process.wait(timeout=20)
    assert code in (130, 143)
    assert not (folder / "unet").exists()


@pytest.mark.slow
def test_builds_at_once_into_one_folder_leave_whole_files(folder: Path) -> None:
    command = [sys.executable, "-m", "skipgraph", "build", "unet.yaml", "-o", "out"]
    running = [subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) for _ in range(8)]
    assert [process.wait() for process in running] == [0] * 8
    assert len(list((folder / "out").iterdir())) == 4
