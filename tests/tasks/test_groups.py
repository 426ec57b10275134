"""Items of one document, customer or conversation: read, kept on one side, and never shown."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from curvefit.errors import InputError
from curvefit.report.readiness_text import fitness_sentence
from curvefit.tasks.loading import load_task
from curvefit.tasks.readiness import readiness
from curvefit.tasks.splitting import item_quota, split
from curvefit.tasks.task import Item, Task, groups_of

WORDS = random.Random(3)


def text() -> str:
    return " ".join("".join(WORDS.choices("abcdefghij", k=6)) for _ in range(8))


def rows(groups: int, size: int, **more):
    return [{"input": text(), "output": f"{g} {n}", "group": g, **more} for g in range(groups) for n in range(size)]


def sides(task: Task) -> tuple[set[str], set[str]]:
    return {each.group for each in task.pool}, {each.group for each in task.items}


def findings(task: Task) -> dict[str, dict]:
    return {each.code: dict(each.values) for each in readiness(task, margin=0.05, level=0.9)}


@pytest.mark.parametrize("labels", [False, True])
def test_a_file_is_split_by_whole_groups(write, labels):
    examples = rows(40, 6)
    if labels:
        examples = [{**row, "output": "abc"[i % 3]} for i, row in enumerate(examples)]
    task = load_task(write("a.jsonl", examples))
    in_pool, in_items = sides(task)
    assert len(in_items) > 10
    assert not in_pool & in_items
    assert max(Counter(item.group for item in task.items).values()) == 6
    assert {each.target for each in task.pool} >= set(task.labels)


def test_without_groups_a_split_is_what_it_was():
    plain = [Item(f"i{i}", text(), f"l{i % 3}") for i in range(90)]
    grouped = [Item(each.id, each.input, each.target, group=each.id) for each in plain]
    for labels in ((), ("l0", "l1", "l2")):
        pool, items = split(plain, 0, labels)
        assert [tuple(each.id for each in side) for side in split(grouped, 0, labels)] == [
            tuple(each.id for each in side) for side in (pool, items)
        ]


def test_where_all_are_of_one_group_it_is_no_reason_to_stay_together(write):
    task = load_task(write("a.jsonl", rows(1, 60)))
    assert task.pool
    assert findings(task)["items-grouped"]["groups"] == 1
    assert "pool-has-groups" not in findings(task)


def test_what_is_asked_twice_in_two_groups_is_on_one_side_and_joins_no_groups(write):
    examples = rows(40, 4)
    for row in examples[::4]:
        row |= {"input": "thank you very much for the quick help", "output": "welcome"}
    task = load_task(write("a.jsonl", examples))
    assert not set.intersection(*sides(task))
    asked = [{each.input for each in side} for side in (task.pool, task.items)]
    assert not asked[0] & asked[1]
    assert len(task.items) > 50


def test_questions_to_one_text_are_a_group_where_there_are_ten_texts(write):
    def asked(texts: int) -> Task:
        examples = [
            {"question": text(), "answer": f"{n} {k}", "context": f"text {n}"} for n in range(texts) for k in range(8)
        ]
        return load_task(write("a.jsonl", examples))

    ten, nine = asked(10), asked(9)
    assert len({each.group for each in ten.examples}) == 10
    assert not set.intersection(*sides(ten))
    said = "no group given: examples with the same context are one group, 10 groups in all"
    assert (said in ten.notes, said in nine.notes) == (True, False)
    assert {each.group for each in nine.examples} == {""}, "a manual of nine chapters is what the task is about"


def test_instructions_that_stand_before_the_question_are_no_texts(write):
    examples = [
        {"instruction": f"Do as rule {n} says.", "input": text(), "output": f"{n} {k}"}
        for n in range(12)
        for k in range(6)
    ]
    assert {each.group for each in load_task(write("a.jsonl", examples)).examples} == {""}


def test_stated_groups_count_and_not_the_texts(write):
    examples = [{**row, "context": f"text {i % 12}"} for i, row in enumerate(rows(30, 4))]
    task = load_task(write("a.jsonl", examples))
    assert {each.group for each in task.examples} == {str(n) for n in range(30)}


def test_a_draft_of_a_group_that_is_scored_is_left_out(write):
    examples = rows(40, 6)
    drafts = [{**row, "input": text(), "drafted_by": "some model"} for row in examples[::6]]
    assert not set.intersection(*sides(load_task(write("a.jsonl", [*examples, *drafts]))))


def test_two_files_that_share_groups_are_warned_of(write):
    write("pool.jsonl", rows(20, 3))
    write("items.jsonl", rows(25, 4))
    task = load_task(write("task.yaml", "scorer: exact\n"))
    found = findings(task)
    assert found["items-grouped"] == {"items": 100, "groups": 25, "advised": 10}
    assert found["pool-has-groups"] == {"shared": 80, "items": 100}


def test_a_group_is_neither_shown_nor_part_of_what_an_item_is():
    alone, grouped = (Item("a", "1 + 1", "2", group=name) for name in ("", "sums"))
    assert repr(alone) == repr(grouped), "journals name items so"
    assert groups_of([alone, Item("b", "", "", group="a"), Item("c", "", "", group="a")]) == (0, 1, 1)


@pytest.mark.parametrize("value", [["a"], {"a": 1}, True])
def test_a_group_that_is_no_name_is_refused_with_file_line_and_field(write, value):
    path = write("a.jsonl", [{**row, "group": value} for row in rows(4, 4)])
    with pytest.raises(InputError, match=r"a\.jsonl:1: group: must be a name or a number, not "):
        load_task(path)


def test_numbers_and_names_are_groups_and_nothing_is_none():
    records = [{"input": text(), "output": f"{n}", "group": [7, "7", " 7 ", None, ""][n % 5]} for n in range(60)]
    assert {each.group for each in Task.from_records(records).examples} == {"7", ""}


@pytest.mark.parametrize("sizes", [[60] * 10, [300, 1], [40, 40, 40, 2]])
def test_groups_that_would_leave_too_few_to_score_are_split(sizes):
    """Seen: 60 items, all of one label that the pool had none of; and of 301 examples one item."""
    numbers = [number for number, size in enumerate(sizes) for _ in range(size)]
    examples = [
        Item(f"i{i}", f"what is asked here is number {i * 7919} of {text()}", f"label {number}", group=f"g{number}")
        for i, number in enumerate(numbers)
    ]
    labels = sorted({example.target for example in examples})
    pool, items = split(examples, 0, labels)
    assert 2 * len(items) >= item_quota(len(examples))
    assert {example.target for example in pool} == set(labels)


def test_a_text_that_many_rows_have_is_no_group(write):
    """Seen: 500 rows with the context "N/A" were one group, and 9 examples were left to score."""
    lines = [{"input": f"{text()} {i}", "target": "ab"[i % 2], "context": "N/A"} for i in range(200)]
    lines += [{"input": f"{text()} {i}", "target": "ab"[i % 2], "context": f"text {i // 3}"} for i in range(60)]
    task = load_task(write("t.jsonl", lines))
    sizes = Counter(example.group for example in task.examples if example.group)
    assert set(sizes.values()) == {3}
    assert len(task.items) > 50


def test_items_of_few_groups_are_not_said_to_be_good_enough(write):
    task = load_task(write("t.jsonl", rows(4, 100)))
    found = readiness(task, margin=0.05, level=0.9)
    assert fitness_sentence(found, 500, 0.05, 0.9).startswith("Too few groups")
