"""`skipgraph weights port`: the weights of a published checkpoint, or of a spec before an edit, for a spec."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from skipgraph import text
from skipgraph.api import Settings, examine
from skipgraph.cli.folder import Unwritable, write_made
from skipgraph.cli.main import CLEAN, FINDINGS, Usage
from skipgraph.cli.options import pairs, settings
from skipgraph.cli.printing import failure, print_findings, working
from skipgraph.diagnostics import Report, writers
from skipgraph.diagnostics.snippets import visible
from skipgraph.graph import Network
from skipgraph.importers.weights import PortError, PortReport
from skipgraph.importers.weights.rename import errors
from skipgraph.limits import Limits

if TYPE_CHECKING:
    from torch import Tensor, nn

Table: TypeAlias = Mapping[str, tuple[text.Scalar, text.Scalar]]
"""The rows of a rename table, with their places."""

_SHOWN = 8
"""How many things that do not fit are told one by one."""


def run(arguments: Namespace) -> int:
    """Port, write the new file, and print what went where."""
    if Path(arguments.output).suffix.lower() != ".safetensors":
        raise Usage(f"-o takes a name that ends in .safetensors; got `{arguments.output}`")
    if arguments.by == "order" and not arguments.old:
        raise Usage("--by order runs both networks: `--from` names the spec of the file's weights")
    chosen = settings(arguments)
    report = Report()
    network = _network(arguments.to, chosen, report)
    old = _network(arguments.old, _old_settings(arguments, chosen), report) if arguments.old else None
    table = _table(arguments.rename, report, chosen.limits) if arguments.rename else {}
    done = None
    if network and not report.failed:
        done = _ported(arguments, network, old, table, chosen, report)
    if arguments.format == "json":
        _print_json(done, arguments, report)
    else:
        if done:
            sys.stdout.write("".join(f"{visible(line)}\n" for line in str(done).splitlines()))
            sys.stdout.write(f"{'wrote':<9}  {arguments.output}\n")
        print_findings(report, sys.stderr)
    return FINDINGS if report.failed else CLEAN


def _network(file: str, chosen: Settings, report: Report) -> Network | None:
    network, found = examine(Path(file), chosen)
    report.extend(found)
    return network


def _old_settings(arguments: Namespace, chosen: Settings) -> Settings:
    """Those of the old spec: its own parameters, all skips, the rest as for the new one."""
    written = dict(pairs(arguments.from_set, "--from-set", "base=32"))
    return Settings(written=written, externs=chosen.externs, strict=chosen.strict, limits=chosen.limits)


def _ported(
    arguments: Namespace,
    network: Network,
    old: Network | None,
    table: Table,
    chosen: Settings,
    report: Report,
) -> PortReport | None:
    """What went where, when the new file is written; else None, and why in the report."""
    from skipgraph.importers.weights import Unreadable, read_weights, write_weights

    rename = {key: _becomes(value) for key, (_, value) in table.items()}
    try:
        with working("porting"):
            weights = read_weights(Path(arguments.file))
            target, done = _port(arguments, network, old, weights, rename, chosen.sizes)
            state = target.state_dict()
            write_made(Path(arguments.output), lambda path: write_weights(path, state), force=arguments.force)
        return done
    except Unreadable as error:
        report.extend([failure("SG601", str(error), str(error.path), error.help)])
    except Unwritable as error:
        report.extend([failure("SG501", str(error), str(error.path), error.help)])
    except PortError as error:
        _report(error, table, arguments, report)
    return None


def _port(
    arguments: Namespace,
    network: Network,
    old: Network | None,
    weights: Mapping[str, Tensor],
    rename: Mapping[str, str | None],
    sizes: Mapping[str, int],
) -> tuple[nn.Module, PortReport]:
    """The new network with the old weights, and what went where."""
    from skipgraph.importers.weights import drawn, example_of, port_weights

    target = drawn(network)
    if old is None:
        return target, port_weights(weights, target, rename=rename, by=arguments.by, partial=arguments.partial)
    source = drawn(old)
    try:
        first = port_weights(weights, source, by="name")
    except PortError as error:
        raise PortError(f"`{arguments.file}` is not for `{arguments.old}`", error.problems, error.help) from None
    example = example_of(old, sizes)
    done = port_weights(source, target, example, rename=rename, by=arguments.by, partial=arguments.partial)
    notes = {pair.target: pair.note for pair in first.pairs}
    return target, replace(
        done,
        pairs=tuple(replace(pair, note=notes.get(pair.source, "") or pair.note) for pair in done.pairs),
        dropped=(*done.dropped, *first.dropped),
    )


def _table(file: str, report: Report, limits: Limits) -> Table:
    """The rows of a rename table, a YAML or JSON mapping."""
    source = text.load(file, report, limits)
    document = None if source is None else text.read(source, report, limits)
    if document is None:
        return {}
    if not isinstance(document, text.Mapping):
        report.add(
            "SG603", f"a rename table maps keys of the file to keys of the spec; this is {document.kind}", document.span
        )
        return {}
    rows: dict[str, tuple[text.Scalar, text.Scalar]] = {}
    for key, (place, value) in document.entries.items():
        if isinstance(value, text.Scalar):
            rows[key] = place, value
        else:
            report.add("SG603", f"`{key}` becomes another key, or nothing (`null`); got {value.kind}", value.span)
    for key, wrong in errors({key: _becomes(value) for key, (_, value) in rows.items()}).items():
        report.add("SG603", wrong, rows[key][0].span)
    return rows


def _becomes(value: text.Scalar) -> str | None:
    """What a key becomes, as written: `0` is the name 0."""
    return None if value.value is None else value.raw if not isinstance(value.value, str) else value.value


def _report(error: PortError, table: Table, arguments: Namespace, report: Report) -> None:
    """The findings of a refusal: rules at their lines, the rest at the file."""
    for rule, wrong in error.rules.items():
        report.add("SG603", wrong, table[rule][0].span)
    if error.rules:
        return
    help = _HELPS.get(error.help or "", error.help)
    shown = error.problems[:_SHOWN]
    more = len(error.problems) - len(shown)
    told = [f"{error.what}: {each}" for each in shown] or [error.what]
    told += [f"{error.what}, in {more} more places"] if more else []
    for at, each in enumerate(told, 1):
        report.extend([failure("SG602", each, arguments.file, help if at == len(told) else None)])


_HELPS = {
    "a rename table pairs other names; `partial` lets the rest of the target stay as it is": (
        "`--rename` pairs other names; `--partial` lets the rest start afresh"
    ),
    "if names mean other layers here, `by='order'` pairs by order of use instead": (
        "if names mean other layers here, `--by order` pairs by order of use instead; after an edit, `--partial`"
    ),
}
"""What the refusals of the library advise, in words of the command line."""


def _print_json(done: PortReport | None, arguments: Namespace, report: Report) -> None:
    """One document: what went where, and the findings."""
    data: dict[str, Any] = {"wrote": arguments.output if done else None}
    data |= done.as_data() if done else {}
    data["findings"] = json.loads(writers.json(report))
    sys.stdout.write(json.dumps(data, indent=2) + "\n")
