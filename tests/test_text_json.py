"""JSON text: the same tree, from a scanner as strict as `json.loads`, stricter where silence would lose something."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skipgraph.diagnostics import Report, Source
from skipgraph.limits import Limits
from skipgraph.text import Plain, read
from skipgraph.text.characters import FORBIDDEN

LOOSE = {"SG103", "SG106", "SG107", "SG111"}
"""What is refused though `json.loads` takes it."""


def found(text: str, limits: Limits = Limits()) -> list[tuple[str, int, int]]:  # noqa: B008 (frozen)
    report = Report()
    node = read(Source("a.json", text), report, limits)
    assert (node is None) == report.failed
    return [(finding.code, finding.span.line, finding.span.column) for finding in report]


BAD = [
    ("", "SG109", 1, 1),
    (" \n ", "SG109", 1, 1),
    ('{"a": 1,}', "SG102", 1, 8),
    ("[1,\n]", "SG102", 1, 3),
    ("[1 2]", "SG102", 1, 4),
    ('{"a" 1}', "SG102", 1, 6),
    ("{a: 1}", "SG102", 1, 2),
    ("{'a': 1}", "SG102", 1, 2),
    ("['a']", "SG102", 1, 2),
    ("[01]", "SG102", 1, 2),
    ("[-01]", "SG102", 1, 2),
    ("[+1]", "SG102", 1, 2),
    ("[.5]", "SG102", 1, 2),
    ("[1.]", "SG102", 1, 2),
    ("[0x1F]", "SG102", 1, 2),
    ("[NaN]", "SG111", 1, 2),
    ("[-Infinity]", "SG111", 1, 2),
    ("[1e999]", "SG111", 1, 2),
    ("[9223372036854775808]", "SG111", 1, 2),
    ("[" + "9" * 5000 + "]", "SG111", 1, 2),
    ("[True]", "SG102", 1, 2),
    ("[nul]", "SG102", 1, 2),
    ("// c\n[1]", "SG102", 1, 1),
    ("[1, /* c */ 2]", "SG102", 1, 5),
    ("[1] # c", "SG102", 1, 5),
    ('{"a": "x\n"}', "SG102", 1, 9),
    ('["x', "SG102", 1, 4),
    ('["\\q"]', "SG102", 1, 3),
    ('["a\\u12"]', "SG102", 1, 4),
    ('["a\tb"]', "SG102", 1, 4),
    ('["\\ud800"]', "SG107", 1, 2),
    ('["\\u0000"]', "SG107", 1, 2),
    ('["\u202e"]', "SG107", 1, 3),
    ('["\ufeff"]', "SG107", 1, 3),
    ('{"a": [1, 2}', "SG102", 1, 12),
    ('{"a": [1,\n 2', "SG102", 2, 3),
    ("[1] 2", "SG102", 1, 5),
    ('{"a": 1, "b": 2,\n "\\u0061": 3}', "SG103", 2, 2),
    ("[" * 65 + "]" * 65, "SG106", 1, 65),
    ("[" * 100_000, "SG106", 1, 65),
    ('["' + "x" * 70_000 + '"]', "SG106", 1, 2),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), BAD, ids=[repr(row[0][:30]) for row in BAD])
def test_a_bad_text_gets_its_finding_at_its_place(text: str, code: str, line: int, column: int) -> None:
    assert found(text) == [(code, line, column)]


def test_what_is_unclosed_says_where_it_was_opened() -> None:
    for text, line, column in [('{"a":\n [1,\n 2', 2, 2), ('[1,\n"x\n]', 2, 1), ('{"a": [1}', 1, 7)]:
        report = Report()
        assert read(Source("a.json", text), report) is None
        (finding,) = report
        assert [(label.span.line, label.span.column) for label in finding.related] == [(line, column)]


def test_values_are_counted() -> None:
    assert found("[1, 2, 3, 4]", Limits(nodes=4)) == [("SG106", 1, 1)]
    assert found('{"a": 1}', Limits(nodes=2)) == [("SG106", 1, 1)]
    assert not found('{"a": 1}', Limits(nodes=3))


def test_a_bad_key_does_not_hide_the_next() -> None:
    assert [row[0] for row in found('{"a": 1, "a": 1e999, "b": "\\u0000"}')] == ["SG103", "SG111", "SG107"]


_NOTHING: list[Plain] = []


def agree(text: str) -> None:
    report = Report()
    node = read(Source("a.json", text), report)
    try:
        expected: Plain = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):  # int() refuses more than 4,300 digits
        expected = _NOTHING
    if expected is _NOTHING:
        assert node is None, text
        return
    if node is None:
        assert {finding.code for finding in report} <= LOOSE, (text, [finding.message for finding in report])
        return
    # repr tells 1 from 1.0 and from True, and 0.0 from -0.0.
    assert repr(node.data) == repr(expected)


@settings(max_examples=600, deadline=None)
@given(st.text(st.sampled_from('{}[],:"\\ \n\r\t0123456789-+.eEtrufalsn/bx\u00e9'), max_size=24))
@example('{"a":1}')
@example("\ufeff[1]")
@example("-0")
@example("[-0.0, 1E5, 1e-999]")
def test_the_scanner_takes_what_json_loads_takes(text: str) -> None:
    agree(text)


JSON_DATA: st.SearchStrategy[Plain] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(JSON_DATA, st.data())
def test_the_scanner_and_json_loads_agree_on_texts_with_one_fault(data: Plain, draw: st.DataObject) -> None:
    text = json.dumps(data, ensure_ascii=draw.draw(st.booleans()), indent=draw.draw(st.sampled_from([None, 2])))
    agree(text)
    at = draw.draw(st.integers(0, len(text)))
    fault = draw.draw(
        st.sampled_from(['"', ",", "]", "}", "{", "[", ":", "0", "-", ".", "e", "\\", " ", "\n", "\t", ""])
    )
    agree(text[:at] + fault + text[at + draw.draw(st.integers(0, 2)) :])


def test_no_character_that_is_refused_comes_through_an_escape() -> None:
    for code in [*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x202E, 0x2028, 0xFEFF, 0xD800]:
        refused = bool(FORBIDDEN.search(chr(code)))
        assert bool(found(f'["\\u{code:04x}"]')) == refused
