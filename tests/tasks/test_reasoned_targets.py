"""Targets of distilled data hold reasoning before the answer; only the answer is shown and judged."""

from __future__ import annotations

import json

import pytest

from curvefit.errors import InputError
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Task

COLOURS = ("red", "green", "blue")


def records(target=lambda colour: f"<think>\nThe note says {colour}.\n</think>\n\n{colour}", count=60):
    return [(f"note {n} of {n * 7919 % 1000}", target(COLOURS[n % 3])) for n in range(count)]


def notes_on_reasoning(task):
    return [note for note in task.notes if "targets hold" in note]


def test_a_target_is_what_follows_the_reasoning():
    task = Task.from_records(records())
    assert {example.target for example in (*task.pool, *task.items)} == set(COLOURS)
    assert (task.labels, task.scorer.name) == (tuple(sorted(COLOURS)), "label")
    assert notes_on_reasoning(task) == [
        "60 of 60 targets hold reasoning before the answer, which is taken out: only answers are shown and judged"
    ]


def test_a_file_with_pool_and_items_of_its_own_is_read_so_too(tmp_path):
    rows = records()
    for name, part in (("pool", rows[:30]), ("items", rows[30:])):
        lines = (json.dumps({"input": given, "output": wanted}) for given, wanted in part)
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    (tmp_path / "task.yaml").write_text("instruction: Name the colour.\nlabels: [red, green, blue]\n")
    task = load_task(tmp_path)
    assert {item.target for item in task.items} == set(COLOURS)
    (tmp_path / "task.yaml").write_text("instruction: Name the colour.\nlabels: [red, green]\n")
    with pytest.raises(InputError, match="'blue' is none of the task's labels"):
        load_task(tmp_path)


def test_one_that_reasons_among_many_that_do_not_is_counted():
    rows = records(str)
    task = Task.from_records([*rows[:-1], (rows[-1][0], f"<think>so</think>{rows[-1][1]}")])
    assert notes_on_reasoning(task)[0].startswith("1 of 60 targets holds reasoning")


@pytest.mark.parametrize(
    "target",
    [
        "<page><think>{}</think></page>",
        "The tag <think> opens {}, and </think> closes it.",
        "<reasoning>{}</reasoning>",
        "<think> {} is never closed",
    ],
)
def test_a_target_in_which_such_tags_are_data_stays_as_it_is(target):
    task = Task.from_records(records(target.format))
    assert {item.target for item in task.items} == {target.format(colour) for colour in COLOURS}
    assert notes_on_reasoning(task) == []


def test_targets_cut_off_in_their_reasoning_are_left_out_and_change_nothing_else(tmp_path):
    labels = ("billing", "returns", "access")
    rows = [{"input": f"message {n}", "output": f"<think>because {n}</think>\n{labels[n % 3]}"} for n in range(120)]
    for n in range(0, 120, 20):
        rows[n]["output"] = "<think>because the note mentions"
    file = tmp_path / "data.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    task = load_task(file)
    assert (task.scorer.name, task.labels) == ("label", ("access", "billing", "returns"))
    assert len(task.pool) + len(task.items) == 114
    assert "114 of 120 targets hold reasoning before the answer, which is taken out" in task.notes[2]
    assert (
        "6 of 120 targets end in their reasoning and are left out, for want of an answer (line 1, 21, 41, and 3 more)"
        in task.notes
    )


def test_where_no_target_has_an_answer_after_its_reasoning_such_text_is_what_is_asked_for(tmp_path):
    file = tmp_path / "data.jsonl"
    file.write_text("\n".join(json.dumps({"input": f"q {n}", "output": f"<think>{n} is"}) for n in range(60)))
    assert len(load_task(file).pool) + len(load_task(file).items) == 60


def cut_off(side, count=60):
    """Rows of which those of one side, by their `split`, end in their reasoning."""
    for n, (given, target) in enumerate(records(count=count)):
        split = ("train", "test")[n % 2]
        yield {"input": given, "output": "<think>The note" if split == side else target, "split": split}


@pytest.mark.parametrize(("side", "named"), [("train", "the pool"), ("test", "the items")])
def test_a_side_of_which_no_target_has_an_answer_is_refused_and_no_other_is_made_up(tmp_path, side, named):
    refused = pytest.raises(InputError, match=f"all 30 targets of {named} end in their reasoning")
    with refused:
        Task.from_records(list(cut_off(side)))
    for name, split in (("pool", "train"), ("items", "test")):
        lines = (json.dumps({**row, "split": ""}) for row in cut_off(side) if row["split"] == split)
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    (tmp_path / "task.yaml").write_text("instruction: Name the colour.\n")
    with refused as error:
        load_task(tmp_path)
    assert error.value.file.name == ("pool.jsonl" if side == "train" else "items.jsonl")


def conversations(tmp_path, reply):
    rows = []
    for n, (given, _) in enumerate(records()):
        turns = [("user", given), ("assistant", reply), ("user", "Are you sure?"), ("assistant", COLOURS[n % 3])]
        rows.append({"messages": [{"role": role, "content": text} for role, text in turns]})
    (tmp_path / "chat.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return load_task(tmp_path / "chat.jsonl")


def test_reasoning_in_earlier_replies_is_taken_out_too_and_a_note_says_so(tmp_path):
    task = conversations(tmp_path, "<think>Hm, blue?</think>\nIt is blue.")
    assert {example.turns[1] for example in (*task.pool, *task.items)} == {("assistant", "It is blue.")}
    assert "reasoning in earlier replies of 60 examples is taken out: only answers are shown" in task.notes


def test_an_earlier_reply_that_is_reasoning_alone_stays_as_it_is(tmp_path):
    task = conversations(tmp_path, "<think>Hm, blue?")
    assert task.items[0].turns[1] == ("assistant", "<think>Hm, blue?")
    assert not [note for note in task.notes if "earlier replies" in note]
