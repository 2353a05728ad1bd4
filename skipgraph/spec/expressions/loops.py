"""The loops of `for`: `i in range(4)`, `(w, n) in zip(widths, counts)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, Union

from skipgraph.spec.expressions.compiler import CONSTANTS
from skipgraph.spec.expressions.refusals import refusal
from skipgraph.spec.expressions.scan import CHARACTERS, Tree, whole
from skipgraph.spec.expressions.templates import Template, expression
from skipgraph.spec.expressions.values import ExpressionError, Meter, Names, Value, describe, is_open

Targets: TypeAlias = Union[str, tuple["Targets", ...]]  # noqa: UP007
"""A name, or a tuple of targets."""

_FORM = re.compile(r"(?P<targets>[A-Za-z0-9_,()\s]+?)\s+in(?=[\s([])\s*(?P<iterable>.*)", re.DOTALL | re.ASCII)
_EXAMPLE = "write `i in range(4)` or `(w, n) in zip(widths, counts)`"


@dataclass(frozen=True, slots=True)
class Loop:
    """What a `for` counts over, and the names that each item gets."""

    text: str
    targets: Targets
    iterable: Template

    @property
    def names(self) -> tuple[str, ...]:
        """The names that an item binds, in order."""
        return tuple(_flat(self.targets))

    def bind(self, item: Value) -> dict[str, Value]:
        """The names with their values for one item. Raises ExpressionError where it does not fit."""
        if isinstance(self.targets, str):
            return {self.targets: item}
        bound: dict[str, Value] = {}
        self._bind(self.targets, item, bound)
        return bound

    def _bind(self, targets: Targets, item: Value, bound: dict[str, Value]) -> None:
        if isinstance(targets, str):
            bound[targets] = item
            return
        if not isinstance(item, list | tuple):
            raise self._unfit(f"{describe(item)} cannot be split into {_shown(targets)}")
        if len(item) != len(targets):
            raise self._unfit(f"{describe(item)} has {len(item)} items, {_shown(targets)} takes {len(targets)}")
        for target, part in zip(targets, item, strict=True):
            self._bind(target, part, bound)

    def _unfit(self, message: str) -> ExpressionError:
        length = len(self.text) - len(self.iterable.text)
        return ExpressionError(message, 0, len(self.text[:length].rstrip().removesuffix("in").rstrip()))


def loop(text: str) -> Loop:
    """The loop that a `for` says. Raises ExpressionError where it cannot be read."""
    if len(text) > CHARACTERS:
        raise refusal(f"a loop may have {CHARACTERS:,} characters, not {len(text):,}", (0, len(text)))
    return _loop(text)


@lru_cache(1_024)
def _loop(text: str) -> Loop:
    form = _FORM.fullmatch(text)
    if form is None:
        raise refusal("this is not a loop", (0, len(text)), _EXAMPLE)
    try:
        targets = _targets(Tree(whole(form["targets"])).root, len(form["targets"]))
    except ExpressionError:
        raise refusal("a loop binds names", (0, len(form["targets"])), _EXAMPLE) from None
    names = _flat(targets)
    for name in names:
        if name in CONSTANTS:
            raise refusal(f"`{name}` is a value, not a name", (0, len(form["targets"])))
        if names.count(name) > 1:
            raise refusal(f"`{name}` is bound twice", (0, len(form["targets"])))
    return Loop(text, targets, expression(form["iterable"], form.start("iterable")))


def iterate(loop: Loop, names: Names, meter: Meter) -> Iterator[dict[str, Value]]:
    """What each turn of the loop binds. Raises ExpressionError, also for a count that hangs on an open size."""
    items = loop.iterable.evaluate(names, meter)
    place = (len(loop.text) - len(loop.iterable.text), len(loop.iterable.text))
    if is_open(items):
        raise ExpressionError(
            f"the loop depends on {describe(items)}, which is open until run time", *place, kind="open"
        )
    if not isinstance(items, list | tuple):
        raise ExpressionError(
            f"a loop goes over a list, not {describe(items)}",
            *place,
            help=f"write `range({loop.iterable.text})`" if type(items) is int else None,
        )
    for item in items:
        try:
            meter.spend()
        except ExpressionError as error:
            error.place(0, len(loop.text))
            raise
        yield loop.bind(item)


def _targets(node: ast.expr, length: int) -> Targets:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Tuple) and node.elts:
        return tuple(_targets(item, length) for item in node.elts)
    raise refusal("a loop binds names", (0, length), _EXAMPLE)


def _flat(targets: Targets) -> list[str]:
    if isinstance(targets, str):
        return [targets]
    return [name for target in targets for name in _flat(target)]


def _shown(targets: Targets) -> str:
    return targets if isinstance(targets, str) else f"({', '.join(map(_shown, targets))})"
