"""Documents beside a task: read, shown as asked for, and never a change of what is scored."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace

import pytest

import curvefit as cf
from curvefit.curves.reason import Reason
from curvefit.decision.next_steps import priced
from curvefit.errors import InputError
from curvefit.report.sentences import sentence
from curvefit.tasks.documents import read_documents
from curvefit.tasks.task import fingerprint

CODES = ("amber", "basil", "cedar", "dune", "elm", "fjord", "grove", "heath", "iris", "jade")
NAMES = [f"{first} {second}" for first in CODES for second in CODES if first != second]


def write(path, records):
    path.write_text("\n".join(map(json.dumps, records)) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    documents = [
        {"id": f"d{n}", "title": name, "text": f"Shelf {name} keeps {n} crates."} for n, name in enumerate(NAMES)
    ]
    rows = [
        {"id": f"q{n}", "input": f"How many crates are on shelf {name}?", "output": f"{n}", "documents": f"d{n}"}
        for n, name in enumerate(NAMES)
    ]
    write(tmp_path / "documents.jsonl", documents)
    write(tmp_path / "data.jsonl", rows)
    (tmp_path / "task.yaml").write_text("scorer: number\ndata: data.jsonl\ndocuments: documents.jsonl\n")
    return tmp_path


def test_documents_are_shown_only_where_they_are_asked_for(folder):
    task = cf.load_task(folder)
    assert {item.context for item in task.items} == {""}
    assert {item.context for item in cf.with_context(task, "none").items} == {""}
    assert not any("not shown" in note for note in task.notes)


def test_given_documents_are_those_that_an_example_names(folder):
    for example in (*(given := cf.with_context(cf.load_task(folder), "given")).pool, *given.items):
        assert example.context.endswith(f"keeps {example.target} crates.")
        assert example.context.splitlines()[0] in NAMES  # its title


def test_every_choice_keeps_items_targets_and_their_order(folder):
    task = cf.load_task(folder)
    for choice in ("none", "given", "retrieved", "retrieved:1"):
        shown = cf.with_context(task, choice)
        assert [(item.id, item.input, item.target) for item in shown.items] == [
            (item.id, item.input, item.target) for item in task.items
        ]


def test_retrieval_shows_so_many_and_says_how_often_the_right_one_is_among_them(folder):
    task = cf.load_task(folder)
    shown = cf.with_context(task, "retrieved:4")
    assert {item.context.count("keeps") for item in shown.items} == {4}
    hits = sum(f"keeps {item.target} crates" in item.context for item in shown.items)
    of = f"4 of {len(NAMES)} documents are retrieved for each item"
    assert shown.notes[-1] == f"{of}; for {hits} of {len(task.items)} items what answers them is among these"
    assert hits > len(task.items) / 2


def test_more_documents_never_find_the_right_one_less_often(folder):
    task = cf.load_task(folder)
    hits = [
        sum(f"keeps {item.target} crates" in item.context for item in cf.with_context(task, f"retrieved:{k}").items)
        for k in (1, 2, 5, 90)
    ]
    assert hits == sorted(hits)
    assert hits[-1] == len(task.items)


def test_a_single_digit_tells_documents_apart(tmp_path):
    write(tmp_path / "documents.jsonl", [{"id": str(n), "text": f"Pump {n} runs {7 * n} hours."} for n in range(10)])
    rows = [{"input": f"Pump {n}, hours of run {w}?", "output": str(7 * n), "documents": str(n)}
            for n in range(10) for w in ("now", "then", "today")]  # fmt: skip
    write(tmp_path / "data.jsonl", rows)
    (tmp_path / "task.yaml").write_text("scorer: number\ndata: data.jsonl\ndocuments: documents.jsonl\n")
    shown = cf.with_context(cf.load_task(tmp_path), "retrieved:1")
    assert {item.context == f"Pump {int(item.target) // 7} runs {item.target} hours." for item in shown.items} == {True}


def test_contexts_are_documents_where_there_is_no_file_of_them():
    rows = [
        {"question": f"What does {n} hold?", "context": f"{n} holds {n * n}.", "answer": f"{n * n}"}
        for n in range(100, 160)
    ]
    task = cf.Task.from_records(rows)
    assert cf.with_context(task, "given").items == task.items
    assert {item.context for item in cf.with_context(task, "none").items} == {""}
    retrieved = cf.with_context(task, "retrieved:1")
    assert all(item.context == kept.context for item, kept in zip(retrieved.items, task.items, strict=True))


def test_a_context_of_its_own_stays_beside_documents(tmp_path, folder):
    rows = [json.loads(line) for line in (folder / "data.jsonl").read_text().splitlines()]
    write(folder / "data.jsonl", [{**row, "context": f"Asked by {row['id']}."} for row in rows])
    task = cf.load_task(folder)
    for choice in ("none", "given", "retrieved"):
        assert all(f"Asked by {item.id}." in item.context for item in cf.with_context(task, choice).items)


def test_pool_examples_that_only_their_context_told_from_items_are_left_out():
    rows = [{"question": f"Which? {n % 40}", "context": f"Passage {n}.", "answer": f"{n}"} for n in range(80)]
    task = cf.Task.from_records([{**row, "split": "train" if n < 40 else "test"} for n, row in enumerate(rows)])
    assert len(task.pool) == 40
    shown = cf.with_context(task, "none")
    assert (len(shown.pool), len(shown.items)) == (0, 40)
    assert "40 pool examples ask what an item asks" in shown.notes[-1]


def test_what_is_shown_decides_what_is_asked_and_ids_of_documents_do_not(folder):
    task = cf.load_task(folder)
    prints = {fingerprint(shown, shown.items) for shown in (task, cf.with_context(task, "none"))}
    assert len(prints) == 1
    given = cf.with_context(task, "given")
    assert fingerprint(given, given.items) not in prints


def test_a_task_is_read_again_with_its_documents(folder):
    from curvefit.tasks.loading import load_task_again

    shown = cf.with_context(cf.load_task(folder), "retrieved:2")
    assert shown.overrides == (("context", "retrieved:2"),)
    assert load_task_again(folder, shown.overrides).items == shown.items


@pytest.mark.parametrize("choice", ["", "all", "retrieved:0", "retrieved:101", "retrieved:x", "given:3", "none,given"])
def test_another_choice_is_refused_in_one_line(folder, choice):
    with pytest.raises(InputError, match=r"context: .* is none of none, given, retrieved, and retrieved:N"):
        cf.with_context(cf.load_task(folder), choice)


def test_a_task_without_documents_says_how_to_have_them():
    task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)])
    with pytest.raises(InputError, match=r"context: there are no documents: name a file"):
        cf.with_context(task, "none")


def test_given_needs_items_that_name_their_documents(folder):
    rows = [json.loads(line) for line in (folder / "data.jsonl").read_text().splitlines()]
    write(folder / "data.jsonl", [{name: row[name] for name in ("id", "input", "output")} for row in rows])
    with pytest.raises(InputError, match="no item names the documents that answer it"):
        cf.with_context(cf.load_task(folder), "given")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}], ":2: id: 'a' stands here twice"),
        ([{"id": "a"}], ":1: text: must be a text that is not empty"),
        ([{"text": "x"}], ":1: id: must be a text"),
        ([{"id": "a", "text": " "}], ":1: text: must be a text that is not empty"),
        ([{"id": "a", "text": "x", "title": 3}], ":1: title: must be a text"),
    ],
)
def test_a_fault_in_the_documents_names_line_and_field(tmp_path, rows, said):
    write(tmp_path / "documents.jsonl", rows)
    with pytest.raises(InputError) as refused:
        read_documents(tmp_path / "documents.jsonl")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("d999", "there is no document 'd999'"),
        (["d1", 3], "must be the id of a document"),
        ({"a": 1}, "must be the id"),
    ],
)
def test_an_example_that_names_no_document_names_its_line(folder, value, said):
    rows = [json.loads(line) for line in (folder / "data.jsonl").read_text().splitlines()]
    write(folder / "data.jsonl", [*rows[:6], {**rows[6], "documents": value}, *rows[7:]])
    try:
        notes = cf.load_task(folder).notes
    except InputError as error:
        notes = (str(error),)
    assert any((":7: documents" in note or "line 7: documents" in note) and said in note for note in notes)


def test_documents_out_of_the_folder_are_refused(folder):
    (folder / "task.yaml").write_text("scorer: number\ndata: data.jsonl\ndocuments: ../documents.jsonl\n")
    with pytest.raises(InputError, match=r"documents: .* leads out of the task's folder"):
        cf.load_task(folder)


def test_studies_that_differ_in_documents_name_their_items_alike(folder):
    from curvefit.tasks.task import item_digests

    task = cf.load_task(folder)
    none, given = (cf.with_context(task, choice) for choice in ("none", "given"))
    assert item_digests(none, none.items) == item_digests(given, given.items)
    assert set(item_digests(none, none.items)).isdisjoint(item_digests(task, task.items))


def test_what_stands_in_the_prompt_is_read_and_not_known(folder):
    (folder / "task.yaml").write_text(
        "scorer: number\nkind: knowledge-qa\ndata: data.jsonl\ndocuments: documents.jsonl\n"
    )
    task = cf.load_task(folder)
    kinds = {choice: cf.with_context(task, choice).kind for choice in ("none", "retrieved", "given")}
    assert kinds == {"none": "knowledge-qa", "retrieved": "qa", "given": "qa"}


@pytest.mark.parametrize(
    ("context", "unshown"), [(None, len(NAMES)), ("none", len(NAMES)), ("retrieved", 0), ("given", 0)]
)
def test_a_study_knows_of_documents_that_its_prompts_did_not_show(folder, tmp_path, context, unshown):
    task = cf.load_task(folder)
    task = task if context is None else cf.with_context(task, context)
    with closing(cf.FunctionModel(lambda prompt: "1", name="mine", form="plain")) as model:
        study = cf.analyze(cf.measure(task, cf.Design(shots=(0, 1), draws=1, items=10), model))
    cf.write_report(study, tmp_path / "study")
    read = cf.read_study(tmp_path / "study").curve
    assert read.documents == unshown
    (step,) = priced([Reason("retrieve-facts")], read, None, None)
    assert step.values.get("documents", 0) == unshown


@pytest.mark.parametrize(("context", "looked_up"), [("none", True), ("retrieved", False)])
def test_documents_that_no_prompt_showed_are_a_step_whatever_the_kind(folder, context, looked_up):
    """Seen: no word of looking up, as the kind was not knowledge."""
    task = replace(cf.with_context(cf.load_task(folder), context), kind="extraction")
    with closing(cf.FunctionModel(lambda prompt: "1", name="mine", form="plain")) as model:
        study = cf.analyze(cf.measure(task, cf.Design(shots=(0, 1), draws=1, items=10), model))
    steps = {step.code: step for step in study.advice.next_steps}
    assert ("retrieve-facts" in steps) == looked_up
    if looked_up:
        assert sentence(steps["retrieve-facts"]).startswith("Measure with the documents that the task names")


def test_a_task_says_that_prompts_do_not_show_its_documents_until_it_is_told_which(folder):
    said = "the task names 90 documents, which prompts do not show; compare with --context none,retrieved"
    task = cf.load_task(folder)
    assert task.notes.count(said) == 1
    assert not any(said in cf.with_context(task, choice).notes for choice in ("none", "retrieved", "given"))


def test_a_file_alone_with_ids_of_documents_says_how_these_are_shown(folder):
    notes = cf.load_task(folder / "data.jsonl").notes
    assert [note for note in notes if "documents" in note] == [
        "not shown to the model: documents",
        "to show documents by these ids, name their file in a task.yaml, as documents: documents.jsonl",
    ]


@pytest.mark.parametrize("field", ["id", "title", "text"])
def test_half_a_surrogate_pair_in_a_document_is_refused_with_its_line(tmp_path, field):
    record = {"id": "a", "title": "A", "text": "one", field: "one \ud83d"}
    (tmp_path / "documents.jsonl").write_text(json.dumps(record) + "\n")
    with pytest.raises(InputError, match=rf"documents\.jsonl:1: {field}: is not UTF-8, or holds half of a surrogate"):
        read_documents(tmp_path / "documents.jsonl")
