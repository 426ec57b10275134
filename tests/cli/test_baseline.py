"""`curvefit baseline`, and what `curvefit check` says of it: free, and no model is asked."""

from __future__ import annotations

import json

import pytest

import curvefit as cf


@pytest.fixture
def mail(tmp_path):
    """120 mails of two labels: 60 in the pool."""
    kinds = {"refund": "money", "login": "access"}
    rows = [{"input": f"{word} {n}", "output": kind} for n in range(60) for word, kind in kinds.items()]
    path = tmp_path / "mail.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def test_all_of_the_pool_is_trained_on_where_no_sizes_are_stated(mail, exits):
    assert [point["n"] for point in json.loads(exits("baseline", mail, "--json")[1])["points"]] == [32, 60]


def test_it_shows_what_python_gives_by_default(mail, exits):
    base = cf.baseline(cf.load_task(mail))
    assert json.loads(exits("baseline", mail, "--json")[1])["scores"] == base.curve.scores.tolist()


def test_sizes_that_the_pool_does_not_have_are_named(mail, exits):
    status, printed, said = exits("baseline", mail, "--sizes", "16,500")
    assert (status, "500 left out: the pool has 60 examples" in said) == (0, True)
    assert "reaches 100% with 16 training examples" in printed
    assert f"  curvefit decide {mail} -m MODEL" in printed.splitlines()


def test_check_says_what_a_classifier_reaches_where_answers_are_labels(mail, exits, tmp_path):
    assert "A plain classifier trained on 60 examples" in " ".join(exits("check", mail)[1].split())
    assert [point["n"] for point in json.loads(exits("check", mail, "--json")[1])["baseline"]] == [32, 60]
    built = tmp_path / "built.jsonl"
    built.write_text("".join(f'{{"input": "q{n}", "output": "a{n}"}}\n' for n in range(120)), encoding="utf-8")
    assert json.loads(exits("check", str(built), "--json")[1])["baseline"] is None


def test_of_items_that_test_nothing_check_says_nothing_of_a_classifier(exits, tmp_path):
    same = tmp_path / "same.jsonl"
    same.write_text("".join(f'{{"input": "question {n}", "output": "a"}}\n' for n in range(120)), encoding="utf-8")
    status, printed, _ = exits("check", str(same))
    assert (status, "A plain classifier" in printed) == (1, False)
