"""The figure of a module, for a notebook: also where the module came out of a file and its spec is not there."""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import Any

from skipgraph.graph import Network

_MOST = 1_000
"""Steps side by side of the largest network whose picture goes into a pickle: drawing more takes seconds."""


class Picture:
    """A network's figure as SVG, drawn when it is asked for; a pickle keeps it, drawn."""

    def __init__(self, network: Network | None, kept: bytes | None = None) -> None:
        self._network = network
        self._kept = kept

    @property
    def is_known(self) -> bool:
        return self._network is not None or self._kept is not None

    @cached_property
    def svg(self) -> str | None:
        """None where there is neither the network nor a picture of it."""
        if self._network is not None:
            return self._network._repr_svg_()
        return None if self._kept is None else zlib.decompress(self._kept).decode()

    def __deepcopy__(self, memo: dict[int, Any]) -> Picture:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if self._network is not None and len(self._network.graph.nodes) > _MOST:
            return Picture, (None, None)
        try:
            svg = self.svg
        except Exception:  # whatever it is: weights that cannot be saved are worse than a picture that is missing
            svg = None
        return Picture, (None, None if svg is None else zlib.compress(svg.encode()))
