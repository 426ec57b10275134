"""Two tasks of the same words: the answers of one stand in its inputs, those of the other in documents alone.

The rule is written here a second time, from its statement and not from the generator's tables.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from curvefit.tasks.documents import with_context
from curvefit.tasks.loading import load_task

FOLDER = Path(__file__).parents[2] / "sample_tasks"
SAID = [
    r"The \w+ (?P<ferry>\w+) leaves (?P<start>\w+) for (?P<end>\w+) at (?P<time>\d\d:\d\d) from pier (?P<pier>\d)\.",
    r"From pier (?P<pier>\d) at (?P<start>\w+) the \w+ (?P<ferry>\w+) sails at (?P<time>\d\d:\d\d) to (?P<end>\w+)\.",
]


def rows(name: str, *files: str) -> list[dict[str, str]]:
    lines = [line for file in files for line in (FOLDER / name / file).read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def said(sentence: str) -> dict[str, str]:
    (found,) = filter(None, (re.fullmatch(pattern, sentence) for pattern in SAID))
    return found.groupdict()


def line(of: dict[str, str]) -> str:
    return f"{of['ferry']}: {of['start']} > {of['end']} {of['time'].replace(':', 'h')} q{of['pier']}"


FACTS, FORMAT = (rows(name, "pool.jsonl", "items.jsonl") for name in ("ferry_facts", "ferry_format"))


def test_the_two_tasks_have_the_same_inputs_so_that_only_the_answers_differ():
    assert [row["input"] for row in FACTS] == [row["input"] for row in FORMAT]


def test_the_answers_of_the_two_are_of_one_form_and_length():
    for facts, form in zip(FACTS, FORMAT, strict=True):
        assert len(facts["output"]) == len(form["output"])


def test_every_line_of_the_format_says_what_its_sentence_says():
    assert [row["input"] for row in FORMAT if line(said(row["input"])) != row["output"]] == []


def test_every_line_of_the_facts_says_what_the_document_of_its_ferry_says():
    documents = {row["id"]: row for row in rows("ferry_facts", "documents.jsonl")}
    for row in FACTS:
        document = documents[row["documents"]]
        assert document["title"] in row["input"]
        assert line(said(document["text"])) == row["output"]


def test_a_way_back_joins_the_same_ports_and_nothing_else_of_it_follows_from_the_way_out():
    pairs = [(said(row["input"]), re.findall(r"\w+", row["output"])) for row in FACTS]
    assert all((back[1], back[2]) == (out["end"], out["start"]) for out, back in pairs)
    for at, part in ((-2, "time"), (-1, "pier")):
        asked: dict[str, list[str]] = {}
        for out, back in pairs:
            asked.setdefault(out[part], []).append(back[at])
        shares = [
            Counter(answers).most_common(1)[0][1] / len(answers) for answers in asked.values() if len(answers) > 8
        ]
        assert max(shares, default=0.0) < 0.4


def test_no_ferry_is_asked_about_twice_so_that_no_example_tells_of_another():
    asked = Counter(row["documents"] for row in FACTS)
    assert len(asked) == len(FACTS) == 550


def test_what_follows_from_the_input_alone_is_credited_by_the_second_scorer_and_not_by_the_first():
    task = load_task(FOLDER / "ferry_facts")
    item = task.items[0]
    guess = re.sub(r"\d\dh\d\d q\d", "00h00 q0", item.target)
    assert (task.scorer(guess, item).value, task.also_scored_by(guess, item).value) == (0.0, 1.0)
    assert task.also_scored_by(said(item.input)["ferry"], item).value == 0.0


@pytest.mark.parametrize("name", ["ferry_facts", "ferry_format"])
def test_a_right_line_is_credited_and_one_with_another_pier_is_not(name):
    task = load_task(FOLDER / name)
    for item in task.items:
        other = item.target[:-1] + str((int(item.target[-1]) + 1) % 10)
        assert (task.scorer(f" {item.target}\n", item).value, task.scorer(other, item).value) == (1.0, 0.0)


def test_a_search_finds_the_document_of_the_ferry_for_nearly_every_item():
    task = load_task(FOLDER / "ferry_facts")
    texts = {document.id: document.text for document in task.documents}
    found = with_context(task, "retrieved:1").items
    right = [texts[item.documents[0]] in item.context for item in found]
    assert sum(right) >= 0.95 * len(right)
