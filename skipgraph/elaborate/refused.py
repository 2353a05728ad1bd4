"""Keys of a step that mean nothing where they stand, or that are misspelt."""

from __future__ import annotations

from collections.abc import Collection

from skipgraph.diagnostics.suggest import closest
from skipgraph.elaborate.make import Site
from skipgraph.elaborate.places import has_no_level
from skipgraph.ops import CATALOG
from skipgraph.spec.keys import StepKeys
from skipgraph.spec.model import Call

_MEANINGLESS = {
    "Branches": ("repeat", "axes", "parametrize"),
    "Reuse": ("repeat", "axes", "parametrize", "key"),
}
"""Keys of a step that these cannot take."""


def refuses_keys(site: Site, kind: str, known: Collection[str] | None) -> bool:
    """Whether a key is written that means nothing here, which is reported. `known`: the arguments that it can have."""
    call = site.call
    assert call is not None
    meaningless = _MEANINGLESS.get(kind, ("axes", "parametrize"))
    if has_no_level(call, kind):
        # each copy would take the places of the one before
        meaningless = (*meaningless, "repeat")
    if kind in CATALOG:
        meaningless = () if CATALOG[kind].ports else ("axes",)
    written = [name for name in meaningless if name in call.keys]
    for name in written:
        site.scope.run.find(
            "SG201",
            f"`{name}` means nothing on `{kind}`",
            call.keys[name][0].span,
            help="repeat a block, or write a `for`" if name == "repeat" else "leave it out",
        )
    misspelt = _misspelt(site, kind, call, known) if known is not None else False
    return bool(written) or misspelt


def _misspelt(site: Site, kind: str, call: Call, known: Collection[str]) -> bool:
    """Whether an argument is a step's key with a slip in it: told before what flows in, which hangs on it."""
    found = False
    for name, (key, _) in call.arguments.items():
        near = closest(name, [*known, *StepKeys.allowed()]) if name not in known else None
        if near is not None and near not in known:
            site.scope.run.find("SG206", f"`{kind}` has no argument `{name}`", key.span, help=f"did you mean `{near}`?")
            found = True
    return found
