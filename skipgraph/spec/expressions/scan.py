"""Where expressions stand in a text, and their syntax trees, read by Python's parser from what is let through to it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property

from skipgraph.spec.expressions.values import ExpressionError

CHARACTERS = 2_000
"""Characters of a text that holds an expression."""

# Only what Python takes without a warning: `1if`, `'\d'`, f-strings and escapes never reach its parser.
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<string>'[^'\\\r\n]*'|"[^"\\\r\n]*")
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_PREFIXES = frozenset({"f", "r", "b", "u", "fr", "rf", "br", "rb"})


@dataclass(frozen=True)
class Hole:
    """An expression in a text: its source, where that begins, and the stretch of the text that its value replaces."""

    source: str
    start: int
    offset: int
    length: int


def split(text: str, shift: int = 0) -> tuple[str | Hole, ...]:
    """The literal stretches of a template, `$$` read as `$`, and its holes, in order. Offsets count from `shift`."""
    if len(text) > CHARACTERS:
        raise _error(f"a text with expressions may have {CHARACTERS:,} characters, not {len(text):,}", shift, len(text))
    parts: list[str | Hole] = []
    literal = ""
    position = 0
    while (dollar := text.find("$", position)) >= 0:
        literal += text[position:dollar]
        if text.startswith("$$", dollar):
            literal += "$"
            position = dollar + 2
            continue
        start, end, position = _hole(text, dollar, shift)
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(Hole(text[start:end], shift + start, shift + dollar, position - dollar))
    literal += text[position:]
    if literal or not parts:
        parts.append(literal)
    return tuple(parts)


def whole(text: str, shift: int = 0) -> Hole:
    """A text that is one expression, without `$`."""
    if len(text) > CHARACTERS:
        raise _error(f"an expression may have {CHARACTERS:,} characters, not {len(text):,}", shift, len(text))
    _end(text, 0, shift, None)
    return Hole(text, shift, shift, len(text))


def _hole(text: str, dollar: int, shift: int) -> tuple[int, int, int]:
    """Where the expression after a `$` begins and ends, and where the text goes on."""
    if text.startswith("$(", dollar):
        end = _end(text, dollar + 2, shift, dollar)
        return dollar + 2, end, end + 1
    name = _NAME.match(text, dollar + 1)
    if name is None:
        braced = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}").match(text, dollar)
        raise _error(
            "a `$` must be followed by a name or by `(`",
            shift + dollar,
            1,
            help=f"write `${braced[1]}`" if braced else "write `$name`, `$(expression)`, or `$$` for a dollar sign",
        )
    end = name.end()
    if end < len(text) and not text[end].isascii() and ("_" + text[end]).isidentifier():
        raise _error("a name is made of ASCII letters, digits and `_`", shift + end, 1)
    return dollar + 1, end, end


def _end(text: str, position: int, shift: int, opened: int | None) -> int:
    """Where an expression ends: at the `)` that closes `opened`, or at the end of the text."""
    depth: list[int] = []
    string_before = False
    while position < len(text):
        token = _TOKEN.match(text, position)
        assert token is not None
        kind, found = token.lastgroup, token[0]
        following = text[token.end() : token.end() + 1]
        place = shift + position
        if kind == "string" and string_before:
            raise _error("a string is written once, in single or double quotes", place, len(found))
        if kind == "name" and following in ("'", '"') and following and found.lower() in _PREFIXES:
            raise _error(
                f"a string with the prefix `{found}` is refused", place, len(found), help="write it plain: '...'"
            )
        if kind == "number" and (following.isalnum() or following in ("_", ".")) and following:
            raise _error(f"`{found}{following}` is not a number", place, len(found) + 1)
        if kind == "other":
            if found == ")" and not depth and opened is not None:
                return position
            _character(found, place)
            if found == "(":
                depth.append(place)
            elif found == ")" and not depth:
                raise _error("a `)` without its `(`", place, 1)
            elif found == ")":
                depth.pop()
        if kind != "space":
            string_before = kind == "string"
        position = token.end()
    if depth or opened is not None:
        # The innermost tells most: what stands before it was closed by what was meant for it.
        place = depth[-1] if depth else shift + (opened or 0)
        raise _error("the `(` is never closed" if depth else "the `$(` is never closed", place, 1 if depth else 2)
    return position


def _character(found: str, place: int) -> None:
    if found == "$":
        raise _error("a `$` inside an expression", place, 1, help="names stand without `$` here")
    if found in "'\"":
        raise _error("this quote is never closed, or a `\\` stands in the string", place, 1)
    if found in "\\#":
        raise _error(f"a `{found}` in an expression is refused", place, 1)
    if not found.isascii():
        raise _error("names and operators are written in ASCII", place, 1)
    if not found.isprintable():
        raise _error("a control character in an expression", place, 1)


class Tree:
    """The syntax tree of a hole, and the place of each of its nodes in the text."""

    def __init__(self, hole: Hole) -> None:
        self.hole = hole
        # In parentheses an expression may break over lines, and begin with a space.
        self.wrapped = f"({hole.source})"
        self.root = self._parse()

    def place(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Offset and length of a node."""
        start = self._offset(node.lineno, node.col_offset)
        end = self._offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return self.hole.start + start, end - start

    def _parse(self) -> ast.expr:
        source = self.hole.source
        if not source.strip():
            raise _error("an empty expression", self.hole.offset, self.hole.length, help="write `$$` for a dollar sign")
        try:
            return ast.parse(self.wrapped, mode="eval").body
        except SyntaxError as error:
            raise self._unreadable(error) from None
        except (ValueError, MemoryError, RecursionError):
            raise _error("an expression that Python cannot read", self.hole.start, len(source)) from None

    def _unreadable(self, error: SyntaxError) -> ExpressionError:
        line = min(error.lineno or 1, len(self._lines))
        start = self._lines[line - 1] + max((error.offset or 1) - 1, 0) - 1
        start = min(max(start, 0), max(len(self.hole.source) - 1, 0))
        reason = error.msg.removeprefix("invalid syntax. ")
        if "Maybe you meant '=='" in reason:
            reason, help = "a single `=`", "to compare, write `==`"
        else:
            help = None
        return _error(f"this is not an expression: {reason}", self.hole.start + start, 1, help=help)

    def _offset(self, line: int, column: int) -> int:
        """Characters from the start of the source; Python counts bytes of UTF-8 from the start of a line."""
        begin = self._lines[line - 1]
        if self.wrapped.isascii():
            return begin + column - 1
        here = self.wrapped[begin:].encode("utf-8", "surrogatepass")[:column]
        return begin + len(here.decode("utf-8", "surrogatepass")) - 1

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(end.end() for end in _LINE_END.finditer(self.wrapped))]


def _error(message: str, offset: int, length: int, help: str | None = None) -> ExpressionError:
    return ExpressionError(message, offset, length, help=help, kind="syntax")
