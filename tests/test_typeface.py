"""The typeface that comes along: the widths of the table are its own, and what it lacks is seen."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from skipgraph.render import measure
from skipgraph.render.measure import SLACK, width_of
from skipgraph.render.theme import FONT
from skipgraph.render.typeface import BOLD, FAMILY, LACKING, REGULAR, drawable
from skipgraph.render.words import visible

ASKED = "".join(map(chr, range(0x20, 0x7F))) + "×²³−…·–—→←↑↓°±÷≤≥≈≠∞√∑αβγδελμπσφωΓΔΘΛΣΦΨΩéüßñœżЯж½•■□" + LACKING


@cache
def font(file: Path) -> Any:
    return TTFont(file)


def advances(file: Path) -> dict[str, float]:
    """The widths of a font's characters, in thousandths of an em."""
    scale = 1000 / font(file)["head"].unitsPerEm
    return {chr(code): font(file)["hmtx"][name][0] * scale for code, name in font(file).getBestCmap().items()}


def apart(file: Path) -> list[str]:
    """The characters whose width in the table is another than in the font."""
    widths = advances(file)
    return [each for each in widths if abs(width_of(each, 1000) / SLACK - widths[each]) > 0.6]


# --------------------------------------------------------------------------------------------------------------------
# widths


def test_the_table_has_the_widths_of_the_typeface() -> None:
    assert apart(REGULAR) == []
    assert len(advances(REGULAR)) > 500


@pytest.mark.parametrize("character", ["a", "é", "×", "ω", "…"])
def test_a_wrong_width_in_the_table_is_found(character: str, monkeypatch: pytest.MonkeyPatch) -> None:
    width = round(width_of(character, 1000) / SLACK)
    monkeypatch.setitem(measure._WIDTH, character, width + 1)
    assert character in apart(REGULAR)


def test_bold_keeps_within_the_slack() -> None:
    bold = advances(BOLD)
    for name in ("skip0", "enc1_attn", "shortcut", "fire3_squeeze", "U-Net", "illicit_jitter", "64+64", "Übergang"):
        assert sum(bold[each] for each in name) <= width_of(name, 1000)


def test_the_widths_are_those_of_a_page_without_kerning() -> None:
    assert not {"kern", "GPOS", "GSUB"} & set(font(REGULAR).keys())


def test_no_width_hangs_on_the_unicode_that_this_python_has() -> None:
    # assigned in Unicode 13, 15 and 16, or not yet
    newer = "\u1ac0\u31ef\u1c89\u0378\U0001fae8"
    assert {width_of(each, 1000) for each in newer} == {width_of("層", 1000)}
    assert visible(newer) == newer


# --------------------------------------------------------------------------------------------------------------------
# what it holds


def test_both_weights_have_what_drawings_ask_for() -> None:
    assert set(ASKED) <= set(advances(REGULAR)) == set(advances(BOLD))


def test_the_svg_asks_for_it_by_its_name() -> None:
    assert FAMILY in FONT
    assert {font(file)["name"].getDebugName(1) for file in (REGULAR, BOLD)} == {FAMILY}
    assert (font(REGULAR)["OS/2"].usWeightClass, font(BOLD)["OS/2"].usWeightClass) == (400, 700)


def test_its_licence_lies_beside_it_and_it_is_small() -> None:
    folder = REGULAR.parent
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 250_000
    assert font(REGULAR)["OS/2"].fsType == 0  # may be embedded


def test_what_it_lacks_is_shown_as_a_sign() -> None:
    assert drawable("skip0 64×H/2 → λ²") == "skip0 64×H/2 → λ²"
    assert drawable("層 1\N{GRINNING FACE}a\tb") == f"{LACKING} 1{LACKING}a{LACKING}b"
    assert drawable("a\x1bb\tc") == f"a{LACKING}b{LACKING}c"
    assert drawable("<g>\n <text>ä</text>\n</g>") == "<g>\n <text>ä</text>\n</g>"
