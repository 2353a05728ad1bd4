"""Did you mean; and the pages of the codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipgraph.diagnostics import pages
from skipgraph.diagnostics.suggest import closest

OPS = ["Conv1d", "Conv2d", "ConvTranspose2d", "BatchNorm2d", "MaxPool2d", "ReLU", "LeakyReLU", "Linear", "Concat"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("conv2d", "Conv2d"), ("CONV2D", "Conv2d"), ("Conv2D", "Conv2d"), ("Covn2d", "Conv2d"), ("Conv2", "Conv2d"),
        ("batch_norm2d", "BatchNorm2d"), ("BatchNorm", "BatchNorm2d"), ("Relu", "ReLU"), ("LeakyRelu", "LeakyReLU"),
        ("Linaer", "Linear"), ("Concatenate", None), ("Dropout", None), ("x", None), ("", None), ("Zzzzzz", None),
        ("MaxPool", "MaxPool2d"),
    ],
)  # fmt: skip
def test_the_name_that_was_meant(name: str, meant: str | None) -> None:
    assert closest(name, OPS) == meant


def test_a_name_is_never_its_own_suggestion_and_short_names_get_none() -> None:
    assert closest("enc1", ["enc1"]) is None
    assert closest("x", ["y", "z"]) is None
    assert closest("X", ["y", "x"]) == "x"


def test_of_equals_the_first_is_taken() -> None:
    assert closest("enc9", ["enc1", "enc2"]) == "enc1"
    assert closest("dec11", ["dec12", "dec1"]) == "dec12"


def test_a_swap_is_one_mistake() -> None:
    assert closest("form", ["from", "farms"]) == "from"


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=8))
def test_a_suggestion_is_one_of_the_names(name: str, names: list[str]) -> None:
    assert closest(name, names) in [None, *names]


def test_a_hundred_thousand_names_are_looked_through() -> None:
    names = [f"encoder_{number}" for number in range(100_000)]
    assert closest("encodr_77777", names) == "encoder_77777"
    assert closest("x" * 100_000, names) is None


def test_pages_are_only_those_of_codes() -> None:
    assert pages.page("SG000") is None
    assert pages.page("../../README") is None


def test_a_page_is_its_markdown(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "SG101.md").write_text("# SG101 é\n", encoding="utf-8")
    monkeypatch.setattr(pages, "_FOLDERS", (folder / "none", folder))
    assert pages.page("sg101 ") == "# SG101 é\n"
    assert pages.page("SG102") is None
