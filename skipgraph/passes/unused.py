"""What is written and never used: steps that no output reads, inputs, parameters and blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from skipgraph.diagnostics import Report
from skipgraph.graph import Graph, Network
from skipgraph.spec import File
from skipgraph.text import Mapping, Scalar, Sequence
from skipgraph.text import Node as TextNode

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def report_unused(network: Network, spec: File, report: Report) -> None:
    """Warn of what has no effect."""
    for graph in graphs_of(network.graph):
        _steps(graph, report)
    for port in network.graph.inputs:
        if not _is_read(network.graph, port.name):
            report.add("SG314", f"nothing reads the input `{port.name}`", port.span)
    _declarations(spec, report)


def graphs_of(graph: Graph) -> Iterator[Graph]:
    """A graph and the blocks in it, each once."""
    seen: dict[int, Graph] = {id(graph): graph}
    waiting = [graph]
    while waiting:
        current = waiting.pop()
        yield current
        for node in current.nodes:
            if isinstance(node.work, Graph) and id(node.work) not in seen:
                seen[id(node.work)] = node.work
                waiting.append(node.work)


def live_nodes(graph: Graph) -> frozenset[str]:
    """The nodes that a result hangs on."""
    return _reached(graph, [ref.node for ref in graph.returned])


def _reached(graph: Graph, waiting: list[str]) -> frozenset[str]:
    found: set[str] = set()
    while waiting:
        node = graph.by_name.get(waiting.pop())
        if node is not None and node.name not in found:
            found.add(node.name)
            waiting.extend(ref.node for ref in node.reads)
    return frozenset(found)


def _steps(graph: Graph, report: Report) -> None:
    """Of steps that nothing comes of, those at the end: the ones before them are dead by them."""
    for node in graph.nodes:
        if node.unused and node.name in live_nodes(graph):
            message = f"`unused` means nothing on `{node.local}`: an output reads it"
            report.add("SG201", message, node.span, help="leave it out")
    run_again = {node.reuses for node in graph.nodes}
    kept = (node.name for node in graph.nodes if node.unused or node.name in run_again)
    roots = [*(ref.node for ref in graph.returned), *kept]
    live = _reached(graph, roots)
    read = {ref.node for node in graph.nodes for ref in node.reads}
    for node in graph.nodes:
        if node.name in live or node.name in read:
            continue
        before = len(_reached(graph, [node.name]) - live) - 1
        steps = "step" if before == 1 else f"{before} steps"
        also = f", nor the {steps} before it that lead{'s' * (before == 1)} only here" if before else ""
        report.add(
            "SG308",
            f"no output reads `{node.local}`{also}",
            node.span,
            help="read it, leave it out, or say `unused: true` where its weights belong to a checkpoint",
        )


def _is_read(graph: Graph, name: str) -> bool:
    return any(ref.node == name for node in graph.nodes for ref in node.reads) or any(
        ref.node == name for ref in graph.returned
    )


def _declarations(spec: File, report: Report) -> None:
    declared = [("parameter", name, entry[0]) for name, entry in spec.params.items()]
    for block in spec.blocks.values():
        declared += [("parameter", name, entry[0]) for name, entry in block.params.items()]
    if not declared and not spec.blocks and not spec.uses:
        return
    keys = {id(key) for _, _, key in declared}
    blocks = spec.document.get("blocks") if isinstance(spec.document, Mapping) else None
    if isinstance(blocks, Mapping):
        keys |= {id(key) for key, _ in blocks.entries.values()}
    words = set(_words(spec.document, keys))
    for what, name, key in declared:
        if name not in words:
            report.add("SG314", f"nothing reads the {what} `{name}`", key.span)
    for name, block in spec.blocks.items():
        if name not in words:
            report.add("SG314", f"nothing calls the block `{name}`", block.span)


def _words(document: TextNode, declared: set[int]) -> Iterator[str]:
    """Every word of the spec's values, and of its keys but for declarations: names may be read in any of them."""
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            if isinstance(node.value, str):
                yield from _WORD.findall(node.value)
        elif isinstance(node, Sequence):
            waiting.extend(node.items)
        elif isinstance(node, Mapping):
            for name, (key, value) in node.entries.items():
                waiting.append(value)
                if id(key) not in declared:
                    yield from _WORD.findall(name)
