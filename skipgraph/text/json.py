"""JSON text -> nodes: a strict scanner that knows where it is.

It takes what Python's `json.loads` takes, but for NaN and infinities, keys written twice, numbers that cannot be held,
and characters that may not stand in a spec, escaped or not.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from skipgraph.diagnostics import Label, Report, Source, Span
from skipgraph.limits import Limits
from skipgraph.text.characters import FORBIDDEN, named
from skipgraph.text.nodes import Mapping, Node, Scalar, Sequence
from skipgraph.text.scalars import Unheld, integer, real

_SPACE = re.compile(r"[ \t\n\r]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(
    r'"([^"\\\x00-\x1f]*)"'
    r"|(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?"
    r"|true|false|null|[\[\]{},:]"
)
_STRING, _INTEGER, _FRACTION, _EXPONENT = 1, 2, 3, 4
_WORDS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"[-+.\w]+")
_PAIRS = {"{": "}", "[": "]"}
_ESCAPE = re.compile(r"\\(?:u\w{0,4}|.)?")
_MOST_FINDINGS = 1_000


def compose(source: Source, report: Report, limits: Limits) -> Node | None:
    """The tree of a JSON text whose characters have been checked, or None after findings."""
    scanner = _Scanner(source, report, limits)
    try:
        root = scanner.scan()
    except _Stop:
        return None
    return None if scanner.failures else root


class _Stop(Exception):
    """Nothing after this can be read."""


class _Open:
    """A collection that is not closed yet."""

    __slots__ = ("column", "entries", "index", "items", "key", "line")

    def __init__(self, index: int, line: int, column: int, mapping: bool) -> None:
        self.index = index
        self.line = line
        self.column = column
        self.items: list[Node] = []
        self.entries: dict[str, tuple[Scalar, Node]] | None = {} if mapping else None
        self.key: Scalar | None = None


class _Scanner:
    """One text on its way to a tree."""

    def __init__(self, source: Source, report: Report, limits: Limits) -> None:
        self.source = source
        self.text = source.text
        self.report = report
        self.limits = limits
        self.failures = 0
        self.index = 0
        self.line = 1
        self.line_start = 0
        self.open: list[_Open] = []
        self.nodes = 0

    def scan(self) -> Node:
        """The root."""
        self.space()
        if self.index == len(self.text):
            self.fail("SG109", "the file is empty", 0, help='a spec starts with `{"skipgraph": 1`')
        while True:
            node = self.value()
            # Up, as long as what was read closes what it stands in.
            while node is not None:
                self.count(node)
                if not self.open:
                    return self.last(node)
                node = self.placed(node)

    def last(self, root: Node) -> Node:
        """The root, if nothing follows it."""
        self.space()
        if self.index < len(self.text):
            self.comment()
            self.fail("SG102", "text after the end of the value")
        return root

    def value(self) -> Node | None:
        """The value that starts here; None where it is a collection that is now open, with something in it."""
        self.space()
        index, line, column = self.index, self.line, self.index - self.line_start + 1
        token = _TOKEN.match(self.text, index)
        if token is None or token[0] in "]},:":
            return self.string() if self.text.startswith('"', index) else self.no_value()
        word = token[0]
        if word == "[" or word == "{":
            if len(self.open) >= self.limits.depth:
                self.fail("SG106", f"nested more than {self.limits.depth} deep")
            self.index += 1
            self.open.append(_Open(index, line, column, word == "{"))
            self.space()
            if self.text.startswith(_PAIRS[word], self.index):
                return self.closed()
            if word == "{":
                self.key()
            return None
        self.index = token.end()
        if token[_STRING] is not None:
            return self.scalar(token[_STRING], index)
        value = _WORDS[word] if token[_INTEGER] is None else self.number(token, index)
        if _WORD.match(self.text, self.index):
            self.index = index
            self.no_value()
        return Scalar(self.source, line, column, line, column + len(word), value, word, False)

    def number(self, token: re.Match[str], index: int) -> int | float:
        try:
            if token[_FRACTION] is None and token[_EXPONENT] is None:
                return integer(token[0])
            return real(token[0])
        except Unheld as error:
            self.fail("SG111", f"a number that cannot be held: {error}", index, token.end(), stop=False)
            return 0

    def string(self) -> Scalar:
        """A string with an escape in it, or one that is not well formed."""
        index = self.index
        try:
            value, self.index = scanstring(self.text, index + 1, True)
        except JSONDecodeError as error:
            self.bad_string(index, error)
        if found := FORBIDDEN.search(value):
            message = f"an escape that makes {named(found[0])}, which may not stand in a spec"
            self.fail("SG107", message, index, self.index, stop=False)
        return self.scalar(value, index)

    def scalar(self, value: str, index: int) -> Scalar:
        """The string that ends here."""
        if len(value) > self.limits.scalar:
            self.fail("SG106", f"a text of {len(value):,} characters; the limit is {self.limits.scalar:,}", index)
        column, end = index - self.line_start + 1, self.index - self.line_start + 1
        return Scalar(self.source, self.line, column, self.line, end, value, self.text[index : self.index], True)

    def key(self) -> None:
        """Read a key and its colon."""
        self.space()
        here = self.text[self.index : self.index + 1]
        if here != '"':
            self.comment()
            self.quoted()
            if word := _WORD.match(self.text, self.index):
                text = word[0]
                self.fail(
                    "SG102", f"a key without quotes: `{text[:40]}`", end=word.end(), help=f'write `"{text[:40]}"`'
                )
            if here == "}" and self.text[: self.index].rstrip(" \t\r\n").endswith(","):
                self.trailing()
            self.expected("a key in double quotes")
        token = _TOKEN.match(self.text, self.index)
        if token is None:
            key = self.string()
        else:
            index, self.index = self.index, token.end()
            key = self.scalar(token[_STRING], index)
        entries = self.open[-1].entries
        assert entries is not None
        if key.value in entries:
            first = Label(entries[key.value][0].span, "it is first written here")
            self.found("SG103", f"the key `{key.value}` is written twice", key.span, related=(first,))
        self.count(key)
        self.open[-1].key = key
        self.space()
        if not self.text.startswith(":", self.index):
            self.comment()
            self.expected("`:` after the key")
        self.index += 1

    def placed(self, node: Node) -> Node | None:
        """Put a value into the collection that is open; the collection, if it ends here."""
        top = self.open[-1]
        if top.entries is None:
            top.items.append(node)
        else:
            assert top.key is not None
            assert isinstance(top.key.value, str)
            top.entries[top.key.value] = (top.key, node)
        self.space()
        here = self.text[self.index : self.index + 1]
        closing = "]" if top.entries is None else "}"
        if here == closing:
            return self.closed()
        if here != ",":
            self.comment()
            if here in ("]", "}"):
                self.fail("SG102", f"`{here}` where `{closing}` should close", opened=True)
            self.expected(f"`,` or `{closing}`")
        self.index += 1
        if top.entries is not None:
            self.key()
        else:
            self.space()
            if self.text.startswith("]", self.index):
                self.trailing()
        return None

    def closed(self) -> Node:
        """The innermost open collection, which ends at the bracket that stands here."""
        self.index += 1
        top = self.open.pop()
        end = self.index - self.line_start + 1
        if top.entries is None:
            return Sequence(self.source, top.line, top.column, self.line, end, tuple(top.items))
        return Mapping(self.source, top.line, top.column, self.line, end, top.entries)

    def space(self) -> None:
        """Go on to the next token."""
        found = _SPACE.match(self.text, self.index)
        assert found is not None
        if found.end() == self.index:
            return
        for line_end in _LINE_END.finditer(self.text, self.index, found.end()):
            self.line += 1
            self.line_start = line_end.end()
        self.index = found.end()

    def count(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            self.found("SG106", f"more than {self.limits.nodes:,} values", node.span)
            raise _Stop

    # What can be wrong

    def no_value(self) -> Scalar:
        """Say why no value starts here. Does not return."""
        self.comment()
        self.quoted()
        found = _WORD.match(self.text, self.index)
        word = found[0][:40] if found else ""
        end = found.end() if found else None
        if word in ("NaN", "Infinity", "-Infinity"):
            self.fail("SG111", f"a number that cannot be held: `{word}` is not a finite number", end=end)
        if word in ("True", "False", "None"):
            cure = {"True": "true", "False": "false", "None": "null"}[word]
            self.fail("SG102", f"`{word}` is Python", end=end, help=f"write `{cure}`")
        if word[:1].isdigit() or word[:1] in ("-", "+", "."):
            self.fail("SG102", f"`{word}` is not a number of JSON", end=end, help=_number_help(word))
        if word:
            self.fail("SG102", f"text without quotes: `{word}`", end=end, help="put it in double quotes")
        self.expected("a value")
        raise AssertionError("unreachable")

    def bad_string(self, start: int, error: JSONDecodeError) -> None:
        if error.msg.startswith("Unterminated"):
            line_end = _LINE_END.search(self.text, start)
            index = line_end.start() if line_end else len(self.text)
            opened = Label(self.at(start, start + 1), "the quote is opened here")
            self.found("SG102", "a quote is not closed", self.at(index, index), "the line ends here", related=(opened,))
            raise _Stop
        if error.msg.startswith("Invalid control"):
            here = self.text[error.pos]
            if here in "\r\n":
                opened = Label(self.at(start, start + 1), "the quote is opened here")
                span = self.at(error.pos, error.pos)
                self.found("SG102", "a quote is not closed", span, "the line ends here", related=(opened,))
                raise _Stop
            self.fail("SG102", "a tab inside a string", error.pos, error.pos + 1, help="write `\\t`")
        slash = self.text.rfind("\\", start, error.pos + 1)
        found = _ESCAPE.match(self.text, slash)
        shown = found[0] if found else "\\"
        self.fail(
            "SG102",
            f"`{shown}` is no escape that JSON knows",
            slash,
            slash + len(shown),
            help="write `\\\\` for a backslash",
        )

    def comment(self) -> None:
        """If a comment starts here, say that JSON has none."""
        if self.text.startswith(("//", "/*", "#"), self.index):
            self.fail("SG102", "JSON has no comments", help="delete it, or keep the spec as YAML, which has them")

    def quoted(self) -> None:
        """If single quotes open here, say so."""
        if self.text.startswith("'", self.index):
            self.fail("SG102", "a string in single quotes", help='write double quotes: `"`')

    def trailing(self) -> None:
        comma = self.text.rindex(",", 0, self.index)
        self.fail("SG102", "a comma after the last item", comma, comma + 1, help="delete the comma")

    def expected(self, what: str) -> None:
        """Say what should stand here, and if the text ends, what is open."""
        if self.index < len(self.text):
            self.fail("SG102", f"expected {what}, found `{self.text[self.index]}`")
        if self.open:
            bracket = self.text[self.open[-1].index]
            self.index = len(self.text.rstrip(" \t\r\n"))
            self.fail("SG102", f"`{bracket}` is not closed", label="the text ends here", opened=True)
        self.fail("SG102", f"expected {what}, but the text ends")

    def fail(
        self,
        code: str,
        message: str,
        index: int | None = None,
        end: int | None = None,
        label: str = "",
        *,
        opened: bool = False,
        help: str | None = None,
        stop: bool = True,
    ) -> None:
        """Add a finding and, unless `stop` is false, end the scan."""
        index = self.index if index is None else index
        end = min(index + 1, len(self.text)) if end is None else end
        related: tuple[Label, ...] = ()
        if opened:
            top = self.open[-1]
            span = Span(self.source, top.line, top.column, top.line, top.column + 1)
            related = (Label(span, f"the `{self.text[top.index]}` is opened here"),)
        self.found(code, message, self.at(index, end), label, related=related, help=help)
        if stop:
            raise _Stop

    def found(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        related: tuple[Label, ...] = (),
        help: str | None = None,
    ) -> None:
        self.report.add(code, message, span, label, related=related, help=help)
        self.failures += 1
        if self.failures >= _MOST_FINDINGS:
            raise _Stop

    def at(self, index: int, end: int) -> Span:
        """The span of a stretch of one line."""
        line, start = self.line, self.line_start
        if index < start:
            before = [match.end() for match in _LINE_END.finditer(self.text, 0, index)]
            line, start = len(before) + 1, before[-1] if before else 0
        return Span(self.source, line, index - start + 1, line, end - start + 1)


def _number_help(word: str) -> str | None:
    """What to write instead of a number that is none."""
    digits = word.lstrip("+-")
    if word.startswith("+"):
        return f"write `{word[1:]}`"
    if digits.startswith("0") and digits.isdigit():
        return f"write `{int(digits)}`: JSON's numbers do not start with 0"
    if digits.startswith("."):
        return f"write `{word.replace('.', '0.', 1)}`"
    if word.endswith("."):
        return f"write `{word}0`"
    return None
