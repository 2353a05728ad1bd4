"""The budgets that bound what a spec may ask for. The caller sets them; a spec cannot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a spec may be, as text and expanded. Counts, but for `bytes` and `scalar` (characters)."""

    bytes: int = 4 * 1024 * 1024
    depth: int = 64
    nodes: int = 500_000
    scalar: int = 65_536
    steps: int = 100_000
    """Steps after loops, repeats and blocks are expanded, all scopes together."""
    nesting: int = 64
    """Blocks within blocks, which bounds recursion too."""
    files: int = 64
    """Files that `use` may open, the spec's own included."""
    evaluations: int = 1_000_000
    """Expression operations in one run."""
    weights: int = 1_000_000_000_000
    """Numbers in all weights and buffers together."""
