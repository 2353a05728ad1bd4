"""What the page shows, and how those who look at it learn that it has changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from threading import Condition
from typing import Any

from skipgraph.cli.watch.findings import Told


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn network."""

    page: bytes
    drawn: str
    """The time of day."""

    @property
    def key(self) -> str:
        """The same for the same picture, also after a restart."""
        return hashlib.blake2b(self.page, digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows."""

    file: str
    told: Told
    """What was found in the files as they are."""
    picture: Picture | None = None
    """The last that could be drawn."""
    said: str = ""
    """Of a spec that is clean, what `check` says of it."""
    is_working: bool = False
    """Whether the files have changed since, and are being looked at."""

    @property
    def state(self) -> str:
        if self.told.failed:
            return "broken"
        return "good" if self.picture else "new"

    def json(self) -> str:
        """For the page's script, on one line."""
        shown: dict[str, Any] = {"file": self.file, "state": self.state, "working": self.is_working, "said": self.said}
        shown |= {"picture": self.picture.key if self.picture else ""}
        shown |= {"drawn": self.picture.drawn if self.picture else ""}
        # ASCII: line ends that JSON leaves as they are, and halves of surrogate pairs, stay escapes
        return json.dumps(shown | self.told.data, separators=(",", ":"))


class Board:
    """The view of now. One thread puts it up, those of the server wait for the next."""

    def __init__(self, view: View) -> None:
        self._changed = Condition()
        self._view = view
        self._number = 1
        self._is_closed = False

    @property
    def view(self) -> View:
        return self._view

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def show(self, view: View) -> None:
        """Put up another view."""
        with self._changed:
            self._view = view
            self._number += 1
            self._changed.notify_all()

    def after(self, number: int, seconds: float) -> tuple[int, View] | None:
        """The view, if there is a newer one than that with the number, or will be within the time."""
        with self._changed:
            self._changed.wait_for(lambda: self._number > number or self._is_closed, seconds)
            return (self._number, self._view) if self._number > number else None

    def close(self) -> None:
        """Let those who wait go."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
