"""Whether a spec, or a file that it uses, holds something else than before.

Files are looked at again and again, and compared by what they hold: editors that save by renaming, folders that
another machine shares, containers and dates that stand still are all the same then. The files are few and small, so
this costs next to nothing.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from skipgraph.spec.use import open_below

POLL = 0.1
"""Seconds between two looks."""
_REST = 0.15
"""Seconds without a change after which a save is over."""
_GRACE = 1.0
"""The same where a file is gone or empty: whoever is saving it has just taken the old one away."""
_LONGEST = 3.0
"""Seconds after which what never rests is taken as it is."""
_RACY = 2_000_000_000
"""Nanoseconds: what changed as late as this before we looked may change again without another date."""

# A FIFO without a writer would block `open` for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

Held: TypeAlias = Mapping[str, bytes | None]
"""What files hold, each as a hash; None for one that cannot be read, nothing for an empty one."""


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What the system tells of a file without opening its contents, and the hash of those."""

    identity: tuple[int, ...]
    held: bytes
    is_racy: bool


class Files:
    """The files of a spec: itself, under the name "", and those that it uses, by their paths from its folder."""

    def __init__(self, spec: Path, most: int) -> None:
        self._spec = spec
        self._folder = os.path.dirname(os.path.abspath(spec))
        self._most = most
        self._stamps: dict[str, _Stamp] = {}
        self.used: frozenset[str] = frozenset()

    def held(self) -> Held:
        """What they hold now."""
        return {name: self._held(name) for name in ("", *self.used)}

    def wait(self, seen: Held) -> None:
        """Return as soon as they hold, and go on holding, something else than `seen`."""
        while True:
            while self.held() == seen:
                time.sleep(POLL)
            if self._rested(seen) != seen:
                return

    def _rested(self, seen: Held) -> Held:
        """What they hold once nothing changes any more."""
        began = changed = time.monotonic()
        last = self.held()
        while True:
            time.sleep(POLL / 2)
            held, now = self.held(), time.monotonic()
            if held != last:
                last, changed = held, now
            is_missing = any(seen.get(name) and not held[name] for name in held)
            if now - changed >= (_GRACE if is_missing else _REST) or now - began >= _LONGEST:
                return held

    def _held(self, name: str) -> bytes | None:
        try:
            descriptor = open_below(self._folder, name) if name else os.open(self._spec, _FLAGS)
        except (OSError, ValueError):
            return None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            known = self._stamps.get(name)
            if known and known.identity == identity and not known.is_racy:
                return known.held
            is_racy = time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < _RACY
            held = _hash(descriptor, self._most)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        self._stamps[name] = _Stamp(identity, held, is_racy)
        return held


def _hash(descriptor: int, most: int) -> bytes:
    """Of what the file holds, as far as it would be read; nothing where it is empty."""
    digest = hashlib.blake2b(digest_size=16)
    left = most + 1
    while left > 0 and (part := os.read(descriptor, min(left, 1 << 20))):
        digest.update(part)
        left -= len(part)
    return digest.digest() if left <= most else b""
