"""The contract says yes exactly where every condition holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skipgraph.sizes import (
    AtLeast,
    Condition,
    Contract,
    Dim,
    Divides,
    Equal,
    IntSet,
    collecting,
    evaluate,
    exactly,
    maximum,
    minimum,
    require,
    scaled,
    show,
    substitute,
    symbol,
)

H, W, N = symbol("H"), symbol("W"), symbol("N")
RANGE = range(1, 601)


def contract(*conditions: Condition, symbols: str = "HW") -> Contract:
    found = Contract.open(symbols)
    for condition in conditions:
        found = found.adding(condition)
    return found


def window(size: Dim, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Dim:
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def ceil_window(size: Dim, kernel: int, stride: int, padding: int) -> Dim:
    """A pool with `ceil_mode`: a window that would start beyond the input and its left padding is dropped."""
    return minimum(-(-(size + 2 * padding - kernel) // stride), (size + padding - 1) // stride) + 1


def padded_unet(size: Dim) -> Dim:
    skips = []
    for _ in range(4):
        size = window(window(size, 3, padding=1), 3, padding=1)
        skips.append(size)
        size = window(size, 2, 2)
        require(AtLeast(size, 1))
    for skip in reversed(skips):
        size = (size - 1) * 2 + 2
        require(Equal(skip, size))
    return size


def unpadded_unet(size: Dim) -> Dim:
    skips = []

    def double_conv(size: Dim) -> Dim:
        for _ in range(2):
            size = window(size, 3)
            require(AtLeast(size, 1))
        return size

    for _ in range(4):
        size = double_conv(size)
        skips.append(size)
        size = exactly(size, 2)
        require(AtLeast(size, 1))
    size = double_conv(size)
    for skip in reversed(skips):
        size = 2 * size
        require(AtLeast(skip - size, 0))
        size = double_conv(size)
    return size


def both_axes(net: Callable[[Dim], Dim]) -> tuple[Contract, Dim]:
    with collecting() as found:
        out = net(H)
        net(W)
    return contract(*found, symbols="NHW"), out


def test_the_padded_unet_takes_multiples_of_sixteen() -> None:
    made, out = both_axes(padded_unet)
    assert str(made) == "H, W = 0 mod 16"
    assert show(out) == "16*(H/16)"
    assert show(out, made) == "H"
    assert show(2 * (H // 16), made) == "H/8"
    assert show((H // 4) * (W // 4) * 64, made) == "4*H*W"
    assert show(H // 32, made) == "H/32"
    assert made.nearest("H", 572) == (560, 576)


def test_the_unpadded_unet_takes_twelve_mod_sixteen_from_188() -> None:
    made, out = both_axes(unpadded_unet)
    assert str(made) == "H, W = 12 mod 16, at least 188"
    assert show(out, made) == "H - 184"
    assert evaluate(out, {"H": 572}) == 388
    assert made.accepts({"N": 1, "H": 572, "W": 188})
    assert not made.accepts({"N": 1, "H": 572, "W": 172})
    assert not made.accepts({"N": 0, "H": 572, "W": 572})
    assert made.violated({"N": 1, "H": 570, "W": 572}) == Divides(H // 2 - 6, 2)
    assert made.nearest("H", 100) == (None, 188)


WRITTEN: list[tuple[list[Condition], str]] = [
    ([], "any size"),
    ([AtLeast(H, 35)], "H at least 35"),
    ([AtLeast(H, 40), AtLeast(41 - H, 0)], "H = 40 or 41"),
    ([Equal(H, 224)], "H = 224"),
    ([AtLeast(H // 2, 3), AtLeast(300 - H, 0)], "H from 6 to 300"),
    ([Divides(H, 16), AtLeast(300 - H, 0)], "H = 0 mod 16, from 16 to 288"),
    (
        [Divides((H % 8 - 3) * 1, 2), AtLeast(5 - H % 8, 0), AtLeast(H % 8, 3), AtLeast(H, 11)],
        "H = 3 or 5 mod 8, at least 11",
    ),
    ([Equal(H // 8, 2 * (H // 16))], "H = 0 to 7 mod 16"),
    ([AtLeast(H % 7, 1)], "H not 0 mod 7"),
    ([AtLeast(H * W, 2)], "H*W >= 2"),
    ([Divides((minimum((H + 4) // 6, 40) + 4) // 3, 7)], "H at least 224, or 98 to 115"),
    ([AtLeast((H // 8) * W, 2), AtLeast(((H + 7) // 8) * W, 2), Divides(H, 8)], "H = 0 mod 8; H*W/8 >= 2"),
    ([Divides(H, 16), Divides(W, 8)], "H = 0 mod 16; W = 0 mod 8"),
    ([Equal(H, H // 2)], "H no size"),
    ([AtLeast(maximum(H - 5, 4 - H), 1)], "H any size but 4 or 5"),
    ([AtLeast(maximum(H - 9, 2 - H), 1)], "H at least 10, or 1"),
]


@pytest.mark.parametrize(("conditions", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_a_contract_is_written_short(conditions: list[Condition], text: str) -> None:
    assert str(contract(*conditions)) == text


def test_common_factors_cancel_before_judging() -> None:
    assert str(contract(Equal(N * 64 * (H // 2), N * 64 * 4))) == "H = 8 or 9"
    assert str(contract(AtLeast(N * (H // 2) * (W // 4), 1))) == "H at least 2; W at least 4"
    assert not contract(AtLeast(-H * W, 1)).satisfiable
    made = contract(Equal(N * 64 * H * W, N * 64 * W * W))
    assert made.satisfiable
    assert made.accepts({"N": 2, "H": 5, "W": 5})
    assert not made.accepts({"N": 2, "H": 5, "W": 6})


def test_a_factor_that_may_be_zero_does_not_cancel() -> None:
    made = contract(Equal((H // 2) * W, (H // 2) * N))
    assert made.accepts({"H": 1, "W": 3, "N": 4})
    assert str(contract(Equal((H // 2) * (H // 2), 3 * (H // 2)))) == "(H/2)*(H/2) = 3*(H/2)"


def test_what_lines_do_not_describe_is_solved_where_it_only_rises() -> None:
    assert contract(Equal(3 * H * H, 3 * 224 * 224)).allowed("H") == IntSet.between(224, 224)
    assert contract(Equal(H * H, 50)).satisfiable is False
    made = contract(AtLeast(scaled(H, 0.3), 2)).allowed("H")
    assert [n for n in RANGE if n in made] == [n for n in RANGE if int(n * 0.3) >= 2]


def test_what_cannot_be_solved_is_kept_and_checked() -> None:
    condition = Equal(scaled(H, 0.3), 3 * (H // 10))
    made = contract(condition)
    assert made.relations == (condition,)
    assert made.satisfiable
    for n in RANGE:
        assert made.accepts({"H": n, "W": 1}) is condition.holds({"H": n})


def test_a_relation_that_the_solved_sizes_imply_is_not_told() -> None:
    """A map of more than one place, asked at three depths, where a window asks more."""
    asked = (AtLeast((H // 4) * (W // 4), 2), AtLeast((H // 8) * (W // 8) - H // 8 - W // 8 + 1, 2))
    made = contract(*asked, AtLeast(H, 24), AtLeast(W, 16))
    assert str(made) == "H at least 24; W at least 16"
    assert made == contract(AtLeast(H, 24), AtLeast(W, 16))
    assert not made.accepts({"H": 24, "W": 15})
    made = contract(*asked, AtLeast(H, 16), AtLeast(W, 16))
    assert str(made) == "H, W at least 16; (H/8)*(W/8) - H/8 - W/8 + 1 >= 2"
    assert not made.accepts({"H": 16, "W": 16})
    assert contract(asked[0], AtLeast(H, 7), AtLeast(W, 4)).relations == (asked[0],)


def test_a_relation_that_surely_fails_is_not_satisfiable() -> None:
    assert not contract(Equal(2 * H, 2 * W + 1)).satisfiable
    assert not contract(Equal(3, 4)).satisfiable
    assert contract(Equal(H, 2 * W)).satisfiable


def test_an_implied_condition_changes_nothing() -> None:
    made = contract(Divides(H, 16))
    assert made.adding(Divides(H, 16)) is made
    assert made.adding(Equal(H // 2, 2 * (H // 4))) is made
    assert made.adding(AtLeast(H // 16, 1)) is made
    assert made.conditions == (Divides(H, 16),)


def test_contracts_that_grow_from_one_another_do_not_mix() -> None:
    root = contract(Divides(H, 2))
    left, right = root.adding(Divides(H, 3)), root.adding(Divides(H, 5))
    again = root.adding(Divides(H, 3))
    assert [str(one) for one in (root, left, right, again)] == [
        "H = 0 mod 2",
        "H = 0 mod 6",
        "H = 0 mod 10",
        "H = 0 mod 6",
    ]
    assert left == again
    assert hash(left) == hash(again)
    assert left != right
    assert right.adding(Divides(H, 3)).allowed("H") == left.adding(Divides(H, 5)).allowed("H")


@st.composite
def windowed(draw: st.DrawFn) -> Dim:
    """A size as a chain of windows gives it."""
    size: Dim = H
    for _ in range(draw(st.integers(0, 5))):
        match draw(st.sampled_from(["conv", "pool", "ceil", "up", "pad", "crop", "fit", "grow"])):
            case "conv":
                size = window(size, draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.integers(0, 2)))
            case "pool":
                size = window(size, 2, 2)
            case "ceil":
                size = ceil_window(size, draw(st.integers(2, 3)), draw(st.integers(1, 3)), draw(st.integers(0, 1)))
            case "up":
                k, s, p = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(0, 1))
                size = (size - 1) * s - 2 * p + k
            case "pad":
                size = size + draw(st.integers(1, 6))
            case "crop":
                size = size - draw(st.integers(1, 6))
            case "fit":
                size = size + (-size) % draw(st.integers(2, 8))
            case "grow":
                size = minimum(size, 40) if draw(st.booleans()) else maximum(size, 12)
    return size


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    match draw(st.sampled_from(["equal", "number", "least", "most", "divides"])):
        case "equal":
            return Equal(draw(windowed()), draw(windowed()))
        case "number":
            return Equal(draw(windowed()), draw(st.integers(1, 60)))
        case "least":
            return AtLeast(draw(windowed()), draw(st.integers(0, 20)))
        case "most":
            return AtLeast(draw(st.integers(10, 300)) - draw(windowed()), 0)
        case _:
            return Divides(draw(windowed()), draw(st.integers(2, 8)))


@settings(max_examples=80, deadline=None)
@given(st.lists(conditions(), min_size=1, max_size=3))
def test_the_solution_agrees_with_brute_force(found: list[Condition]) -> None:
    made = contract(*found, symbols="H")
    truth = {n for n in RANGE if all(condition.holds({"H": n}) for condition in found)}
    assert {n for n in RANGE if made.accepts({"H": n})} == truth
    if made.relations:
        assert made.satisfiable or not truth
        return
    sizes = made.allowed("H")
    assert {n for n in RANGE if n in sizes} == truth
    assert made.satisfiable or not truth
    for n in (10**4 + 7, 10**6 + 1, 10**9 + 3):
        assert (n in sizes) is all(condition.holds({"H": n}) for condition in found)
    assert len(str(made)) < 250
    for n in (1, 50, 300):
        below, above = made.nearest("H", n)
        assert below == max((m for m in truth if m < n), default=None)
        if above is not None and above <= RANGE[-1]:
            assert above == min(m for m in truth if m > n)


@settings(max_examples=80, deadline=None)
@given(st.lists(conditions(), min_size=2, max_size=3))
def test_intersections_agree_with_brute_force_and_do_not_hang_on_order(found: list[Condition]) -> None:
    alone = [contract(condition, symbols="H") for condition in found]
    assume(not any(one.relations for one in alone))
    sets = [one.allowed("H") for one in alone]
    forward, backward = sets[0], sets[-1]
    for one in sets[1:]:
        forward = forward.intersect(one)
    for one in sets[-2::-1]:
        backward = backward.intersect(one)
    assert forward == backward == contract(*found, symbols="H").allowed("H")
    assert hash(forward) == hash(backward)
    assert [n for n in RANGE if n in forward] == [n for n in RANGE if all(n in one for one in sets)]
    first = forward.smallest(5)
    assert first == sorted(first)
    assert all(n in forward for n in first)
    assert forward.min() == (first[0] if first else None)


@settings(max_examples=80, deadline=None)
@given(conditions(), windowed())
def test_a_simplified_size_has_the_same_values(condition: Condition, size: Dim) -> None:
    made = contract(condition, symbols="H")
    text = made.simplified(size).replace("/", "//")
    assume("floor" not in text and "..." not in text)
    for n in made.allowed("H").smallest(20):
        if made.accepts({"H": n}):
            assert eval(text, {"H": n, "min": min, "max": max}) == evaluate(size, {"H": n})


@settings(max_examples=80, deadline=None)
@given(windowed(), windowed(), st.integers(1, 40), st.lists(conditions(), max_size=2))
def test_relations_left_out_hold_wherever_the_others_do(a: Dim, b: Dim, n: int, others: list[Condition]) -> None:
    relation = AtLeast(a * substitute(b, {"H": W}), n)
    made = contract(relation, *others, AtLeast(W, 1 + n % 7))
    if relation in made.relations or not made.satisfiable:
        return
    for h in made.allowed("H").smallest(12):
        for w in made.allowed("W").smallest(12):
            assert relation.holds({"H": h, "W": w}) or not all(part.holds({"H": h, "W": w}) for part in made.relations)


def test_few_conditions_of_networks_stay_unsolved() -> None:
    """The laws above would hold of a solver that solves nothing."""
    found = [
        Equal(ceil_window(window(H, 7, 2, 3), 3, 2, 0), 4 * (H // 16)),
        Equal(minimum(H, 40), 8 * (H // 8)),
        Equal(maximum(H // 2, 12), 2 * (H // 4) + 1),
        Divides(ceil_window(H, 3, 2, 1), 6),
        Equal(window(H, 3, 3), window(H + 2, 5, 5, 1) * 5 // 3),
    ]
    assert not contract(*found).relations


def test_a_modulus_without_bound_is_kept_as_a_relation() -> None:
    made = contract(*(Equal(H % p, H % (p + 1)) for p in (211, 223, 227, 229)))
    assert made.relations
    assert made.accepts({"H": 100, "W": 1})
    assert not made.accepts({"H": 300, "W": 1})


@pytest.mark.slow
def test_thousands_of_conditions_are_taken() -> None:
    made = contract(*(AtLeast(H - i, 1) for i in range(10_000)))
    assert str(made) == "H at least 10000"
    made = contract(*(AtLeast(H * W - i * N, 1) for i in range(10_000)))
    assert len(made.relations) == 9_999
    assert len(str(made)) < 300
    made = contract(*(Equal(H // 8, 2 * (H // 16)) for _ in range(10_000)))
    assert made.conditions == (Equal(H // 8, 2 * (H // 16)),)
    made = contract(*(Divides(H + 8 * i, 8) for i in range(10_000)))
    assert str(made) == "H = 0 mod 8"


@pytest.mark.slow
def test_a_strange_network_cannot_make_the_solver_run_on() -> None:
    made = contract(*(AtLeast(H % p + H // 3 - i, 1) for i, p in enumerate(range(60_000, 60_300))))
    assert made.satisfiable
