"""Texts with expressions in them, read once and evaluated often."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from skipgraph.spec.expressions.calls import Run
from skipgraph.spec.expressions.compiler import compiled
from skipgraph.spec.expressions.folding import folded
from skipgraph.spec.expressions.scan import CHARACTERS, Hole, split, whole
from skipgraph.spec.expressions.values import ExpressionError, Meter, Names, Value

_REMEMBERED = 8_192


@dataclass(frozen=True, slots=True)
class Template:
    """A text with `$name` and `$(...)`, or a bare expression, checked and ready to be evaluated."""

    text: str
    bare: bool
    """Whether the whole text is an expression, without `$`."""
    names: frozenset[str] = field(compare=False)
    """The names that it reads."""
    _shift: int = field(compare=False, repr=False)
    _cost: int = field(compare=False, repr=False)
    _run: Run = field(compare=False, repr=False)
    _parts: tuple[str | Hole, ...] = field(compare=False, repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether it is a text without any `$`."""
        return not self.bare and "$" not in self.text

    def evaluate(self, names: Names, meter: Meter) -> Value:
        """The value. An expression alone keeps its type; inside a longer text it is printed. Raises ExpressionError."""
        try:
            meter.spend(self._cost)
            return self._run(names, meter)
        except ExpressionError as error:
            error.place(self._shift, len(self.text))
            raise
        except RecursionError:
            raise ExpressionError("an expression nested too deeply", self._shift, len(self.text)) from None

    def partly(self, names: Names) -> str:
        """The text with every known name written in and constant parts computed; unknown names stay.

        An expression alone that comes out as a number, `true`, `false` or `null` is that scalar: `$out` is `64`.
        """
        return folded(self._parts, names, self.bare)


def template(text: str) -> Template:
    """The template of a value or name as written in a spec. Raises ExpressionError where it cannot be read."""
    # A long text without `$` is a description: nothing to remember, nothing to refuse.
    return _plain(text) if "$" not in text else _template(text)


def expression(text: str, shift: int = 0) -> Template:
    """The template of a bare expression, `H/4`. Offsets in its errors count from `shift`."""
    if len(text) > CHARACTERS:
        whole(text, shift)
    return _expression(text, shift)


def _plain(text: str) -> Template:
    return Template(text, False, frozenset(), 0, 0, lambda names, meter: text, (text,))


@lru_cache(_REMEMBERED)
def _template(text: str) -> Template:
    return _made(text, False, 0, split(text))


@lru_cache(_REMEMBERED)
def _expression(text: str, shift: int) -> Template:
    return _made(text, True, shift, (whole(text, shift),))


def _made(text: str, bare: bool, shift: int, parts: tuple[str | Hole, ...]) -> Template:
    ready = compiled(parts)
    return Template(text, bare, ready.reads, shift, ready.cost, ready.run, parts)
