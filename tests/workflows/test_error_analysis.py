"""From a study's folder to what its model gets wrong: the study's own replies, the user's own rows, no harm done."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from shutil import copy

import pytest
from jsonschema import Draft202012Validator

from curvefit.curves.curve import Estimate
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.errors import InputError
from curvefit.measurement.judged_replies import judged_replies
from curvefit.measurement.measure import measure
from curvefit.measurement.training_effect import TrainedScores
from curvefit.models.base import with_adapter
from curvefit.models.function import FunctionModel
from curvefit.models.resolve import resolve
from curvefit.report.failures_page import failures_on_page
from curvefit.report.failures_text import failures_record, failures_summary
from curvefit.report.missed_text import missed_words
from curvefit.report.probe_reader import read_trained_scores
from curvefit.report.schemas import SHIPPED
from curvefit.study import analyze
from curvefit.tasks.loading import load_task
from curvefit.testing.fake_provider import FakeProvider
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.selection import orderings, similar
from curvefit.workflows import study_task
from curvefit.workflows.error_analysis import failures
from curvefit.workflows.full_study import Asking, decide
from curvefit.workflows.label_check import doubtful_targets

HOSTILE = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202egnp.exe\r" + "A" * 1_000_000


def write_rows(folder):
    rows = [
        {"input": f"message {i % 20} {i * 7919 % 1000} of {'abc'[i % 3]}", "output": "abc"[i % 3]} for i in range(120)
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path)
    return tmp_path


def study_of(folder, reply, draws=2):
    with closing(FunctionModel(reply, name="mine")) as model:
        task = load_task(folder if (folder / "task.yaml").exists() else "data.jsonl")
        curve = measure(task, Design((0, 2), draws, 30), model, journal=folder / "journal.sqlite")
    return analyze(curve)


def last_letter(prompt):
    letter = str(prompt).split("message")[-1].split(" of ")[1][0]
    return "b" if letter == "c" else letter


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A study whose model takes c for b, and its folder: made once."""
    folder = tmp_path_factory.mktemp("measured")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_rows(folder)
        return study_of(folder, last_letter), folder


@pytest.fixture
def study(folder, measured):
    """That study, with its journal in this test's folder."""
    made, there = measured
    copy(there / "journal.sqlite", folder)
    return made


def test_all_replies_of_a_study_are_found_and_missed_rows_are_named_by_line(folder, study):
    found = failures(study, folder)
    assert found.lost == 0
    assert {failure.item.target for failure in found.failures} == {"c"}
    rows = (folder / "data.jsonl").read_text().splitlines()
    for failure in found.failures:
        line = int(found.places[failure.item.id].removeprefix("data.jsonl:"))
        assert json.loads(rows[line - 1])["input"] == failure.item.input
    assert {reply.text for failure in found.failures for reply in failure.replies} == {"b"}


def test_what_is_looked_at_is_the_prompt_to_use(folder, study):
    other = next(point for point in study.points if point.shots != study.best.point.shots)
    cheaper = CheaperPrompt(other, False, Estimate(0.01, 0.0, 0.02, 0.9))
    advised = replace(study, advice=replace(study.advice, cheaper=cheaper))
    assert failures(study, folder).shots == study.best.point.shots
    found = failures(advised, folder)
    assert (found.shots, found.retrieved) == (other.shots, False)
    assert {reply.shots for failure in found.failures for reply in failure.replies[:1]} == {other.shots}
    assert missed_words(advised, None).startswith(f"{len(found.failures)} of 30 items")


def test_a_reply_that_items_or_draws_share_is_found_for_each_of_them(folder):
    names = ("amber birch", "cedar delta", "ember fjord", "grove heron", "inlet jetty", "knoll larch", "mango north")
    rows = [{"input": f"message {name} of {letter}", "output": letter} for name in names for letter in "ab"]
    pool, items = rows[:6], rows[6:]
    items.append({**items[0], "output": "b"})  # one question, two targets: each request is sent once
    (folder / "task.yaml").write_text("name: twice\nscorer: label\ninstruction: a or b?\n")
    for name, rows in (("pool", pool), ("items", items)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asking = Asking(retrieved=(1,), journal=folder / "journal.sqlite")  # which some of the six draws show as well
    with closing(FunctionModel(last_letter, name="mine")) as model:
        study = decide(load_task(folder), Design((0, 1), 6, 9), model, asking)
    found = failures(study, folder, pool=False)
    assert (found.lost, found.items) == (0, 9)
    assert [failure.item.target for failure in found.failures] == ["b"]


def test_a_reply_that_similar_examples_share_with_a_draw_is_found_among_others_of_that_score(folder):
    names = ("amber birch", "cedar delta", "ember fjord", "grove heron", "inlet jetty", "knoll larch", "mango north")
    rows = [{"input": f"message {name} of {letter}", "output": letter} for name in names for letter in "ab"]
    (folder / "task.yaml").write_text("name: twins\nscorer: label\nlabels: [a, b]\ninstruction: a or b?\n")
    for name, part in (("pool", rows[:6]), ("items", rows[6:])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    asking = Asking(retrieved=(1,), journal=folder / "journal.sqlite")
    task, sent = load_task(folder), {}
    first = next(orderings(task.pool, Design()))[0].input

    def reply(prompt):
        """Right where the first draw is shown, and else wrong in words of its own."""
        text = str(prompt)
        return last_letter(prompt) if first in text else sent.setdefault(text, f"reply {len(sent)}")

    with closing(FunctionModel(reply, name="mine")) as model:
        study = decide(task, Design((0, 1), 4, 8), model, asking)
    assert failures(study, folder, pool=False).lost == 0


def test_a_reply_that_two_draws_share_is_found_among_others_of_that_score(folder):
    rows = [{"input": f"message {n * 7919 % 1000} of {'ab'[n % 2]}", "output": "ab"[n % 2]} for n in range(11)]
    (folder / "task.yaml").write_text("name: few\nscorer: label\nlabels: [a, b]\ninstruction: a or b?\n")
    for name, part in (("pool", rows[:3]), ("items", rows[3:])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    sent = {}

    def reply(prompt):
        """Wrong in words of its own for each prompt."""
        return sent.setdefault(str(prompt), f"reply {len(sent)}")

    with closing(FunctionModel(reply, name="mine")) as model:
        task = load_task(folder)
        curve = measure(task, Design((0, 1), 6, 8), model, journal=folder / "journal.sqlite")
    first = [order[0] for order in orderings(task.pool, Design(draws=6))]
    assert len(set(first)) < 6, "some of the six draws show the same example"
    assert len(sent) == 8 * (1 + len(set(first))), "and share its requests"
    with closing(Journal(folder / "journal.sqlite", only_read=True)) as journal:
        found = {(reply.draw, reply.item): reply.text for reply in judged_replies(curve, task, journal) if reply.shots}
    assert len(found) == 6 * 8
    for (draw, item), text in found.items():
        (prompt,) = [prompt for prompt, said in sent.items() if said == text]
        assert first[draw].input in prompt, "the examples of that draw"
        assert next(each.input for each in task.items if each.id == item) in prompt


def test_the_reply_to_similar_examples_is_not_taken_from_the_first_draw_where_another_draw_shares_it(folder):
    names = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron")
    rows = [{"input": f"{name} {n * 7919 % 1000}", "output": "ab"[n % 2]} for n in range(3) for name in names]
    (folder / "task.yaml").write_text("name: few\nscorer: label\nlabels: [a, b]\ninstruction: a or b?\n")
    for name, part in (("pool", rows[:8]), ("items", rows[8:])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    sent = {}

    def reply(prompt):
        """Wrong in words of its own for each prompt."""
        return sent.setdefault(str(prompt), f"reply {len(sent)}")

    asking = Asking(retrieved=(1,), journal=folder / "journal.sqlite")
    with closing(FunctionModel(reply, name="mine")) as model:
        task = load_task(folder)
        study = decide(task, Design((0, 1), 4, 16), model, asking)
    first = [order[0] for order in orderings(task.pool, Design(draws=4))]
    asked = [item for item in task.items if item.id in study.curve.items]
    nearest = {
        item.id: near.examples[0] for item, near in zip(asked, similar(task.pool, asked, 1, Design()), strict=True)
    }
    shared = [item for item, example in nearest.items() if example in first and example != first[0]]
    assert 0 < len(shared) < 16, "some, and they share the request of another draw than the first"
    with closing(Journal(folder / "journal.sqlite", only_read=True)) as journal:
        found = [reply for reply in judged_replies(study.curve, task, journal) if reply.shots]
    assert len(found) == 5 * 16
    for each in found:
        (prompt,) = [prompt for prompt, said in sent.items() if said == each.text]
        assert (nearest[each.item] if each.retrieved else first[each.draw]).input in prompt


@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
@pytest.mark.parametrize("name", ["openai/any", "gpt-4o-mini"])
def test_replies_are_those_to_the_very_requests_whatever_other_versions_of_the_data_the_journal_has(
    folder, monkeypatch, name
):
    """Seen: 131 replies with numbers that the file no longer had, and a worst field that was another one's."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    rows = [json.loads(row) for row in (folder / "data.jsonl").read_text().splitlines()]

    def task_of(version):
        lines = [json.dumps({**row, "input": f"{version} {row['input']}"}) + "\n" for row in rows]
        (folder / "data.jsonl").write_text("".join(lines))
        return load_task("data.jsonl")

    def reply(body):
        """Wrong alike in all versions, in words of each version's own."""
        return body["messages"][-1]["content"].split()[0]

    asking = Asking(retrieved=(1, 2), journal=folder / "journal.sqlite")
    with FakeProvider(reply=reply) as server:
        studies = []
        for version in ("amber", "birch", "amber"):
            with closing(resolve(name, api_base=server.base)) as model:
                study = decide(task_of(version), Design((0, 2), 2, 20), model, asking)
            command = ("curvefit", "run", "data.jsonl", f"--api-base={server.base}")
            studies.append(replace(study, curve=replace(study.curve, command=command)))
        assert server.traffic.billed.total() < 3 * 2 * 80, "the first version was not asked again"
    task = task_of("amber")
    with closing(Journal(folder / "journal.sqlite", only_read=True)) as journal:
        texts = [found.text for found in judged_replies(studies[-1].curve, task, journal)]
        assert set(texts) == {"amber"}
        assert len(texts) == 2 * 2 * 20 + 2 * 20
        unnamed = replace(studies[-1].curve, command=())
        assert "birch" in {found.text for found in judged_replies(unnamed, task, journal)}, "of an unknown address"


def test_so_it_is_where_an_example_is_too_long_to_be_shown(folder, monkeypatch):
    rows = [{"input": f"amber {n}", "output": "ab"[n % 2]} for n in range(24)]
    rows[0]["input"] = "amber 12" + " x" * 1000  # nothing is more similar to the first item
    (folder / "task.yaml").write_text("name: few\nscorer: label\nlabels: [a, b]\ninstruction: a or b?\n")
    for name, part in (("pool", rows[:12]), ("items", rows[12:])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    task, sent = load_task(folder), {}
    long, *others = task.pool
    (near,) = similar(others, task.items[:1], 1, Design())

    def in_order(_, design):
        for first in (others[:1], near.examples)[: design.draws]:
            yield (*first, *(each for each in others if each not in first), long)

    def reply(prompt):
        return sent.setdefault(str(prompt), f"reply {len(sent)}")

    for where in ("curvefit.trials.selection.orderings", "curvefit.measurement.judged_replies.orderings"):
        monkeypatch.setattr(where, in_order)
    asking = Asking(retrieved=(1,), journal=folder / "journal.sqlite")
    with closing(FunctionModel(reply, name="mine", form="plain", context=300)) as model:
        study = decide(task, Design((1,), 2, 12), model, asking)
    assert study.curve.retrieved.too_long == (long.id,)
    with closing(Journal(folder / "journal.sqlite", only_read=True)) as journal:
        found = [each for each in judged_replies(study.curve, task, journal) if each.retrieved]
    (mine,) = (each for each in found if each.item == task.items[0].id)
    (prompt,) = (prompt for prompt, said in sent.items() if said == mine.text)
    assert f"In: {near.examples[0].input}\n" in prompt


def test_the_task_is_read_once(folder, study, monkeypatch):
    """Looking for duplicates in it takes a minute of 40,000 lines."""
    read, load = [], study_task.load_task_again
    monkeypatch.setattr(
        study_task, "load_task_again", lambda *given, **more: (read.append(given), load(*given, **more))[1]
    )
    assert failures(study, folder).items
    assert len(read) == 1


def test_the_pool_is_looked_at_where_that_is_asked_for(folder, study):
    with_pool, without = failures(study, folder), failures(study, folder, pool=False)
    assert {one.basis for one in without.suspects} <= {"replies"}
    assert [one for one in with_pool.suspects if one.basis == "replies"] == list(without.suspects)
    assert [failure.item for failure in with_pool.failures] == [failure.item for failure in without.failures]


def test_the_targets_that_check_names_are_named_first_and_by_one_list(folder):
    """Of pool and items alike: of a pool alone another row of two that contradict each other may look wrong."""
    words = ("red green", "blue yellow", "black white")
    rows = [{"input": f"{words[i % 3]} {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(150)]
    for place in range(0, 150, 17):
        rows[place]["output"] = "abc"[(place + 1) % 3]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = load_task("data.jsonl")
    (checked,) = doubtful_targets(task)
    assert {example.id for example in task.items} & set(checked.values["rows"])
    with closing(FunctionModel(lambda prompt: "a", name="mine")) as model:
        curve = measure(task, Design((0, 2), 2, 30), model, journal=folder / "journal.sqlite")
    found = failures(analyze(curve), folder)
    assert tuple(one.id for one in found.suspects)[: len(checked.values["rows"])] == checked.values["rows"]


def faults_in(found):
    """What the shipped schema has against the record; first that it would notice a field that is missing."""
    path = next(path for path in SHIPPED if path.name == "errors.schema.json")
    schema = Draft202012Validator(json.loads(path.read_text()))
    record = json.loads(json.dumps(failures_record(found), allow_nan=False))
    assert [fault.message for fault in schema.iter_errors({**record, "failures": [{}]})]
    return [fault.message for fault in schema.iter_errors(record)]


def test_hostile_replies_of_a_megabyte_do_nothing_and_take_no_room(folder):
    found = failures(
        study_of(folder, lambda prompt: HOSTILE if prompt.split("message")[-1].startswith(" 0") else "b", draws=1),
        folder,
    )
    for verbose in (False, True):
        shown = "\n".join(failures_summary(found, verbose=verbose))
        assert all(c.isprintable() or c == "\n" for c in shown)
        assert len(shown) < 40_000
    assert faults_in(found) == []
    record = json.dumps(failures_record(found), ensure_ascii=False)
    assert record.isprintable()
    assert len(record) < 5_000 * 80
    assert len(str(failures_on_page(found))) < 5_000 * 80


def rules_say(folder, wrong, answer="reply"):
    """Have the rows judged by code that gives a wrong reply this answer, and says this of it."""
    rows = (folder / "data.jsonl").read_text().splitlines(keepends=True)
    for name, part in (("pool", rows[:60]), ("items", rows[60:])):
        (folder / f"{name}.jsonl").write_text("".join(part))
    (folder / "task.yaml").write_text("name: data\nscorer: python:mine:kept\npool: pool.jsonl\nitems: items.jsonl\n")
    (folder / "mine.py").write_text(
        "from curvefit import Score\ndef kept(reply, item):\n    right = reply == item.target\n"
        f"    return Score(float(right), reply if right else {answer}, () if right else {wrong!r})\n"
    )
    return folder


def test_what_the_scorer_says_is_wrong_is_shown_cut_and_without_control_characters(folder):
    found = failures(study_of(rules_say(folder, HOSTILE), lambda prompt: "z"), folder, str(folder))
    assert found.counts == {"named": len(found.failures)}
    for verbose in (False, True):
        shown = "\n".join(failures_summary(found, verbose=verbose))
        assert "where the scorer says what is wrong: " in " ".join(shown.split())
        assert all(c.isprintable() or c == "\n" for c in shown)
        assert len(shown) < 10_000
    assert faults_in(found) == []
    record = failures_record(found)
    assert [each["items"] for each in record["wrong"]] == [len(found.failures)]
    assert len(json.dumps(record)) < 100_000


def test_a_study_measured_before_its_scorer_said_what_is_wrong_costs_nothing_to_measure_again(folder):
    """Replies are kept as they came; the changed scorer is refused until the same call has judged them anew."""
    asked = []

    def reply(prompt):
        asked.append(prompt)
        return last_letter(prompt)

    before = study_of(rules_say(folder, (), answer="'breaks a rule: ' + reply"), reply)
    rules_say(folder, "a rule")
    with pytest.raises(
        InputError, match=r"run the study's command again; .* a change of the scorer alone costs nothing"
    ):
        failures(before, folder, str(folder))
    calls = len(asked)
    after = failures(study_of(folder, reply), folder, str(folder))
    assert len(asked) == calls
    assert (after.lost, after.wrong) == (0, {"a rule": len(after.failures)})


def test_the_answer_comes_first_and_in_about_a_dozen_lines(folder, study):
    lines = failures_summary(failures(study, folder))
    assert lines[0].startswith("data on mine: ")
    assert len(lines) <= 14


class Tuned(FunctionModel):
    """A model of the same name, with an adapter."""

    journal_name = with_adapter("mine", "ab" * 32)


def right_but_for_b(prompt):
    """Right on a and c, which the prompted model is on a and b; in other words, so that the two can be told apart."""
    letter = str(prompt).split("message")[-1].split(" of ")[1][0]
    return "it is a" if letter == "b" else letter


def probed(folder, study, kind=Tuned):
    """Leave a probe beside a study: a model that was fine-tuned, its replies in the study's own journal."""
    with closing(kind(right_but_for_b, name="mine")) as model:
        tuned = measure(load_task("data.jsonl"), Design((0,), 1, 30), model, journal=folder / "journal.sqlite")
    gain = {"n_train": 64, "value": 0.0, "low": -0.1, "high": 0.1}
    record = {
        "schema": "curvefit.probe/1", "task": "data", "model": "mine", "level": 0.9, "gain": [gain],
        "best_prompted": {"accuracy": 0.7, "low": 0.6, "high": 0.8}, "units": [
            {"n_train": 64, "seed": 0, "adapter": "ab" * 32},
        ],
        "measurement": {
            "n_train": [0, 64], "items": list(tuned.items), "asked": tuned.asked,
            "scores": [[[None] * 30], tuned.scores[0].tolist()],
        },
    }  # fmt: skip
    (folder / "probe.json").write_text(json.dumps(record))
    return read_trained_scores(folder, study.curve)


def test_what_training_mends_and_breaks_is_counted_and_its_replies_are_shown(folder, study):
    found = failures(study, folder, trained=probed(folder, study))
    of = {letter: [i.id for i in load_task("data.jsonl").items if i.target == letter] for letter in "abc"}
    counts = {name: len(set(of[letter]) & set(study.curve.items)) for letter, name in zip("abc", CHANGED, strict=True)}
    assert found.training.counts == {**counts, "wrong": 0}
    assert {f.item.id for f in found.failures} <= set(of["c"])
    assert {reply.text for id in of["c"] for reply in found.training.replies.get(id, ())} == {"c"}
    words = " ".join(" ".join(failures_summary(found)).split())
    assert f"Fine-tuning on 64 examples mends {counts['mended']} of 30 items, breaks {counts['broken']} and" in words
    assert f"Fine-tuning mends {counts['mended']}" in words
    verbose = " ".join(" ".join(failures_summary(found, verbose=True, width=300)).split())
    assert verbose.count("[broken] fine-tuning breaks it: 'it is a'") == counts["broken"]
    assert verbose.count("fine-tuning mends it: 'c'") == counts["mended"]
    assert faults_in(found) == []
    record = json.loads(json.dumps(failures_record(found), allow_nan=False))
    assert record["training"]["mended_by_code"] == found.counts
    assert {item["place"] for item in record["training"]["broken_items"]} == {found.places[i] for i in of["b"]} & {
        found.places[i] for i in study.curve.items
    }
    assert {f["training"]["change"] for f in record["failures"]} == {"mended"}


CHANGED = ("right", "broken", "mended")


def test_a_fine_tuned_models_replies_are_never_taken_for_the_studys(folder):
    """They lie in the same journal, are newer and score the same: only the name there tells them apart."""
    study = study_of(folder, lambda prompt: "it is z", draws=1)
    before = {reply.text for failure in failures(study, folder).failures for reply in failure.replies}
    trained = probed(folder, study)
    after = failures(study, folder, trained=trained)
    assert before == {reply.text for failure in after.failures for reply in failure.replies} == {"it is z"}
    assert {reply.text for replies in after.training.replies.values() for reply in replies} == {"it is a", "a", "c"}


def test_a_probe_of_other_items_says_so_and_counts_none(folder, study):
    trained = TrainedScores(64, {"m": {"elsewhere": 1.0}}, folder / "none.sqlite")
    words = " ".join(failures_summary(failures(study, folder, trained=trained)))
    assert "! The probe scored none of these items." in words
    assert "mends" not in words
    assert not (folder / "none.sqlite").exists()


def test_a_probe_whose_replies_cannot_be_told_apart_is_counted_by_its_scores(folder, study):
    found = failures(study, folder, trained=probed(folder, study, kind=FunctionModel))
    assert found.training.replies == {}
    assert found.training.counts["mended"] == len(found.failures)
    assert "not in the probe's journal under a name of their own" in " ".join(" ".join(failures_summary(found)).split())
    assert "  fine-tuning mends it" in failures_summary(found, verbose=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.update(model="other"), r"probe\.json: model: 'other' is not the study's model 'mine'"),
        (lambda r: r.update(task="other"), r"probe\.json: task: 'other' is not the study's task"),
        (lambda r: r["measurement"].update(asked="0" * 64), "earlier version"),
        (lambda r: r["measurement"]["scores"].pop(), r"measurement\.scores: has not one score"),
        (lambda r: r["measurement"]["scores"][1][0].pop(), r"measurement\.scores: has not one score"),
        (
            lambda r: r["measurement"]["scores"][1][0].__setitem__(0, 7),
            r"measurement\.scores\[1\]\[0\]\[0\]: 7 cannot be used",
        ),
        (lambda r: r.pop("units"), "units"),
    ],
)
def test_a_probe_that_is_not_of_the_study_is_one_line(folder, study, change, message):
    probed(folder, study)
    record = json.loads((folder / "probe.json").read_text())
    change(record)
    (folder / "probe.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=message):
        read_trained_scores(folder, study.curve)


def test_a_task_that_changed_since_the_study_is_noticed(folder, study):
    text = (folder / "data.jsonl").read_text()
    (folder / "data.jsonl").write_text(text.replace('"output": "c"', '"output": "a"'))
    with pytest.raises(InputError, match=r"\d+ of its 30 items have changed since"):
        failures(study, folder)


def test_without_its_journal_it_says_what_to_do(folder, study):
    (folder / "journal.sqlite").rename(folder / "elsewhere.sqlite")
    with pytest.raises(InputError, match="run the study's command again"):
        failures(study, folder)
