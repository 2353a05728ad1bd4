"""Why a step cannot be: an op's refusal, or a condition that no size meets, told with both ends of the edge."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from skipgraph.diagnostics import Label, Span
from skipgraph.elaborate.scope import Scope
from skipgraph.graph import Edge, Merge, Node, Ref, Work
from skipgraph.ops import Op, Reject
from skipgraph.sizes import AtLeast, Condition, Divides, Equal, show
from skipgraph.spec.model import Call
from skipgraph.types import TensorType

_JOINS = frozenset(["Concat", "Stack", "Add", "Sub", "Mul", "Max", "Min", "Mean"])


_PROJECTIONS = {
    2: "Linear: {{out_features: {}}}",
    3: "Conv1d: {{out_channels: {}, kernel_size: 1}}",
    4: "Conv2d: {{out_channels: {}, kernel_size: 1}}",
    5: "Conv3d: {{out_channels: {}, kernel_size: 1}}",
}
"""By rank, the step that gives other channels."""
_OPEN = "write a number for that axis in `inputs`, or bring it to a fixed size first, as `AdaptiveAvgPool2d` does"


class Attempt:
    """A node about to be made: enough to say what is wrong with it."""

    def __init__(
        self,
        scope: Scope,
        kind: str,
        name: str,
        span: Span,
        inputs: Sequence[Edge | None],
        call: Call | None,
        merge: Merge | None,
        work: Work | None = None,
    ) -> None:
        self.scope = scope
        self.kind = kind
        self.name = name
        self.span = span
        self.inputs = inputs
        self.call = call
        self.merge = merge
        self.work = work

    def refused(self, reject: Reject) -> None:
        """Report an op's refusal at the argument, the edge or the step at fault."""
        if reject.code in ("SG402", "SG403") or self.merge is not None:
            self._merge(reject.reason, reject.input, reject.code)
            return
        span, label = self._argument(reject.argument)
        related = self._related(reject)
        help = reject.help
        if reject.code == "SG404":
            help = help or self._sum_for(reject)
        elif reject.code == "SG405":
            help = help or self._divisors(reject)
        elif reject.code == "SG408":
            help = help or _OPEN
        elif reject.code in ("SG406", "SG411"):
            help = help or self.scope.run.sizes_that_fit()
        self.scope.run.find(reject.code, self._says(reject.reason), span, label, related=related, help=help)

    def _says(self, reason: str) -> str:
        """`Conv2d needs ...`, or `Conv2d: 6 channels do not divide by 4`."""
        verb = reason.partition(" ")[0] in ("needs", "takes", "joins", "leaves", "pads", "cuts", "has", "cannot")
        return f"`{self.kind}`{'' if verb else ':'} {_sentence(reason)}"

    def impossible(self, condition: Condition) -> None:
        """Report a condition that no size of the inputs meets, with those before it."""
        if isinstance(condition, Equal) and len(self.inputs) < 2:
            message = f"`{self.kind}` needs {condition}, which no size of the inputs meets"
            self.scope.run.find("SG401", message, self.span, related=self._ends(0))
        elif isinstance(condition, Equal):
            axis, index = self._where(condition)
            reason = f"sizes that differ on axis {axis}: {show(condition.a)} and {show(condition.b)}"
            chance = self.scope.run.chance(condition)
            also = f", which agree only for {chance}" if chance else ""
            self._merge(f"joins {reason}{also}", index, "SG402")
        elif isinstance(condition, AtLeast):
            self.scope.run.find(
                "SG406",
                f"`{self.kind}` needs a larger input: no size of the inputs makes {condition}",
                self.span,
                related=self._ends(0),
            )
        else:
            assert isinstance(condition, Divides)
            self.scope.run.find(
                "SG411",
                f"`{self.kind}` needs {condition}, which no size of the inputs meets",
                self.span,
                related=self._ends(0),
            )

    def _argument(self, argument: str | None) -> tuple[Span, str]:
        if self.call is not None and argument:
            entry = self.call.arguments.get(argument)
            if entry:
                return entry[1].span, ""
            if self.call.leading is not None:
                return self.call.leading.span, ""
        return self.span, ""

    def _related(self, reject: Reject) -> tuple[Label, ...]:
        if reject.input is None:
            return ()
        return (*(self._ends(0) if reject.input else ()), *self._ends(reject.input))

    def _ends(self, index: int | None) -> tuple[Label, ...]:
        """Where an input comes from, and what it brings."""
        if index is None or index >= len(self.inputs):
            return ()
        edge = self.inputs[index]
        return () if edge is None else (Label(self._origin(edge), self._brings(edge)),)

    def _brings(self, edge: Edge) -> str:
        name, kind = self._called(edge.source), self.scope.builder.type_of(edge.source)
        if edge.skip:
            return f"the skip `{edge.skip}` brings `{name}`: {kind}"
        node = self.scope.builder.nodes.get(edge.source.node)
        what = f"{node.kind.lower()} " if node is not None and node.merge is not None else ""
        return f"{what}`{name}` brings {kind}"

    def _called(self, ref: Ref) -> str:
        node = self.scope.builder.nodes.get(ref.node)
        if node is None:
            return ref.node
        return f"{node.local}.{node.results[ref.result]}" if node.results else node.local

    def _origin(self, edge: Edge) -> Span:
        """Where the value is made; a scope's input where the edge is written."""
        node = self.scope.builder.nodes.get(edge.source.node)
        if node is not None:
            return node.span
        port = next((port for port in self.scope.builder.inputs if port.name == edge.source.node), None)
        return port.span if port else edge.span

    def _how(self, edge: Edge) -> str:
        return "is made here" if edge.source.node in self.scope.builder.nodes else "comes in here"

    def _sum_for(self, reject: Reject) -> str | None:
        """`write 128 = 64 from `up0` + 64 from `enc0` by `skip0``."""
        edge = self.inputs[reject.input or 0] if self.inputs else None
        if edge is None:
            return None
        total = self.scope.builder.type_of(edge.source).channels
        told = origin_of_channels(self.scope.builder.nodes.get(edge.source.node), self.scope)
        return (
            f"{show(total)} = {told}; leave `{reject.argument}` out, it is inferred"
            if told
            else (f"leave `{reject.argument}` out, it is inferred")
        )

    def _divisors(self, reject: Reject) -> str | None:
        """The numbers next to a written one that do divide the channels."""
        groups = reject.argument in ("groups", "num_groups")
        written = getattr(self.work, str(reject.argument), None) if groups else None
        edge = self.inputs[0] if self.inputs else None
        if not isinstance(written, int) or edge is None:
            return None
        counts = (self._type(edge).channels, getattr(self.work, "out_channels", 0))
        if not all(isinstance(count, int) for count in counts):
            return None
        common = gcd(*counts)
        fits = [number for number in range(1, min(common, 2 * written + 64) + 1) if common % number == 0]
        near = sorted(sorted(fits, key=lambda number: abs(number - written))[:2])
        return f"{' or '.join(f'`{reject.argument}: {number}`' for number in near)} would do"

    def _where(self, condition: Equal) -> tuple[int, int]:
        """The axis and the input on which two sizes meet."""
        types = [None if edge is None else self.scope.builder.type_of(edge.source) for edge in self.inputs]
        first = types[0] if types else None
        for index, other in enumerate(types[1:], start=1):
            if first is None or other is None:
                continue
            for axis, (a, b) in enumerate(zip(first.shape, other.shape, strict=False)):
                if {show(a), show(b)} == {show(condition.a), show(condition.b)}:
                    return axis, index
        return 2, len(types) - 1 if len(types) > 1 else 0

    def _merge(self, reason: str, index: int | None, code: str) -> None:
        """A join that cannot be: told by both ends, at the skip where there is one."""
        index = index if index is not None else len(self.inputs) - 1
        brought = self.inputs[index] if 0 <= index < len(self.inputs) else None
        others = [edge for place, edge in enumerate(self.inputs) if edge is not None and place != index]
        main = self._main(others)
        reason = _sentence(reason)
        names = " and ".join(f"`{name}`" for name in self.merge.skips) if self.merge else ""
        subject = f"{self.kind.lower()} {names}" if self.merge else f"`{self.kind}`"
        if not reason.startswith("joins"):
            reason = f"joins {reason}"
        if self.kind in _JOINS and "differ on axis 1:" in reason:
            code, reason = "SG403", reason.replace("sizes that differ on axis 1:", "channels that differ:")
        if brought is None:
            self.scope.run.find(code, f"{subject} {reason}", self.span)
            return
        if brought.skip is None and main is not None and main.skip is not None:
            brought, main = main, brought
        if main is not None and brought.skip is not None:
            first = self.merge is None or brought.skip == self.merge.skips[0]
            self.scope.run.find(
                code,
                f"{subject} {reason}",
                self.span if first else brought.span,
                f"the skip brings `{self._called(brought.source)}`: {self._type(brought)}",
                related=(
                    Label(self._origin(brought), f"`{self._called(brought.source)}` {self._how(brought)}"),
                    Label(
                        self._origin(main), f"the main path brings `{self._called(main.source)}`: {self._type(main)}"
                    ),
                ),
                help=self._cure(brought, main, code),
            )
            return
        ends = tuple(Label(self._origin(edge), self._brings(edge)) for edge in (main, brought) if edge is not None)
        self.scope.run.find(code, f"{subject} {reason}", self.span, related=ends, help=self._cure(brought, main, code))

    def _main(self, others: Sequence[Edge]) -> Edge | None:
        if self.merge is not None and self.merge.main is not None and self.inputs[self.merge.main] in others:
            return self.inputs[self.merge.main]
        return others[0] if others else None

    def _type(self, edge: Edge) -> TensorType:
        return self.scope.builder.type_of(edge.source)

    def _cure(self, brought: Edge, main: Edge | None, code: str) -> str | None:
        """A step whose size would fit the main path, and what else can be done."""
        if main is None:
            return None
        wanted, got = self._type(main), self._type(brought)
        if code != "SG403" and wanted.spatial != got.spatial:
            fits = self._fitting(wanted, got.rank, {brought.source, main.source})
            theirs, ours = self._called(brought.source), self._called(main.source)
            doing = (
                "give the skip `align: resize`"
                if brought.skip
                else f"fit one to the other: `- Interpolate: {{from: {theirs}, like: {ours}}}`"
            )
            if fits:
                size = ", ".join(show(size) for size in self.scope.builder.type_of(fits[1]).spatial)
                return f"`{fits[0]}` has size {size}; or {doing}"
            sizes = self.scope.run.sizes_that_fit()
            if not brought.skip and got.rank < 4:
                return sizes
            return f"{sizes}; or {doing}" if sizes else doing
        if code == "SG403" and (projection := _PROJECTIONS.get(got.rank)):
            made = projection.format(show(wanted.channels))
            if brought.skip:
                return f"project it on the way: `via: [{{{made}}}]`"
            return f"project one of them: `- {made}`"
        return None

    def _fitting(self, wanted: TensorType, rank: int, but: set[Ref]) -> tuple[str, Ref] | None:
        """The last named step whose result could be joined with `wanted`."""
        concat = self.kind.lower() == "concat"
        for name, kind in reversed(self.scope.values_seen()):
            bound = self.scope.names[name]
            node = self.scope.builder.nodes.get(bound.refs[0].node) if bound.refs else None
            if not bound.refs or bound.refs[0] in but or (node is not None and not node.named):
                continue
            if kind.rank == rank and (concat or kind.channels == wanted.channels) and self._meet(kind, wanted):
                return name, bound.refs[0]
        return None

    def _meet(self, one: TensorType, other: TensorType) -> bool:
        """Whether the axes behind the channels are the same for more than a few sizes of the inputs."""
        contract = self.scope.run.contract
        for a, b in zip(one.spatial, other.spatial, strict=True):
            if isinstance(a, int) and isinstance(b, int):
                if a != b:
                    return False
                continue
            contract = contract.adding(Equal(a, b))
        if not contract.satisfiable:
            return False
        return all(contract.allowed(symbol).max() is None for symbol in contract.symbols)


def origin_of_channels(node: Node | None, scope: Scope) -> str | None:
    """`64 from `up0` + 64 from `enc0` by `skip0`` for a concat of channels, else None."""
    if node is None or node.kind != "Concat" or not isinstance(node.work, Op) or getattr(node.work, "dim", None) != 1:
        return None
    parts = []
    for edge in node.edges:
        source = scope.builder.nodes.get(edge.source.node)
        name = source.local if source else edge.source.node
        by = f" by `{edge.skip}`" if edge.skip else ""
        parts.append(f"{show(scope.builder.type_of(edge.source).channels)} from `{name}`{by}")
    return " + ".join(parts)


def _sentence(reason: str) -> str:
    return reason[:1].lower() + reason[1:] if reason[:1].isupper() and not reason[:2].isupper() else reason
