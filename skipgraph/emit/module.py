"""The network as an nn.Module: the printed source itself, run with the spec's lines in place of its own."""

from __future__ import annotations

import ast
import linecache
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import nn

from skipgraph.emit.base import Block, Chain, ChainNetwork, Generated, SpecModule, WithFeatures
from skipgraph.emit.picture import Picture
from skipgraph.emit.program import ClassMarks, Program
from skipgraph.emit.relocated import Places, chain_class, runnable
from skipgraph.emit.source import written
from skipgraph.graph import Network

_BASES: dict[str, type[nn.Module]] = {
    "_Block": Block,
    "_Chain": Chain,
    "_ChainNetwork": ChainNetwork,
    "_Network": SpecModule,
    "_NetworkWithFeatures": WithFeatures,
}


def to_module(network: Network) -> nn.Module:
    """The network as a module, its weights as torch draws them."""
    classes = classes_of(written(network))
    classes.picture = Picture(network)
    model = classes.by_place[classes.program.root]()
    assert isinstance(model, nn.Module)
    return model


class Classes:
    """The classes of one program, and the functions made from them since."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.picture = Picture(None)
        """Of what it was printed from."""
        self.marks = {marks.name: marks for marks in program.classes}
        self.by_place: dict[str, type[Generated]] = {}
        self.globals: dict[str, Any] = {"torch": torch, "nn": nn, "F": nn.functional, **_BASES, **program.externs}
        self.looks: dict[Any, Any] = {}
        """Forwards that keep values on the way, by class and names."""
        self.definitions = {node.name: node for node in ast.parse(program.text).body if isinstance(node, ast.ClassDef)}
        self.places = [Places(_file(name, text), text) for name, text in program.sources]
        for name in self.definitions:
            self._define(name)

    def _define(self, name: str) -> None:
        marks = self.marks[name]
        places = self.places[marks.source]
        for number, chain in enumerate([] if marks.is_chain else marks.chains):
            self._add(f"{name}.{number}", chain_class("Sequential", chain, places), "Sequential", places)
            self.globals[f"_Sequential{number}"] = self.by_place[f"{name}.{number}"]
        self._add(name, runnable(self.definitions[name], marks, places, self._base(marks)), name, places)

    def _base(self, marks: ClassMarks) -> str:
        if marks.is_chain:
            return "_ChainNetwork" if marks.name == self.program.root else "_Chain"
        if marks.name != self.program.root:
            return "_Block"
        own = {mark.child[0] for mark in marks.forward if mark.child}
        text = ast.unparse(self.definitions[marks.name])
        return "_Network" if "features" in own or "self.features" in text else "_NetworkWithFeatures"

    def _add(self, place: str, tree: ast.ClassDef, name: str, places: Places) -> None:
        # the chains of one class are bound to its __init__ when that is made
        scope = dict(self.globals)
        module = ast.Module([tree], [])
        exec(compile(ast.fix_missing_locations(module), places.file, "exec"), scope)
        cls = scope[name]
        cls.__module__ = Generated.__module__
        cls._skipgraph_classes = self
        cls._skipgraph_place = place
        self.by_place[place] = cls
        if place == name:
            self.globals[name] = cls


_known: WeakValueDictionary[str, Classes] = WeakValueDictionary()


def classes_of(program: Program) -> Classes:
    """The classes of a program; the same ones for the same program."""
    digest = program.digest
    known = _known.get(digest)
    if known is None:
        known = _known.setdefault(digest, Classes(program))
    return known


def restored(program: Program, place: str, picture: Picture | None = None) -> Generated:
    """An empty module of a class of a program, as unpickling asks for."""
    classes = classes_of(program)
    if picture is not None and not classes.picture.is_known:
        classes.picture = picture
    cls = classes.by_place[place]
    return cls.__new__(cls)


def _file(name: str, text: str) -> str:
    """The file name to compile with; the text is kept, so that tracebacks show its lines as they were compiled."""
    lines = text.splitlines(keepends=True)
    unique, count = name, 2
    while not name_fits(unique, lines):
        unique, count = f"{name} ({count})", count + 1
    linecache.cache[unique] = (len(text), None, lines, unique)
    return unique


def name_fits(name: str, lines: list[str]) -> bool:
    """Whether no other text goes by this name."""
    entry = linecache.cache.get(name)
    return entry is None or len(entry) < 4 or entry[1] is not None or entry[2] == lines
