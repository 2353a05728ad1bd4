"""Arguments as text: as a spec writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from skipgraph.ops import Computed
from skipgraph.sizes import show

_LONGEST = 80


def shown(value: Any) -> str:
    """A value as a spec has it: `[3, 3]`, `true`, `H/2`; a long one cut."""
    text = _written(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _written(value: Any) -> str:
    if isinstance(value, Computed):
        return show(value.size)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_written(key)}: {_written(item)}' for key, item in value.items())}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, str):
        return value if value.replace("_", "").isalnum() else json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)
