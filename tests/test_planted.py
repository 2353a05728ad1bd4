"""Faults planted into the compiler, each of which some law must notice: the laws are worth what they catch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count, islice
from random import Random
from typing import Any

import laws
import pytest
import test_laws
import test_size_law
from random_specs import ACTIONS, WINDOWS, Drawn, drawn, is_by_chance

import skipgraph.elaborate.arguments
import skipgraph.elaborate.make
import skipgraph.emit.chains
import skipgraph.emit.expanded
import skipgraph.emit.forward
import skipgraph.emit.module
import skipgraph.emit.source
import skipgraph.emit.variables
import skipgraph.ops.conv
import skipgraph.ops.pooling
import skipgraph.ops.rules
from skipgraph.elaborate import landings, steps
from skipgraph.elaborate.scope import Landing, Scope
from skipgraph.emit.landings import Landings
from skipgraph.graph import Edge, Graph, Network, Node, Ref
from skipgraph.ops import CATALOG, Module
from skipgraph.ops.lowering import Arithmetic, Call, Value, module
from skipgraph.ops.recurrent import LSTM
from skipgraph.sizes import Contract, Dim, Size

pytestmark = pytest.mark.slow

Patch = Callable[[pytest.MonkeyPatch], None]
Law = Callable[[Drawn], Any]
FAULTS: dict[str, tuple[Patch, Law, str]] = {}


def fault(law: Law, word: str = "") -> Callable[[Patch], Patch]:
    """One row of the table: how the fault is planted, the law that notices it, what the specs to try speak of."""

    def register(patch: Patch) -> Patch:
        FAULTS[patch.__name__] = patch, law, word
        return patch

    return register


def size_law(drawing: Drawn) -> None:
    network = laws.compiled(drawing.yaml)
    test_size_law.contract_is_exact(network, test_size_law.sweeps(network, drawing, 24, both=False))


def lowered_as(patch: pytest.MonkeyPatch, kind: str, change: Callable[[Any, Any], Any]) -> None:
    """Change what an op is in torch."""
    cls = CATALOG[kind]
    honest = cls.lower
    patch.setattr(cls, "lower", lambda self, *types: change(self, honest(self, *types)))


def made_with(lowering: Module, **arguments: Any) -> Module:
    """A module made with other arguments."""
    make = lowering.make
    return replace(lowering, make=Call(make.function, *make.args, **{**make.kwargs, **arguments}))


@fault(laws.module_is_the_spec)
def the_order_of_a_concat(patch: pytest.MonkeyPatch) -> None:
    def reverse(op: Any, lowering: Any) -> Any:
        return Call("torch.cat", tuple(reversed(lowering.args[0])), dim=op.dim)

    lowered_as(patch, "Concat", reverse)


@fault(laws.module_is_the_spec, '"sub"')
def the_order_of_a_difference(patch: pytest.MonkeyPatch) -> None:
    def reverse(op: Any, lowering: Any) -> Any:
        last = lowering
        while isinstance(last.left, Arithmetic):
            last = last.left
        return Arithmetic("-", last.right, last.left) if last is lowering else lowering

    lowered_as(patch, "Sub", reverse)


@fault(laws.module_is_the_spec)
def a_dropped_edge(patch: pytest.MonkeyPatch) -> None:
    def drop(op: Any, lowering: Any) -> Any:
        return lowering.left if isinstance(lowering, Arithmetic) else lowering

    lowered_as(patch, "Add", drop)


@fault(laws.module_is_the_spec, 'ean"')
def a_mean_that_divides_by_two(patch: pytest.MonkeyPatch) -> None:
    lowered_as(patch, "Mean", lambda op, lowering: Arithmetic("/", lowering.left, 2))


@fault(laws.module_is_the_spec, '"max"')
def a_maximum_that_is_a_minimum(patch: pytest.MonkeyPatch) -> None:
    lowered_as(patch, "Max", lambda op, lowering: Call("torch.minimum", Value(0), Value(0)))


@fault(laws.module_is_the_spec)
def another_eps(patch: pytest.MonkeyPatch) -> None:
    lowered_as(patch, "BatchNorm2d", lambda op, lowering: made_with(lowering, eps=1e-4))


@fault(laws.module_is_the_spec)
def a_norm_that_keeps_no_statistics(patch: pytest.MonkeyPatch) -> None:
    lowered_as(patch, "BatchNorm2d", lambda op, lowering: made_with(lowering, track_running_stats=False))


@fault(laws.module_is_the_spec, "LeakyReLU")
def another_slope(patch: pytest.MonkeyPatch) -> None:
    lowered_as(patch, "LeakyReLU", lambda op, lowering: module("torch.nn.LeakyReLU", 0.1))


@fault(laws.module_is_the_spec)
def in_place_where_none_was_asked(patch: pytest.MonkeyPatch) -> None:
    for kind in ("ReLU", "LeakyReLU", "ELU", "SiLU", "Hardswish"):
        lowered_as(patch, kind, lambda op, lowering: made_with(lowering, inplace=True))


@fault(laws.module_is_the_spec, '"align_corners": true')
def corners_that_are_not_aligned(patch: pytest.MonkeyPatch) -> None:
    def unaligned(op: Any, lowering: Any) -> Any:
        if not op.align_corners:
            return lowering
        if isinstance(lowering, Module):
            return made_with(lowering, align_corners=False)
        return Call(lowering.function, *lowering.args, **{**lowering.kwargs, "align_corners": False})

    lowered_as(patch, "Upsample", unaligned)
    lowered_as(patch, "Interpolate", unaligned)


@fault(laws.module_is_the_spec, "repeat")
def a_shared_module_where_each_has_its_own(patch: pytest.MonkeyPatch) -> None:
    """Every later copy of a `repeat` runs the weights of the first."""
    honest = skipgraph.emit.source.written

    def shared(network: Network) -> Any:
        program = honest(network)
        return replace(program, text=re.sub(r"rep(\d+)\[[12]\]", r"rep\1[0]", program.text))

    patch.setattr(skipgraph.emit.module, "written", shared)
    patch.setattr(skipgraph.emit.chains, "mark_chains", lambda *_: None)
    patch.setattr(skipgraph.emit.source, "mark_chains", lambda *_: None)


@fault(laws.module_is_the_spec_as_written, '"Reuse"')
def a_reuse_with_weights_of_its_own(patch: pytest.MonkeyPatch) -> None:

    def copied(**fields: Any) -> Node:
        if fields.get("reuses") and not isinstance(fields["work"], Graph):
            fields |= {"reuses": None, "keys": ((fields["name"],),)}
        return Node(**fields)

    patch.setattr("skipgraph.elaborate.make.Node", copied)


@fault(laws.module_is_the_spec)
def freed_too_early(patch: pytest.MonkeyPatch) -> None:
    honest = skipgraph.emit.variables.Variables.let_go
    patch.setattr(skipgraph.emit.variables.Variables, "let_go", lambda self, position: honest(self, position + 1))


@fault(laws.activations_are_freed)
def freed_never(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(skipgraph.emit.variables.Variables, "let_go", lambda self, position: [])


@fault(laws.activations_are_freed, "return_indices")
def a_result_kept_that_nothing_reads(patch: pytest.MonkeyPatch) -> None:
    honest = skipgraph.emit.forward.Forward.statements

    def kept(self: Any) -> Any:
        made = honest(self)
        for at, one in enumerate(made):
            if re.match(r" *del _\b", one.lines[0]):
                made[at] = replace(one, lines=("        pass",))
        return made

    patch.setattr(skipgraph.emit.forward.Forward, "statements", kept)


@fault(laws.expanding_changes_nothing)
def a_skip_that_is_written_on_the_other_side(patch: pytest.MonkeyPatch) -> None:

    def turned(graph: Graph) -> Any:
        found = Landings(graph)
        found.entries = [replace(entry, first=not entry.first) for entry in found.entries]
        return found

    patch.setattr("skipgraph.emit.expanded.Landings", turned)


@fault(laws.expanding_changes_nothing, '"exact"')
def exact_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("skipgraph.elaborate.make.Node", lambda **fields: Node(**{**fields, "exact": False}))


@fault(laws.compiling_twice_is_compiling_once)
def names_that_hang_on_the_time(patch: pytest.MonkeyPatch) -> None:
    numbers = count()
    honest = Scope.automatic_name
    patch.setattr(
        Scope,
        "automatic_name",
        lambda self, kind: f"{honest(self, kind)}_{next(numbers)}",
    )


@fault(test_laws.heard)
def a_stranger_among_the_keys_of_a_step(patch: pytest.MonkeyPatch) -> None:
    """Arguments that an op does not have are dropped without a word."""
    honest = skipgraph.elaborate.arguments.Arguments._nodes

    def known(self: Any, cls: Any, kind: str) -> Any:
        return {name: node for name, node in honest(self, cls, kind).items() if name in cls.model_fields}

    patch.setattr(skipgraph.elaborate.arguments.Arguments, "_nodes", known)


@fault(size_law, '"ceil_mode"')
def a_window_too_many(patch: pytest.MonkeyPatch) -> None:
    """ceil_mode without torch's rule that a last window starts inside."""
    honest = skipgraph.ops.rules.windowed

    def windowed(size: Dim, *, ceil: bool = False, after: int | None = None, **more: Any) -> Dim:
        if not ceil:
            return honest(size, after=after, **more)
        extent: int = more.get("dilation", 1) * (more["kernel"] - 1) + 1
        room: Dim = size + 2 * more.get("before", 0) - extent
        stride: int = more["stride"]
        return -((-room) // stride) + 1

    patch.setattr(skipgraph.ops.pooling, "windowed", windowed)


@fault(size_law)
def a_stride_that_inference_forgets(patch: pytest.MonkeyPatch) -> None:
    honest = skipgraph.ops.rules.windowed
    patch.setattr(
        skipgraph.ops.conv,
        "windowed",
        lambda size, *, stride=1, **more: honest(size, stride=2 if stride == 3 else stride, **more),
    )


@fault(size_law)
def a_contract_that_misses_a_condition(patch: pytest.MonkeyPatch) -> None:
    """What an equality asks never reaches the contract."""
    honest = Contract.adding
    patch.setattr(
        Contract,
        "adding",
        lambda self, condition: self if type(condition).__name__ == "Equal" else honest(self, condition),
    )


@fault(size_law, '"layers"')
def a_contract_that_misses_what_is_too_small(patch: pytest.MonkeyPatch) -> None:
    honest = Contract.adding
    patch.setattr(
        Contract,
        "adding",
        lambda self, condition: self if type(condition).__name__ == "AtLeast" else honest(self, condition),
    )


@fault(size_law)
def a_contract_that_asks_too_much(patch: pytest.MonkeyPatch) -> None:
    """A window must fit twice."""
    honest = skipgraph.ops.rules.windowed

    def windowed(size: Dim, **more: Any) -> Dim:
        if isinstance(size, Size):
            skipgraph.ops.rules.at_least(size, 2 * more["kernel"], "")
        return honest(size, **more)

    patch.setattr(skipgraph.ops.conv, "windowed", windowed)


@fault(size_law, '"crop"')
def a_crop_that_may_grow(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CATALOG["Crop"], "_fits", lambda self, x, like, *, crop: None)


@fault(laws.module_is_the_spec, '"crop"')
def a_crop_from_the_corner(patch: pytest.MonkeyPatch) -> None:
    honest = CATALOG["Crop"]._windows_to  # type: ignore[attr-defined]

    def corner(self: Any, x: Any, like: Any) -> Any:
        windows = honest(self, x, like)
        return {axis: replace(one, start=None, stop=_length(one)) for axis, one in windows.items()}

    def _length(one: Any) -> Any:
        return one.stop if one.start is None else Arithmetic("-", one.stop, one.start)

    patch.setattr(CATALOG["Crop"], "_windows_to", corner)


@fault(laws.module_is_the_spec_as_written, "skip_first")
def a_skip_that_forgets_its_order(patch: pytest.MonkeyPatch) -> None:
    honest = landings._merge

    def merge(scope: Any, target: str, port: str, arrived: Any, main: Any) -> Edge:
        return honest(scope, target, port, [(replace(one, first=False), edge) for one, edge in arrived], main)

    patch.setattr(landings, "_merge", merge)


@fault(laws.module_is_the_spec_as_written)
def another_merge(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(landings.MERGES, "sub", "Add")


@fault(laws.module_is_the_spec_as_written)
def a_via_that_is_passed_by(patch: pytest.MonkeyPatch) -> None:
    """Its steps are made, and what the skip carries goes around them."""
    honest = landings._via

    def around(scope: Any, landing: Any, ref: Ref) -> Ref:
        made = honest(scope, landing, ref)
        return ref if scope.builder.type_of(ref) == scope.builder.type_of(made) else made

    patch.setattr(landings, "_via", around)


@fault(laws.module_is_the_spec_as_written, "mean")
def neighbours_that_merge_one_by_one(patch: pytest.MonkeyPatch) -> None:
    numbers = count()
    patch.setattr(Landing, "kind", property(lambda self: next(numbers)))


@fault(laws.module_is_the_spec_as_written, "repeat")
def a_copy_that_reads_what_the_first_read(patch: pytest.MonkeyPatch) -> None:
    """All copies of a `repeat` take the same input."""
    honest = steps._once
    patch.setattr(
        steps, "_once", lambda site, kind, keys, before, landing=None: honest(site, kind, keys, None, landing)
    )


@fault(laws.module_is_the_spec_as_written, '*"')
def a_stem_that_takes_too_much(patch: pytest.MonkeyPatch) -> None:
    """`m*` in the order of the alphabet, backwards."""
    honest = Scope.matching
    patch.setattr(Scope, "matching", lambda self, stem: iter(sorted(honest(self, stem), reverse=True)))


@fault(laws.module_is_the_spec_as_written, "LSTM")
def states_in_the_other_order(patch: pytest.MonkeyPatch) -> None:
    """The cells' state for the hidden one."""
    honest = LSTM.lower
    patch.setattr(LSTM, "lower", lambda self, *inputs: replace(honest(self, *inputs), returned=(0, (2, 1))))


def tried(law: Law, word: str, most: int = 25) -> Iterator[Drawn]:
    """A fixed handful of specs that speak of something."""
    actions = WINDOWS if law is size_law else ACTIONS
    every = (drawn(Random(seed), 6, actions) for seed in count())
    return islice((one for one in every if word in one.json and not is_by_chance(one)), most)


def noticed(law: Law, drawings: Iterable[Drawn], plant: Patch | None = None) -> BaseException | None:
    """What the law says of the first spec that breaks it."""
    for drawing in drawings:
        with pytest.MonkeyPatch.context() as patch:
            if plant:
                plant(patch)
            try:
                law(drawing)
            except Exception as error:  # whatever a fault leads to
                return error
    return None


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_noticed(name: str) -> None:
    plant, law, word = FAULTS[name]
    assert noticed(law, tried(law, word), plant) is not None


@pytest.mark.parametrize("law", dict.fromkeys(law for _, law, _ in FAULTS.values()), ids=lambda law: law.__name__)
def test_without_a_fault_such_specs_pass(law: Law) -> None:
    assert noticed(law, tried(law, "", 8)) is None
