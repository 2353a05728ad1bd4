"""How many steps loops will come to, before the first is made: a spec of three lines can ask for a billion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from skipgraph.elaborate.evaluate import Values, names_in
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Scope
from skipgraph.spec.expressions import ExpressionError, Meter, iterate, loop
from skipgraph.spec.model import Call, Loop, Step
from skipgraph.text import Scalar

_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ASKS = frozenset(["channels", "size"])


def least_steps(
    scope: Scope, steps: Sequence[Step], values: Values, meter: Meter, bound: frozenset[str] = frozenset()
) -> int:
    """At least so many steps come of these. `bound`: names that loops around them give values not known yet.

    What hangs on such a name, on a step, or on a condition counts as nothing.
    """
    total = 0
    for step in steps:
        if isinstance(step, Call):
            total += "when" not in step.keys
        elif isinstance(step, Loop) and step.when is None:
            total += _least_of_loop(scope, step, values, meter, bound)
    return total


def _least_of_loop(scope: Scope, step: Loop, values: Values, meter: Meter, bound: frozenset[str]) -> int:
    rounds = 1
    try:
        for header in step.headers:
            rounds *= _turns(scope, header, values, meter, bound)
            bound |= {*loop(str(header.value)).names}
    except (ExpressionError, Failed):
        return 0
    return rounds and rounds * least_steps(scope, step.body, values, meter, bound | step.let.keys())


def _turns(scope: Scope, header: Scalar, values: Values, meter: Meter, bound: frozenset[str]) -> int:
    text = str(header.value)
    if not (bound | _ASKS).isdisjoint(_WORD.findall(text)):
        return 0
    return sum(1 for _ in islice(iterate(loop(text), names_in(scope, values), meter), scope.run.limits.steps + 1))
