"""`skipgraph build`: the source, the drawing, the spec written out, and a table of what the network is made of."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skipgraph._version import __version__
from skipgraph.api import Settings
from skipgraph.cli.folder import Unwritable, write_folder
from skipgraph.cli.main import CLEAN, FINDINGS
from skipgraph.cli.options import settings
from skipgraph.cli.printing import checked, colored, failure, print_findings, width, working
from skipgraph.diagnostics import Report
from skipgraph.graph import Network


def run(arguments: Namespace) -> int:
    """Check the spec, print what it is, and write what was asked for."""
    chosen = settings(arguments)
    network = checked(arguments.file, chosen)
    if network is None:
        return FINDINGS
    if arguments.emit:
        return _print(arguments, network, chosen)
    sys.stdout.write(_table(network, chosen, detail=arguments.detail))
    report = Report()
    if arguments.verify:
        from skipgraph.emit.verify import verify

        with working("running the module on meta tensors"):
            sys.stdout.write(f"verified {verify(network, chosen.sizes)}\n")
    _write(arguments, network, _files(network, chosen), report)
    print_findings(report, sys.stderr)
    return FINDINGS if report.failed else CLEAN


def _print(arguments: Namespace, network: Network, chosen: Settings) -> int:
    """One product alone, on stdout."""
    match arguments.emit:
        case "summary":
            sys.stdout.write(_table(network, chosen, detail=arguments.detail))
        case "source":
            from skipgraph.emit import to_source

            sys.stdout.write(to_source(network))
        case "spec":
            from skipgraph.emit import to_spec

            sys.stdout.write(to_spec(network))
        case "svg":
            sys.stdout.write(_drawing(network, chosen))
    return CLEAN


def _table(network: Network, chosen: Settings, *, detail: bool) -> str:
    from skipgraph.cli.table import table
    from skipgraph.passes.summary import summary

    color = colored(sys.stdout)
    return table(network, summary(network, chosen.sizes), detail=detail, color=color, width=width(sys.stdout))


def _files(network: Network, chosen: Settings) -> dict[str, str]:
    """The texts to write, by file name."""
    from skipgraph.emit import to_source, to_spec

    name = network.graph.name
    files = {f"{name}.py": to_source(network), f"{name}.expanded.yaml": to_spec(network)}
    with working("drawing"):
        return {**files, f"{name}.svg": _drawing(network, chosen)}


def _drawing(network: Network, chosen: Settings) -> str:
    from skipgraph.render import to_svg

    return to_svg(network, sizes=chosen.sizes)


def _write(arguments: Namespace, network: Network, files: Mapping[str, str], report: Report) -> None:
    name = network.graph.name
    folder = Path(arguments.output or name)
    try:
        # A link that was not named could lead anywhere: it may have come with the spec.
        if not arguments.output and folder.is_symlink():
            raise Unwritable(folder, "it is a symbolic link", f"`-o {folder}` writes where it leads")
        write_folder(folder, files, f"{name}.manifest.json", _about(arguments, network), force=arguments.force)
    except Unwritable as error:
        report.extend([failure("SG501", str(error), str(error.path), error.help)])
        return
    listed = ", ".join([*files, f"{name}.manifest.json"])
    sys.stdout.write(f"wrote    {folder}{os.sep}: {listed}\n")


def _about(arguments: Namespace, network: Network) -> dict[str, Any]:
    """What the manifest says of where the files come from."""
    from hashlib import sha256

    text = network.graph.span.source.text if network.graph.span else ""
    return {
        "skipgraph": __version__,
        "spec": Path(arguments.file).name,
        "sha256": sha256(text.encode()).hexdigest(),
        "set": arguments.set,
        "without": arguments.without,
    }
