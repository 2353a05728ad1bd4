"""Sizes compute as Python's integers do, in a normal form, quickly."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipgraph.sizes import (
    AtLeast,
    Dim,
    Divides,
    Equal,
    NotCollecting,
    OpenSize,
    Size,
    collecting,
    evaluate,
    exactly,
    maximum,
    minimum,
    quotient,
    require,
    scaled,
    show,
    substitute,
    symbol,
)

H, W, N = symbol("H"), symbol("W"), symbol("N")
AXES = {"H": H, "W": W, "N": N}

SHOWN: list[tuple[Dim, str]] = [
    (H // 2, "H/2"),
    (2 * (H // 16), "2*(H/16)"),
    ((H - 4) // 2, "(H - 4)/2"),
    (H + 2, "H + 2"),
    ((H + 1) // 2, "(H + 1)/2"),
    (-(-H // 2), "(H + 1)/2"),
    (64 * H * W, "64*H*W"),
    (W * H * N, "N*H*W"),
    (minimum(8, H), "min(H, 8)"),
    (4 - H, "4 - H"),
    ((H // 2) * (W // 2), "(H/2)*(W/2)"),
    (H // W, "H/W"),
    (H // (W + 1), "H/(W + 1)"),
    (scaled(H, 0.3), "floor(0.3*H)"),
    (scaled(H, 1.5), "3*H/2"),
    (3 * (H // 2) // 4, "3*(H/2)/4"),
    (7, "7"),
]


@pytest.mark.parametrize(("size", "text"), SHOWN, ids=[text for _, text in SHOWN])
def test_a_size_is_written_as_people_write_it(size: Dim, text: str) -> None:
    assert show(size) == text
    assert str(size) == text


SAME: list[tuple[Dim, Dim]] = [
    (H + 2 * 1 - 1 * (3 - 1) - 1 + 1, H),
    (((H // 2) // 2) // 4, H // 16),
    ((H // 2 + 3) // 2, (H + 6) // 4),
    ((6 * H + 5) // 4, (3 * H + 2) // 2),
    ((4 * H + 7) // 4, H + 1),
    (H - H, 0),
    ((H + W) * (H - W), H * H - W * W),
    (((H // 3) * 3) // 3, H // 3),
    ((N * 64 * H * W) // (N * H * W), 64),
    (quotient(N * 64 * H * W, N * H), 64 * W),
    (quotient(H * W + 2 * W, H + 2), W),
    (quotient(12 * H * W, 8 * W), 3 * H // 2),
    (minimum(H + 1, W + 1), minimum(W, H) + 1),
    (minimum(H, minimum(W, N)), minimum(minimum(N, H), W)),
    (minimum(H, H + 3), H),
    (maximum(H, 1), H),
    (minimum(H, 8) // 16, 0),
    (H % 1, 0),
    ((2 * H) % 2, 0),
    (scaled(H, 0.5), H // 2),
    (scaled(H, 2.0), 2 * H),
    ((H - H // 2) // 3, (H + 1) // 6),
    ((5 - H // 2) // 3, (11 - H) // 6),
    ((H // 2 - H) // 3, -((-(-H // 2) + 2) // 3)),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_what_is_the_same_by_rewriting_is_one_object(a: Dim, b: Dim) -> None:
    assert a == b
    assert a is b or isinstance(a, int)


Pair = tuple[Dim, Callable[[dict[str, int]], int]]


def _axis(name: str) -> Pair:
    return AXES[name], lambda env: env[name]


def _number(n: int) -> Pair:
    return n, lambda env: n


def _both(children: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def binary(a: Pair, b: Pair, kind: str) -> Pair:
        (x, f), (y, g) = a, b
        match kind:
            case "+":
                return x + y, lambda env: f(env) + g(env)
            case "-":
                return x - y, lambda env: f(env) - g(env)
            case "*":
                return x * y, lambda env: f(env) * g(env)
            case "min":
                return minimum(x, y), lambda env: min(f(env), g(env))
            case _:
                return maximum(x, y), lambda env: max(f(env), g(env))

    def by(a: Pair, k: int, kind: str) -> Pair:
        x, f = a
        if kind == "//":
            return x // k, lambda env: f(env) // k
        if kind == "neg":
            return -x, lambda env: -f(env)
        return x % k, lambda env: f(env) % k

    def by_open(a: Pair, b: Pair, kind: str) -> Pair:
        # max(b, 1): a divisor that is never 0
        (x, f), (y, g) = a, b
        d = maximum(y, 1)
        if kind == "//":
            return x // d, lambda env: f(env) // max(g(env), 1)
        return x % d, lambda env: f(env) % max(g(env), 1)

    def times(a: Pair, factor: float) -> Pair:
        x, f = a
        return scaled(x, factor), lambda env: math.floor(float(f(env)) * factor)

    divisor = st.integers(-12, 12).filter(bool)
    return st.one_of(
        st.builds(binary, children, children, st.sampled_from(["+", "-", "*", "min", "max"])),
        st.builds(by, children, divisor, st.sampled_from(["//", "%", "neg"])),
        st.builds(by_open, children, children, st.sampled_from(["//", "%"])),
        st.builds(times, children, st.sampled_from([0.5, 2.0, 1.5, 0.3, 1.1, 0.75])),
    )


EXPRESSIONS = st.recursive(
    st.one_of(st.builds(_axis, st.sampled_from("HWN")), st.builds(_number, st.integers(-9, 9))), _both, max_leaves=10
)
ENV = st.fixed_dictionaries({name: st.integers(1, 200) for name in AXES})


@settings(max_examples=120, deadline=None)
@given(EXPRESSIONS, st.lists(ENV, min_size=1, max_size=6))
def test_every_operation_agrees_with_python(pair: Pair, envs: list[dict[str, int]]) -> None:
    size, plain = pair
    for env in envs:
        value = evaluate(size, env)
        assert value == plain(env)
        if isinstance(size, Size):
            assert size.low is None or size.low <= value
            assert size.high is None or value <= size.high


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, ENV)
def test_monotone_sizes_never_fall(pair: Pair, env: dict[str, int]) -> None:
    size = pair[0]
    if isinstance(size, Size) and size.monotone:
        for name in AXES:
            assert evaluate(size, env) <= evaluate(size, {**env, name: env[name] + 1})


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS, ENV)
def test_substitution_commutes_with_evaluation(pair: Pair, other: Pair, env: dict[str, int]) -> None:
    inside = maximum(other[0], 1)
    outer = evaluate(pair[0], {**env, "H": evaluate(inside, env)})
    assert evaluate(substitute(pair[0], {"H": inside}), env) == outer


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS, EXPRESSIONS)
def test_sums_and_products_have_one_normal_form(a: Pair, b: Pair, c: Pair) -> None:
    x, y, z = a[0], b[0], c[0]
    assert (x + y) + z == x + (y + z)
    assert x * (y + z) == x * y + x * z
    assert x - y == -(y - x)
    assert minimum(x, y) == minimum(y, x)
    assert pickle.loads(pickle.dumps(x)) == x
    assert copy.deepcopy(x) is x or isinstance(x, int)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: bool(H),
        lambda: H < 3,
        lambda: H <= 3,
        lambda: range(H),
        lambda: int(H),
        lambda: float(H),
        lambda: [1, 2][H],
        lambda: 1 if H // 2 else 2,
    ],
)
def test_an_open_size_is_not_decided_on(ask: Callable[[], object]) -> None:
    with pytest.raises(OpenSize, match="open until run time"):
        ask()


def test_equality_is_of_structure_never_of_values() -> None:
    four: object = 4
    assert four != H
    assert H != W
    assert {H + 1: "a"}[1 + H] == "a"


def test_dividing_by_nothing_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        H // 0


def test_exact_division_asks_that_nothing_is_left_over() -> None:
    with collecting() as found:
        assert H / 2 == H // 2
        assert (4 * H + 8) / 4 == H + 2
        assert (64 * H * W) / (H * W) == 64
        assert H / 1 == H
    assert found == [Divides(H, 2)]
    with collecting() as found:
        assert 12 / H == 12 // H
        assert exactly(12, 4) == 3
        assert exactly(H, 4) == H // 4
        assert exactly(13, 4) == 3
    assert found == [Equal(12, (12 // H) * H), Divides(H, 4), Divides(13, 4)]


def test_collectors_nest_and_do_not_leak() -> None:
    with collecting() as outer:
        require(AtLeast(H // 2, 1))
        with collecting() as inner:
            require(AtLeast(H // 4, 1))
        require(AtLeast(H, 1))
    assert outer == [AtLeast(H // 2, 1)]
    assert inner == [AtLeast(H // 4, 1)]


def test_requiring_where_no_one_collects_is_our_bug() -> None:
    require(AtLeast(H, 1))
    with pytest.raises(NotCollecting):
        require(AtLeast(H, 2))


DECIDED = [
    (Equal(H, H + 0), True),
    (Equal(H, H + 1), False),
    (Equal(3, 3), True),
    (Equal(H, W), None),
    (Equal(2 * H, 2 * W + 1), False),
    (AtLeast(H * W, 1), True),
    (AtLeast(H, 2), None),
    (AtLeast(minimum(H, 8), 9), False),
    (AtLeast(H + 3, 4), True),
    (Divides(4 * H + 8, 4), True),
    (Divides(4 * H + 2, 4), False),
    (Divides(H, 4), None),
]


@pytest.mark.parametrize(("condition", "verdict"), DECIDED, ids=[str(c) for c, _ in DECIDED])
def test_a_condition_is_decided_where_that_is_certain(
    condition: Equal | AtLeast | Divides, verdict: bool | None
) -> None:
    assert condition.decided is verdict


def test_conditions_say_what_they_ask() -> None:
    assert str(Equal(H // 8, 2 * (H // 16))) == "H/8 = 2*(H/16)"
    assert str(AtLeast(H // 32, 1)) == "H/32 >= 1"
    assert str(Divides(H, 16)) == "H divisible by 16"


def test_a_condition_that_divides_by_zero_does_not_hold() -> None:
    assert not Equal(H // (W - 1), 3).holds({"H": 3, "W": 1})


@pytest.mark.slow
def test_sizes_nested_ten_thousand_deep_stay_usable() -> None:
    size: Dim = H
    for _ in range(10_000):
        size = (size * 3 + 1) // 2
    assert len(show(size)) < 1_000
    value = 5
    for _ in range(10_000):
        value = (value * 3 + 1) // 2
    assert evaluate(size, {"H": 5}) == value
    assert substitute(size, {"W": H}) is size


def test_long_products_are_packed() -> None:
    size: Dim = 1
    value = 1
    for i in range(60):
        size = size * (H + i) * (W + i)
        value *= (3 + i) * (4 + i)
    assert evaluate(size, {"H": 3, "W": 4}) == value
    assert len(show(size)) < 1_000


@pytest.mark.slow
def test_long_sums_are_packed() -> None:
    size: Dim = 0
    for i in range(2, 800):
        size = size + H // i
    assert evaluate(size, {"H": 1_000}) == sum(1_000 // i for i in range(2, 800))
    assert len(show(size)) < 1_000


def test_huge_numbers_are_written_short() -> None:
    assert len(show(H * 10**9_000)) < 60


def test_a_hundred_thousand_windows_come_back_to_the_axis() -> None:
    size: Dim = H
    for _ in range(100_000):
        size = (size + 2 * 1 - 1 * (3 - 1) - 1) // 1 + 1
    assert size is H
