"""What went where and why, as data and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_SHOWN = 12
"""How many of a list a refusal shows."""
_NAMED = 6
"""How many tensors a line names one by one."""


class Way(StrEnum):
    """Why a tensor went where it did."""

    NAME = "name"
    """Its key is the same, or is torch's older or newer word for the same."""
    TABLE = "table"
    """A rule of the rename table leads there."""
    ORDER = "order"
    """It is used at the same point of a forward."""
    TIED = "tied"
    """The target has one tensor under several keys, and another of them was found."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A tensor of the source and the place in the target that it went to."""

    source: str
    target: str
    shape: tuple[int, ...]
    way: Way
    note: str = ""
    """What was done to its values: `float16 -> float32`."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A pair whose shapes differ: the target's tensor stays as it was."""

    source: str
    target: str
    before: tuple[int, ...]
    after: tuple[int, ...]

    def __str__(self) -> str:
        name = self.target if self.source == self.target else f"{self.source} -> {self.target}"
        return f"{name}: {list(self.before)} -> {list(self.after)}"


@dataclass(frozen=True)
class PortReport:
    """What went where and why, and what was left over on either side. Its `str` is for people."""

    pairs: tuple[Pair, ...]
    """In the target's order."""
    changed: tuple[Changed, ...]
    new: tuple[str, ...]
    """Keys of the target that nothing went to."""
    dropped: tuple[str, ...]
    """Keys of the source that went nowhere."""
    total: int
    """How many tensors the target has."""
    compared: bool
    """Whether both modules ran on the example and gave the same to the bit."""
    uncompared: str = ""
    """Why they were not compared."""
    unproved: tuple[str, ...] = ()
    """Weights of the target, paired by order of use, on which the outputs on the example do not hang."""

    def __str__(self) -> str:
        counts = Counter(pair.way for pair in self.pairs)
        ways = ", ".join(f"{counts[way]} {_WORDS[way]}" for way in Way if counts[way])
        rows = [("kept", f"{len(self.pairs)} of {self.total} tensors{f': {ways}' if ways else ''}")]
        rows += [("", line) for line in _moved(self.pairs)]
        rows += [("converted", line) for line in _noted(self.pairs)]
        rows += [("changed", str(each)) for each in self.changed]
        rows += [("new", line) for line in grouped(self.new)]
        rows += [("dropped", line) for line in grouped(self.dropped)]
        rows.append(("outputs", "equal to the bit" if self.compared else f"not compared: {self.uncompared}"))
        rows += [("unproved", f"{line}; these outputs do not hang on it") for line in grouped(self.unproved)]
        said = ""
        lines = []
        for word, line in rows:
            lines.append(f"{word if word != said else '':<9}  {line}")
            said = word
        return "\n".join(lines) + "\n"

    def as_data(self) -> dict[str, Any]:
        """The report as plain data, for JSON."""
        return {
            "pairs": [
                {"source": p.source, "target": p.target, "shape": list(p.shape), "way": p.way.value, "note": p.note}
                for p in self.pairs
            ],
            "changed": [
                {"source": c.source, "target": c.target, "before": list(c.before), "after": list(c.after)}
                for c in self.changed
            ],
            "new": list(self.new),
            "dropped": list(self.dropped),
            "total": self.total,
            "compared": self.compared,
            "uncompared": self.uncompared,
            "unproved": list(self.unproved),
        }


_WORDS = {Way.NAME: "by name", Way.TABLE: "by the table", Way.ORDER: "by order of use", Way.TIED: "tied to another"}


class PortError(Exception):
    """Weights that do not fit. Nothing was written; `problems` is everything that is wrong."""

    def __init__(
        self,
        what: str,
        problems: Iterable[str] = (),
        help: str | None = None,
        rules: Mapping[str, str] | None = None,
    ) -> None:
        self.what = what
        self.problems = tuple(problems)
        self.help = help
        self.rules = dict(rules or {})
        """What is wrong with single rules of the rename table, by their left side."""
        shown = [*self.problems[:_SHOWN]]
        more = len(self.problems) - len(shown)
        lines = [what, *(f"  {each}" for each in shown), *([f"  and {more} more"] if more else [])]
        super().__init__("\n".join([*lines, *([f"help: {help}"] if help else [])]))


def _moved(pairs: Iterable[Pair]) -> list[str]:
    """The pairs whose keys differ, those that differ alike in a line: `encoder -> enc: conv.weight, conv.bias`."""
    groups: dict[tuple[str, str, Way], list[str]] = {}
    for pair in pairs:
        if pair.source != pair.target:
            source, target, rest = _parted(pair.source, pair.target)
            groups.setdefault((source, target, pair.way), []).append(rest)
    lines = []
    for (source, target, way), names in groups.items():
        listed = ", ".join(filter(None, names)) if len(names) <= _NAMED else f"{len(names)} tensors"
        lines.append(f"{source or '(top)'} -> {target or '(top)'}{': ' if listed else ''}{listed} ({_WORDS[way]})")
    return lines


def _parted(source: str, target: str) -> tuple[str, str, str]:
    """Where two keys differ, and the names at their end that they share."""
    ours, theirs = source.split("."), target.split(".")
    shared = 0
    while shared < min(len(ours), len(theirs)) and ours[-1 - shared] == theirs[-1 - shared]:
        shared += 1
    heads = (".".join(each[: len(each) - shared]) for each in (ours, theirs))
    return *heads, ".".join(ours[len(ours) - shared :])  # type: ignore[return-value]


def _noted(pairs: Iterable[Pair]) -> list[str]:
    """What was done to values, with how many tensors."""
    notes = Counter(pair.note for pair in pairs if pair.note)
    return [f"{note}: {count} {'tensor' if count == 1 else 'tensors'}" for note, count in notes.items()]


def grouped(keys: Iterable[str]) -> list[str]:
    """Keys, those of one module in a line: `fc: weight, bias`."""
    modules: dict[str, list[str]] = {}
    for key in keys:
        module, _, name = key.rpartition(".")
        modules.setdefault(module, []).append(name)
    return [f"{module}: {', '.join(names)}" if module else ", ".join(names) for module, names in modules.items()]
