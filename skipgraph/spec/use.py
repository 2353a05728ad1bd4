"""`use`: other spec files, opened below the spec's own folder and nowhere else.

A path is walked folder by folder, each opened from the one before without following a link. Checks of the path as a
string have been circumvented again and again (`..`, links, links in a parent, links that change between the check and
the opening); here the file that is read is the one that was checked.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from skipgraph import text
from skipgraph.diagnostics import Label, Report, Source
from skipgraph.limits import Limits
from skipgraph.spec.model import File
from skipgraph.spec.reader import Opener, spec_of
from skipgraph.text import Scalar

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_STEP = getattr(os, "O_NOFOLLOW", 0)
# A FIFO without a writer would block `open` for ever.
_FILE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_SAFE = bool(_STEP) and os.open in os.supports_dir_fd


@dataclass
class _Library:
    """The files that one run has opened."""

    report: Report
    limits: Limits
    folder: str | None
    """The folder of the spec that the caller gave: no file outside it is opened."""
    asked: set[str]
    files: dict[str, File | None] = field(default_factory=dict)
    bytes: int = 0


def opener(source: Source, report: Report, limits: Limits, asked: set[str] | None = None) -> Opener:
    """What opens the files that `source`, and those that it uses, name in `use`.

    Their paths from its folder, also of those that cannot be opened, are added to `asked`.
    """
    folder = os.path.dirname(source.path) if source.path else None
    library = _Library(report, limits, folder, set() if asked is None else asked)
    name = os.path.basename(source.path) if source.path else source.name
    return _opener(library, source, (name,))


def _opener(library: _Library, source: Source, chain: tuple[str, ...]) -> Opener:
    def open_file(node: Scalar) -> File | None:
        path = _below(library, source, str(node.value), chain[-1], node)
        if path is None:
            return None
        if path in chain:
            circle = " -> ".join(f"`{each}`" for each in (*chain[chain.index(path) :], path))
            _refuse(library, node, f"these files use each other: {circle}")
            return None
        if path not in library.files:
            library.files[path] = None
            library.files[path] = _read(library, path, chain, source, node)
        return library.files[path]

    return open_file


def _below(library: _Library, source: Source, written: str, user: str, node: Scalar) -> str | None:
    """The path from the library's folder, or None after a finding."""
    reason = None
    if library.folder is None:
        reason = f"`{source.name}` is no file, so it has no folder to use others from"
    elif "://" in written:
        reason = "it is a URL, and only files are used"
    elif written.startswith(("/", "~", "\\")) or ":" in written or "\\" in written:
        reason = "a path is relative to the spec, with `/` between folders"
    elif ".." in written.split("/"):
        reason = "a path leads down from the spec's folder, never up"
    elif not written.endswith((".yaml", ".yml", ".json")):
        reason = "a spec file ends in `.yaml`, `.yml` or `.json`"
    if reason is not None:
        _refuse(library, node, f"`{written[:100]}` cannot be used: {reason}")
        return None
    parts = [part for part in (*user.split("/")[:-1], *written.split("/")) if part not in ("", ".")]
    return "/".join(parts)


def _read(library: _Library, path: str, chain: tuple[str, ...], user: Source, node: Scalar) -> File | None:
    if len(library.files) >= library.limits.files:
        _refuse(library, node, f"more than {library.limits.files} files are used")
        return None
    descriptor = _open(library, path, node)
    if descriptor is None:
        return None
    assert library.folder is not None
    shown = os.path.join(os.path.dirname(user.name), str(node.value).removeprefix("./"))
    absolute = os.path.join(library.folder, path)
    limits = library.limits
    source = text.load_open(descriptor, shown, absolute, library.report, limits)
    if source is None:
        return None
    library.bytes += len(source.text)
    if library.bytes > limits.bytes:
        _refuse(library, node, f"the files that are used have more than {limits.bytes:,} characters together")
        return None
    document = text.read(source, library.report, limits)
    if document is None:
        return None
    return spec_of(document, library.report, _opener(library, source, (*chain, path)), library=True)


def _open(library: _Library, path: str, node: Scalar) -> int | None:
    """The file, opened without following a link below the library's folder."""
    if not _SAFE:
        _refuse(library, node, "files cannot be opened safely from a folder on this system")
        return None
    assert library.folder is not None
    library.asked.add(path)
    try:
        return open_below(library.folder, path)
    except (OSError, ValueError) as error:
        _refuse(library, node, f"`{node.value}` cannot be used: {_reason(error)}")
        return None


def open_below(folder: str, path: str) -> int:
    """A file below a folder, opened without following a link below it. Raises `OSError`, or `ValueError` for a NUL."""
    *folders, name = path.split("/")
    current = os.open(folder or ".", _FOLDER)
    try:
        for part in folders:
            inner = os.open(part, _FOLDER | _STEP, dir_fd=current)
            os.close(current)
            current = inner
        return os.open(name, _FILE | _STEP, dir_fd=current)
    finally:
        os.close(current)


def _reason(error: OSError | ValueError) -> str:
    import errno

    if not isinstance(error, OSError):
        return "the path holds a NUL character"
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
        return "a link, or something that is no folder, stands on the way"
    return (error.strerror or str(error)).lower()


def _refuse(library: _Library, node: Scalar, message: str, related: tuple[Label, ...] = ()) -> None:
    library.report.add("SG216", message, node.span, related=related)
