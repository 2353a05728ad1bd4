"""The summary as a table for the terminal."""

from __future__ import annotations

from io import StringIO

from skipgraph.graph import Network
from skipgraph.passes.costs import cost
from skipgraph.passes.signature import shape, signature
from skipgraph.passes.summary import Row, Summary


def table(network: Network, summary: Summary, *, detail: bool, color: bool, width: int | None) -> str:
    """The steps in columns, and the totals. `width`: of the terminal; None for a file, where no line is broken."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [row for row in summary.rows if detail or not row.depth]
    columns = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    columns.add_column("step", overflow="fold")
    columns.add_column("op", overflow="fold")
    columns.add_column("output", overflow="fold")
    columns.add_column("weights", justify="right", no_wrap=True)
    columns.add_column("MACs", justify="right", no_wrap=True)
    landings = any(row.skips or row.reuses for row in rows)
    if landings:
        columns.add_column("skip", overflow="fold")
    for row in rows:
        cells = [
            "  " * row.depth + (row.name.rpartition(".")[2] if detail else row.name),
            row.kind,
            " ".join(summary.shape(kind) for kind in row.types),
            f"{row.count.trained:,}" if row.count.trained else "",
            cost(row.macs, summary.contract) if row.macs != 0 else "",
        ]
        style = "bold" if row.is_block and detail else "cyan" if row.skips else ""
        columns.add_row(*(Text(cell, style) for cell in [*cells, *([_landing(row)] if landings else [])]))
    out = StringIO()
    console = Console(file=out, force_terminal=color, no_color=not color, width=width or 100_000, highlight=False)
    console.print(columns)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    return "\n".join([*lines, "", *totals(network, summary)]) + "\n"


def _landing(row: Row) -> str:
    """Which skips land, and what runs again."""
    parts = [f"{skip.source} -> {skip.target}" for skip in row.skips]
    if len(row.skips) > 1:
        parts = [f"{skip.name}: {part}" for skip, part in zip(row.skips, parts, strict=True)]
    return ", ".join([*parts, *([f"the weights of {row.reuses}"] if row.reuses else [])])


def totals(network: Network, summary: Summary) -> list[str]:
    """Weights, multiply-accumulates, and what flows in and out."""
    buffers = f", and {summary.count.buffers:,} numbers in buffers" if summary.count.buffers else ""
    hidden = ", classes from outside not counted" if summary.is_partial else ""
    inputs = ", ".join(
        f"{name}: {shape(kind, summary.contract, summary.sizes)}" for name, kind in summary.inputs.items()
    )
    outputs = signature(network, summary.sizes)
    return [
        f"weights  {summary.count.trained:,}{buffers}",
        f"MACs     {cost(summary.macs, summary.contract)} for one sample{hidden}",
        f"in       {inputs}",
        f"out      {outputs}",
    ]
