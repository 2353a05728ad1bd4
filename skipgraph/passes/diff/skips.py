"""The skips of two graphs: which is which, and what differs between them."""

from __future__ import annotations

from collections.abc import Iterator

from skipgraph.graph import Graph, Node, Ref
from skipgraph.passes.diff.compare import Compare, Paired
from skipgraph.passes.diff.model import Field, Landing, Skip, What
from skipgraph.passes.summary import carried


def skips_of(paired: Paired, compare: Compare) -> Iterator[Skip]:
    """Every skip of both: those that are gone first."""
    was, now = landings(paired.before), landings(paired.after)
    pairs = _matched(paired, was, now)
    for at, skip in enumerate(was):
        if at not in pairs:
            yield Skip((), skip, None)
    older = {new: was[old] for old, new in pairs.items()}
    for at, skip in enumerate(now):
        before = older.get(at)
        yield Skip(() if before is None else tuple(_fields(paired, compare, before, skip)), before, skip)


def landings(graph: Graph) -> list[Landing]:
    """The skips of a graph, in the order in which they land."""
    found = []
    for node in graph.nodes:
        if node.merge is None:
            continue
        main = node.merge.main
        slots = {edge.skip: at for at, edge in enumerate(node.inputs) if edge is not None and edge.skip}
        for each in carried(graph, node):
            found.append(
                Landing(
                    each.name,
                    each.source,
                    _target(graph, node, node.merge.target),
                    node.merge.port,
                    node.kind,
                    getattr(node.work, "dim", None),
                    main is not None and slots[each.name] < main,
                    node,
                )
            )
    return found


def _target(graph: Graph, node: Node, target: str) -> str:
    """The name in the graph of the step that a skip was aimed at; within a path it has another there."""
    at = node
    while True:
        readers = graph.readers.get(Ref(at.name), ())
        for reader in readers:
            if target in (reader.name, reader.local) and reader.merge is None:
                return reader.name
        after = next((reader for reader in readers if reader.merge and reader.merge.target == target), None)
        if after is None:
            return target
        at = after


def _matched(paired: Paired, old: list[Landing], new: list[Landing]) -> dict[int, int]:
    """The skips of both, by number: those of one landing and name, of one landing and source, of one name."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    rules = (
        (lambda skip: (paired.now(skip.node.name), skip.name), lambda skip: (skip.node.name, skip.name)),
        (
            lambda skip: (paired.now(skip.node.name), paired.now(skip.source)),
            lambda skip: (skip.node.name, skip.source),
        ),
        (lambda skip: skip.name, lambda skip: skip.name),
    )
    for was, now in rules:
        there: dict[object, list[int]] = {}
        for at, skip in enumerate(new):
            if at not in taken:
                there.setdefault(now(skip), []).append(at)
        for at, skip in enumerate(old):
            if at not in pairs and there.get(was(skip)):
                pairs[at] = there[was(skip)].pop(0)
                taken.add(pairs[at])
    return pairs


def _fields(paired: Paired, compare: Compare, old: Landing, new: Landing) -> Iterator[Field]:
    if old.name != new.name:
        yield Field(What.NAME, old.name, new.name)
    if paired.now(old.source) != new.source:
        # within a path, what flows in is no step by its name
        follows = bool(old.node.frames) and compare.follows(Ref(old.source), Ref(new.source))
        yield Field(What.SOURCE, old.source, new.source, follows=follows)
    if (paired.now(old.target) if old.target in paired.before.by_name else old.target) != new.target:
        yield Field(What.TARGET, old.target, new.target)
    for what, was, now in (
        (What.PORT, old.port, new.port),
        (What.KIND, old.kind, new.kind),
        (What.DIM, old.dim, new.dim),
        (What.ORDER, old.is_first, new.is_first),
    ):
        if was != now and (what is not What.DIM or old.kind == new.kind):
            yield Field(what, was, now)
