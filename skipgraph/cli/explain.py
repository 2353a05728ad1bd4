"""`skipgraph explain`: the page of a finding's code."""

from __future__ import annotations

import sys
from argparse import Namespace

from skipgraph.cli.main import CLEAN, USAGE
from skipgraph.cli.printing import colored
from skipgraph.diagnostics.codes import CODES
from skipgraph.diagnostics.pages import page
from skipgraph.diagnostics.suggest import closest

_AREAS = {
    "1": "The text",
    "2": "The spec",
    "3": "The graph",
    "4": "Sizes and types",
    "5": "Outputs",
    "6": "Import",
    "9": "skipgraph itself",
}


def run(arguments: Namespace) -> int:
    """Print a page, or the list of all codes."""
    if arguments.code is None:
        sys.stdout.write(_listed())
        return CLEAN
    code = arguments.code.strip().upper()
    code = code if code.startswith("SG") else f"SG{code}"
    if code not in CODES:
        near = closest(code, CODES)
        help = f"did you mean `{near}`?" if near else "`skipgraph explain` lists them all"
        print(f"skipgraph explain: there is no code `{arguments.code}`: {help}", file=sys.stderr)
        return USAGE
    _show(page(code) or f"# {code}: {CODES[code].title}\n")
    return CLEAN


def _listed() -> str:
    lines: list[str] = []
    area = ""
    for code in CODES.values():
        if code.code[2] != area:
            area = code.code[2]
            lines += ["", _AREAS[area]] if lines else [_AREAS[area]]
        lines.append(f"  {code.code}  {code.title}{' (a warning)' if code.warning else ''}")
    return "\n".join(lines) + "\n"


def _show(markdown: str) -> None:
    """Markdown, set for a terminal where there is one."""
    if not colored(sys.stdout):
        sys.stdout.write(markdown)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(markdown))
