"""Instructions as people and optimisers leave them. The JSON has the shape of files that the programs named wrote."""

from __future__ import annotations

import json

import pytest

from curvefit.errors import InputError
from curvefit.tasks.instructions import Instruction, read_instructions

# As dspy 3.4.1 saves dspy.Predict("ticket -> label"), and a ChainOfThought, which has it one level down.
PREDICT = {
    "traces": [], "train": [], "demos": [{"ticket": "a", "label": "b"}],
    "signature": {"instructions": "Route the ticket.", "fields": [{"prefix": "Ticket:", "description": "${ticket}"}]},
    "lm": None,
}  # fmt: skip
METADATA = {"metadata": {"dependency_versions": {"python": "3.11", "dspy": "3.4.1", "cloudpickle": "3.1"}}}
# As gepa 0.1.4's GEPAResult.to_dict() has it.
GEPA = {
    "candidates": [{"system_prompt": "First."}, {"system_prompt": "Best."}, {"system_prompt": "Last."}],
    "parents": [[None], [0], [1]], "val_aggregate_scores": [0.4, 0.75, 0.5], "best_idx": 1,
    "validation_schema_version": 2,
}  # fmt: skip
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{ticket}"}]


@pytest.fixture
def read(tmp_path):
    def made(content, name="one.json"):
        file = tmp_path / name
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return read_instructions([str(file)])[0]

    return made


@pytest.mark.parametrize(
    ("content", "text", "score"),
    [
        ({**PREDICT, **METADATA}, "Route the ticket.", None),
        ({"predict": PREDICT, **METADATA}, "Route the ticket.", None),
        (GEPA, "Best.", 0.75),
        ({"prompt": MESSAGES, "score": 0.9, "initial_score": 0.5}, "Be brief.", 0.9),
        ({"prompt": {"messages": MESSAGES}, "score": 0.9}, "Be brief.", 0.9),
        ({"prompt": {"chat-prompt": {"messages": MESSAGES}}, "score": 0.9}, "Be brief.", 0.9),
        ({"prompt": {"system": "Be brief.", "user": "{ticket}"}, "score": 0.9}, "Be brief.", 0.9),
        ({"prompt": "Be brief.", "score": 0.9}, "Be brief.", 0.9),
        ("\"Be brief.\"", "Be brief.", None),
    ],
)  # fmt: skip
def test_what_an_optimiser_wrote_is_read_with_its_training_score(read, content, text, score):
    found = read(content)
    assert found == Instruction("one", text, score, found.source)
    assert found.source.endswith("one.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"route": PREDICT, "answer.predict": PREDICT, **METADATA}, "is a program of 2 predictors"),
        ({**GEPA, "candidates": [{"a": "x", "b": "y"}] * 3}, "has several texts"),
        ({**GEPA, "val_aggregate_scores": [1.0]}, "val_aggregate_scores: must be as many numbers"),
        ({**GEPA, "val_aggregate_scores": [1.0, "2", 3]}, "val_aggregate_scores: must be as many numbers"),
        ({"prompt": MESSAGES[1:], "score": 1}, "has no system message"),
        ({"signature": {"fields": []}}, "instructions: must be a text"),
        ({"anything": 1}, "is no program of DSPy, nor a result of GEPA or Opik"),
        ([], "is no program of DSPy"),
        ("{", "no valid JSON"),
        ("\"\"", "is empty"),
    ],
)  # fmt: skip
def test_what_holds_no_instruction_is_refused_in_one_line(read, content, said):
    with pytest.raises(InputError) as refused:
        read(content)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_score_that_is_no_number_is_none(read):
    assert read({"prompt": "x", "score": "high"}).training_score is None
    assert read({"prompt": "x", "score": True}).training_score is None


def test_a_folder_gives_its_texts_by_name_and_nothing_else(tmp_path):
    for name, text in (("b.txt", "Second."), ("a.md", "First.\n"), ("c.csv", "no"), (".hidden", "no")):
        (tmp_path / name).write_text(text)
    assert [(each.name, each.text) for each in read_instructions([str(tmp_path)])] == [
        ("a", "First."), ("b", "Second."),
    ]  # fmt: skip


def test_texts_files_and_the_tasks_own_go_together(tmp_path):
    (tmp_path / "new.txt").write_text("From a file.")
    read = read_instructions(["own", "A text.", str(tmp_path / "new.txt"), "Another text."])
    assert [(each.name, each.text) for each in read] == [
        ("own", None), ("“A text.”", "A text."), ("new", "From a file."), ("“Another text.”", "Another text."),
    ]  # fmt: skip


def test_two_of_one_name_are_refused(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").write_text("x")
    with pytest.raises(InputError, match="two are called 'same'"):
        read_instructions([str(tmp_path / "a"), str(tmp_path / "b")])


def test_an_empty_folder_and_a_file_that_is_not_there_say_so(tmp_path):
    with pytest.raises(InputError, match=r"holds no instruction as \.txt"):
        read_instructions([str(tmp_path)])
    with pytest.raises(InputError, match="does not exist"):
        read_instructions([str(tmp_path / "none.txt")])


@pytest.mark.parametrize("text", ["Answer: yes or no.", "x" * 5000, "two\nlines", "a\0b", "See notes.txt for more.txt"])
def test_a_text_is_never_taken_for_a_path(text):
    (read,) = read_instructions([text])
    assert (read.text, read.source, read.is_text) == (text, text, True)


def test_a_text_is_called_by_its_first_words(tmp_path):
    begin = "Name the intent of the customer's"
    texts = [f"{begin} message.", "Short.", f"{begin} question.", "x" * 50, "two\nlines"]
    read = read_instructions(texts)
    start = "“Name the intent of the…"
    assert [each.name for each in read] == [f"{start}” 1", "“Short.”", f"{start}” 2", f"“{'x' * 31}…”", "“two lines”"]
    assert {each.label for each in read[::2]} == {f"{start}”", "“two lines”"}
    with pytest.raises(InputError, match=r"the text “Short\.” is given twice"):
        read_instructions(["Short.", "own", "Short."])


def test_a_training_score_is_said_beside_what_is_measured(read):
    assert read(GEPA).notes == ("the instruction's optimiser scored it 0.75 on the examples it was chosen by",)
    assert read({**PREDICT, **METADATA}).notes == ()
