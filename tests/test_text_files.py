"""Files: regular, bounded, UTF-8, or a finding."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from skipgraph.diagnostics import Report
from skipgraph.limits import Limits
from skipgraph.text import load


def test_a_file_is_read_with_its_name_and_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_bytes("\ufeffa: é\r\n".encode())
    monkeypatch.chdir(tmp_path)
    source = load("a.yaml", Report(), Limits())
    assert source is not None
    assert (source.name, source.text, source.path) == ("a.yaml", "a: é\r\n", str(tmp_path / "a.yaml"))
    named = load("a.yaml", Report(), Limits(), name="blocks")
    assert named is not None
    assert named.name == "blocks"


@pytest.mark.parametrize(
    ("data", "code", "place", "message"),
    [
        ("a: 1".encode("utf-16"), "SG107", "1:1", "is UTF-16"),
        ("a: 1\nb: é\n".encode("latin-1"), "SG107", "2:4", "byte 0xE9 is not UTF-8"),
        (b"\xef\xbb\xbfb: \xff\n", "SG107", "1:4", "byte 0xFF is not UTF-8"),
        (b"a: " + b"x" * 100, "SG106", "1:1", "more bytes than the limit of 50"),
    ],
)
def test_a_file_that_is_not_small_utf_8_gets_a_finding(
    tmp_path: Path, data: bytes, code: str, place: str, message: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    report = Report()
    assert load(path, report, Limits(bytes=50), name="a.yaml") is None
    (finding,) = report
    assert (finding.code, finding.span.place) == (code, f"a.yaml:{place}")
    assert message in finding.message


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dir").mkdir()
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for path in (tmp_path / "fifo", tmp_path / "dir", tmp_path / "none", "/dev/zero", "a\0b"):
        report = Report()
        assert load(path, report, Limits()) is None
        assert [finding.code for finding in report] == ["SG113"]
    after = len(os.listdir("/proc/self/fd")) if before else 0
    assert before == after


def test_a_file_that_gives_no_size_is_still_bounded() -> None:
    path = Path("/proc/self/status")
    if not path.exists():
        pytest.skip("no /proc")
    report = Report()
    assert load(path, report, Limits(bytes=10)) is None
    assert [finding.code for finding in report] == ["SG106"]
