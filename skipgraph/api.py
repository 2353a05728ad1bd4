"""The whole compiler on one screen: each line a stage, each stage a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from skipgraph import text
from skipgraph.diagnostics import Report, Source
from skipgraph.elaborate import elaborate
from skipgraph.graph import Network
from skipgraph.limits import Limits
from skipgraph.passes import review
from skipgraph.spec import spec_of
from skipgraph.spec.use import opener


@dataclass(frozen=True)
class Settings:
    """What the caller decides, and the spec does not."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Values for the spec's parameters: Python values, or text as on the command line."""
    without: frozenset[str] = frozenset()
    """Skips to leave out."""
    externs: Mapping[str, Any] = field(default_factory=dict)
    """Classes for the names that the spec declares `extern`."""
    limits: Limits = Limits()


def network_of(source: Source, report: Report, settings: Settings = Settings()) -> Network | None:
    """The checked network of a spec's text, or None; what was found is in the report."""
    limits = settings.limits
    document = text.read(source, report, limits)  # text -> data with places
    spec = document and spec_of(document, report, opener(source, report, limits))  # data -> spec as written
    network = spec and elaborate(  # names, loops, blocks, skips -> typed graph and size contract
        spec,
        report,
        limits=limits,
        settings=given(settings.parameters, report, limits),
        without=settings.without,
        externs=settings.externs,
    )
    if network and spec:
        review(network, spec, report)  # dead steps, changes in place, what nothing uses
    return network if network and not report.failed else None


def given(parameters: Mapping[str, Any], report: Report, limits: Limits) -> dict[str, text.Node]:
    """Parameters as nodes, each a source of its own, so that a finding can point at it."""
    import json

    found = {}
    for name, value in parameters.items():
        written = value if isinstance(value, str) else json.dumps(value)
        node = text.parse_value(written, f"--set {name}", report, limits)
        if node is not None:
            found[name] = node
    return found


def load(path: Any, report: Report, limits: Limits = Limits()) -> Source | None:
    """The text of a spec's file, or None where it cannot be read."""
    return text.load(path, report, limits)


def without(names: Iterable[str] | str) -> frozenset[str]:
    """Names of skips, as a set."""
    return frozenset([names] if isinstance(names, str) else names)
