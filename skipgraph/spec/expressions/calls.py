"""Calls in an expression: of the functions of the language, and of those that ask the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from skipgraph.spec.expressions.refusals import Place
from skipgraph.spec.expressions.values import ExpressionError, Meter, Names, Value, describe, is_open, still_open

Run: TypeAlias = Callable[[Names, Meter], Value]
"""What evaluates a node, with a meter that the caller has charged for the node."""

ASKING = ("channels", "size")
"""The functions that ask the graph; the first takes one argument, the second two."""
BARE = ("input", "prev")
"""Names that such a function may take without quotes."""


def placed(run: Run, place: Place) -> Run:
    """`run`, with its place in the errors that have none yet."""

    def at_place(names: Names, meter: Meter) -> Value:
        try:
            return run(names, meter)
        except ExpressionError as error:
            error.place(*place)
            raise

    return at_place


def called(function: Callable[..., Value], arguments: list[Run], keywords: dict[str, Run], place: Place) -> Run:
    """A call of a function of the language."""
    if keywords:
        return placed(
            lambda names, meter: function(
                meter,
                *[run(names, meter) for run in arguments],
                **{keyword: run(names, meter) for keyword, run in keywords.items()},
            ),
            place,
        )
    return placed(lambda names, meter: function(meter, *[run(names, meter) for run in arguments]), place)


def asked(function: str, step: Run, axis: Run | None, place: Place) -> Run:
    """`channels(step)` or `size(step, axis)`; `place` is that of the step's name."""

    def asking(names: Names, meter: Meter) -> Value:
        name = step(names, meter)
        if not isinstance(name, str):
            raise ExpressionError(f"`{function}` takes the name of a step, not {describe(name)}")
        arguments = [name] if axis is None else [name, axis(names, meter)]
        ask: Callable[..., Value] | None = getattr(names, function)
        if ask is None:
            raise ExpressionError(f"`{function}` cannot be asked here: it needs the steps above")
        try:
            return ask(*arguments)
        except ExpressionError as error:
            # Whoever answers does not know where the question stands.
            error.offset, error.length = place
            raise
        except LookupError as error:
            reason = str(error.args[0]) if error.args else f"there is no `{name}`"
            raise ExpressionError(reason) from None

    return placed(asking, place)


def axis_of(run: Run, place: Place) -> Run:
    """The axis that `size` is asked for."""

    def axis(names: Names, meter: Meter) -> int:
        value = run(names, meter)
        if is_open(value):
            raise still_open(value)
        if type(value) is not int:
            raise ExpressionError(f"the axis of `size` must be an integer, not {describe(value)}")
        return value

    return placed(axis, place)
