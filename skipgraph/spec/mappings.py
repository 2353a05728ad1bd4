"""Reading mappings by their class of keys: every key is known, every required one there, or it is reported."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from skipgraph.diagnostics import Label, Report, Span
from skipgraph.diagnostics.suggest import closest
from skipgraph.spec.keys import Keys
from skipgraph.spec.model import Entries
from skipgraph.spec.names import RESERVED, refusal, usable_name
from skipgraph.text import Mapping, Node, Scalar, Sequence

_FORMS = {
    "inputs": "inputs: {image: [N, 3, H, W]}",
    "params": "params: {base: 64}",
    "skips": "skips: {s1: {from: enc1, to: dec1}}",
    "blocks": "blocks: {double_conv: {layers: [...]}}",
    "use": "use: {se: ./blocks/se.yaml}",
    "layers": "layers: [...]",
    "do": "do: [...]",
    "shape": "shape: [N, 3, H, W]",
}
"""How these keys are written."""


@lru_cache(maxsize=64)
def _allowed(keys: type[Keys]) -> dict[str, bool]:
    return keys.allowed()


def entries_of(node: Node, keys: type[Keys], report: Report, what: str = "") -> Entries | None:
    """The entries of a mapping whose keys are those of `keys`; a value of nothing counts as left out."""
    what = what or keys.what
    if not isinstance(node, Mapping):
        report.add("SG203", f"{what} is a mapping of keys, got {node.kind}", node.span)
        return None
    allowed = _allowed(keys)
    unknown = {name: key for name, (key, _) in node.entries.items() if name not in allowed}
    missing = [name for name, required in allowed.items() if required and name not in node.entries]
    meant = {closest(name, allowed) for name in unknown}
    missing = [name for name in missing if name not in meant]
    if missing and len(unknown) == len(node.entries):
        # Nothing that it should have: something else was meant, and one finding says so.
        unknown, missing = dict(list(unknown.items())[:1]), missing if not unknown else []
    for key in unknown.values():
        unknown_key(key, allowed, report, what, missing)
    if len(unknown) == len(missing) == 1:
        missing = []
    if missing:
        names = " and ".join(f"`{name}`" for name in missing)
        code = "SG204" if missing == ["skipgraph"] else "SG202"
        help = "add " + " and ".join(f"`{_FORMS.get(name, f'{name}: ...')}`" for name in missing)
        if "skipgraph" in missing:
            help = "begin with `skipgraph: 1`"
        report.add(code, f"{what} needs {names}", start_of(node), help=help)
    return {name: entry for name, entry in node.entries.items() if name in allowed}


def has_unknown(node: Node, keys: type[Keys]) -> bool:
    """Whether a mapping has a key that is not one of `keys`."""
    return isinstance(node, Mapping) and not node.entries.keys() <= _allowed(keys).keys()


def unknown_key(
    key: Scalar, allowed: dict[str, bool], report: Report, what: str, missing: Collection[str] = ()
) -> None:
    help = meant_by(str(key.value), allowed, missing)
    report.add("SG201", f"unknown key `{key.value}` in {what}", key.span, help=help)


def meant_by(name: str, allowed: Collection[str], missing: Collection[str]) -> str:
    """Help for an unknown name: the nearest that is known, else the one that is missing, else all."""
    near = closest(name, allowed)
    if near:
        return f"did you mean `{near}`?"
    if len(missing) == 1:
        return f"did you mean `{next(iter(missing))}`, which is missing?"
    return f"it takes {', '.join(f'`{each}`' for each in allowed) or 'none'}"


def start_of(node: Node) -> Span:
    """The first character of a node, for findings about what is not there."""
    return Span(node.source, node.line, node.column, node.line, node.column + 1)


def text_of(entries: Entries, key: str, report: Report, what: str) -> str | None:
    """A key's string, or None where it is left out or not a string."""
    entry = entries.get(key)
    if entry is None:
        return None
    node = entry[1]
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value
    report.add("SG203", f"`{key}` of {what} is a string, got {node.kind}", node.span)
    return None


def sequence_of(node: Node | None, report: Report, what: str) -> Sequence | None:
    if node is None or isinstance(node, Sequence):
        return node
    steps = isinstance(node, Mapping) and what in ("`layers`", "`do`", "`via`", "`else`")
    help = "begin each step with `- `" if steps else None
    report.add("SG203", f"{what} is a list, got {node.kind}", node.span, help=help)
    return None


def mapping_of(node: Node | None, report: Report, what: str) -> Mapping | None:
    if node is None or isinstance(node, Mapping):
        return node
    if isinstance(node, Scalar) and node.value is None:
        return None
    form = _FORMS.get(what.strip("`"))
    help = f"write `{form}`" if form else None
    report.add("SG203", f"{what} is a mapping, got {node.kind}", node.span, help=help)
    return None


def taken(name: Scalar, first: Scalar, report: Report) -> None:
    """A name that two things of one kind have."""
    report.add("SG304", f"`{name.value}` is taken", name.span, related=(Label(first.span, "first here"),))


def usable(name: Scalar, report: Report, what: str, reserved: frozenset[str] = RESERVED) -> bool:
    """Whether a name can be used; where not, that is reported."""
    text = str(name.value)
    reason = refusal(text, reserved=reserved)
    if reason:
        shown = text if len(text) <= 40 else text[:37] + "..."
        near = usable_name(text, reserved)
        help = f"for example `{near}`" if near else None
        report.add("SG211", f"{what} cannot be called `{shown}`: {reason}", name.span, help=help)
    return reason is None
