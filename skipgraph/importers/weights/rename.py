"""A rename table: exact keys, beginnings of keys, and patterns, each with what they become."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from skipgraph.diagnostics.suggest import closest

_HOLE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the beginning of a key, whole names of it, and what stands there instead; None leaves the key out."""

    pattern: str
    result: str | None
    regex: re.Pattern[str]
    literal: int
    """How many letters it names: of several rules the one that says most holds."""

    def renamed(self, key: str) -> str | None:
        """The new key, or None where the rule leaves it out. Only for keys that it matches."""
        found = self.regex.fullmatch(key)
        assert found is not None
        if self.result is None:
            return None
        *values, rest = found.groups()
        named = found.groupdict()
        unnamed = iter(values)
        begin = _HOLE.sub(lambda hole: named[hole[1]] if hole[1] else next(unnamed), self.result)
        return ".".join(part for part in (begin, rest) if part)


def rule(pattern: str, result: str | None) -> Rule:
    """The rule that a row says. Raises ValueError with what is wrong."""
    begin = pattern.removesuffix(".")
    end = None if result is None else result.removesuffix(".")
    holes, filled = _HOLE.findall(begin), [] if end is None else _HOLE.findall(end)
    named = [name for name in holes if name]
    if len(set(named)) < len(named):
        raise ValueError("a name stands in two braces")
    if named and len(named) < len(holes):
        raise ValueError("braces are all named, or none is")
    if end is not None and sorted(filled) != sorted(holes) and not (named and set(filled) <= set(named)):
        raise ValueError(f"`{pattern}` and `{result}` have different braces")
    if any(name and not name.isidentifier() for name in holes):
        raise ValueError("the name in braces is a word")
    parts = _HOLE.split(begin)
    regex = "".join(
        re.escape(part) if index % 2 == 0 else f"(?P<{part}>[^.]+)" if part else "([^.]+)"
        for index, part in enumerate(parts)
    )
    tail = r"(?:\.(.+))?" if begin else "(.+)"
    return Rule(pattern, end, re.compile(regex + tail, re.DOTALL), sum(map(len, parts[::2])))


class Table:
    """The rules of a table. `errors`: what is wrong with rows that are none."""

    def __init__(self, rows: Mapping[str, str | None]) -> None:
        self.rules: list[Rule] = []
        self.errors: dict[str, str] = {}
        for pattern, result in rows.items():
            try:
                self.rules.append(rule(pattern, result))
            except ValueError as error:
                self.errors[pattern] = str(error)

    def of(self, key: str) -> Rule | None:
        """The rule that holds for a key: the one that says most of it, so first one for the whole key."""
        matching = [each for each in self.rules if each.regex.fullmatch(key)]
        return max(matching, key=lambda each: each.literal, default=None)

    def idle(self, given: Iterable[str], wanted: Iterable[str]) -> dict[str, str]:
        """The rules that do nothing, most likely misspelt, by their left side."""
        given, wanted = list(given), set(wanted)
        found = {}
        for each in self.rules:
            keys = [key for key in given if each.regex.fullmatch(key)]
            results = [each.renamed(key) for key in keys]
            if not keys:
                near = closest(each.pattern.removesuffix("."), beginnings(given))
                found[each.pattern] = f"the source has no key `{each.pattern}` and none that begins so" + (
                    f"; did you mean `{near}`?" if near else ""
                )
            elif each.result is not None and wanted.isdisjoint(filter(None, results)):
                near = closest(results[0] or "", wanted) or closest(each.result, beginnings(wanted))
                found[each.pattern] = f"`{each.pattern}` leads to `{results[0]}`, which the target does not have" + (
                    f"; did you mean `{near}`?" if near else ""
                )
        return found


def errors(rows: Mapping[str, str | None]) -> dict[str, str]:
    """What is wrong with single rows, by their left side."""
    return Table(rows).errors


def beginnings(keys: Iterable[str]) -> list[str]:
    """The keys, and every name above them."""
    found: dict[str, None] = {}
    for key in keys:
        parts = key.split(".")
        found.update(dict.fromkeys(".".join(parts[:count]) for count in range(1, len(parts) + 1)))
    return list(found)


def reworded(key: str, wanted: Iterable[str]) -> str | None:
    """What torch calls the same tensor of a parametrized weight in its other style, where the target has it."""
    module, dot, name = key.rpartition(".")
    above = module + dot
    candidates = []
    for old, new in _STYLES:
        if name.endswith(old) and len(name) > len(old):
            candidates.append(f"{above}parametrizations.{name.removesuffix(old)}.{new}")
    newer = re.fullmatch(r"(?P<above>(?:.+\.)?)parametrizations\.(?P<name>[^.]+)\.(?P<end>.+)", key)
    if newer is not None:
        candidates += [f"{newer['above']}{newer['name']}{old}" for old, new in _STYLES if new == newer["end"]]
    return next((each for each in candidates if each in wanted), None)


_STYLES = (
    ("_g", "original0"),
    ("_v", "original1"),
    ("_orig", "original"),
    ("_u", "0._u"),
    ("_v", "0._v"),
)
"""torch.nn.utils.weight_norm and spectral_norm, and torch.nn.utils.parametrizations'."""
