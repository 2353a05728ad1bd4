"""From the command line's words to settings."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from skipgraph.api import Settings
from skipgraph.cli.main import Usage
from skipgraph.diagnostics.suggest import closest
from skipgraph.limits import Limits


def settings(arguments: Namespace) -> Settings:
    """What the options of a command ask for; raises `Usage`."""
    return Settings(
        written=dict(pairs(arguments.set, "--set", "base=32")),
        without=frozenset(name for names in arguments.without for name in names.split(",")),
        externs={
            name: _imported(where) for name, where in pairs(arguments.extern, "--extern", "Name=package.module:Name")
        },
        strict=arguments.strict,
        limits=_limits(arguments.limit),
        sizes=sizes_of(arguments.size),
    )


def pairs(items: Iterable[str], option: str, example: str) -> Iterator[tuple[str, str]]:
    """The `NAME=VALUE` of an option that may stand several times; raises `Usage`."""
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise Usage(f"{option} takes `NAME=VALUE`, such as `{option} {example}`; got `{item}`")
        yield name.strip(), value


def _listed(items: Iterable[str]) -> Iterator[str]:
    for item in items:
        yield from (part for part in item.split(",") if part)


def _number(option: str, name: str, value: str) -> int:
    try:
        return int(value.strip().replace("_", ""))
    except ValueError:
        raise Usage(f"{option} takes whole numbers, such as `{option} {name}=256`; got `{value}`") from None


def sizes_of(items: Iterable[str]) -> dict[str, int]:
    """What `--size` asks for, by axis; raises `Usage`."""
    return {name: _number("--size", name, value) for name, value in pairs(_listed(items), "--size", "H=256,W=256")}


def _limits(items: Iterable[str]) -> Limits:
    names = [field.name for field in fields(Limits)]
    chosen = {}
    for name, value in pairs(_listed(items), "--limit", "nodes=1000000"):
        if name not in names:
            near = closest(name, names)
            choices = f"did you mean `{near}`?" if near else f"there are {', '.join(names)}"
            raise Usage(f"there is no limit `{name}`: {choices}")
        chosen[name] = _number("--limit", name, value)
    return Limits(**chosen)


def _imported(where: str) -> Any:
    """The class at `package.module:Class`, which the caller names and the spec cannot."""
    from importlib import import_module

    module, colon, path = where.strip().partition(":")
    if not colon or not module or not path:
        raise Usage(f"--extern takes `Name=package.module:Class`; got `{where}`")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except Exception as error:
        raise Usage(f"--extern cannot import `{where}`: {type(error).__name__}: {error}") from error
    return found
