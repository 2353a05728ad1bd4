"""`skipgraph init`: a new spec from one of the zoo."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from skipgraph import text
from skipgraph.api import LIMITS, Settings, examine
from skipgraph.cli.folder import Unwritable, write_new
from skipgraph.cli.main import CLEAN, FINDINGS, USAGE
from skipgraph.cli.options import pairs
from skipgraph.cli.printing import failure, print_findings
from skipgraph.diagnostics import Report, Source
from skipgraph.diagnostics.suggest import closest
from skipgraph.text import Mapping, Scalar
from skipgraph.zoo import zoo


def run(arguments: Namespace) -> int:
    """Write a spec of the zoo, its parameters as they are set, and the files that it uses."""
    known = zoo()
    name = arguments.name.removesuffix(".yaml")
    if name not in known:
        near = closest(name, known)
        help = f"did you mean `{near}`?" if near else "`skipgraph zoo` lists them"
        print(f"skipgraph init: there is no `{arguments.name}` in the zoo: {help}", file=sys.stderr)
        return USAGE
    written = dict(pairs(arguments.set, "--set", "base=32"))
    network, report = examine(known[name], Settings(written=written))
    if network is None:
        print_findings(report, sys.stderr)
        return FINDINGS
    target = Path(arguments.output or f"{name}.yaml")
    files = {target.parent / used: _started(known[name].parent / used, {}) for used in _used(known[name])}
    files[target] = _started(known[name], written)
    report = Report()
    try:
        new = write_new(files)
    except Unwritable as error:
        report.extend([failure("SG501", str(error), str(error.path), error.help)])
        print_findings(report, sys.stderr)
        return FINDINGS
    for path in new:
        sys.stdout.write(f"wrote {path}\n")
    sys.stdout.write(f"next: skipgraph build {target}\n")
    return CLEAN


def _used(file: Path) -> list[str]:
    """The files beside it that a spec uses, and those that they use."""
    found: list[str] = []
    waiting = [file]
    while waiting:
        uses = _root(waiting.pop()).entries.get("use")
        for _, node in uses[1].entries.values() if uses and isinstance(uses[1], Mapping) else ():
            if isinstance(node, Scalar) and node.value != "extern" and node.raw not in found:
                found.append(node.raw)
                waiting.append(file.parent / node.raw)
    return found


def _started(file: Path, written: dict[str, str]) -> str:
    """The spec's text with other defaults, without the line that leads editors to this package's own schema."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    params = _root(file).entries.get("params")
    nodes = params[1].entries if params and isinstance(params[1], Mapping) else {}
    # from the end, so that what is replaced moves no place that is still to come
    for name, (_, node) in sorted(nodes.items(), key=lambda item: (item[1][1].line, item[1][1].column), reverse=True):
        if isinstance(node, Mapping) and "default" in node.entries:
            node = node.entries["default"][1]
        if name in written:
            before = lines[node.line - 1][: node.column - 1]
            after = lines[node.end_line - 1][node.end_column - 1 :]
            lines[node.line - 1 : node.end_line] = [before + _value(written[name], name) + after]
    return "".join(line for line in lines if not line.startswith("# yaml-language-server:"))


def _value(written: str, name: str) -> str:
    """A value from the command line as it may stand anywhere in a spec."""
    node = text.parse_value(written, name, Report(), LIMITS)
    assert node is not None, written
    return json.dumps(node.data, ensure_ascii=False)


def _root(file: Path) -> Mapping:
    """The tree of a spec of the zoo."""
    report = Report()
    root = text.read(Source(file.name, file.read_text(encoding="utf-8")), report, LIMITS)
    assert isinstance(root, Mapping), file
    return root
