"""The notebooks run from top to bottom as a reader runs them, show something in every cell, and hold no outputs."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import matplotlib as mpl
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def cells(path: Path, kind: str = "code") -> list[str]:
    book = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == kind]


def run(source: str, names: dict[str, object]) -> object:
    """Run a cell and return the value of its last line, which a notebook shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102 (our own page)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307


def test_there_are_three():
    assert [path.stem for path in NOTEBOOKS] == ["results-you-have", "ten-minutes", "your-own-data"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_output_and_is_in_the_index(path):
    book = json.loads(path.read_text(encoding="utf-8"))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert not [cell for cell in book["cells"] if cell.get("outputs") or cell.get("execution_count")]
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids)
    assert f"](notebooks/{path.name})" in (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert path.stat().st_size < 10_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs_and_what_it_ends_with_shows_itself(path, tmp_path, monkeypatch, plain_pictures):
    (tmp_path / "sample_tasks").symlink_to(ROOT / "sample_tasks")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    with mpl.rc_context():
        shown = [run(source, names) for source in cells(path)]
    first_screen = [value for value in shown if type(value).__name__ == "Study"]
    assert first_screen
    for value in shown:
        if type(value).__module__ == "curvefit":
            assert value._repr_html_().startswith('<div class="curvefit">')
    assert re.search("Best prompt|Prompt to use", first_screen[0]._repr_html_())


def test_a_link_in_a_notebook_finds_its_page():
    for path in NOTEBOOKS:
        for text in cells(path, "markdown"):
            for part in text.split("](")[1:]:
                assert (path.parent / part.split(")")[0]).exists()
