"""Places in the state_dict: by name, by `key`, or by number."""

from __future__ import annotations

from skipgraph.elaborate.evaluate import evaluate_text, show_plain
from skipgraph.elaborate.make import Site
from skipgraph.elaborate.run import Failed
from skipgraph.ops import CATALOG
from skipgraph.spec.model import Call
from skipgraph.spec.names import key_refusal
from skipgraph.text import Node, Scalar
from skipgraph.text import Sequence as SequenceNode


def keys_of(site: Site, kind: str) -> tuple[tuple[str, ...], ...]:
    """The places of a step's weights, below its graph. `Branches` without a key or number has none of its own."""
    scope, call = site.scope, site.call
    assert call is not None
    if has_no_level(call, kind):
        return (scope.prefix,)
    if "key" in call.keys:
        node = call.keys["key"][1]
        items = node.items if isinstance(node, SequenceNode) else (node,)
        if _is_empty(node) and kind in CATALOG and scope.prefix:
            # the one step of a path or of a skip's `via` takes the place of the whole
            return (scope.prefix,)
        return tuple((*scope.prefix, *key_parts(site, item)) for item in items)
    if kind == "Reuse":
        return ()
    if scope.numbered is not None and _takes_number(kind):
        return (scope.next_number(),)
    if kind == "Branches":
        return (scope.prefix,)
    return ((*scope.prefix, site.name if site.named else "_".join((*scope.flat, site.name))),)


def _takes_number(kind: str) -> bool:
    """torch.nn's classes, `Branches`, and block calls do."""
    return kind not in CATALOG or CATALOG[kind].is_module


def has_no_level(call: Call, kind: str) -> bool:
    """Whether a call of a block asks for no level of its own: `key: ""`."""
    is_block = kind not in CATALOG and kind not in ("Branches", "Reuse")
    return is_block and "key" in call.keys and _is_empty(call.keys["key"][1])


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value == ""


def key_parts(site: Site, node: Node) -> tuple[str, ...]:
    """A key as written, in its parts."""
    value = evaluate_text(site.scope, node, site.values) if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        shown = show_plain(value) if isinstance(node, Scalar) else node.kind
        site.scope.run.find("SG203", f"`key` is a place such as `features.0`, got {shown}", node.span)
        raise Failed
    reason = key_refusal(value)
    if reason:
        site.scope.run.find("SG211", f"a key cannot be `{value[:60]}`: {reason}", node.span)
        raise Failed
    return tuple(value.split("."))


def level_parts(site: Site, node: Node) -> tuple[str, ...]:
    """The level of a path, in its parts: none where it is written as the empty string."""
    if _is_empty(node):
        return ()
    return key_parts(site, node)
