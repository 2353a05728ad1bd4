"""The weights of one network put into another: paired, converted, written, and proved on an example, or nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Literal

import torch
from torch import Tensor, nn

from skipgraph.importers.weights.pairing import Pairing
from skipgraph.importers.weights.rename import Table
from skipgraph.importers.weights.report import Changed, Pair, PortError, PortReport, Way, grouped
from skipgraph.importers.weights.running import Run, differences, run, silent
from skipgraph.importers.weights.tensors import Tensors, check_live, converted, same_values, tensors_of, ties


def port_weights(
    source: nn.Module | Mapping[str, Tensor],
    target: nn.Module,
    example: Any = None,
    *,
    rename: Mapping[str, str | None] | None = None,
    by: Literal["name", "order"] | None = None,
    partial: bool = False,
) -> PortReport:
    """Put the weights of `source` into `target`; what went where. See `skipgraph.port_weights`."""
    if not isinstance(target, nn.Module):
        raise TypeError(f"the target is a module, got {type(target).__name__}")
    if by not in (None, "name", "order"):
        raise ValueError(f"`by` is 'name', 'order' or None, got {by!r}")
    given, wanted = tensors_of(source, "source"), tensors_of(target, "target")
    check_live(target, wanted)
    runs = example is not None and isinstance(source, nn.Module)
    if by == "order" and not runs:
        raise PortError("order of use is seen where two modules run on an example", (), "give both, and `example`")
    before = run(source, given, example, "source") if runs and isinstance(source, nn.Module) else None

    pairing = Pairing(given, wanted)
    pairing.by_name(_table(rename or {}, given, wanted), names=by != "order")  # what is called alike
    pairing.by_ties()  # one tensor under several keys
    ordered = by == "order" or (by is None and not partial)
    if before and ordered and pairing.new:
        pairing.by_order(before.uses, run(target, wanted, example, "target").uses)  # what is used alike
        pairing.by_ties()
    changed = _changed(pairing)
    _refuse_what_does_not_fit(pairing, changed, partial=partial, ordered=before is not None and ordered)
    values, pairs = _values(pairing, {each.target for each in changed})
    unfilled = pairing.new
    new = [key for key in wanted if key in unfilled]
    fresh = bool(changed or _drawn(new, target))
    with _all_or_nothing(wanted, values):
        if before and not fresh:
            _prove(before, run(target, wanted, example, "target"), pairs, by)
    guessed = [pair.target for pair in pairs if pair.way is Way.ORDER] if before and not fresh else []
    unseen = silent(target, wanted, example) if guessed else frozenset()
    left = pairing.open_source | pairing.left_out
    return PortReport(
        pairs=pairs,
        changed=tuple(changed),
        new=tuple(new),
        dropped=tuple(key for key in given if key in left),
        total=len(wanted),
        compared=before is not None and not fresh,
        uncompared=_uncompared(before, example, fresh),
        unproved=tuple(key for key in guessed if key in unseen),
    )


def _table(rename: Mapping[str, str | None], given: Tensors, wanted: Tensors) -> Table:
    """The rename table; a rule that is malformed, or does nothing, is refused."""
    table = Table(rename)
    wrong = table.errors or table.idle(given, wanted)
    if wrong:
        raise PortError("the rename table does not fit", wrong.values(), None, wrong)
    return table


def _changed(pairing: Pairing) -> list[Changed]:
    """The pairs whose shapes differ, in the target's order."""
    found = []
    for place, tensor in pairing.wanted.items():
        if place in pairing.pairs:
            key = pairing.pairs[place][0]
            before, after = tuple(pairing.given[key].shape), tuple(tensor.shape)
            if before != after:
                found.append(Changed(key, place, before, after))
    return found


def _refuse_what_does_not_fit(pairing: Pairing, changed: list[Changed], *, partial: bool, ordered: bool) -> None:
    """Raise with everything at once: places taken twice, shapes that differ, weights that nothing goes to."""
    problems = [*pairing.problems, *_torn(pairing)]
    puzzles = [f"order of use does not tell which is which: {each}" for each in pairing.puzzles]
    help = None
    if not pairing.pairs:
        prefix = _wrapper(pairing)
        help = (
            f"`rename={{{prefix!r}: ''}}` takes `{prefix}` away"
            if prefix is not None
            else (
                "a rename table pairs other names"
                + ("" if ordered else "; so does order of use, with two modules and an example")
            )
        )
        begin = f"the source begins with {_some(pairing.given)}; the target with {_some(pairing.wanted)}"
        raise PortError("nothing in the source goes anywhere in the target", [*problems, *puzzles, begin], help)
    if not partial:
        problems += [
            f"`{each.target}` has another shape: {list(each.before)} in the source, {list(each.after)} in the target"
            for each in changed
        ]
        new, open_source = pairing.new, pairing.open_source
        missing = [key for key in pairing.wanted if key in new and not _set_by_its_class(pairing.wanted[key])]
        problems += [f"nothing goes to {each}" for each in grouped(missing)]
        if missing:
            problems += puzzles
        if changed or missing:
            left = [key for key in pairing.given if key in open_source]
            if left and missing:
                problems.append(f"left over in the source: {_some(left)}")
            help = "a rename table pairs other names; `partial` lets the rest of the target stay as it is"
    if problems:
        raise PortError("the weights do not fit", problems, help)


def _torn(pairing: Pairing) -> Iterator[str]:
    """Places of one tensor in the target for which the source has different values."""
    for keys in dict.fromkeys(ties(pairing.wanted).values()):
        sources = list(dict.fromkeys(pairing.pairs[key][0] for key in keys if key in pairing.pairs))
        if any(not same_values(pairing.given[sources[0]], pairing.given[each]) for each in sources[1:]):
            yield f"{_some(keys)} are one tensor in the target, {_some(sources)} differ in the source"


def _set_by_its_class(tensor: Tensor) -> bool:
    """Whether it starts as it should without a checkpoint: counts, masks and indices, which old files leave out."""
    return not tensor.is_floating_point() and not tensor.is_complex() and not tensor.requires_grad


def _drawn(new: Iterable[str], target: nn.Module) -> bool:
    """Whether any of these is a weight that starts at random, or statistics that start empty."""
    state = target.state_dict(keep_vars=True)
    return any(not _set_by_its_class(state[key]) for key in new)


def _values(pairing: Pairing, without: set[str]) -> tuple[Tensors, tuple[Pair, ...]]:
    """What to write, in the target's dtypes, none of it memory of the target; and the pairs."""
    homes = {tensor.untyped_storage().data_ptr() for tensor in pairing.wanted.values()}
    values: Tensors = {}
    pairs, problems = [], []
    for place, tensor in pairing.wanted.items():
        if place not in pairing.pairs or place in without:
            continue
        key, way = pairing.pairs[place]
        try:
            value, note = converted(pairing.given[key], tensor)
        except ValueError as error:
            problems.append(f"`{key}` -> `{place}`: {error}")
            continue
        values[place] = value.clone() if value.untyped_storage().data_ptr() in homes else value
        pairs.append(Pair(key, place, tuple(tensor.shape), way, note))
    if problems:
        raise PortError("the weights do not fit", problems, "convert the source first")
    return values, tuple(pairs)


@contextmanager
def _all_or_nothing(wanted: Tensors, values: Tensors) -> Iterator[None]:
    """Write the values; whatever goes wrong within, every one is taken back."""
    kept = {key: wanted[key].detach().clone() for key in values}
    written: list[str] = []
    try:
        with torch.no_grad():
            for key, value in values.items():
                written.append(key)
                wanted[key].copy_(value)
        yield
    except BaseException as error:
        with torch.no_grad():
            for key in written:
                with suppress(RuntimeError):  # what could not be written is as it was
                    wanted[key].copy_(kept[key])
        if isinstance(error, RuntimeError):
            raise PortError("the target cannot be written to", [str(error).split("\n")[0]]) from error
        raise


def _prove(before: Run, after: Run, pairs: Iterable[Pair], by: str | None) -> None:
    """Raise unless the target gives what the source gives."""
    found = differences(before.outputs, after.outputs)
    if not found:
        return
    ordered = [pair for pair in pairs if pair.way is Way.ORDER]
    if any("float" in pair.note for pair in pairs):
        help = "the dtypes differ: give both modules the same, or leave `example` out"
    elif ordered:
        help = "order of use paired " + _some(f"{pair.source} -> {pair.target}" for pair in ordered)
        help += ": a rename table says otherwise"
    elif by is None:
        help = "if names mean other layers here, `by='order'` pairs by order of use instead"
    else:
        help = "see what differs between the two forwards"
    raise PortError("the outputs differ on the example", found, help)


def _uncompared(before: Run | None, example: Any, fresh: bool) -> str:
    if example is None:
        return "no example"
    if before is None:
        return "the source is a state_dict, which does not run"
    return "some of the target is as it was" if fresh else ""


def _wrapper(pairing: Pairing) -> str | None:
    """A first name, such as DataParallel's `module`, without which keys of the source are the target's."""
    firsts = {key.partition(".")[0] for key in pairing.given}
    prefix = firsts.pop() if len(firsts) == 1 else None
    if prefix and any(key.removeprefix(f"{prefix}.") in pairing.wanted for key in pairing.given):
        return f"{prefix}."
    return None


def _some(names: Iterable[str], most: int = 4) -> str:
    """`a`, `b` and 3 more."""
    listed = [f"`{name}`" for name in names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
