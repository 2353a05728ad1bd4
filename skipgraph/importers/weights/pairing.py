"""Which tensor of the source goes where: by table and name, by order of use, by ties."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from skipgraph.importers.weights.rename import Table, reworded
from skipgraph.importers.weights.report import Way
from skipgraph.importers.weights.running import Use
from skipgraph.importers.weights.tensors import Tensors, ties


@dataclass(slots=True)
class Pairing:
    """Pairs as they are found, by the target's key."""

    given: Tensors
    wanted: Tensors
    pairs: dict[str, tuple[str, Way]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    puzzles: list[str] = field(default_factory=list)
    """What order of use could not decide."""
    left_out: set[str] = field(default_factory=set)
    """Keys of the source that the table leaves out."""

    def by_name(self, table: Table, *, names: bool) -> None:
        """Pair what the table says, and without a rule what is called alike."""
        for key in self.given:
            rule = table.of(key)
            if rule is None and not names:
                continue
            renamed = key if rule is None else rule.renamed(key)
            if renamed is None:
                self.left_out.add(key)
                continue
            place = renamed if renamed in self.wanted else reworded(renamed, self.wanted)
            if place is None:
                continue
            if place in self.pairs:
                self.problems.append(f"`{self.pairs[place][0]}` and `{key}` both lead to `{place}`")
            else:
                self.pairs[place] = key, Way.NAME if rule is None else Way.TABLE

    def by_ties(self) -> None:
        """What is one tensor with another in the target is there when that is."""
        for keys in dict.fromkeys(ties(self.wanted).values()):
            found = next((self.pairs[key][0] for key in keys if key in self.pairs), None)
            if found is not None:
                for key in keys:
                    self.pairs.setdefault(key, (found, Way.TIED))

    def by_order(self, given: Iterable[Use], wanted: Iterable[Use]) -> None:
        """Pair what is left by the order of first use: calls of one op on tensors of the same shapes, one by one."""
        left, new = self.open_source, self.new
        source = [used for each in given if (used := self._left(each, left))]
        target = [used for each in wanted if (used := self._left(each, new))]
        rest = self._zip(_kinds(source, self.given), _kinds(target, self.wanted))
        # written with other calls of torch, as `x @ w.t()` for a Linear: tensor by tensor
        alone = (self._alone(source, self.open_source), self._alone(target, self.new))
        kinds = (_kinds(alone[0], self.given), _kinds(alone[1], self.wanted))
        for kind in self._zip(*kinds) if rest else ():
            ours, theirs = (len(side.get(kind, ())) for side in reversed(kinds))
            if ours and theirs:
                self.puzzles.append(f"{list(kind[1][0])}: {theirs} in the source, {ours} in the target")
        self._beside()

    def _zip(self, given: dict[_Kind, list[Use]], wanted: dict[_Kind, list[Use]]) -> list[_Kind]:
        """Pair the uses of each kind where there are equally many; the kinds where there are not."""
        for kind, uses in wanted.items():
            others = given.get(kind, [])
            if len(uses) == len(others):
                for use, other in zip(uses, others, strict=True):
                    for key, source in zip(use.keys, other.keys, strict=True):
                        self.pairs[key] = source, Way.ORDER
        return [kind for kind, uses in wanted.items() if len(uses) != len(given.get(kind, []))]

    def _beside(self) -> None:
        """Tensors that no forward reads in eval mode, such as counts, go where those beside them went."""
        modules: dict[str, set[str]] = {}
        for place, (key, _) in self.pairs.items():
            modules.setdefault(_module(place), set()).add(_module(key))
        open_source = self.open_source
        for place in self.new:
            above = modules.get(_module(place), set())
            name = place.rpartition(".")[2]
            keys = {f"{each}.{name}" if each else name for each in above} & open_source
            if len(keys) == 1 and self.given[key := keys.pop()].shape == self.wanted[place].shape:
                self.pairs[place] = key, Way.ORDER

    def _left(self, use: Use, keys: set[str]) -> Use | None:
        left = tuple(key for key in use.keys if key in keys)
        return Use(use.op, left) if left else None

    def _alone(self, uses: Sequence[Use], keys: set[str]) -> list[Use]:
        return [Use("", (key,)) for use in uses for key in use.keys if key in keys]

    @property
    def new(self) -> set[str]:
        """Keys of the target that have nothing yet."""
        return self.wanted.keys() - self.pairs.keys()

    @property
    def open_source(self) -> set[str]:
        """Keys of the source that went nowhere yet; of a tensor with several keys none did."""
        used = {key for key, _ in self.pairs.values()}
        together = {other for keys in ties(self.given).values() if used & set(keys) for other in keys}
        return self.given.keys() - used - together - self.left_out


_Kind = tuple[str, tuple[tuple[int, ...], ...]]
"""An op, and the shapes of the tensors that it is the first to read."""


def _kinds(uses: Iterable[Use], tensors: Tensors) -> dict[_Kind, list[Use]]:
    kinds: dict[_Kind, list[Use]] = {}
    for use in uses:
        kinds.setdefault((use.op, tuple(tuple(tensors[key].shape) for key in use.keys)), []).append(use)
    return kinds


def _module(key: str) -> str:
    """What stands before a tensor's own name."""
    return key.rpartition(".")[0]
