"""`use`: other spec files, opened from the spec's own folder and nowhere else."""

from __future__ import annotations

from skipgraph.diagnostics import Report, Source
from skipgraph.limits import Limits
from skipgraph.spec.model import File
from skipgraph.spec.reader import Opener
from skipgraph.text import Scalar


def opener(source: Source, report: Report, limits: Limits) -> Opener:
    """What opens the files that `source` names in `use`."""

    def open_file(node: Scalar) -> File | None:
        report.add("SG216", f"`{node.value}` cannot be used from here", node.span)
        return None

    return open_file
