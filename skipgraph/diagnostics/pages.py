"""The page of a code: what `skipgraph explain SG402` shows."""

from __future__ import annotations

from pathlib import Path

from skipgraph.diagnostics.codes import CODES

# In an installed package the pages lie beside this file, in a checkout under `docs`.
_FOLDERS = (Path(__file__).parent / "pages", Path(__file__).parents[2] / "docs" / "diagnostics")


def page(code: str) -> str | None:
    """The page's Markdown, or None for a code that there is not."""
    code = code.strip().upper()
    if code not in CODES:
        return None
    for folder in _FOLDERS:
        file = folder / f"{code}.md"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None
