"""What is said of a file of examples without a task.yaml, in place of what is guessed."""

from __future__ import annotations

import json

import pytest

from curvefit.errors import InputError
from curvefit.tasks.loading import load_task, load_task_again


@pytest.fixture
def file(tmp_path):
    rows = [{"input": f"message {i * 7919 % 1000} number {i}", "output": "abc"[i % 3]} for i in range(60)]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def folder(file):
    (file.parent / "task.yaml").write_text("data: data.jsonl\nscorer: exact\n")
    return file.parent


def test_what_is_said_takes_the_place_of_what_is_guessed(file):
    guessed = load_task(file)
    assert (guessed.scorer.name, guessed.kind, guessed.overrides) == ("label", "classification", ())
    said = load_task(file, scorer="normalized", instruction="Name the letter.", kind="extraction")
    assert (said.scorer.name, said.instruction, said.kind) == ("normalized", "Name the letter.", "extraction")
    assert said.labels == ()
    assert not any("no scorer given" in note or "no instruction given" in note for note in said.notes)


@pytest.mark.parametrize("override", [{"scorer": "exact"}, {"instruction": ""}, {"kind": "qa"}])
def test_each_can_be_said_alone_and_the_rest_is_guessed(file, override):
    said, guessed = load_task(file, **override), load_task(file)
    assert dict(said.overrides) == override
    assert said.pool == guessed.pool or "scorer" in override  # labels decide the split
    if "instruction" in override:
        assert (said.instruction, said.scorer.name) == ("", "label")
    if "kind" in override:
        assert (said.kind, said.scorer.name) == ("qa", "label")


def test_a_task_is_read_again_as_it_was_read(file):
    said = load_task(file, scorer="normalized", instruction="Name the letter.", seed=3)
    again = load_task_again(file, said.overrides, seed=3)
    assert (again.scorer.name, again.instruction, again.items) == (said.scorer.name, said.instruction, said.items)


def test_where_a_task_yaml_has_come_since_it_says_all(folder):
    assert load_task_again(folder, (("scorer", "normalized"),)).scorer.name == "exact"


@pytest.mark.parametrize("name", ["", "task.yaml"])
def test_a_task_with_a_task_yaml_is_edited_there(folder, name):
    with pytest.raises(InputError, match=r"kind: is what its task.yaml says; edit it there"):
        load_task(folder / name, kind="qa")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ({"scorer": "exatc"}, "scorer: no scorer 'exatc'; did you mean 'exact'?"),
        ({"scorer": "python:mine:judge"}, "scorer: code is named in a task.yaml only"),
        ({"scorer": "regex"}, "scorer regex needs a pattern"),
        ({"scorer": " "}, "scorer: is empty"),
        ({"kind": ""}, "kind: is empty"),
        ({"kind": 3}, "kind: must be text, not 3"),
    ],
)
def test_what_cannot_be_said_is_refused_in_one_line(file, override, said):
    with pytest.raises(InputError) as refused:
        load_task(file, **override)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
