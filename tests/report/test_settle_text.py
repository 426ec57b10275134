"""How an answer was found out, in lines."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path

import pytest

from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason
from curvefit.decision.next_steps import NextStep
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.models.base import Usage
from curvefit.payoff.predictor import Probed
from curvefit.report.page import page
from curvefit.report.settle_text import (
    over_all_starts,
    settle_lines,
    step_rows,
    steps_of,
    what_is_left,
    what_would_settle,
)
from curvefit.report.study_files import write_study
from curvefit.report.study_reader import read_study
from curvefit.report.study_record import to_record
from curvefit.report.terminal import summary
from curvefit.study import TakenStep, analyze
from curvefit.workflows.settle import Taken

YOURS = "One of the steps may settle it, but curvefit decide does not take that by itself"
FIRST = "The answer is open, and stays so until the step above is taken."
ONLY = "The answer is open, and measuring more is not likely to settle it; only fine-tuning can. Without it, "
DONE, LEFT = f"{ONLY}you are done: use that prompt.", f"{ONLY}what is left is the step above."
STAYS = "This fine-tuning leaves the answer open. Without another, you are done: use that prompt."
TRAINED = "Nothing more to measure: this model was fine-tuned;"
REPORTS = Path(__file__).parents[2] / "reports"
SHIP = {"shots": 8, "selection": "random"}


def ended(study, *steps, **advice):
    """An open answer with these steps, of a hosted model: all that stands below how it was found out, as one line."""
    curve = replace(study.curve, path="x.jsonl", pool=200, model="openai/x", command=("curvefit", "run", "x.jsonl"))
    of = replace(
        study.advice, **{"training": "open", "action": "keep-prompting", "reasons": (), **advice}, next_steps=steps
    )
    return " ".join(" ".join(settle_lines(replace(study, curve=curve, advice=of), [], "out")).split())


@pytest.mark.parametrize(
    ("step", "advice", "said"),
    [
        (NextStep("see-rise", {"shots": 32, "items": 40, "draws": 3}), {}, YOURS),
        (NextStep("more-items", {"items": 40, "scored": 20}, chance=0.3), {}, YOURS),
        (NextStep("more-items", {"items": 40, "scored": 20}), {}, LEFT),
        (NextStep("improve-prompt"), {}, LEFT),
        (NextStep("ship", SHIP), {}, DONE),
        (NextStep("show-similar", {"shots": 4}), {}, DONE),
        (NextStep("constrain"), {"action": "mend-format"}, FIRST),
        (NextStep("see-rise", {"shots": 32, "items": 40, "draws": 3}), {"training": "pays"}, ""),
    ],
)
def test_an_open_answer_ends_with_whose_turn_it_is_or_that_one_is_done(make_measured, step, advice, said):
    lines = ended(analyze(make_measured()), step, **advice)
    assert [text for text in (YOURS, FIRST, DONE, LEFT, STAYS) if text in lines] == [text for text in (said,) if text]
    stopped = analyze(make_measured(stopped="--max-calls 9"))
    assert ended(stopped, step, **advice).endswith("in 1,000 calls, for $0.12."), "what comes first is said"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ((), ": it scores 60 items unless --items says more."),
        (("--items", "60"), ": it scores the 60 items that --items says."),
    ],
)
def test_why_no_more_items_were_scored_is_said(make_measured, more, why):
    step = NextStep("more-items", {"items": 90, "scored": 60}, chance=0.3)
    study = analyze(replace(make_measured(), path="x.jsonl", command=("curvefit", "run", "x.jsonl", *more)))
    advice = replace(study.advice, training="open", action="keep-prompting", reasons=(), next_steps=(step,))
    ended = replace(study, advice=advice)
    assert f"{YOURS}{why}" in " ".join(" ".join(settle_lines(ended, [])).split())
    assert to_record(ended)["advice"]["why_open"] is None, "curvefit run leaves every step"
    decided = replace(ended, steps=(TakenStep("measure", "said"),))
    assert to_record(decided)["advice"]["why_open"] == f"The answer is open. {YOURS}{why}"
    refused = replace(decided, steps=(*decided.steps, TakenStep("more-items", "", problem="too dear")))
    assert to_record(refused)["advice"]["why_open"] is None, "the step says why"


def test_where_the_model_was_fine_tuned_and_it_stays_open_nobody_is_told_to_fine_tune(make_measured):
    study = analyze(make_measured())
    gain = Estimate(0.02, -0.1, 0.1, 0.9)
    tuned = replace(study, validated=(ValidatedTraining("mine", None, gain, gain),))
    lines = ended(tuned, NextStep("ship", SHIP))
    assert (STAYS in lines, TRAINED in lines, "curvefit probe" in lines) == (True, True, False)


def test_where_more_items_would_tell_more_of_a_fine_tuned_model_nobody_is_told_that_nothing_is_left(make_measured):
    step = NextStep("more-items", {"items": 40, "scored": 20, "again": "probe"})
    study = analyze(replace(make_measured(), path="x.jsonl", available=200, command=("curvefit", "run", "x.jsonl")))
    gain = Estimate(0.02, -0.1, 0.1, 0.9)
    advice = replace(study.advice, training="open", action="keep-prompting", reasons=(), next_steps=(step,))
    tuned = replace(study, validated=(ValidatedTraining("mine", None, gain, gain),), advice=advice)
    said, command = what_would_settle(tuned, "out", width=500)
    assert said.startswith(
        "This model was fine-tuned. Score more items, 40 in all. Then run your curvefit probe command"
    )
    assert command.startswith("  curvefit run x.jsonl ")
    assert command.endswith(" --items 40")


def test_what_was_asked_now_is_said_only_where_it_is_a_part(make_measured):
    study = analyze(make_measured())
    study = replace(study, curve=replace(study.curve, model="openai/mine", usage=Usage(calls=4394, usd=0.94)))

    def measured(asked_now, usd_now=0.0):
        lines = settle_lines(study, [], width=200, asked_now=asked_now, usd_now=usd_now)
        return next(text for text in lines if "4,394" in text)

    assert measured(1239).endswith(" in 4,394 calls, for $0.94; 1,239 of them asked now.")
    assert measured(1239, 0.31).endswith(" for $0.94; 1,239 of them asked now, for $0.31.")
    for whole in (4394, 4400, None):
        assert measured(whole, 0.94).endswith(" in 4,394 calls, for $0.94.")


def test_a_fine_tuning_that_the_study_had_before_is_named(make_measured):
    probed = Probed("local/x", 0.4, 32, Estimate(0.1, 0.0, 0.2, 0.9))
    lines = settle_lines(analyze(make_measured(), probes=(probed,)), [])
    assert "  · Kept the earlier result of fine-tuning local/x on 32 examples." in lines
    assert "Kept what" not in "".join(settle_lines(analyze(make_measured()), []))


HIGH = "; none is advised, since fine-tuning gains less often over so good a prompt"
OWN, HINT = (
    "A small fine-tuning can settle whether that gains accuracy",
    "Fine-tuning a small model that runs here helps to predict whether fine-tuning yours gains accuracy",
)
SLOT = "Put the price of a million trained tokens in place of USD"


@pytest.mark.parametrize(
    ("model", "pool", "said", "command"),
    [
        ("openai/no-such-model", 200, f"{OWN}{HIGH}. {SLOT}:", "probe"),
        ("openai/gpt-4.1-mini", 200, f"{OWN}{HIGH}:", "probe"),
        ("anthropic/claude", 200, f"{HINT}{HIGH}:", "probe"),
        ("openai/no-such-model", 0, "Nothing more to measure: the task has too few examples", ""),
    ],
)
def test_what_would_settle_an_open_answer_is_named_or_that_nothing_is_left(make_measured, model, pool, said, command):
    curve = replace(
        make_measured(), model=model, pool=pool, path="x.jsonl", command=("curvefit", "run", "x.jsonl", "-m", model)
    )
    study = analyze(make_measured())
    advice = replace(
        study.advice, training="open", next_steps=(NextStep("see-errors"),), reasons=(Reason("high-score"),)
    )
    study = replace(study, curve=curve, advice=advice, payoff=None)
    lines = settle_lines(study, [], "out", width=200)
    place = next(i for i, line in enumerate(lines) if line.startswith(said))
    assert [line.strip() for line in lines if "curvefit probe x.jsonl" in line] == (
        [lines[-1].strip()] if command else []
    )
    assert place < len(lines)
    known = replace(study, payoff=analyze(make_measured(), n_train=200).payoff)
    told = " ".join(what_would_settle(known, "out", width=200)[:1])
    assert (HIGH not in told) == (known.payoff.probability > 0.2 or not command), "the chance is weighed, not the score"
    assert "(chance" not in told or said.startswith(OWN), "another model settles little"
    settled = replace(study, advice=replace(advice, training="pays"))
    assert what_would_settle(settled)[0].startswith("Nothing more to measure: fine-tuning likely gains accuracy")
    assert what_would_settle(replace(study, advice=replace(advice, action="mend-format"))) == [], "that comes first"
    offered = replace(study, advice=replace(advice, next_steps=(NextStep("probe"),)))
    assert "A fine-tuning" not in "".join(settle_lines(offered, [])), "it is the next step already"


def test_where_training_is_settled_the_step_that_measures_something_else_is_named(make_measured):
    curve = replace(make_measured(), path="x.jsonl", command=("curvefit", "run", "x.jsonl", "-m", "openai/x"))
    study = analyze(make_measured())
    for steps, said in (
        ((NextStep("see-errors"),), "Nothing more to measure: fine-tuning would likely gain little or no accuracy."),
        ((NextStep("measure-retrieved"),), "Fine-tuning would likely gain little or no accuracy. Next: Measure with"),
    ):
        advice = replace(study.advice, training="does not pay", action="keep-prompting", next_steps=steps)
        lines = what_would_settle(replace(study, curve=curve, advice=advice, costs=None), "out", width=500)
        assert lines[0].startswith(said)
        assert (len(lines), "--retrieved" in lines[-1]) == ((1, False) if said.startswith("Nothing") else (2, True))


def test_a_step_that_decide_left_out_and_that_comes_next_is_said_to_be_left_to_the_user():
    """Seen: "Not done: Fine-tune this model" above "Next: Fine-tune this model", as if it were not to be done."""
    study = read_study(REPORTS / "ferry_format" / "local-smollm2-135m")
    assert study.advice.next_steps[0].code == "probe"
    late = Taken(study.advice.next_steps[0], study, 0.0, problem="about 90 minutes; at most 60 are left")
    text = " ".join(" ".join(settle_lines(study, [late], "out", width=200)).split())
    assert "! curvefit decide did not take the step under “Next”: about 90 minutes; at most 60 are left." in text
    assert "Not done" not in text
    other = Taken(NextStep("see-rise", {"shots": 32, "items": 40, "draws": 3}), study, 0.0, problem="too dear")
    assert "! Not done: " in "\n".join(settle_lines(study, [other], "out", width=200))


def test_what_a_probe_needs_installed_stands_beside_its_command_wherever_that_is_printed(monkeypatch):
    """Seen: `curvefit probe` as the next step where nothing could fine-tune."""
    study, install = read_study(REPORTS / "ferry_format" / "local-smollm2-135m"), "pip install 'curvefit[probe]'"

    def surfaces():
        shown = html.unescape(page(study, "<svg ></svg>", "out")).partition("<details")[0]
        steps = [step["text"] for step in to_record(study)["advice"]["next_steps"][:1]]
        return [shown, summary(study, folder="out", width=200), study._repr_html_(), *steps]

    assert not any(install in html.unescape(text) for text in surfaces())
    monkeypatch.setattr("curvefit.report.step_text.available", lambda: False)
    assert [html.unescape(text).count(install) for text in surfaces()] == [1, 1, 1, 1]


def test_the_study_keeps_what_each_step_said_and_took_and_so_does_the_page(make_measured, tmp_path):
    first = analyze(make_measured(usage=Usage(100, 1, 0, 1, 0.5, 60.0)))
    later = analyze(make_measured(usage=Usage(160, 1, 0, 1, 0.75, 99.0)))
    done = [
        Taken(first.advice.next_steps[0], later, 90.0),
        Taken(Reason("probe", {}), later, 1.0, problem="it cannot be <b>trained</b> here"),
    ]
    study = replace(later, steps=tuple(steps_of("Good enough.", first, 30.0, done, "out")))
    assert [(step.calls, step.usd, step.seconds) for step in study.steps] == [
        (0, 0.0, None), (100, 0.5, 30.0), (60, 0.25, 90.0), (0, 0.0, 1.0),
    ]  # fmt: skip
    write_study(study, tmp_path)
    assert read_study(tmp_path).steps == study.steps
    rows = step_rows(study)
    assert [row["calls"] for row in rows] == ["0", "100", "60", "0"]
    assert [row["usd"] for row in rows] == ["$0.00", "$0.50", "$0.25", "$0.00"]
    assert [row["minutes"] for row in rows] == ["–", "0.5", "1.5", "0.0"]
    text = page(study, "<svg ></svg>")
    assert "How it was found out" in text
    assert "Not done: it cannot be &lt;b&gt;trained&lt;/b&gt; here." in text
    assert "How it was found out" not in page(later, "<svg ></svg>")


def asked(code, calls, seconds):
    return TakenStep(code, "Use the best prompt.", calls, seconds=seconds)


@pytest.mark.parametrize(
    ("before", "now", "sent", "minutes"),
    [
        ([], [asked("measure", 100, 60.0)], 100, ["1.0"]),
        ([asked("measure", 100, 60.0)], [asked("measure", 100, 6.0)], 0, ["1.1"]),
        ([asked("measure", 100, 60.0)], [asked("measure", 160, 30.0)], 61, ["1.5"]),  # one was refused
        ([asked("measure", 100, 60.0)], [asked("measure", 180, 30.0)], 60, ["–"]),  # 20 of a start that was killed
        ([asked("measure", 100, None)], [asked("measure", 160, 30.0)], 60, ["–"]),
        ([], [asked("measure", 160, 30.0)], 60, ["–"]),  # of curvefit run
        ([asked("measure", 100, 60.0)], [asked("measure", 40, 6.0)], 0, ["–"]),  # a smaller one
        (
            [asked("measure", 100, 60.0), asked("narrow", 50, 30.0), asked("probe", 9, 600.0)],
            [asked("measure", 150, 6.0), asked("more-shots", 20, 12.0)],
            20,
            ["1.6", "0.2"],
        ),
        (
            [asked("check", 0, None), asked("measure", 100, 60.0), asked("narrow", 50, 30.0)],
            [asked("check", 0, None), asked("measure", 100, 6.0), asked("narrow", 60, 6.0)],
            10,
            ["–", "1.1", "0.6"],
        ),
    ],
)
def test_minutes_are_those_of_all_starts_as_calls_are_or_not_known(make_measured, before, now, sent, minutes):
    steps = over_all_starts(now, before, sent)
    study = replace(analyze(make_measured()), steps=steps)
    assert [row["minutes"] for row in step_rows(study)] == minutes
    assert [step.calls for step in steps] == [step.calls for step in now]


def test_a_price_that_is_not_known_stays_so(make_measured):
    first = analyze(make_measured(usage=Usage(100, 1, 0, 1, None, 60.0)))
    (*_, measured) = steps_of("Good enough.", first, 30.0, [], "out")
    assert measured.usd is None
    assert step_rows(replace(first, steps=(measured,)))[0]["usd"] == "not known"


def measured_out(make_measured, model="openai/gpt-4.1-mini", available=60, **more):
    """A hosted model on all items of a task, where a trial training is the last step."""
    command = ("curvefit", "run", "x.jsonl", "-m", model)
    curve = replace(
        make_measured(), model=model, pool=200, available=available, path="x.jsonl", command=command, **more
    )
    study = analyze(make_measured())
    steps = (NextStep("ship", SHIP), NextStep("see-errors"))
    steps += () if model == "openai/stub" else (NextStep("probe-elsewhere", usd=1.25, chance=0.29),)
    advice = replace(study.advice, training="open", action="keep-prompting", next_steps=steps)
    return replace(study, curve=curve, advice=advice)


OUT = "All items are scored: no measuring can settle whether fine-tuning gains accuracy."


def test_once_all_items_are_scored_page_and_terminal_say_what_is_left_with_price_and_chance(make_measured, tmp_path):
    study, folder = measured_out(make_measured), str(tmp_path)
    (tmp_path / "journal.sqlite").touch()
    ((heading, said, command),) = what_is_left(study, folder)
    assert (heading, command.split()[:3]) == ("What is left", ["curvefit", "probe", "x.jsonl"])
    assert said.startswith(f"{OUT} A trial training may, or you decide without it. Have the provider fine-tune")
    assert said.endswith(
        "It takes about $1.25; the chance that this settles whether fine-tuning gains accuracy is 29%."
    )
    shown, terminal = page(study, "<svg ></svg>", folder), " ".join(summary(study, folder=folder).split())
    assert (OUT in shown, OUT in terminal, terminal.count("curvefit probe")) == (True, True, 1)
    assert to_record(study, folder)["advice"]["what_is_left"] == {"text": said, "command": command}
    assert (shown.count("Have the provider"), shown.count("is 29%")) == (1, 1)
    ends = "\n".join(settle_lines(study, [], folder))
    assert ("The answer is open" in ends, "curvefit probe" in ends) == (False, False), "it is said above"


@pytest.mark.parametrize(
    "change",
    [
        {"available": 61},
        {"stopped": "--max-usd 1"},
        {"steps": (NextStep("more-items", {"items": 90, "scored": 60}),)},
        {"steps": (NextStep("measure-retrieved"), NextStep("probe-elsewhere"))},
        {"training": "pays"},
    ],
)
def test_while_anything_can_be_measured_or_nothing_is_open_nobody_is_told_what_is_left(make_measured, change):
    of = {name: change[name] for name in ("available", "stopped") if name in change}
    study = measured_out(make_measured, **of)
    steps = change.get("steps", study.advice.next_steps)
    advice = replace(study.advice, next_steps=steps, training=change.get("training", "open"))
    assert what_is_left(replace(study, advice=advice)) == []
    assert to_record(replace(study, advice=advice))["advice"]["what_is_left"] is None


def test_who_practises_is_told_how_to_rehearse_a_training(make_measured):
    rehearsed = "A trial training can be rehearsed: curvefit stub fine-tunes its made-up model too, and nobody is paid."
    ((_, said, command),) = what_is_left(measured_out(make_measured, "openai/stub"))
    assert said == f"{OUT} A trial training may, or you decide without it. {rehearsed}"
    assert command.startswith("curvefit probe ")
    assert command.endswith("--usd-per-million-trained 3 --dry-run")
    ((_, said, _),) = what_is_left(measured_out(make_measured, "openai/stub", available=90))
    assert said == rehearsed
    assert what_would_settle(measured_out(make_measured, "openai/stub"), width=500) == [rehearsed, f"  {command}"]
    trained = replace(
        measured_out(make_measured),
        validated=(ValidatedTraining("mine", None, *2 * (Estimate(0.02, -0.1, 0.1, 0.9),)),),
    )
    assert "Only new items, or more examples to train on, would tell more" in what_is_left(trained)[0][1]


def test_a_trial_that_is_the_second_step_has_its_price_and_chance_on_the_page(make_measured):
    study = measured_out(make_measured)
    steps = (NextStep("improve-prompt"), *study.advice.next_steps[2:])
    shown = page(replace(study, advice=replace(study.advice, next_steps=steps)), "<svg ></svg>")
    assert "It takes about $1.25; the chance that this settles whether fine-tuning gains accuracy is 29%." in shown


def test_where_a_provider_takes_no_so_few_examples_the_small_model_of_the_report_is_named(make_measured):
    study = measured_out(make_measured)
    few = replace(study.curve, model="openai/gpt-4o-mini", pool=40)
    step = NextStep("probe", chance=0.65)
    for steps, said in (((NextStep("ship"), step), "Fine-tune a small model on this machine"), ((), "Nothing more to")):
        given = replace(study, curve=few, advice=replace(study.advice, next_steps=steps))
        assert what_would_settle(given, "out")[0].startswith(said)
    shown = page(replace(study, advice=replace(study.advice, next_steps=(NextStep("improve-prompt"), step))), "")
    assert "The next step, above" not in shown
