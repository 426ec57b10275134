"""Scorers of the user's own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from curvefit.errors import InputError
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.task import Item, Score

ITEM = Item("i7", "question", "abc")


def scorer(write, code, name="judge", module="scoring"):
    path = write(f"{module}.py", code)
    return make_scorer(f"python:{module}:{name}", folder=path.parent)


@pytest.mark.parametrize(
    ("body", "score"),
    [
        ("return reply == item.target", Score(1.0, "abc")),
        ("return 0.25", Score(0.25, "abc")),
        ("from curvefit.tasks.task import Score; return Score(0.5, None)", Score(0.5, None)),
    ],
)
def test_a_function_in_the_tasks_folder_judges(write, body, score):
    assert scorer(write, f"def judge(reply, item):\n    {body}\n")("abc", ITEM) == score


@pytest.mark.parametrize(
    ("given", "kept"),
    [("'greeting'", ("greeting",)), ("[' length ', '', 'greeting', 'length']", ("length", "greeting"))],
)
def test_it_may_say_what_is_wrong_in_one_phrase_or_several(write, given, kept):
    body = f"from curvefit import Score; return Score(0.0, 'hello', {given})"
    score = scorer(write, f"def judge(reply, item):\n    {body}\n")("abc", ITEM)
    assert (score.value, score.answer, score.wrong) == (0.0, "hello", kept)


def test_the_function_in_the_documents_says_what_is_wrong(write):
    page = (Path(__file__).parents[2] / "docs" / "scorers.md").read_text(encoding="utf-8")
    judge = scorer(write, re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], name="may_be_sent")
    assert judge("Dear Ann, all is well.", ITEM) == Score(1.0, "Dear Ann, all is well.")
    assert judge("Hi" + " you" * 25, ITEM).wrong == ("greeting", "length")
    assert judge(" ", ITEM) == Score(0.0, None)


@pytest.mark.parametrize("given", ["7", "None", "[1]", "{'greeting'}", "{'greeting': 1}"])
def test_what_is_wrong_is_text_and_anything_else_is_told_with_the_item(write, given):
    judge = scorer(write, f"from curvefit import Score\ndef judge(reply, item): return Score(0.0, 'x', {given})\n")
    with pytest.raises(InputError, match=r"failed on item 'i7': InputError: score: what is wrong is a phrase"):
        judge("abc", ITEM)


@pytest.mark.parametrize(
    "body", ["return 2", "return None", "return float('nan')", "return 'x'", "return 1/0", "raise SystemExit(0)"]
)
def test_what_it_does_wrong_is_told_with_the_item(write, body):
    judge = scorer(write, f"def judge(reply, item):\n    {body}\n")
    with pytest.raises(InputError, match=r"python:scoring:judge failed on item 'i7': (\w+Error|SystemExit): "):
        judge("abc", ITEM)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def other(): pass", "AttributeError"),
        ("def judge(:", "SyntaxError"),
        ("1/0", "ZeroDivisionError"),
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("judge = 7", "judge is no function"),
        ("import sys; sys.exit(0)", "SystemExit"),
    ],
)
def test_code_that_cannot_be_used_is_told_in_one_line(write, code, message):
    with pytest.raises(InputError, match=message) as caught:
        scorer(write, code)
    assert caught.value.field == "scorer"
    assert len(str(caught.value).splitlines()) == 1


def test_two_tasks_may_name_their_modules_alike(write):
    one, other = (
        make_scorer("python:scoring:judge", folder=write(f"{n}/scoring.py", f"def judge(r, i): return {n}").parent)
        for n in (0, 1)
    )
    assert (one("", ITEM).value, other("", ITEM).value) == (0.0, 1.0)


def test_an_edited_module_is_read_again(write, monkeypatch):
    """Also where Python keeps bytecode, and the edit is of equal length and falls into the same second."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert scorer(write, "def judge(reply, item): return 0")("", ITEM).value == 0.0
    assert scorer(write, "def judge(reply, item): return 1")("", ITEM).value == 1.0


def test_a_module_may_import_its_neighbours_and_leaves_the_search_path_alone(write):
    write("tables_beside_it.py", "CREDIT = 0.5")
    before = sys.path.copy()
    judge = scorer(write, "from tables_beside_it import CREDIT\ndef judge(reply, item): return CREDIT")
    assert judge("", ITEM).value == 0.5
    assert sys.path == before


def test_an_installed_module_can_be_named():
    assert make_scorer("python:operator:eq")("abc", ITEM).value == 0.0


def test_what_a_scorer_prints_goes_to_stderr_and_not_into_the_result(write, capsys):
    judge = scorer(write, "print('loaded')\ndef judge(r, i):\n    print('judged')\n    return 1\n")
    assert judge("abc", ITEM).value == 1
    assert capsys.readouterr() == ("", "loaded\njudged\n")


def test_a_module_that_is_a_link_out_of_the_folder_is_not_run(write, tmp_path):
    path = write("elsewhere/scoring.py", "raise SystemExit('was run')\n")
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "scoring.py").symlink_to(path)
    with pytest.raises(InputError, match=r"scoring\.py is a link that leads out of the task's folder"):
        make_scorer("python:scoring:judge", folder=tmp_path / "task")
