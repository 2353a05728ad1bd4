"""The specs that come with skipgraph: networks from papers, each a file to read, to build or to start from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# In an installed package the specs lie beside this file, in a checkout at its top.
_FOLDERS = (Path(__file__).parent / "specs", Path(__file__).parents[1] / "specs")


def zoo() -> Mapping[str, Path]:
    """The files of the zoo by name: `skipgraph.build(skipgraph.zoo()["resnet"], depth=50)`."""
    return {file.stem: file for folder in _FOLDERS for file in sorted(folder.glob("*.yaml"))}


def about(file: Path) -> str:
    """What a spec of the zoo says of itself: the first sentence of the comment that it begins with."""
    words = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        if not line.startswith("# yaml-language-server:"):
            words.append(line.lstrip("# "))
    sentence, _, _ = " ".join(words).partition(". ")
    return sentence.rstrip(".")
