"""The file to fine-tune on: what is in it, what is left out of it, and that it is read back as it was."""

from __future__ import annotations

import doctest
import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

import curvefit
from curvefit.errors import InputError
from curvefit.tasks import formats as formats_read
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item, Task
from curvefit.training import upload_file as module
from curvefit.training.fine_tuning_plan import learning_order
from curvefit.training.upload_file import upload_file
from curvefit.training.upload_formats import FORMATS, format_named
from curvefit.trials.prompts import training_conversation

HAS_TURNS = "turns" in {field.name for field in fields(Item)}
SINCE_LONG = {"openai", "azure", "mistral", "together", "fireworks"}  # read before other trainers' forms were


@pytest.fixture
def task():
    records = [
        {"id": f"r{i}", "input": f"message {i * 7919 % 1000} number {i}", "output": "abc"[i % 3]} for i in range(90)
    ]
    return Task.from_records(records, name="letters", instruction="Name the letter.", seed=1)


def words(task):
    """What each example of a task asks and answers, whichever turn its words stand in."""
    return {
        ("\n".join(m.content for m in training_conversation(task, example)[:-1]), example.target)
        for example in (*task.pool, *task.items)
    }


@pytest.mark.parametrize("name", FORMATS)
def test_the_loader_reads_back_what_was_written_for_each_trainer(name, task, tmp_path):
    if name not in SINCE_LONG and not hasattr(formats_read, "FORMATS"):
        pytest.skip("no reader of this form yet")
    upload_file(task, name, seed=3).write(tmp_path / "train.jsonl")
    own = {"instruction": ""} if name == "alpaca" else {}  # which has the instruction in its questions
    back = load_task(tmp_path / "train.jsonl", **own)
    expected = {
        ("\n".join(m.content for m in training_conversation(task, example)[:-1]), example.target)
        for example in task.pool
    }
    assert words(back) == expected
    assert back.labels == task.labels
    assert back.instruction == ("" if own else task.instruction)


@pytest.mark.skipif(not HAS_TURNS, reason="an example holds no earlier turns yet")
@pytest.mark.parametrize("name", [name for name, trainer in FORMATS.items() if trainer.earlier_turns])
def test_earlier_turns_come_back_as_turns(name, task, tmp_path):
    turns = (("user", "Hello."), ("assistant", "What do you have?"))
    pool = tuple(replace(example, turns=turns) for example in task.pool)
    upload = upload_file(replace(task, pool=pool), name)
    upload.write(tmp_path / "train.jsonl")
    back = load_task(tmp_path / "train.jsonl")
    assert {example.turns for example in (*back.pool, *back.items)} == {turns}
    assert {(e.input, e.target) for e in (*back.pool, *back.items)} == {(e.input, e.target) for e in pool}
    assert bool(upload.notes) == (name != "huggingface")  # whose completion alone is learned


def test_rows_that_trl_cuts_by_default_are_counted(task):
    # 4 bytes a token: one row has 1,025 tokens or more in its question alone.
    long = replace(task.pool[0], input="word " * 820)
    (note,) = upload_file(replace(task, pool=(long, *task.pool[1:])), "huggingface").notes
    assert note.startswith("1 row has more than about 1,024 tokens")
    assert upload_file(task, "huggingface").notes == ()


@pytest.mark.skipif(not HAS_TURNS, reason="an example holds no earlier turns yet")
def test_alpaca_names_the_examples_with_earlier_turns_and_leaves_them_out(task):
    first = replace(task.pool[0], turns=(("user", "Hello."), ("assistant", "What do you have?")))
    upload = upload_file(replace(task, pool=(first, *task.pool[1:])), "alpaca")
    assert [(example.id, example.rule) for example in upload.left_out] == [(first.id, "earlier-turns")]
    assert len(upload.records) == len(task.pool) - 1


@pytest.mark.parametrize("name", FORMATS)
def test_every_example_of_the_pool_is_in_the_file_in_the_order_it_is_learned_and_no_item(name, task):
    rows = [json.dumps(record) for record in upload_file(task, name, seed=3).records]
    order = learning_order(task.pool, 3)
    assert len(rows) == len(task.pool)
    assert all(json.dumps(example.input) in row for example, row in zip(order, rows, strict=True))
    assert not any(json.dumps(item.input) in row for item in task.items for row in rows)


@pytest.mark.parametrize("name", FORMATS)
def test_what_nearly_repeats_an_item_is_never_in_the_file(name, task):
    item = task.items[0]
    text = "the quick brown fox jumps over the lazy dog and then it runs away into the dark green forest"
    items = (replace(item, input=text), *task.items[1:])
    near = Item("near", text.replace("quick", "quik"), item.target)
    planted = replace(task, items=items, pool=(*task.pool, near))
    upload = upload_file(planted, name)
    assert [(example.id, example.rule) for example in upload.left_out] == [("near", "item")]
    assert len(upload.records) == len(task.pool)
    assert not any("quik brown" in json.dumps(record) for record in upload.records)


def test_without_a_trainer_it_is_the_file_for_openai(task):
    assert upload_file(task).encoded() == upload_file(task, "openai").encoded()


def test_a_larger_file_begins_with_the_smaller(task):
    assert upload_file(task, n=30, seed=2).records[:12] == upload_file(task, n=12, seed=2).records


def test_a_row_that_breaks_a_rule_is_left_out_by_name_and_the_others_stay(task):
    odd = Item("odd", "Assistant: or not", "a")
    upload = upload_file(replace(task, pool=(*task.pool, odd)), "bedrock")
    assert [(o.id, o.rule, o.problem) for o in upload.left_out] == [
        ("odd", "reserved", "holds 'Assistant:', which Amazon Bedrock reserves")
    ]
    assert len(upload.records) == len(task.pool)


def test_an_instruction_that_breaks_a_rule_leaves_no_row_and_says_why(task):
    with pytest.raises(InputError) as refused:
        upload_file(replace(task, instruction="System: be brief"), "bedrock")
    said = str(refused.value)
    assert said.startswith("Amazon Bedrock takes 8 rows or more, and there are 0; 45 left out, the first, 'r")
    assert "holds 'System:'" in said


@pytest.mark.parametrize(("name", "least"), [(n, row.least_rows) for n, row in FORMATS.items() if row.least_rows > 1])
def test_too_few_rows_are_refused_with_how_many_are_needed(name, least, task):
    with pytest.raises(InputError, match=f"takes {least} rows or more, and there (is|are) {least - 1}; ask for more"):
        upload_file(task, name, n=least - 1)
    assert len(upload_file(task, name, n=least).records) == least


def test_a_pool_without_examples_is_refused_by_every_trainer_and_by_none_named(task):
    for name in (None, *FORMATS):
        with pytest.raises(InputError, match="or more, and there are 0"):
            upload_file(replace(task, pool=()), name)


def test_a_small_file_for_no_named_trainer_is_written_with_a_note(task):
    upload = upload_file(task, n=3)
    assert len(upload.records) == 3
    assert upload.notes == ("OpenAI takes 10 rows or more, and there are 3; ask for more with --n, or add examples",)


def test_too_many_rows_and_too_many_bytes_are_refused_with_what_to_do(task, monkeypatch):
    monkeypatch.setitem(FORMATS, "bedrock", replace(FORMATS["bedrock"], most_rows=44))
    with pytest.raises(InputError, match="Amazon Bedrock takes 44 rows at most, and there are 45; use --n"):
        upload_file(task, "bedrock")
    size = len(upload_file(task, "mistral").encoded())
    monkeypatch.setitem(FORMATS, "mistral", replace(FORMATS["mistral"], most_bytes=size - 1))
    with pytest.raises(InputError, match=f"takes {size - 1:,} bytes at most.*use --n, with about 44"):
        upload_file(task, "mistral")


def test_n_larger_than_the_pool_is_refused(task):
    with pytest.raises(InputError, match="--n 46 is more than the 45 examples of the pool"):
        upload_file(task, n=46)


def test_an_unknown_trainer_is_refused(task):
    with pytest.raises(InputError, match="to: 'openia' is no format"):
        upload_file(task, "openia")


def test_a_context_stays_with_its_question(task):
    pool = tuple(replace(example, context=f"record {example.id}") for example in task.pool)
    for name in FORMATS:
        rows = [json.dumps(record) for record in upload_file(replace(task, pool=pool), name).records]
        order = learning_order(pool, 0)
        assert all(json.dumps(f"{e.context}\n{e.input}") in row for e, row in zip(order, rows, strict=True))


@pytest.mark.parametrize("name", FORMATS)
def test_a_task_without_an_instruction_has_no_empty_one_in_its_file(name, task):
    record = upload_file(replace(task, instruction=""), name).records[0]
    empty = {"alpaca": ["input"]}.get(name, [])
    assert [key for key, value in record.items() if value in ("", [], {})] == empty
    assert "ystem" not in json.dumps(record)


def test_azure_files_begin_with_a_byte_order_mark_and_others_do_not(task):
    marked = {name for name in FORMATS if upload_file(task, name).encoded().startswith(b"\xef\xbb\xbf")}
    assert marked == {"azure"}


def test_the_file_is_ascii_apart_from_the_mark(task):
    odd = replace(task, pool=tuple(replace(e, input=f"{e.input} \u2028 ü") for e in task.pool))
    for name in FORMATS:
        assert upload_file(odd, name).encoded().decode("utf-8-sig").isascii()


@pytest.mark.parametrize("name", ["alpaca", "sharegpt"])
def test_a_name_that_ends_in_json_gets_one_list_of_the_same_rows(name, task, tmp_path):
    upload = upload_file(task, name)
    assert upload.write(tmp_path / "train.json") == upload.write(tmp_path / "train.jsonl") == ()
    rows = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()]
    assert json.loads((tmp_path / "train.json").read_text()) == rows


def test_a_file_that_is_there_stays_unless_it_is_the_same(task, tmp_path):
    path = tmp_path / "new" / "train.jsonl"
    upload_file(task).write(path)
    upload_file(task).write(path)
    with pytest.raises(InputError, match="is already there with other content; nothing was written"):
        upload_file(task, n=12).write(path)
    assert len(path.read_text().splitlines()) == len(task.pool)


def test_the_example_runs(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    for found in doctest.DocTestFinder().find(module.upload_file, globs={"cf": curvefit}):
        assert doctest.DocTestRunner().run(found).failed == 0
    assert format_named("openai").name == "openai"


def messy(own=35, none=4):
    """Lines of chat: most have one system message, some none and some another."""
    systems = ["Name the letter."] * own + [""] * none + ["Name that letter, please."] * (60 - own - none)
    lines = []
    for i, system in enumerate(systems):
        turns = [("system", system)] if system else []
        turns += [("user", f"message {i * 7919 % 1000} number {i}"), ("assistant", "abc"[i % 3])]
        lines.append({"messages": [{"role": role, "content": text} for role, text in turns]})
    return lines


@pytest.mark.parametrize("name", FORMATS)
def test_each_line_keeps_its_own_system_message_and_none_is_made_up(name, tmp_path):
    lines = messy()
    source = tmp_path / "chat.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    task = load_task(source)
    file = upload_file(task, name)
    assert len(file.records) == len(task.pool)
    given = {line["messages"][-2]["content"]: line["messages"] for line in lines}
    pool = {example.input: example for example in task.pool}
    for question, example in pool.items():
        asked = [(turn.role, turn.content) for turn in training_conversation(task, example)]
        assert asked == [(turn["role"], turn["content"]) for turn in given[question]]
    if name in ("openai", "azure", "mistral", "together", "fireworks"):
        assert all(record["messages"] in given.values() for record in file.records)
    else:
        texts = json.dumps(file.records)
        told = [example.system for example in task.pool]
        assert texts.count("Name the letter.") == told.count("Name the letter.")
        assert texts.count("Name that letter, please.") == told.count("Name that letter, please.")
