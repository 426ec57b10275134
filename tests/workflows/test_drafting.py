"""Drafted targets: agreement first, marked everywhere, never scored."""

from __future__ import annotations

import json
import random

import pytest

import curvefit as cf
from curvefit.errors import InputError
from curvefit.workflows.drafting import draft_pool, plan_drafts, unlabelled

WORDS = random.Random(7).choices([f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"], k=4000)


def note(number):
    """An input like no other, which says what the weather was."""
    return " ".join(["note", str(number), *WORDS[6 * number : 6 * number + 6], "rain" if number % 2 else "sun"])


ROWS = [{"input": note(n), "output": "wet" if n % 2 else "dry"} for n in range(160)]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def weather(wrong_of_ten=0, reply=None, calls=None):
    """A model that tells rain from sun, but for some notes."""

    def answer(prompt: str) -> str:
        if calls is not None:
            calls.append(prompt)
        asked = prompt.rsplit("In: ", 1)[1].split("\n")[0]
        number = int(asked.split()[1])
        right = "wet" if "rain" in asked else "dry"
        return reply or ({"wet": "dry", "dry": "wet"}[right] if number % 10 < wrong_of_ten else right)

    return cf.FunctionModel(answer, name=f"weather-{wrong_of_ten}-{reply}")


@pytest.fixture
def labelled(tmp_path):
    return cf.load_task(write(tmp_path / "data.jsonl", ROWS))


@pytest.fixture
def fresh(tmp_path):
    rows = [{"input": note(n)} for n in range(500, 530)]
    return write(tmp_path / "more.jsonl", [*rows, {"input": ROWS[3]["input"]}])


def drafts_of(task, inputs, model, tmp_path, items=40):
    found, _ = unlabelled(task, inputs)
    journal = tmp_path / "drafts.sqlite"
    plans = plan_drafts(task, found, model, items, journal)
    return draft_pool(task, plans, model, cf.Asking(journal=journal))


def test_a_right_model_drafts_right_targets_and_is_said_to_agree(labelled, fresh, tmp_path):
    drafts = drafts_of(labelled, fresh, weather(), tmp_path)
    assert (drafts.agreement.value, drafts.checked, len(drafts.examples)) == (1.0, 40, 30)
    assert all(draft.target == ("wet" if "rain" in draft.input else "dry") for draft in drafts.examples)
    assert drafts.usage.calls == 70


def test_agreement_is_measured_on_labels_and_not_assumed(labelled, fresh, tmp_path):
    agreement = drafts_of(labelled, fresh, weather(3), tmp_path).agreement
    assert 0.5 < agreement.value < 0.9
    assert agreement.low < agreement.value < agreement.high


def test_inputs_that_the_task_has_are_left_out_and_the_same_call_again_asks_nothing(labelled, fresh, tmp_path):
    found, known = unlabelled(labelled, fresh)
    assert (len(found), known) == (30, 1)
    calls = []
    first = drafts_of(labelled, fresh, weather(calls=calls), tmp_path)
    assert len(calls) == 70
    assert drafts_of(labelled, fresh, weather(calls=calls), tmp_path).examples == first.examples
    assert len(calls) == 70


def test_a_reply_without_an_answer_becomes_no_target(labelled, fresh, tmp_path):
    drafts = drafts_of(labelled, fresh, weather(reply="who knows"), tmp_path)
    assert (drafts.examples, len(drafts.unreadable), drafts.agreement.value) == ((), 30, 0.0)


def test_drafts_go_into_the_pool_are_named_and_never_scored(labelled, fresh, tmp_path):
    drafts = drafts_of(labelled, fresh, weather(), tmp_path)
    drafts.write(tmp_path / "drafts.jsonl")
    lines = (tmp_path / "drafts.jsonl").read_text().splitlines()
    assert {json.loads(line)["drafted_by"] for line in lines} == {drafts.signature}
    (tmp_path / "data.jsonl").write_text((tmp_path / "data.jsonl").read_text() + "\n".join(lines))
    both = cf.load_task(tmp_path / "data.jsonl")
    assert both.items == labelled.items
    assert {example.id for example in both.pool} - {example.id for example in labelled.pool} == {
        draft.id for draft in drafts.examples
    }
    assert f"30 targets were drafted by {drafts.signature}; of {len(both.pool)} pool examples" in both.notes


def test_a_file_of_items_with_a_draft_is_refused(labelled, fresh, tmp_path):
    drafts = drafts_of(labelled, fresh, weather(), tmp_path)
    folder = tmp_path / "task"
    folder.mkdir()
    write(folder / "pool.jsonl", ROWS[:80])
    drafts.write(folder / "items.jsonl")
    (folder / "task.yaml").write_text("scorer: label\n")
    with pytest.raises(InputError, match=r"items.jsonl:1: drafted_by: a draft is no label"):
        cf.load_task(folder)


def test_json_replies_become_json_targets(tmp_path):
    rows = [{"input": f"order {n}", "output": json.dumps({"order": n})} for n in range(60)]
    task = cf.load_task(write(tmp_path / "orders.jsonl", rows))
    more = write(tmp_path / "more.jsonl", [{"input": f"order {n}"} for n in range(100, 105)])

    def fenced(prompt: str) -> str:
        number = prompt.rsplit("order ", 1)[1].split("\n")[0]
        return f'```json\\n{{"order": {number}}}\\n```'.replace("\\n", " ")

    drafts = drafts_of(task, more, cf.FunctionModel(fenced), tmp_path, items=10)
    assert [json.loads(draft.target) for draft in drafts.examples] == [{"order": n} for n in range(100, 105)]


def test_the_command_says_agreement_first_and_writes_nothing_on_a_dry_run(
    labelled, fresh, tmp_path, monkeypatch, capsys
):
    from curvefit.cli import main as entry

    def exits(*arguments):
        monkeypatch.setattr("sys.argv", ["curvefit", *arguments])
        with pytest.raises(SystemExit) as ended:
            entry.main()
        streams = capsys.readouterr()
        return ended.value.code, streams.out, streams.err

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("curvefit.models.resolve.resolve", lambda *_, **__: weather(1))
    words = ["draft-pool", "data.jsonl", "more.jsonl", "-m", "big", "--out", "drafts.jsonl"]
    status, shown, _ = exits(*words, "--dry-run")
    assert (status, shown.count("calls")) == (0, 2)
    assert not list(tmp_path.glob("drafts*"))
    status, shown, told = exits(*words)
    assert status == 0, told
    assert shown.splitlines()[0] == "weather-1-None drafted 30 targets for 30 inputs."
    assert "It agreed with the labels of 50 items in " in shown
    assert exits(*words)[0] == 1  # the file is there already
