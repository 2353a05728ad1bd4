"""Writing into a folder so that no file is ever half there: beside, to the disk, then renamed; the manifest last.

An existing file is replaced where the manifest of an earlier run has its hash, so that nothing a person wrote is lost.
Runs that write into one folder at the same time take turns.
"""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

_BESIDE = ".skipgraph-part"
"""How the name of a file ends that is not yet whole."""


class Unwritable(Exception):
    """An output that cannot be written: which, why, and what to do."""

    def __init__(self, path: Path, reason: str, help: str | None = None) -> None:
        super().__init__(f"cannot write `{path}`: {reason}")
        self.path = path
        self.help = help


def write_folder(
    folder: Path, files: Mapping[str, str], manifest: str, about: Mapping[str, Any], *, force: bool = False
) -> None:
    """Write files, and a manifest with their hashes beside what `about` says. Raises `Unwritable`, nothing changed."""
    made = _made(folder)
    hashes = {name: _hash(text.encode()) for name, text in files.items()}
    try:
        with _terminable(), _alone(folder):
            _sweep(folder)
            known = _known(folder / manifest)
            for name in files:
                _check(folder / name, {hashes[name], known.get(name)}, force)
            # what an earlier run wrote and this one does not is still ours
            kept = {name: value for name, value in known.items() if (folder / name).is_file()}
            listed = json.dumps({**about, "files": {**kept, **hashes}}, indent=2) + "\n"
            _check(folder / manifest, {_hash(listed.encode())}, force or bool(known))
            _replace(folder, {**files, manifest: listed})
    finally:
        if made:
            _discard(folder)


def write_file(path: Path, data: str | bytes, *, over: tuple[str | bytes, ...]) -> None:
    """Write one file. One that exists is replaced if its beginning has a word of `over`. Raises `Unwritable`."""
    if path.is_file() and not path.is_symlink():
        try:
            with path.open("rb") as file:
                beginning = file.read(4096)
        except OSError as error:
            raise Unwritable(path, _reason(error)) from None
        if beginning and not any(_bytes(word) in beginning for word in over):
            raise Unwritable(path, "it is there, and is something else", "name another file, or remove it")
    _check(path, set(), force=True)
    with _terminable():
        _replace(path.parent, {path.name: data})


def write_new(files: Mapping[Path, str]) -> list[Path]:
    """Write files that are not there yet, the last one last; those written. Raises `Unwritable`, nothing changed.

    One that is there and holds just this is left as it is.
    """
    missing = {path: text for path, text in files.items() if not _holds(path, text)}
    for path in missing:
        if not path.parent.is_dir():
            raise Unwritable(path, f"there is no folder `{path.parent}`", f"make it: `mkdir -p {path.parent}`")
        if os.path.lexists(path):
            raise Unwritable(path, "it is there, and is something else", "name another file, or remove it")
    with _terminable():
        for path, text in missing.items():
            _replace(path.parent, {path.name: text})
    return list(missing)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.is_file() and path.read_bytes() == text.encode()
    except OSError as error:
        raise Unwritable(path, _reason(error)) from None


def write_made(path: Path, make: Callable[[Path], None], *, force: bool = False) -> None:
    """Write one file that is not there yet, or with `force` is: `make` fills it, beside. Raises `Unwritable`."""
    if not force and os.path.lexists(path):
        raise Unwritable(path, "it is there", "`--force` replaces it, `-o` names another")
    _check(path, set(), force=True)
    part = path.parent / f".{path.name}.{os.getpid()}{_BESIDE}"
    try:
        with _terminable():
            _write(part, b"")  # ours alone: not a link that lay there
            mode = stat.S_IMODE(part.stat().st_mode)
            make(part)
            part.chmod(mode)  # it may have made the file anew, for its own eyes
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
            _sync(path.parent)
    except OSError as error:
        raise Unwritable(path, _reason(error)) from None
    finally:
        part.unlink(missing_ok=True)


def _made(folder: Path) -> bool:
    """Whether the folder had to be made."""
    try:
        folder.mkdir()
        return True
    except FileExistsError:
        if folder.is_dir():
            return False
        raise Unwritable(folder, "it is there, and is no folder", "give another with `-o`") from None
    except FileNotFoundError:
        raise Unwritable(
            folder, f"there is no folder `{folder.parent}`", f"make it: `mkdir -p {folder.parent}`"
        ) from None
    except (OSError, ValueError) as error:
        raise Unwritable(folder, _reason(error)) from None


def _check(path: Path, hashes: set[str | None], force: bool) -> None:
    """Refuse to replace what is not a file, or is not ours."""
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            what = (
                "a symbolic link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            )
            raise Unwritable(path, f"it is {what}")
        if force or _hash(path.read_bytes()) in hashes:
            return
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise Unwritable(path, _reason(error)) from None
    raise Unwritable(
        path,
        "it is there, and is not as skipgraph left it",
        "`--force` replaces it, `-o` names another folder",
    )


def _known(manifest: Path) -> dict[str, str]:
    """The hashes that an earlier run left, by file; empty where there is no manifest of ours."""
    try:
        found = json.loads(manifest.read_bytes()) if manifest.is_file() and not manifest.is_symlink() else {}
    except (OSError, ValueError):
        return {}
    files = found.get("files") if isinstance(found, dict) and "skipgraph" in found else None
    return {str(name): str(value) for name, value in files.items()} if isinstance(files, dict) else {}


def _replace(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write all beside their places, and only when all are on the disk rename them, in order."""
    beside: dict[Path, Path] = {}
    path = folder
    try:
        for name, data in files.items():
            path = folder / name
            part = folder / f".{name}.{os.getpid()}{_BESIDE}"
            beside[part] = path
            _write(part, _bytes(data))
        for part, path in beside.items():
            part.replace(path)
        _sync(folder)
    except OSError as error:
        raise Unwritable(path, _reason(error)) from None
    finally:
        for part in beside:
            part.unlink(missing_ok=True)


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _write(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Bring the renames to the disk, where folders can be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Within it, no other run writes into the folder."""
    try:
        import fcntl
    except ImportError:  # Windows: each file is whole even so
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise Unwritable(folder, _reason(error)) from None
    try:
        with suppress(OSError):  # some network drives have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what a run that was killed left behind."""
    for part in folder.glob(f".*{_BESIDE}"):
        with suppress(OSError):
            part.unlink()


def _discard(folder: Path) -> None:
    """Remove a folder that was made for nothing."""
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _terminable() -> Iterator[None]:
    """Within it, SIGTERM and SIGHUP end the run as an exception does, so that it cleans up behind itself."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        try:
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, leave)
        except ValueError:  # not in the main thread: whoever runs us sees to it
            break
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def _reason(error: OSError | ValueError) -> str:
    return ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
