"""The advised prompt is the one that was measured, and goes for inputs that were not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import bm25s
import pytest

import curvefit as cf
from curvefit.curves.curve import Estimate
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.decision.next_steps import NextStep
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.measurement import observed_points

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron")


def task_in(folder, **more):
    rows = [{"input": f"{word} {n} today", "output": "ab"[len(word) % 2], **more} for n in range(5) for word in WORDS]
    (folder / "task.yaml").write_text("name: words\nscorer: label\nlabels: [a, b]\ninstruction: a or b?\n")
    for name, part in (("pool", rows[:24]), ("items", rows[24:])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    return cf.load_task(folder)


def decided(task, folder, shots, retrieved=(), form="plain"):
    """Return a study of a model that is right where it sees enough examples, and what it was sent."""
    sent = []

    def reply(prompt):
        sent.append(prompt)
        return "a"

    asking = cf.Asking(retrieved=retrieved, journal=folder / "journal.sqlite")
    with closing(cf.FunctionModel(reply, name="mine", form=form)) as model:
        return cf.decide(task, cf.Design(shots=shots, draws=2, items=16), model, asking), sent


@pytest.mark.parametrize("form", ["plain", "chat"])
@pytest.mark.parametrize(("shots", "retrieved"), [(3, ()), (0, (2,))])
def test_what_was_sent_for_an_item_is_what_is_advised_for_it(tmp_path, form, shots, retrieved):
    task = task_in(tmp_path)
    study, sent = decided(task, tmp_path, (shots,), retrieved, form)
    if retrieved:
        shown = observed_points(study.curve.retrieved, 0.9)[0]
        study = with_prompt(study, CheaperPrompt(shown, True, Estimate(0.0, 0.0, 0.0, 0.9)))
    advised = cf.advised_prompt(study, tmp_path)
    assert (advised.shots, advised.selection) == ((2, "retrieved") if retrieved else (3, "random"))
    first = [advised.prompt(item) for item in task.items]
    assert [prompt in sent for prompt in first] == [True] * 16
    assert sum(prompt in first for prompt in sent) == 16, "of one draw"


def with_prompt(study, prompt):
    return replace(study, advice=replace(study.advice, cheaper=prompt))


def test_an_input_that_was_never_scored_is_shown_the_examples_like_it_the_most_similar_last(tmp_path):
    task = task_in(tmp_path)
    study, _ = decided(task, tmp_path, (0,), (2,))
    shown = observed_points(study.curve.retrieved, 0.9)[0]
    advised = cf.advised_prompt(with_prompt(study, CheaperPrompt(shown, True, Estimate(0, 0, 0, 0.9))), tmp_path)
    assert [example.input for example in advised.examples("cedar fjord 1 today")][-1] in (
        "cedar 1 today",
        "fjord 1 today",
    )
    text = advised.prompt("cedar fjord 1 today")
    assert text.startswith("a or b?\n\nIn: ")
    assert text.endswith("In: cedar fjord 1 today\nOut:")
    assert text.count("In: ") == 3
    assert advised.stop == ("\n",)


def test_the_cap_on_replies_is_the_one_that_was_measured(tmp_path):
    task = task_in(tmp_path)
    study, _ = decided(task, tmp_path, (1,))
    assert cf.advised_prompt(study, tmp_path).max_tokens == study.curve.cut.tokens > 0
    old = replace(study, curve=replace(study.curve, cut=None))
    assert cf.advised_prompt(old, tmp_path).max_tokens is None


def test_the_temperature_is_the_one_that_was_sent(tmp_path):
    study, _ = decided(task_in(tmp_path), tmp_path, (1,))
    assert cf.advised_prompt(study, tmp_path).temperature == 0.0
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as db:
        db.executescript("DROP TRIGGER replies_are_final; UPDATE replies SET temperature = NULL")
    assert cf.advised_prompt(study, tmp_path).temperature is None
    (tmp_path / "journal.sqlite").unlink()
    assert cf.advised_prompt(study, tmp_path).temperature == 0.0


def tuned(study, *steps):
    """Return a study whose fine-tuned model gains, with these steps."""
    gained = ValidatedTraining("mine:tuned", 24, Estimate(0.9, 0.8, 1, 0.9), Estimate(0.4, 0.3, 0.5, 0.9))
    advice = replace(study.advice, action="ship-fine-tuned", next_steps=tuple(map(NextStep, steps)))
    return replace(study, validated=(gained,), advice=advice)


def test_a_model_to_be_shipped_fine_tuned_is_shown_no_examples(tmp_path):
    study, _ = decided(task_in(tmp_path), tmp_path, (0,), (2,))
    study = with_prompt(study, CheaperPrompt(observed_points(study.curve.retrieved, 0.9)[0], True, None))
    advised = cf.advised_prompt(tuned(study, "ship-fine-tuned"), tmp_path)
    assert advised.prompt("amber today") == "a or b?\n\nIn: amber today\nOut:"
    assert (advised.model, advised.shots, advised.selection) == ("mine:tuned", 0, "random")


@pytest.mark.parametrize("steps", [("ship",), ("measure-retrieved",), ("ship", "ship-fine-tuned")])
def test_where_money_keeps_the_prompt_or_may_that_is_the_one(tmp_path, steps):
    study, _ = decided(task_in(tmp_path), tmp_path, (3,))
    advised = cf.advised_prompt(tuned(study, *steps), tmp_path)
    assert (advised.model, advised.shots) == ("mine", 3)


def test_an_input_without_what_the_tasks_items_have_beside_it_is_refused(tmp_path):
    study, _ = decided(task_in(tmp_path, context="Of Monday."), tmp_path, (1,))
    advised = cf.advised_prompt(study, tmp_path)
    with pytest.raises(cf.CurvefitError, match="have a context beside their input"):
        advised.prompt("amber 1 today")
    assert "Of Sunday.\namber 1 today" in advised.prompt(cf.Item("new", "amber 1 today", "", "Of Sunday."))


@pytest.mark.parametrize("reply", [True, False])
def test_a_line_of_the_tasks_file_is_asked_with_its_own_system_message_and_turns(tmp_path, reply):
    talk = [{"role": "user", "content": "amber"}, {"role": "assistant", "content": "a"}]
    lines = [
        [{"role": "system", "content": f"Customer {n}."}, *talk, {"role": "user", "content": f"{word} {n}"}]
        for n in range(5)
        for word in WORDS
    ]
    answer = {"role": "assistant", "content": "b"}
    (tmp_path / "chat.jsonl").write_text("".join(json.dumps({"messages": [*line, answer]}) + "\n" for line in lines))
    study, sent = decided(cf.load_task(tmp_path / "chat.jsonl"), tmp_path, (1,), form="chat")
    advised = cf.advised_prompt(study, tmp_path)
    for item in advised.task.items:
        (line,) = (line for line in lines if line[-1]["content"] == item.input and line[0]["content"] == item.system)
        text = json.dumps({"messages": [*line, answer] if reply else line})
        assert advised.prompt(text) == advised.prompt(item)
        assert advised.prompt(text) in sent
    with pytest.raises(cf.CurvefitError, match="input:1: messages: the user's last message is empty"):
        advised.prompt(json.dumps({"messages": [{"role": "user", "content": " "}]}))
    with pytest.raises(cf.CurvefitError, match="have a system message beside their input"):
        advised.prompt("{not JSON")


def test_a_line_with_a_context_is_shown_with_it_and_a_task_of_inputs_alone_takes_json_as_an_input(tmp_path):
    study, _ = decided(task_in(tmp_path, context="Of Monday."), tmp_path, (1,))
    line = json.dumps({"input": "amber 1 today", "context": "Of Sunday."})
    assert "Of Sunday.\namber 1 today" in cf.advised_prompt(study, tmp_path).prompt(line)
    (tmp_path / "bare").mkdir()
    bare, _ = decided(task_in(tmp_path / "bare"), tmp_path / "bare", (1,))
    assert line in cf.advised_prompt(bare, tmp_path / "bare").prompt(line)


def test_an_input_that_no_model_can_be_sent_is_refused(tmp_path):
    """What is not UTF-8 on a command line was left out of the prompt without a word."""
    study, _ = decided(task_in(tmp_path), tmp_path, (1,))
    with pytest.raises(cf.CurvefitError, match="input: is not UTF-8"):
        cf.advised_prompt(study, tmp_path).prompt("b\udce9x")


def test_a_new_system_message_beside_a_stated_instruction_is_not_guessed(tmp_path):
    lines = [{"system": f"Customer {n}.", "input": f"{word} {n}", "output": "a"} for n in range(5) for word in WORDS]
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    study, _ = decided(cf.load_task(tmp_path / "lines.jsonl", instruction="Sort it."), tmp_path, (1,))
    with pytest.raises(cf.CurvefitError, match=r"states an instruction.*a curvefit\.Item says"):
        cf.advised_prompt(study, tmp_path).prompt(json.dumps({"system": "Customer 9.", "input": "amber"}))


def test_an_input_alone_goes_where_some_items_have_nothing_beside_it(tmp_path):
    task_in(tmp_path)
    items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    items = [{**item, "context": "Of Monday."} if n % 2 else item for n, item in enumerate(items)]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    study, _ = decided(cf.load_task(tmp_path), tmp_path, (1,))
    assert cf.advised_prompt(study, tmp_path).prompt("amber today").endswith("\n\nIn: amber today\nOut:")


def test_a_task_that_has_changed_since_has_no_advised_prompt(tmp_path):
    task = task_in(tmp_path)
    study, _ = decided(task, tmp_path, (1,))
    with pytest.raises(cf.CurvefitError, match="changed"):
        cf.advised_prompt(study, tmp_path, replace(task, instruction="b or a?"))


def test_the_code_that_judges_a_task_is_not_run_for_its_prompt(tmp_path):
    task_in(tmp_path)
    (tmp_path / "task.yaml").write_text("name: words\nkind: qa\ninstruction: a or b?\nscorer: python:own:judge\n")
    (tmp_path / "own.py").write_text(
        "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"
        "def judge(reply, item):\n    return reply == item.target\n"
    )
    study, sent = decided(cf.load_task(tmp_path), tmp_path, (1,))
    (tmp_path / "ran").unlink()
    for task in (None, str(tmp_path)):
        advised = cf.advised_prompt(study, tmp_path, task)
        assert advised.prompt(advised.task.items[0]) in sent
    assert not (tmp_path / "ran").exists()


def test_replies_end_where_they_did_though_the_target_of_several_lines_was_not_scored(tmp_path):
    task_in(tmp_path)
    (tmp_path / "task.yaml").write_text("name: words\nkind: qa\nscorer: exact\ninstruction: a or b?\n")
    items = (tmp_path / "items.jsonl").read_text().splitlines()
    items[-1] = json.dumps({"input": "something else", "output": "a\nb"})
    (tmp_path / "items.jsonl").write_text("\n".join(items))
    task = cf.load_task(tmp_path)
    with closing(cf.FunctionModel(lambda prompt: "a", name="mine", form="plain")) as model:
        curve = cf.measure(task, cf.Design(shots=(1,), draws=1, items=4), model)
    assert task.items[-1].id not in curve.items
    assert cf.advised_prompt(cf.analyze(curve), tmp_path).stop == ("\n\nIn:",)


def test_inputs_with_no_word_in_common_with_any_example_are_shown_examples_of_their_own(tmp_path):
    study, _ = decided(task_in(tmp_path), tmp_path, (0,), (2,))
    shown = observed_points(study.curve.retrieved, 0.9)[0]
    advised = cf.advised_prompt(with_prompt(study, CheaperPrompt(shown, True, Estimate(0, 0, 0, 0.9))), tmp_path)
    assert len({advised.examples(f"nothing{n}") for n in range(5)}) > 1


def test_a_program_that_asks_for_one_input_after_another_has_the_pool_indexed_once(tmp_path, monkeypatch):
    study, _ = decided(task_in(tmp_path), tmp_path, (0,), (2,))
    shown = observed_points(study.curve.retrieved, 0.9)[0]
    advised = cf.advised_prompt(with_prompt(study, CheaperPrompt(shown, True, Estimate(0, 0, 0, 0.9))), tmp_path)
    indexed, index = [], bm25s.BM25.index
    monkeypatch.setattr(bm25s.BM25, "index", lambda *given, **more: (indexed.append(given), index(*given, **more)))
    assert len({advised.prompt(f"{word} {n} today") for n, word in enumerate(WORDS)}) == len(WORDS)
    assert len(indexed) <= 2, "once for words, once for single characters"


def test_examples_that_were_too_long_to_be_shown_are_not_shown_now(tmp_path):
    task_in(tmp_path)
    pool = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text().splitlines()]
    pool[0]["input"] = "amber 3 4 today" + " x" * 1000  # more like the items amber 3 and amber 4 than any other
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in pool))
    task, sent = cf.load_task(tmp_path), []

    def reply(prompt):
        sent.append(prompt)
        return "a"

    with closing(cf.FunctionModel(reply, name="mine", form="plain", context=400)) as model:
        asking = cf.Asking(retrieved=(2,), journal=tmp_path / "journal.sqlite")
        cf.write_report(cf.decide(task, cf.Design(shots=(0,), draws=1, items=16), model, asking), tmp_path)
    study = cf.read_study(tmp_path)
    shown = observed_points(study.curve.retrieved, 0.9)[0]
    advised = cf.advised_prompt(with_prompt(study, CheaperPrompt(shown, True, Estimate(0, 0, 0, 0.9))), tmp_path)
    assert all(advised.prompt(item) in sent for item in task.items)
    assert study.curve.retrieved.too_long == ("pool-line-1",)
    assert "line-1" not in {example.id for example in advised.examples("amber 4 today")}


def asked_of_documents(folder, context, *, beside=False):
    """Return a study of questions about documents, of their own or of a file of them, and what it was sent."""
    texts = {f"d{n}": f"Shelf {word} {n} is {'ab'[n % 2]}." for n, word in enumerate(WORDS * 5)}
    rows = [
        {"input": f"Which is shelf {text[6:-6]}?", "output": text[-2], **({"context": text} if beside else {})}
        for text in texts.values()
    ]
    described = "name: shelves\nkind: qa\nscorer: exact\ninstruction: a or b?\n"
    if not beside:
        rows = [{**row, "documents": [name]} for row, name in zip(rows, texts, strict=True)]
        rows[-1]["documents"] = []
        described += "documents: documents.jsonl\n"
        lines = [json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items()]
        (folder / "documents.jsonl").write_text("".join(lines))
    (folder / "task.yaml").write_text(described)
    for name, part in (("pool", rows[:20]), ("items", rows[20:])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    task = cf.load_task(folder)
    study, sent = decided(cf.with_context(task, context), folder, (1,))
    return study, sent, {row["input"]: row for row in rows}, task


@pytest.mark.parametrize("beside", [False, True])
def test_retrieved_documents_are_searched_for_an_input_as_they_were_for_the_items(tmp_path, beside):
    study, sent, rows, task = asked_of_documents(tmp_path, "retrieved:2", beside=beside)
    advised = cf.advised_prompt(study, tmp_path)
    for item in advised.task.items:
        shown = advised.prompt(item.input)
        assert shown in sent, "an input alone"
        others = (json.dumps(rows[item.input]), task.by_id[item.id], item)
        assert [advised.prompt(given) for given in others] == [shown] * 3
    assert advised.prompt("Where is shelf fjord 13?").count("Shelf ") == 2 * (advised.shots + 1)


@pytest.mark.parametrize("beside", [False, True])
def test_given_documents_are_those_that_a_line_names_and_an_input_alone_is_refused(tmp_path, beside):
    study, sent, rows, task = asked_of_documents(tmp_path, "given", beside=beside)
    advised = cf.advised_prompt(study, tmp_path)
    for item in advised.task.items:
        assert advised.prompt(item) == advised.prompt(json.dumps(rows[item.input]))
        assert advised.prompt(item) in sent
    assert advised.prompt(task.items[0]) == advised.prompt(json.dumps(rows[task.items[0].input]))
    for alone in (task.items[0].input, json.dumps({"input": "Which?"}), cf.Item("new", "Which?", "")):
        with pytest.raises(cf.CurvefitError, match=r"right documents given: give the input as JSON.*context$"):
            advised.prompt(alone)
    assert "Mine.\nWhich?" in advised.prompt(json.dumps({"input": "Which?", "context": "Mine."}))
    if not beside:
        with pytest.raises(cf.CurvefitError, match="there is no document 'd99'"):
            advised.prompt(json.dumps({"input": "Which?", "documents": "d99"}))


def test_an_input_that_was_measured_without_documents_gets_none(tmp_path):
    study, sent, rows, _ = asked_of_documents(tmp_path, "none")
    advised = cf.advised_prompt(study, tmp_path)
    for item in advised.task.items:
        assert advised.prompt(item.input) == advised.prompt(json.dumps(rows[item.input]))
        assert advised.prompt(item.input) in sent


def test_a_context_of_its_own_is_still_asked_for_beside_documents_that_are_retrieved(tmp_path):
    *_, rows, task = asked_of_documents(tmp_path, "none")
    own = {item.input: {**rows[item.input], "context": "Of Monday."} for item in task.items}
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in own.values()))
    study, sent = decided(cf.with_context(cf.load_task(tmp_path), "retrieved:2"), tmp_path, (1,))
    advised = cf.advised_prompt(study, tmp_path)
    with pytest.raises(cf.CurvefitError, match="have a context beside their input"):
        advised.prompt(task.items[0].input)
    assert all(advised.prompt(json.dumps(own[item.input])) in sent for item in advised.task.items)
