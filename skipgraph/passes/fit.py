"""Whether a network runs at given input sizes, and if not, which step objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skipgraph.diagnostics import Label, Report, Source, Span
from skipgraph.diagnostics.suggest import closest
from skipgraph.graph import Graph, Network, Node
from skipgraph.ops import Op
from skipgraph.ops.rules import exactly
from skipgraph.passes.unused import graphs_of
from skipgraph.sizes import AtLeast, Condition, Contract, Divides, Equal, Size, collecting, evaluate, show


def report_sizes(network: Network, sizes: Mapping[str, int], report: Report) -> None:
    """Report the sizes that the network's contract refuses: what fails, where it comes from, and what would fit.

    An axis that `sizes` leaves out stays open: what hangs on it is not judged.
    """
    spans = _spans(sizes)
    known = {name: size for name, size in sizes.items() if _axis(network, name, size, spans[name], report)}
    blamed: set[str] = set()
    for condition in network.contract.conditions:
        axes = condition.symbols
        if axes <= known.keys() and blamed.isdisjoint(axes) and not condition.holds(known):
            _refuse(network, condition, known, spans, report)
            blamed |= axes


def _spans(sizes: Mapping[str, int]) -> dict[str, Span]:
    """The place of each size in a text such as `H=250,W=256`."""
    texts = {name: f"{name}={size}" for name, size in sizes.items()}
    source = Source("--size", ",".join(texts.values()))
    spans, column = {}, 1
    for name, text in texts.items():
        spans[name] = Span(source, 1, column, 1, column + len(text))
        column += len(text) + 1
    return spans


def open_axes(network: Network) -> tuple[str, ...]:
    """The names of the axes that its inputs leave open."""
    shapes = (port.type.shape for port in network.graph.inputs)
    open_sizes = (size for shape in shapes for size in shape if isinstance(size, Size))
    return tuple(dict.fromkeys(name for size in open_sizes for name in sorted(size.symbols)))


def _axis(network: Network, name: str, size: int, span: Span, report: Report) -> bool:
    """Whether the network has the open axis, and the size can be one."""
    axes = open_axes(network)
    if name not in axes:
        near = closest(name, axes)
        choices = ", ".join(f"`{axis}`" for axis in axes) or "none"
        help = f"did you mean `{near}`?" if near else f"its open axes: {choices}"
        report.add("SG407", f"the inputs of `{network.graph.name}` have no open axis `{name}`", span, help=help)
        return False
    if size < 1:
        report.add("SG407", f"an axis has a size of at least 1, got {name} = {size}", span)
        return False
    return True


def _refuse(
    network: Network, condition: Condition, sizes: Mapping[str, int], spans: Mapping[str, Span], report: Report
) -> None:
    axes = [name for name in sizes if name in condition.symbols]
    found = next(_asking(network.graph, condition), None)
    asks = f"`{found.local}` needs" if found else "it needs"
    given = " and ".join(f"{name} = {sizes[name]}" for name in axes)
    report.add(
        "SG407",
        f"{given} {'does' if len(axes) == 1 else 'do'} not fit: {asks} {condition}{_values(condition, sizes)}",
        spans[axes[0]],
        related=(Label(found.span, "asked for here"),) if found else (),
        help=_nearest(network.contract, axes[0], sizes[axes[0]]) if len(axes) == 1 else None,
    )


def _asking(graph: Graph, condition: Condition) -> Iterator[Node]:
    """The nodes whose shape rule states the condition; the contract keeps what is asked, not who asks."""
    for inner in graphs_of(graph):
        for node in inner.nodes:
            if not isinstance(node.work, Op):
                continue
            for exact in (False, True):
                with collecting() as stated, exactly(exact):
                    node.work.infer(*inner.types_into(node))
                if condition in stated:
                    yield node
                    break


def _values(condition: Condition, sizes: Mapping[str, int]) -> str:
    """What the sides of a condition come to."""
    try:
        match condition:
            case Equal(a, b):
                both = [(show(side), evaluate(side, sizes)) for side in (a, b) if not isinstance(side, int)]
                return ", but " + " and ".join(f"{text} is {value}" for text, value in both)
            case AtLeast(a, _) | Divides(a, _):
                return f", but {show(a)} is {evaluate(a, sizes)}"
    except ZeroDivisionError:
        pass
    return ""


def _nearest(contract: Contract, axis: str, size: int) -> str | None:
    near = [f"{axis} = {fitting}" for fitting in contract.nearest(axis, size) if fitting is not None]
    return f"the nearest that {'fits' if len(near) == 1 else 'fit'}: {' and '.join(near)}" if near else None
