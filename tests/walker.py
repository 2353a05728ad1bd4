"""A spec as it was written, run on tensors step by step: no graph, no expansion, nothing inferred.

Loops are loops, a block's call is a call, an expression is Python's. Only what `random_specs` draws is understood. The
interpreter of written out specs judges what comes behind the elaboration; this one judges the elaboration too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from interpreter import KEYS, LETTERS, STATES, Interpreter, State
from torch import Tensor, nn
from torch_table import TABLE

Env = Mapping[str, Any]
Key = tuple[str, ...]
BUILT_IN = {
    "range": range,
    "reversed": reversed,
    "enumerate": enumerate,
    "zip": zip,
    "min": min,
    "max": max,
    "len": len,
}


@dataclass
class Results:
    """What a step with several results gives."""

    named: dict[str, Tensor]
    has_first: bool


class Walker:
    """Runs a spec given as plain data."""

    def __init__(self, data: Mapping[str, Any], state: State, train: bool) -> None:
        self.data = data
        self.ops = Interpreter({}, state, train)
        self.params: dict[str, Any] = {}
        for name, default in (data.get("params") or {}).items():
            self.params[name] = value_of(default, self.params)

    def __call__(self, *inputs: Tensor) -> Any:
        ports = dict(zip(self.data["inputs"], inputs, strict=True))
        return Scope(self, dict(ports), next(iter(ports.values())), self.params, numbered=_numbered(self.data)).run(
            self.data
        )


def _numbered(data: Mapping[str, Any]) -> Key | None:
    keys = data.get("keys")
    if keys is None:
        return None
    return () if keys == "numbered" else tuple(keys["numbered"].split("."))


def value_of(written: Any, env: Env) -> Any:
    """A value with its expressions worked out."""
    if isinstance(written, list):
        return [value_of(item, env) for item in written]
    if isinstance(written, dict):
        return {name: value_of(item, env) for name, item in written.items()}
    if not isinstance(written, str) or "$" not in written:
        return written
    parts = list(_parts(written))
    if len(parts) == 1 and parts[0][0]:
        return _evaluated(parts[0][1], env)
    return "".join(str(_evaluated(text, env)) if is_code else text for is_code, text in parts)


def _evaluated(text: str, env: Env) -> Any:
    return eval(text, {"__builtins__": {}}, {**BUILT_IN, **env})


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """The stretches of a string: is it an expression, and its text."""
    at = 0
    while at < len(text):
        if text[at] != "$":
            end = text.find("$", at) % (len(text) + 1)
            yield False, text[at:end]
        elif text[at + 1] == "(":
            depth, end = 1, at + 2
            while depth:
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            yield True, text[at + 2 : end - 1]
        else:
            found = re.compile(r"\w+").match(text, at + 1)
            assert found is not None
            end = found.end()
            yield True, found.group()
        at = end


def rounds(headers: str | Sequence[str], env: Env) -> Iterator[Env]:
    """The values of each round of a loop."""
    for header in [headers] if isinstance(headers, str) else headers[:1]:
        targets, _, values = header.partition(" in ")
        names = re.findall(r"\w+", targets)
        for item in _evaluated(values, env):
            yield {**env, **dict(zip(names, item if len(names) > 1 else [item], strict=True))}


@dataclass
class Scope:
    """The steps of a file, a block, a path or a `via`."""

    walker: Walker
    names: dict[str, Any]
    input: Tensor
    env: Env
    key: Key = ()
    numbered: Key | None = None
    parent: Scope | None = None
    prev: Any = None
    number: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    skips: list[tuple[str, str, str, Mapping[str, Any], Env]] = field(default_factory=list)
    modules: dict[str, tuple[str, Mapping[str, Any], Env, Key]] = field(default_factory=dict)

    def run(self, data: Mapping[str, Any]) -> Any:
        """What the scope gives."""
        self.prev = self.input
        for name, skip in (data.get("skips") or {}).items():
            for env in rounds(skip["for"], self.env) if "for" in skip else [self.env]:
                stem, _, port = value_of(skip["to"], env).partition(".")
                self.skips.append((value_of(name, env), stem, port, skip, env))
        self.steps(data["layers"] if "layers" in data else data.get("do", []), self.env)
        if data.get("outputs") is not None:
            return self.output(value_of(data["outputs"], self.env))
        return self.landed("output", "", first(self.prev), True)

    def output(self, outputs: Any) -> Any:
        if isinstance(outputs, str):
            return self.value(outputs)
        if isinstance(outputs, dict):
            return {name: self.output(item) for name, item in outputs.items()}
        return [self.output(item) for item in outputs]

    def steps(self, steps: Sequence[Any], env: Env) -> None:
        for step in steps:
            if isinstance(step, str):
                self.call(step, {}, env)
            elif "for" in step:
                for inner in rounds(step["for"], env):
                    self.steps(step["do"], inner)
            elif "do" in step:
                self.steps(step["do"] if value_of(step["when"], env) else step.get("else", []), env)
            else:
                ((kind, entries),) = step.items()
                self.call(kind, entries, env)

    def call(self, kind: str, entries: Any, env: Env) -> None:
        """One step."""
        if not isinstance(entries, dict):
            leading = {"M": "kernel_size", "A": "kernel_size", "L": "out_features"}.get(kind[0], "scale_factor")
            entries = {("output_size" if kind.startswith("Adaptive") else leading): entries}
        if not value_of(entries.get("when", True), env):
            return
        name = value_of(entries["name"], env) if "name" in entries else self.automatic(kind)
        key = self.place(kind, name, entries, env)
        if "repeat" in entries:
            for copy in range(value_of(entries["repeat"], env)):
                again = {n: v for n, v in entries.items() if copy == 0 or n != "from"}
                self.prev = self.once(kind, "" if copy else name, again, env, (*key, str(copy)))
        else:
            self.prev = self.once(kind, name, entries, env, key)
        self.names[name] = self.prev
        self.modules[name] = kind, entries, env, key

    def automatic(self, kind: str) -> str:
        stem = kind.lower()
        while True:
            self.counts[stem] = self.counts.get(stem, -1) + 1
            if f"{stem}_{self.counts[stem]}" not in self.names:
                return f"{stem}_{self.counts[stem]}"

    def place(self, kind: str, name: str, entries: Mapping[str, Any], env: Env) -> Key:
        """Where the step's weights stand."""
        if "key" in entries:
            return (*self.key, *value_of(entries["key"], env).split("."))
        counted = (
            (hasattr(nn, kind) and kind not in ("Parameter", "Buffer"))
            or kind in (self.walker.data.get("blocks") or {})
            or kind == "Branches"
        )
        if self.numbered is not None and counted:
            self.number += 1
            return (*self.key, *self.numbered, str(self.number - 1))
        return self.key if kind == "Branches" else (*self.key, name)

    def once(self, kind: str, name: str, entries: Mapping[str, Any], env: Env, key: Key) -> Any:
        source = entries.get("from", "prev")
        if kind == "Reuse":
            kind, entries, env, key = self.modules[value_of(entries["of"], env)]
        if kind == "Branches":
            return self.branches(entries, env, key, self.landed(name, "", self.wired(source, ["input"], env)[0], True))
        block = (self.walker.data.get("blocks") or {}).get(kind)
        ports = list(block.get("inputs", ["input"])) if block else ["input"]
        inputs = [] if kind in ("Parameter", "Buffer", "Constant") else self.wired(source, ports, env)
        if block is None and "like" in entries:
            inputs.append(self.value(value_of(entries["like"], env)))
        for index, port in enumerate(ports[: len(inputs)]):
            inputs[index] = self.landed(name, port, inputs[index], index == 0)
        given = {n: v for n, v in entries.items() if n not in KEYS and (block is not None or n != "like")}
        if block is None:
            return self.op(kind, given, entries.get("parametrize"), inputs, env, key)
        found = {n: value_of(v, env) for n, v in given.items()}
        for param, default in (block.get("params") or {}).items():
            if param not in found:
                found[param] = value_of(default, {**self.walker.params, **found})
        into = dict(zip(ports, inputs, strict=True))
        inner = Scope(self.walker, dict(into), inputs[0], {**self.walker.params, **found}, key, _numbered(block))
        result = inner.run(block)
        return Results(result, False) if isinstance(result, dict) else result

    def op(self, kind: str, given: Mapping[str, Any], how: str | None, inputs: list[Tensor], env: Env, key: Key) -> Any:
        axes = dict(zip(LETTERS.get(inputs[0].ndim, ""), inputs[0].shape, strict=False)) if inputs else {}
        seen = {**axes, **env, **self.functions()}

        def worked(value: Any) -> Any:
            if isinstance(value, list):
                return [worked(item) for item in value]
            return axes[value] if isinstance(value, str) and value in axes else value_of(value, seen)

        found = self.walker.ops.apply(kind, {n: worked(v) for n, v in given.items()}, inputs, key, how)
        if isinstance(found, Tensor):
            return found
        if kind in ("Chunk", "Split"):
            return Results({str(index): part for index, part in enumerate(found)}, False)
        names = ("output", *STATES.get(kind, ("indices",)))
        return Results(dict(zip(names, found, strict=True)), True)

    def functions(self) -> dict[str, Any]:
        return {
            "channels": lambda name: self.value(name).shape[1],
            "size": lambda name, axis: self.value(name).shape[axis],
        }

    # names

    def value(self, name: str) -> Tensor:
        stem, _, result = name.partition(".")
        if stem == "prev":
            return first(self.prev)
        scope: Scope | None = self
        while scope is not None and stem not in scope.names:
            if stem == "input":
                return scope.input
            scope = scope.parent
        assert scope is not None, name
        found = scope.names[stem]
        return found.named[result] if result else first(found)

    def wired(self, source: Any, ports: Sequence[str], env: Env) -> list[Tensor]:
        """What flows in."""
        if isinstance(source, str):
            return [self.value(value_of(source, env))]
        if isinstance(source, dict):
            return [self.value(value_of(source.get(port, "prev"), env)) for port in ports]
        return [self.value(name) for item in source for name in self.meant(item, env)]

    def meant(self, item: Any, env: Env) -> Iterator[str]:
        """The names that an item of a list means."""
        if isinstance(item, dict):
            for inner in rounds(item["for"], env):
                if value_of(item.get("when", True), inner):
                    yield value_of(item["take"], inner)
            return
        name = value_of(item, env)
        if not name.endswith("*"):
            yield name
            return
        for known in self.names:
            if re.fullmatch(re.escape(name[:-1]) + r"\d+(_\d+)*", known):
                yield known

    # skips and branches

    def landed(self, name: str, port: str, main: Tensor, is_first: bool) -> Tensor:
        """What arrives once the skips to a port are merged in."""
        here = [
            (skip, written, env)
            for skip, target, aim, written, env in self.skips
            if target == name and (aim == port or (is_first and not aim))
            if value_of(written.get("when", True), {**env, **self.functions()})
        ]
        for (merge, dim), group in groupby(here, key=lambda item: _kind(item[1])):
            before: list[Tensor] = []
            after: list[Tensor] = []
            for skip, written, env in group:
                value = self.value(value_of(written["from"], env))
                if written.get("via"):
                    key = (*self.key, skip)
                    inner = Scope(self.walker, {}, value, env, key, parent=self, prev=value)
                    inner.env = {**env, **inner.functions()}
                    inner.steps(written["via"], inner.env)
                    value = first(inner.prev)
                if "align" in written:
                    value, main = self.fitted(value, main, written["align"])
                (before if written.get("order") == "skip_first" else after).append(value)
            options = {"dim": dim} if merge == "concat" else {}
            merged = TABLE[merge.capitalize()](*before, main, *after, **options)
            assert isinstance(merged, Tensor)
            main = merged
        return main

    def fitted(self, value: Tensor, main: Tensor, align: Any) -> tuple[Tensor, Tensor]:
        options = dict(align) if isinstance(align, dict) else {"skip": align}
        side = "skip" if "skip" in options else "main"
        kind = {"crop": "Crop", "pad": "Pad", "resize": "Interpolate"}[options.pop(side)]
        moved, like = (value, main) if side == "skip" else (main, value)
        found = TABLE[kind](moved, like, **options)
        assert isinstance(found, Tensor)
        return (found, main) if side == "skip" else (value, found)

    def branches(self, entries: Mapping[str, Any], env: Env, key: Key, main: Tensor) -> Tensor:
        found = []
        for name, path in entries["paths"].items():
            written = {"do": path} if isinstance(path, list) else path
            for inner in rounds(written["for"], env) if "for" in written else [env]:
                place = (*key, value_of(name, inner))
                scope = Scope(self.walker, {}, main, inner, place, _numbered(written), parent=self)
                found.append(first(scope.run(written)))
        if len(found) == 1:
            return found[0]
        joined = TABLE[entries.get("merge", "concat").capitalize()](*found)
        assert isinstance(joined, Tensor)
        return joined


def _kind(skip: Mapping[str, Any]) -> tuple[str, int]:
    merge = skip.get("merge", "concat")
    return merge, skip.get("dim", 1) if merge == "concat" else 0


def first(value: Any) -> Tensor:
    """The value that a bare name means."""
    if isinstance(value, Results):
        assert value.has_first
        return next(iter(value.named.values()))
    assert isinstance(value, Tensor)
    return value
