"""From a source to its tree of nodes."""

from __future__ import annotations

from skipgraph.diagnostics import Report, Source, Span
from skipgraph.limits import Limits
from skipgraph.text import json, yaml
from skipgraph.text.characters import check_characters
from skipgraph.text.nodes import Node


def read(source: Source, report: Report, limits: Limits = Limits()) -> Node | None:  # noqa: B008 (frozen)
    """The tree of a spec's text: JSON where the name ends in `.json`, else YAML. None after an error."""
    return _composed(source, source.name.endswith(".json"), report, limits)


def parse_value(text: str, name: str, report: Report, limits: Limits) -> Node | None:
    """The tree of one YAML value that was given outside a file, as `--set widths=[16, 32]` does."""
    return _composed(Source(name, text), False, report, limits)


def _composed(source: Source, is_json: bool, report: Report, limits: Limits) -> Node | None:
    admitted = _admitted(source, report, limits)
    if admitted is None:
        return None
    return (json.compose if is_json else yaml.compose)(admitted, report, limits)


def _admitted(source: Source, report: Report, limits: Limits) -> Source | None:
    """The source without its byte order mark, if it is small enough and made of characters that may stand in a spec."""
    size = len(source.text) if source.text.isascii() else len(source.text.encode("utf-8", "surrogatepass"))
    if size > limits.bytes:
        report.add("SG106", f"the text has {size:,} bytes; the limit is {limits.bytes:,}", Span(source, 1, 1, 1, 1))
        return None
    if source.text.startswith("\ufeff"):
        source = Source(source.name, source.text[1:], source.path)
    return source if check_characters(source, report) else None
