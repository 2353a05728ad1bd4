"""The house keeps its shape: imports point one way, torch stands in one place, files stay short."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "skipgraph"

ORDER = (
    "_version",
    "collector",
    "diagnostics",
    "limits",
    "sizes",
    "types",
    "text",
    "ops",
    "spec",
    "graph",
    "elaborate",
    "passes",
    "emit",
    "render",
    "importers",
    "zoo",
    "api",
    "cli",
    "__main__",
)
"""The pipeline: each may import those before it."""

TORCH = ("emit", "importers")
FILES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(tree: ast.AST) -> Iterator[str]:
    """What a file imports when it runs: not what stands under `if TYPE_CHECKING`."""
    for node in ast.walk(_Running().visit(tree)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


class _Running(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return node.orelse if checking else self.generic_visit(node)


def wrong_imports(layer: str, source: str) -> list[str]:
    """The imports of a file that point up the pipeline."""
    wrong = []
    for name in imports_of(ast.parse(source)):
        parts = name.split(".")
        if (
            parts[0] == "skipgraph"
            and len(parts) > 1
            and parts[1] in ORDER
            and ORDER.index(parts[1]) > ORDER.index(layer)
        ):
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    layer = layer_of(path)
    if layer == "__init__":
        return
    assert layer in ORDER, f"{layer} has no place in the pipeline"
    assert wrong_imports(layer, path.read_text()) == []


def test_an_import_that_points_up_is_seen() -> None:
    assert wrong_imports("ops", "def f():\n    from skipgraph.graph import Node") == ["skipgraph.graph.Node"]
    assert wrong_imports("graph", "from skipgraph.ops import Op") == []
    assert wrong_imports("ops", "if TYPE_CHECKING:\n    from skipgraph.graph import Node") == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_torch_is_imported_by_those_who_make_modules(path: Path) -> None:
    if layer_of(path) not in TORCH:
        assert [name for name in imports_of(ast.parse(path.read_text())) if name.split(".")[0] == "torch"] == []


def test_weights_in_files_are_read_in_one_place() -> None:
    readers = {
        str(path.relative_to(PACKAGE).as_posix())
        for path in FILES
        for name in imports_of(ast.parse(path.read_text()))
        if name.split(".")[0] in ("safetensors", "pickle")
    }
    assert readers == {"importers/weights/files.py"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_holds_one_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_checking_and_drawing_never_load_torch(tmp_path: Path) -> None:
    spec = str(PACKAGE.parent / "specs" / "unet.yaml")
    code = (
        "import sys, skipgraph.cli\n"
        f"assert skipgraph.cli.main(['check', {spec!r}]) == 0\n"
        f"assert skipgraph.cli.main(['render', {spec!r}, '-o', 'unet.svg']) == 0\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, capture_output=True)
