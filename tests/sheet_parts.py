"""Sheets to write in each format, and what is on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from skipgraph.api import load
from skipgraph.render.sheet import Group, Item, Sheet, Text
from skipgraph.render.views import View, sheet_of

ROOT = Path(__file__).parents[1]
SPECS = [ROOT / "specs" / f"{name}.yaml" for name in ("unet", "resnet", "hrnet", "siamese")]
VIEWS: tuple[View, ...] = ("figure", "flow", "graphviz")
HOSTILE = "\\end{document} $x_1^2$ {a}&b #1 50% ~<tag>|\"q\" 'r' `s` a--b,, λ² é層 \N{GRINNING FACE} \\\\"

in_views = pytest.mark.parametrize(
    ("file", "view"),
    [(file, view) for file in SPECS for view in VIEWS if file.stem != "hrnet" or view == "figure"],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)


@cache
def sheet(file: Path = SPECS[0], view: View = "figure") -> Sheet:
    return sheet_of(load(file), view, "blocks")


def texts(items: tuple[Item, ...]) -> Iterator[Text]:
    for item in items:
        if isinstance(item, Group):
            yield from texts(item.items)
        elif isinstance(item, Text):
            yield item


def without(sheet: Sheet, unwanted: Callable[[Item], bool]) -> Sheet:
    """The sheet with some of its shapes left out."""

    def kept(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(
            replace(item, items=kept(item.items)) if isinstance(item, Group) else item
            for item in items
            if not unwanted(item)
        )

    return replace(sheet, items=kept(sheet.items))


def is_text(item: Item) -> bool:
    return isinstance(item, Text)
