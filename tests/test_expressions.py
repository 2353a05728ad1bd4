"""The expression language: what it takes, what it gives, what it refuses, and that nothing in it runs long."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skipgraph.sizes import collecting, symbol
from skipgraph.spec.expressions import ExpressionError, Meter, Names, Value, expression, iterate, loop, template
from skipgraph.spec.expressions.functions import make_divisible

H, W = symbol("H"), symbol("W")
CHANNELS = {"enc2": 128, "input": 3, "prev": 64}
NAMES = Names(
    values={
        "i": 2,
        "base": 64,
        "widths": [32, 64, 128],
        "norm": "batch",
        "residual": True,
        "rate": 0.5,
        "nothing": None,
        "H": H,
        "W": W,
    },
    channels=lambda step: CHANNELS[step],
    size=lambda step, axis: (1, CHANNELS[step], H, W)[axis],
)


def value(text: str, names: Names = NAMES, operations: int = 1_000_000) -> Value:
    with collecting():
        return template(text).evaluate(names, Meter(operations))


def error(text: str, names: Names = NAMES) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value(text, names)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("enc$i", "enc2"),
        ("enc$(i + 1)", "enc3"),
        ("$(i)_x", "2_x"),
        ("$i.$i", "2.2"),
        ("a$$b", "a$b"),
        ("$$$i", "$2"),
        ("x$rate", "x0.5"),
        ("$norm-norm", "batch-norm"),
        ("$i", 2),
        ("$widths", [32, 64, 128]),
        ("$nothing", None),
        ("$(base * 2**i)", 256),
        ("$(\n  base\n  // 3 )", 21),
        ("$(7 / 2)", 3.5),
        ("$(-7 % 8)", 1),
        ("$(2 ** -1)", 0.5),
        ("$(not true or null == None)", True),
        ("$(0 < i <= 2 != 3)", True),
        ("$(i in [1, 2] and i not in (3, 4))", True),
        ("$(norm == 'batch')", True),
        ("$(norm == 'ba$norm')", False),
        ("$(')' == ')')", True),
        ("$('$$' == '$$')", True),
        ("$(1 if residual else 1 // 0)", 1),
        ("$(false and 1 // 0)", False),
        ("$(widths[-1])", 128),
        ("$(widths[::-1] + [1] * 2)", [128, 64, 32, 1, 1]),
        ("$((1, 2)[0])", 1),
        ("$(min(3, 1, 2) + max(widths))", 129),
        ("$(abs(-3) + round(2.5) + floor(1.9) + ceil(1.1) + int(2.7))", 10),
        ("$(round(3.14159, 2))", 3.14),
        ("$(len(widths) + sum(widths))", 227),
        ("$(reversed(range(3)))", [2, 1, 0]),
        ("$(zip(widths, range(9)))", [(32, 0), (64, 1), (128, 2)]),
        ("$(enumerate(widths, 1))", [(1, 32), (2, 64), (3, 128)]),
        ("$(make_divisible(37 * 0.75))", 32),
        ("$(make_divisible(10, divisor=16, min_value=8))", 16),
        ("$(channels('enc$i'))", 128),
        ("$(channels(input) + channels(prev) + size(input, 1))", 70),
        ("$(1e3 + .5 + 1_000)", 2000.5),
    ],
)
def test_an_expression_has_its_value(text: str, expected: Value) -> None:
    result = value(text)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(-W % 8)", "-W % 8"),
        ("$(H * W)", "H*W"),
        ("$(min(H, W, 3))", "min"),
        ("$(sum([H, W, 2]))", "sum"),
        ("$(int(H) + floor(H) + round(H))", "3*H"),
        ("$(H ** 2)", "H*H"),
        ("$(size(prev, 2) // 2)", "H//2"),
        ("$(H / 2)", "H//2"),
    ],
)
def test_an_open_size_is_computed_with(text: str, expected: str) -> None:
    from skipgraph.sizes import minimum

    by_hand = {
        "-W % 8": -W % 8,
        "H*W": H * W,
        "min": minimum(minimum(H, W), 3),
        "sum": H + W + 2,
        "3*H": 3 * H,
        "H*H": H * H,
        "H//2": H // 2,
    }
    assert value(text) == by_hand[expected]


@pytest.mark.parametrize(
    "text",
    [
        "H > 2",
        "H == H",
        "H in [1]",
        "[H] == [1]",
        "1 if H else 2",
        "not H",
        "H and 1",
        "widths[H]",
        "range(H)",
        "abs(H)",
    ],
)
def test_an_open_size_decides_nothing(text: str) -> None:
    assert "open until run time" in error(f"$({text})").message


@pytest.mark.parametrize(
    ("text", "kind", "marked", "message"),
    [
        ("a $", "syntax", "$", "followed by a name"),
        ("$3", "syntax", "$", "followed by a name"),
        ("x $(i", "syntax", "$(", "never closed"),
        ("x $((i)", "syntax", "$(", "never closed"),
        ("$()", "syntax", "$()", "empty"),
        ("$($i)", "syntax", "$", "inside an expression"),
        ("$(1 +)", "syntax", "+", "not an expression"),
        ("$(i = 2)", "syntax", "i", "a single `=`"),
        ("x$(a.b)", "syntax", "a.b", "attribute `.b`"),
        ("$(__import__('os'))", "syntax", "__import__", "not a function"),
        ("$(mni(1, 2))", "syntax", "mni", "not a function"),
        ("$(widths[0](1))", "syntax", "widths[0]", "a call of anything but a name"),
        ("$([x for x in widths])", "syntax", "[x for x in widths]", "a comprehension"),
        ("$(lambda: 1)", "syntax", "lambda: 1", "a lambda"),
        ("$((x := 1))", "syntax", "x := 1", "an assignment"),
        ("$(min(*widths))", "syntax", "*widths", "a `*`"),
        ("$(min(1, key=2))", "syntax", "key=2", "no argument by name"),
        ("$(f'{i}')", "syntax", "f", "prefix `f`"),
        ("$(b'a')", "syntax", "b", "prefix `b`"),
        ("$('a' 'b')", "syntax", "'b'", "written once"),
        ("$('a\\n')", "syntax", "'", "never closed"),
        ("$({1: 2})", "syntax", "{1: 2}", "a mapping"),
        ("$(i is 2)", "syntax", "i is 2", "`is`"),
        ("$(i ^ 2)", "syntax", "i ^ 2", "`^`"),
        ("$(i << 2)", "syntax", "i << 2", "`<<`"),
        ("$(~i)", "syntax", "~i", "`~`"),
        ("$(1if 2 else 3)", "syntax", "1i", "not a number"),
        ("$(0x10)", "syntax", "0x", "not a number"),
        ("$(1j)", "syntax", "1j", "not a number"),
        ("$(...)", "syntax", "...", "refused"),
        ("$(1e999)", "syntax", "1e999", "too large"),
        ("$(len(1, 2))", "syntax", "len(1, 2)", "1 argument, not 2"),
        ("$(channels())", "syntax", "channels()", "asked as"),
        ("$(ﬁ)", "syntax", "ﬁ", "ASCII"),
        ("$naïve", "syntax", "ï", "ASCII"),
        ("$(i + bsae)", "name", "bsae", "unknown name `bsae`"),
        ("enc$j", "name", "j", "unknown name `j`"),
        ("$(norm == 'enc$j')", "name", "j", "unknown name `j`"),
        ("$(1 + (2 + i // 0))", "value", "i // 0", "division by zero"),
        ("$('é' == [1] + 2)", "value", "[1] + 2", "cannot add the list [1] and the number 2"),
        ("$(\r\n'é' ==\n 'é' * i)", "value", "'é' * i", "cannot multiply the string 'é' by the number 2"),
        ("$(widths[3])", "value", "widths[3]", "index 3 of a list of 3 items"),
        ("$(widths['a'])", "value", "widths['a']", "must be an integer"),
        ("$(1 < 'a')", "value", "1 < 'a'", "cannot compare the number 1 and the string 'a'"),
        ("$(1 in 2)", "value", "1 in 2", "cannot look for"),
        ("$(range(4 / 2))", "value", "range(4 / 2)", "expected an integer, got the number 2.0"),
        ("$(min([]))", "value", "min([])", "empty list"),
        ("$((-8) ** 0.5)", "value", "(-8) ** 0.5", "negative number"),
        ("$(channels('none'))", "value", "'none'", "none"),
        ("$(channels(3))", "value", "3", "takes the name of a step"),
        ("$(size(input, 'b'))", "value", "'b'", "axis"),
        ("$(H * 0.5)", "value", "H * 0.5", "cannot multiply the size H"),
        ("n$residual", "value", "$residual", "cannot be printed"),
        ("n$(widths)", "value", "$(widths)", "cannot be printed"),
        ("n$H", "open", "$H", "open until run time"),
    ],
)
def test_a_refusal_says_what_and_where(text: str, kind: str, marked: str, message: str) -> None:
    found = error(text)
    assert message in found.message
    assert found.kind == kind
    assert text[found.offset : found.offset + found.length] == marked


def test_an_unknown_name_says_which_and_what_was_meant() -> None:
    found = error("$(bsae)")
    assert (found.name, found.help) == ("bsae", "did you mean `base`?")
    assert error("$(mni(1))").help == "did you mean `min`?"
    assert error("${i}").help == "write `$i`"


def test_who_answers_a_question_need_not_know_where_it_stands() -> None:
    def channels(step: str) -> Value:
        raise ExpressionError(f"`{step}` is not built", 99, 99, help="build it", kind="name", name=step)

    text = "$(1 + channels('enc$i'))"
    found = error(text, Names({"i": 2}, channels=channels))
    assert (found.message, found.help, found.kind, found.name) == ("`enc2` is not built", "build it", "name", "enc2")
    assert text[found.offset : found.offset + found.length] == "'enc$i'"
    assert "cannot be asked here" in error(text, Names({"i": 2})).message


HOSTILE = [
    "$(9**9**9)",
    "$(2**4096)",
    "$(10**400 * 1.5)",
    "$(0.5 - 10**400)",
    "$(1e308*10)",
    "$(" + "*".join(["(2**4000)"] * 50) + ")",
    "$([0]*10**9)",
    "$([[0]*1000]*1000)",
    "$([[[[[0]*99]*99]*99]*99]*99)",
    "$('a'*10**9)",
    "$(range(10**9))",
    "$(range(-10**999, 10**999, 7))",
    "$(sum(range(10**8)))",
    "$(round(5, -10**9))",
    "$(zip(" + ", ".join(["range(99999)"] * 20) + "))",
    "$(" + "(" * 900 + "1" + ")" * 900 + ")",
    "$(" + "-" * 1900 + "1)",
    "$(" + "not " * 480 + "1)",
    "$(" + "1+" * 950 + "1)",
    "$(" + "[" * 100 + "]" * 100 + ")",
    "$(" + "1 if 1 else " * 160 + "1)",
    "$(i" + "[0]" * 600 + ")",
    "$" * 1999,
    "$(" * 990,
    "$i" * 1001,
    "$(" + "9" * 1900 + ")",
    "$(\x00)",
    "$(\ud800)",
    "$('\ud800' + 1)",
    "$(a.b)",
    "$(__import__('os').system('true'))",
    "$(().__class__)",
    "$(" + "*".join(["(H + W + 1)"] * 60) + " + 1 // 0)",
    "$(2**4000 * H * 2**4000)",
    "$((H + 2**4000) * 2**100)",
    "$(H ** 10**9)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_expression_ends_in_an_error(text: str) -> None:
    error(text)


@pytest.mark.parametrize(
    ("text", "start"),
    [("$(a + a)", [0]), ("$([a, a])", 0), ("$([a])", 0), ("$(a * a)", 3), ("$a$a", "x"), ("$(a * 2**999)", H)],
)
def test_params_built_on_one_another_stay_bounded(text: str, start: Value) -> None:
    def grow(a: Value) -> None:
        for _ in range(100):
            a = value(text, Names({"a": a}))

    with pytest.raises(ExpressionError):
        grow(start)


def test_one_meter_bounds_all_expressions_of_a_run() -> None:
    meter = Meter(100)
    spent = [template("$(1 + 1)").evaluate(NAMES, meter) for _ in range(20)]
    assert spent == [2] * 20
    with pytest.raises(ExpressionError, match="more than 100 operations"):
        [template("$(1 + 1)").evaluate(NAMES, meter) for _ in range(20)]
    with pytest.raises(ExpressionError, match="more than 50 operations"):
        value("$(sum(range(60)))", operations=50)
    with pytest.raises(ExpressionError, match="more than 50 operations"):
        list(iterate(loop("i in widths"), Names({"widths": [0] * 60}), Meter(50)))


def test_a_text_without_a_dollar_is_free_and_of_any_length() -> None:
    assert value("x" * 100_000, operations=0) == "x" * 100_000
    assert template("x").is_plain
    assert not template("$$").is_plain


def test_a_template_knows_the_names_it_reads() -> None:
    assert template("$(channels('enc$i') + base if k else min(W, true))").names == {"i", "base", "k", "W"}
    assert template("$(channels(input))").names == frozenset()


def test_a_bare_expression_needs_no_dollar() -> None:
    assert expression("64").evaluate(NAMES, Meter(9)) == 64
    with collecting():
        assert expression("H/4").evaluate(NAMES, Meter(9)) == H // 4
    for text in ("", "1) + (2", "H/$i", "(i"):
        with pytest.raises(ExpressionError) as caught:
            expression(text)
        assert caught.value.kind == "syntax"


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("i in range(2)", [{"i": 0}, {"i": 1}]),
        ("(w, n) in zip(widths, (1, 2))", [{"w": 32, "n": 1}, {"w": 64, "n": 2}]),
        ("k, w in enumerate(widths[:1])", [{"k": 0, "w": 32}]),
        ("((a, b), c) in [((1, 2), 3)]", [{"a": 1, "b": 2, "c": 3}]),
        ("in_ in[7]", [{"in_": 7}]),
        ("i in []", []),
    ],
)
def test_a_loop_binds_its_names(text: str, turns: list[dict[str, Value]]) -> None:
    made = loop(text)
    assert list(iterate(made, NAMES, Meter(1000))) == turns
    assert not turns or made.names == tuple(turns[0])


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("range(4)", "range(4)", "not a loop"),
        ("i in", "i in", "not a loop"),
        ("for i in range(2)", "for i", "binds names"),
        ("(i, 1) in widths", "(i, 1)", "binds names"),
        ("i, i in widths", "i, i", "bound twice"),
        ("true in widths", "true", "not a name"),
        ("i in $widths", "$", "`$` inside"),
        ("i in 4", "4", "goes over a list, not the number 4"),
        ("i in H", "H", "open until run time"),
        ("(a, b) in widths", "(a, b)", "cannot be split"),
        ("(a, b) in [(1, 2, 3)]", "(a, b)", "has 3 items"),
        ("i in  wdths", "wdths", "unknown name"),
    ],
)
def test_a_loop_that_cannot_turn_says_why(text: str, marked: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        list(iterate(loop(text), NAMES, Meter(1000)))
    found = caught.value
    assert message in found.message
    assert text[found.offset : found.offset + found.length] == marked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("enc$i", "enc2"),
        ("$base", "64"),
        ("$norm", "batch"),
        ("$residual", "true"),
        ("$nothing", "null"),
        ("$widths", "$([32, 64, 128])"),
        ("$(-Y % 8)", "$(-Y % 8)"),
        ("$(Y * i)", "$(Y * 2)"),
        ("$(Y*2**i + widths[i])", "$(Y * 4 + 128)"),
        ("$((i - 5) ** Y)", "$((-3) ** Y)"),
        ("$((0 - rate) ** Y)", "$((-0.5) ** Y)"),
        ("$Y", "$Y"),
        ("$Y$i", "$(Y)2"),
        ("$H", "$H"),
        ("$$x $i", "$$x 2"),
        ("$(Y if residual else 1 // 0)", "$Y"),
        ("$(1 // 0 + Y)", "$(1 // 0 + Y)"),
        ("$(size('enc$i', i) * Y)", "$(size('enc2', 2) * Y)"),
        ("$(size(input, i) * Y)", "$(size(input, 2) * Y)"),
    ],
)
def test_what_is_known_is_written_in(text: str, expected: str) -> None:
    assert template(text).partly(Names(NAMES.values)) == expected


def test_what_is_known_is_written_into_a_bare_expression() -> None:
    assert expression("Y/4").partly(NAMES) == "Y/4"
    assert expression("Y/i").partly(NAMES) == "Y / 2"


# Laws. The grammar below is that of the language; Python's eval, given the same functions, is the judge.

PYTHON: dict[str, Any] = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "int": int,
    "len": len,
    "sum": sum,
    "range": lambda *a: list(range(*a)),
    "reversed": lambda a: list(reversed(a)),
    "zip": lambda *a: list(zip(*a, strict=False)),
    "enumerate": lambda *a: list(enumerate(*a)),
    "make_divisible": make_divisible,
    "__builtins__": {},
}
GIVEN: dict[str, Value] = {"i": 2, "j": -3, "f": 1.5, "t": True, "xs": [3, 1, 2], "s": "batch"}

LEAVES = [*map(str, range(13)), "i", "j", "f", "t", "0.5", "2.0", "1e3", "True", "xs[0]", "len(xs)"]
GROWTHS = [
    *(f"{{}} {sign} {{}}" for sign in ("+", "-", "*", "/", "//", "%", "**")),
    *(f"({{}} {sign} {{}})" for sign in ("<", "<=", ">", ">=", "==", "!=", "and", "or", "*", "-")),
    *("({} < {} <= {})", "({} if {} else {})", "(-{})", "+{}", "(not {})", "({})"),
    *(f"{name}({{}})" for name in ("abs", "round", "floor", "ceil", "int", "make_divisible")),
    *("min({}, {})", "max({}, {})", "min(LIST)", "max(LIST)", "sum(LIST)", "len(LIST)", "LIST[{}]"),
    *("({} in LIST)", "({} not in LIST)", "(LIST == LIST)", "(LIST < LIST)"),
    *("('batch' == s)", "('b' in s)", "(s != 'a')", "len(zip(xs, LIST))", "sum(enumerate(LIST, {})[0])"),
]
LISTS = [
    "xs",
    "[]",
    "[{}]",
    "[{}, {}]",
    "({}, {})",
    "range({})",
    "range({}, {})",
    "(xs * {})",
    "xs[{}:{}]",
    "reversed(xs)",
]
LISTS += ["(xs + [{}])", "xs[::{}]"]


@st.composite
def _expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """An expression of the language. At most one power, and none of large numbers: Python would take hours."""

    def grown(depth: int) -> str:
        if not depth or not draw(st.integers(0, 3)):
            return draw(st.sampled_from(LEAVES))
        form = draw(st.sampled_from(GROWTHS))
        while "LIST" in form:
            form = form.replace("LIST", draw(st.sampled_from(LISTS)), 1)
        return form.format(*(grown(depth - 1) for _ in range(form.count("{}"))))

    text = grown(depth)
    assume("**" not in text or not any(large in text.replace("**", "^", 1) for large in ("**", "1e3", "range", "xs *")))
    return text


def _python(text: str) -> Value:
    """What Python says, or the class of its refusal. Powers that would run for hours are not asked of it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return eval(text, {**PYTHON, **GIVEN})
    except (ArithmeticError, TypeError, ValueError, IndexError) as refusal:
        return type(refusal)


def _same(a: Value, b: Value) -> bool:
    return type(a) is type(b) and (a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b)))


def _ours(text: str) -> Value:
    try:
        return expression(text).evaluate(Names(GIVEN), Meter(1_000_000))
    except ExpressionError as refusal:
        return refusal


def _beyond(value: Value) -> bool:
    """Whether Python has a value that we refuse: none real, or none that fits the limits."""
    if isinstance(value, int):
        return value.bit_length() > 4_096
    return isinstance(value, complex) or (isinstance(value, float) and not math.isfinite(value))


@given(_expressions())
@settings(max_examples=600, deadline=None)
def test_an_expression_means_what_it_means_to_python(text: str) -> None:
    ours, theirs = _ours(text), _python(text)
    if isinstance(ours, ExpressionError):
        refused = any(word in ours.message for word in ("limit", "too large", "not a real number"))
        assert isinstance(theirs, type) or _beyond(theirs) or refused
    else:
        assert _same(ours, theirs)


@given(_expressions(), st.sets(st.sampled_from(sorted(GIVEN))))
@settings(max_examples=300, deadline=None)
def test_writing_in_what_is_known_changes_no_value(text: str, known: set[str]) -> None:
    written = expression(text).partly(Names({name: GIVEN[name] for name in known}))
    assert expression(written).names <= expression(text).names - known
    before, after = _ours(text), _ours(written)
    assert _same(after, before) or (isinstance(after, ExpressionError) and isinstance(before, ExpressionError))


_PIECES = [
    "$",
    "(",
    ")",
    "[",
    "]",
    "'",
    '"',
    " ",
    "i",
    "xs",
    "1",
    "0.5",
    ",",
    "+",
    "-",
    "**",
    "//",
    "if",
    "else",
    ":",
    "=",
    "\\",
]
_PIECES += [
    "f",
    "\n",
    "é",
    "#",
    ".",
    "in",
    "not",
    "lambda",
    "for",
    "{",
    "}",
    "min(",
    "\x00",
    "%",
    "1e",
    "_",
    "True",
    "$(",
    "'$i'",
    "range(",
]


def _refusal(text: str, bare: bool) -> ExpressionError | None:
    try:
        made = expression(text) if bare else template(text)
        made.partly(NAMES)
        with collecting():
            made.evaluate(NAMES, Meter(10_000))
    except ExpressionError as found:
        return found
    return None


def _loop_refusal(text: str) -> ExpressionError | None:
    try:
        with collecting():
            list(iterate(loop(text), NAMES, Meter(10_000)))
    except ExpressionError as found:
        return found
    return None


@given(st.lists(st.sampled_from(_PIECES), max_size=24).map("".join) | st.text(max_size=40))
@settings(max_examples=600, deadline=None)
def test_any_text_has_a_value_or_one_error_inside_it(text: str) -> None:
    inside = f"$({text})"
    for source, found in (
        (text, _refusal(text, bare=False)),
        (inside, _refusal(inside, bare=False)),
        (text, _refusal(text, bare=True)),
        (f"i in {text}", _loop_refusal(f"i in {text}")),
        (f"{text} in widths", _loop_refusal(f"{text} in widths")),
    ):
        assert found is None or (found.message and 0 <= found.offset <= found.offset + found.length <= len(source))


@pytest.mark.parametrize(("v", "expected"), [(24, 24), (27.75, 32), (3, 8), (11, 16), (90.3, 88), (0.0, 8)])
def test_make_divisible_rounds_as_mobilenet_does(v: float, expected: int) -> None:
    assert make_divisible(v) == expected


def test_make_divisible_never_takes_more_than_a_tenth() -> None:
    for v, divisor in itertools.product(range(1, 400), (1, 2, 3, 4, 8, 16)):
        rounded = make_divisible(v, divisor)
        assert rounded % divisor == 0
        assert rounded >= 0.9 * v
