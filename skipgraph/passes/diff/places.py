"""What became of the places of a state_dict, by what became of the steps whose weights stand there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from skipgraph.graph import Graph, Node, own_weights
from skipgraph.ops import Weight
from skipgraph.passes.diff.model import Place, Places, Scope

_Key = tuple[str, ...]


def places_of(top: Scope, scopes: Mapping[tuple[int, int], Scope]) -> Places:
    """The places of both networks, each with its other."""
    found = list(_walked(top, (), (), scopes))
    shapes = {place.before: place.was for place in found if place.was}
    kept, renamed, changed, new, dropped = [], [], [], [], []
    misread = []
    for place in found:
        if place.now and place.before != place.after and shapes.get(place.after) == place.now:
            misread.append(place.after)
        if place.was is None:
            new.append(place)
        elif place.now is None:
            dropped.append(place)
        elif place.was != place.now:
            changed.append(place)
        elif place.before != place.after:
            renamed.append(place)
        else:
            kept.append(place.after)
    return Places(tuple(kept), tuple(renamed), tuple(changed), tuple(new), tuple(dropped), tuple(misread))


def _walked(scope: Scope, was: _Key, now: _Key, scopes: Mapping[tuple[int, int], Scope]) -> Iterator[Place]:
    """Every place of both networks below two keys."""
    for step in scope.steps:
        old, new = step.before, step.after
        keys = zip_longest(old.keys if old else (), new.keys if new else ())
        for one, other in keys:
            before = None if one is None else (*was, *one)
            after = None if other is None else (*now, *other)
            if old and new and before is not None and after is not None:
                if isinstance(old.work, Graph) and isinstance(new.work, Graph):
                    yield from _walked(scopes[id(old.work), id(new.work)], before, after, scopes)
                    continue
                if not isinstance(old.work, Graph) and not isinstance(new.work, Graph):
                    yield from _paired(_own(scope.before, old), _own(scope.after, new), before, after)
                    continue
            if old and before is not None:
                yield from _paired(_own(scope.before, old), {}, before, ())
            if new and after is not None:
                yield from _paired({}, _own(scope.after, new), (), after)


def _own(graph: Graph, node: Node) -> dict[_Key, Weight]:
    return dict(own_weights(graph, node))


def _paired(old: Mapping[_Key, Weight], new: Mapping[_Key, Weight], was: _Key, now: _Key) -> Iterator[Place]:
    """The tensors of one step, by the name that torch gives them."""
    for name in dict.fromkeys([*new, *old]):
        yield Place(
            ".".join((*was, *name)) if name in old else "",
            ".".join((*now, *name)) if name in new else "",
            old.get(name),
            new.get(name),
        )
