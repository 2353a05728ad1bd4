"""The table of ops is what their modules define."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import skipgraph.ops
from skipgraph.ops import CATALOG, Op


def defined() -> dict[str, type[Op]]:
    """Every public op class, from every module of the package."""
    found = {}
    for info in pkgutil.iter_modules(skipgraph.ops.__path__):
        module = import_module(f"skipgraph.ops.{info.name}")
        for name, member in vars(module).items():
            own = isinstance(member, type) and issubclass(member, Op) and member.__module__ == module.__name__
            if own and not name.startswith("_") and "infer" in dir(member):
                found[name] = member
    return found


def test_the_table_has_exactly_the_ops_that_the_modules_define() -> None:
    bases = {"Op", "SameShape", "Activation", "AnyPool", "Pool", "Heads", "Layers"}
    classes = {name: op for name, op in defined().items() if name not in bases}
    assert set(classes) - set(CATALOG) == set(), "write these in skipgraph/ops/catalog.py"
    assert set(CATALOG) - set(classes) == set(), "these are in skipgraph/ops/catalog.py and nowhere else"
    assert all(CATALOG[name] is op for name, op in classes.items())


def test_looking_a_name_up_makes_no_class() -> None:
    assert "Conv2d" in CATALOG
    assert "conv2d" not in CATALOG
    assert len(CATALOG) == len(list(CATALOG))
