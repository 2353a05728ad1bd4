"""A difference as plain data, for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skipgraph.diagnostics import Span
from skipgraph.graph import Count, Network, Node
from skipgraph.ops import Computed
from skipgraph.passes.diff.model import Difference, Field, Item, Landing, Mark, Place, Scope, Skip, Step, Totals
from skipgraph.sizes import Size, show
from skipgraph.types import TensorType


def data(difference: Difference) -> dict[str, Any]:
    """Everything that differs. What is the same in both is left out."""
    places = difference.places
    return {
        "different": bool(difference),
        "before": _network(difference.before, difference.totals[0]),
        "after": _network(difference.after, difference.totals[1]),
        "params": [_item(item) for item in difference.params if item.mark is not Mark.KEPT],
        "scopes": [_scope(scope, is_top=not at) for at, scope in enumerate(difference.scopes) if not scope.is_same],
        "state_dict": {
            "kept": len(places.kept),
            "renamed": [[each.before, each.after] for each in places.renamed],
            "changed": [_place(each) for each in places.changed],
            "new": [each.after for each in places.new],
            "dropped": [each.before for each in places.dropped],
            "misread": list(places.misread),
        },
    }


def _network(network: Network, totals: Totals) -> dict[str, Any]:
    return {
        "name": network.graph.name,
        "file": network.graph.span.source.name if network.graph.span else None,
        "params": {name: _value(value) for name, value in network.graph.arguments.items()},
        "weights": totals.count.trained,
        "buffers": totals.count.buffers,
        "macs": _value(totals.macs),
        "contract": str(network.contract),
    }


def _scope(scope: Scope, *, is_top: bool) -> dict[str, Any]:
    return {
        "block": None if is_top else [scope.before.name, scope.after.name],
        "calls": [list(call) for call in scope.calls],
        "steps": [_step(step) for step in scope.steps if step.fields or step.mark is not Mark.KEPT],
        "skips": [_skip(skip) for skip in scope.skips if skip.mark is not Mark.KEPT],
        "inputs": [_item(item) for item in scope.inputs if item.mark is not Mark.KEPT],
        "outputs": [_item(item) for item in scope.outputs if item.mark is not Mark.KEPT],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "mark": step.mark.value,
        "before": _node(step.before),
        "after": _node(step.after),
        "fields": [_field(each) for each in step.fields],
    }


def _node(node: Node | None) -> dict[str, Any] | None:
    if node is None:
        return None
    return {"name": node.name, "kind": node.kind, "types": [str(kind) for kind in node.types], **_at(node.span)}


def _skip(skip: Skip) -> dict[str, Any]:
    return {
        "mark": skip.mark.value,
        "before": _landing(skip.before),
        "after": _landing(skip.after),
        "fields": [_field(each) for each in skip.fields],
    }


def _landing(skip: Landing | None) -> dict[str, Any] | None:
    if skip is None:
        return None
    return {"name": skip.name, "from": skip.source, "to": skip.target, "merge": skip.kind, **_at(skip.node.span)}


def _at(span: Span) -> dict[str, Any]:
    return {"file": span.source.name, "line": span.line}


def _field(each: Field) -> dict[str, Any]:
    named = {"name": each.name} if each.name else {}
    return {
        "what": each.what.value,
        **named,
        "before": _value(each.before),
        "after": _value(each.after),
        "follows": each.follows,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "mark": item.mark.value,
        "before": None if item.before_name is None else {"name": item.before_name, "is": item.before},
        "after": None if item.after_name is None else {"name": item.after_name, "is": item.after},
    }


def _place(place: Place) -> dict[str, Any]:
    assert place.was and place.now
    return {
        "before": place.before,
        "after": place.after,
        "shapes": [list(place.was.shape), list(place.now.shape)],
        "trained": [place.was.trained, place.now.trained],
    }


def _value(value: Any) -> Any:
    """A value of a spec as JSON has it."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Computed():
            return show(value.size)
        case Size() | TensorType():
            return str(value) if isinstance(value, TensorType) else show(value)
        case Count():
            return {"trained": value.trained, "buffers": value.buffers}
        case Mapping():
            return {str(key): _value(item) for key, item in value.items()}
        case tuple() | list() | set() | frozenset():
            return [_value(item) for item in value]
    return str(value)
