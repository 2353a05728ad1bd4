"""Making a node: infer its types, take its conditions into the contract, give it its place and its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skipgraph.diagnostics import Label, Span
from skipgraph.elaborate.builder import Builder
from skipgraph.elaborate.evaluate import Values
from skipgraph.elaborate.explain import Attempt
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Scope
from skipgraph.graph import Edge, Merge, Node, Ref, Work, own_weights
from skipgraph.graph.parametrized import fits
from skipgraph.ops import Op, Reject
from skipgraph.ops.rules import exactly
from skipgraph.sizes import collecting
from skipgraph.spec.model import Call
from skipgraph.types import TensorType


@dataclass(frozen=True)
class Site:
    """Where a step is being made: its scope, its place, its name, the values its expressions see."""

    scope: Scope
    span: Span
    name: str
    """As the author knows it."""
    named: bool
    values: Values
    call: Call | None = None
    exact: bool = False
    unused: bool = False
    parametrize: str | None = None

    @property
    def full_name(self) -> str:
        """Its name in the graph, where paths and `via`s stand within their owner."""
        return "_".join((*self.scope.frames, self.name))


def infer(
    site: Site, work: Op, kind: str, inputs: Sequence[Edge | None], merge: Merge | None = None
) -> tuple[TensorType, ...]:
    """The types of an op's results; a refusal, or a condition that no size meets, is reported."""
    types = [None if edge is None else site.scope.builder.type_of(edge.source) for edge in inputs]
    attempt = Attempt(site.scope, kind, site.name, site.span, inputs, site.call, merge, work)
    with collecting() as conditions, exactly(site.exact):
        try:
            inferred = work.infer(*types)
        except Reject as reject:
            attempt.refused(reject)
            raise Failed from None
    impossible = site.scope.run.agree(conditions)
    if impossible is not None:
        attempt.impossible(impossible)
        raise Failed
    return inferred if isinstance(inferred, tuple) else (inferred,)


def does_nothing(site: Site, op: Op, kind: str, inputs: Sequence[Edge | None]) -> bool:
    """Whether an op, which is right where it stands, gives just its first input."""
    types = [None if edge is None else site.scope.builder.type_of(edge.source) for edge in inputs]
    try:
        idle = bool(types) and types[0] is not None and op.does_nothing(*types)
    except Reject:
        return False
    if idle:
        infer(site, op, kind, inputs)
    return idle


def add_op(
    site: Site,
    op: Op,
    kind: str,
    inputs: Sequence[Edge | None],
    *,
    keys: tuple[tuple[str, ...], ...] = (),
    sizes: tuple[Ref, ...] = (),
    merge: Merge | None = None,
    reuses: str | None = None,
) -> Node:
    """Add an op's node."""
    types = infer(site, op, kind, inputs, merge)
    if site.parametrize and not reuses:
        _parametrizable(site, op, kind, inputs)
    # only here is it known how many parts a `Split` of one size makes
    results = op.results if op.has_first_result else tuple(map(str, range(len(types))))
    return add_node(site, op, kind, inputs, types, results, keys, sizes, merge, reuses)


def _parametrizable(site: Site, op: Op, kind: str, inputs: Sequence[Edge | None]) -> None:
    """A parametrization needs a weight, and most need a matrix."""
    assert site.parametrize is not None and site.call is not None
    types = [None if edge is None else site.scope.builder.type_of(edge.source) for edge in inputs]
    if not fits(op.weights(*types), site.parametrize):
        span = site.call.keys["parametrize"][1].span
        site.scope.run.find("SG209", f"`{kind}` has no weight for `parametrize: {site.parametrize}`", span)
        raise Failed


def add_node(
    site: Site,
    work: Work,
    kind: str,
    inputs: Sequence[Edge | None],
    types: tuple[TensorType, ...],
    results: tuple[str, ...] = (),
    keys: tuple[tuple[str, ...], ...] = (),
    sizes: tuple[Ref, ...] = (),
    merge: Merge | None = None,
    reuses: str | None = None,
) -> Node:
    """Add a node of known types, and take its places in the state_dict."""
    builder = site.scope.builder
    node = Node(
        name=builder.unique(site.full_name),
        work=work,
        kind=kind,
        inputs=tuple(inputs),
        types=types,
        span=site.span,
        results=results,
        sizes=sizes,
        keys=keys,
        frames=site.scope.frames,
        local=site.name,
        named=site.named,
        merge=merge,
        reuses=reuses,
        unused=site.unused,
        parametrize=site.parametrize,
        exact=site.exact,
    )
    builder.add(node)
    if keys:
        site.scope.made_with[node.name] = (site.values, site.call)
    _take_places(site, node)
    return node


def _take_places(site: Site, node: Node) -> None:
    graph = site.scope.builder
    for key in node.keys if _has_place(graph, node) else ():
        first = graph.place(key, site.span)
        if first is not None:
            site.scope.run.find(
                "SG310",
                f"`{'.'.join(key)}` is a place in the state_dict that is taken",
                site.span,
                related=(Label(first, "by this step"),),
                help="give one of them a `key` of its own",
            )
            raise Failed


def _has_place(builder: Builder, node: Node) -> bool:
    """Whether a module or a tensor of its own stands at the node's keys: a mere expression leaves them free."""
    if not isinstance(node.work, Op) or node.work.is_module:
        return True
    return node.work.own(*(None if edge is None else builder.type_of(edge.source) for edge in node.inputs)) is not None


def weight_shapes(scope: Scope, node: Node) -> list[tuple[tuple[str, ...], object]]:
    """The weights of a node of a graph still being made: for comparing a reuse with its original."""
    view = scope.builder.graph((), {}, node.span, "")
    return list(own_weights(view, node))
