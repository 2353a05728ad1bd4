"""What is wrong with a text that is not YAML, in words for the person who wrote it."""

from __future__ import annotations

import re

from yaml.error import MarkedYAMLError

from skipgraph.diagnostics import Label, Report, Source, Span
from skipgraph.text.characters import place

_PAIRS = {"{": "}", "[": "]"}
_ESCAPE = re.compile(r"\\(?:x\w{0,2}|u\w{0,4}|U\w{0,8}|.)")
_KEY = re.compile(r"""[^\s:#'"{}\[\],-][^:#]*:(?:\s|$)""")


def explain(source: Source, error: MarkedYAMLError, previous: int, report: Report) -> None:
    """Add the finding for a syntax error. `previous` is where in the text the value before it starts."""
    _Explanation(source, error, previous, report).add()


class _Explanation:
    """One syntax error, and its place in the text."""

    def __init__(self, source: Source, error: MarkedYAMLError, previous: int, report: Report) -> None:
        self.source = source
        self.report = report
        self.previous = previous
        self.problem = error.problem or ""
        self.context = error.context or ""
        mark = error.problem_mark or error.context_mark
        self.index = min(mark.index, len(source.text)) if mark else 0
        opened = error.context_mark
        self.opened = (opened.index, opened.line + 1, opened.column + 1) if opened else None
        """Index, line and column of what the problem is part of."""
        text = source.text
        self.at_end = not text[self.index :].strip()
        if self.at_end:
            self.index = len(text.rstrip())
        self.line, self.column = place(text, self.index)
        self.here = text[self.index : self.index + 1]
        self.before = source.line(self.line)[: self.column - 1]

    def add(self) -> None:
        guesses = (self.tab, self.tag, self.anchor, self.quote, self.escape, self.after_quote, self.flow)
        others = (
            self.after_end,
            self.second_colon,
            self.no_colon,
            self.indicator,
            self.closing,
            self.indentation,
            self.item,
        )
        for guess in guesses + others:
            if guess():
                return
        self.say(f"this is not YAML: {self.problem or self.context}")

    def say(
        self, message: str, label: str = "", *, opened: str | None = None, help: str | None = None, code: str = "SG101"
    ) -> bool:
        """Add the finding at the place of the problem, and with `opened` a label at what it is part of."""
        related: tuple[Label, ...] = ()
        if opened and self.opened:
            _, line, column = self.opened
            related = (Label(Span(self.source, line, column, line, column + 1), opened),)
        width = 0 if self.at_end else 1
        span = Span(self.source, self.line, self.column, self.line, self.column + width)
        self.report.add(code, message, span, label, related=related, help=help)
        return True

    def tab(self) -> bool:
        text = self.source.line(self.line)
        lead = len(text) - len(text.lstrip())
        if "\t" not in text[:lead] or self.column > lead + 1:
            return False
        self.column = text.index("\t") + 1
        return self.say("a tab in the indentation", help="indent with spaces: YAML takes no tabs there")

    def tag(self) -> bool:
        if "directive" in self.context or "directive" in self.problem or "incompatible YAML" in self.problem:
            return self.say("a spec takes no YAML directives", code="SG105", help="delete the line")
        if "tag" not in self.context and "tag" not in self.problem:
            return False
        if self.opened:
            _, self.line, self.column = self.opened
        return self.say("a spec takes no YAML tags", code="SG105", help="quote the text if it starts with `!`")

    def anchor(self) -> bool:
        if "an alias" not in self.context and "an anchor" not in self.context:
            return False
        if self.opened:
            _, self.line, self.column = self.opened
        here = "*" if "an alias" in self.context else "&"
        what = "an alias" if here == "*" else "an anchor"
        return self.say(f"a value that starts with `{here}` is {what} in YAML", code="SG104", help="quote the text")

    def after_end(self) -> bool:
        if "document start" not in self.problem:
            return False
        if self.source.text[: self.index].rstrip().endswith("\n..."):
            return self.say("a second document starts here", code="SG108", help="give each spec a file of its own")
        return self.say("text after the end of the value")

    def quote(self) -> bool:
        if "quoted scalar" not in self.context or "unexpected" not in self.problem:
            return False
        return self.say("a quote is not closed", "the text ends here", opened="the quote is opened here")

    def escape(self) -> bool:
        if "escape" not in self.problem and not ("double-quoted" in self.context and "expected" in self.problem):
            return False
        slash = self.source.text.rfind("\\", 0, self.index + 1)
        self.line, self.column = place(self.source.text, slash)
        found = _ESCAPE.match(self.source.text, slash)
        shown = found[0] if found else "\\"
        return self.say(
            f"`{shown}` is no escape that YAML knows", help="write `\\\\` for a backslash, or use single quotes"
        )

    def after_quote(self) -> bool:
        text = self.source.text
        quote = text[self.previous : self.previous + 1]
        last = text[: self.index].rstrip(" ")[-1:]
        if quote not in ("'", '"') or last != quote or self.at_end or self.here in "}],:\r\n":
            return False
        line, column = place(text, self.previous)
        if line != self.line:
            return False
        self.opened = (self.previous, line, column)
        cure = (
            "inside single quotes a quote is written twice: `''`" if quote == "'" else 'write `\\"` for a quote inside'
        )
        return self.say("text after the closing quote", opened="the quote is opened here", help=cure)

    def flow(self) -> bool:
        if "flow" not in self.context or not self.opened:
            return False
        bracket = self.source.text[self.opened[0] : self.opened[0] + 1]
        closing = _PAIRS.get(bracket)
        if closing is None:
            return False
        if self.here == ":" and self.before.rstrip()[-1:] in ("{", ","):
            return self.say("a `:` without a key before it")
        opened = f"the `{bracket}` is opened here"
        if self.at_end:
            return self.say(f"`{bracket}` is not closed", f"the text ends without a `{closing}`", opened=opened)
        if self.here in "}]":
            return self.say(f"`{self.here}` where `{closing}` should close", opened=opened)
        if self.line > self.opened[1]:
            return self.say(f"`{bracket}` is not closed", f"expected `,` or `{closing}`", opened=opened)
        return self.say(f"expected `,` or `{closing}` here", opened=opened, help="quote a value that holds brackets")

    def second_colon(self) -> bool:
        if "mapping values are not allowed" not in self.problem:
            return False
        line, column = place(self.source.text, self.previous)
        if line == self.line:
            return self.say("a second `: ` on one line", help="quote the value, or start a new line and indent it")
        self.opened = (self.previous, line, column)
        self.column = len(self.before) - len(self.before.lstrip()) + 1
        return self.say(
            "this key cannot stand here: the text above has already begun a value",
            opened="YAML reads the value from here on",
            help=f"end line {self.line - 1} with `:` if this belongs under it, or indent both lines alike",
        )

    def no_colon(self) -> bool:
        if "simple key" not in self.context or not self.opened:
            return False
        _, self.line, self.column = self.opened
        word = self.source.line(self.line)[self.column - 1 :].strip()
        shown = word if len(word) <= 40 else word[:37] + "..."
        return self.say(f"`{shown}` stands where a key should, and no `:` follows it", help="write `key: value`")

    def indicator(self) -> bool:
        if "node content" in self.problem and self.here:
            return self.say(f"expected a value, found `{self.here}`", help="write a value, or `null`; quote a text")
        if "unexpected ':'" in self.problem:
            return self.say("a `:` inside brackets needs a space after it", help="quote it if it belongs to the text")
        if "cannot start any token" in self.problem:
            shown = "a backquote" if self.here == "`" else f"`{self.here}`"
            return self.say(f"a value cannot start with {shown}", help="quote it")
        if "block sequence entries are not allowed" in self.problem:
            return self.say("a list item cannot start here", help="start the list on a line of its own")
        if "mapping keys are not allowed" in self.problem:
            return self.say("a value cannot start with `? `", help="quote it")
        if "block scalar" in self.context:
            return self.say("`|` and `>` are followed by the end of the line", opened="the text block starts here")
        return False

    def closing(self) -> bool:
        if self.here not in ("}", "]") or "block" not in self.context:
            return False
        return self.say(f"`{self.here}` closes nothing")

    def indentation(self) -> bool:
        if "block" not in self.context or self.before.strip() or not self.opened:
            return False
        if self.here == ":":
            return self.say("a `:` without a key before it")
        dash = self.source.line(self.line)[self.column - 1 :].startswith(("- ", "-\t")) or self.here == "-"
        inside = self.opened[2]
        if self.column == inside:
            whole = "a mapping" if "mapping" in self.context else "a list"
            found = "a list item" if dash else "a key" if _KEY.match(self.source.text, self.index) else "text"
            return self.say(
                f"{found} stands in {whole}", opened=f"{whole} starts here", help="indent it like its siblings"
            )
        how = "deeper than" if self.column > inside else "less than"
        return self.say(
            "the indentation fits nothing above",
            "1 space" if self.column == 2 else f"{self.column - 1} spaces",
            opened=f"{how} this, with {inside - 1}",
            help="indent it exactly like the lines that it belongs with",
        )

    def item(self) -> bool:
        if "block" not in self.context:
            return False
        if self.at_end:
            return self.say("the text ends where a value is expected")
        return self.say("this cannot follow what stands before it on the line", help="quote the whole value")
