"""From a document to the spec as written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from skipgraph.diagnostics import Report
from skipgraph.spec.keys import BlockKeys, FileKeys, Keys, LibraryKeys, ParamKeys, SkipKeys
from skipgraph.spec.mappings import entries_of, has_unknown, mapping_of, sequence_of, start_of, taken, text_of, usable
from skipgraph.spec.model import Block, Entries, Entry, File, Numbered, Skip
from skipgraph.spec.names import key_refusal, refusal
from skipgraph.spec.steps import headers_of, steps_of
from skipgraph.text import Mapping, Node, Scalar

VERSION = 1

REQUIRED = "required"
"""What stands in place of a parameter's default where there is none."""

Opener = Callable[[Scalar], "File | None"]
"""Gives the file that a `use` entry names, having reported what is wrong with it."""


def spec_of(document: Node, report: Report, opener: Opener, *, library: bool = False) -> File | None:
    """The spec in a document, or None where it is not one. `library`: a file of which only the blocks matter."""
    keys: type[Keys] = LibraryKeys if library else FileKeys
    if not isinstance(document, Mapping):
        report.add(
            "SG203",
            f"a spec is a mapping of keys, got {document.kind}",
            start_of(document),
            help="begin with `skipgraph: 1`",
        )
        return None
    entries = entries_of(document, keys, report)
    if entries is None or not _version(entries, report):
        return None
    name = text_of(entries, "name", report, "a spec") or _stem(document)
    uses, externs = _uses(entries, report, opener)
    if not library and not _required(entries, report):
        return None
    blocks = _blocks(entries, report)
    # Where the names below such a key are not known, or it may be one that is misspelt, every use would be blamed.
    known = all(_is_mapping(entries, key) for key in ("params", "blocks", "use", "inputs"))
    known = known and not has_unknown(document, keys)
    declared = {*_keys_below(entries, "blocks"), *_keys_below(entries, "use")}
    params, choices = _params(entries, report)
    file = File(
        source=document.source,
        name=name,
        description=text_of(entries, "description", report, "a spec") or "",
        params=params,
        inputs=_named(entries, "inputs", report, "an input", reserved=frozenset({"prev", "output"})),
        blocks=blocks,
        layers=steps_of(_value(entries, "layers"), report),
        skips=_skips(entries, report),
        outputs=_value(entries, "outputs"),
        numbered=_numbered(entries, report),
        span=start_of(document),
        document=document,
        uses=uses,
        externs=externs,
        choices=choices,
        missing=frozenset(declared - {*blocks, *uses, *externs}),
    )
    return file if known else None


def _version(entries: Entries, report: Report) -> bool:
    if "skipgraph" not in entries:
        return False
    node = entries["skipgraph"][1]
    if isinstance(node, Scalar) and node.value == VERSION and not isinstance(node.value, bool | float):
        return True
    report.add(
        "SG204",
        f"this skipgraph reads version {VERSION} of the language, got {node.kind}",
        node.span,
        help=f"write `skipgraph: {VERSION}`",
    )
    return False


def _required(entries: Entries, report: Report) -> bool:
    """Whether there is something to run on and something to run."""
    fine = "layers" in entries and "inputs" in entries
    for key, kind in (("layers", "step"), ("inputs", "input")):
        node = _value(entries, key)
        if node is not None and hasattr(node, "__len__") and not len(node):
            report.add("SG203", f"`{key}` needs at least one {kind}", node.span)
            fine = False
        elif isinstance(node, Scalar) and node.value is None:
            report.add("SG203", f"`{key}` needs at least one {kind}", entries[key][0].span)
            fine = False
    return fine


def _stem(document: Node) -> str:
    stem = PurePath(document.source.name).stem
    cleaned = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in stem).strip("_")
    return cleaned if cleaned and not cleaned[0].isdigit() else f"network_{cleaned}".rstrip("_")


def _value(entries: Entries, key: str) -> Node | None:
    entry = entries.get(key)
    return entry[1] if entry else None


def _keys_below(entries: Entries, key: str) -> tuple[str, ...]:
    node = _value(entries, key)
    return tuple(node.entries) if isinstance(node, Mapping) else ()


def _named(
    entries: Entries,
    key: str,
    report: Report,
    what: str,
    reserved: frozenset[str] = frozenset({"prev", "input", "output"}),
) -> Entries:
    """The entries below a key. One whose name cannot be used is reported, and kept, so that its uses are no faults."""
    node = mapping_of(_value(entries, key), report, f"`{key}`")
    found = dict(node.entries) if node else {}
    for name, _ in found.values():
        usable(name, report, what, reserved)
    return found


def _params(entries: Entries, report: Report) -> tuple[Entries, dict[str, Node]]:
    """The parameters with their defaults, and for those that take some values only these."""
    params: dict[str, Entry] = {}
    choices: dict[str, Node] = {}
    for name, (key, node) in _named(entries, "params", report, "a parameter").items():
        if not isinstance(node, Mapping):
            params[name] = (key, node)
            continue
        written = entries_of(node, ParamKeys, report, f"the parameter `{name}`") or {}
        if "one_of" in written:
            choices[name] = written["one_of"][1]
        at = start_of(node)
        required = Scalar(node.source, at.line, at.column, at.end_line, at.end_column, REQUIRED, REQUIRED, False)
        params[name] = (key, written["default"][1] if "default" in written else required)
    return params, choices


def _blocks(entries: Entries, report: Report) -> dict[str, Block]:
    from skipgraph.ops import CATALOG

    node = mapping_of(_value(entries, "blocks"), report, "`blocks`")
    found = {}
    for name, (key, value) in (node.entries if node else {}).items():
        if not usable(key, report, "a block"):
            continue
        if name in CATALOG or name in ("Branches", "Reuse"):
            report.add("SG304", f"`{name}` is an op: a block needs a name of its own", key.span)
            continue
        block = _block(key, value, report)
        if block:
            found[name] = block
    return found


def _block(name: Scalar, node: Node, report: Report) -> Block | None:
    entries = entries_of(node, BlockKeys, report, f"block `{name.value}`")
    if entries is None or "layers" not in entries or has_unknown(node, BlockKeys):
        return None
    ports = _ports(entries, report)
    params, choices = _params(entries, report)
    found = Block(
        name=str(name.value),
        params=params,
        ports=ports if _value(entries, "inputs") is not None else None,
        layers=steps_of(entries["layers"][1], report),
        skips=_skips(entries, report),
        outputs=_value(entries, "outputs"),
        numbered=_numbered(entries, report),
        description=text_of(entries, "description", report, "a block") or "",
        span=name.span,
        choices=choices,
    )
    return found if ports is not None and _is_mapping(entries, "params") else None


def _is_mapping(entries: Entries, key: str) -> bool:
    """Whether a key is left out, empty, or a mapping."""
    node = _value(entries, key)
    return node is None or isinstance(node, Mapping) or node.data is None


def _ports(entries: Entries, report: Report) -> tuple[Scalar, ...] | None:
    """A block's ports, or None where one of them is wrong."""
    node = _value(entries, "inputs")
    items = sequence_of(node, report, "`inputs` of a block")
    ports: dict[str, Scalar] = {}
    for index, item in enumerate(items or ()):
        if not isinstance(item, Scalar) or not isinstance(item.value, str):
            report.add("SG203", f"a port is a name, got {item.kind}", item.span)
            continue
        last = items is not None and index == len(items) - 1
        bare = item.value.removesuffix("*") if last else item.value
        reason = refusal(bare, reserved=frozenset({"prev", "output"}))
        if reason:
            report.add("SG211", f"a port cannot be called `{item.value[:40]}`: {reason}", item.span)
        elif bare in ports:
            taken(item, ports[bare], report)
        else:
            ports[bare] = item
    return tuple(ports.values()) if node is None or (items is not None and len(ports) == len(items)) else None


def skips_of(node: Node | None, report: Report) -> tuple[Skip, ...]:
    """The skips below a `skips` key."""
    mapping = mapping_of(node, report, "`skips`")
    found = []
    for key, value in mapping.entries.values() if mapping else ():
        entries = entries_of(value, SkipKeys, report, f"skip `{key.value}`")
        if entries is None:
            continue
        broken = has_unknown(value, SkipKeys) or "from" not in entries or "to" not in entries
        headers = headers_of(entries["for"][1], report) if "for" in entries else ()
        broken = broken or ("for" in entries and not headers)
        via = steps_of(entries["via"][1], report, "`via`") if "via" in entries else ()
        found.append(Skip(key, headers, entries, via, broken))
    return tuple(found)


def _skips(entries: Entries, report: Report) -> tuple[Skip, ...]:
    return skips_of(_value(entries, "skips"), report)


def numbered_of(node: Node | None, report: Report) -> Numbered | None:
    """What a `keys` key asks for."""
    if node is None:
        return None
    if isinstance(node, Scalar) and node.value == "numbered":
        return Numbered()
    if isinstance(node, Mapping) and list(node.entries) == ["numbered"]:
        below = node.get("numbered")
        if isinstance(below, Scalar) and isinstance(below.value, str):
            reason = key_refusal(below.value)
            if reason is None:
                return Numbered(tuple(below.value.split(".")))
            report.add("SG211", f"a key cannot be `{below.value}`: {reason}", below.span)
            return None
    report.add("SG203", f"`keys` is `numbered` or `{{numbered: model}}`, got {node.kind}", node.span)
    return None


def _numbered(entries: Entries, report: Report) -> Numbered | None:
    return numbered_of(_value(entries, "keys"), report)


def _uses(entries: Entries, report: Report, opener: Opener) -> tuple[dict[str, File], dict[str, Scalar]]:
    uses: dict[str, File] = {}
    externs: dict[str, Scalar] = {}
    for name, (key, value) in _named(entries, "use", report, "a file's alias").items():
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            report.add("SG203", f"`use` names a spec file, or `extern`, got {value.kind}", value.span)
        elif value.value == "extern":
            externs[name] = key
        else:
            file = opener(value)
            if file:
                uses[name] = file
    return uses, externs
