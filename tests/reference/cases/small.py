"""Small networks, each for one thing that others lack."""

from __future__ import annotations

from reference.case import Case
from reference.handwritten import small


def _three(
    *shapes: tuple[int, ...], others: tuple[tuple[int, ...], ...] | None = None
) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Two times the inputs of one sample, then others, or as many samples as two."""
    return shapes, shapes, others or tuple((2, *shape[1:]) for shape in shapes)


CASES = (
    Case(
        "late_fusion",
        lambda: small.LateFusion(8, 50),
        _three((1, 3, 32, 32), (1, 64, 20), (1, 9), others=((2, 3, 17, 40), (2, 64, 7), (2, 12))),
        {"width": 8, "words": 50},
        by_order=True,
        package=False,
        whole=50,
        code=lambda: (small.LateFusion,),
    ),
    Case(
        "wide_deep",
        lambda: small.WideDeep([10, 20, 30], 4, [16, 8], 15),
        _three((1, 13), (1, 3), (1, 6), others=((2, 13), (2, 3), (2, 4))),
        {"tables": [10, 20, 30], "embedding": 4, "widths": [16, 8], "crosses": 15},
        by_order=True,
        package=False,
        whole=10,
        code=lambda: (small.WideDeep,),
    ),
    Case(
        "highway",
        lambda: small.Highway(12, 5),
        _three((1, 1, 28, 28)),
        {"width": 12, "depth": 5},
        by_order=True,
        package=False,
        code=lambda: (small.HighwayLayer, small.Highway),
    ),
    Case(
        "rezero",
        lambda: small.ReZero(16, 4),
        _three((1, 3, 32, 32)),
        {"width": 16, "depth": 4},
        by_order=True,
        package=False,
        code=lambda: (small.ReZeroLayer, small.ReZero),
    ),
)

CONTRACTS = dict.fromkeys(("highway", "late_fusion", "rezero", "wide_deep"), "any size")
