"""Findings for people (text) and for programs: rows of JSON, SARIF 2.1.0, and GitHub's workflow commands.

`json` and the libraries it and its siblings need are loaded when asked for: most runs only write text.
"""

from __future__ import annotations

from typing import Any

from skipgraph.diagnostics.codes import CODES
from skipgraph.diagnostics.model import Label, Report, Severity, Span
from skipgraph.diagnostics.snippets import text, visible

__all__ = ["github", "json", "sarif", "text"]

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def json(report: Report) -> str:
    """One list, a row for each finding. Lines and columns count characters from 1; ends are exclusive."""
    rows = [
        {
            "code": found.code,
            "severity": str(found.severity),
            "message": found.message,
            **_place(found.span),
            "label": found.primary.text,
            "help": found.help,
            "related": [{"message": label.text, **_place(label.span)} for label in found.related],
        }
        for found in report
    ]
    return _dumps(rows)


def sarif(report: Report) -> str:
    """A log in SARIF 2.1.0, as code scanners and editors read it."""
    found = list(report)
    codes = sorted({item.code for item in found})
    rules = [
        {
            "id": code,
            "shortDescription": {"text": CODES[code].title},
            "defaultConfiguration": {"level": "warning" if CODES[code].warning else "error"},
        }
        for code in codes
    ]
    results: list[dict[str, Any]] = []
    for item in found:
        message = f"{item.message}\nhelp: {item.help}" if item.help else item.message
        result: dict[str, Any] = {
            "ruleId": item.code,
            "ruleIndex": codes.index(item.code),
            "level": "error" if item.severity is Severity.ERROR else "warning",
            "message": {"text": message},
            "locations": [_location(Label(item.span))],
        }
        if item.related:
            result["relatedLocations"] = [{"id": index, **_location(label)} for index, label in enumerate(item.related)]
        results.append(result)
    run = {
        "tool": {"driver": {"name": "skipgraph", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return _dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def github(report: Report) -> str:
    """A workflow command for each finding, which GitHub shows beside the line of a pull request."""
    lines = []
    for found in report:
        span = found.span
        properties = {"file": span.source.name, "line": span.line, "endLine": max(span.line, span.end_line)}
        if span.end_line <= span.line:
            properties |= {"col": span.column, "endColumn": max(span.column, span.end_column)}
        properties["title"] = f"skipgraph {found.code}"
        listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
        message = f"{found.message}\nhelp: {found.help}" if found.help else found.message
        lines.append(f"::{found.severity} {listed}::{_data(message)}\n")
    return "".join(lines)


def _place(span: Span) -> dict[str, str | int]:
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _location(label: Label) -> dict[str, Any]:
    span = label.span
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    physical = {"artifactLocation": {"uri": _uri(span.source.name)}, "region": region}
    message = {"message": {"text": label.text}} if label.text else {}
    return {"physicalLocation": physical, **message}


def _uri(name: str) -> str:
    from urllib.parse import quote

    path = quote(name.replace("\\", "/").encode("utf-8", "surrogatepass"))
    return f"file://{path}" if path.startswith("/") else path


def _dumps(value: Any) -> str:
    # ASCII: what a terminal would act on, and halves of surrogate pairs, stay escapes.
    from json import dumps

    return dumps(value, indent=2) + "\n"


def _data(value: str) -> str:
    """Text for the message of a workflow command."""
    return visible(value.replace("\r", "\n")).replace("%", "%25").replace("\n", "%0A")


def _property(value: str) -> str:
    """Text for a property of a workflow command."""
    return _data(value).replace(":", "%3A").replace(",", "%2C")
