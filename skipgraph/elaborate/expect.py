"""`expect`: the shape that a result must have, in the open axes of the file's inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from skipgraph.elaborate.evaluate import Values, closed, evaluate_text, show_plain
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Scope
from skipgraph.graph import Ref
from skipgraph.sizes import Divides, Equal, Size, collecting, require, show
from skipgraph.text import Node, Scalar, Sequence


def expect(scope: Scope, node: Node, values: Values, ref: Ref, name: str) -> None:
    """Take the expected shape of a value into the contract, or report that it is not so."""
    run, found = scope.run, scope.builder.type_of(ref)
    sizes = []
    if not isinstance(node, Sequence):
        run.find("SG203", f"`expect` is a shape such as [N, 64, H/4, W/4], got {node.kind}", node.span)
        raise Failed
    if len(node) != found.rank:
        run.find("SG410", f"`{name}` is {found}, of {found.rank} axes; `expect` has {len(node)}", node.span)
        raise Failed
    with collecting() as conditions:
        for axis, (item, size) in enumerate(zip(node, found.shape, strict=True)):
            wanted = _size(scope, item, values)
            if isinstance(wanted, int) and isinstance(size, int) and wanted != size:
                run.find("SG410", f"`{name}` is {found}: axis {axis} is {size}, not {wanted}", item.span)
                raise Failed
            require(Equal(size, wanted))
            sizes.append(wanted)
    impossible = run.agree(conditions)
    if impossible is not None:
        chance = run.chance(impossible)
        fits = f"only {chance} makes" if chance else "no size of the inputs makes"
        run.find("SG410", f"`{name}` is {found}, and {fits} {impossible}", node.span)
        raise Failed
    made = scope.builder.nodes.get(ref.node)
    if made is not None:
        # where a spec wrote `//`, nothing says that the quotient is whole
        whole = any(isinstance(condition, Divides) for condition in conditions)
        texts = (show(size) if whole else show(size).replace("/", "//") for size in sizes)
        scope.builder.nodes[ref.node] = replace(made, expected=tuple(texts))


def _size(scope: Scope, item: Node, values: Values) -> Any:
    value = None
    if isinstance(item, Scalar):
        value = evaluate_text(scope, item, {**scope.run.axes, **values}, bare=isinstance(item.value, str))
    if isinstance(value, Size) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    closed(scope, item, value, "a size")
    shown = show_plain(value) if isinstance(item, Scalar) else item.kind
    scope.run.find("SG203", f"an axis is a number or a size such as `H/4`, got {shown}", item.span)
    raise Failed
