"""YAML text: what it means, where everything stands, and what is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipgraph.diagnostics import Report, Source
from skipgraph.limits import Limits
from skipgraph.text import Mapping, Node, Plain, Scalar, Sequence, parse_value, read
from skipgraph.text.characters import FORBIDDEN


def found(text: str, limits: Limits = Limits(), name: str = "a.yaml") -> list[tuple[str, int, int]]:  # noqa: B008
    report = Report()
    node = read(Source(name, text), report, limits)
    assert (node is None) == report.failed
    return [(finding.code, finding.span.line, finding.span.column) for finding in report]


def helps(text: str) -> list[str | None]:
    report = Report()
    read(Source("a.yaml", text), report)
    return [finding.help for finding in report]


def tree(text: str, name: str = "a.yaml") -> Node:
    report = Report()
    node = read(Source(name, text), report)
    assert node is not None, [(finding.code, finding.message) for finding in report]
    return node


def walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Sequence):
        for item in node:
            yield from walk(item)
    if isinstance(node, Mapping):
        for key, value in node.entries.values():
            yield key
            yield from walk(value)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1", 1), ("-3", -3), ("+4", 4), ("0", 0), ("0o17", 15), ("0x1F", 31), ("9223372036854775807", 2**63 - 1),
        ("1.5", 1.5), ("1e-3", 0.001), (".5", 0.5), ("1.", 1.0), ("64.0", 64.0), ("-1E+2", -100.0),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("on", "on"), ("off", "off"), ("yes", "yes"), ("no", "no"), ("y", "y"),
        ("010", "010"), ("-08", "-08"), ("1_000", "1_000"), ("12:30", "12:30"), ("2024-01-01", "2024-01-01"),
        ("1e", "1e"), ("0b1", "0b1"), ("=", "="), ("'1'", "1"), ('"null"', "null"), ("enc$i", "enc$i"),
        ('"\\u00e9\\n"', "é\n"), ("'it''s'", "it's"),
    ],
)  # fmt: skip
def test_scalars_mean_what_yaml_1_2_says(raw: str, value: Plain) -> None:
    data = tree(f"a: {raw}\n").data
    assert isinstance(data, dict)
    assert data["a"] == value
    assert type(data["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: 1\n", {"a": (1, 1, 1, 2), "1": (1, 4, 1, 5)}),
        ("\r\na: 'é€😀'  # c\r\nb: x\r\n", {"'é€😀'": (2, 4, 2, 9), "x": (3, 4, 3, 5)}),
        ("a:\n  - b\n  -\n\n\nc: [d,\n e ]\n", {"": (3, 4, 3, 4), "e": (7, 2, 7, 3)}),
        ("a: |\n  te\n  xt\n\n\nb: c\n", {"|\n  te\n  xt": (1, 4, 3, 5), "c": (6, 4, 6, 5)}),
        ("a: b\n  c\n", {"b\n  c": (1, 4, 2, 4)}),
    ],
)
def test_scalars_know_their_places(text: str, places: dict[str, tuple[int, int, int, int]]) -> None:
    there = {
        node.raw: (node.line, node.column, node.end_line, node.end_column)
        for node in walk(tree(text))
        if isinstance(node, Scalar)
    }
    for raw, place in places.items():
        assert there[raw] == place


def test_block_collections_end_with_their_last_value() -> None:
    root = tree("a:\n- b: 1\n\n# comment\n\nc:\n  d: {e: f }\n\n")
    assert isinstance(root, Mapping)
    first, second = root.get("a"), root.get("c")
    assert first is not None
    assert second is not None
    assert (first.line, first.column, first.end_line, first.end_column) == (2, 1, 2, 7)
    assert (second.line, second.column, second.end_line, second.end_column) == (7, 3, 7, 13)
    assert (root.end_line, root.end_column) == (7, 13)


def test_a_leading_byte_order_mark_is_dropped() -> None:
    root = tree("\ufeffa: 1\n")
    assert (root.line, root.column, root.data) == (1, 1, {"a": 1})


BAD = [
    ("", [("SG109", 1, 1)]),
    ("# only this\n", [("SG109", 1, 1)]),
    ("---\n", [("SG109", 1, 1)]),
    ("a: 1\n---\nb: 2\n", [("SG108", 2, 1)]),
    ("a: 1\n...\nb: 2\n", [("SG108", 3, 1)]),
    ("{a: 1} b\n", [("SG101", 1, 8)]),
    ("{: 1}\n", [("SG101", 1, 2)]),
    ("a: 1\nb: 2\na: 3\n", [("SG103", 3, 1)]),
    ("a: 1\n'a': 3\n", [("SG103", 2, 1)]),
    ("{a: 1, \"a\": 2, a: 3}\n", [("SG103", 1, 8), ("SG103", 1, 16)]),
    ("a:\n\tb: 1\n", [("SG101", 2, 1)]),
    ("a:\n  b: 1\n\tc: 1\n", [("SG101", 3, 1)]),
    ("a:\n    b: 1\n  c: 1\n", [("SG101", 3, 3)]),
    ("a: 'b\nc: d\n", [("SG101", 2, 5)]),
    ('a: "b\n', [("SG101", 1, 6)]),
    ("a: [1, 2\nb: 3\n", [("SG101", 2, 2)]),
    ("a: {b: 1\n", [("SG101", 1, 9)]),
    ("a: {b: [1}\n", [("SG101", 1, 10)]),
    ("a: b: c\n", [("SG101", 1, 5)]),
    ("a: 1\n  b: 2\n", [("SG101", 2, 3)]),
    ("a: 1\nfoo\nb: 2\n", [("SG101", 2, 1)]),
    ("a: 1\n- b\n", [("SG101", 2, 1)]),
    ("- a\nb: 1\n", [("SG101", 2, 1)]),
    ("a: @b\n", [("SG101", 1, 4)]),
    ("a: 'it's'\n", [("SG101", 1, 8)]),
    ('a: "\\q"\n', [("SG101", 1, 5)]),
    ("a: }\n", [("SG101", 1, 4)]),
    ("a: [, b]\n", [("SG101", 1, 5)]),
    ("a: \x00\n", [("SG107", 1, 4)]),
    ("a: \x1b[31m\n", [("SG107", 1, 4)]),
    ("a: 1\nb: \u202e2\n", [("SG107", 2, 4)]),
    ("a: 1\nb: \ufeff2\n", [("SG107", 2, 4)]),
    ("a: \u20282\n", [("SG107", 1, 4)]),
    ("a: \ud8002\n", [("SG107", 1, 4)]),
    ('a: "\\0"\n', [("SG107", 1, 4)]),
    ('a: "\\u202e"\n', [("SG107", 1, 4)]),
    ("a: &x 1\nb: *x\n", [("SG104", 1, 4)]),
    ("a: 1\n<<: {b: 2}\n", [("SG104", 2, 1)]),
    ("a: 1\n<<: *b\n", [("SG104", 2, 1)]),
    ("from: *\n", [("SG104", 1, 7)]),
    ("a: !!python/object:os.system x\n", [("SG105", 1, 4)]),
    ("a: !x [1]\nb: !y {c: 1}\n", [("SG105", 1, 4), ("SG105", 2, 4)]),
    ("%YAML 1.2\n---\na: 1\n", [("SG105", 1, 1)]),
    ("%TAG ! tag:x,2000:\n---\na: 1\n", [("SG105", 1, 1)]),
    ("0: a\n", [("SG110", 1, 1)]),
    ("true: a\nnull: b\n1.5: c\n", [("SG110", 1, 1), ("SG110", 2, 1), ("SG110", 3, 1)]),
    ("? [a]\n: b\n", [("SG110", 1, 3)]),
    ("{a: 1}: b\n", [("SG110", 1, 1)]),
    ("a: .nan\nb: .NaN\nc: 1e999\n", [("SG111", 1, 4), ("SG111", 2, 4), ("SG111", 3, 4)]),
    (f"a: {'9' * 5000}\nb: 9223372036854775808\n", [("SG111", 1, 4), ("SG111", 2, 4)]),
    (f"a: 0x{'f' * 5000}\n", [("SG111", 1, 4)]),
    ("a: .nan\nb: .nan\n", [("SG111", 1, 4), ("SG111", 2, 4)]),
    ("[" * 65 + "]" * 65, [("SG106", 1, 65)]),
    ("[" * 50_000, [("SG106", 1, 65)]),
    ("{a: " * 20_000, [("SG106", 1, 257)]),
    ("a: " + "x" * 70_000, [("SG106", 1, 4)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD, ids=[repr(text[:30]) for text, _ in BAD])
def test_a_bad_text_gets_its_findings_at_their_places(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(("text", "expected"), BAD, ids=[repr(text[:30]) for text, _ in BAD])
def test_the_parser_in_python_finds_the_same(
    text: str, expected: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    if len(text) > 10_000:
        pytest.skip("slow in Python")
    assert [code for code, _, _ in found(text)] == [code for code, _, _ in expected]


@pytest.mark.parametrize(
    ("text", "column", "mended"),
    [
        ("{out: $(w[0])}", 7, "{out: '$(w[0])'}"),
        ("a: [N, $(min(a, b)), 3]", 8, "a: [N, '$(min(a, b))', 3]"),
        ("  - {kernel_size: (3, 3)}", 19, "- {kernel_size: [3, 3]}"),
        ("{k: (3,)}", 5, "{k: [3]}"),
        ("{k: ($(a), 3), j: 1}", 5, "{k: '$(($(a), 3))', j: 1}"),
        ("{o: $(max(w[0], 3))}", 5, "{o: '$(max(w[0], 3))'}"),
        ("{o: $w[0]}", 5, "{o: '$(w[0])'}"),
        ("{o: $(size('e', 2)), p: 1}", 5, "{o: \"$(size('e', 2))\", p: 1}"),
        ("{for: i in range(1, 3), do: []}", 7, "{for: 'i in range(1, 3)', do: []}"),
        ("{o: enc$(f(a, b))x}", 5, "{o: 'enc$(f(a, b))x'}"),
    ],
)
def test_a_cut_expression_is_shown_as_it_should_be(text: str, column: int, mended: str) -> None:
    assert found(text) == [("SG112", 1, column)]
    assert helps(text) == [f"`{mended}`"]
    assert not found(mended)


def test_two_tuples_on_a_line_are_two_findings_with_one_cure() -> None:
    text = "{a: (3, 3), b: (3, 3)}"
    assert found(text) == [("SG112", 1, 5), ("SG112", 1, 16)]
    assert helps(text) == ["`{a: [3, 3], b: [3, 3]}`"] * 2


@pytest.mark.parametrize(
    "text", ["{a: $(b)}", "[$(channels('enc$i')), $x]", "a: $(min(b, c))", "{d: smile :(, e: 1}", "{d: '(3, 3)'}"]
)
def test_an_expression_that_is_whole_is_left_alone(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("limits", "text", "column"),
    [
        (Limits(bytes=5), "a: 100", 1),
        (Limits(bytes=6), "a: éé", 1),
        (Limits(nodes=4), "[1, 2, 3, 4]", 12),
        (Limits(nodes=4), "[1, 2, 3, 4, 5]", 14),
        (Limits(scalar=3), "[abc, abcd]", 7),
        (Limits(depth=2), "[[1], [[2]]]", 8),
    ],
)
def test_limits_hold(limits: Limits, text: str, column: int) -> None:
    assert found(text, limits) == [("SG106", 1, column)]
    assert not found(text)


def test_every_unclosed_bracket_and_quote_says_where_it_was_opened() -> None:
    for text, line, column in [("a:\n  [1, 2\nb: 3\n", 2, 3), ("a: 1\nb: 'x\n", 2, 4), ("{a: {b: 1\n", 1, 5)]:
        report = Report()
        assert read(Source("a.yaml", text), report) is None
        (finding,) = report
        assert [(label.span.line, label.span.column) for label in finding.related] == [(line, column)]


def test_a_duplicate_key_points_at_the_first() -> None:
    report = Report()
    read(Source("a.yaml", "a: 1\nb: 2\na: 3\n"), report)
    (finding,) = report
    assert finding.related[0].span.place == "a.yaml:1:1"


def test_findings_are_bounded() -> None:
    assert len(found("[" + "*a, " * 50_000 + "]")) == 1000


@pytest.mark.parametrize(
    ("text", "value"), [("32", 32), ("[16, 32]", [16, 32]), ("no", "no"), ("{a: 1}", {"a": 1}), ("'1'", "1")]
)
def test_parse_value_reads_a_value_given_outside_a_file(text: str, value: Plain) -> None:
    report = Report()
    node = parse_value(text, "--set a", report, Limits())
    assert node is not None
    assert node.data == value
    assert node.span.place == "--set a:1:1"


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20).filter(
    lambda text: not FORBIDDEN.search(text)
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
DATA: st.SearchStrategy[Plain] = st.recursive(
    SCALARS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def places(node: Node) -> list[tuple[int, int, int, int]]:
    return [(n.line, n.column, n.end_line, n.end_column) for n in walk(node)]


@settings(max_examples=150, deadline=None)
@given(DATA, st.sampled_from([None, 1, 4]))
def test_a_text_that_is_json_and_yaml_gives_one_tree(data: Plain, indent: int | None) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    as_json, as_yaml = tree(text, "a.json"), tree(text, "a.yaml")
    assert as_json.data == as_yaml.data == data
    assert places(as_json) == places(as_yaml)


@settings(max_examples=150, deadline=None)
@given(DATA, st.booleans())
def test_every_position_lies_in_the_text_and_holds_the_raw_text(data: Plain, block: bool) -> None:
    import yaml

    text = yaml.safe_dump(data, default_flow_style=not block, allow_unicode=True)
    report = Report()
    root = read(Source("a.yaml", text), report)
    if root is None:
        assert {finding.code for finding in report} <= {"SG101", "SG107", "SG110", "SG111", "SG112"}
        return
    rows = text.split("\n")
    starts = [sum(len(row) + 1 for row in rows[:index]) for index in range(len(rows))]
    for node in walk(root):
        start, end = starts[node.line - 1] + node.column - 1, starts[node.end_line - 1] + node.end_column - 1
        assert 0 <= start <= end <= len(text)
        if isinstance(node, Scalar):
            assert text[start:end] == node.raw


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab:-[]{},'\"#&*!|>%@`?\\ \n\t$()01.~<="), max_size=40))
def test_any_text_gives_a_tree_or_findings_inside_it(text: str) -> None:
    report = Report()
    source = Source("a.yaml", text)
    node = read(source, report)
    assert (node is None) == report.failed
    for finding in report:
        for label in (finding.primary, *finding.related):
            assert 1 <= label.span.line <= len(source.lines)
            assert 1 <= label.span.column <= len(source.line(label.span.line)) + 1
