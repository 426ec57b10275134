"""`curvefit prompt` from real folders: text, one object, and what it refuses."""

from __future__ import annotations

import json
import shutil

import pytest

STUDY = "reports/tickets/local-gemma3-270m"


def test_the_prompt_alone_is_on_standard_output_and_what_it_is_beside_it(exits):
    status, text, said = exits("prompt", STUDY, "The VAT number is wrong")
    assert status == 0
    assert text.startswith("Route each support ticket to its queue.\n\nTicket: ")
    assert text.endswith("Ticket: The VAT number is wrong\nQueue:\n")
    assert text.count("Ticket: ") == 5
    assert "Ship the prompt with the most similar examples" in said
    assert "The prompt for local/gemma3-270m, with the 4 most similar examples:" in " ".join(said.split())


def test_random_examples_are_said_to_be_of_one_draw_and_the_report_to_be_of_all(exits):
    said = " ".join(exits("prompt", "reports/kubectl/local-gemma3-270m")[2].split())
    assert "with 64 examples, those of the first of 3 draws (what the report says is the mean of all)" in said
    assert ", and the first scored item as its input:" in said
    assert "draws" not in exits("prompt", STUDY)[2], "where they are retrieved"


def test_one_object_has_all_that_a_program_sends(exits):
    found = json.loads(exits("prompt", STUDY, "--json")[1])
    assert (found["shots"], found["selection"], len(found["examples"])) == (4, "retrieved", 4)
    assert found["text"] + "\n" == exits("prompt", STUDY)[1]
    assert (found["stop"], found["model"], found["temperature"]) == (["\n"], "local/gemma3-270m", 0.0)


def test_no_control_character_of_an_input_reaches_the_terminal(exits):
    text = exits("prompt", STUDY, "red \x1b[31m alert\x07")[1]
    assert "\x1b" not in text
    assert "\x07" not in text


def test_no_prompt_is_printed_for_an_input_of_nothing(exits):
    assert exits("prompt", STUDY, " ")[0] == 2


def test_scores_of_another_tool_have_no_prompt(exits, tmp_path):
    (tmp_path / "scores.csv").write_text("shots,accuracy,n_items\n0,0.2,50\n4,0.5,50\n")
    assert exits("fit", str(tmp_path / "scores.csv"), "--out", str(tmp_path / "fitted"))[0] == 0
    status, text, said = exits("prompt", str(tmp_path / "fitted"))
    assert (status, text) == (1, "")
    assert "was made from scores measured elsewhere" in said


def test_a_task_that_has_moved_is_named_by_option(exits, tmp_path):
    assert exits("prompt", STUDY, "--task", str(tmp_path / "gone"))[0] == 1
    assert exits("prompt", STUDY, "--task", "sample_tasks/tickets")[0] == 0


@pytest.mark.parametrize("study", ["sales_email/local-smollm2-135m", "house_tone/local-gemma3-270m-judged"])
def test_a_task_that_code_or_a_model_judges_need_not_be_named(exits, study):
    status, text, _ = exits("prompt", f"reports/{study}")
    assert status == 0
    assert text


def test_that_the_pool_has_changed_since_is_said(exits, tmp_path):
    shutil.copytree("sample_tasks/tickets", tmp_path / "tickets")
    assert "pool has changed" not in exits("prompt", STUDY, "--task", str(tmp_path / "tickets"))[2]
    with (tmp_path / "tickets" / "pool.jsonl").open("a") as pool:
        pool.write(json.dumps({"input": "Something new.", "output": "B5"}) + "\n")
    status, _, said = exits("prompt", STUDY, "--task", str(tmp_path / "tickets"))
    assert status == 0
    assert "The pool has changed since this was measured" in said
    assert json.loads(exits("prompt", STUDY, "--json", "--task", str(tmp_path / "tickets"))[1])["same_pool"] is False
