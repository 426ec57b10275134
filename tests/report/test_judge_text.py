"""What leads where a judge errs: what is behind its verdicts, and beside it what it saw."""

from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.measurement.measurement import JudgeRecord
from curvefit.report.answer_text import ship_sentence
from curvefit.report.cautions import cautions
from curvefit.report.first_screen import alarms, tiles
from curvefit.report.missing_text import missing_caution
from curvefit.report.study_record import to_record
from curvefit.report.terminal import summary
from curvefit.study import analyze

STRICT = JudgeRecord("grader", False, 23, 40, 37, 40, 300)
LENIENT = JudgeRecord("grader", False, 40, 40, 11, 40, 300)
UNKNOWN = JudgeRecord("grader", False, 0, 0, 0, 0, 300)
WRONG = "wrong more often than right"


@pytest.fixture
def judged(make_measured):
    """Return a study of prompts of which a judge called so large a share right."""

    def study(judge, share):
        curve = make_measured("level", items=100, judge=judge)
        scores = np.broadcast_to(np.arange(100) < 100 * share, curve.scores.shape).astype(float)
        return analyze(replace(curve, scores=scores), margin=0.05)

    return study


def numbers(study):
    """The numbers of the best prompt on each surface."""
    record = to_record(study)
    (reason,) = (each for each in study.advice.reasons if each.code == "best-prompt")
    return {
        tiles(study)[0].value,
        *(f"{100 * each:.0f}%" for each in (record["points"][0]["accuracy"], reason.values["accuracy"].value)),
        *(f"{100 * each.accuracy.value:.0f}%" for each in study.candidates[:1]),
        *(line.split()[2] for line in summary(study).splitlines() if line.startswith("  best prompt ")),
    }


@pytest.mark.parametrize(("judge", "seen", "behind"), [(STRICT, 0.41, "67%"), (LENIENT, 0.93, "75%")])
def test_the_accuracy_behind_a_judges_errors_leads_everywhere_and_what_it_saw_stands_beside(
    judged, judge, seen, behind
):
    study = judged(judge, seen)
    assert numbers(study) == {behind}
    assert f"the judge said {100 * seen:.0f}%" in tiles(study)[0].note
    assert f"{100 * seen:.0f}%" in summary(study)
    assert WRONG not in ship_sentence(study)
    cheaper = CheaperPrompt(study.points[0], retrieved=False, added=Estimate(0.01, 0.0, 0.02, 0.9))
    beside = replace(study, advice=replace(study.advice, cheaper=cheaper))
    assert "the judge said" not in tiles(beside)[0].note, "where the best prompt's score stands beside it"


@pytest.mark.parametrize(
    ("judge", "seen", "said"),
    [
        (STRICT, 0.41, ""),
        (STRICT, 0.29, f"(perhaps {WRONG})"),  # 43%, and half is within its interval
        (STRICT, 0.15, f"({WRONG})"),
        (UNKNOWN, 0.41, f"(perhaps {WRONG})"),
        (LENIENT, 0.80, f"(perhaps {WRONG})"),  # 27%, up to 55%
        (None, 0.41, f"({WRONG})"),
    ],
)
def test_a_prompt_is_said_to_be_mostly_wrong_where_the_errors_of_its_judge_leave_no_doubt(judged, judge, seen, said):
    study = judged(judge, seen)
    assert (said in ship_sentence(study), WRONG in ship_sentence(study)) == (True, bool(said))


@pytest.mark.parametrize(
    ("judge", "named"),
    [
        (STRICT, "calls many right replies wrong."),
        (LENIENT, "calls many wrong replies right."),
        (JudgeRecord("grader", False, 38, 40, 37, 40, 300), ""),
    ],
)
def test_a_judge_that_errs_often_is_named_though_its_errors_are_taken_out(judged, judge, named):
    study = judged(judge, 0.8 if judge is LENIENT else 0.5)
    for said in (cautions(study), tuple(alarms(study))):
        assert any(f"By your labels, grader {named}" in text for text in said) == bool(named)


def test_labels_that_are_unlike_the_replies_are_named_and_make_nothing_certain(judged):
    """Seen: 100% (100% to 100%), of a judge that calls half of the labelled right replies right, and 89% of all."""
    study = judged(JudgeRecord("grader", False, 20, 40, 40, 40, 300), 0.89)
    assert study.best.accuracy.low < 0.9 < study.best.accuracy.value < study.best.accuracy.high == 1
    said = "The labelled replies are unlike the others: grader accepts 50% of the labelled right ones, but 89% of all"
    for texts in (cautions(study), tuple(alarms(study))):
        assert any(text.startswith(said) for text in texts)
    lenient = judged(LENIENT, 0.3)
    said = "The labelled replies are unlike the others: grader accepts 72% of the labelled wrong ones, but 30% of all"
    assert any(text.startswith(said) for text in cautions(lenient))
    assert lenient.best.accuracy.high > 0.05


def test_changes_and_luck_are_without_the_errors_of_the_judge_too(make_measured):
    curve, perfect = make_measured("rising"), JudgeRecord("grader", False, 4000, 4000, 4000, 4000, 30)
    halving = JudgeRecord("grader", False, 3000, 4000, 3000, 4000, 30)
    plain, seen, behind = (analyze(replace(curve, judge=judge)) for judge in (None, perfect, halving))

    def change(study):
        return next(each.values["change"].value for each in study.verdict.reasons if "change" in each.values)

    def luck(study):
        return next(each.values["optimism"] for each in study.advice.reasons if each.code == "picked")

    assert change(seen) == pytest.approx(change(plain), abs=0.01)
    assert change(behind) == pytest.approx(min(2 * change(plain), 1))
    assert luck(behind) == pytest.approx(2 * luck(plain))
    assert behind.payoff.rule.doubling == pytest.approx(2 * plain.payoff.rule.doubling)


def test_missing_replies_are_weighed_without_the_errors_of_a_judge_too(judged):
    """Seen: accuracies without them were held against intervals with them, and told beside each other."""
    curve = judged(JudgeRecord("grader", False, 230, 400, 370, 400, 900), 0.1).curve
    scores = curve.scores.copy()
    scores[-1, :, :30] = 1
    whole = analyze(replace(curve, scores=scores), margin=0.05)
    lost = scores.copy()
    lost[-1, :, 40:90] = np.nan  # which it calls wrong
    study = analyze(replace(curve, scores=lost), margin=0.05)
    wrong, _ = study.sensitivity.answers
    assert "prompt" in wrong.changes
    assert wrong.accuracy == whole.best.accuracy
    assert f"the best prompt scores {100 * whole.best.accuracy.value:.0f}%" in missing_caution(study), "the same one"
    scores[-1, 0, 40:42] = np.nan
    assert analyze(replace(curve, scores=scores), margin=0.05).answers_if_filled == ()
