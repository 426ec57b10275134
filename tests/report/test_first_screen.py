"""What the page opens with, for every advice: one sentence, four numbers, one command."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.reason import Reason
from curvefit.decision import advice
from curvefit.decision.break_even import Costs
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.decision.next_steps import NextStep
from curvefit.decision.sensitivity import FilledAnswer, Filling
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.failures import Failure, Failures
from curvefit.measurement.importers import read_scores
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import CutReplies, JudgeRecord
from curvefit.models.base import Usage
from curvefit.models.function import FunctionModel
from curvefit.models.resolve import resolve
from curvefit.payoff.predictor import FromProbe, Probed, StandIn
from curvefit.report.answer_text import prompt_use, ship_sentence
from curvefit.report.cautions import cautions
from curvefit.report.cost_text import money_sentences
from curvefit.report.curve_plot import bars_of
from curvefit.report.first_screen import alarms, one_draw, tiles
from curvefit.report.missed_text import missed_at_all, missed_words
from curvefit.report.next_command import first_steps
from curvefit.report.notebook import as_html
from curvefit.report.page import page
from curvefit.report.payoff_text import UNTIL
from curvefit.report.settle_text import steps_of
from curvefit.report.study_files import write_study
from curvefit.report.study_index import read_index
from curvefit.report.study_reader import read_study
from curvefit.report.terminal import summary
from curvefit.report.wording import capital, chance_of, percent, points_of, points_span
from curvefit.study import analyze
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.task import Item, Score, Scorer, Task
from curvefit.trials.design import Design
from curvefit.workflows import error_analysis
from tests.tasks.test_readiness import agent_log

OPEN, NOT, PAYS = "open", "does not pay", "pays"
SHIPS = {
    ("keep-prompting", NOT): "Ship the best prompt; fine-tuning would likely gain little or no accuracy.",
    ("keep-prompting", OPEN): "Use the best prompt for now; whether fine-tuning gains accuracy is open.",
    ("measure-more", OPEN): "Use the best prompt for now; whether fine-tuning gains accuracy is open.",
    ("measure-more", PAYS): "Use the best prompt for now, and fine-tune: that likely gains accuracy.",
    ("measure-more", NOT): "Ship the best prompt; fine-tuning would likely gain little or no accuracy.",
    ("try-fine-tuning", PAYS): "Use the best prompt for now, and fine-tune: that likely gains accuracy.",
    ("try-fine-tuning", OPEN): "Use the best prompt for now; whether fine-tuning gains accuracy is open.",
    (
        "retrieve-examples",
        NOT,
    ): "Ship the prompt with the most similar examples; fine-tuning would likely gain little or no accuracy.",
    (
        "retrieve-examples",
        OPEN,
    ): "Use the prompt with the most similar examples for now; whether fine-tuning gains accuracy is open.",
    ("retrieve-examples", PAYS): "Use the prompt with the most similar examples, then fine-tune.",
    (
        "add-examples",
        OPEN,
    ): "Use the best prompt for now and try more examples; whether fine-tuning gains accuracy is open.",
    ("add-examples", PAYS): "Use the best prompt for now and try more examples, then fine-tune.",
    (
        "use-fewer-examples",
        NOT,
    ): "Ship the prompt with fewer examples; fine-tuning would likely gain little or no accuracy.",
    ("mend-judge", OPEN): "Ship nothing yet: by your labels, the judge may do no better than chance.",
    (
        "mend-format",
        OPEN,
    ): "Use the best prompt for now, but fix the format of the replies before you judge fine-tuning.",
    ("ship-fine-tuned", PAYS): "Ship the fine-tuned model: it was measured, and gains accuracy.",
    ("rework-prompt", OPEN): "Ship nothing yet: the best prompt is hardly ever right.",
    ("rework-prompt", PAYS): "Ship no prompt: the best is hardly ever right; fine-tuning likely gains accuracy.",
    ("raise-reply-tokens", OPEN): "Ship nothing yet: most replies were cut off.",
    (
        "retrieve",
        OPEN,
    ): "Look the facts up and put them in the prompt first: examples and training teach few.",
}


WORTH = "these points are the margin, the smallest gain worth having"


@pytest.fixture(scope="module")
def measured_study(make_measured):
    return analyze(make_measured("level", items=200), margin=0.1)


def advised(study, action, training, cheaper=None):
    return replace(study, advice=replace(study.advice, action=action, training=training, cheaper=cheaper, row=""))


@pytest.mark.parametrize(("action", "training"), SHIPS)
def test_one_sentence_without_numbers_says_what_to_ship(measured_study, action, training):
    said = ship_sentence(advised(measured_study, action, training))
    assert said == SHIPS[action, training]
    assert not re.search(r"\d|\. ", said)


@pytest.mark.parametrize(
    ("first", "said"), [("narrow", "; fine-tuning likely gains"), ("fine-tune", ", and fine-tune:")]
)
def test_the_sentence_sends_nobody_to_train_where_the_next_step_is_to_measure(measured_study, first, said):
    study = advised(measured_study, "measure-more", PAYS)
    steps = (NextStep(first), NextStep("fine-tune"))
    assert said in ship_sentence(replace(study, advice=replace(study.advice, next_steps=steps)))


@pytest.mark.parametrize(
    ("chance", "reasons", "said"),
    [(0.19, (), "would likely gain"), (0.005, (), "would gain"), (0.19, (Reason("no-room"),), "would gain")],
)
def test_a_gain_that_is_improbable_is_not_said_to_be_out(measured_study, chance, reasons, said):
    """Seen: "would gain little or no accuracy" beside a chance of 19% that it gains more than the margin."""
    study = advised(measured_study, "keep-prompting", NOT)
    study = replace(study, payoff=replace(study.payoff, probability=chance))
    study = replace(study, advice=replace(study.advice, reasons=reasons))
    assert ship_sentence(study) == f"Ship the best prompt; fine-tuning {said} little or no accuracy."


@pytest.mark.parametrize(
    ("leaning", "said"),
    [
        (PAYS, "fine-tuning probably gains accuracy, but few cases say so."),
        (NOT, "fine-tuning probably gains little or no accuracy, but few cases say so."),
    ],
)
def test_what_few_cases_make_probable_is_said_where_it_is_open(measured_study, leaning, said):
    study = advised(measured_study, "keep-prompting", OPEN)
    leaning_one = replace(study, advice=replace(study.advice, leaning=leaning))
    assert ship_sentence(leaning_one) == f"Use the best prompt for now; {said}"


def test_a_cap_that_ended_before_similar_examples_does_not_hide_that_they_come_before_training(measured_study):
    steps = tuple(NextStep(code, {"limit": "--max-usd 1"}) for code in ("same-again", "measure-retrieved"))
    study = advised(measured_study, "try-fine-tuning", PAYS)
    capped = replace(study, advice=replace(study.advice, next_steps=steps))
    said = "Use the best prompt for now, and try the most similar examples before you fine-tune."
    assert ship_sentence(capped) == said
    assert ship_sentence(study) != said


def test_a_prompt_that_is_mostly_wrong_is_not_used_while_its_format_is_to_be_mended(measured_study):
    advice = advised(measured_study, "mend-format", OPEN).advice
    reasons = tuple(
        replace(each, values={**each.values, "accuracy": Estimate(0.4, 0.3, 0.5, 0.9)})
        if each.code == "best-prompt"
        else each
        for each in advice.reasons
    )
    study = replace(measured_study, advice=replace(advice, reasons=reasons))
    assert ship_sentence(study) == "Ship nothing yet: fix the format of the replies first, then measure again."


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (NOT, "fine-tuning was measured, and does worse: check the training."),
        (OPEN, "fine-tuning was measured, and whether it gains accuracy is open."),
    ],
)
def test_fine_tuning_that_was_measured_is_not_still_to_be_judged_once_the_format_is_mended(
    measured_study, training, said
):
    own = ValidatedTraining("mine", None, Estimate(0.5, 0.4, 0.6, 0.9), Estimate(-0.2, -0.3, -0.1, 0.9))
    study = replace(advised(measured_study, "mend-format", training), validated=(own,))
    assert ship_sentence(study) == f"Use the best prompt for now, but fix the format of the replies; {said}"


def test_what_was_measured_is_not_set_against_costs_before_the_format_is_mended(measured_study):
    own = ValidatedTraining("mine", None, Estimate(0.5, 0.4, 0.6, 0.9), Estimate(0.03, -0.02, 0.08, 0.9))
    costs = Costs(100_000.0, 1.0, 0.3, training_usd=50.0, hosting_usd_per_month=0.0, error_usd=0.05)
    study = replace(advised(measured_study, "mend-format", OPEN), validated=(own,), costs=costs)
    assert money_sentences(study) == ("When fine-tuning pays in money is not judged yet. Fix the format first.",)
    assert [tile.label for tile in tiles(study)][1:3] == ["Fine-tuning added", "Chance of gaining over 10 points"]
    judged = replace(advised(measured_study, "keep-prompting", OPEN), validated=(own,), costs=costs)
    assert tiles(judged)[2].label == "Chance that it pays back"


def test_while_the_format_is_mended_too_most_answers_are_said_not_to_be_wholly_right():
    study = read_study("reports/contacts/local-gemma3-270m")
    assert ship_sentence(advised(study, "mend-format", OPEN)) == (
        "Use the best prompt (most answers not wholly right) for now,"
        " but fix the format of the replies before you judge fine-tuning."
    )


def test_every_advice_has_its_sentence():
    named = set(re.findall(r'return Advice\(\n? *"([a-z-]+)"', Path(advice.__file__).read_text()))
    assert named == {action for action, _ in SHIPS}


def test_every_report_of_a_study_says_what_to_ship_in_the_same_words(measured_study, tmp_path):
    study, said = measured_study, ship_sentence(measured_study)
    write_study(study, tmp_path)
    title = " ".join(study.plot().get_title(loc="left").split())
    (indexed,) = read_index(tmp_path).studies
    assert (title, indexed.answer, steps_said(study)) == (said, said, said)
    shown = {"terminal": " ".join(summary(study).split()), "notebook": as_html(study), "page": page(study, "")}
    assert {name for name, text in shown.items() if said not in text} == set()


def steps_said(study):
    return next(step.said for step in steps_of("", study, 0.0, (), "") if step.code == "measure")


@pytest.mark.parametrize(
    ("action", "training", "said"),
    [
        ("keep-prompting", NOT, "Ship the prompt with 1 example; fine-tuning would likely gain little or no accuracy."),
        ("measure-more", OPEN, "Use the prompt with 1 example for now; whether"),
    ],
)
def test_where_a_cheaper_prompt_is_near_enough_it_is_the_one_to_ship(measured_study, action, training, said):
    cheaper = CheaperPrompt(measured_study.points[1], retrieved=False, added=Estimate(0.01, -0.02, 0.04, 0.9))
    study = advised(measured_study, action, training, cheaper)
    assert ship_sentence(study).startswith(said)
    tile = tiles(study)[0]
    assert tile.label == "Prompt to use"
    assert re.search(r"with 1 example; best prompt: \d+% with more examples", tile.note), "how many, the picture says"


def test_without_a_prediction_more_is_measured_before_anything_is_said_of_training(make_measured):
    study = advised(analyze(make_measured(kind="")), "measure-more", OPEN)
    assert ship_sentence(study) == "Use the best prompt for now, and measure more before you decide on fine-tuning."
    assert [tile.value for tile in tiles(study)][1:3] == ["not known", "not known"]
    assert "give the kind of task" in tiles(study)[1].note


@pytest.fixture(scope="module")
def imported_study(tmp_path_factory):
    """Return a study of a table that lacks a score, has another twice and a column that nobody reads."""
    right = np.random.default_rng(8).random((4, 3, 60)) < np.array([0.3, 0.5, 0.6, 0.75])[:, None, None]
    rows = [
        f"{shots},{draw},{item},{int(right[place, draw, item]) if (shots, draw, item) != (4, 1, 7) else ''},x"
        for place, shots in enumerate((0, 1, 4, 16))
        for draw in range(3)
        for item in range(60)
    ]
    table = tmp_path_factory.mktemp("imported") / "scores.csv"
    table.write_text("\n".join(["shots,draw,item,score,extra", *rows, rows[3]]))
    return analyze(read_scores(table))


def test_of_scores_of_another_tool_what_more_examples_would_add_stands_where_nothing_is_known(imported_study):
    verdict = imported_study.verdict
    best, more, chance, training = tiles(imported_study)
    assert best.label == "Best prompt"
    assert (more.label, more.value) == ("More examples would add", points_span(verdict.gain_left))
    assert (chance.label, chance.value) == ("Chance that they help", chance_of(verdict.probabilities.more))
    assert chance.note == f"by more than the margin of {100 * verdict.margin:g} points"
    assert (training.label, training.value) == ("Fine-tuning would add", "not known")
    assert "give the kind of task" in training.note
    predicted = analyze(imported_study.curve.of_kind("extraction"), n_train=500)
    assert [tile.label for tile in tiles(predicted)][1:] == [
        "Fine-tuning would add", "Chance of gaining over 2 points", "A thousand calls cost",
    ]  # fmt: skip


def test_what_was_wrong_with_files_of_another_tool_is_not_folded_nor_lost_in_the_study(imported_study, tmp_path):
    said = (
        "About these scores: some are missing; some are there twice, and count once; some columns are not read."
        " More under “How it was made”."
    )
    write_study(imported_study, tmp_path)
    assert list(alarms(imported_study)) == list(alarms(read_study(tmp_path))) == [said]
    first, _, folded = page(imported_study, "").partition("<details")
    assert said in first
    assert "1 of 720 scores is missing: 1 at 4 shots (scores.csv)" in folded
    assert len(re.findall(r"(?<![\w./-])[\d][\d.,]*", re.sub(r"<[^>]*>", " ", first.partition("<h1>")[2]))) <= 12
    assert "What it gets wrong" not in first, "there is no reply to read"
    assert "Errors to read" not in folded


def test_that_more_examples_may_not_help_without_the_missing_replies_is_not_folded(imported_study):
    depends = "Whether more examples help depends on the replies that are missing."
    assert depends not in alarms(imported_study)
    changes = replace(imported_study.sensitivity, changes=((Filling(1.0, "all"), "flat"),))
    assert depends in alarms(replace(imported_study, sensitivity=changes))


@pytest.mark.parametrize(
    ("score", "changes", "said"),
    [
        (0.0, ("prompt",), "wrong, the best prompt is the one with 4 examples (76%)."),
        (1.0, ("training",), "right, whether fine-tuning gains accuracy is open."),
        (0.0, ("prompt", "training"), "wrong, the best prompt is the one with 4 examples (76%), and whether"),
    ],
)
def test_what_the_answer_would_be_without_the_missing_replies_is_said_wherever_it_stands(
    imported_study, tmp_path, score, changes, said
):
    same = next(text for text in cautions(imported_study) if "missing" in text and "depend" in text)
    assert same == "1 reply is missing, and the answer does not depend on it."
    answer = FilledAnswer(score, 4, False, Estimate(0.76, 0.7, 0.8, 0.9), "open", changes)
    other = replace(imported_study, sensitivity=replace(imported_study.sensitivity, answers=(answer,)))
    assert cautions(other)[0].startswith(f"1 reply is missing, and the answer depends on it: if it is {said}")
    assert next(alarms(other)).startswith(f"If the missing reply is {said}")
    assert "the answer stays the same" not in summary(other, verbose=True)
    assert ship_sentence(advised(imported_study, "keep-prompting", NOT)).startswith("Ship the best prompt;")
    assert ship_sentence(advised(other, "keep-prompting", NOT)).startswith("Use the best prompt for now;")
    write_study(other, tmp_path)
    written = json.loads((tmp_path / "study.json").read_text())
    assert written["sensitivity"]["answers"][0]["changes"] == list(changes)
    assert written["cautions"][0] == cautions(other)[0]


def test_what_training_would_add_is_not_judged_while_replies_cannot_be_read(measured_study):
    assert [bar for bar in bars_of(measured_study) if bar.sort == "predicted"], "nor drawn then"
    assert not [bar for bar in bars_of(advised(measured_study, "mend-format", OPEN)) if bar.sort == "predicted"]
    assert {action for action in UNTIL if advised(measured_study, action, OPEN).advice.judges_training} == set()
    _, gain, chance, _ = tiles(advised(measured_study, "mend-format", OPEN))
    assert (gain.value, chance.value) == ("not known", "not known")


def test_a_gain_that_is_not_judged_stands_nowhere_else_either(measured_study, tmp_path):
    predicted = "is predicted to change accuracy"
    assert predicted in summary(measured_study, verbose=True).replace("\n", " ")
    unread = advised(measured_study, "mend-format", OPEN)
    assert {each.basis for each in measured_study.candidates} == {"measured", "predicted"}
    assert {each.basis for each in unread.candidates} == {"measured"}
    shown = {"terminal": " ".join(summary(unread, verbose=True).split()), "page": page(unread, "")}
    assert {name: predicted in text for name, text in shown.items()} == {"terminal": False, "page": False}
    assert "Not judged while replies cannot be read. Fix the format first." in shown["page"]
    assert "measured case" not in shown["page"]


def test_documents_that_a_program_may_have_to_find_are_said_to_have_been_handed(measured_study):
    handed = replace(measured_study, curve=replace(measured_study.curve, overrides=(("context", "given"),)))
    said = "Each item was handed the documents that it names, as a perfect search would find them."
    assert [any(said in alarm for alarm in alarms(study)) for study in (handed, measured_study)] == [True, False]
    assert said in " ".join(summary(handed).split())


@pytest.mark.parametrize(
    ("name", "said"), [("tickets/local-gemma3-270m", True), ("crm_cards/local-gemma3-270m", False)]
)
def test_a_plain_classifier_as_good_as_the_best_prompt_is_said_to_be(name, said):
    study = read_study(f"reports/{name}")
    words = "A plain classifier, trained on your examples, scores no lower than the best prompt"
    assert any(words in alarm for alarm in alarms(study)) == said
    assert (words in " ".join(summary(study).split())) == said
    if study.baseline is not None:
        worse = replace(study, baseline=replace(study.baseline, curve=Curve(
            shots=study.baseline.curve.shots, scores=0.9 * study.baseline.curve.scores)))  # fmt: skip
        assert not any(words in alarm for alarm in alarms(worse))


@pytest.mark.parametrize("name", ["tickets/local-smollm2-135m", "alerts/local-gemma3-270m"])
def test_a_classifier_that_beats_every_prompt_is_named_before_a_training_that_does_no_better(name):
    """Seen: "fine-tune: that likely pays" beside a free classifier as good as the fine-tuned model was to be."""
    study = read_study(f"reports/{name}")
    assert "try a plain classifier before you fine-tune: it likely does as well" in ship_sentence(study)
    plain = study.plain_classifier
    said = (
        f"A plain classifier, trained on your examples, scores {percent(plain.accuracy.value)}:"
        f" {points_of(plain.lead.value)} ({points_span(plain.lead)}) more than the best prompt, and about what"
        " fine-tuning is predicted to reach. You may need no language model."
    )
    assert said in " ".join(summary(study).split())
    alarm = next(text for text in alarms(study) if "classifier" in text)
    assert "scores surely more than the best prompt, and about what fine-tuning is predicted to reach." in alarm
    assert not re.search(r"\d", alarm)
    assert [command for _, step, command in first_steps(study) if step.code == "use-classifier"] == [
        f"curvefit baseline sample_tasks/{name.partition('/')[0]}"
    ]
    tuned = replace(study.payoff, stand_in=replace(study.payoff.stand_in, fine_tuned=Estimate(1.0, 1.0, 1.0, 0.9)))
    tuned = replace(tuned, stand_in=replace(tuned.stand_in, classifier=Estimate(0.9, 0.8, 0.95, 0.9)))
    more = next(text for text in alarms(replace(study, payoff=tuned)) if "classifier" in text)
    assert "about what fine-tuning" not in more


@pytest.mark.parametrize(
    ("action", "training", "right", "said"),
    [
        ("try-fine-tuning", PAYS, 0.7, "Use the best prompt for now, and {before}."),
        ("add-examples", PAYS, 0.7, "Use the best prompt for now, and {before}."),
        ("measure-more", OPEN, 0.7, "Use the best prompt for now, and {before}."),
        ("keep-prompting", NOT, 0.7, "Use the best prompt for now, and try a plain classifier: it scores higher."),
        ("try-fine-tuning", PAYS, 0.4, "{Before}; the best prompt is wrong more often than right."),
        ("rework-prompt", OPEN, 0.7, "Ship no prompt: the best is hardly ever right; {before}."),
    ],
)
def test_the_first_sentence_is_to_try_a_classifier_whatever_training_does(make_measured, action, training, right, said):
    curve = make_measured("level", items=200)
    scores = np.broadcast_to(np.arange(200) % 10 < 10 * right, curve.scores.shape).astype(float)
    study = advised(analyze(replace(curve, scores=scores), margin=0.1), action, training)
    study = replace(study, advice=replace(study.advice, next_steps=(NextStep("use-classifier"),)))
    before = "try a plain classifier before you fine-tune: it likely does as well"
    assert ship_sentence(study) == said.format(before=before, Before=capital(before))
    assert prompt_use(study) == ("none" if action == "rework-prompt" else "for now")


def test_a_classifier_that_is_hardly_right_replaces_no_model_however_poor_the_best_prompt():
    """8% of it beside 6%: nothing does without a language model there."""
    study = read_study("reports/tickets/local-gemma3-270m")
    poor = Curve(shots=study.baseline.curve.shots, scores=np.zeros_like(study.baseline.curve.scores))
    prompt = replace(
        study.best, points=tuple(replace(p, accuracy=Estimate(0.0, 0.0, 0.1, 0.9)) for p in study.best.points)
    )
    both = replace(study, baseline=replace(study.baseline, curve=poor), best=prompt)
    assert not any("A plain classifier" in alarm for alarm in alarms(both))


def test_a_training_that_lost_is_said_to_have_lost_beside_a_gain_that_is_predicted():
    study = read_study("reports/six_languages/local-gemma3-270m")
    assert "a training of this model, which lost accuracy" in tiles(study)[1].note
    payoff = replace(
        study.payoff, probes=tuple(replace(each, gain=Estimate(0.1, 0.0, 0.2, 0.9)) for each in study.payoff.probes)
    )
    assert "lost" not in tiles(replace(study, payoff=payoff))[1].note


def test_a_sure_chance_on_few_cases_says_that_it_is_no_ground_to_decide(measured_study):
    sure = replace(measured_study, payoff=replace(measured_study.payoff, probability=0.95, basis=()))
    assert tiles(advised(sure, "measure-more", OPEN))[2].note == "too few cases to decide by"
    assert tiles(advised(sure, "measure-more", PAYS))[2].note == WORTH
    assert tiles(replace(sure, margin=0.01))[2].label == "Chance of gaining over 1 point"
    unsure = replace(sure, payoff=replace(sure.payoff, probability=0.5))
    assert tiles(advised(unsure, "measure-more", OPEN))[2].note == WORTH


def test_the_tile_of_the_gain_says_how_well_it_is_known(make_measured):
    measured = make_measured()
    gain = Estimate(0.1, 0.0, 0.2, 0.9)
    own, other = Probed("simulated/x", 0.5, 64, gain), Probed("another", 0.5, 64, gain)
    known = {
        name: tiles(analyze(measured, margin=0.05, probes=probes))[1].note.partition(") ")[2]
        for name, probes in {"none": [], "own": [own], "other": [other]}.items()
    }
    assert known["own"].startswith("predicted from a training of this model")
    assert known["other"] == "predicted; a small model was trained on your examples"
    assert known["none"].startswith("predicted from ")


@pytest.mark.parametrize(
    ("parts", "n_train", "said"),
    [
        ((-0.06, 0.0, 0.02), 64, "gained +12.3; cases elsewhere count too"),
        ((0.04, 0.0, 0.02), 64, "gained +12.3; cases elsewhere count too"),
        ((-0.01, 0.0, 0.02), 64, "gained +12.3 on fewer examples"),
        ((0.01, 0.0, -0.02), 600, "gained +12.3 on more examples"),
        ((0.01, -0.05, 0.02), 64, "gained +12.3; the best prompt counts as 73%"),
        ((-0.02, 0.0, 0.022), 64, ""),
    ],
)
def test_why_a_probe_of_this_model_gave_another_gain_than_is_predicted_is_said(measured_study, parts, n_train, said):
    payoff = measured_study.payoff
    probe = Probed(payoff.model, 0.5, n_train, Estimate(0.123, 0.0, 0.2, 0.9))
    known = replace(payoff, probes=(probe,), n_train=500, prompted=0.731, from_probe=FromProbe(probe, *parts))
    advised = replace(measured_study.advice, cheaper=None)
    study = replace(measured_study, payoff=known, advice=advised)
    in_words = said.replace("+12.3", "more" if payoff.gain.value < 0.123 else "less")
    assert tiles(study)[1].note.partition("a training of this model")[2] == (f", which {in_words}" if said else "")
    assert re.findall(r"\(its probe (.*)\)", summary(study)) == [said] * bool(said)


def test_a_training_beside_a_classifier_is_not_said_to_be_all_that_a_prediction_rests_on(measured_study):
    payoff = measured_study.payoff
    classifier = StandIn(payoff.gain, payoff.gain, 51, 7, 20)
    known = replace(payoff, probes=(Probed(payoff.model, 0.5, 64, payoff.gain),), stand_in=classifier)
    assert "a plain classifier and a training of this model" in tiles(replace(measured_study, payoff=known))[1].note


def test_where_best_prompt_and_gain_come_to_more_than_is_reached_the_tile_says_at_what_that_prompt_is_taken(
    make_measured,
):
    study = analyze(make_measured(), margin=0.05)
    best = study.best.point.accuracy.value
    capped = replace(study.payoff, gain=Estimate(1.02 - best, 0.0, 0.6, 0.9), fine_tuned=Estimate(1.0, best, 1.0, 0.9))
    said = "; over the best prompt without its luck"
    counted = replace(study, payoff=replace(capped, prompted=0.4))
    assert tiles(counted)[1].note.endswith(said)
    assert "(best prompt counted as 40.0%, without luck)" in summary(counted)
    assert 0 < study.payoff.prompted < best
    for payoff in (study.payoff, replace(capped, prompted=None), replace(capped, prompted=best)):
        as_scored = replace(study, payoff=payoff)
        assert said not in tiles(as_scored)[1].note
        assert "counted as" not in summary(as_scored)


@pytest.mark.parametrize("cheaper", [False, True])
def test_the_tile_of_the_best_prompt_says_in_words_that_a_point_or_more_of_it_is_luck(measured_study, cheaper):
    prompt = CheaperPrompt(measured_study.points[1], retrieved=False, added=Estimate(0.01, -0.02, 0.04, 0.9))
    study = advised(measured_study, "measure-more", OPEN, prompt if cheaper else None)
    said = {optimism: tiles(replace(study, optimism=optimism))[0].note for optimism in (0.012, 0.008, math.nan)}
    assert said[0.012] == f"{said[0.008]}; some of that is luck of the pick"
    assert said[0.008] == said[math.nan]


def test_nobody_adds_up_prompt_and_gain_to_more_than_100_percent():
    within, open_ended = (read_study(f"reports/{name}/local-smollm2-135m") for name in ("capitals", "six_languages"))
    best, gain = open_ended.best.point.accuracy, open_ended.payoff.gain
    assert best.value + gain.high > 1 >= open_ended.payoff.fine_tuned.high
    assert (percent(best.value), points_span(gain)) == ("94%", "−6.2 to +18.4")
    assert tiles(open_ended)[1].note.startswith("(−6.2 to +18.4, at most a perfect score) predicted")
    assert re.search(r"predicted;\n +98%  \(88% to 100%\) accuracy once fine-tuned;\n", summary(open_ended))
    assert within.best.point.accuracy.value + within.payoff.gain.high <= 1
    assert tiles(within)[1].note.startswith(f"({points_span(within.payoff.gain)}) predicted")
    assert "accuracy once fine-tuned" not in summary(within)


@pytest.mark.parametrize(
    ("model", "usd", "seconds", "label", "value", "note"),
    [
        ("m", 0.12, 0.5, "A thousand calls cost", "$0.30",
         "with the best prompt; $0.050 fine-tuned, at the base model's price; providers may ask more"),
        ("m", None, 0.5, "A call takes", "500 ms",
         "with the best prompt; fine-tuned it should take about as long, as the same model without examples did"),
        ("m", None, math.nan, "A thousand calls cost", "not known", "the calls came without prices"),
        ("local/m", 0.0, 1.5, "A call takes", "1.5 s", "; no price: it runs on your machine"),
        ("local/m", 0.0, math.nan, "A thousand calls cost", "no price", "it runs on your machine"),
    ],
)  # fmt: skip
def test_the_tile_of_the_cost_has_a_price_else_a_time_else_says_why_not(
    make_measured, model, usd, seconds, label, value, note
):
    usages = tuple(
        Usage(1000, 10, 0, 1, None if usd is None else 0.05 * (1 + n) * bool(usd), 1.0) for n in range(6)
    )  # fmt: skip
    times = () if math.isnan(seconds) else ((seconds, seconds),) * 6
    tile = tiles(analyze(make_measured(model=model, usage_by_shots=usages, seconds_by_shots=times), margin=0.05))[3]
    assert (tile.label, tile.value) == (label, value)
    assert note in tile.note
    assert ("providers may ask more" in tile.note) == (usd == 0.12)


def test_a_prompt_no_better_than_one_answer_to_everything_is_not_shipped(measured_study):
    reasons = (*measured_study.advice.reasons, Reason("constant"))
    study = replace(measured_study, advice=replace(measured_study.advice, reasons=reasons))
    nothing = "Ship nothing yet: no prompt clearly beats always giving the commonest answer."
    for training in (OPEN, NOT):
        assert ship_sentence(advised(study, "keep-prompting", training)) == nothing
    assert "fine-tuning likely gains accuracy" in ship_sentence(advised(study, "measure-more", PAYS))
    over = Estimate(study.best.point.accuracy.value - 0.78, -0.01, 0.1, 0.9)
    known = replace(advised(study, "keep-prompting", OPEN), over_constant=over)
    assert "; always giving the commonest answer scores 78%" in tiles(known)[0].note
    assert "commonest" not in tiles(advised(measured_study, "keep-prompting", OPEN))[0].note


@pytest.mark.parametrize(
    ("action", "training", "said"),
    [
        (
            "measure-more",
            OPEN,
            "Ship nothing yet: no prompt clearly beats always giving the commonest answer.",
        ),
        ("use-fewer-examples", NOT, "Ship nothing yet: no prompt clearly beats always giving"),
        ("add-examples", OPEN, "Ship nothing yet and try more examples: no prompt clearly beats"),
        ("add-examples", PAYS, "Ship no prompt: none clearly beats always giving the commonest answer; fine"),
    ],
)
def test_no_prompt_is_advised_that_may_be_no_better_than_one_answer_to_everything(
    measured_study, action, training, said
):
    study = advised(measured_study, action, training)
    doubtful = replace(study, advice=replace(study.advice, reasons=(Reason("constant"),)))
    assert ship_sentence(doubtful).startswith(said)
    assert list(alarms(doubtful)) == list(alarms(study)), "it is said once"
    ended = replace(doubtful, advice_inputs=replace(study.advice_inputs, unfinished=True))
    so_far = "of the prompts so far none" if training == PAYS else "so far no prompt"
    assert ship_sentence(ended).startswith(f"Not finished: {so_far} clearly beats") == ("more examples" not in said)
    reworked = replace(doubtful, advice=replace(doubtful.advice, action="rework-prompt"))
    (warned,) = (line for line in alarms(reworked) if line not in alarms(study))
    assert warned.startswith("The model may have learned nothing: any lead")


@pytest.mark.parametrize(("right", "action"), [(20, "mend-judge"), (40, "")])
def test_of_a_judge_that_is_no_better_than_chance_the_first_screen_names_no_gain(make_measured, right, action):
    judge = JudgeRecord("grader", False, right, 40, 20, 40, 100)
    study = analyze(make_measured(judge=judge), margin=0.05)
    assert (study.advice.action == "mend-judge") == bool(action)
    judged = ship_sentence(study) == SHIPS["mend-judge", OPEN]
    named = [tile.value != "not known" for tile in tiles(study)[1:3]]
    assert (judged, named, "predicted" in summary(study)) == (
        (True, [False] * 2, False) if action else (False, [True] * 2, True)
    )


@pytest.mark.parametrize("lacking", ["items", "cases"])
def test_where_items_are_too_few_the_first_sentence_says_how_many_there_are(measured_study, monkeypatch, lacking):
    sure = replace(measured_study.payoff, probability=0.97)
    monkeypatch.setattr("curvefit.report.answer_text.missing_evidence", lambda _: lacking)
    said = ship_sentence(replace(advised(measured_study, "measure-more", OPEN), payoff=sure))
    few = "Use the best prompt for now; too few items to say whether fine-tuning gains accuracy."
    assert (said == few) == (lacking == "items")
    assert (said == SHIPS["measure-more", OPEN]) == (lacking == "cases")


WRONG = "(wrong more often than right)"


@pytest.mark.parametrize(
    ("action", "training", "above", "named"),
    [
        ("keep-prompting", NOT, 0.0, "Ship the best prompt;"),
        ("keep-prompting", NOT, 0.01, f"Use the best prompt {WRONG};"),
        ("keep-prompting", OPEN, 0.01, f"Use the best prompt {WRONG} for now;"),
        ("add-examples", OPEN, 0.01, f"Use the best prompt {WRONG} for now and try more examples;"),
        ("retrieve-examples", OPEN, 0.01, f"Use the prompt with the most similar examples {WRONG} for now;"),
    ],
)
def test_a_prompt_that_is_mostly_wrong_is_used_and_not_shipped_and_said_to_be_wrong(
    measured_study, monkeypatch, action, training, above, named
):
    bar = measured_study.best.point.accuracy.value + above
    monkeypatch.setattr("curvefit.study.USEFUL", bar)
    monkeypatch.setattr("curvefit.report.answer_text.USEFUL", bar)
    assert ship_sentence(advised(measured_study, action, training)).startswith(named)


@pytest.mark.parametrize("scorer", ["json", "rouge"])
def test_of_answers_that_can_be_partly_right_the_wholly_right_ones_say_whether_the_prompt_is_mostly_wrong(
    make_measured, scorer
):
    curve = make_measured("level", items=200)
    known = analyze(replace(curve, scores=np.where(curve.scores > 0, 0.9, 0.5), scorer=scorer), margin=0.05)
    mostly = "" if scorer == "rouge" else " (most answers not wholly right)"
    assert known.best.point.accuracy.value > 0.5
    said = {training: ship_sentence(advised(known, "measure-more", training)) for training in (NOT, PAYS)}
    assert said[NOT].startswith(f"{'Use' if mostly else 'Ship'} the best prompt{mostly};")
    assert said[PAYS].startswith(f"Use the best prompt{mostly} for now, and fine-tune:")


def test_alarms_hold_no_number(measured_study):
    codes = ("constant", "same-answer", "format-rise")
    advice = replace(measured_study.advice, action="rework-prompt", row="", reasons=tuple(map(Reason, codes)))
    said = list(alarms(replace(measured_study, advice=advice)))[1:]
    assert len(said) == 3
    assert not re.search(r"\d", " ".join(said))


def test_what_may_make_the_answer_wrong_is_not_folded(make_measured):
    study = analyze(make_measured(stopped="--max-usd"), margin=0.05)
    assert list(alarms(study))[:2] == [
        "The model is made up, to try the tool: this says nothing about a real one."
        " Its prices are for rehearsal: nothing was paid.",
        "--max-usd ended the measurement early.",
    ]


@pytest.mark.parametrize(
    ("readable", "beside"),
    [
        (0.0, "the fine-tuned model was not timed"),
        (1.0, "fine-tuned it should take about as long, as the same model without examples did"),
    ],
)
def test_the_time_of_a_model_that_rambles_untrained_is_not_that_of_it_fine_tuned(make_measured, readable, beside):
    times = ((0.5, 0.5),) * 6
    curve = make_measured(model="local/m", seconds_by_shots=times)
    rows = np.ones_like(curve.scores)
    rows[0] = readable
    tile = tiles(analyze(replace(curve, readable=rows), margin=0.05))[3]
    assert f"; {beside}" in tile.note


def test_what_it_gets_wrong_is_counted_from_scores_where_there_are_no_replies(measured_study):
    curve, used = measured_study.curve, measured_study.prompt_to_use
    assert not used.retrieved
    scores = curve.scores[curve.shots == used.point.shots][0]
    wrong, most = int((scores.mean(axis=0) < 1).sum()), int((scores.mean(axis=0) < 0.5).sum())
    assert 0 < most < wrong
    assert missed_words(measured_study, None) == f"{most} of 200 items missed in most draws"
    assert missed_at_all(measured_study, None).endswith(f" in most draws, {wrong} in at least one")
    one = Failure(Item("i", "a", target="b"), "format", 0.0, "B")
    found = Failures("t", "m", 4, False, 9, failures=(one,))
    assert missed_words(measured_study, found) == "1 of 9 items, mostly the form alone"
    always, once = replace(one, draws=3, missed=3), replace(one, draws=3, missed=1, code="named")
    for failures, said, others in (
        ((always, once, once), "1 of 9 items missed in most draws, mostly the form alone", ", 3 in at least one"),
        ((once, once), "2 of 9 items missed in at least one draw, none in most, mostly what the scorer names", ""),
        ((always, replace(once, missed=2)), "2 of 9 items missed in most draws, mostly the form alone", ""),
        (
            (replace(one, draws=2, missed=2), replace(one, draws=2, missed=1)),
            "1 of 9 items missed in both draws, mostly the form alone",
            ", 2 in at least one",
        ),
    ):
        of = replace(found, failures=failures)
        assert missed_words(measured_study, of) == said
        assert missed_at_all(measured_study, of) == said.partition(", mostly")[0] + others
    assert "1 of 9 items missed in every draw," in missed_words(measured_study, replace(found, failures=(always,)))


@pytest.mark.parametrize(("scorer", "parts"), [("json", "of the fields right"), ("rouge", "counting parts")])
def test_where_answers_can_be_partly_right_the_tile_and_the_terminal_say_how_many_are_wholly_right(
    make_measured, scorer, parts
):
    curve = make_measured(draws=1)
    scores = np.where(curve.scores > 0, curve.scores, 0.5)  # each wrong answer is half right
    study = analyze(replace(curve, scores=scores, scorer=scorer), margin=0.05)
    best = study.best.point
    assert study.advice.cheaper is None
    whole = (scores[curve.shots == best.shots] == 1).mean()
    said = f"{100 * best.accuracy.value:.0f}% {parts}; {100 * whole:.0f}% of answers wholly right"
    assert whole < best.accuracy.value
    assert f"; {100 * whole:.0f}% of answers wholly right" in tiles(study)[0].note
    assert said in summary(study)
    assert missed_words(study, None).endswith("items not fully right")
    assert "wholly" not in tiles(analyze(curve, margin=0.05))[0].note


def test_where_no_prompt_was_ever_right_one_of_them_is_the_best_in_all_places(make_measured, make_retrieved):
    curve = make_measured("zero", seconds_by_shots=((0.8, 0.9), *((0.5, 0.6),) * 5))
    study = analyze(curve, margin=0.05)
    assert study.best.point.shots == 16
    assert tiles(study)[0].note.endswith(" with 16 examples; no prompt was ever right")
    said = page(study)
    assert "No prompt was ever right, so none is worth its time." in said
    assert "Nothing is both cheaper and better" not in said
    assert "<td>yes</td>" not in said
    similar = page(analyze(make_retrieved(curve, truth=(0.0,) * 3), margin=0.05))
    assert re.search(r"The best prompt scores 0% \([^)]*\), with 16 examples\. With the", similar)


def test_bars_of_one_draw_are_said_to_leave_out_what_another_would_score(make_measured):
    alone = analyze(make_measured(draws=1))
    words = "Only one set of examples was tried: another may score outside the bars."
    assert words in alarms(alone)
    assert words in " ".join(summary(alone).split()).replace("! ", "")
    assert words in page(alone)

    scores = make_measured().scores.copy()
    scores[2, 1:] = np.nan
    assert next(one_draw(analyze(make_measured(scores=scores)))).startswith("At some numbers of examples only one")


def test_where_one_draw_has_nothing_more_to_show_nothing_is_said(make_measured, make_retrieved):
    several, means = make_measured(), Curve.from_means([0, 4], [0.2, 0.3])
    for curve in (several, means, make_retrieved(several).retrieved, make_measured(draws=1, own_examples=True)):
        assert not list(one_draw(analyze(curve)))


@pytest.mark.parametrize(("items", "said"), [(1, "1 item: nothing"), (2, "2 items: nothing"), (3, "")])
def test_of_one_or_two_items_nothing_is_decided(make_measured, items, said):
    of_items = ship_sentence(analyze(make_measured(items=items)))
    of_means = ship_sentence(analyze(Curve.from_means([0, 1, 4], [0.0, 1.0, 1.0], n_items=items)))
    for sentence in (of_items, of_means):
        assert sentence.startswith(said)
        assert ("can be decided; get 100 or more" in sentence) == bool(said)


@pytest.mark.parametrize(
    ("action", "accuracy", "said"),
    [
        ("try-fine-tuning", 0.5, "Use the best prompt for now, and fine-tune: that likely gains accuracy."),
        ("try-fine-tuning", 0.49, "Fine-tune: that likely gains accuracy; the best prompt is wrong more often"
                                   " than right."),
        ("add-examples", 0.49, "Fine-tune: that likely gains accuracy; the best prompt is wrong more often"
                                   " than right."),
        ("retrieve-examples", 0.49, "Fine-tune: that likely gains accuracy; the prompt with the most similar examples"
                                    " is wrong more often than right."),
        ("use-fewer-examples", 0.49, "Fine-tune: that likely gains accuracy; the prompt with fewer examples is wrong"
                                     " more often than right."),
    ],
)  # fmt: skip
def test_a_prompt_that_is_wrong_more_often_than_right_is_not_said_to_be_used_where_training_pays(
    measured_study, action, accuracy, said
):
    scored = Estimate(accuracy, accuracy - 0.1, accuracy + 0.1, 0.9)
    points = tuple(replace(point, accuracy=scored) for point in measured_study.best.points)
    best = replace(measured_study.best, points=points)
    assert ship_sentence(replace(advised(measured_study, action, PAYS), best=best)) == said


@pytest.mark.parametrize(
    ("shots", "retrieved", "which"), [(0, False, "no"), (4, False, "fewer"), (4, True, "the most similar")]
)
def test_fewer_examples_are_named_by_what_the_prompt_shows(measured_study, shots, retrieved, which):
    point = replace(measured_study.best.point, shots=shots)
    cheaper = CheaperPrompt(point, retrieved, Estimate(0.0, -0.01, 0.01, 0.9))
    study = advised(measured_study, "use-fewer-examples", NOT, cheaper)
    assert ship_sentence(study).startswith(f"Ship the prompt with {which} examples; ")


def test_what_is_predicted_over_a_lucky_prompt_adds_up_where_score_and_gain_are_more_than_all():
    known = read_study("reports/reviews/local-gemma3-270m")
    payoff, best = known.payoff, known.best.point.accuracy.value
    assert best + payoff.gain.value > 1
    assert payoff.fine_tuned.value == pytest.approx(payoff.prompted + payoff.gain.value, abs=1e-9)
    said = " ".join(summary(known).split())
    gain, tuned = re.findall(
        r"\+([\d.]+) \([^)]+\) points over the best prompt, predicted; (\d+)% \([^)]+\) accuracy once", said
    )[0]
    fair = re.findall(r"\(best prompt counted as ([\d.]+)% or lower, without luck\)", said)[0]
    assert payoff.gain.high > 1 - float(fair) / 100, "which only a lower score leaves room for"
    assert float(fair) + float(gain) == pytest.approx(float(tuned), abs=0.6)


@pytest.mark.parametrize(
    ("name", "prompt", "tuned"),
    [("handbook/local-gemma3-270m-none", True, True), ("handbook/local-gemma3-270m-given", False, False)],
)
def test_what_is_below_the_commonest_answer_is_said_to_be(name, prompt, tuned):
    """Seen: "any lead over it may be chance" of a prompt that is below it, and no word of a fine-tuned one below it."""
    study = read_study(Path(__file__).parents[2] / "reports" / name)
    said = " ".join(alarms(study))
    assert ("The best prompt scores lower than always giving the commonest answer." in said) == prompt
    assert "may be chance" not in said
    lower = "Even fine-tuned, the model is predicted to score lower than always giving the commonest answer."
    assert (lower in said) == (lower in cautions(study)) == tuned


def test_that_most_of_a_task_was_left_out_for_its_kind_is_said_on_the_page_in_the_summary_and_for_programs(tmp_path):
    task = Task.from_records(agent_log(80))
    measured = measure(task, Design((0, 2), draws=1, items=10), resolve("simulated/rising"))
    study = analyze(measured)
    text = "80 of 120 examples are left out, and nothing here is about them: the last reply is a call of a tool"
    assert any(said.startswith(text) for said in cautions(study))
    assert any(said.startswith("Most of the task's examples are left out: the last reply") for said in alarms(study))
    assert summary(study, verbose=True, width=200).count("nothing here is about them") == 1
    write_study(study, tmp_path)
    assert list(alarms(read_study(tmp_path))) == list(alarms(study))


def test_a_kind_that_is_none_is_said_with_a_prediction_and_without_once(imported_study):
    for n_train in (None, 500):
        odd = cautions(analyze(imported_study.curve.of_kind("triage"), n_train=n_train))
        assert sum(text.startswith("'triage' is no known kind of task.") for text in odd) == 1
    assert not any("known kind" in text for text in cautions(imported_study))


def test_replies_that_were_cut_off_are_told_where_they_could_cost_more_than_the_margin(make_measured):
    """Seen: 150 replies at the cap of tokens, and not a word of it outside --verbose."""
    curve = make_measured("level")
    half = replace(curve, cut=CutReplies(30, 500, 64))
    said = {
        name: [text for text in cautions(analyze(measured, margin=margin)) if "cut off" in text]
        for name, measured, margin in (("more", half, 0.05), ("less", half, 0.1), ("none", curve, 0.05))
    }
    assert said == {
        "more": ["30 of 500 replies were cut off at 64 tokens; accuracy could be higher by the margin or more:"
                 " raise --reply-tokens to 1,024."],
        "less": [],
        "none": [],
    }  # fmt: skip
    assert [text for text in alarms(analyze(half, margin=0.05)) if "raise --reply-tokens" in text]


@pytest.mark.parametrize(("scorer", "warned"), [("normalized", True), ("f1", False)])
def test_that_free_text_was_judged_word_for_word_is_told_with_the_answer(scorer, warned):
    """Seen: "Ship nothing yet: the best prompt is hardly ever right", of summaries in other words than the target's."""
    rng = np.random.default_rng(0)
    words = [
        "parcel",
        "order",
        "customer",
        "refund",
        "late",
        "broken",
        "agent",
        "wrote",
        "promised",
        "address",
        "weekend",
        "invoice",
        "paid",
        "twice",
    ]
    rows = [
        {"input": " ".join(rng.choice(words, 30)), "output": " ".join(rng.choice(words, 15, replace=True)) + "."}
        for _ in range(80)
    ]
    task = replace(Task.from_records(rows), scorer=make_scorer(scorer))
    study = analyze(measure(task, Design((0, 2), draws=1, items=20), FunctionModel(lambda prompt: "It is late.")))
    said = "scorer normalized counts free text of about 15 words as right only where each is the same:"
    assert any(text.startswith(said) for text in cautions(study)) == warned
    assert any("Free text is judged word for word" in text for text in alarms(study)) == warned


def test_a_scorer_of_ones_own_that_grades_finely_is_read_as_one_that_is_known_for_it(tmp_path):
    """Seen: 8 of 100 items missed by f1, and 100 of 100 by a function that gave each reply the same score."""
    rows = [{"input": f"report {n} of the day", "output": f"crew {n} rode home at noon"} for n in range(80)]
    task = Task.from_records(rows, scorer=make_scorer("f1"))
    own = replace(task, scorer=Scorer("mine", lambda reply, item: Score(make_scorer("f1")(reply, item).value, reply)))
    faulty = lambda reply, item: Score(0.75 - 0.25 * ("red" in reply), reply, wrong="no time")  # noqa: E731
    counts = replace(task, scorer=Scorer("counts", faulty))

    def reply(prompt):
        number = int(str(prompt).rpartition("report ")[2].split()[0])
        return f"the crew {number} rode home" + " red" * (number % 30)

    found = {}
    for name, asked in (("f1", task), ("own", own), ("counts", counts)):
        curve = measure(asked, Design((0, 2), draws=1, items=40), FunctionModel(reply), journal=tmp_path / "j.sqlite")
        study = analyze(curve)
        missed = error_analysis.failures(study, tmp_path / "j.sqlite", asked)
        found[name] = ship_sentence(study), len(missed.failures)
    assert found["own"] == found["f1"]
    assert 0 < found["own"][1] < 40
    assert study.share_right == 0, "of one that counts faults, none is wholly right"
    assert found["counts"][1] == 40
    assert list(missed.by_wrong) == ["no time"]
    both = replace(own, scorer=Scorer("both", lambda reply, item: replace(own.scorer(reply, item), wrong="no time")))
    curve = measure(both, Design((0, 2), draws=1, items=40), FunctionModel(reply), journal=tmp_path / "j.sqlite")
    study = analyze(curve)
    missed = error_analysis.failures(study, tmp_path / "j.sqlite", both)
    assert len(missed.failures) == found["own"][1], "a report that calls them right lists none of them"
    assert study.share_right == pytest.approx(1 - len(missed.failures) / 40, abs=0.2)
