"""From a path to a source: regular files only, bounded before they are read, UTF-8 only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from skipgraph.diagnostics import Report, Source, Span
from skipgraph.limits import Limits
from skipgraph.text.characters import place

# A FIFO without a writer would block `open` for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def load(path: str | Path, report: Report, limits: Limits, *, name: str | None = None) -> Source | None:
    """The text of a file, or None after a finding. `name` is what messages call it; default the path as given."""
    name = str(path) if name is None else name
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        _refused(report, "SG113", f"cannot read `{name}`: {_reason(error)}", name)
        return None
    return load_open(descriptor, name, os.path.abspath(path), report, limits)


def load_open(descriptor: int, name: str, path: str, report: Report, limits: Limits) -> Source | None:
    """The text of a file that is open, which is closed, or None after a finding. `path` is absolute."""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            _refused(report, "SG113", f"cannot read `{name}`: it is {kind}", name)
            return None
        data = _bounded(descriptor, limits.bytes + 1) if status.st_size <= limits.bytes else None
    except OSError as error:
        _refused(report, "SG113", f"cannot read `{name}`: {_reason(error)}", name)
        return None
    finally:
        os.close(descriptor)
    # The second test is for files that grow, and for those of /proc, which give no size.
    if data is None or len(data) > limits.bytes:
        _refused(report, "SG106", f"`{name}` has more bytes than the limit of {limits.bytes:,}", name)
        return None
    return _decoded(data, name, path, report)


def _bounded(descriptor: int, most: int) -> bytes:
    """What the file holds, at most so many bytes."""
    parts: list[bytes] = []
    while most > 0 and (part := os.read(descriptor, min(most, 1 << 20))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _decoded(data: bytes, name: str, path: str, report: Report) -> Source | None:
    if data.startswith(_UTF16):
        _refused(report, "SG107", f"`{name}` is UTF-16", name, help="save it as UTF-8")
        return None
    try:
        return Source(name, data.decode("utf-8-sig"), path)
    except UnicodeDecodeError:
        pass
    # Not the codec's own `start`, which does not count the byte order mark.
    shown = Source(name, data.decode("utf-8", "replace").removeprefix("\ufeff"), path)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        line, column = place(before, len(before))
        report.add(
            "SG107",
            f"byte 0x{data[error.start]:02X} is not UTF-8",
            Span(shown, line, column, line, column + 1),
            help="save the file as UTF-8",
        )
    return None


def _reason(error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) else "the path holds a NUL character"
    return (reason or str(error)).lower()


def _refused(report: Report, code: str, message: str, name: str, help: str | None = None) -> None:
    report.add(code, message, Span(Source(name, ""), 1, 1, 1, 1), help=help)
