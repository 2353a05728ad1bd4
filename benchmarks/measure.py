"""Two things measured in turn, A B A B: what slows the machine slows both, and the ratio of each pair is a sample."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Comparison:
    """Seconds of each round, ours and the other's."""

    ours: tuple[float, ...]
    other: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Ours by the other's, round by round, sorted."""
        return sorted(a / b for a, b in zip(self.ours, self.other, strict=True))

    @property
    def spread(self) -> tuple[float, float]:
        """Between which two lies the middle half of the ratios."""
        if len(self.ratios) < 2:
            return self.ratios[0], self.ratios[0]
        low, _, high = quantiles(self.ratios, n=4, method="inclusive")
        return low, high

    def row(self, name: str) -> str:
        """The name, the medians, the ratio's median and its middle half."""
        low, high = self.spread
        times = f"{shown(median(self.ours))} : {shown(median(self.other))}"
        return f"{name:<50} {times:>23}   {median(self.ratios):6.3f}   {low:.3f} .. {high:.3f}"


def compare(
    ours: Callable[[], object],
    other: Callable[[], object],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
    calls: int = 1,
    warm: bool = True,
) -> Comparison:
    """Both, in turn, after one round that does not count if `warm`; in every second round the other goes first."""
    first: list[float] = []
    second: list[float] = []
    pairs = [(ours, first), (other, second)]
    for index in range(rounds + warm):
        for function, times in pairs if index % 2 else pairs[::-1]:
            gc.collect()
            start = clock()
            for _ in range(calls):
                function()
            times.append((clock() - start) / calls)
    return Comparison(tuple(first[warm:]), tuple(second[warm:]))


def title(text: str, target: str) -> None:
    """The heading of a table of rows."""
    print(f"{text} (target: {target})")
    print(f"{'':<50} {'ours : other':>23}   {'ratio':>6}   middle half")


def shown(seconds: float) -> str:
    """A time in the unit that fits it."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.2f} {unit}"
    return f"{seconds * 1e6:.1f} us"
