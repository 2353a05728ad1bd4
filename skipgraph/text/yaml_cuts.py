"""Expressions that YAML cuts in pieces inside `{...}` and `[...]`, and the line as it should be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from skipgraph.diagnostics import Report, Source, Span

_TOKEN = re.compile(r"""[^()\[\]{},'"\n\r]+|'[^'\n\r]*'|"[^"\n\r]*"|.""")
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_TUPLE = re.compile(r"\(([^()\[\]{}]*?),?\s*\)")
_INDEXED = re.compile(r"\$([A-Za-z_]\w*)((?:\[.*\])+)")
_MOST = 2_000
_MOST_TRIES = 1_000
_LONGEST = 300
_LINE_END = re.compile(r"\r\n|\r|\n")


def unbalanced(value: str) -> bool:
    """Whether an unquoted scalar opens a parenthesis that it does not close."""
    return value.count("(") > value.count(")")


@dataclass
class Cuts:
    """The cut expressions of one source."""

    source: Source
    found: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)
    """By line: column, end column and text of each, in order."""
    until: int = -1
    """The index at which the last one ends. What YAML made of the text before it means nothing."""
    tries: int = 0

    def note(self, start: int, line: int, column: int) -> bool:
        """Whether the scalar that starts here is the first piece of a cut expression. If so it is kept."""
        self.tries += 1
        end = _whole(self.source.text, start) if self.tries <= _MOST_TRIES else None
        if end is None:
            return False
        self.found.setdefault(line, []).append((column, column + end - start, self.source.text[start:end]))
        self.until = end
        return True

    def report(self, report: Report) -> None:
        """Add a finding for each."""
        for line, cuts in self.found.items():
            row = self.source.line(line)
            whole = len(row) <= _LONGEST and all(end <= len(row) + 1 for _, end, _ in cuts)
            mended = _mended(row, cuts) if whole else None
            for column, end, text in cuts:
                last = line
                if end > len(row) + 1:
                    *above, rest = _LINE_END.split(text)
                    last, end, text = line + len(above), len(rest) + 1, " ".join(text.split())
                if text.startswith("("):
                    message = f"YAML has no tuples: it cuts `{text}` in pieces"
                else:
                    message = f"YAML cuts `{text}` in pieces: inside brackets it must be quoted"
                help = f"`{mended}`" if mended else f"write `{_written(text)}`"
                report.add("SG112", message, Span(self.source, line, column, last, end), help=help)


def _mended(row: str, cuts: list[tuple[int, int, str]]) -> str:
    """The line with every cut expression on it as it should be written."""
    for column, end, text in reversed(cuts):
        row = row[: column - 1] + _written(text) + row[end - 1 :]
    return row.strip()


def _whole(text: str, start: int) -> int | None:
    """Where the expression that starts at `start` ends, if it ends on its line with all its brackets closed."""
    open_: list[str] = []
    bracketed = False
    end = start
    for token in _TOKEN.finditer(text, start, start + _MOST):
        part = token[0]
        if part in _CLOSES:
            open_.append(_CLOSES[part])
            bracketed = True
        elif part in ")]}" and open_:
            if open_.pop() != part:
                return None
        elif part in ",)]}\n\r" and not open_:
            break
        elif part in "\n\r":
            return None
        end = token.end()
    length = len(text[start:end].rstrip())
    return start + length if bracketed and not open_ else None


def _written(expression: str) -> str:
    """How YAML wants it: a tuple as a list, anything else quoted."""
    if found := _TUPLE.fullmatch(expression):
        return f"[{found[1].strip()}]"
    if expression.startswith("("):
        expression = f"$({expression})"
    elif found := _INDEXED.fullmatch(expression):
        expression = f"$({found[1]}{found[2]})"
    if "'" not in expression:
        return f"'{expression}'"
    if '"' not in expression and "\\" not in expression:
        return f'"{expression}"'
    return "'" + expression.replace("'", "''") + "'"
