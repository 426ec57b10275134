"""The command a step names is whole, can be parsed, and does what the step says."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from curvefit.cli.main import cli
from curvefit.command_words import option_values
from curvefit.curves.reason import Reason
from curvefit.decision.next_steps import NextStep
from curvefit.models.base import Prices
from curvefit.report.answer_text import ship_sentence
from curvefit.report.next_command import command_for, errors_command, first_steps, probe_command, run_command
from curvefit.report.page import page
from curvefit.report.step_text import step_text
from curvefit.report.study_reader import read_study
from curvefit.study import analyze
from curvefit.training.fine_tuning_plan import ProbeDesign

STEPS = {
    "measure-retrieved": {},
    "retrieve-facts": {"documents": 40},
    "narrow": {"shots": 64, "items": 120, "draws": 6, "lacks_examples": 0, "lacks_items": 0},
    "past-classes": {"shots": 154, "items": 60, "draws": 3, "lacks_examples": 0, "lacks_items": 0},
    "see-rise": {"shots": 16, "items": 120, "draws": 6, "lacks_examples": 0, "lacks_items": 0},
    "probe": {},
    "fine-tune": {"n_train": 30, "pool": 64},
}


@pytest.fixture
def found(make_measured):
    return analyze(make_measured(path="my data/tickets.jsonl", model="local/gemma3-270m"), margin=0.05)


def parsed(command):
    """What click makes of a command line; it fails on an option that does not exist."""
    program, name, *words = shlex.split(command)
    assert program == "curvefit"
    with cli.get_command(None, name).make_context(name, words) as context:
        return context.params


@pytest.mark.parametrize("code", STEPS)
def test_every_command_is_one_that_curvefit_takes(found, code):
    params = parsed(command_for(Reason(code, STEPS[code]), found, folder="out/here"))
    assert params["task"] == "my data/tickets.jsonl"


def test_measuring_on_sets_what_is_measured_in_all_and_keeps_the_rest(found):
    params = parsed(command_for(Reason("narrow", STEPS["narrow"]), found))
    assert (params["items"], params["draws"], params["seed"], params["margin"]) == (120, 6, 7, 0.05)
    assert params["shots"] == (0, 1, 2, 4, 8, 16, 32, 64)


def test_more_items_are_held_to_the_margin_that_the_study_was(found):
    """By default more items would be held to a smaller one; who stated one keeps it."""
    of_default = of_command(found, "curvefit", "run", "x.jsonl", "-m", "openai/qwen")
    assert parsed(command_for(Reason("narrow", STEPS["narrow"]), of_default))["margin"] == 0.05
    stated = of_command(found, "curvefit", "run", "x.jsonl", "-m", "openai/qwen", "--margin=0.05")
    assert shlex.split(command_for(Reason("narrow", STEPS["narrow"]), stated)).count("--margin") == 0


def test_an_instruction_of_several_lines_is_named_as_the_run_named_it(found):
    of_file = of_command(found, "curvefit", "run", "x.jsonl", "-m", "openai/qwen", "--instruction", "brief.txt")
    of_file = replace(of_file, curve=replace(of_file.curve, overrides=(("instruction", "Be brief.\nBe right."),)))
    assert parsed(command_for(Reason("probe", {}), of_file))["instruction"] == "brief.txt"


@pytest.mark.parametrize(
    ("option", "stated", "takes", "cap"),
    [
        ("--max-usd", "0.33", {"usd": 0.82}, "1.03"),
        ("--max-usd", "2", {"usd": 0.82}, "2"),
        ("--max-calls", "300", {"calls": 1600}, "2000"),
        ("--max-minutes", "4", {"minutes": 3.3}, "5"),
    ],
)
def test_a_step_may_spend_what_it_takes_and_not_only_what_came_before_it(found, option, stated, takes, cap):
    made = of_command(found, "curvefit", "run", "x.jsonl", "-m", "openai/qwen", option, stated)
    words = shlex.split(command_for(NextStep("measure-retrieved", **takes), made))
    assert words[words.index(option) + 1] == cap
    again = shlex.split(command_for(NextStep("same-again", **takes), made))
    assert again[again.index(option) + 1] == stated, "which says itself what is left"


def of_command(study, *words):
    """The same study, made by this command."""
    return replace(study, curve=replace(study.curve, command=words))


def test_the_command_that_made_a_study_goes_on_with_its_own_options(found):
    words = ["curvefit", "run", "x.jsonl", "-m", "openai/qwen", "--api-base", "http://localhost:1/v1", "--items=50"]
    study = of_command(found, *words)
    command = command_for(Reason("narrow", STEPS["narrow"]), study)
    assert parsed(command)["api_base"] == "http://localhost:1/v1"
    assert shlex.split(command).count("--items") == 1
    assert "--items=50" not in command
    assert command_for(Reason("same-again", {"limit": "x"}), study) == shlex.join(words)


def test_a_provider_s_training_is_tried_dry_where_the_study_was_asked(found):
    words = ["curvefit", "run", "x.jsonl", "-m", "openai/gpt-4.1-nano", "--api-base", "http://localhost:1/v1"]
    hosted = of_command(replace(found, curve=replace(found.curve, model="openai/gpt-4.1-nano", pool=300)), *words)
    command = command_for(Reason("probe-elsewhere"), hosted, folder="out/here")
    assert command.endswith(" --usd-per-million-trained USD --dry-run"), "no list has the price of that server"
    params = parsed(command.replace(" USD ", " 3 "))
    assert (params["model"], params["sizes"], params["dry_run"]) == ("openai/gpt-4.1-nano", (64, 256), True)
    assert (params["api_base"], params["study_path"].as_posix()) == ("http://localhost:1/v1", "out/here")


def test_a_probe_is_priced_as_the_run_was(found):
    words = ["curvefit", "run", "x.jsonl", "-m", "openai/gpt-4o-mini", "--price=0.15,0.60,0.075"]
    hosted = of_command(replace(found, curve=replace(found.curve, model="openai/gpt-4o-mini", pool=300)), *words)
    command = command_for(Reason("probe-elsewhere"), hosted, folder="out")
    assert "--usd-per-million-trained" not in command, "which is on the list"
    assert parsed(command)["prices"] == Prices(0.15, 0.60, 0.075)
    assert parsed(shlex.join(probe_command(hosted, ProbeDesign((64,)))))["prices"] == Prices(0.15, 0.60, 0.075)


def test_a_probe_is_made_again_from_the_same_seed_items_and_study(found):
    wanted = ProbeDesign((32, 128), 3, 60, 7)
    for kept, study_path in (("out/here", None), ("other", "other")):
        params = parsed(shlex.join(probe_command(found, wanted, "out/here", kept)))
        assert ProbeDesign(*(params[name] for name in ("sizes", "seeds", "items", "seed"))) == wanted
        assert (str(params["out"]), params["study_path"] and str(params["study_path"])) == ("out/here", study_path)


def test_options_are_set_before_the_arguments_behind_two_dashes(found):
    study = of_command(found, "curvefit", "run", "-m", "simulated/late", "--", "x.jsonl")
    params = parsed(command_for(Reason("measure-retrieved"), study))
    assert (params["task"], params["retrieved"]) == ("x.jsonl", (1, 4, 16))


def test_what_a_limit_ended_goes_on_by_the_very_command_or_by_none(found):
    """Made of what the study knows, it would lack the limit, and pay again in another folder."""
    assert command_for(Reason("same-again", {"limit": "x"}), found, "out") is None


def test_a_hosted_model_whose_address_is_not_known_is_asked_by_no_command_of_ours(found):
    hosted = replace(found, curve=replace(found.curve, model="openai/qwen"))
    assert run_command(hosted) == []
    assert command_for(Reason("measure-retrieved"), hosted) is None


@pytest.mark.parametrize(
    ("code", "shots"), [("narrow", (0, 1, 2, 4, 8, 16, 32, 64, 128)), ("past-classes", (0, 1, 2, 4, 8, 16, 128))]
)
def test_as_many_numbers_of_shots_are_added_as_the_calls_are_of(found, code, shots):
    values = {**STEPS["narrow"], "shots": 128}
    assert parsed(command_for(Reason(code, values), found))["shots"] == shots


def test_what_made_a_study_is_measured_again_where_it_is_kept(found):
    params = parsed(shlex.join(run_command(found, "out/here")))
    assert params["shots"] == tuple(found.curve.design.shots)
    assert params["out"].as_posix() == "out/here"
    assert parsed(shlex.join(run_command(found)))["out"] is None
    assert parsed(command_for(Reason("probe"), found, folder="out/here"))["study_path"].as_posix() == "out/here"


@pytest.mark.parametrize("lack", ["lacks_examples", "lacks_items", "lacks_room"])
def test_what_the_task_has_too_little_for_has_no_command(found, lack):
    assert command_for(Reason("narrow", {**STEPS["narrow"], lack: 3}), found) is None


def test_scores_of_another_tool_have_no_command_that_needs_the_task(found):
    elsewhere = replace(found, curve=replace(found.curve, design=None, path=""))
    assert run_command(elsewhere) == []
    assert [command_for(Reason(code, values), elsewhere) for code, values in STEPS.items()] == [None] * len(STEPS)


def test_what_is_shown_first_is_the_first_step_and_a_command_where_none_takes_it(found, tmp_path):
    (tmp_path / "journal.sqlite").touch()
    similar, improve, measured, use = (
        Reason("show-similar", {"shots": 4}), Reason("improve-prompt"), Reason("measure-retrieved"),
        NextStep("use-for-now"),
    )  # fmt: skip
    shown = {
        steps: [
            (heading, step, bool(command))
            for heading, step, command in first_steps(
                replace(found, advice=replace(found.advice, next_steps=steps)), str(tmp_path)
            )
        ]
        for steps in ((), (similar,), (measured, similar), (similar, measured), (improve, measured))
    }
    assert list(shown.values()) == [
        [("Meanwhile", use, True)],
        [("Next", similar, True)],
        [("Next", measured, True), ("Meanwhile", use, True)],
        [("Next", similar, True), ("Then", measured, True)],  # which only shows a prompt
        [("Next", improve, True), ("Then", measured, True), ("Meanwhile", use, True)],  # it only shows what is wrong
    ]
    for action in ("mend-judge", "retrieve"):  # no prompt is to be used as it is
        none = replace(found, advice=replace(found.advice, action=action, next_steps=(measured,)))
        assert [heading for heading, *_ in first_steps(none, str(tmp_path))] == ["Next"]


@pytest.mark.parametrize(
    ("name", "said", "use"),
    [
        ("widgets", "Fine-tune: that likely gains accuracy; the best prompt is wrong more often than right.", False),
        ("contacts", "Use the best prompt (most answers not wholly right) for now, and fine-tune: that likely", True),
    ],
)
def test_a_prompt_is_to_be_used_meanwhile_only_where_the_answer_says_to_use_it(name, said, use):
    folder = Path(__file__).parents[2] / "reports" / name / "local-gemma3-270m"
    study = read_study(folder)
    assert ship_sentence(study).startswith(said)
    assert ("Meanwhile" in [heading for heading, *_ in first_steps(study, str(folder))]) == use


@pytest.mark.parametrize(
    ("folder", "kept"), [("there", "there"), ("made/here", "made/here"), ("made/here/", "made/here"), ("", "made/here")]
)
def test_a_study_that_was_moved_is_measured_on_where_it_is(make_measured, folder, kept):
    command = ("curvefit", "run", "t", "-m", "simulated/x", "--out", "made/here")
    study = analyze(make_measured(command=command, stopped="--max-usd"))
    again, *steps = [command_for(step, study, folder) for step in study.advice.next_steps]
    assert again.endswith(f"--out {kept}")
    assert {f"--out {kept}" in each for each in steps if each and each.startswith("curvefit run")} <= {True}


def test_where_the_answer_is_open_and_the_first_step_is_by_hand_a_command_scores_more_items():
    study = read_study(Path(__file__).parents[2] / "reports" / "six_languages" / "local-smollm2-135m")
    assert (study.advice.training, len(study.curve.items)) == ("open", 16)
    (_, by_hand, nothing), (heading, step, command) = first_steps(study)
    assert (by_hand.code, nothing, heading) == ("show-similar", None, "Then")
    assert step_text(step).startswith("Score more items, 100 in all. It takes about ")
    params = parsed(command)
    assert (params["items"], params["shots"], params["margin"]) == (100, tuple(study.curve.design.shots), study.margin)


@pytest.mark.parametrize(
    ("scorers", "named"),
    [
        ({"scorer": "exact"}, []),
        ({"scorer": "python:own:judge"}, ["--task", "my task"]),
        ({"scorer": "exact", "also_scored_by": "python:own:judge"}, ["--task", "my task"]),
    ],
)
def test_reading_the_errors_names_a_task_that_code_judges_since_it_is_run_for_no_other(found, tmp_path, scorers, named):
    (tmp_path / "journal.sqlite").touch()
    study = replace(found, curve=replace(found.curve, path="my task", **scorers))
    assert errors_command(study, str(tmp_path)) == ["curvefit", "errors", str(tmp_path), *named]


def test_reading_the_errors_is_offered_where_the_replies_are_alone(found, tmp_path):
    folder = str(tmp_path)
    for code in ("see-errors", "rework-prompt", "improve-prompt"):
        assert command_for(Reason(code, {}), found, folder) is None
    gone = page(found, "", folder)
    assert "<span>errors</span>" not in gone
    assert "This page has no replies: the journal that held them is not beside the study." in gone
    (tmp_path / "journal.sqlite").touch()
    for code in ("see-errors", "rework-prompt", "improve-prompt"):
        assert shlex.split(command_for(Reason(code, {}), found, folder)) == ["curvefit", "errors", folder]
    assert "How to read them" in page(found, "", folder)
    assert "How to read them" not in gone


@pytest.mark.parametrize(
    ("made", "context", "out"),
    [
        (["run", "--out", "x"], "none,retrieved", "x"),
        (["run", "--context=none"], "none,retrieved", None),
        (["run", "--batch"], "retrieved", None),
        (["decide", "--out=x/"], "retrieved", "x-retrieved"),
        (["decide", "--context", "none"], "retrieved", None),
    ],
)
def test_facts_that_the_tasks_documents_hold_are_looked_up_by_a_command_beside_the_study(found, made, context, out):
    name, *options = made
    study = of_command(found, "curvefit", name, "x.jsonl", "-m", "openai/qwen", *options)
    command = command_for(Reason("retrieve-facts", {"documents": 40}), study, "x" if out else "")
    assert parsed(command)["out"] == (None if out is None else Path(out))
    assert option_values(shlex.split(command), "--context") == [context]
    assert option_values(shlex.split("curvefit run t --max-usd=1 --max-usd 5 -- --max-usd 9"), "--max-usd") == [
        "1",
        "5",
    ]
    assert command_for(Reason("retrieve-facts", {}), study) is None, "no document is named"
