"""The JSON Schema of specs, made from the classes that check them: for completion and first mistakes in an editor.

Draft 7, which editors' YAML servers know best. An expression may stand wherever a value may, so what only the compiler
can tell (names, shapes, what an expression comes to) is left to it.
"""

from __future__ import annotations

import inspect
import json
from typing import Any, TypeAlias

from skipgraph.ops import CATALOG, Op
from skipgraph.spec.keys import (
    BlockKeys,
    BranchesKeys,
    FileKeys,
    InputKeys,
    Keys,
    LoopKeys,
    PathKeys,
    ReuseKeys,
    SkipKeys,
    StepKeys,
    WhenKeys,
)

Schema: TypeAlias = dict[str, Any]

_EXPRESSION: Schema = {"$ref": "#/definitions/expression"}
_STEPS: Schema = {"$ref": "#/definitions/steps"}
_STRUCTURE: dict[str, Schema] = {
    **dict.fromkeys(("layers", "do", "else", "via"), _STEPS),
    "skips": {"type": "object", "additionalProperties": {"$ref": "#/definitions/skip"}},
    "blocks": {"type": "object", "additionalProperties": {"$ref": "#/definitions/block"}},
    "paths": {"type": "object", "additionalProperties": {"anyOf": [_STEPS, {"$ref": "#/definitions/path"}]}},
}
"""The keys below which the language goes on."""


def schema() -> Schema:
    """The schema as a tree."""
    file = _mapping(FileKeys)
    inputs = {"anyOf": [_open(InputKeys.model_json_schema()["properties"]["shape"]), {"$ref": "#/definitions/input"}]}
    file["properties"]["inputs"] |= {"additionalProperties": inputs, "minProperties": 1}
    # a file that others use has blocks, and maybe nothing else
    file["required"] = ["skipgraph"]
    file["anyOf"] = [{"required": ["inputs", "layers"]}, {"required": ["blocks"]}]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "skipgraph spec, version 1",
        **file,
        "definitions": {
            "expression": {
                "type": "string",
                "pattern": r"\$",
                "description": "An expression: `$name`, `$(2 * base)`, or text with such in it.",
            },
            "steps": {"type": "array", "items": {"$ref": "#/definitions/step"}},
            "step": _step(),
            "loop": _mapping(LoopKeys),
            "conditional": _mapping(WhenKeys),
            "call": _call(),
            "block": _mapping(BlockKeys),
            "skip": _mapping(SkipKeys),
            "path": _mapping(PathKeys),
            "input": _mapping(InputKeys),
            "keys": _mapping(StepKeys)["properties"],
            "ops": {name: _op(op) for name, op in CATALOG.items()} | _built_in(),
        },
    }


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(schema(), indent=1) + "\n"


def _step() -> Schema:
    """A name alone, a loop, a condition or a call, told apart by their keys so that a mistake is reported once."""
    names = [{"const": name, "description": _doc(op)} for name, op in CATALOG.items() if not _required(op)]
    return {
        "if": {"type": "string"},
        "then": {"anyOf": [*names, {"type": "string"}]},
        "else": {
            "if": {"type": "object", "required": ["for"]},
            "then": {"$ref": "#/definitions/loop"},
            "else": {
                "if": {"type": "object", "required": ["do"]},
                "then": {"$ref": "#/definitions/conditional"},
                "else": {"$ref": "#/definitions/call"},
            },
        },
    }


def _call() -> Schema:
    """A mapping of one key, an op; any other is a block's name, whose parameters only the compiler knows."""
    named = {name: {"$ref": f"#/definitions/ops/{name}"} for name in [*CATALOG, *_built_in()]}
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": named,
        "propertyNames": {"not": {"enum": ["for", "let", "do", "when", "else"]}},
        "additionalProperties": True,
    }


def _op(op: type[Op]) -> Schema:
    """What may stand behind an op: its arguments, its leading one alone, or nothing."""
    properties = op.model_json_schema()["properties"] if op.model_fields else {}
    arguments = {name: _argument(op, name, each) for name, each in properties.items()}
    for port in op.ports:
        if port.endswith("?") and port[:-1] not in arguments:
            arguments[port[:-1]] = {"type": "string", "description": "The name of a step."}
    forms = [_with_keys(arguments, _required(op))]
    if op.leading in arguments and set(_required(op)) <= {op.leading}:
        forms.append({key: value for key, value in arguments[op.leading].items() if key != "default"})
    if not _required(op):
        forms.append({"type": "null"})
    return {"description": _doc(op), "anyOf": forms}


def _built_in() -> dict[str, Schema]:
    """What is called like an op and is not one."""
    found = {}
    for name, keys in (("Branches", BranchesKeys), ("Reuse", ReuseKeys)):
        arguments = _mapping(keys)
        body = _with_keys(arguments["properties"], arguments["required"])
        found[name] = {"description": inspect.getdoc(keys) or "", **body}
    return found


def _with_keys(arguments: Schema, required: list[str]) -> Schema:
    """A mapping of arguments and of the keys that every step takes; the arguments may also stand below `args`."""
    keys = {name: {"$ref": f"#/definitions/keys/{name}"} for name in StepKeys.allowed()}
    body: Schema = {"type": "object", "properties": {**arguments, **keys}, "additionalProperties": False}
    if required:
        body["anyOf"] = [{"required": required}, {"required": ["args"]}]
    return body


def _argument(op: type[Op], name: str, schema: Schema) -> Schema:
    found = _open(schema)
    if name in op.inferred:
        found["description"] = "Inferred; checked where it is written."
    return found


def _required(op: type[Op]) -> list[str]:
    return [name for name, info in op.model_fields.items() if info.is_required()]


def _doc(op: type[Op]) -> str:
    return inspect.getdoc(op) or ""


def _mapping(keys: type[Keys]) -> Schema:
    """The schema of a mapping of a spec, every value of which may be an expression."""
    found = keys.model_json_schema(by_alias=True)
    properties = {}
    for name, schema in found["properties"].items():
        structure = _STRUCTURE.get(name)
        # of a file's and a block's own shape nothing is computed
        fixed = keys is FileKeys or name in ("for", "let", "keys", "inputs")
        described = {key: schema[key] for key in ("description",) if key in schema}
        properties[name] = {**described, **(structure or (_plain(schema) if fixed else _open(schema)))}
    return {
        "description": inspect.getdoc(keys) or "",
        "type": "object",
        "properties": properties,
        "required": found.get("required", []),
        "additionalProperties": False,
    }


def _open(schema: Schema) -> Schema:
    """The schema, an expression allowed in its place and within."""
    return _expressible(_plain(schema))


def _expressible(schema: Schema) -> Schema:
    if "items" in schema:
        schema = {**schema, "items": _expressible(schema["items"]) if schema["items"] else {}}
    if "anyOf" in schema:
        choices = [_inner(choice) for choice in schema["anyOf"]]
        free = any(choice.get("type") == "string" and "enum" not in choice for choice in choices)
        return {**schema, "anyOf": choices if free else [*choices, _EXPRESSION]}
    if not schema.keys() - {"description", "default"} or (schema.get("type") == "string" and "enum" not in schema):
        return schema
    outer: Schema = {key: schema[key] for key in ("description", "default") if key in schema}
    return {**outer, "anyOf": [{key: value for key, value in schema.items() if key not in outer}, _EXPRESSION]}


def _inner(choice: Schema) -> Schema:
    """A choice, expressions allowed within it but not in its place."""
    return {**choice, "items": _expressible(choice["items"])} if choice.get("items") else choice


def _plain(schema: Schema) -> Schema:
    """pydantic's schema as draft 7 has it, without titles and defaults of null."""
    found: Schema = {}
    for key, value in schema.items():
        if key == "prefixItems":
            # a tuple of one type: a list of a fixed length
            found["items"] = _plain(value[0])
        elif key == "const":
            found["enum"] = [value]
        elif key == "anyOf":
            found[key] = [_plain(choice) for choice in value]
        elif key == "items":
            found[key] = _plain(value)
        elif key != "title" and not (key == "default" and value is None):
            found[key] = value
    return found
