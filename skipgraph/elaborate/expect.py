"""`expect`: the shape that a result must have, in the open axes of the file's inputs."""

from __future__ import annotations

from typing import Any

from skipgraph.elaborate.evaluate import Values, closed, evaluate_text, show_plain
from skipgraph.elaborate.run import Failed
from skipgraph.elaborate.scope import Scope
from skipgraph.sizes import Equal, Size, collecting, require
from skipgraph.text import Node, Scalar, Sequence
from skipgraph.types import TensorType


def expect(scope: Scope, node: Node, values: Values, found: TensorType, name: str) -> None:
    """Take the expected shape into the contract, or report that it is not so."""
    run = scope.run
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
    impossible = run.agree(conditions)
    if impossible is not None:
        run.find("SG410", f"`{name}` is {found}, and no size of the inputs makes {impossible}", node.span)
        raise Failed


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
